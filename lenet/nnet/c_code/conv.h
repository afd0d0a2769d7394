// Convolution of images and volumes, and its gradients, for any geometry.
//
// The batch is cut into groups of samples, which threads share. A group's images are read where
// they are, or from a padded copy. How a group is cut, and in which order partial sums are added,
// depends on the shapes alone: the result is the same, bit for bit, for any number of threads.
#ifndef LENET_CONV_H
#define LENET_CONV_H

#include <algorithm>
#include <cstring>
#include <vector>

#include "common.h"
#include "conv_columns.h"
#include "conv_direct.h"
#include "conv_sizes.h"
#include "conv_stencil.h"
#include "conv_wide.h"
#include "indirect_gemm.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// One channel group of an output gradient with its maps last, filled up with zeros to `width`.
template <typename T>
void maps_last(const T* gradient, Index samples, Index all_maps, const ConvSizes& sizes, Index width, T* transposed) {
    for (Index s = 0; s < samples; ++s)
        planes_to_channels<T>(gradient + s * all_maps * sizes.positions, sizes.maps, sizes.positions,
                              [&](Index position, Index map, auto vector) {
                                  store(transposed + (s * sizes.positions + position) * width + map, vector);
                              });
}

// Writes a block whose rows are neighbouring positions, and whose columns are maps, as planes. Row
// `first` is counted from the first position of the first sample; samples are `sample` elements apart.
template <typename T, int VECTORS>
void write_planes(const Block<T, VECTORS>& block, Index first, int rows, Index positions, Index maps, Index sample,
                  T* planes) {
    constexpr int LANES = Simd<T>::LANES;
    for (int v = 0; v < VECTORS && v * LANES < maps; ++v)
    // Vectors may be shorter than a block is high.
#pragma GCC unroll 4
        for (int begin = 0; begin < BLOCK_ROWS && begin < rows; begin += LANES) {
            typename Simd<T>::Vector columns[LANES] = {};
#pragma GCC unroll 16
            for (int i = 0; i < LANES; ++i)
                if (begin + i < BLOCK_ROWS) columns[i] = block.sum[begin + i][v];
            transpose_block<T>(columns);
            const int end = std::min(begin + LANES, rows), lanes = int(std::min<Index>(LANES, maps - v * LANES));
            // A block may begin in one sample and end in another.
            for (int row = begin; row < end;) {
                const Index position = (first + row) % positions;
                const int here = int(std::min<Index>(end - row, positions - position));
                T* const corner = planes + (first + row) / positions * sample + position;
                for (int lane = 0; lane < lanes; ++lane)
                    std::memcpy(corner + (v * LANES + lane) * positions,
                                reinterpret_cast<const T*>(&columns[lane]) + row - begin, here * sizeof(T));
                row += here;
            }
        }
}

template <typename T>
int conv(const ConvGeometry& geometry, const Array* image_array, const Array* filter_array, Output* output_array) {
    const Index all_channels = image_array->shape[1], all_maps = filter_array->shape[0];
    ConvSizes sizes;
    if (!sizes.resolve(geometry, image_array->shape[0], all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), spatial_sizes(filter_array, geometry.spatial)) ||
        !same("channels", all_channels, filter_array->shape[1] * geometry.groups))
        return -1;
    T* const output =
        prepare_output<T>(output_array, whole_shape({sizes.batch, all_maps}, sizes.output, geometry.spatial));
    const Contiguous images(image_array), filters(filter_array);
    if (!output || !images || !filters) return -1;

    const auto along_rows = is_thin<T>(sizes.maps, sizes.output[2], 1)   ? correlate<T>
                            : is_wide<T>(sizes.maps, sizes.output[2], 1) ? correlate_wide<T>
                                                                         : nullptr;
    if (along_rows)
        return along_rows(forward_correlation(geometry, sizes), sizes.batch, geometry.groups, sizes.channels,
                          sizes.maps, images.data<T>(), filters.data<T>(), {sizes.taps, sizes.channels * sizes.taps},
                          output);

    // The filters of each group as (tap, map), a cross-correlation's taps over all channels.
    const Index width = round_up(sizes.maps, Simd<T>::LANES), depth = sizes.channels * sizes.taps;
    const Index samples = sizes.samples_per_group(), blocks = (sizes.batch + samples - 1) / samples;
    const Index sample_pixels = all_channels * sizes.padded_pixels;
    Scratch<T> packed(geometry.groups * depth * width, 1);
    Scratch<T> padded(sizes.is_padded ? samples * sample_pixels : 0);
    if (!packed || !padded) return -1;
    const std::vector<Index> positions = repeated(position_offsets(geometry, sizes, 1), samples, sample_pixels);
    const std::vector<Index> taps = repeated(tap_offsets(geometry, sizes, 1), sizes.channels, sizes.padded_pixels);

    const ParallelWork work(sizes.batch * sizes.positions * depth * all_maps);
    std::fill_n(packed.data(), geometry.groups * depth * width, T(0));
    for (Index o = 0; o < all_maps; ++o)
        for (Index c = 0; c < sizes.channels; ++c)
            for (Index t = 0; t < sizes.taps; ++t)
                packed.data()[((o / sizes.maps * sizes.channels + c) * sizes.taps + t) * width + o % sizes.maps] =
                    filters.data<T>()[(o * sizes.channels + c) * sizes.taps + filter_tap(geometry, sizes, t)];

#pragma omp parallel for schedule(dynamic)
    for (Index block = 0; block < blocks; ++block) {
        const Index first = block * samples, here = std::min(samples, sizes.batch - first);
        const T* const image = padded_planes(images.data<T>() + first * all_channels * sizes.image.product(),
                                             here * all_channels, sizes, padded.of_thread(omp_get_thread_num()));
        for (Index group = 0; group < geometry.groups; ++group) {
            const T* const channels = image + group * sizes.channels * sizes.padded_pixels;
            T* const maps = output + (first * all_maps + group * sizes.maps) * sizes.positions;
            const auto write = [&](Index m, int valid, Index n, const auto& product) {
                write_planes(product, m, valid, sizes.positions, std::min<Index>(product.WIDTH, sizes.maps - n),
                             all_maps * sizes.positions, maps + n * sizes.positions);
            };
            indirect_gemm<T>(
                here * sizes.positions, [&](Index m) { return channels + positions[m]; }, taps.data(), depth,
                packed.data() + group * depth * width, width, width, write);
        }
    }
    return 0;
}

template <typename T>
int conv_grad_inputs(const ConvGeometry& geometry, const Array* filter_array, const Array* gradient_array,
                     const Sizes& image_sizes, Output* image_array) {
    typedef typename Simd<T>::Vector Vector;
    const Index all_maps = filter_array->shape[0];
    const Index all_channels = filter_array->shape[1] * geometry.groups;
    ConvSizes sizes;
    if (!sizes.resolve(geometry, gradient_array->shape[0], all_channels, all_maps, image_sizes,
                       spatial_sizes(filter_array, geometry.spatial)) ||
        !same("maps in the output gradient", gradient_array->shape[1], all_maps) ||
        !check_gradient(gradient_array, geometry, sizes))
        return -1;
    T* const image =
        prepare_output<T>(image_array, whole_shape({sizes.batch, all_channels}, sizes.image, geometry.spatial));
    const Contiguous filters(filter_array), gradients(gradient_array);
    if (!image || !filters || !gradients) return -1;

    const double waste = double(sizes.image.product()) / std::max<Index>(1, sizes.positions);
    const Index stride = geometry.stride.product();
    const bool is_few = 2 * sizes.channels <= Simd<T>::LANES;
    const bool is_bearable = !is_few || waste * sizes.maps <= cost_by_columns(sizes.maps);
    const auto along_rows = !is_bearable                                         ? nullptr
                            : is_thin<T>(sizes.channels, sizes.image[2], stride) ? correlate<T>
                            : is_wide<T>(sizes.channels, sizes.image[2], waste)  ? correlate_wide<T>
                                                                                 : nullptr;
    if (along_rows && sizes.padding_is_within_filters(geometry))
        return along_rows(input_correlation(geometry, sizes), sizes.batch, geometry.groups, sizes.maps, sizes.channels,
                          gradients.data<T>(), filters.data<T>(), {sizes.channels * sizes.taps, sizes.taps}, image);
    if (is_few) {
        const auto transposed = [&](Index sample, Index group, Index width, T* gradient) {
            maps_last(gradients.data<T>() + (sample * all_maps + group * sizes.maps) * sizes.positions, 1, all_maps,
                      sizes, width, gradient);
        };
        return grad_inputs_by_columns(geometry, sizes, filters.data<T>(), transposed, image);
    }

    // The product of an output gradient's maps with all filters at one position is what that
    // position gives back to its window. It is added to an image whose channels are last, so that
    // a vector of the product is a vector of channels.
    const Index pixel = round_up(sizes.channels, Simd<T>::LANES), width = sizes.taps * pixel;
    const Index samples = sizes.samples_per_group(), blocks = (sizes.batch + samples - 1) / samples;
    const Index sample_pixels = sizes.padded_pixels * pixel;
    Scratch<T> packed(geometry.groups * sizes.maps * width, 1);
    const Index maps_width = round_up(sizes.maps, Simd<T>::LANES);
    // There are more rows to read, if only to be left out, than pixels.
    Scratch<T> transposed(samples * sizes.positions * maps_width);
    Scratch<T> sums(samples * sample_pixels + Simd<T>::LANES * pixel);
    if (!packed || !transposed || !sums) return -1;
    const std::vector<Index> positions = repeated(position_offsets(geometry, sizes, pixel), samples, sample_pixels);
    const std::vector<Index> taps = tap_offsets(geometry, sizes, pixel);
    std::vector<Index> map_offsets(sizes.maps);
    for (Index o = 0; o < sizes.maps; ++o) map_offsets[o] = o;

    const ParallelWork work(sizes.batch * sizes.positions * sizes.taps * sizes.channels * all_maps);
    std::fill_n(packed.data(), geometry.groups * sizes.maps * width, T(0));
    for (Index o = 0; o < all_maps; ++o)
        for (Index c = 0; c < sizes.channels; ++c)
            for (Index t = 0; t < sizes.taps; ++t)
                packed.data()[o * width + t * pixel + c] =
                    filters.data<T>()[(o * sizes.channels + c) * sizes.taps + filter_tap(geometry, sizes, t)];

#pragma omp parallel for schedule(dynamic)
    for (Index block = 0; block < blocks; ++block) {
        const Index first = block * samples, here = std::min(samples, sizes.batch - first);
        T* const gradient = transposed.of_thread(omp_get_thread_num());
        T* const sum = sums.of_thread(omp_get_thread_num());
        for (Index group = 0; group < geometry.groups; ++group) {
            maps_last(gradients.data<T>() + (first * all_maps + group * sizes.maps) * sizes.positions, here, all_maps,
                      sizes, maps_width, gradient);
            std::fill_n(sum, here * sample_pixels, T(0));
            const auto store = [&](Index m, int valid, Index n, const auto& product) {
                for (int v = 0; v < product.WIDTH / Simd<T>::LANES; ++v) {
                    const Index lane = n + v * Simd<T>::LANES;
                    T* const window = sum + taps[lane / pixel] + lane % pixel;
                    for (int i = 0; i < valid; ++i)
                        *reinterpret_cast<Vector*>(window + positions[m + i]) += product.sum[i][v];
                }
            };
            indirect_gemm<T>(
                here * sizes.positions, [&](Index m) { return gradient + m * maps_width; }, map_offsets.data(),
                sizes.maps, packed.data() + group * sizes.maps * width, width, width, store);
            // Channels first again, without the padding.
            for (Index s = 0; s < here; ++s)
                for (Index row = 0; row < sizes.image[0] * sizes.image[1]; ++row) {
                    const Index i = row / sizes.image[1] + sizes.low[0], j = row % sizes.image[1] + sizes.low[1];
                    const Index corner = (i * sizes.padded[1] + j) * sizes.padded[2] + sizes.low[2];
                    T* const pixels = image + row * sizes.image[2] +
                                      ((first + s) * all_channels + group * sizes.channels) * sizes.image.product();
                    maps_to_planes<T>(sum + s * sample_pixels + corner * pixel, sizes.image[2], sizes.channels, pixel,
                                      [&](Index channel, Index column, auto vector, int count) {
                                          std::memcpy(pixels + channel * sizes.image.product() + column, &vector,
                                                      count * sizeof(T));
                                      });
                }
        }
    }
    return 0;
}

template <typename T>
int conv_grad_weights(const ConvGeometry& geometry, const Array* image_array, const Array* gradient_array,
                      const Sizes& kernel_sizes, Output* filter_array) {
    typedef typename Simd<T>::Vector Vector;
    const Index all_channels = image_array->shape[1], all_maps = gradient_array->shape[1];
    ConvSizes sizes;
    if (!sizes.resolve(geometry, image_array->shape[0], all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), kernel_sizes) ||
        !same("images in the output gradient", gradient_array->shape[0], sizes.batch) ||
        !check_gradient(gradient_array, geometry, sizes))
        return -1;
    T* const filters =
        prepare_output<T>(filter_array, whole_shape({all_maps, sizes.channels}, sizes.kernel, geometry.spatial));
    const Contiguous images(image_array), gradients(gradient_array);
    if (!filters || !images || !gradients) return -1;

    if (is_thin<T>(sizes.maps, sizes.output[2], 1))
        return correlate_gradients(forward_correlation(geometry, sizes), sizes.batch, geometry.groups, sizes.channels,
                                   sizes.maps, images.data<T>(), gradients.data<T>(), filters);

    // Each chunk of the batch sums into its own (tap, map) matrix; their number is bounded by the work
    // of adding them and the memory they take, and does not depend on the number of threads.
    const Index width = round_up(sizes.maps, Simd<T>::LANES), depth = sizes.channels * sizes.taps;
    const Index samples = sizes.samples_per_group(), blocks = (sizes.batch + samples - 1) / samples;
    const Index partial_size = geometry.groups * depth * width;
    const Index most = std::max<Index>(4, (Index(32) << 20) / Index(partial_size * sizeof(T) + 1));
    const Index chunks = std::min(std::max<Index>(blocks, 1), chunks_of(sizes.batch, 4, sizes.positions, most));
    // Positions whose gradients stay in the nearest cache while all taps visit them.
    constexpr Index NEAR = 24 * 1024 / (BLOCK_VECTORS * VECTOR_BYTES);
    const Index sample_pixels = all_channels * sizes.padded_pixels;
    Scratch<T> partial(partial_size, int(chunks));
    Scratch<T> padded(sizes.is_padded ? samples * sample_pixels : 0);
    Scratch<T> transposed(samples * sizes.positions * width);
    if (!partial || !padded || !transposed) return -1;
    const std::vector<Index> positions = repeated(position_offsets(geometry, sizes, 1), samples, sample_pixels);
    const std::vector<Index> taps = repeated(tap_offsets(geometry, sizes, 1), sizes.channels, sizes.padded_pixels);

    const ParallelWork work(sizes.batch * sizes.positions * depth * all_maps);
#pragma omp parallel for schedule(dynamic)
    for (Index chunk = 0; chunk < chunks; ++chunk) {
        T* const sums = partial.of_thread(int(chunk));
        T* const gradient = transposed.of_thread(omp_get_thread_num());
        std::fill_n(sums, partial_size, T(0));
        for (Index block = blocks * chunk / chunks; block < blocks * (chunk + 1) / chunks; ++block) {
            const Index first = block * samples, here = std::min(samples, sizes.batch - first);
            const T* const image = padded_planes(images.data<T>() + first * all_channels * sizes.image.product(),
                                                 here * all_channels, sizes, padded.of_thread(omp_get_thread_num()));
            for (Index group = 0; group < geometry.groups; ++group) {
                const T* const channels = image + group * sizes.channels * sizes.padded_pixels;
                T* const sum = sums + group * depth * width;
                maps_last(gradients.data<T>() + (first * all_maps + group * sizes.maps) * sizes.positions, here,
                          all_maps, sizes, width, gradient);
                const auto store = [&](Index m, int valid, Index n, const auto& product) {
                    for (int i = 0; i < valid; ++i)
                        for (int v = 0; v < product.WIDTH / Simd<T>::LANES; ++v)
                            *reinterpret_cast<Vector*>(sum + (m + i) * width + n + v * Simd<T>::LANES) +=
                                product.sum[i][v];
                };
                const Index run = sizes.kernel[2];
                const auto run_of = [&](Index i) { return channels + taps[i * run]; };
                const bool is_run = width == Simd<T>::LANES && geometry.dilation[2] == 1;
                const auto add = is_run ? adder_of_runs<T, decltype(run_of)>(run) : nullptr;
                for (Index near = 0; near < here * sizes.positions; near += NEAR) {
                    const Index count = std::min(NEAR, here * sizes.positions - near);
                    if (add)
                        add(depth / run, run_of, positions.data() + near, count, gradient + near * width, sum);
                    else
                        indirect_gemm<T>(
                            depth, [&](Index m) { return channels + taps[m]; }, positions.data() + near, count,
                            gradient + near * width, width, width, store);
                }
            }
        }
    }

    T* const total = partial.of_thread(0);
#pragma omp parallel for
    for (Index row = 0; row < geometry.groups * depth; ++row)
        for (Index chunk = 1; chunk < chunks; ++chunk)
            for (Index i = row * width; i < (row + 1) * width; ++i) total[i] += partial.of_thread(int(chunk))[i];
    for (Index o = 0; o < all_maps; ++o)
        for (Index c = 0; c < sizes.channels; ++c)
            for (Index t = 0; t < sizes.taps; ++t)
                filters[(o * sizes.channels + c) * sizes.taps + filter_tap(geometry, sizes, t)] =
                    total[((o / sizes.maps * sizes.channels + c) * sizes.taps + t) * width + o % sizes.maps];
    return 0;
}

}  // namespace lenet
#endif
