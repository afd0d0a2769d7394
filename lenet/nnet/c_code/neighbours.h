// The windows of images as the rows of a matrix, and the sums of the windows that cover an image.
#ifndef LENET_NEIGHBOURS_H
#define LENET_NEIGHBOURS_H

#include <algorithm>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

// The size of a window is known when compiling: its rows are short, and loops over them vanish.
template <Index ROWS, Index COLUMNS>
struct Window {
    static constexpr Index rows = ROWS, columns = COLUMNS, size = ROWS * COLUMNS;
};

// All pairs are (rows, columns).
struct WindowGeometry {
    Index window[2], step[2], low[2], high[2];
    bool whole;

    static WindowGeometry of(Numbers numbers) {
        WindowGeometry geometry;
        for (Index* pair : {geometry.window, geometry.step, geometry.low, geometry.high})
            pair[0] = numbers.one(), pair[1] = numbers.one();
        geometry.whole = numbers.one() != 0;
        return geometry;
    }
};

struct WindowSizes {
    Index planes, image[2], grid[2];

    // Returns false, with a failure noted, if the windows do not fit the image.
    bool resolve(const WindowGeometry& geometry, Index batch, Index channels, Index rows, Index columns) {
        planes = batch * channels, image[0] = rows, image[1] = columns;
        for (int i = 0; i < 2; ++i) {
            const Index beyond = image[i] + geometry.low[i] + geometry.high[i] - geometry.window[i];
            if (image[i] < 0 || beyond < 0) {
                fail(WRONG_VALUE, "neighbours: an image of (%zd, %zd) is smaller than the window (%zd, %zd)", rows,
                     columns, geometry.window[0], geometry.window[1]);
                return false;
            }
            if (geometry.whole && beyond % geometry.step[i]) {
                fail(WRONG_VALUE,
                     "neighbours: windows of (%zd, %zd) with step (%zd, %zd) do not cover an image of "
                     "(%zd, %zd): use mode='ignore_borders' or crop the image",
                     geometry.window[0], geometry.window[1], geometry.step[0], geometry.step[1], rows, columns);
                return false;
            }
            grid[i] = beyond / geometry.step[i] + 1;
        }
        return true;
    }

    Index pixels() const { return image[0] * image[1]; }
    Index windows() const { return planes * grid[0] * grid[1]; }
};

// Calls body(row of a window, row of the image, first and end of the columns inside the image) for all windows of
// one row of the grid. Both rows are counted from the window's first column. Rows outside have no columns inside.
template <typename Shape, typename Image, typename Row, typename Body>
inline void each_window_row(const WindowGeometry& geometry, const WindowSizes& sizes, Index grid_row, Image* plane,
                            Row* windows, Body body) {
    constexpr Index COLUMNS = Shape::columns;
    const Index top = grid_row * geometry.step[0] - geometry.low[0];
    for (Index b = 0; b < sizes.grid[1]; ++b, windows += Shape::size) {
        const Index column = b * geometry.step[1] - geometry.low[1];
        const Index first = std::min(COLUMNS, std::max<Index>(0, -column));
        const Index end = std::max(first, std::min(COLUMNS, sizes.image[1] - column));
        Image* const corner = plane + top * sizes.image[1] + column;
        if (first == 0 && end == COLUMNS && top >= 0 && top + Shape::rows <= sizes.image[0]) {
            for (Index i = 0; i < Shape::rows; ++i)
                body(windows + i * COLUMNS, corner + i * sizes.image[1], Index(0), COLUMNS);
            continue;
        }
        for (Index i = 0; i < Shape::rows; ++i) {
            const bool inside = top + i >= 0 && top + i < sizes.image[0];
            body(windows + i * COLUMNS, corner + i * sizes.image[1], inside ? first : 0, inside ? end : 0);
        }
    }
}

template <typename T, typename Shape>
int neighbours(const WindowGeometry& geometry, const Array* image_array, Output* matrix_array) {
    const Index* const shape = image_array->shape;
    WindowSizes sizes;
    if (!sizes.resolve(geometry, shape[0], shape[1], shape[2], shape[3])) return -1;
    T* const matrix = prepare_output<T>(matrix_array, {sizes.windows(), Shape::size});
    const Contiguous images(image_array);
    if (!matrix || !images) return -1;

    const ParallelWork work(sizes.windows() * Shape::size);
#pragma omp parallel for
    for (Index task = 0; task < sizes.planes * sizes.grid[0]; ++task)
        each_window_row<Shape>(
            geometry, sizes, task % sizes.grid[0], images.data<T>() + task / sizes.grid[0] * sizes.pixels(),
            matrix + task * sizes.grid[1] * Shape::size, [](T* row, const T* pixels, Index first, Index end) {
                for (Index k = 0; k < first; ++k) row[k] = T(0);
                for (Index k = first; k < end; ++k) row[k] = pixels[k];
                for (Index k = end; k < Shape::columns; ++k) row[k] = T(0);
            });
    return 0;
}

template <typename T, typename Shape>
int sum_of_neighbours(const WindowGeometry& geometry, const Array* matrix_array, Index batch, Index channels,
                      Index rows, Index columns, Output* image_array) {
    WindowSizes sizes;
    if (!sizes.resolve(geometry, batch, channels, rows, columns)) return -1;
    if (matrix_array->shape[0] != sizes.windows() || matrix_array->shape[1] != Shape::size) {
        fail(WRONG_VALUE, "neighbours: got shape (%zd, %zd), expected (%zd, %zd)", matrix_array->shape[0],
             matrix_array->shape[1], sizes.windows(), Shape::size);
        return -1;
    }
    T* const images = prepare_output<T>(image_array, {batch, channels, rows, columns});
    const Contiguous matrix(matrix_array);
    if (!images || !matrix) return -1;

    const ParallelWork work(matrix_array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < sizes.planes; ++plane) {
        T* const image = images + plane * sizes.pixels();
        std::fill_n(image, sizes.pixels(), T(0));
        for (Index row = 0; row < sizes.grid[0]; ++row)
            each_window_row<Shape>(geometry, sizes, row, image,
                                   matrix.data<T>() + (plane * sizes.grid[0] + row) * sizes.grid[1] * Shape::size,
                                   [](const T* elements, T* pixels, Index first, Index end) {
                                       for (Index k = first; k < end; ++k) pixels[k] += elements[k];
                                   });
    }
    return 0;
}

}  // namespace lenet
#endif
