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

// Adds to ROWS x two vectors of sums the products of some columns of the left rows and rows of the right matrix.
template <int ROWS, typename T>
ALWAYS_INLINE void add_products(const T* const* rows, Index column, Index depth, const T* right, Index right_row,
                                T* sums, Index sums_row) {
    constexpr Index LANES = Simd<T>::LANES;
    typename Simd<T>::Vector sum[ROWS][BLOCK_VECTORS];
    for (int m = 0; m < ROWS; ++m)
        for (int v = 0; v < BLOCK_VECTORS; ++v) sum[m][v] = load(sums + m * sums_row + v * LANES);
    for (Index k = 0; k < depth; ++k, right += right_row) {
        typename Simd<T>::Vector factor[BLOCK_VECTORS];
        for (int v = 0; v < BLOCK_VECTORS; ++v) factor[v] = load(right + v * LANES);
#pragma GCC unroll 8
        for (int m = 0; m < ROWS; ++m) {
            const T element = rows[m][k * column];
#pragma GCC unroll 8
            for (int v = 0; v < BLOCK_VECTORS; ++v) sum[m][v] += element * factor[v];
        }
    }
    for (int m = 0; m < ROWS; ++m)
        for (int v = 0; v < BLOCK_VECTORS; ++v) store(sums + m * sums_row + v * LANES, sum[m][v]);
}

// The product of a few rows with a matrix, whose rows are read once, one after the other, where they lie. The sums stay
// in a cache.
template <int ROWS, typename T>
int multiply_by_rows(MatrixView<T> left, MatrixView<T> right, T* product) {
    // So many rows are read at once, by a thread a strip of each: for one row of sums, reading takes the time; for
    // more, to load and store them.
    constexpr Index CHUNK = ROWS == 1 ? 8 : 32;
    constexpr Index PANEL = BLOCK_VECTORS * Simd<T>::LANES, STRIP = 8 * PANEL;
    const Index depth = left.columns, columns = right.columns, width = round_up(columns, PANEL);
    const Index whole = columns / PANEL * PANEL, height = round_up(left.rows, ROWS);
    // The last columns, of less than whole vectors, as whole ones.
    Scratch<T> tail(whole < columns ? depth * PANEL : 0, 1), sums(height * width, 1);
    if (!tail || !sums) return -1;
    for (Index k = 0; whole < columns && k < depth; ++k) {
        T* const end = std::copy_n(right.data + k * right.row + whole, columns - whole, tail.data() + k * PANEL);
        std::fill_n(end, width - columns, T(0));
    }
    const ParallelWork work(left.rows * depth * columns);
#pragma omp parallel for
    for (Index strip = 0; strip < width; strip += STRIP) {
        const Index end = std::min(strip + STRIP, width);
        for (Index m = 0; m < height; ++m)
            std::fill(sums.data() + m * width + strip, sums.data() + m * width + end, T(0));
        for (Index k = 0; k < depth; k += CHUNK)
            for (Index m = 0; m < height; m += ROWS) {
                const T* rows[ROWS];
                for (int i = 0; i < ROWS; ++i)
                    rows[i] = left.data + std::min(m + i, left.rows - 1) * left.row + k * left.column;
                for (Index n = strip; n < end; n += PANEL) {
                    const bool is_whole = n < whole;
                    add_products<ROWS>(rows, left.column, std::min(CHUNK, depth - k),
                                       is_whole ? right.data + k * right.row + n : tail.data() + k * PANEL,
                                       is_whole ? right.row : PANEL, sums.data() + m * width + n, width);
                }
            }
        for (Index m = 0; m < left.rows; ++m)
            std::copy_n(sums.data() + m * width + strip, std::min(end, columns) - strip, product + m * columns + strip);
    }
    return 0;
}

template <typename T>
int multiply_few_rows(MatrixView<T> left, MatrixView<T> right, T* product) {
    return (left.rows == 1 ? multiply_by_rows<1, T> : multiply_by_rows<BLOCK_ROWS, T>)(left, right, product);
}

// Writes the products of rows and columns to a matrix, or subtracts them from it, times `scale`. Elements of
// neighbouring rows and columns of that matrix are some steps apart.
template <typename T, bool SUBTRACTS>
int multiply_columns(MatrixView<T> left, MatrixView<T> right, T scale, T* product, Index row_step, Index column_step) {
    constexpr Index LANES = Simd<T>::LANES, PANEL = BLOCK_VECTORS * LANES;
    const Index depth = left.columns, panels = (right.columns + PANEL - 1) / PANEL;
    // A task is a panel of columns, the width of a block, times some blocks of rows. Where it takes longer to write the
    // product than to compute it, it is a block of rows times some panels, so that what is written lies together.
    const bool is_shallow = depth <= 16;
    const Index task_rows = (is_shallow ? 1 : 8) * BLOCK_ROWS, task_panels = is_shallow ? 16 : 1;
    const Index row_tasks = (left.rows + task_rows - 1) / task_rows;
    const Index panel_tasks = (panels + task_panels - 1) / task_panels;
    Scratch<T> packed(panels * depth * PANEL, 1);
    if (!packed) return -1;
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
    for (Index task = 0; task < row_tasks * panel_tasks; ++task) {
        const Index start = (is_shallow ? task / panel_tasks : task % row_tasks) * task_rows;
        const Index first = (is_shallow ? task % panel_tasks : task / row_tasks) * task_panels;
        const T* const rows = left.data + start * left.row;
        for (Index panel = first; panel < std::min(first + task_panels, panels); ++panel) {
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
            indirect_gemm<T>(
                std::min(task_rows, left.rows - start), [&](Index m) { return rows + m * left.row; }, columns.data(),
                depth, packed.data() + panel * depth * PANEL, PANEL,
                round_up(std::min(PANEL, right.columns - panel * PANEL), LANES), write);
        }
    }
    return 0;
}

// Writes the products of rows and columns to a matrix in one piece, or subtracts them from it, times `scale`.
template <typename T, bool SUBTRACTS>
int multiply(MatrixView<T> left, MatrixView<T> right, T scale, T* product) {
    Index row_step = right.columns, column_step = 1;
    // To copy a right operand that is much the larger one would take longer than the product.
    if (right.columns >= 8 * left.rows) {
        if (!SUBTRACTS && right.column == 1) return multiply_few_rows(left, right, product);
        if (right.row == 1) {
            // The transposed product has it on the left.
            const MatrixView<T> small = left;
            left = right.transposed(), right = small.transposed();
            std::swap(row_step, column_step);
        }
    }
    // The columns are copied, so many at once: all of a large matrix would take its memory again.
    constexpr Index MOST = Index(1) << 24, PANEL = BLOCK_VECTORS * Simd<T>::LANES;
    const Index step = std::max<Index>(MOST / std::max<Index>(right.rows, 1) / PANEL, 1) * PANEL;
    for (Index start = 0; start < right.columns; start += step) {
        const MatrixView<T> columns{right.data + start * right.column, right.rows,
                                    std::min(step, right.columns - start), right.row, right.column};
        if (multiply_columns<T, SUBTRACTS>(left, columns, scale, product + start * column_step, row_step, column_step))
            return -1;
    }
    return 0;
}

// Whether two matrices can be multiplied; else a failure is noted.
inline bool fit(const Array* left, const Array* right) {
    if (left->shape[1] == right->shape[0]) return true;
    fail(WRONG_VALUE, "matrix product: shapes (%zd, %zd) and (%zd, %zd) do not fit", left->shape[0], left->shape[1],
         right->shape[0], right->shape[1]);
    return false;
}

template <typename T>
int matrix_product(const Array* left_array, const Array* right_array, Output* product_array) {
    const Strided left(left_array), right(right_array);
    if (!left || !right || !fit(left_array, right_array)) return -1;
    T* const product = prepare_output<T>(product_array, {left_array->shape[0], right_array->shape[1]});
    return product ? multiply<T, false>(left.view<T>(), right.view<T>(), T(1), product) : -1;
}

// matrix - scale * left right. The result may lie where the matrix does.
template <typename T>
int subtract_product(const Array* matrix_array, const Array* scale, const Array* left_array, const Array* right_array,
                     Output* difference_array) {
    const Strided left(left_array), right(right_array);
    const Contiguous matrix(matrix_array);
    if (!left || !right || !matrix || !fit(left_array, right_array)) return -1;
    const Index rows = left_array->shape[0], columns = right_array->shape[1];
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
