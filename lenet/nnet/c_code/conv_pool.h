// Convolution, max-pooling, bias and rectifier in one pass, for sizes that the compiler knows.
//
// A tile of the convolution's output stays in registers: a few rows and columns of positions, each a
// vector of maps. It is pooled, biased and rectified there, so that only a quarter (for windows of
// 2x2) ever reaches memory. Beside each result, one bit for each position of its window says which
// positions won: those, and no others, get its gradient.
#ifndef LENET_CONV_POOL_H
#define LENET_CONV_POOL_H

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "common.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// What a fused convolution computes, and on which sizes: the constants that `FusedShape` in ops/fused_conv.py
// gives, as members of `Given`, and what follows from them. Pooling windows lie side by side; what does not fill
// a window is left out. HALF_SLOPES_AT_ZERO is twice the slope that the rectifier has at zero, or negative
// where there is no rectifier. Winners are kept for the gradient, if there is one. Channels and maps are
// those of one group: neighbouring groups of a sample lie in memory as samples do.
template <typename Given>
struct ConvPoolShape : Given {
    using Given::CHANNELS, Given::ROWS, Given::COLUMNS, Given::MAPS, Given::GROUPS;
    using Given::TOP, Given::BOTTOM, Given::LEFT, Given::RIGHT;
    using Given::KERNEL_ROWS, Given::KERNEL_COLUMNS, Given::FLIP;
    using Given::ROW_STRIDE, Given::COLUMN_STRIDE, Given::ROW_DILATION, Given::COLUMN_DILATION;
    using Given::WINDOW_ROWS, Given::WINDOW_COLUMNS;
    using Given::BIAS_FIRST, Given::HALF_SLOPES_AT_ZERO, Given::KEEPS_WINNERS, Given::FIRST_WINNER;

    static constexpr int ALL_CHANNELS = GROUPS * CHANNELS, ALL_MAPS = GROUPS * MAPS;
    static constexpr int PADDED_ROWS = TOP + ROWS + BOTTOM, PADDED_COLUMNS = LEFT + COLUMNS + RIGHT;
    static constexpr bool IS_PADDED = PADDED_ROWS != ROWS || PADDED_COLUMNS != COLUMNS;
    static constexpr int PLANE = ROWS * COLUMNS, PADDED_PLANE = PADDED_ROWS * PADDED_COLUMNS;
    static constexpr int TAPS = KERNEL_ROWS * KERNEL_COLUMNS;
    static constexpr int CONVOLVED_ROWS = (PADDED_ROWS - (KERNEL_ROWS - 1) * ROW_DILATION - 1) / ROW_STRIDE + 1;
    static constexpr int CONVOLVED_COLUMNS =
        (PADDED_COLUMNS - (KERNEL_COLUMNS - 1) * COLUMN_DILATION - 1) / COLUMN_STRIDE + 1;
    static constexpr int WINDOW = WINDOW_ROWS * WINDOW_COLUMNS;
    static constexpr int OUTPUT_ROWS = CONVOLVED_ROWS / WINDOW_ROWS;
    static constexpr int OUTPUT_COLUMNS = CONVOLVED_COLUMNS / WINDOW_COLUMNS;
    static constexpr int OUTPUTS = OUTPUT_ROWS * OUTPUT_COLUMNS;
    static constexpr bool RECTIFIES = HALF_SLOPES_AT_ZERO >= 0;

    // Bit r: position r of the window won. The highest bit: the gradient counts by half.
    typedef std::conditional_t<(WINDOW < 8), std::uint8_t, std::uint16_t> Winners;
    static constexpr int HALF = 1 << (8 * sizeof(Winners) - 1);

    // Index, in a filter as the user gives it, of the tap that a cross-correlation has at `tap`.
    static constexpr int filter_tap(int tap) { return FLIP ? TAPS - 1 - tap : tap; }
    // Offset of a pixel in a padded image of which neighbouring pixels are `pixel` elements apart.
    static constexpr int padded_offset(int index, int pixel) {
        return ((index / COLUMNS + TOP) * PADDED_COLUMNS + index % COLUMNS + LEFT) * pixel;
    }
};

// How much of the convolution's output is kept in registers: positions, and vectors of maps. And the cycles
// that one row of one channel's filters takes then.
struct Tile {
    int rows, columns, vectors;
    std::int64_t cycles;
};

// Estimated cycles for one row of a filter, on a machine with two loads and two multiply-adds in a
// cycle, each of which must wait four cycles for its predecessor in the same sum.
constexpr std::int64_t tile_cycles(int rows, int columns, int vectors, int kernel_columns) {
    if (rows == 0 || columns == 0) return 0;
    const int sums = rows * columns * vectors * kernel_columns;
    const int loads = kernel_columns * vectors + rows * (columns + kernel_columns - 1);
    return std::int64_t(std::max({sums, loads, 8 * kernel_columns})) + 4;
}

// How many columns of the image a tile of so many columns of the output passes over, at most: the loop over them is
// unrolled, since registers have no index. A single window that passes over more leaves it a loop, which is slow.
constexpr int MOST_COLUMNS_PASSED = 1024;

template <typename S>
constexpr int columns_passed(int columns) {
    return (columns - 1) * S::COLUMN_STRIDE + (S::KERNEL_COLUMNS - 1) * S::COLUMN_DILATION + 1;
}

// The tile that covers the whole output in the fewest cycles and fits the registers.
template <typename T, typename S>
constexpr Tile choose_tile() {
    // Where none fits, a whole window; 11 times its cycles is still a number.
    Tile best{S::WINDOW_ROWS, S::WINDOW_COLUMNS, 1, std::numeric_limits<std::int64_t>::max() / 11};
    for (int vectors = 1; vectors <= 2; ++vectors)
        for (int rows = S::WINDOW_ROWS; rows <= 4 * S::WINDOW_ROWS; rows += S::WINDOW_ROWS)
            for (int columns = S::WINDOW_COLUMNS; columns <= VECTOR_REGISTERS; columns += S::WINDOW_COLUMNS) {
                const int all_rows = S::OUTPUT_ROWS * S::WINDOW_ROWS,
                          all_columns = S::OUTPUT_COLUMNS * S::WINDOW_COLUMNS;
                if ((rows * columns + S::KERNEL_COLUMNS) * vectors + 2 > VECTOR_REGISTERS || rows > all_rows ||
                    columns > all_columns || columns_passed<S>(columns) > MOST_COLUMNS_PASSED)
                    continue;
                // Whole tiles, and what is left over at the right, below, and in the corner.
                const int right = all_columns % columns, below = all_rows % rows;
                const std::int64_t across = all_columns / columns, down = all_rows / rows;
                std::int64_t cycles = down * across * tile_cycles(rows, columns, vectors, S::KERNEL_COLUMNS) +
                                      down * tile_cycles(rows, right, vectors, S::KERNEL_COLUMNS) +
                                      across * tile_cycles(below, columns, vectors, S::KERNEL_COLUMNS) +
                                      tile_cycles(below, right, vectors, S::KERNEL_COLUMNS);
                const int lanes = vectors * Simd<T>::LANES;
                cycles *= (S::MAPS + lanes - 1) / lanes;
                if (cycles < best.cycles) best = {rows, columns, vectors, cycles};
            }
    return best;
}

template <typename T, typename S, int VECTORS>
struct ConvPoolTile {
    typedef typename Simd<T>::Vector Vector;
    typedef typename Lanes<T>::Vector Integers;
    static constexpr int WIDTH = VECTORS * Simd<T>::LANES;

    // Convolves ROWS x COLUMNS positions. `image` is the corner of the first one's receptive field.
    // Each element of the image is loaded once for a whole row of the filter, whose vectors stay in
    // registers, and added to up to KERNEL_COLUMNS sums.
    template <int ROWS, int COLUMNS>
    static ALWAYS_INLINE void convolve(const T* image, const T* filters, Vector (&sum)[ROWS][COLUMNS][VECTORS]) {
        constexpr int TAPS = S::KERNEL_COLUMNS, PASSED = columns_passed<S>(COLUMNS);
#pragma GCC unroll 64
        for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 64
            for (int c = 0; c < COLUMNS; ++c)
#pragma GCC unroll 2
                for (int v = 0; v < VECTORS; ++v) sum[r][c][v] = Vector{};
#pragma GCC unroll 1
        for (int channel = 0; channel < S::CHANNELS; ++channel, image += S::PADDED_PLANE) {
            const T* row = image;
#pragma GCC unroll 1
            for (int kernel_row = 0; kernel_row < S::KERNEL_ROWS;
                 ++kernel_row, row += S::ROW_DILATION * S::PADDED_COLUMNS) {
                HERE(row);
                Vector weight[TAPS][VECTORS];
#pragma GCC unroll 64
                for (int t = 0; t < TAPS; ++t)
#pragma GCC unroll 2
                    for (int v = 0; v < VECTORS; ++v)
                        weight[t][v] = *reinterpret_cast<const Vector*>(filters + t * WIDTH + v * Simd<T>::LANES);
                filters += TAPS * WIDTH;
#pragma GCC unroll 1024
                for (int j = 0; j < PASSED; ++j)
#pragma GCC unroll 64
                    for (int r = 0; r < ROWS; ++r) {
                        const T element = row[r * S::ROW_STRIDE * S::PADDED_COLUMNS + j];
#pragma GCC unroll 64
                        for (int t = 0; t < TAPS; ++t) {
                            const int corner = j - t * S::COLUMN_DILATION, c = corner / S::COLUMN_STRIDE;
                            if (corner >= 0 && corner % S::COLUMN_STRIDE == 0 && c < COLUMNS)
#pragma GCC unroll 2
                                for (int v = 0; v < VECTORS; ++v) sum[r][c][v] += element * weight[t][v];
                        }
                    }
            }
        }
    }

    // Pools one window of which `value(r)` is the vector at position r; adds the bias and rectifies.
    template <typename Value>
    static ALWAYS_INLINE void finish(Value value, Vector bias, Vector& result, Integers& winners) {
        const Vector zero{};
        Vector maximum = value(0);
#pragma GCC unroll 16
        for (int r = 1; r < S::WINDOW; ++r) {
            const Vector other = value(r);
            // The second comparison lets a NaN win.
            maximum = ((other > maximum) | (other != other)) ? other : maximum;
        }
        winners = Integers{};
#pragma GCC unroll 16
        for (int r = 0; r < S::WINDOW; ++r) winners |= (value(r) == maximum) & (Integers{} + (1 << r));
        if constexpr (S::FIRST_WINNER) winners &= -winners;  // the lowest bit
        result = S::BIAS_FIRST ? maximum : maximum + bias;
        if constexpr (S::RECTIFIES) {
            const Integers alive = S::HALF_SLOPES_AT_ZERO == 2 ? result >= zero : result > zero;
            const Integers at_zero = result == zero;
            Integers kept = winners & alive;
            if constexpr (S::HALF_SLOPES_AT_ZERO == 1) kept |= (winners | S::HALF) & at_zero;
            winners = kept;
            result = result <= zero ? zero : result;
        }
    }

    // Computes ROWS x COLUMNS positions, and leaves results and winners in rows of WIDTH maps.
    template <int ROWS, int COLUMNS>
    static ALWAYS_INLINE void run(const T* image, const T* filters, const T* bias, T* results,
                                  typename Lanes<T>::Integer* winners) {
        Vector sum[ROWS][COLUMNS][VECTORS];
        convolve<ROWS, COLUMNS>(image, filters, sum);
#pragma GCC unroll 2
        for (int v = 0; v < VECTORS; ++v) {
            const Vector offset = *reinterpret_cast<const Vector*>(bias + v * Simd<T>::LANES);
#pragma GCC unroll 64
            for (int r = 0; r < ROWS; r += S::WINDOW_ROWS)
#pragma GCC unroll 64
                for (int c = 0; c < COLUMNS; c += S::WINDOW_COLUMNS) {
                    const auto value = [&](int position) __attribute__((always_inline)) {
                        const Vector& convolved =
                            sum[r + position / S::WINDOW_COLUMNS][c + position % S::WINDOW_COLUMNS][v];
                        return S::BIAS_FIRST ? convolved + offset : convolved;
                    };
                    const int row = (r / S::WINDOW_ROWS * S::OUTPUT_COLUMNS + c / S::WINDOW_COLUMNS) * WIDTH;
                    Vector result;
                    Integers won;
                    finish(value, offset, result, won);
                    *reinterpret_cast<Vector*>(results + row + v * Simd<T>::LANES) = result;
                    if constexpr (S::KEEPS_WINNERS)
                        *reinterpret_cast<Integers*>(winners + row + v * Simd<T>::LANES) = won;
                }
        }
    }

    // The whole plane of one block of maps, in tiles of ROWS x COLUMNS and what is left over.
    template <int ROWS, int COLUMNS>
    static void plane(const T* image, const T* filters, const T* bias, T* results,
                      typename Lanes<T>::Integer* winners) {
        constexpr int ALL_ROWS = S::OUTPUT_ROWS * S::WINDOW_ROWS, REST = ALL_ROWS % ROWS;
        for (int r = 0; r + ROWS <= ALL_ROWS; r += ROWS) band<ROWS, COLUMNS>(image, filters, bias, results, winners, r);
        if constexpr (REST != 0) band<REST, COLUMNS>(image, filters, bias, results, winners, ALL_ROWS - REST);
    }

private:
    template <int ROWS, int COLUMNS>
    static ALWAYS_INLINE void band(const T* image, const T* filters, const T* bias, T* results,
                                   typename Lanes<T>::Integer* winners, int first_row) {
        constexpr int ALL_COLUMNS = S::OUTPUT_COLUMNS * S::WINDOW_COLUMNS, REST = ALL_COLUMNS % COLUMNS;
        image += first_row * S::ROW_STRIDE * S::PADDED_COLUMNS;
        results += first_row / S::WINDOW_ROWS * S::OUTPUT_COLUMNS * WIDTH;
        winners += first_row / S::WINDOW_ROWS * S::OUTPUT_COLUMNS * WIDTH;
#pragma GCC unroll 1
        for (int c = 0; c + COLUMNS <= ALL_COLUMNS; c += COLUMNS) {
            const int output = c / S::WINDOW_COLUMNS * WIDTH;
            run<ROWS, COLUMNS>(image + c * S::COLUMN_STRIDE, filters, bias, results + output, winners + output);
        }
        if constexpr (REST != 0) {
            const int output = (ALL_COLUMNS - REST) / S::WINDOW_COLUMNS * WIDTH;
            run<ROWS, REST>(image + (ALL_COLUMNS - REST) * S::COLUMN_STRIDE, filters, bias, results + output,
                            winners + output);
        }
    }
};

// Copies the planes of one sample into the middle of zeros.
template <typename T, typename S>
void pad_sample(const T* image, T* padded) {
    std::fill_n(padded, S::CHANNELS * S::PADDED_PLANE, T(0));
    for (int row = 0; row < S::CHANNELS * S::ROWS; ++row)
        std::copy_n(image + row * S::COLUMNS, S::COLUMNS,
                    padded + row / S::ROWS * S::PADDED_PLANE + S::padded_offset(row % S::ROWS * S::COLUMNS, 1));
}

// Whether an array has the shape that the kernel was compiled for; else a failure.
static inline bool has_shape(const Array* array, const std::vector<Index>& shape, const char* what) {
    if (array->ndim == int(shape.size()) && std::equal(shape.begin(), shape.end(), array->shape)) return true;
    fail(WRONG_VALUE, "fused convolution: the shape of the %s is not the one it was compiled for", what);
    return false;
}

// The whole batch, in tiles. There are as many biases as maps.
template <typename T, typename S>
int convolve_in_tiles(Index batch, const T* images, const T* filters, const T* biases, T* output,
                      typename S::Winners* winners) {
    typedef typename S::Winners Winners;
    typedef typename Lanes<T>::Integer Integer;
    constexpr Tile TILE = choose_tile<T, S>();
    constexpr int WIDTH = TILE.vectors * Simd<T>::LANES, BLOCKS = (S::MAPS + WIDTH - 1) / WIDTH;
    constexpr int DEPTH = S::CHANNELS * S::TAPS, SAMPLES = 4;
    constexpr int ROWS = std::max(S::OUTPUTS, Simd<T>::LANES);
    constexpr int PACKED = BLOCKS * (DEPTH + 1) * WIDTH;
    Scratch<T> packed(S::GROUPS * PACKED, 1), results(ROWS * WIDTH),
        padded(S::IS_PADDED ? SAMPLES * S::CHANNELS * S::PADDED_PLANE : 0);
    Scratch<Integer> won(S::KEEPS_WINNERS ? ROWS * WIDTH : 0);
    if (!packed || !results || !padded || !won) return -1;

    const ParallelWork work(batch);
    // In each group a block of maps after the other, (channel, tap, map), and the biases at the end.
    std::fill_n(packed.data(), S::GROUPS * PACKED, T(0));
    for (int map = 0; map < S::ALL_MAPS; ++map, ++biases) {
        T* const group = packed.data() + map / S::MAPS * PACKED;
        const int o = map % S::MAPS;
        group[BLOCKS * DEPTH * WIDTH + o] = *biases;
        for (int c = 0; c < S::CHANNELS; ++c)
            for (int t = 0; t < S::TAPS; ++t)
                group[((o / WIDTH * S::CHANNELS + c) * S::TAPS + t) * WIDTH + o % WIDTH] =
                    filters[(map * S::CHANNELS + c) * S::TAPS + S::filter_tap(t)];
    }
    const Index samples = batch * S::GROUPS, together = samples_together(samples, SAMPLES);
#pragma omp parallel for schedule(dynamic)
    for (Index first = 0; first < samples; first += together) {
        const int here = int(std::min(together, samples - first)), thread = omp_get_thread_num();
        const T* image = images + first * S::CHANNELS * S::PLANE;
        if constexpr (S::IS_PADDED) {
            for (int s = 0; s < here; ++s)
                pad_sample<T, S>(image + s * S::CHANNELS * S::PLANE,
                                 padded.of_thread(thread) + s * S::CHANNELS * S::PADDED_PLANE);
            image = padded.of_thread(thread);
        }
        // All samples with one block of filters, while it is in the nearest cache.
        for (int block = 0; block < BLOCKS; ++block)
            for (int s = 0; s < here; ++s) {
                T* const result = results.of_thread(thread);
                const T* const group = packed.data() + (first + s) % S::GROUPS * PACKED;
                ConvPoolTile<T, S, TILE.vectors>::template plane<TILE.rows, TILE.columns>(
                    image + s * S::CHANNELS * S::PADDED_PLANE, group + block * DEPTH * WIDTH,
                    group + (BLOCKS * DEPTH + block) * WIDTH, result, won.of_thread(thread));
                const int maps = std::min(WIDTH, S::MAPS - block * WIDTH);
                const Index plane = ((first + s) * S::MAPS + block * WIDTH) * S::OUTPUTS;
                maps_to_planes<T>(result, S::OUTPUTS, maps, WIDTH, [&](Index map, Index pixel, auto vector, int count) {
                    std::memcpy(output + plane + map * S::OUTPUTS + pixel, &vector, count * sizeof(T));
                });
                if constexpr (S::KEEPS_WINNERS)
                    maps_to_planes<T>(reinterpret_cast<const T*>(won.of_thread(thread)), S::OUTPUTS, maps, WIDTH,
                                      [&](Index map, Index pixel, auto vector, int count) {
                                          NarrowLanes<Winners, T>::write(
                                              reinterpret_cast<typename Lanes<T>::Vector>(vector),
                                              winners + plane + map * S::OUTPUTS + pixel, count);
                                      });
            }
    }
    return 0;
}

}  // namespace lenet
#endif
