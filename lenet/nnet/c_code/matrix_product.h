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
    Index rows, columns, row, column;
};

// A matrix whose neighbours are whole elements apart: the array itself or a copy.
class Strided : public Suited {
public:
    explicit Strided(const Array* array)
        : Suited(array, array->strides[0] % array->item == 0 && array->strides[1] % array->item == 0) {}
    template <typename T>
    MatrixView<T> view() const {
        const Array& array = *operator->();
        return {data<T>(), array.shape[0], array.shape[1], array.strides[0] / array.item,
                array.strides[1] / array.item};
    }
};

template <typename T>
int matrix_product(const Array* left_array, const Array* right_array, Output* product_array) {
    // A task is a panel of columns, the width of a block, times some blocks of rows.
    constexpr Index PANEL = BLOCK_VECTORS * Simd<T>::LANES, TASK_ROWS = 8 * BLOCK_ROWS;
    const Strided lefts(left_array), rights(right_array);
    if (!lefts || !rights) return -1;
    const MatrixView<T> left = lefts.view<T>(), right = rights.view<T>();
    if (left.columns != right.rows) {
        fail(WRONG_VALUE, "matrix product: shapes (%zd, %zd) and (%zd, %zd) do not fit", left.rows, left.columns,
             right.rows, right.columns);
        return -1;
    }
    const Index depth = left.columns, panels = (right.columns + PANEL - 1) / PANEL;
    const Index row_tasks = (left.rows + TASK_ROWS - 1) / TASK_ROWS;
    T* const product = prepare_output<T>(product_array, {left.rows, right.columns});
    Scratch<T> packed(panels * depth * PANEL, 1);
    if (!product || !packed) return -1;
    std::vector<Index> columns(depth);
    for (Index k = 0; k < depth; ++k) columns[k] = k * left.column;

    const ParallelWork work(left.rows * depth * right.columns);
    // Panels one after the other, each with its rows together.
#pragma omp parallel for
    for (Index panel = 0; panel < panels; ++panel) {
        T* const rows = packed.data() + panel * depth * PANEL;
        const T* const first = right.data + panel * PANEL * right.column;
        const Index width = std::min(PANEL, right.columns - panel * PANEL);
        if (width < PANEL) std::fill_n(rows, depth * PANEL, T(0));
        if (right.column == 1)
            for (Index k = 0; k < depth; ++k) std::copy_n(first + k * right.row, width, rows + k * PANEL);
        else if (right.row == 1)
            planes_to_channels<T>(first, width, depth, right.column,
                                  [&](Index k, Index n, auto vector) { store(rows + k * PANEL + n, vector); });
        else
            for (Index n = 0; n < width; ++n)
                for (Index k = 0; k < depth; ++k) rows[k * PANEL + n] = first[k * right.row + n * right.column];
    }
#pragma omp parallel for
    for (Index task = 0; task < row_tasks * panels; ++task) {
        const Index panel = task / row_tasks, start = task % row_tasks * TASK_ROWS;
        const T* const rows = left.data + start * left.row;
        const auto write = [&](Index m, int valid, Index n, const auto& block) {
            const Index column = panel * PANEL + n;
            const int lanes = int(std::min<Index>(block.WIDTH, right.columns - column));
            for (int i = 0; i < valid; ++i)
                std::memcpy(product + (start + m + i) * right.columns + column, &block.sum[i], lanes * sizeof(T));
        };
        indirect_gemm<T>(
            std::min(TASK_ROWS, left.rows - start), [&](Index m) { return rows + m * left.row; }, columns.data(), depth,
            packed.data() + panel * depth * PANEL, PANEL,
            round_up(std::min(PANEL, right.columns - panel * PANEL), Simd<T>::LANES), write);
    }
    return 0;
}

}  // namespace lenet
#endif
