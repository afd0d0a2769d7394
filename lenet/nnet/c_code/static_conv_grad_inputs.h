// The gradient of a convolution's images, for sizes that the compiler knows.
//
// Neighbouring columns of one row of a few samples' images, each some vectors of channels, stay in registers
// while all maps and all rows of the filters that reach them add what they give. Which tap falls on which
// column is known to the compiler: it multiplies no zeros, neither around a gradient nor between the
// elements that a stride has spread, and a sum is written once and never read.
#ifndef LENET_STATIC_CONV_GRAD_INPUTS_H
#define LENET_STATIC_CONV_GRAD_INPUTS_H

#include <algorithm>
#include <cstring>
#include <limits>

#include "common.h"
#include "conv_direct.h"
#include "conv_flat.h"
#include "conv_forward.h"
#include "conv_pool.h"
#include "conv_stencil.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// The first column of the gradient that tap `tap` brings to `column` of the image, or to the right of it.
template <typename S>
constexpr int first_giver(int column, int tap) {
    const int distance = column + S::LEFT - tap * S::COLUMN_DILATION;
    return distance <= 0 ? 0 : std::min((distance + S::COLUMN_STRIDE - 1) / S::COLUMN_STRIDE, S::OUTPUT_COLUMNS);
}

// What gives to `count` columns of the image from `first` on: columns of the gradient, and how many of
// their taps.
template <typename S>
struct Givers {
    int begin, end, taps = 0;
    constexpr Givers(int first, int count)
        : begin(first_giver<S>(first, S::KERNEL_COLUMNS - 1)), end(first_giver<S>(first + count, 0)) {
        for (int t = 0; t < S::KERNEL_COLUMNS; ++t) taps += first_giver<S>(first + count, t) - first_giver<S>(first, t);
    }
};

// How many neighbouring tiles of `columns` columns, from `first` on, get from as many columns of the gradient
// at the same distances, because they are far from its ends.
template <typename S>
constexpr int equal_tiles(int first, int columns) {
    const int begin = (S::KERNEL_COLUMNS - 1) * S::COLUMN_DILATION - S::LEFT;
    const int end = std::min(S::COLUMNS, S::OUTPUT_COLUMNS * S::COLUMN_STRIDE - S::LEFT);
    return first >= begin && columns % S::COLUMN_STRIDE == 0 ? std::max(1, (end - first) / columns) : 1;
}

// How much of the images is kept in registers.
struct ImageTile {
    int samples, columns, vectors;
};

// Estimated half cycles for one row of a map's filter, on a machine with two loads and two multiply-adds in a
// cycle, each of which must wait four cycles for its predecessor in the same sum.
template <typename S>
constexpr std::int64_t image_tile_cycles(int first, ImageTile tile) {
    const Givers<S> givers(first, tile.columns);
    const int sums = tile.samples * tile.vectors * givers.taps;
    const int loads = tile.vectors * S::KERNEL_COLUMNS + tile.samples * (givers.end - givers.begin);
    const int period = S::COLUMN_DILATION % S::COLUMN_STRIDE ? S::COLUMN_STRIDE : 1;
    const int successive = std::min((S::KERNEL_COLUMNS + period - 1) / period, givers.end - givers.begin);
    return std::max({sums, loads, 10 * successive}) + 4 * tile.samples * tile.vectors;
}

// The tile that covers a row of the images in the fewest cycles and fits the registers.
template <typename T, typename S>
constexpr ImageTile choose_image_tile() {
    ImageTile best{1, std::min(S::COLUMNS, S::COLUMN_STRIDE), 1};
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (int vectors = 1; vectors <= 2; ++vectors)
        for (int samples = 1; samples <= 4; ++samples)
            for (int columns = 1; columns <= std::min(S::COLUMNS, VECTOR_REGISTERS); ++columns) {
                if ((samples * columns + S::KERNEL_COLUMNS) * vectors + 4 > VECTOR_REGISTERS ||
                    (columns % S::COLUMN_STRIDE != 0 && columns != S::COLUMNS))
                    continue;
                std::int64_t cycles = 0;
                for (int first = 0, count = 0, tiles = 0; first < S::COLUMNS; first += tiles * count) {
                    count = std::min(columns, S::COLUMNS - first), tiles = equal_tiles<S>(first, count);
                    cycles += tiles * image_tile_cycles<S>(first, {samples, count, vectors});
                }
                const int lanes = vectors * Simd<T>::LANES;
                cycles *= (S::CHANNELS + lanes - 1) / lanes * 12 / samples;
                if (cycles < least) least = cycles, best = {samples, columns, vectors};
            }
    return best;
}

// Rows of the images of SAMPLES samples. A sample's gradients are GRADIENT elements apart from the next one's.
template <typename T, typename S, int SAMPLES, int COLUMNS, int VECTORS>
struct ImageRow {
    typedef typename Simd<T>::Vector Vector;
    static constexpr int LANES = Simd<T>::LANES, WIDTH = VECTORS * LANES;
    static constexpr int GRADIENT = S::ALL_MAPS * S::OUTPUTS;

    // All of row `row`, from column FIRST on. `filters` are (row, map, column, channel). Results are rows of
    // WIDTH channels; those of the samples are `sample` elements apart. Meanwhile, what is next comes to the cache.
    template <int FIRST = 0>
    static ALWAYS_INLINE void run(const T* gradient, const T* filters, int row, T* results, int sample,
                                  Ahead<T>& next) {
        constexpr int COUNT = std::min(COLUMNS, S::COLUMNS - FIRST), TILES = equal_tiles<S>(FIRST, COUNT);
#pragma GCC unroll 1
        for (int i = 0; i < TILES; ++i)
            tile<FIRST, COUNT>(gradient + i * COUNT / S::COLUMN_STRIDE, filters, row,
                               results + (FIRST + i * COUNT) * WIDTH, sample, next);
        if constexpr (FIRST + TILES * COUNT < S::COLUMNS)
            run<FIRST + TILES * COUNT>(gradient, filters, row, results, sample, next);
    }

private:
    // Lines that come to the cache with each row of the filters, so that the next samples do meanwhile.
    static constexpr std::int64_t PARTS = std::int64_t(S::ROWS) * ((S::COLUMNS + COLUMNS - 1) / COLUMNS) *
                                          std::max(1, S::KERNEL_ROWS / S::ROW_STRIDE) * Ahead<T>::LINE;
    static constexpr int LINES = int((std::int64_t(SAMPLES) * S::MAPS * S::OUTPUTS + PARTS - 1) / PARTS);

    template <int FIRST, int COUNT>
    static ALWAYS_INLINE void tile(const T* gradient, const T* filters, int row, T* results, int sample,
                                   Ahead<T>& next) {
        constexpr int TAPS = S::KERNEL_COLUMNS;
        Vector sum[SAMPLES][COUNT][VECTORS];
#pragma GCC unroll 4
        for (int s = 0; s < SAMPLES; ++s)
#pragma GCC unroll 64
            for (int c = 0; c < COUNT; ++c)
#pragma GCC unroll 2
                for (int v = 0; v < VECTORS; ++v) sum[s][c][v] = Vector{};
#pragma GCC unroll 1
        for (int k = 0; k < S::KERNEL_ROWS; ++k) {
            const int distance = row + S::TOP - k * S::ROW_DILATION;
            if (distance < 0 || distance % S::ROW_STRIDE != 0 || distance / S::ROW_STRIDE >= S::OUTPUT_ROWS) continue;
            next.fetch(LINES);
            const T* givers = gradient + distance / S::ROW_STRIDE * S::OUTPUT_COLUMNS;
            const T* weights = filters + k * S::MAPS * TAPS * WIDTH;
#pragma GCC unroll 1
            for (int map = 0; map < S::MAPS; ++map, givers += S::OUTPUTS, weights += TAPS * WIDTH) {
                HERE(givers);
                add<FIRST, COUNT>(givers, weights, sum);
            }
        }
#pragma GCC unroll 4
        for (int s = 0; s < SAMPLES; ++s)
#pragma GCC unroll 64
            for (int c = 0; c < COUNT; ++c)
#pragma GCC unroll 2
                for (int v = 0; v < VECTORS; ++v)
                    *reinterpret_cast<Vector*>(results + s * sample + c * WIDTH + v * LANES) = sum[s][c][v];
    }

    // Adds what one row of one map's gradient gives by one row of its filter, whose vectors stay in registers.
    template <int FIRST, int COUNT>
    static ALWAYS_INLINE void add(const T* givers, const T* weights, Vector (&sum)[SAMPLES][COUNT][VECTORS]) {
        constexpr int TAPS = S::KERNEL_COLUMNS;
        constexpr Givers<S> GIVERS(FIRST, COUNT);
        Vector weight[TAPS][VECTORS];
#pragma GCC unroll 64
        for (int t = 0; t < TAPS; ++t)
#pragma GCC unroll 2
            for (int v = 0; v < VECTORS; ++v)
                weight[t][v] = *reinterpret_cast<const Vector*>(weights + t * WIDTH + v * LANES);
#pragma GCC unroll 64
        for (int p = GIVERS.begin; p < GIVERS.end; ++p)
#pragma GCC unroll 4
            for (int s = 0; s < SAMPLES; ++s) {
                const T giver = givers[s * GRADIENT + p];
#pragma GCC unroll 64
                for (int t = 0; t < TAPS; ++t) {
                    const int c = p * S::COLUMN_STRIDE + t * S::COLUMN_DILATION - S::LEFT - FIRST;
                    if (c >= 0 && c < COUNT)
#pragma GCC unroll 2
                        for (int v = 0; v < VECTORS; ++v) sum[s][c][v] += giver * weight[t][v];
                }
            }
    }
};

// Some rows of the images at a time: few enough for the nearest cache, and whole vectors of pixels.
template <typename T, typename S, int SAMPLES, int COLUMNS, int VECTORS>
struct ImageBand {
    typedef ImageRow<T, S, SAMPLES, COLUMNS, VECTORS> Row;
    static constexpr int NEAR_ROWS = 8 * 1024 / (SAMPLES * S::COLUMNS * Row::WIDTH * int(sizeof(T)));
    static constexpr int MIN_ROWS = (2 * Row::LANES + S::COLUMNS - 1) / S::COLUMNS;
    static constexpr int ROWS = std::min(S::ROWS, std::max(NEAR_ROWS, MIN_ROWS));
    // Of scratch: a band, and the whole block of rows that is read of it.
    static constexpr int SCRATCH = (SAMPLES * ROWS * S::COLUMNS + Row::LANES) * Row::WIDTH;

    // All rows of the first `channels` of a block. `images` is the first sample's first plane of it.
    static void run(const T* gradient, const T* filters, int channels, T* results, T* images) {
        constexpr int REST = S::ROWS % ROWS;
        constexpr Index SIZE = Index(SAMPLES) * S::MAPS * S::OUTPUTS;
        Ahead<T> next{gradient + SIZE, gradient + 2 * SIZE};
#pragma GCC unroll 1
        for (int row = 0; row + ROWS <= S::ROWS; row += ROWS)
            rows<ROWS>(gradient, filters, row, channels, results, images, next);
        if constexpr (REST != 0) rows<REST>(gradient, filters, S::ROWS - REST, channels, results, images, next);
    }

private:
    template <int COUNT>
    static ALWAYS_INLINE void rows(const T* gradient, const T* filters, int first, int channels, T* results, T* images,
                                   Ahead<T>& next) {
        constexpr int PIXELS = COUNT * S::COLUMNS;
        // A number that the compiler knows, where it is always the same.
        const int known_channels = S::CHANNELS % Row::WIDTH == 0 ? Row::WIDTH : channels;
#pragma GCC unroll 1
        for (int row = 0; row < COUNT; ++row)
            Row::run(gradient, filters, first + row, results + row * S::COLUMNS * Row::WIDTH, PIXELS * Row::WIDTH,
                     next);
        for (int s = 0; s < SAMPLES; ++s) {
            T* const corner = images + Index(s) * S::ALL_CHANNELS * S::PLANE + first * S::COLUMNS;
            maps_to_planes<T>(results + s * PIXELS * Row::WIDTH, PIXELS, known_channels, Row::WIDTH,
                              [&](Index channel, Index pixel, auto vector, int count) {
                                  std::memcpy(corner + channel * S::PLANE + pixel, &vector, count * sizeof(T));
                              });
        }
    }
};

// The gradient as a correlation of conv_direct.h, whose lanes are columns. That needs a pixel in every window
// along each axis, and multiplies a whole image for each tap.
template <typename T, typename S>
struct ImageCorrelation {
    static constexpr int BELOW = (S::KERNEL_ROWS - 1) * S::ROW_DILATION;
    static constexpr int REACH = (S::KERNEL_COLUMNS - 1) * S::COLUMN_DILATION;
    static constexpr bool IS_POSSIBLE = std::max(S::TOP, S::PADDED_ROWS - S::ROWS - S::TOP) <= BELOW &&
                                        std::max(S::LEFT, S::PADDED_COLUMNS - S::COLUMNS - S::LEFT) <= REACH;
    // How many times as many lanes, in quarters, must be busy with what is no zero: less where windows slide.
    static constexpr std::int64_t ADVANTAGE = S::ROW_DILATION == 1 && has_rows_for(S::KERNEL_ROWS) ? 5 : 10;
    static constexpr std::int64_t LANES = Simd<T>::LANES;
    static constexpr bool IS_FASTER = std::int64_t(4) * S::OUTPUTS * S::COLUMNS * round_up(S::CHANNELS, LANES) >
                                      (ADVANTAGE * S::PLANE * S::CHANNELS * round_up(S::COLUMNS, LANES));

    static Correlation shape() {
        return {{{1, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS}},
                {{1, S::ROWS + BELOW, S::COLUMNS + REACH}},
                {{0, BELOW - S::TOP, REACH - S::LEFT}},
                {{1, S::ROW_STRIDE, S::COLUMN_STRIDE}},
                {{1, S::KERNEL_ROWS, S::KERNEL_COLUMNS}},
                {{1, S::ROW_DILATION, S::COLUMN_DILATION}},
                {{1, 1, 1}},
                {{1, S::ROWS, S::COLUMNS}},
                !S::FLIP};
    }
};

// All groups of a batch, tile by tile. Returns -1 if there is no memory.
template <typename T, typename S>
int add_in_tiles(Index batch, const T* filters, const T* gradients, T* images) {
    constexpr ImageTile TILE = choose_image_tile<T, S>();
    constexpr int WIDTH = TILE.vectors * Simd<T>::LANES, BLOCKS = (S::CHANNELS + WIDTH - 1) / WIDTH;
    constexpr int BLOCK = S::MAPS * S::TAPS * WIDTH;
    typedef ImageBand<T, S, TILE.samples, TILE.columns, TILE.vectors> Samples;
    typedef ImageBand<T, S, 1, TILE.columns, TILE.vectors> Sample;

    Scratch<T> packed(S::GROUPS * BLOCKS * BLOCK, 1), results(std::max(Samples::SCRATCH, Sample::SCRATCH));
    if (!packed || !results) return -1;

    const ParallelWork work(batch);
    // Samples that a thread does with one block of filters, while it is in a near cache.
    const Index together = round_up(samples_together(batch * S::GROUPS, 4), TILE.samples);
    // A block of channels after the other: (row, map, column, channel).
    std::fill_n(packed.data(), S::GROUPS * BLOCKS * BLOCK, T(0));
    for (Index o = 0; o < S::ALL_MAPS; ++o)
        planes_to_channels<T>(filters + o * S::CHANNELS * S::TAPS, S::CHANNELS, S::TAPS,
                              [&](Index element, Index channel, auto vector) {
                                  const int tap = S::filter_tap(int(element));
                                  const Index block = o / S::MAPS * BLOCKS + channel / WIDTH;
                                  const Index row = tap / S::KERNEL_COLUMNS * S::MAPS + o % S::MAPS;
                                  store(packed.data() + block * BLOCK + channel % WIDTH +
                                            (row * S::KERNEL_COLUMNS + tap % S::KERNEL_COLUMNS) * WIDTH,
                                        vector);
                              });

#pragma omp parallel for schedule(dynamic)
    for (Index task = 0; task < (batch + together - 1) / together * S::GROUPS; ++task) {
        const Index first = task / S::GROUPS * together, group = task % S::GROUPS;
        const Index end = std::min(first + together, batch);
        T* const result = results.of_thread(omp_get_thread_num());
        for (int block = 0; block < BLOCKS; ++block) {
            const T* const weights = packed.data() + (group * BLOCKS + block) * BLOCK;
            const int channels = std::min(WIDTH, S::CHANNELS - block * WIDTH);
            for (Index s = first; s < end;) {
                const T* const gradient = gradients + (s * S::GROUPS + group) * S::MAPS * S::OUTPUTS;
                T* const planes = images + ((s * S::GROUPS + group) * S::CHANNELS + block * WIDTH) * S::PLANE;
                if (s + TILE.samples <= end) {
                    Samples::run(gradient, weights, channels, result, planes);
                    s += TILE.samples;
                } else {
                    Sample::run(gradient, weights, channels, result, planes);
                    ++s;
                }
            }
        }
    }
    return 0;
}

template <typename T, typename S>
int static_conv_grad_inputs(const Array* filter_array, const Array* gradient_array, Output* image_array) {
    const Index batch = gradient_array->shape[0];
    if (!has_shape(filter_array, {S::ALL_MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS}, "filters") ||
        !has_shape(gradient_array, {batch, S::ALL_MAPS, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS}, "output gradient"))
        return -1;
    T* const images = prepare_output<T>(image_array, {batch, S::ALL_CHANNELS, S::ROWS, S::COLUMNS});
    const Contiguous filters(filter_array), gradients(gradient_array);
    if (!images || !filters || !gradients) return -1;
    typedef ImageCorrelation<T, S> Direct;
    if constexpr (is_flat<S>())
        return convolve_transposed<T, S>(batch, gradients.data<T>(), filters.data<T>(), images);
    else if constexpr (Direct::IS_POSSIBLE && Direct::IS_FASTER)
        return correlate(Direct::shape(), batch, S::GROUPS, S::MAPS, S::CHANNELS, gradients.data<T>(),
                         filters.data<T>(), {S::CHANNELS * S::TAPS, S::TAPS}, images);
    else
        return add_in_tiles<T, S>(batch, filters.data<T>(), gradients.data<T>(), images);
}

}  // namespace lenet
#endif
