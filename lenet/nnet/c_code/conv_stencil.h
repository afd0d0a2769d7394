// Where a correlation's elements lie, for kernels whose vectors are neighbouring columns of a plane.
#ifndef LENET_CONV_STENCIL_H
#define LENET_CONV_STENCIL_H

#include <algorithm>
#include <cstring>
#include <vector>

#include "common.h"

namespace lenet {

// A correlation of planes with filters, along each axis:
//     output[i] = sum over k of filter[k] * padded[i * stride + k * dilation],
//     padded[low + i * spread] = source[i], and zero elsewhere.
// A convolution turns the filters round. The gradient of the image is a correlation of the output gradient,
// whose elements a stride has spread.
struct Correlation {
    Sizes source, padded, low, spread, kernel, dilation, stride, output;
    bool reversed;
};

// Offsets into a plane are the same for all planes, and calculated once.
template <typename T>
struct Stencil {
    static constexpr int LANES = Simd<T>::LANES;
    // The offsets of corners end with repetitions, so that there are whole blocks of them.
    static constexpr int MAX_BLOCKS = 8;

    const Correlation shape;
    Index pixels, pitch;                  // of a plane that has been copied; from one of its rows to the next
    Index outputs, vectors, row_vectors;  // of a plane and of a row; without the repetitions
    bool copied;                          // or else planes are read where they are
    int lanes;                            // that count: fewer than LANES if rows are shorter than that
    int shared;                           // lanes of a row's last vector that the one before has, too
    std::vector<Index> rows, columns;     // where the rows of a plane, and elements in a row, are copied to
    std::vector<Index> corners, targets;  // the first window of each vector of outputs, and the first output
    std::vector<Index> taps;              // a window's elements from its first one, in the order of the filters

    // With `planes` that are read together, they are copied also where the same pixel of all of them would fall
    // into the same few lines of the nearest cache.
    explicit Stencil(const Correlation& correlation, Index planes = 1)
        : shape(correlation), outputs(shape.output.product()) {
        // Each row begins with the columns 0, stride, 2 stride..., then come 1, 1 + stride...: columns that
        // neighbouring outputs multiply by the same tap are neighbours.
        const Index step = shape.stride[2], phase = (shape.padded[2] + step - 1) / step;
        const auto column = [&](Index k) { return k % step * phase + k / step; };
        const auto row = [&](Index i, Index j) { return (i * shape.padded[1] + j) * phase * step; };
        pixels = row(shape.padded[0], 0), pitch = row(0, 1);
        const bool collide = planes > 8 && pixels * Index(sizeof(T)) % 4096 == 0;
        if (collide) pixels += LANES;
        copied = !(shape.source == shape.padded) || step > 1 || shape.output[2] < LANES || collide;

        for (Index i = 0; i < shape.source[0]; ++i)
            for (Index j = 0; j < shape.source[1]; ++j)
                rows.push_back(row(shape.low[0] + i * shape.spread[0], shape.low[1] + j * shape.spread[1]));
        for (Index k = 0; k < shape.source[2]; ++k) columns.push_back(column(shape.low[2] + k * shape.spread[2]));
        for (Index i = 0; i < shape.kernel[0]; ++i)
            for (Index j = 0; j < shape.kernel[1]; ++j)
                for (Index k = 0; k < shape.kernel[2]; ++k)
                    taps.push_back(row(i * shape.dilation[0], j * shape.dilation[1]) + column(k * shape.dilation[2]));
        if (shape.reversed) std::reverse(taps.begin(), taps.end());

        // The last vector of a row overlaps the one before.
        lanes = int(std::min<Index>(shape.output[2], LANES));
        row_vectors = (shape.output[2] + LANES - 1) / LANES;
        shared = shape.output[2] < LANES ? 0 : int(row_vectors * LANES - shape.output[2]);
        for (Index i = 0; i < shape.output[0]; ++i)
            for (Index j = 0; j < shape.output[1]; ++j)
                for (Index v = 0; v < row_vectors; ++v) {
                    const Index first = std::min(v * LANES, shape.output[2] - lanes);
                    corners.push_back(row(i * shape.stride[0], j * shape.stride[1]) + first);
                    targets.push_back((i * shape.output[1] + j) * shape.output[2] + first);
                }
        vectors = Index(corners.size());
        while (corners.size() % MAX_BLOCKS) {
            corners.push_back(corners.back());
            targets.push_back(targets.back());
        }
    }

    // Whether a window's next row is the first one of the window below.
    bool slides() const { return shape.stride[1] == 1 && shape.dilation[1] == 1; }

    // Elements of scratch for the copies of so many planes; the last vector may reach beyond them.
    Index scratch(Index planes) const { return copied ? planes * pixels + LANES : 0; }

    // The planes as they are, or a copy, in which what is around the pixels is zero already. Meanwhile those
    // that follow come to the nearest cache.
    const T* prepare(const T* planes, Index count, T* copy) const {
        if (!copied) return planes;
        const Index width = shape.source[2], height = Index(rows.size()), ahead = count * height * width;
        const Index *const row = rows.data(), *const column = columns.data();
        const bool neighbours = width >= LANES && shape.stride[2] == 1 && shape.spread[2] == 1;
        for (Index plane = 0; plane < count; ++plane, copy += pixels)
            for (Index i = 0; i < height; ++i, planes += width)
                if (neighbours)
                    for (Index k = 0; k < width; k += LANES) {
                        const Index first = std::min(k, width - LANES);
                        store(copy + row[i] + column[0] + first, load(planes + first));
                        __builtin_prefetch(planes + ahead + first);
                    }
                else if (shape.stride[2] == 2 && shape.spread[2] == 1)
                    for (Index first = 0; first < std::min<Index>(2, width); ++first)
                        take_every_second(planes + first, (width - first + 1) / 2, copy + row[i] + column[first]);
                else
                    for (Index k = 0; k < width; ++k) copy[row[i] + column[k]] = planes[k];
        return copy - count * pixels;
    }

    static void take_every_second(const T* __restrict pixels, Index count, T* __restrict copy) {
        for (Index k = 0; k < count; ++k) copy[k] = pixels[2 * k];
    }

    // Writes the outputs of one vector.
    void write(T* elements, typename Simd<T>::Vector vector) const {
        if (lanes == LANES)
            store(elements, vector);
        else
            std::memcpy(elements, &vector, lanes * sizeof(T));
    }

    // An output plane as whole vectors: as it is, or a copy, zero where the vector before has the element already.
    const T* read(const T* plane, T* copy) const {
        if (lanes == LANES && shared == 0) return plane;
        T* elements = copy;
        for (Index n = 0; n < vectors; n += row_vectors) {
            for (Index v = 0; v < row_vectors; ++v, elements += LANES)
                if (lanes == LANES)
                    store(elements, load(plane + targets[n + v]));
                else
                    std::copy_n(plane + targets[n + v], lanes, std::fill_n(elements, LANES, T(0)) - LANES);
            std::fill_n(elements - LANES, shared, T(0));
        }
        return copy;
    }
};

// Whether vectors of columns are worth while: whether so many of their lanes count that it makes up for
// loading them for each map. `waste` says how many pixels are multiplied for one that is not a zero.
template <typename T>
constexpr bool is_thin(Index maps, Index columns, Index waste) {
    constexpr Index LANES = Simd<T>::LANES;
    return columns * round_up(maps, LANES) >= 2 * waste * maps * round_up(columns, LANES);
}

// How filters, or their sums, of one group lie in memory: taps are neighbours.
struct FilterSteps {
    Index plane, map;
};

}  // namespace lenet
#endif
