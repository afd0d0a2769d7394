// Convolutions of groups of one channel and one map: each plane by a filter of its own.
//
// There is so little to calculate that copying a plane into zeros would take as long. It is read where it is, and
// a few elements to the left and right of its rows, too: those of other rows and planes, which a mask makes zero.
#ifndef LENET_CONV_DEPTHWISE_H
#define LENET_CONV_DEPTHWISE_H

#include <algorithm>

#include "common.h"
#include "conv_stencil.h"
#include "transpose.h"

namespace lenet {

// Outputs, one above the other, that are summed at a time.
constexpr int DEPTHWISE_ROWS = 8;

// Which lanes of a vector, and of those to the right of it, are columns of the plane.
template <typename T, int COLUMNS>
struct PlaneMasks {
    typedef typename Lanes<T>::Vector Mask;
    typedef typename Lanes<T>::Integer Integer;
    Mask mask[COLUMNS];

    PlaneMasks(Index first, Index width) {
        for (int k = 0; k < COLUMNS; ++k)
            mask[k] = (lanes() >= Integer(-first - k)) & (lanes() < Integer(width - first - k));
    }
    static Mask lanes() {
        Mask number;
        for (int i = 0; i < Simd<T>::LANES; ++i) number[i] = i;
        return number;
    }
    static ALWAYS_INLINE typename Simd<T>::Vector keep(typename Simd<T>::Vector vector, Mask mask) {
        return reinterpret_cast<typename Simd<T>::Vector>(reinterpret_cast<Mask>(vector) & mask);
    }
};

// A plane by a filter of ROWS x COLUMNS elements. Meanwhile the next but one, and where it goes, come to the cache.
template <typename T, int ROWS, int COLUMNS>
void correlate_plane(const Correlation& shape, const T* plane, const T* filter, T* output) {
    typedef typename Simd<T>::Vector Vector;
    typedef PlaneMasks<T, COLUMNS> Masks;
    constexpr int LANES = Simd<T>::LANES, BLOCKS = DEPTHWISE_ROWS;
    const Index height = shape.source[1], width = shape.source[2], rows = shape.output[1], columns = shape.output[2];
    T taps[ROWS * COLUMNS];
    std::copy_n(filter, ROWS * COLUMNS, taps);
    if (shape.reversed) std::reverse(taps, taps + ROWS * COLUMNS);
    // The last vector of a row, and the last block of rows, overlap the ones before.
    for (Index v = 0; v < columns; v += LANES) {
        const Index column = std::min(v, columns - LANES), first = column - shape.low[2];
        const Masks inside(first, width);
        for (Index r = 0; r < rows; r += BLOCKS) {
            const Index row = std::min(r, rows - BLOCKS), above = row - shape.low[1];
            Vector sum[BLOCKS] = {};
#pragma GCC unroll 8
            for (int k = 0; k < COLUMNS; ++k) {
                const T* pixels = plane + above * width + first + k;
                Vector factor[ROWS];
#pragma GCC unroll 8
                for (int t = 0; t < ROWS; ++t) factor[t] = taps[t * COLUMNS + k] - Vector{};
#pragma GCC unroll 16
                for (int j = 0; j < BLOCKS + ROWS - 1; ++j, pixels += width) {
                    HERE(pixels);
                    // Few rows can be outside: those before the first and after the last of the block's own.
                    if (j < ROWS - 1 && above + j < 0) continue;
                    if (j >= BLOCKS && above + j >= height) continue;
                    Vector vector = Masks::keep(load(pixels), inside.mask[k]);
                    IN_REGISTER(vector);
#pragma GCC unroll 8
                    for (int t = 0; t < ROWS; ++t)
                        if (j - t >= 0 && j - t < BLOCKS) sum[j - t] += factor[t] * vector;
                }
            }
            for (int b = 0; b < BLOCKS; ++b) {
                T* const target = output + (row + b) * columns + column;
                store(target, sum[b]);
                __builtin_prefetch(target + 2 * rows * columns, 1);
                __builtin_prefetch(plane + (2 * height + row + b) * width + column);
            }
        }
    }
}

// Adds to each sum, a vector for each element of the filter, what a plane and the gradient of its outputs give.
template <typename T, int ROWS, int COLUMNS>
void add_plane_products(const Correlation& shape, const T* plane, const T* gradient, typename Simd<T>::Vector* sums) {
    typedef typename Simd<T>::Vector Vector;
    typedef PlaneMasks<T, COLUMNS> Masks;
    constexpr int LANES = Simd<T>::LANES, BLOCKS = VECTOR_REGISTERS < 32 ? 4 : 8;
    const Index height = shape.source[1], width = shape.source[2], rows = shape.output[1], columns = shape.output[2];
    Vector sum[COLUMNS][ROWS] = {};
    for (Index v = 0; v < columns; v += LANES) {
        const Index column = std::min(v, columns - LANES), first = column - shape.low[2];
        const Masks inside(first, width);
        const auto is_new = Masks::lanes() >= typename Lanes<T>::Integer(v - column);
        for (Index r = 0; r < rows; r += BLOCKS) {
            const Index row = std::min(r, rows - BLOCKS), above = row - shape.low[1];
            Vector factor[BLOCKS];
#pragma GCC unroll 8
            for (int b = 0; b < BLOCKS; ++b) {
                const T* const given = gradient + (row + b) * columns + column;
                factor[b] = row + b < r ? Vector{} : Masks::keep(load(given), is_new);
                __builtin_prefetch(given + 2 * rows * columns);
                __builtin_prefetch(plane + (2 * height + row + b) * width + column);
            }
#pragma GCC unroll 8
            for (int k = 0; k < COLUMNS; ++k) {
                const T* pixels = plane + above * width + first + k;
#pragma GCC unroll 16
                for (int j = 0; j < BLOCKS + ROWS - 1; ++j, pixels += width) {
                    HERE(pixels);
                    if (j < ROWS - 1 && above + j < 0) continue;
                    if (j >= BLOCKS && above + j >= height) continue;
                    Vector vector = Masks::keep(load(pixels), inside.mask[k]);
                    IN_REGISTER(vector);
#pragma GCC unroll 8
                    for (int t = 0; t < ROWS; ++t)
                        if (j - t >= 0 && j - t < BLOCKS) sum[k][t] += factor[j - t] * vector;
                }
            }
        }
    }
    for (int t = 0; t < ROWS; ++t)
        for (int k = 0; k < COLUMNS; ++k) {
            const int tap = t * COLUMNS + k;
            sums[shape.reversed ? ROWS * COLUMNS - 1 - tap : tap] += sum[k][t];
        }
}

// The functions for groups of one plane and one map.
template <typename T>
struct PlaneKernels {
    void (*correlate)(const Correlation&, const T*, const T*, T*);
    void (*add_products)(const Correlation&, const T*, const T*, typename Simd<T>::Vector*);
};

// Null where there are none for a shape.
template <typename T>
PlaneKernels<T> plane_kernels(const Correlation& shape) {
    const Sizes one{{1, 1, 1}};
    const bool slides = shape.stride == one && shape.dilation == one && shape.spread == one;
    const bool is_flat = shape.source[0] == 1 && shape.kernel[0] == 1 && shape.output[0] == 1;
    const bool is_large = shape.output[1] >= DEPTHWISE_ROWS && shape.output[2] >= Simd<T>::LANES;
    if (!slides || !is_flat || !is_large || shape.kernel[1] != shape.kernel[2]) return {};
    // Every window has a pixel in it along each axis, so that what is read beyond a plane is one of its neighbours'.
    for (int axis : {1, 2}) {
        const Index before = shape.low[axis], after = shape.padded[axis] - shape.source[axis] - before;
        if (std::max(before, after) >= shape.kernel[axis] || std::min(before, after) < 0) return {};
    }
    if (shape.source.product() < shape.kernel[2]) return {};
    if (shape.kernel[1] == 3) return {correlate_plane<T, 3, 3>, add_plane_products<T, 3, 3>};
    if (shape.kernel[1] == 5) return {correlate_plane<T, 5, 5>, add_plane_products<T, 5, 5>};
    return {};
}

}  // namespace lenet
#endif
