// The gradient of a convolution's images where channels are few: a matrix product and a sum of runs.
//
// The product of an output gradient's maps with all filters at one position is what that position gives back to its
// window, with the taps of a channel next to each other. The rows of a window are added to the image as they are.
// Vectors of channels would be empty for the most part, and those of columns would be multiplied with zeros where
// the output is much smaller than the image.
#ifndef LENET_CONV_COLUMNS_H
#define LENET_CONV_COLUMNS_H

#include <algorithm>
#include <vector>

#include "common.h"
#include "conv_sizes.h"
#include "indirect_gemm.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// Positions whose products are kept at a time.
constexpr Index COLUMN_ROWS = 16 * BLOCK_ROWS;

// What so many maps cost here, where a map whose vectors are columns, and meet no zeros, costs 1. Adding to images
// costs as much as 30 maps. Measured, as the factors of static_conv_grad_inputs.py, which knows the sizes, are.
constexpr double cost_by_columns(Index maps) { return 1.1 * (maps + 30); }

// Adds the window of one position to an image: rows of taps, each `run` long, whose pixels are `step` apart.
template <typename T>
void add_window(const T* product, const std::vector<Index>& rows, Index run, Index step, T* window) {
    for (const Index row : rows) {
        T* const pixels = window + row;
        if (step == 1)
#pragma GCC ivdep
            for (Index i = 0; i < run; ++i) pixels[i] += product[i];
        else
            for (Index i = 0; i < run; ++i) pixels[i * step] += product[i];
        product += run;
    }
}

// `gradients` have the maps last, filled up with zeros to whole vectors, by `maps_last` of a sample and a group.
template <typename T, typename MapsLast>
int grad_inputs_by_columns(const ConvGeometry& geometry, const ConvSizes& sizes, const T* filters, MapsLast maps_last,
                           T* images) {
    constexpr Index LANES = Simd<T>::LANES;
    const Index depth = sizes.channels * sizes.taps, width = round_up(depth, LANES);
    const Index maps_width = round_up(sizes.maps, LANES), plane = sizes.padded_pixels;
    Scratch<T> packed(geometry.groups * sizes.maps * width, 1);
    Scratch<T> transposed(sizes.positions * maps_width);
    Scratch<T> products(COLUMN_ROWS * width);
    Scratch<T> sums(sizes.channels * plane);
    if (!packed || !transposed || !products || !sums) return -1;
    const std::vector<Index> positions = position_offsets(geometry, sizes, 1), taps = tap_offsets(geometry, sizes, 1);
    std::vector<Index> map_offsets(sizes.maps), rows;
    for (Index o = 0; o < sizes.maps; ++o) map_offsets[o] = o;
    const Index run = sizes.kernel[2];
    for (Index t = 0; t < sizes.taps; t += run) rows.push_back(taps[t]);

    const ParallelWork work(sizes.batch * sizes.positions * depth * sizes.maps * geometry.groups);
    std::fill_n(packed.data(), geometry.groups * sizes.maps * width, T(0));
    for (Index o = 0; o < geometry.groups * sizes.maps; ++o)
        for (Index c = 0; c < sizes.channels; ++c)
            for (Index t = 0; t < sizes.taps; ++t)
                packed.data()[o * width + c * sizes.taps + t] =
                    filters[(o * sizes.channels + c) * sizes.taps + filter_tap(geometry, sizes, t)];

#pragma omp parallel for schedule(dynamic)
    for (Index task = 0; task < sizes.batch * geometry.groups; ++task) {
        const Index sample = task / geometry.groups, group = task % geometry.groups;
        T* const gradient = transposed.of_thread(omp_get_thread_num());
        T* const product = products.of_thread(omp_get_thread_num());
        T* const sum = sums.of_thread(omp_get_thread_num());
        maps_last(sample, group, maps_width, gradient);
        std::fill_n(sum, sizes.channels * plane, T(0));
        for (Index first = 0; first < sizes.positions; first += COLUMN_ROWS) {
            const Index count = std::min(COLUMN_ROWS, sizes.positions - first);
            const auto store = [&](Index m, int valid, Index n, const auto& block) {
                for (int i = 0; i < valid; ++i)
                    for (int v = 0; v < block.WIDTH / LANES; ++v)
                        *reinterpret_cast<typename Simd<T>::Vector*>(product + (m + i) * width + n + v * LANES) =
                            block.sum[i][v];
            };
            indirect_gemm<T>(
                count, [&](Index m) { return gradient + (first + m) * maps_width; }, map_offsets.data(), sizes.maps,
                packed.data() + group * sizes.maps * width, width, width, store);
            for (Index m = 0; m < count; ++m)
                for (Index c = 0; c < sizes.channels; ++c)
                    add_window(product + m * width + c * sizes.taps, rows, run, geometry.dilation[2],
                               sum + c * plane + positions[first + m]);
        }
        for (Index c = 0; c < sizes.channels; ++c) {
            T* pixels = images + (task * sizes.channels + c) * sizes.image.product();
            for (Index i = 0; i < sizes.image[0]; ++i)
                for (Index j = 0; j < sizes.image[1]; ++j, pixels += sizes.image[2])
                    std::copy_n(sum + c * plane + sizes.low[2] +
                                    ((i + sizes.low[0]) * sizes.padded[1] + j + sizes.low[1]) * sizes.padded[2],
                                sizes.image[2], pixels);
        }
    }
    return 0;
}

}  // namespace lenet
#endif
