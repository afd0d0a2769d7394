// Products of matrices, shared by all threads.
#ifndef LENET_MATRIX_PRODUCT_H
#define LENET_MATRIX_PRODUCT_H

#include <algorithm>
#include <cstring>
#include <vector>

#include "common.h"
#include "indirect_gemm.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// A matrix as it lies in memory; distances are in elements.
template <typename T>
struct MatrixView {
    const T* data;
    npy_intp rows, columns, row, column;
};

// An aligned matrix whose neighbours are whole elements apart: the array itself or a copy.
class Strided {
public:
    explicit Strided(PyArrayObject* array)
        : array_(reinterpret_cast<PyArrayObject*>(
              PyArray_FromArray(array, nullptr, NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED))) {
        if (array_ && (PyArray_STRIDE(array_, 0) % PyArray_ITEMSIZE(array_) ||
                       PyArray_STRIDE(array_, 1) % PyArray_ITEMSIZE(array_))) {
            PyObject* const copy = PyArray_NewCopy(array_, NPY_CORDER);
            Py_DECREF(array_);
            array_ = reinterpret_cast<PyArrayObject*>(copy);
        }
    }
    ~Strided() { Py_XDECREF(array_); }
    Strided(const Strided&) = delete;
    Strided& operator=(const Strided&) = delete;
    explicit operator bool() const { return array_ != nullptr; }
    template <typename T>
    MatrixView<T> view() const {
        return {static_cast<const T*>(PyArray_DATA(array_)), PyArray_DIM(array_, 0), PyArray_DIM(array_, 1),
                PyArray_STRIDE(array_, 0) / npy_intp(sizeof(T)), PyArray_STRIDE(array_, 1) / npy_intp(sizeof(T))};
    }

private:
    PyArrayObject* array_;
};

template <typename T>
int matrix_product(PyArrayObject* left_array, PyArrayObject* right_array, PyArrayObject** product_array) {
    // A task is a panel of columns, the width of a block, times some blocks of rows.
    constexpr npy_intp PANEL = BLOCK_VECTORS * Simd<T>::LANES, TASK_ROWS = 8 * BLOCK_ROWS;
    const Strided lefts(left_array), rights(right_array);
    if (!lefts || !rights) return -1;
    const MatrixView<T> left = lefts.view<T>(), right = rights.view<T>();
    if (left.columns != right.rows) {
        PyErr_Format(PyExc_ValueError, "matrix product: shapes (%zd, %zd) and (%zd, %zd) do not fit", left.rows,
                     left.columns, right.rows, right.columns);
        return -1;
    }
    const npy_intp depth = left.columns, panels = (right.columns + PANEL - 1) / PANEL;
    const npy_intp row_tasks = (left.rows + TASK_ROWS - 1) / TASK_ROWS;
    T* const product = prepare_output<T>(product_array, {left.rows, right.columns});
    Scratch<T> packed(panels * depth * PANEL, 1);
    if (!product || !packed) return -1;
    std::vector<npy_intp> columns(depth);
    for (npy_intp k = 0; k < depth; ++k) columns[k] = k * left.column;

    const ParallelWork work(left.rows * depth * right.columns);
    // Panels one after the other, each with its rows together.
#pragma omp parallel for
    for (npy_intp panel = 0; panel < panels; ++panel) {
        T* const rows = packed.data() + panel * depth * PANEL;
        const T* const first = right.data + panel * PANEL * right.column;
        const npy_intp width = std::min(PANEL, right.columns - panel * PANEL);
        if (width < PANEL) std::fill_n(rows, depth * PANEL, T(0));
        if (right.column == 1)
            for (npy_intp k = 0; k < depth; ++k) std::copy_n(first + k * right.row, width, rows + k * PANEL);
        else if (right.row == 1)
            planes_to_channels<T>(first, width, depth, right.column,
                                  [&](npy_intp k, npy_intp n, auto vector) { store(rows + k * PANEL + n, vector); });
        else
            for (npy_intp n = 0; n < width; ++n)
                for (npy_intp k = 0; k < depth; ++k) rows[k * PANEL + n] = first[k * right.row + n * right.column];
    }
#pragma omp parallel for
    for (npy_intp task = 0; task < row_tasks * panels; ++task) {
        const npy_intp panel = task / row_tasks, start = task % row_tasks * TASK_ROWS;
        const T* const rows = left.data + start * left.row;
        const auto write = [&](npy_intp m, int valid, npy_intp n, const auto& block) {
            const npy_intp column = panel * PANEL + n;
            const int lanes = int(std::min<npy_intp>(block.WIDTH, right.columns - column));
            for (int i = 0; i < valid; ++i)
                std::memcpy(product + (start + m + i) * right.columns + column, &block.sum[i], lanes * sizeof(T));
        };
        indirect_gemm<T>(
            std::min(TASK_ROWS, left.rows - start), [&](npy_intp m) { return rows + m * left.row; }, columns.data(),
            depth, packed.data() + panel * depth * PANEL, PANEL,
            round_up(std::min(PANEL, right.columns - panel * PANEL), Simd<T>::LANES), write);
    }
    return 0;
}

}  // namespace lenet
#endif
