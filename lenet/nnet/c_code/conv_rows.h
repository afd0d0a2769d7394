// Convolution of sizes that the compiler knows, whose vectors are neighbouring columns of an output row.
//
// Where rows are long enough to fill vectors, and nothing is pooled, this needs no change between channels
// first and channels last: a few vectors of pixels are multiplied by the same tap of a few filters.
#ifndef LENET_CONV_ROWS_H
#define LENET_CONV_ROWS_H

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common.h"
#include "conv_pool.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// The vectors of outputs, and the planes that are read for them. Those are copied if they are padded, or if
// a stride has to bring together the columns that one tap multiplies.
template <typename T, typename S>
struct RowPlan {
    static constexpr int LANES = Simd<T>::LANES, COLUMNS = S::OUTPUT_COLUMNS;
    // The last vector of a row overlaps the one before.
    static constexpr int ROW_VECTORS = (COLUMNS + LANES - 1) / LANES, VECTORS = S::OUTPUT_ROWS * ROW_VECTORS;

    static constexpr bool IS_COPIED = S::IS_PADDED || S::COLUMN_STRIDE > 1;
    // Columns 0, stride, 2 stride... of a row come first, then 1, 1 + stride...
    static constexpr int PHASE = (S::PADDED_COLUMNS + S::COLUMN_STRIDE - 1) / S::COLUMN_STRIDE;
    static constexpr int PITCH = PHASE * S::COLUMN_STRIDE;
    static constexpr int column(int padded) { return padded % S::COLUMN_STRIDE * PHASE + padded / S::COLUMN_STRIDE; }

    // Where the first window of a vector begins in a plane, and its first output in another.
    static constexpr int first_column(int vector) { return std::min(vector % ROW_VECTORS * LANES, COLUMNS - LANES); }
    static constexpr int window(int vector) {
        return vector / ROW_VECTORS * S::ROW_STRIDE * PITCH + first_column(vector);
    }
    static constexpr int output(int vector) { return vector / ROW_VECTORS * COLUMNS + first_column(vector); }

    // The rows of a filter that meet pixels in a row of outputs: the others meet nothing but padding.
    static constexpr int first_kernel_row(int output_row) {
        const int above = S::TOP - output_row * S::ROW_STRIDE;
        return above <= 0 ? 0 : std::min((above + S::ROW_DILATION - 1) / S::ROW_DILATION, S::KERNEL_ROWS);
    }
    static constexpr int last_kernel_row(int output_row) {
        const int below = S::TOP + S::ROWS - 1 - output_row * S::ROW_STRIDE;
        return below < 0 ? -1 : std::min(below / S::ROW_DILATION, S::KERNEL_ROWS - 1);
    }
};

// The rows of filters that a tile is multiplied by: all that one of its rows of outputs needs.
struct KernelRows {
    int begin, end;
};

// How many filters and vectors of pixels are multiplied with each other at a time. And the cycles that one
// row of one channel's filters takes then.
struct RowTile {
    int maps, vectors;
    std::int64_t cycles;
};

// Estimated time of one tap, in halves of cycles: two multiplications in a cycle; two loads, where that of a
// vector of pixels counts as `load`; sums wait for their predecessors.
constexpr int row_tile_cycles(int maps, int vectors, int load) {
    return maps ? std::max({maps * vectors, load * vectors + maps, 12}) + 1 : 0;
}

// The tile that covers all maps and all vectors of a plane in the fewest cycles and fits the registers.
constexpr RowTile choose_row_tile(int all_maps, int all_vectors, int taps, int load) {
    RowTile best{1, 1, std::numeric_limits<std::int64_t>::max()};
    for (int vectors = 1; vectors <= 6; ++vectors)
        for (int maps = 1; maps <= std::min(all_maps, 8) && (maps + 1) * vectors + 2 <= VECTOR_REGISTERS; ++maps) {
            std::int64_t cycles = row_tile_cycles(maps, vectors, load) * (all_maps / maps) +
                                  row_tile_cycles(all_maps % maps, vectors, load);
            cycles *= (all_vectors + vectors - 1) / vectors * taps;
            // Where it is all but the same, fewer vectors: rows of filters are left out for all of them only.
            if (cycles < best.cycles - best.cycles / 100) best = {maps, vectors, cycles};
        }
    return best;
}

// A vector that crosses a cache line takes as long as four.
template <typename T, typename S>
constexpr RowTile choose_row_tile() {
    return choose_row_tile(S::MAPS, RowPlan<T, S>::VECTORS, S::KERNEL_COLUMNS, 1 + 3 * VECTOR_BYTES / 64);
}

// Elements from one plane to the next, where a tile reads them.
template <typename T, typename S>
constexpr int plane_pitch() {
    return S::PADDED_ROWS * RowPlan<T, S>::PITCH;
}

// What a sample needs before it can be convolved, done a little at a time while another one is: many requests to
// memory at once would wait for each other. Rows are copied to where the zeros around them are already, or come to
// the cache.
template <typename T, typename S>
struct Preparation {
    typedef RowPlan<T, S> Plan;
    static constexpr int ROWS = S::CHANNELS * S::ROWS, LINE = Ahead<T>::LINE;
    // Elements that come to the cache before they are copied.
    static constexpr int AHEAD = 32 * LINE;
    const T* image;
    T* copy;
    int row = 0;

    ALWAYS_INLINE void rows(int count) {
        for (const int end = std::min(row + count, ROWS); row < end; ++row, image += S::COLUMNS) {
            for (int i = 0; i < S::COLUMNS; i += LINE) __builtin_prefetch(image + AHEAD + i, 0, 2);
            if constexpr (Plan::IS_COPIED)
                copy_row(image, copy + row / S::ROWS * plane_pitch<T, S>() + (row % S::ROWS + S::TOP) * Plan::PITCH);
        }
    }

private:
    static ALWAYS_INLINE void copy_row(const T* __restrict pixels, T* __restrict place) {
        if constexpr (S::COLUMN_STRIDE == 1)
            std::memcpy(place + S::LEFT, pixels, S::COLUMNS * sizeof(T));
        else
            for (int phase = 0; phase < S::COLUMN_STRIDE; ++phase) {
                const int first = ((phase - S::LEFT) % S::COLUMN_STRIDE + S::COLUMN_STRIDE) % S::COLUMN_STRIDE;
                T* const places = place + Plan::column(S::LEFT + first);
                for (int k = 0; k < (S::COLUMNS - first + S::COLUMN_STRIDE - 1) / S::COLUMN_STRIDE; ++k)
                    places[k] = pixels[first + k * S::COLUMN_STRIDE];
            }
    }
};

// Calculates MAPS maps at the VECTORS windows given, by some rows of the filters, which are (channel, tap, map).
// With some of the channels goes a part of the preparation of the next sample.
template <typename T, typename S, int MAPS, int VECTORS>
ALWAYS_INLINE void convolve_rows(const T* const* windows, const T* filters, KernelRows rows,
                                 typename Simd<T>::Vector (&sum)[MAPS][VECTORS], Preparation<T, S>& next) {
    constexpr RowTile TILE = choose_row_tile<T, S>();
    constexpr int EVERY = S::CHANNELS >= 16 ? 4 : 1;
    constexpr int PARTS = (RowPlan<T, S>::VECTORS + TILE.vectors - 1) / TILE.vectors *
                          ((S::CHANNELS + EVERY - 1) / EVERY) * ((S::MAPS + TILE.maps - 1) / TILE.maps);
    typedef typename Simd<T>::Vector Vector;
    typedef RowPlan<T, S> Plan;
#pragma GCC unroll 32
    for (int m = 0; m < MAPS; ++m)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) sum[m][v] = Vector{};
    constexpr int BELOW = S::ROW_DILATION * Plan::PITCH, ROW_TAPS = S::KERNEL_COLUMNS * MAPS;
    const Index left_out = Index(S::KERNEL_ROWS - rows.end + rows.begin) * ROW_TAPS;
    Index plane = rows.begin * BELOW;
    filters += rows.begin * ROW_TAPS;
#pragma GCC unroll 1
    for (int channel = 0; channel < S::CHANNELS; ++channel, plane += plane_pitch<T, S>(), filters += left_out) {
        if (channel % EVERY == 0) next.rows((Preparation<T, S>::ROWS + PARTS - 1) / PARTS);
        Index row = plane;
#pragma GCC unroll 1
        for (int kernel_row = rows.begin; kernel_row < rows.end; ++kernel_row, row += BELOW) {
            HERE(row);
#pragma GCC unroll 16
            for (int t = 0; t < S::KERNEL_COLUMNS; ++t) {
                Vector pixels[VECTORS];
#pragma GCC unroll 8
                for (int v = 0; v < VECTORS; ++v)
                    pixels[v] = load(windows[v] + row + Plan::column(t * S::COLUMN_DILATION));
#pragma GCC unroll 32
                for (int m = 0; m < MAPS; ++m) {
                    const T weight = filters[t * MAPS + m];
#pragma GCC unroll 8
                    for (int v = 0; v < VECTORS; ++v) sum[m][v] += weight * pixels[v];
                }
            }
            filters += ROW_TAPS;
        }
    }
}

// Adds bias and rectifier, and writes planes of outputs and winners at the places given.
template <typename T, typename S, int MAPS, int VECTORS>
ALWAYS_INLINE void finish_rows(const typename Simd<T>::Vector (&sum)[MAPS][VECTORS], const int* places, const T* bias,
                               T* output, typename S::Winners* winners) {
    typedef typename Simd<T>::Vector Vector;
#pragma GCC unroll 32
    for (int m = 0; m < MAPS; ++m)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) {
            typename Lanes<T>::Vector won;
            Vector result;
            const Vector offset = Vector{} + bias[m];
            const auto value = [&](int) __attribute__((always_inline)) {
                return S::BIAS_FIRST ? sum[m][v] + offset : sum[m][v];
            };
            ConvPoolTile<T, S, 1>::finish(value, offset, result, won);
            store(output + m * S::OUTPUTS + places[v], result);
            if constexpr (S::KEEPS_WINNERS)
                NarrowLanes<typename S::Winners, T>::write(won, winners + m * S::OUTPUTS + places[v], Simd<T>::LANES);
        }
}

template <typename T, typename S, int MAPS, int VECTORS>
void run_rows(const T* const* windows, const int* places, const T* filters, KernelRows rows, const T* bias, T* output,
              typename S::Winners* winners, Preparation<T, S>& next) {
    typename Simd<T>::Vector sum[MAPS][VECTORS];
    convolve_rows<T, S, MAPS, VECTORS>(windows, filters, rows, sum, next);
    finish_rows<T, S, MAPS, VECTORS>(sum, places, bias, output, winners);
}

// All maps at the vectors that begin with `first`, a block of filters after the other.
template <typename T, typename S>
void run_row_tile(const T* image, int first, const T* filters, const T* bias, T* output, typename S::Winners* winners,
                  Preparation<T, S>& next) {
    typedef RowPlan<T, S> Plan;
    constexpr RowTile TILE = choose_row_tile<T, S>();
    constexpr int BLOCKS = (S::MAPS + TILE.maps - 1) / TILE.maps, REST = S::MAPS % TILE.maps;
    const T* windows[TILE.vectors];
    int places[TILE.vectors];
    for (int v = 0; v < TILE.vectors; ++v) {
        const int vector = std::min(first + v, Plan::VECTORS - 1);
        places[v] = Plan::output(vector);
        windows[v] = image + Plan::window(vector);
    }
    const int top = first / Plan::ROW_VECTORS;
    const int bottom = (std::min(first + TILE.vectors, Plan::VECTORS) - 1) / Plan::ROW_VECTORS;
    const int begin = Plan::first_kernel_row(bottom);
    const KernelRows rows{begin, std::max(begin, Plan::last_kernel_row(top) + 1)};
    for (int block = 0; block < BLOCKS; ++block) {
        const int map = block * TILE.maps;
        constexpr auto whole = run_rows<T, S, TILE.maps, TILE.vectors>;
        constexpr auto rest = run_rows<T, S, (REST == 0 ? TILE.maps : REST), TILE.vectors>;
        (block == BLOCKS - 1 ? rest : whole)(windows, places, filters + map * S::CHANNELS * S::TAPS, rows, bias + map,
                                             output + map * S::OUTPUTS, winners + map * S::OUTPUTS, next);
    }
}

// The filters of a group in blocks of MAPS maps: (channel, tap, map).
template <typename T, typename S, int MAPS>
void pack_for_rows(const T* filters, T* packed) {
    constexpr int DEPTH = S::CHANNELS * S::TAPS;
    for (int o = 0; o < S::MAPS; ++o) {
        const int first = o / MAPS * MAPS, width = std::min(MAPS, S::MAPS - first);
        for (int c = 0; c < S::CHANNELS; ++c)
            for (int t = 0; t < S::TAPS; ++t)
                packed[first * DEPTH + (c * S::TAPS + t) * width + o - first] =
                    filters[(o * S::CHANNELS + c) * S::TAPS + S::filter_tap(t)];
    }
}

// The whole batch. There are as many biases as maps.
template <typename T, typename S>
int convolve_in_rows(Index batch, const T* images, const T* filters, const T* biases, T* output,
                     typename S::Winners* winners) {
    typedef RowPlan<T, S> Plan;
    constexpr RowTile TILE = choose_row_tile<T, S>();
    constexpr int DEPTH = S::CHANNELS * S::TAPS, COPY = Plan::IS_COPIED ? S::CHANNELS * plane_pitch<T, S>() : 0;
    // One copy is convolved while the next one is made.
    Scratch<T> packed(S::ALL_MAPS * DEPTH, 1), copies(Index(2) * COPY);
    if (!packed || !copies) return -1;

    const ParallelWork work(batch);
    for (int group = 0; group < S::GROUPS; ++group)
        pack_for_rows<T, S, TILE.maps>(filters + group * S::MAPS * DEPTH, packed.data() + group * S::MAPS * DEPTH);
    const Index samples = batch * S::GROUPS, together = samples_together(samples, 8, 4);
#pragma omp parallel
    {
        T *copy = copies.of_thread(omp_get_thread_num()), *other = copy + COPY;
        std::fill_n(copy, Index(2) * COPY, T(0));
#pragma omp for schedule(dynamic)
        for (Index begin = 0; begin < samples; begin += together) {
            const Index end = std::min(begin + together, samples);
            Preparation<T, S> first{images + begin * S::CHANNELS * S::PLANE, copy};
            if constexpr (Plan::IS_COPIED) first.rows(first.ROWS);
            for (Index sample = begin; sample < end; ++sample, std::swap(copy, other)) {
                const int map = int(sample % S::GROUPS) * S::MAPS;
                const T* const image = images + sample * S::CHANNELS * S::PLANE;
                Preparation<T, S> next{image + S::CHANNELS * S::PLANE, other};
                if (sample + 1 == end) next.row = next.ROWS;
                for (int vector = 0; vector < Plan::VECTORS; vector += TILE.vectors)
                    run_row_tile<T, S>(Plan::IS_COPIED ? copy : image, vector, packed.data() + map * DEPTH,
                                       biases + map, output + sample * S::MAPS * S::OUTPUTS,
                                       winners + sample * S::MAPS * S::OUTPUTS, next);
            }
        }
    }
    return 0;
}

}  // namespace lenet
#endif
