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
constexpr npy_intp PANEL = BLOCK_VECTORS * Simd<T>::LANES;

static inline npy_intp panels_of(npy_intp batch, npy_intp width) { return (batch + width - 1) / width; }

// Turns the planes of a batch into panels of `panel` elements. Samples of one panel are neighbours; their first
// is at plane * plane_step + targets[pixel].
template <typename T>
void samples_side_by_side(const T* array, npy_intp batch, npy_intp planes, npy_intp plane_step,
                          const std::vector<npy_intp>& targets, npy_intp panel, T* panels) {
    typedef typename Simd<T>::Vector Vector;
    const npy_intp pixels = npy_intp(targets.size());
#pragma omp parallel for
    for (npy_intp task = 0; task < panels_of(batch, PANEL<T>) * planes; ++task) {
        const npy_intp first = task / planes * PANEL<T>, plane = task % planes;
        T* const target = panels + task / planes * panel + plane * plane_step;
        planes_to_channels<T>(array + (first * planes + plane) * pixels, std::min(PANEL<T>, batch - first), pixels,
                              planes * pixels, [&](npy_intp pixel, npy_intp sample, Vector vector) {
                                  *reinterpret_cast<Vector*>(target + targets[pixel] + sample) = vector;
                              });
    }
}

// Where the pixels of an image lie in a padded plane whose neighbours are `pixel` elements apart.
static inline std::vector<npy_intp> pixel_offsets(const ConvSizes& sizes, npy_intp pixel) {
    std::vector<npy_intp> offsets;
    offsets.reserve(sizes.image.product());
    for (npy_intp i = 0; i < sizes.image[0]; ++i)
        for (npy_intp j = 0; j < sizes.image[1]; ++j)
            for (npy_intp k = 0; k < sizes.image[2]; ++k)
                offsets.push_back(
                    (((i + sizes.low[0]) * sizes.padded[1] + j + sizes.low[1]) * sizes.padded[2] + k + sizes.low[2]) *
                    pixel);
    return offsets;
}

// Offsets of a window's elements from its first one, in the order in which filters are given.
static inline std::vector<npy_intp> filter_offsets(const ConvGeometry& geometry, const ConvSizes& sizes,
                                                   npy_intp pixel) {
    std::vector<npy_intp> offsets = tap_offsets(geometry, sizes, pixel);
    if (geometry.flip) std::reverse(offsets.begin(), offsets.end());
    return repeated(offsets, sizes.channels, sizes.padded_pixels * pixel);
}

// How the left operand of a product lies in memory: from row to row, and from column to column.
struct LeftSteps {
    npy_intp row, column;
};

// Multiplies up to ROWS rows of `left` by VECTORS vectors of samples, found at right + offsets[r], and calls
// put(row, vector of the panel, sum).
template <typename T, int ROWS, int VECTORS, typename Put>
void multiply_rows(int rows, const T* left, LeftSteps steps, const T* right, const std::vector<npy_intp>& offsets,
                   Put put) {
    typedef typename Simd<T>::Vector Vector;
    if constexpr (ROWS > 1)
        if (rows < ROWS) return multiply_rows<T, ROWS - 1, VECTORS>(rows, left, steps, right, offsets, put);
    Vector sum[ROWS][VECTORS] = {};
    const T* row[ROWS];
    for (int i = 0; i < ROWS; ++i) row[i] = left + i * steps.row;
    npy_intp column = 0;
    for (const npy_intp offset : offsets) {
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
void multiply_panel(npy_intp samples, int rows, const T* left, LeftSteps steps, const T* right,
                    const std::vector<npy_intp>& offsets, Put put) {
    static_assert(BLOCK_VECTORS == 2, "a panel is as wide as a block");
    if (samples > Simd<T>::LANES)
        multiply_rows<T, BLOCK_ROWS, 2>(rows, left, steps, right, offsets, put);
    else
        multiply_rows<T, BLOCK_ROWS, 1>(rows, left, steps, right, offsets, put);
}

// Rows in blocks of much the same size: the first row of each, and the end of the last one.
static inline npy_intp block_start(npy_intp rows, npy_intp blocks, npy_intp block) { return rows * block / blocks; }
static inline npy_intp row_blocks(npy_intp rows) { return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS; }

static inline bool check_places(PyArrayObject* filters, const ConvGeometry& geometry, const ConvSizes& sizes) {
    Sizes found = {{1, 1, 1}};
    for (int i = 0; i < geometry.spatial; ++i) found[3 - geometry.spatial + i] = PyArray_DIM(filters, 1 + i);
    if (found == sizes.output) return true;
    PyErr_Format(PyExc_ValueError,
                 "convolution: there are filters for (%zd, %zd, %zd) places, expected (%zd, %zd, %zd)", found[0],
                 found[1], found[2], sizes.output[0], sizes.output[1], sizes.output[2]);
    return false;
}

template <typename T>
int unshared_conv(const ConvGeometry& geometry, PyArrayObject* image_array, PyArrayObject* filter_array,
                  PyArrayObject** output_array) {
    typedef typename Simd<T>::Vector Vector;
    constexpr npy_intp LANES = Simd<T>::LANES, WIDTH = PANEL<T>, MAX_PANELS = 8;
    const npy_intp all_channels = PyArray_DIM(image_array, 1), all_maps = PyArray_DIM(filter_array, 0);
    ConvSizes sizes;
    if (!sizes.resolve(geometry, PyArray_DIM(image_array, 0), all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), spatial_sizes(filter_array, geometry.spatial)) ||
        !same("channels", all_channels, PyArray_DIM(filter_array, 1 + geometry.spatial) * geometry.groups) ||
        !check_places(filter_array, geometry, sizes))
        return -1;
    T* const output =
        prepare_output<T>(output_array, whole_shape({sizes.batch, all_maps}, sizes.output, geometry.spatial));
    const Contiguous images(image_array), filters(filter_array);
    const npy_intp panels = panels_of(sizes.batch, WIDTH), panel = all_channels * sizes.padded_pixels * WIDTH;
    // Sums of some maps at neighbouring places, until these become neighbours in memory.
    constexpr npy_intp TILE = LANES * WIDTH;
    const Scratch<T> turned(panels * panel, 1), tiles(std::min(panels, MAX_PANELS) * BLOCK_ROWS * TILE);
    if (!output || !images || !filters || !turned || !tiles) return -1;
    const std::vector<npy_intp> pixels = pixel_offsets(sizes, WIDTH), taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<npy_intp> windows = position_offsets(geometry, sizes, WIDTH);
    const npy_intp depth = npy_intp(taps.size()), map_size = sizes.positions * depth;
    const npy_intp blocks = row_blocks(sizes.maps), runs = (sizes.positions + LANES - 1) / LANES;

    const ParallelWork work(sizes.batch * geometry.groups * sizes.maps * map_size);
    if (sizes.is_padded) std::fill_n(turned.data(), panels * panel, T(0));
    samples_side_by_side(images.data<T>(), sizes.batch, all_channels, sizes.padded_pixels * WIDTH, pixels, panel,
                         turned.data());
#pragma omp parallel for schedule(dynamic)
    for (npy_intp task = 0; task < geometry.groups * blocks * runs; ++task) {
        const npy_intp group = task / (blocks * runs), block = task / runs % blocks, place = task % runs * LANES;
        const npy_intp first_map = block_start(sizes.maps, blocks, block);
        const npy_intp maps = block_start(sizes.maps, blocks, block + 1) - first_map;
        const npy_intp map = group * sizes.maps + first_map, places = std::min(LANES, sizes.positions - place);
        const T* const channels = turned.data() + group * sizes.channels * sizes.padded_pixels * WIDTH;
        const T* const filter = filters.data<T>() + map * map_size + place * depth;
        T* const tile = tiles.of_thread(omp_get_thread_num());
        for (npy_intp first = 0; first < panels; first += MAX_PANELS) {
            const npy_intp end = std::min(panels, first + MAX_PANELS);
            for (npy_intp i = 0; i < places; ++i)
                for (npy_intp p = first; p < end; ++p)
                    multiply_panel<T>(sizes.batch - p * WIDTH, int(maps), filter + i * depth, {map_size, 1},
                                      channels + p * panel + windows[place + i], taps, [&](int row, int v, Vector sum) {
                                          T* const target = tile + ((p - first) * BLOCK_ROWS + row) * TILE + i * WIDTH;
                                          *reinterpret_cast<Vector*>(target + v * LANES) = sum;
                                      });
            for (npy_intp p = first; p < end; ++p)
                for (npy_intp m = 0; m < maps; ++m) {
                    T* const planes = output + (p * WIDTH * all_maps + map + m) * sizes.positions + place;
                    maps_to_planes<T>(tile + ((p - first) * BLOCK_ROWS + m) * TILE, places,
                                      std::min(WIDTH, sizes.batch - p * WIDTH), WIDTH,
                                      [&](npy_intp sample, npy_intp pixel, Vector vector, int count) {
                                          std::memcpy(planes + sample * all_maps * sizes.positions + pixel, &vector,
                                                      count * sizeof(T));
                                      });
                }
        }
    }
    return 0;
}

template <typename T>
int unshared_grad_inputs(const ConvGeometry& geometry, PyArrayObject* filter_array, PyArrayObject* gradient_array,
                         const Sizes& image_sizes, PyArrayObject** image_array) {
    typedef typename Simd<T>::Vector Vector;
    // Taps that are enough for a task.
    constexpr npy_intp LANES = Simd<T>::LANES, WIDTH = PANEL<T>, TASK_TAPS = 32;
    const npy_intp all_maps = PyArray_DIM(filter_array, 0);
    const npy_intp all_channels = PyArray_DIM(filter_array, 1 + geometry.spatial) * geometry.groups;
    ConvSizes sizes;
    if (!sizes.resolve(geometry, PyArray_DIM(gradient_array, 0), all_channels, all_maps, image_sizes,
                       spatial_sizes(filter_array, geometry.spatial)) ||
        !same("maps in the output gradient", PyArray_DIM(gradient_array, 1), all_maps) ||
        !check_gradient(gradient_array, geometry, sizes) || !check_places(filter_array, geometry, sizes))
        return -1;
    T* const image =
        prepare_output<T>(image_array, whole_shape({sizes.batch, all_channels}, sizes.image, geometry.spatial));
    const Contiguous filters(filter_array), gradients(gradient_array);
    const npy_intp panels = panels_of(sizes.batch, WIDTH), panel = sizes.positions * all_maps * WIDTH;
    const npy_intp task_channels = std::min(sizes.channels, (TASK_TAPS + sizes.taps - 1) / sizes.taps);
    const npy_intp blocks = task_channels ? (sizes.channels + task_channels - 1) / task_channels : 0;
    const npy_intp plane = sizes.padded_pixels * WIDTH;
    // There are more rows to read, if only to be left out, than pixels.
    const Scratch<T> turned(panels * panel, 1), sums(task_channels * plane + LANES * WIDTH);
    if (!image || !filters || !gradients || !turned || !sums) return -1;
    std::vector<npy_intp> places(sizes.positions), maps(sizes.maps);
    for (npy_intp i = 0; i < sizes.positions; ++i) places[i] = i * all_maps * WIDTH;
    for (npy_intp m = 0; m < sizes.maps; ++m) maps[m] = m * WIDTH;
    const std::vector<npy_intp> taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<npy_intp> windows = position_offsets(geometry, sizes, WIDTH);
    const npy_intp depth = npy_intp(taps.size()), map_size = sizes.positions * depth;

    const ParallelWork work(sizes.batch * geometry.groups * sizes.maps * map_size);
    samples_side_by_side(gradients.data<T>(), sizes.batch, all_maps, WIDTH, places, panel, turned.data());
#pragma omp parallel for schedule(dynamic)
    for (npy_intp task = 0; task < geometry.groups * blocks * panels; ++task) {
        const npy_intp group = task / (blocks * panels), p = task % panels;
        const npy_intp samples = std::min(WIDTH, sizes.batch - p * WIDTH);
        const npy_intp channel = task / panels % blocks * task_channels;
        const npy_intp channels = std::min(task_channels, sizes.channels - channel);
        const npy_intp rows = channels * sizes.taps, tap_blocks = row_blocks(rows);
        T* const sum = sums.of_thread(omp_get_thread_num());
        std::fill_n(sum, channels * plane, T(0));
        for (npy_intp i = 0; i < sizes.positions; ++i) {
            const T* const filter =
                filters.data<T>() + group * sizes.maps * map_size + i * depth + channel * sizes.taps;
            const T* const gradient = turned.data() + p * panel + places[i] + group * sizes.maps * WIDTH;
            for (npy_intp block = 0; block < tap_blocks; ++block) {
                const npy_intp first = block_start(rows, tap_blocks, block);
                const npy_intp* const tap = taps.data() + first;
                multiply_panel<T>(samples, int(block_start(rows, tap_blocks, block + 1) - first), filter + first,
                                  {1, map_size}, gradient, maps, [&](int row, int v, Vector share) {
                                      T* const target = sum + windows[i] + tap[row] + v * LANES;
                                      *reinterpret_cast<Vector*>(target) += share;
                                  });
            }
        }
        for (npy_intp c = 0; c < channels; ++c)
            for (npy_intp row = 0; row < sizes.image[0] * sizes.image[1]; ++row) {
                const npy_intp i = row / sizes.image[1] + sizes.low[0], j = row % sizes.image[1] + sizes.low[1];
                const npy_intp corner = (i * sizes.padded[1] + j) * sizes.padded[2] + sizes.low[2];
                const npy_intp first_plane = p * WIDTH * all_channels + group * sizes.channels + channel + c;
                T* const pixels = image + first_plane * sizes.image.product() + row * sizes.image[2];
                maps_to_planes<T>(sum + c * plane + corner * WIDTH, sizes.image[2], samples, WIDTH,
                                  [&](npy_intp sample, npy_intp column, Vector vector, int count) {
                                      std::memcpy(pixels + sample * all_channels * sizes.image.product() + column,
                                                  &vector, count * sizeof(T));
                                  });
            }
    }
    return 0;
}

template <typename T>
int unshared_grad_weights(const ConvGeometry& geometry, PyArrayObject* image_array, PyArrayObject* gradient_array,
                          const Sizes& kernel_sizes, PyArrayObject** filter_array) {
    typedef typename Simd<T>::Vector Vector;
    constexpr npy_intp LANES = Simd<T>::LANES, WIDTH = PANEL<T>;
    const npy_intp all_channels = PyArray_DIM(image_array, 1), all_maps = PyArray_DIM(gradient_array, 1);
    ConvSizes sizes;
    if (!sizes.resolve(geometry, PyArray_DIM(image_array, 0), all_channels, all_maps,
                       spatial_sizes(image_array, geometry.spatial), kernel_sizes) ||
        !same("images in the output gradient", PyArray_DIM(gradient_array, 0), sizes.batch) ||
        !check_gradient(gradient_array, geometry, sizes))
        return -1;
    std::vector<npy_intp> shape = whole_shape({all_maps}, sizes.output, geometry.spatial);
    shape.push_back(sizes.channels);
    T* const filters = prepare_output<T>(filter_array, whole_shape(shape, sizes.kernel, geometry.spatial));
    const Contiguous images(image_array), gradients(gradient_array);
    const npy_intp panels = panels_of(sizes.batch, WIDTH), panel = all_channels * sizes.padded_pixels * WIDTH;
    const npy_intp width = round_up(sizes.maps, LANES);
    const Scratch<T> turned(panels * panel, 1), maps_last(geometry.groups * sizes.positions * sizes.batch * width, 1);
    if (!filters || !images || !gradients || !turned || !maps_last) return -1;
    const std::vector<npy_intp> pixels = pixel_offsets(sizes, WIDTH), taps = filter_offsets(geometry, sizes, WIDTH);
    const std::vector<npy_intp> windows = position_offsets(geometry, sizes, WIDTH);
    const npy_intp depth = npy_intp(taps.size());
    std::vector<npy_intp> samples(sizes.batch);
    for (npy_intp b = 0; b < sizes.batch; ++b) samples[b] = b / WIDTH * panel + b % WIDTH;

    const ParallelWork work(sizes.batch * all_maps * sizes.positions * depth);
    if (sizes.is_padded) std::fill_n(turned.data(), panels * panel, T(0));
    samples_side_by_side(images.data<T>(), sizes.batch, all_channels, sizes.padded_pixels * WIDTH, pixels, panel,
                         turned.data());
#pragma omp parallel for
    for (npy_intp task = 0; task < sizes.batch * geometry.groups; ++task) {
        const npy_intp sample = task / geometry.groups, group = task % geometry.groups;
        planes_to_channels<T>(gradients.data<T>() + task * sizes.maps * sizes.positions, sizes.maps, sizes.positions,
                              [&](npy_intp place, npy_intp map, Vector vector) {
                                  const npy_intp row = (group * sizes.positions + place) * sizes.batch + sample;
                                  *reinterpret_cast<Vector*>(maps_last.data() + row * width + map) = vector;
                              });
    }
#pragma omp parallel for
    for (npy_intp task = 0; task < geometry.groups * sizes.positions; ++task) {
        const npy_intp group = task / sizes.positions, place = task % sizes.positions;
        const T* const window = turned.data() + group * sizes.channels * sizes.padded_pixels * WIDTH + windows[place];
        T* const filter = filters + (group * sizes.maps * sizes.positions + place) * depth;
        const auto write = [&](npy_intp tap, int valid, npy_intp map, const auto& block) {
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
                    for (npy_intp lane = 0; lane < std::min(LANES, sizes.maps - map); ++lane) {
                        T* const target = filter + (map + lane) * sizes.positions * depth + tap + first;
                        if (count == WHOLE)
                            std::memcpy(target, &columns[lane], WHOLE * sizeof(T));
                        else
                            std::memcpy(target, &columns[lane], count * sizeof(T));
                    }
                }
        };
        indirect_gemm<T>(
            depth, [&](npy_intp tap) { return window + taps[tap]; }, samples.data(), sizes.batch,
            maps_last.data() + task * sizes.batch * width, width, width, write);
    }
    return 0;
}

}  // namespace lenet
#endif
