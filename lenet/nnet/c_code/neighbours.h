// The windows of images as the rows of a matrix, and the sums of the windows that cover an image.
#ifndef LENET_NEIGHBOURS_H
#define LENET_NEIGHBOURS_H

#include <algorithm>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

// The size of a window is known when compiling: its rows are short, and loops over them vanish.
template <npy_intp ROWS, npy_intp COLUMNS>
struct Window {
    static constexpr npy_intp rows = ROWS, columns = COLUMNS, size = ROWS * COLUMNS;
};

// All pairs are (rows, columns).
struct WindowGeometry {
    npy_intp window[2], step[2], low[2], high[2];
    bool whole;
};

struct WindowSizes {
    npy_intp planes, image[2], grid[2];

    // Returns false, with a Python error set, if the windows do not fit the image.
    bool resolve(const WindowGeometry& geometry, npy_intp batch, npy_intp channels, npy_intp rows, npy_intp columns) {
        planes = batch * channels, image[0] = rows, image[1] = columns;
        for (int i = 0; i < 2; ++i) {
            const npy_intp beyond = image[i] + geometry.low[i] + geometry.high[i] - geometry.window[i];
            if (image[i] < 0 || beyond < 0) {
                PyErr_Format(PyExc_ValueError,
                             "neighbours: an image of (%zd, %zd) is smaller than the window (%zd, %zd)", rows, columns,
                             geometry.window[0], geometry.window[1]);
                return false;
            }
            if (geometry.whole && beyond % geometry.step[i]) {
                PyErr_Format(PyExc_ValueError,
                             "neighbours: windows of (%zd, %zd) with step (%zd, %zd) do not cover an image of "
                             "(%zd, %zd): use mode='ignore_borders' or crop the image",
                             geometry.window[0], geometry.window[1], geometry.step[0], geometry.step[1], rows, columns);
                return false;
            }
            grid[i] = beyond / geometry.step[i] + 1;
        }
        return true;
    }

    npy_intp pixels() const { return image[0] * image[1]; }
    npy_intp windows() const { return planes * grid[0] * grid[1]; }
};

// Calls body(row of a window, row of the image, first and end of the columns inside the image) for all windows of
// one row of the grid. Both rows are counted from the window's first column. Rows outside have no columns inside.
template <typename Shape, typename Image, typename Row, typename Body>
inline void each_window_row(const WindowGeometry& geometry, const WindowSizes& sizes, npy_intp grid_row, Image* plane,
                            Row* windows, Body body) {
    constexpr npy_intp COLUMNS = Shape::columns;
    const npy_intp top = grid_row * geometry.step[0] - geometry.low[0];
    for (npy_intp b = 0; b < sizes.grid[1]; ++b, windows += Shape::size) {
        const npy_intp column = b * geometry.step[1] - geometry.low[1];
        const npy_intp first = std::min(COLUMNS, std::max<npy_intp>(0, -column));
        const npy_intp end = std::max(first, std::min(COLUMNS, sizes.image[1] - column));
        Image* const corner = plane + top * sizes.image[1] + column;
        if (first == 0 && end == COLUMNS && top >= 0 && top + Shape::rows <= sizes.image[0]) {
            for (npy_intp i = 0; i < Shape::rows; ++i)
                body(windows + i * COLUMNS, corner + i * sizes.image[1], npy_intp(0), COLUMNS);
            continue;
        }
        for (npy_intp i = 0; i < Shape::rows; ++i) {
            const bool inside = top + i >= 0 && top + i < sizes.image[0];
            body(windows + i * COLUMNS, corner + i * sizes.image[1], inside ? first : 0, inside ? end : 0);
        }
    }
}

template <typename T, typename Shape>
int neighbours(const WindowGeometry& geometry, PyArrayObject* image_array, PyArrayObject** matrix_array) {
    const npy_intp* const shape = PyArray_DIMS(image_array);
    WindowSizes sizes;
    if (!sizes.resolve(geometry, shape[0], shape[1], shape[2], shape[3])) return -1;
    T* const matrix = prepare_output<T>(matrix_array, {sizes.windows(), Shape::size});
    const Contiguous images(image_array);
    if (!matrix || !images) return -1;

    const ParallelWork work(PyArray_SIZE(*matrix_array));
#pragma omp parallel for
    for (npy_intp task = 0; task < sizes.planes * sizes.grid[0]; ++task)
        each_window_row<Shape>(
            geometry, sizes, task % sizes.grid[0], images.data<T>() + task / sizes.grid[0] * sizes.pixels(),
            matrix + task * sizes.grid[1] * Shape::size, [](T* row, const T* pixels, npy_intp first, npy_intp end) {
                for (npy_intp k = 0; k < first; ++k) row[k] = T(0);
                for (npy_intp k = first; k < end; ++k) row[k] = pixels[k];
                for (npy_intp k = end; k < Shape::columns; ++k) row[k] = T(0);
            });
    return 0;
}

template <typename T, typename Shape>
int sum_of_neighbours(const WindowGeometry& geometry, PyArrayObject* matrix_array, npy_intp batch, npy_intp channels,
                      npy_intp rows, npy_intp columns, PyArrayObject** image_array) {
    WindowSizes sizes;
    if (!sizes.resolve(geometry, batch, channels, rows, columns)) return -1;
    if (PyArray_DIM(matrix_array, 0) != sizes.windows() || PyArray_DIM(matrix_array, 1) != Shape::size) {
        PyErr_Format(PyExc_ValueError, "neighbours: got shape (%zd, %zd), expected (%zd, %zd)",
                     PyArray_DIM(matrix_array, 0), PyArray_DIM(matrix_array, 1), sizes.windows(), Shape::size);
        return -1;
    }
    T* const images = prepare_output<T>(image_array, {batch, channels, rows, columns});
    const Contiguous matrix(matrix_array);
    if (!images || !matrix) return -1;

    const ParallelWork work(PyArray_SIZE(matrix_array));
#pragma omp parallel for
    for (npy_intp plane = 0; plane < sizes.planes; ++plane) {
        T* const image = images + plane * sizes.pixels();
        std::fill_n(image, sizes.pixels(), T(0));
        for (npy_intp row = 0; row < sizes.grid[0]; ++row)
            each_window_row<Shape>(geometry, sizes, row, image,
                                   matrix.data<T>() + (plane * sizes.grid[0] + row) * sizes.grid[1] * Shape::size,
                                   [](const T* elements, T* pixels, npy_intp first, npy_intp end) {
                                       for (npy_intp k = first; k < end; ++k) pixels[k] += elements[k];
                                   });
    }
    return 0;
}

}  // namespace lenet
#endif
