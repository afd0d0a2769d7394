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
    MatrixView transposed() const { return {data, columns, rows, column, row}; }
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

// Writes the products of rows and columns to a matrix in one piece, or subtracts them from it, times `scale`.
template <typename T, bool SUBTRACTS>
int multiply(MatrixView<T> left, MatrixView<T> right, T scale, T* product) {
    // A task is a panel of columns, the width of a block, times some blocks of rows.
    constexpr Index LANES = Simd<T>::LANES, PANEL = BLOCK_VECTORS * LANES, TASK_ROWS = 8 * BLOCK_ROWS;
    // To copy a right operand that is much the larger one would take longer than the product. Its rows are read where
    // they lie; where its columns lie in one piece, the transposed product is computed, which has it on the left.
    const bool right_is_large = right.columns >= 4 * left.rows;
    const bool in_place = right_is_large && right.column == 1;
    Index row_step = right.columns, column_step = 1;
    if (right_is_large && !in_place && right.row == 1) {
        const MatrixView<T> small = left;
        left = right.transposed(), right = small.transposed();
        std::swap(row_step, column_step);
    }
    const Index depth = left.columns, panels = (right.columns + PANEL - 1) / PANEL;
    const Index row_tasks = (left.rows + TASK_ROWS - 1) / TASK_ROWS;
    // Panels that are read where they lie; a narrower one at the end is copied, to be of whole vectors.
    const Index panels_in_place = in_place ? right.columns / PANEL : 0;
    Scratch<T> packed((panels - panels_in_place) * depth * PANEL, 1);
    if (!packed) return -1;
    std::vector<Index> columns(depth);
    for (Index k = 0; k < depth; ++k) columns[k] = k * left.column;

    const ParallelWork work(left.rows * depth * right.columns);
    // Panels one after the other, each with its rows together.
#pragma omp parallel for
    for (Index panel = panels_in_place; panel < panels; ++panel) {
        T* const rows = packed.data() + (panel - panels_in_place) * depth * PANEL;
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
            T* const place = product + (start + m) * row_step + column * column_step;
            if (column_step == 1 && lanes == block.WIDTH)
                for (int i = 0; i < valid; ++i)
                    for (int v = 0; v < block.WIDTH / LANES; ++v) {
                        T* const there = place + i * row_step + v * LANES;
                        store(there, SUBTRACTS ? load(there) - scale * block.sum[i][v] : block.sum[i][v]);
                    }
            else
                for (int lane = 0; lane < lanes; ++lane)
                    for (int i = 0; i < valid; ++i) {
                        T& there = place[i * row_step + lane * column_step];
                        there = SUBTRACTS ? there - scale * block.at(i, lane) : block.at(i, lane);
                    }
        };
        const bool lies_there = panel < panels_in_place;
        indirect_gemm<T>(
            std::min(TASK_ROWS, left.rows - start), [&](Index m) { return rows + m * left.row; }, columns.data(), depth,
            lies_there ? right.data + panel * PANEL : packed.data() + (panel - panels_in_place) * depth * PANEL,
            lies_there ? right.row : PANEL, round_up(std::min(PANEL, right.columns - panel * PANEL), LANES), write);
    }
    return 0;
}

inline int refuse(const char* name, const Array* left, const Array* right) {
    fail(WRONG_VALUE, "%s: shapes (%zd, %zd) and (%zd, %zd) do not fit", name, left->shape[0], left->shape[1],
         right->shape[0], right->shape[1]);
    return -1;
}

template <typename T>
int matrix_product(const Array* left_array, const Array* right_array, Output* product_array) {
    const Strided left(left_array), right(right_array);
    if (!left || !right) return -1;
    if (left_array->shape[1] != right_array->shape[0]) return refuse("matrix product", left_array, right_array);
    T* const product = prepare_output<T>(product_array, {left_array->shape[0], right_array->shape[1]});
    return product ? multiply<T, false>(left.view<T>(), right.view<T>(), T(1), product) : -1;
}

// matrix - scale * left right. The result may lie where the matrix does.
template <typename T>
int subtract_product(const Array* matrix_array, const Array* scale, const Array* left_array, const Array* right_array,
                     Output* difference_array) {
    const Strided left(left_array), right(right_array);
    const Contiguous matrix(matrix_array);
    if (!left || !right || !matrix) return -1;
    const Index rows = left_array->shape[0], columns = right_array->shape[1];
    if (left_array->shape[1] != right_array->shape[0]) return refuse("matrix product", left_array, right_array);
    if (matrix_array->shape[0] != rows || matrix_array->shape[1] != columns) {
        fail(WRONG_VALUE, "difference of shapes (%zd, %zd) and (%zd, %zd): they differ", matrix_array->shape[0],
             matrix_array->shape[1], rows, columns);
        return -1;
    }
    T* const difference = prepare_output<T>(difference_array, {rows, columns});
    if (!difference) return -1;
    if (difference != matrix.data<T>()) std::copy_n(matrix.data<T>(), rows * columns, difference);
    return multiply<T, true>(left.view<T>(), right.view<T>(), scale->at<T>(), difference);
}

}  // namespace lenet
#endif
