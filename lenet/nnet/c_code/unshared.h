// Convolution with a filter of its own for every place of the output, and its gradients, for any geometry.
//
// Each place has a product of two matrices. Filters, by far the largest array, are read, or written, once and
// in the order in which they lie in memory; they are never copied. What is small is turned round instead: the
// samples of a batch become neighbours, in panels as wide as a block of the product.
#ifndef LENET_UNSHARED_H
#define LENET_UNSHARED_H

#include <algorithm>
#include <cstring>
#include <vector>

#include "common.h"
#include "conv_sizes.h"
#include "conv_stencil.h"
#include "indirect_gemm.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

template <typename T>
constexpr Index PANEL = BLOCK_VECTORS * Simd<T>::LANES;

static inline Index panels_of(Index batch, Index width) { return (batch + width - 1) / width; }

// Turns the planes of a batch into panels of `panel` elements. Samples of one panel are neighbours; their first
// is at plane * plane_step + targets[pixel].
template <typename T>
void samples_side_by_side(const T* array, Index batch, Index planes, Index plane_step,
                          const std::vector<Index>& targets, Index panel, T* panels) {
    typedef typename Simd<T>::Vector Vector;
    const Index pixels = Index(targets.size());
#pragma omp parallel for
    for (Index task = 0; task < panels_of(batch, PANEL<T>) * planes; ++task) {
        const Index first = task / planes * PANEL<T>, plane = task % planes;
        T* const target = panels + task / planes * panel + plane * plane_step;
        planes_to_channels<T>(array + (first * planes + plane) * pixels, std::min(PANEL<T>, batch - first), pixels,
                              planes * pixels, [&](Index pixel, Index sample, Vector vector) {
                                  *reinterpret_cast<Vector*>(target + targets[pixel] + sample) = vector;
                              });
    }
}

// Where the pixels of an image lie in a padded plane whose neighbours are `pixel` elements apart.
static inline std::vector<Index> pixel_offsets(const ConvSizes& sizes, Index pixel) {
    std::vector<Index> offsets;
    offsets.reserve(sizes.image.product());
    for (Index i = 0; i < sizes.image[0]; ++i)
        for (Index j = 0; j < sizes.image[1]; ++j)
            for (Index k = 0; k < sizes.image[2]; ++k)
                offsets.push_back(
                    (((i + sizes.low[0]) * sizes.padded[1] + j + sizes.low[1]) * sizes.padded[2] + k + sizes.low[2]) *
                    pixel);
    return offsets;
}

// Offsets of a window's elements from its first one, in the order in which filters are given.
static inline std::vector<Index> filter_offsets(const ConvGeometry& geometry, const ConvSizes& sizes, Index pixel) {
    std::vector<Index> offsets = tap_offsets(geometry, sizes, pixel);
    if (geometry.flip) std::reverse(offsets.begin(), offsets.end());
    return repeated(offsets, sizes.channels, sizes.padded_pixels * pixel);
}

// How the left operand of a product lies in memory: from row to row, and from column to column.
struct LeftSteps {
    Index row, column;
};

// Multiplies up to ROWS rows of `left` by VECTORS vectors of samples, found at right + offsets[r], and calls
// put(row, vector of the panel, sum).
template <typename T, int ROWS, int VECTORS, typename Put>
void multiply_rows(int rows, const T* left, LeftSteps steps, const T* right, const std::vector<Index>& offsets,
                   Put put) {
    typedef typename Simd<T>::Vector Vector;
    if constexpr (ROWS > 1)
        if (rows < ROWS) return multiply_rows<T, ROWS - 1, VECTORS>(rows, left, steps, right, offsets, put);
    Vector sum[ROWS][VECTORS] = {};
    const T* row[ROWS];
    for (int i = 0; i < ROWS; ++i) row[i] = left + i * steps.row;
    Index column = 0;
    for (const Index offset : offsets) {
        Vector factor[VECTORS];
        for (int v = 0; v < VECTORS; ++v)
            factor[v] = *reinterpret_cast<const Vector*>(right + offset + v * Simd<T>::LANES);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; ++i) {
            const T element = row[i][column];
#pragma GCC unroll 2
            for (int v = 0; v < VECTORS; ++v) sum[i][v] += element * factor[v];
        }
        column += steps.column;
    }
    for (int i = 0; i < ROWS; ++i)
        for (int v = 0; v < VECTORS; ++v) put(i, v, sum[i][v]);
}

// The same for one panel, of which so many samples count.
template <typename T, typename Put>
void multiply_panel(Index samples, int rows, const T* left, LeftSteps steps, const T* right,
                    const std::vector<Index>& offsets, Put put) {
    static_assert(BLOCK_VECTORS == 2, "a panel is as wide as a block");
    if (samples > Simd<T>::LANES)
        multiply_rows<T, BLOCK_ROWS, 2>(rows, left, steps, right, offsets, put);
    else
        multiply_rows<T, BLOCK_ROWS, 1>(rows, left, steps, right, offsets, put);
}

// Rows in blocks of much the same size: the first row of each, and the end of the last one.
static inline Index block_start(Index rows, Index blocks, Index block) { return rows * block / blocks; }
static inline Index row_blocks(Index rows) { return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS; }

static inline bool check_places(const Array* filters, const ConvGeometry& geometry, const ConvSizes& sizes) {
    Sizes found = {{1, 1, 1}};
    for (int i = 0; i < geometry.spatial; ++i) found[3 - geometry.spatial + i] = filters->shape[1 + i];
    if (found == sizes.output) return true;
    fail(WRONG_VALUE, "convolution: there are filters for (%zd, %zd, %zd) places, expected (%zd, %zd, %zd)", found[0],
         found[1], found[2], sizes.output[0], sizes.output[1], sizes.output[2]);
    return false;
}

template <typename T>
int unshared_conv(const ConvGeometry& geometry, const Array* image_array, const Array* filter_array,
                  Output* output_array) {
    typedef typename Simd<T>::Vector Vector;
    constexpr Index LANES = Simd<T>::LANES, WIDTH = PANEL<T>, MAX_PANELS = 8;
    const Index all_channels = image_array->shape[1], all_maps = filter_array->shape[0];
    ConvSizes sizes;
    if (!sizes.resolve(geometry, image_array->shape[0], all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), spatial_sizes(filter_array, geometry.spatial)) ||
        !same("channels", all_channels, filter_array->shape[1 + geometry.spatial] * geometry.groups) ||
        !check_places(filter_array, geometry, sizes))
        return -1;
    T* const output =
        prepare_output<T>(output_array, whole_shape({sizes.batch, all_maps}, sizes.output, geometry.spatial));
    const Contiguous images(image_array), filters(filter_array);
    const Index panels = panels_of(sizes.batch, WIDTH), panel = all_channels * sizes.padded_pixels * WIDTH;
    // Sums of some maps at neighbouring places, until these become neighbours in memory.
    constexpr Index TILE = LANES * WIDTH;
    const Scratch<T> turned(panels * panel, 1), tiles(std::min(panels, MAX_PANELS) * BLOCK_ROWS * TILE);
    if (!output || !images || !filters || !turned || !tiles) return -1;
    const std::vector<Index> pixels = pixel_offsets(sizes, WIDTH), taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<Index> windows = position_offsets(geometry, sizes, WIDTH);
    const Index depth = Index(taps.size()), map_size = sizes.positions * depth;
    const Index blocks = row_blocks(sizes.maps), runs = (sizes.positions + LANES - 1) / LANES;

    const ParallelWork work(sizes.batch * geometry.groups * sizes.maps * map_size);
    if (sizes.is_padded) std::fill_n(turned.data(), panels * panel, T(0));
    samples_side_by_side(images.data<T>(), sizes.batch, all_channels, sizes.padded_pixels * WIDTH, pixels, panel,
                         turned.data());
#pragma omp parallel for schedule(dynamic)
    for (Index task = 0; task < geometry.groups * blocks * runs; ++task) {
        const Index group = task / (blocks * runs), block = task / runs % blocks, place = task % runs * LANES;
        const Index first_map = block_start(sizes.maps, blocks, block);
        const Index maps = block_start(sizes.maps, blocks, block + 1) - first_map;
        const Index map = group * sizes.maps + first_map, places = std::min(LANES, sizes.positions - place);
        const T* const channels = turned.data() + group * sizes.channels * sizes.padded_pixels * WIDTH;
        const T* const filter = filters.data<T>() + map * map_size + place * depth;
        T* const tile = tiles.of_thread(omp_get_thread_num());
        for (Index first = 0; first < panels; first += MAX_PANELS) {
            const Index end = std::min(panels, first + MAX_PANELS);
            for (Index i = 0; i < places; ++i)
                for (Index p = first; p < end; ++p)
                    multiply_panel<T>(sizes.batch - p * WIDTH, int(maps), filter + i * depth, {map_size, 1},
                                      channels + p * panel + windows[place + i], taps, [&](int row, int v, Vector sum) {
                                          T* const target = tile + ((p - first) * BLOCK_ROWS + row) * TILE + i * WIDTH;
                                          *reinterpret_cast<Vector*>(target + v * LANES) = sum;
                                      });
            for (Index p = first; p < end; ++p)
                for (Index m = 0; m < maps; ++m) {
                    T* const planes = output + (p * WIDTH * all_maps + map + m) * sizes.positions + place;
                    maps_to_planes<T>(tile + ((p - first) * BLOCK_ROWS + m) * TILE, places,
                                      std::min(WIDTH, sizes.batch - p * WIDTH), WIDTH,
                                      [&](Index sample, Index pixel, Vector vector, int count) {
                                          std::memcpy(planes + sample * all_maps * sizes.positions + pixel, &vector,
                                                      count * sizeof(T));
                                      });
                }
        }
    }
    return 0;
}

template <typename T>
int unshared_grad_inputs(const ConvGeometry& geometry, const Array* filter_array, const Array* gradient_array,
                         const Sizes& image_sizes, Output* image_array) {
    typedef typename Simd<T>::Vector Vector;
    // Taps that are enough for a task.
    constexpr Index LANES = Simd<T>::LANES, WIDTH = PANEL<T>, TASK_TAPS = 32;
    const Index all_maps = filter_array->shape[0];
    const Index all_channels = filter_array->shape[1 + geometry.spatial] * geometry.groups;
    ConvSizes sizes;
    if (!sizes.resolve(geometry, gradient_array->shape[0], all_channels, all_maps, image_sizes,
                       spatial_sizes(filter_array, geometry.spatial)) ||
        !same("maps in the output gradient", gradient_array->shape[1], all_maps) ||
        !check_gradient(gradient_array, geometry, sizes) || !check_places(filter_array, geometry, sizes))
        return -1;
    T* const image =
        prepare_output<T>(image_array, whole_shape({sizes.batch, all_channels}, sizes.image, geometry.spatial));
    const Contiguous filters(filter_array), gradients(gradient_array);
    const Index panels = panels_of(sizes.batch, WIDTH), panel = sizes.positions * all_maps * WIDTH;
    const Index task_channels = std::min(sizes.channels, (TASK_TAPS + sizes.taps - 1) / sizes.taps);
    const Index blocks = task_channels ? (sizes.channels + task_channels - 1) / task_channels : 0;
    const Index plane = sizes.padded_pixels * WIDTH;
    // There are more rows to read, if only to be left out, than pixels.
    const Scratch<T> turned(panels * panel, 1), sums(task_channels * plane + LANES * WIDTH);
    if (!image || !filters || !gradients || !turned || !sums) return -1;
    std::vector<Index> places(sizes.positions), maps(sizes.maps);
    for (Index i = 0; i < sizes.positions; ++i) places[i] = i * all_maps * WIDTH;
    for (Index m = 0; m < sizes.maps; ++m) maps[m] = m * WIDTH;
    const std::vector<Index> taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<Index> windows = position_offsets(geometry, sizes, WIDTH);
    const Index depth = Index(taps.size()), map_size = sizes.positions * depth;

    const ParallelWork work(sizes.batch * geometry.groups * sizes.maps * map_size);
    samples_side_by_side(gradients.data<T>(), sizes.batch, all_maps, WIDTH, places, panel, turned.data());
#pragma omp parallel for schedule(dynamic)
    for (Index task = 0; task < geometry.groups * blocks * panels; ++task) {
        const Index group = task / (blocks * panels), p = task % panels;
        const Index samples = std::min(WIDTH, sizes.batch - p * WIDTH);
        const Index channel = task / panels % blocks * task_channels;
        const Index channels = std::min(task_channels, sizes.channels - channel);
        const Index rows = channels * sizes.taps, tap_blocks = row_blocks(rows);
        T* const sum = sums.of_thread(omp_get_thread_num());
        std::fill_n(sum, channels * plane, T(0));
        for (Index i = 0; i < sizes.positions; ++i) {
            const T* const filter =
                filters.data<T>() + group * sizes.maps * map_size + i * depth + channel * sizes.taps;
            const T* const gradient = turned.data() + p * panel + places[i] + group * sizes.maps * WIDTH;
            for (Index block = 0; block < tap_blocks; ++block) {
                const Index first = block_start(rows, tap_blocks, block);
                const Index* const tap = taps.data() + first;
                multiply_panel<T>(samples, int(block_start(rows, tap_blocks, block + 1) - first), filter + first,
                                  {1, map_size}, gradient, maps, [&](int row, int v, Vector share) {
                                      T* const target = sum + windows[i] + tap[row] + v * LANES;
                                      *reinterpret_cast<Vector*>(target) += share;
                                  });
            }
        }
        for (Index c = 0; c < channels; ++c)
            for (Index row = 0; row < sizes.image[0] * sizes.image[1]; ++row) {
                const Index i = row / sizes.image[1] + sizes.low[0], j = row % sizes.image[1] + sizes.low[1];
                const Index corner = (i * sizes.padded[1] + j) * sizes.padded[2] + sizes.low[2];
                const Index first_plane = p * WIDTH * all_channels + group * sizes.channels + channel + c;
                T* const pixels = image + first_plane * sizes.image.product() + row * sizes.image[2];
                maps_to_planes<T>(sum + c * plane + corner * WIDTH, sizes.image[2], samples, WIDTH,
                                  [&](Index sample, Index column, Vector vector, int count) {
                                      std::memcpy(pixels + sample * all_channels * sizes.image.product() + column,
                                                  &vector, count * sizeof(T));
                                  });
            }
    }
    return 0;
}

template <typename T>
int unshared_grad_weights(const ConvGeometry& geometry, const Array* image_array, const Array* gradient_array,
                          const Sizes& kernel_sizes, Output* filter_array) {
    typedef typename Simd<T>::Vector Vector;
    constexpr Index LANES = Simd<T>::LANES, WIDTH = PANEL<T>;
    const Index all_channels = image_array->shape[1], all_maps = gradient_array->shape[1];
    ConvSizes sizes;
    if (!sizes.resolve(geometry, image_array->shape[0], all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), kernel_sizes) ||
        !same("images in the output gradient", gradient_array->shape[0], sizes.batch) ||
        !check_gradient(gradient_array, geometry, sizes))
        return -1;
    std::vector<Index> shape = whole_shape({all_maps}, sizes.output, geometry.spatial);
    shape.push_back(sizes.channels);
    T* const filters = prepare_output<T>(filter_array, whole_shape(shape, sizes.kernel, geometry.spatial));
    const Contiguous images(image_array), gradients(gradient_array);
    const Index panels = panels_of(sizes.batch, WIDTH), panel = all_channels * sizes.padded_pixels * WIDTH;
    const Index width = round_up(sizes.maps, LANES);
    const Scratch<T> turned(panels * panel, 1), maps_last(geometry.groups * sizes.positions * sizes.batch * width, 1);
    if (!filters || !images || !gradients || !turned || !maps_last) return -1;
    const std::vector<Index> pixels = pixel_offsets(sizes, WIDTH), taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<Index> windows = position_offsets(geometry, sizes, WIDTH);
    const Index depth = Index(taps.size());
    std::vector<Index> samples(sizes.batch);
    for (Index b = 0; b < sizes.batch; ++b) samples[b] = b / WIDTH * panel + b % WIDTH;

    const ParallelWork work(sizes.batch * all_maps * sizes.positions * depth);
    if (sizes.is_padded) std::fill_n(turned.data(), panels * panel, T(0));
    samples_side_by_side(images.data<T>(), sizes.batch, all_channels, sizes.padded_pixels * WIDTH, pixels, panel,
                         turned.data());
#pragma omp parallel for
    for (Index task = 0; task < sizes.batch * geometry.groups; ++task) {
        const Index sample = task / geometry.groups, group = task % geometry.groups;
        planes_to_channels<T>(gradients.data<T>() + task * sizes.maps * sizes.positions, sizes.maps, sizes.positions,
                              [&](Index place, Index map, Vector vector) {
                                  const Index row = (group * sizes.positions + place) * sizes.batch + sample;
                                  *reinterpret_cast<Vector*>(maps_last.data() + row * width + map) = vector;
                              });
    }
#pragma omp parallel for
    for (Index task = 0; task < geometry.groups * sizes.positions; ++task) {
        const Index group = task / sizes.positions, place = task % sizes.positions;
        const T* const window = turned.data() + group * sizes.channels * sizes.padded_pixels * WIDTH + windows[place];
        T* const filter = filters + (group * sizes.maps * sizes.positions + place) * depth;
        const auto write = [&](Index tap, int valid, Index map, const auto& block) {
            for (int v = 0; v < block.WIDTH / LANES; ++v, map += LANES)
#pragma GCC unroll 4
                for (int first = 0; first < BLOCK_ROWS; first += LANES) {
                    if (first >= valid) break;
                    Vector columns[LANES] = {};
#pragma GCC unroll 16
                    for (int i = 0; i < LANES; ++i)
                        if (first + i < BLOCK_ROWS) columns[i] = block.sum[first + i][v];
                    transpose_block<T>(columns);
                    constexpr int WHOLE = std::min<int>(LANES, BLOCK_ROWS);
                    const int count = std::min<int>(WHOLE, valid - first);
                    for (Index lane = 0; lane < std::min(LANES, sizes.maps - map); ++lane) {
                        T* const target = filter + (map + lane) * sizes.positions * depth + tap + first;
                        if (count == WHOLE)
                            std::memcpy(target, &columns[lane], WHOLE * sizeof(T));
                        else
                            std::memcpy(target, &columns[lane], count * sizeof(T));
                    }
                }
        };
        indirect_gemm<T>(
            depth, [&](Index tap) { return window + taps[tap]; }, samples.data(), sizes.batch,
            maps_last.data() + task * sizes.batch * width, width, width, write);
    }
    return 0;
}

}  // namespace lenet
#endif
