// What both gradients of the fused convolution need: receptive fields in an image whose channels are
// last, and the winners whose gradients reach them.
#ifndef LENET_CONV_POOL_FIELD_H
#define LENET_CONV_POOL_FIELD_H

#include <algorithm>
#include <cstring>
#include <utility>

#include "common.h"
#include "transpose.h"

namespace lenet {

// An image with channels last, and a receptive field in it as rows of whole vectors. Where there are
// few channels, the vectors run over the taps of a row; else each tap has its own, filled up with
// zeros. With ALIGNED, the first kind is stored once for each position, so that all vectors are
// aligned.
template <typename T, typename S, bool ALIGNED>
struct Field {
    static constexpr int LANES = Simd<T>::LANES, CHANNELS = int(round_up(S::CHANNELS, LANES));
    static constexpr int SHORT_ROW = int(round_up(S::KERNEL_COLUMNS * S::CHANNELS, LANES));
    static constexpr bool IS_SHORT = S::COLUMN_DILATION == 1 && 2 * SHORT_ROW <= S::KERNEL_COLUMNS * CHANNELS;
    static constexpr bool IS_REPEATED = IS_SHORT && ALIGNED;
    static constexpr int TAP = IS_SHORT ? S::CHANNELS : CHANNELS;
    static constexpr int ROW_VECTORS = (IS_SHORT ? SHORT_ROW : S::KERNEL_COLUMNS * CHANNELS) / LANES;
    static constexpr int VECTORS = S::KERNEL_ROWS * ROW_VECTORS, SIZE = VECTORS * LANES;
    static constexpr int PIXEL = IS_REPEATED ? SHORT_ROW : TAP;
    static constexpr int ROW = (S::PADDED_COLUMNS - (IS_REPEATED ? S::KERNEL_COLUMNS - 1 : 0)) * PIXEL;
    static constexpr int IMAGE = int(round_up(S::PADDED_ROWS * ROW, LANES));

    // Offset of a vector of the field from its corner.
    static constexpr int vector(int index) {
        const int row = index / ROW_VECTORS * S::ROW_DILATION * ROW, rest = index % ROW_VECTORS * LANES;
        return row + (IS_SHORT ? rest : rest / CHANNELS * S::COLUMN_DILATION * PIXEL + rest % CHANNELS);
    }
    // Index of an element of the field in its vectors.
    static constexpr int element(int tap, int channel) {
        return tap / S::KERNEL_COLUMNS * ROW_VECTORS * LANES + tap % S::KERNEL_COLUMNS * TAP + channel;
    }
    // Offset of the corner of an output's first field, and from it to that of a position in its window.
    static constexpr int corner(int output) {
        return output / S::OUTPUT_COLUMNS * S::WINDOW_ROWS * S::ROW_STRIDE * ROW +
               output % S::OUTPUT_COLUMNS * S::WINDOW_COLUMNS * S::COLUMN_STRIDE * PIXEL;
    }
    static constexpr int place(int position) {
        return position / S::WINDOW_COLUMNS * S::ROW_STRIDE * ROW +
               position % S::WINDOW_COLUMNS * S::COLUMN_STRIDE * PIXEL;
    }
};

// As few groups of vectors as fit `room`, and all of nearly the same size.
constexpr int group_size(int vectors, int room) {
    const int groups = (vectors + std::max(1, room) - 1) / std::max(1, room);
    return (vectors + groups - 1) / groups;
}

// The most samples that are worth treating together: few outputs make short sums.
template <typename T, typename F, typename S>
constexpr int most_together() {
    return std::max(1, std::min({80 / S::OUTPUTS, 32 * 1024 / int(F::IMAGE * sizeof(T)), 16}));
}

// Writes a sample as the field's image.
template <typename T, typename S, typename F>
void channels_last(const T* image, T* interleaved, T* result) {
    if constexpr (!F::IS_SHORT) {
        if (S::IS_PADDED) std::fill_n(result, F::IMAGE, T(0));
        planes_to_channels<T>(image, S::CHANNELS, S::PLANE, [&](Index pixel, Index channel, auto vector) {
            T* const place = result + S::padded_offset(int(pixel), F::PIXEL) + channel;
            *reinterpret_cast<typename Simd<T>::Vector*>(place) = vector;
        });
    } else {
        if (S::IS_PADDED) std::fill_n(interleaved, S::PADDED_PLANE * S::CHANNELS, T(0));
        for (int row = 0; row < S::ROWS; ++row) {
            T* const pixels = interleaved + S::padded_offset(row * S::COLUMNS, S::CHANNELS);
            for (int column = 0; column < S::COLUMNS; ++column)
                for (int c = 0; c < S::CHANNELS; ++c)
                    pixels[column * S::CHANNELS + c] = image[c * S::PLANE + row * S::COLUMNS + column];
        }
        for (int row = 0; row < S::PADDED_ROWS; ++row)
            for (int column = 0; column <= S::PADDED_COLUMNS - S::KERNEL_COLUMNS; ++column)
#pragma GCC unroll 8
                for (int v = 0; v < F::ROW_VECTORS; ++v)
                    *reinterpret_cast<typename Simd<T>::Vector*>(result + row * F::ROW + column * F::PIXEL +
                                                                 v * F::LANES) =
                        load(interleaved + (row * S::PADDED_COLUMNS + column) * S::CHANNELS + v * F::LANES);
    }
}

// Winners of neighbouring outputs of one map, and the gradients that reach them.
template <typename T, typename S>
struct Reached {
    typedef typename S::Winners Winners;
    typedef typename Simd<T>::Vector Vector;
    typedef typename Lanes<T>::Vector Integers;
    Vector gradients{};
    Integers bits;

    // The first `count` lanes count. `readable` elements may be read, if only to be left out.
    ALWAYS_INLINE Reached(const T* gradient, const Winners* winners, int count, Index readable) {
        constexpr int LANES = Simd<T>::LANES;
        Integers won, lane;
        for (int i = 0; i < LANES; ++i) lane[i] = i;
        if (readable >= LANES) {
            gradients = load(gradient);
            won = NarrowLanes<Winners, T>::read(winners);
            if (count < LANES) won &= lane < count;
        } else {
            Winners some[LANES] = {};
            std::memcpy(some, winners, count * sizeof(Winners));
            std::memcpy(&gradients, gradient, count * sizeof(T));
            won = NarrowLanes<Winners, T>::read(some);
        }
        if (S::HALF_SLOPES_AT_ZERO == 1) gradients = (won & S::HALF) != 0 ? gradients * T(0.5) : gradients;
        gradients = won != 0 ? gradients : Vector{};
        bits = won & (S::HALF - 1);
    }
};

// Calls visit(first, count, fresh) for all of `size` elements, a vector after the other. The last one
// overlaps the one before it, so that it is whole: its first `fresh` elements have been visited.
template <typename T, typename Visit>
ALWAYS_INLINE void each_vector(int size, Visit visit) {
    constexpr int LANES = Simd<T>::LANES;
    for (int first = 0; first < size; first += LANES) {
        const int place = std::max(0, std::min(first, size - LANES));
        visit(place, std::min(size, LANES), first - place);
    }
}

// A list of winners: where their receptive fields begin, and their gradients.
template <typename T, typename S, typename F>
struct WinnerList {
    typedef typename Lanes<T>::Integer Integer;
    typedef typename Lanes<T>::Vector Integers;
    typedef typename Simd<T>::Vector Vector;
    static constexpr int LANES = Simd<T>::LANES, CAPACITY = S::OUTPUTS * S::WINDOW + LANES;
    // To leave a winner out takes as long as a few multiplications.
    static constexpr bool SKIPS_ZEROS = F::VECTORS > 8;
    Integer* fields;
    T* gradients;
    int size = 0;

    // Appends the winners of `count` outputs whose windows are at `corners`, and adds the gradients
    // that reach them to the lanes of `sum`. `readable` elements may be read.
    ALWAYS_INLINE void append(const T* gradient, const typename S::Winners* winners, Index readable,
                              const Integer* corners, int count, Vector& sum) {
        Integers several{}, lane;
        for (int i = 0; i < LANES; ++i) lane[i] = i;
        Integer live[S::OUTPUTS + LANES];
        Integer* const field = fields + size;
        T* const value = gradients + size;
        each_vector<T>(count, [&](int first, int valid, int visited) __attribute__((always_inline)) {
            const Reached<T, S> reached(gradient + first, winners + first, valid, readable - first);
            const Integers lowest = reached.bits & -reached.bits;
            const Integers place = offsets(lowest, std::make_integer_sequence<int, S::WINDOW>());
            write(field + first, read(corners + first) + place);
            write(live + first, reached.gradients != 0);
            store(value + first, reached.gradients);
            several |= reached.bits & (reached.bits - 1);
            sum += lane >= visited ? reached.gradients : Vector{};
        });
        int kept = count;
        if constexpr (SKIPS_ZEROS) {
            kept = 0;
            for (int q = 0; q < count; ++q) {
                field[kept] = field[q], value[kept] = value[q];
                kept -= int(live[q]);
            }
        }
        size += kept;
        Integer any = 0;
        for (int i = 0; i < LANES; ++i) any |= several[i];
        if (any) sum[0] += append_ties(gradient, winners, corners, count);
    }

private:
    static ALWAYS_INLINE Integers read(const Integer* integers) {
        Integers vector;
        std::memcpy(&vector, integers, sizeof vector);
        return vector;
    }
    static ALWAYS_INLINE void write(Integer* integers, Integers vector) {
        std::memcpy(integers, &vector, sizeof vector);
    }

    // Offsets of the positions whose bits are set.
    template <int... R>
    static ALWAYS_INLINE Integers offsets(Integers bits, std::integer_sequence<int, R...>) {
        return (Integers{} | ... | ((bits == 1 << R) & Integer(F::place(R))));
    }

    // Every winner after the first of its window. Before the pooling, each has its own bias.
    T append_ties(const T* gradient, const typename S::Winners* winners, const Integer* corners, int count) {
        T sum = 0;
        for (int q = 0; q < count; ++q) {
            const unsigned bits = winners[q] & (S::HALF - 1);
            for (unsigned rest = bits & (bits - 1); rest; rest &= rest - 1) {
                fields[size] = corners[q] + F::place(__builtin_ctz(rest));
                gradients[size] = winners[q] & S::HALF ? gradient[q] / 2 : gradient[q];
                sum += gradients[size++];
            }
        }
        return S::BIAS_FIRST ? sum : 0;
    }
};

}  // namespace lenet
#endif
