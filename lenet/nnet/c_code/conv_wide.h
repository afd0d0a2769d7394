// Convolutions of many maps on rows that fill vectors, for any size.
//
// As in conv_rows.h, a few vectors of neighbouring columns are multiplied by the same tap of a few filters;
// here sizes and offsets are found when running.
#ifndef LENET_CONV_WIDE_H
#define LENET_CONV_WIDE_H

#include <algorithm>

#include "common.h"
#include "conv_stencil.h"
#include "parallel_work.h"

namespace lenet {

// Filters, and vectors of pixels, that are multiplied with each other at a time.
constexpr int WIDE_MAPS = 6, WIDE_VECTORS = VECTOR_REGISTERS >= 32 ? 4 : 2;

// Whether vectors of columns take less time than the product of conv.h with its vectors of maps. `waste` says
// how many pixels are multiplied for one that is not a zero. The shares of time in which lanes are busy, in
// percent, are measured ones: a product with one vector of maps waits for its loads.
template <typename T>
bool is_wide(Index maps, Index columns, double waste) {
    constexpr Index LANES = Simd<T>::LANES;
    constexpr double OF_COLUMNS = 93, OF_MAPS = 85, OF_ONE_VECTOR = 60;
    if (maps < WIDE_MAPS || columns < LANES) return false;
    const double wide = OF_COLUMNS * columns / (round_up(columns, LANES) * waste);
    return wide > (maps <= LANES ? OF_ONE_VECTOR : OF_MAPS) * maps / round_up(maps, LANES);
}

// Calculates MAPS output planes at WIDE_VECTORS corners; filters are (plane, tap, map).
template <typename T, int MAPS>
void correlate_corners(const Stencil<T>& stencil, const T* planes, Index count, Index first, const T* filters,
                       T* output) {
    typedef typename Simd<T>::Vector Vector;
    const Index* const taps = stencil.taps.data();
    const Index tap_count = Index(stencil.taps.size());
    Vector sum[MAPS][WIDE_VECTORS] = {};
    const T* window[WIDE_VECTORS];
    for (int v = 0; v < WIDE_VECTORS; ++v) window[v] = planes + stencil.corners[first + v];
    for (Index plane = 0; plane < count * stencil.pixels; plane += stencil.pixels)
        for (Index t = 0; t < tap_count; ++t, filters += MAPS) {
            const Index offset = plane + taps[t];
            Vector pixels[WIDE_VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < WIDE_VECTORS; ++v) pixels[v] = load(window[v] + offset);
#pragma GCC unroll 8
            for (int m = 0; m < MAPS; ++m) {
                const T weight = filters[m];
#pragma GCC unroll 4
                for (int v = 0; v < WIDE_VECTORS; ++v) sum[m][v] += weight * pixels[v];
            }
        }
    for (int m = 0; m < MAPS; ++m)
        for (int v = 0; v < WIDE_VECTORS; ++v)
            store(output + m * stencil.outputs + stencil.targets[first + v], sum[m][v]);
}

// The filters of one group in blocks of WIDE_MAPS: (plane, tap, map).
template <typename T>
void pack_wide(const T* filters, FilterSteps steps, Index planes, Index taps, Index maps, T* packed) {
    for (Index map = 0; map < maps; ++map) {
        const Index first = map / WIDE_MAPS * WIDE_MAPS, width = std::min<Index>(WIDE_MAPS, maps - first);
        for (Index plane = 0; plane < planes; ++plane)
            for (Index t = 0; t < taps; ++t)
                packed[first * planes * taps + (plane * taps + t) * width + map - first] =
                    filters[map * steps.map + plane * steps.plane + t];
    }
}

// All groups of a batch, as `correlate` of conv_direct.h.
template <typename T>
int correlate_wide(const Correlation& shape, Index batch, Index groups, Index planes, Index maps, const T* source,
                   const T* filters, FilterSteps steps, T* output) {
    typedef void (*Tile)(const Stencil<T>&, const T*, Index, Index, const T*, T*);
    constexpr Tile TILES[] = {nullptr,
                              correlate_corners<T, 1>,
                              correlate_corners<T, 2>,
                              correlate_corners<T, 3>,
                              correlate_corners<T, 4>,
                              correlate_corners<T, 5>,
                              correlate_corners<T, WIDE_MAPS>};
    const Stencil<T> stencil(shape, planes);
    const Index copy_size = stencil.scratch(planes), taps = shape.kernel.product(), size = planes * maps * taps;
    const Scratch<T> copies(copy_size), packed(groups * size, 1);
    if (!copies || !packed) return -1;

    const ParallelWork work(batch * groups * size * stencil.outputs);
    for (Index group = 0; group < groups; ++group)
        pack_wide(filters + group * size, steps, planes, taps, maps, packed.data() + group * size);
#pragma omp parallel
    {
        T* const copy = copies.of_thread(omp_get_thread_num());
        std::fill_n(copy, copy_size, T(0));
#pragma omp for schedule(guided)
        for (Index task = 0; task < batch * groups; ++task) {
            const T* const group = stencil.prepare(source + task * planes * shape.source.product(), planes, copy);
            const T* const weights = packed.data() + task % groups * size;
            for (Index first = 0; first < stencil.vectors; first += WIDE_VECTORS)
                for (Index map = 0; map < maps; map += WIDE_MAPS)
                    TILES[std::min<Index>(WIDE_MAPS, maps - map)](stencil, group, planes, first,
                                                                  weights + map * planes * taps,
                                                                  output + (task * maps + map) * stencil.outputs);
        }
    }
    return 0;
}

}  // namespace lenet
#endif
