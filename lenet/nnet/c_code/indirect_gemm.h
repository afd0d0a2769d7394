// A matrix product whose left operand is read through offsets.
//
// A convolution, and both of its gradients, is a matrix product of which one operand consists of
// elements of the image, repeated. Instead of writing that matrix out (im2col), the kernel adds
// two offsets to find its elements: left(m, r) = rows[m][columns[r]]. The idea is that of
//     Dukhan, M. (2019). The Indirect Convolution Algorithm. arXiv:1907.02129.
// The right operand is dense and its rows are padded to whole vectors.
#ifndef LENET_INDIRECT_GEMM_H
#define LENET_INDIRECT_GEMM_H

#include <algorithm>

#include "common.h"

namespace lenet {

// A block of ROWS x VECTORS vectors of the product is kept in registers; with the vectors of one
// right row and a broadcast element it must not exceed them. At least eight sums are needed to
// keep two multiply-add units busy.
constexpr int BLOCK_ROWS = VECTOR_REGISTERS >= 32 ? 8 : 6;
constexpr int BLOCK_VECTORS = 2;

template <typename T, int VECTORS>
struct Block {
    typename Simd<T>::Vector sum[BLOCK_ROWS][VECTORS];
    static constexpr int WIDTH = VECTORS * Simd<T>::LANES;
    T at(int row, int lane) const { return sum[row][lane / Simd<T>::LANES][lane % Simd<T>::LANES]; }
};

template <typename T, int VECTORS>
inline void multiply_block(const T* const* rows, const Index* columns, Index depth, const T* right, Index right_stride,
                           Block<T, VECTORS>& block) {
    typedef typename Simd<T>::Vector Vector;
    const T* row[BLOCK_ROWS];
    Vector sum[BLOCK_ROWS][VECTORS];
    for (int m = 0; m < BLOCK_ROWS; ++m) {
        row[m] = rows[m];
        for (int v = 0; v < VECTORS; ++v) sum[m][v] = Vector{};
    }
    for (Index r = 0; r < depth; ++r) {
        const Index column = columns[r];
        Vector factor[VECTORS];
        for (int v = 0; v < VECTORS; ++v) factor[v] = *reinterpret_cast<const Vector*>(right + v * Simd<T>::LANES);
        right += right_stride;
#pragma GCC unroll 8
        for (int m = 0; m < BLOCK_ROWS; ++m) {
            const T element = row[m][column];
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; ++v) sum[m][v] += element * factor[v];
        }
    }
    for (int m = 0; m < BLOCK_ROWS; ++m)
        for (int v = 0; v < VECTORS; ++v) block.sum[m][v] = sum[m][v];
}

// Computes the product of `left` (count rows, given by row_of(m), and depth columns) with `right`
// (depth x width, width a multiple of the vector's lanes, rows right_stride apart), block by block.
// store(m, valid, n, block) receives each of them: its first row and column, and how many of its
// rows count (those beyond repeat the last one).
template <typename T, typename RowOf, typename Store>
void indirect_gemm(Index count, RowOf row_of, const Index* columns, Index depth, const T* right, Index right_stride,
                   Index width, Store store) {
    constexpr Index LANES = Simd<T>::LANES;
    for (Index m = 0; m < count; m += BLOCK_ROWS) {
        const T* rows[BLOCK_ROWS];
        for (Index i = 0; i < BLOCK_ROWS; ++i) rows[i] = row_of(std::min(m + i, count - 1));
        const int valid = int(std::min<Index>(BLOCK_ROWS, count - m));
        Index n = 0;
        for (; n + BLOCK_VECTORS * LANES <= width; n += BLOCK_VECTORS * LANES) {
            Block<T, BLOCK_VECTORS> block;
            multiply_block(rows, columns, depth, right + n, right_stride, block);
            store(m, valid, n, block);
        }
        for (; n < width; n += LANES) {
            Block<T, 1> block;
            multiply_block(rows, columns, depth, right + n, right_stride, block);
            store(m, valid, n, block);
        }
    }
}

// A product with one vector for a right row would wait for its loads. Where left rows come in runs of RUN whose
// elements are neighbours, more of them fit: their elements lie at constant distances from one pointer.
template <int RUN>
constexpr int runs_at_a_time() {
    return std::min(6, (VECTOR_REGISTERS - 4) / RUN);
}

// Adds to `sums`, one vector for each left row, the products of RUNS runs, of which the first elements are given.
template <typename T, int RUN, int RUNS>
inline void add_runs(const T* const* runs, const Index* columns, Index depth, const T* right, T* sums) {
    typedef typename Simd<T>::Vector Vector;
    Vector* const sum = reinterpret_cast<Vector*>(sums);
    const T* run[RUNS];
    Vector kept[RUNS][RUN];
    for (int i = 0; i < RUNS; ++i) {
        run[i] = runs[i];
        for (int k = 0; k < RUN; ++k) kept[i][k] = sum[i * RUN + k];
    }
    for (Index r = 0; r < depth; ++r, right += Simd<T>::LANES) {
        const Index column = columns[r];
        const Vector factor = *reinterpret_cast<const Vector*>(right);
#pragma GCC unroll 8
        for (int i = 0; i < RUNS; ++i) {
            const T* const elements = run[i] + column;
#pragma GCC unroll 8
            for (int k = 0; k < RUN; ++k) kept[i][k] += elements[k] * factor;
        }
    }
    for (int i = 0; i < RUNS; ++i)
        for (int k = 0; k < RUN; ++k) sum[i * RUN + k] = kept[i][k];
}

// The same for `count` runs, given by run_of(i).
template <typename T, int RUN, typename RunOf>
void add_all_runs(Index count, RunOf run_of, const Index* columns, Index depth, const T* right, T* sums) {
    constexpr int RUNS = runs_at_a_time<RUN>();
    const T* runs[RUNS];
    Index i = 0;
    for (; i + RUNS <= count; i += RUNS, sums += RUNS * RUN * Simd<T>::LANES) {
        for (int k = 0; k < RUNS; ++k) runs[k] = run_of(i + k);
        add_runs<T, RUN, RUNS>(runs, columns, depth, right, sums);
    }
    for (; i < count; ++i, sums += RUN * Simd<T>::LANES) {
        runs[0] = run_of(i);
        add_runs<T, RUN, 1>(runs, columns, depth, right, sums);
    }
}

// That function for runs of a length, or null if there is none.
template <typename T, typename RunOf>
auto adder_of_runs(Index run) {
    typedef void (*Adder)(Index, RunOf, const Index*, Index, const T*, T*);
    constexpr Adder ADDERS[] = {nullptr,
                                nullptr,
                                add_all_runs<T, 2, RunOf>,
                                add_all_runs<T, 3, RunOf>,
                                add_all_runs<T, 4, RunOf>,
                                add_all_runs<T, 5, RunOf>,
                                add_all_runs<T, 6, RunOf>,
                                add_all_runs<T, 7, RunOf>};
    return run < Index(sizeof ADDERS / sizeof *ADDERS) ? ADDERS[run] : nullptr;
}

}  // namespace lenet
#endif
