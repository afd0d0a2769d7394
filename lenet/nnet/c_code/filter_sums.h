// Sums over all positions of pixels times the gradients of an output: what gradients of filters consist of.
//
// The sums of a block of taps, each for a few vectors of maps, stay in registers while the kernel walks
// along the positions. The pixels that belong to them are found at constant distances from one pointer,
// however many channels the block has.
//
// Where a filter's rows are long enough, neighbouring positions are treated in pairs: with pixels d0 to d3
// and gradients g0 and g1, three neighbouring taps need
//     d0 g0 + d1 g1 = p0 + p1 + p2,         p0 = (d0 - d2) g0,
//     d1 g0 + d2 g1 = p1 - p2,              p1 = (d1 + d2) (g0 + g1) / 2,
//     d2 g0 + d3 g1 = p1 + p2 - p3,         p2 = (d2 - d1) (g0 - g1) / 2,
//                                           p3 = (d1 - d3) g1,
// four products instead of six, and two taps three instead of four:
//     d0 g0 + d1 g1 = p0 + p1,              p0 = (d0 - d1) g0,
//     d1 g0 + d2 g1 = p1 - p3,              p1 = d1 (g0 + g1),      p3 = (d1 - d2) g1.
// Each product is summed over all positions; then the sums are put together. A pixel that is not finite
// reaches the neighbours of its taps, too. From
//     Winograd, S. (1980). Arithmetic Complexity of Computations. SIAM.
#ifndef LENET_FILTER_SUMS_H
#define LENET_FILTER_SUMS_H

#include <algorithm>
#include <limits>

#include "common.h"
#include "transpose.h"

namespace lenet {

// How positions are visited, and where the pixels are that are multiplied there. The kind of a product is
// what the pixel is multiplied with: g0, g0 + g1, g0 - g1 or g1; there is only one kind without pairs.
template <typename T, typename S>
struct Walk {
    // A filter's row is cut into threes of taps with one between them, and what is left over: two or one.
    static constexpr int THREES = (S::KERNEL_COLUMNS + 1) / 4, REST = std::max(0, 4 * THREES - 1);
    static constexpr int TWOS = (S::KERNEL_COLUMNS - REST) / 2, SINGLES = S::KERNEL_COLUMNS - 3 * THREES - 2 * TWOS;
    static constexpr int PAIRS = (S::CONVOLVED_COLUMNS + 1) / 2, PRODUCTS = 4 * THREES + 3 * TWOS + 2 * SINGLES;
    // Sums and differences of pixels take time, too.
    static constexpr bool PAIRED = S::COLUMN_STRIDE == 1 && S::COLUMN_DILATION == 1 &&
                                   8 * PAIRS * PRODUCTS < 7 * S::CONVOLVED_COLUMNS * S::KERNEL_COLUMNS;
    static constexpr int KINDS = PAIRED ? 4 : 1;
    static constexpr int STEPS = PAIRED ? PAIRS : S::CONVOLVED_COLUMNS, STEP = PAIRED ? 2 : S::COLUMN_STRIDE;
    static constexpr int COLUMNS = PAIRED ? 2 * PAIRS : S::CONVOLVED_COLUMNS, POSITIONS = S::CONVOLVED_ROWS * COLUMNS;
    static constexpr int POSITIONS_OF_STEP = PAIRED ? 2 : 1;

    // Images are copied with room for padding. Beside them are d0 - d2 of all pixels, d1 + d2 and d2 - d1 in
    // turn, and d0 - d1, as far as they are needed.
    static constexpr bool COPIED = PAIRED || S::IS_PADDED;
    static constexpr int PITCH = PAIRED ? int(round_up(S::PADDED_COLUMNS, 2)) : S::PADDED_COLUMNS;
    static constexpr int PLANE = S::PADDED_ROWS * PITCH, IMAGE = S::CHANNELS * PLANE;
    static constexpr int room(int pixels) { return int(round_up(pixels, Simd<T>::LANES)) + Simd<T>::LANES; }
    // Without singles and twos, the pixels themselves are needed for one channel at a time only.
    static constexpr bool KEEPS_PIXELS = !PAIRED || SINGLES + TWOS > 0;
    static constexpr int PIXELS = room(KEEPS_PIXELS ? IMAGE : PLANE), PART = room(IMAGE);
    static constexpr int PARTS = PAIRED ? (THREES > 0 ? 2 : 0) + TWOS : 0, COPY = PIXELS + PARTS * PART;

    // Products of a kind for each row of a filter: first those of threes, then those of twos.
    static constexpr int products(int kind) {
        if (!PAIRED) return S::KERNEL_COLUMNS;
        return THREES + (kind == 2 ? 0 : TWOS) + (kind % 3 == 0 ? SINGLES : 0);
    }
    static constexpr int single_tap(int index) { return index < THREES - 1 ? 4 * index + 3 : S::KERNEL_COLUMNS - 1; }
    // Distance, from the first pixel, of the one that belongs to a sum: (channel, row of the filter, product).
    static constexpr int offset(int kind, int sum) {
        const int product = sum % products(kind), row = sum / products(kind) % S::KERNEL_ROWS;
        const int channel = sum / products(kind) / S::KERNEL_ROWS;
        const int corner = channel * PLANE + row * S::ROW_DILATION * PITCH;
        if (!PAIRED) return corner + product * S::COLUMN_DILATION;
        const int second = kind >= 2;
        if (product < THREES) return PIXELS + (kind % 3 == 0 ? 0 : PART) + corner + 4 * product + second;
        if (product >= THREES + TWOS) return corner + single_tap(product - THREES - TWOS) + second;
        return kind == 1 ? corner + REST + 1 : PIXELS + (PARTS - 1) * PART + corner + REST + second;
    }

    // Makes the copy of an image, in which what is around the pixels is zero already.
    static void copy(const T* image, T* result) {
        for (int channel = 0; channel < S::CHANNELS; ++channel, image += S::PLANE) {
            T* const pixels = result + (KEEPS_PIXELS ? channel * PLANE : 0);
            for (int row = 0; row < S::ROWS; ++row)
                copy_row(image + row * S::COLUMNS, pixels + (row + S::TOP) * PITCH + S::LEFT);
            if (PAIRED) combine(pixels, result + PIXELS + channel * PLANE);
        }
    }

private:
    static ALWAYS_INLINE void copy_row(const T* row, T* result) {
        constexpr int LANES = Simd<T>::LANES;
        if constexpr (S::COLUMNS < LANES)
            std::copy_n(row, S::COLUMNS, result);
        else
            for (int column = 0; column < S::COLUMNS; column += LANES) {
                const int first = std::min(column, S::COLUMNS - LANES);
                store(result + first, load(row + first));
            }
    }

    // Writes sums and differences of the pixels of a plane. The last vector overlaps the one before it, or
    // reaches into what is no plane's.
    static ALWAYS_INLINE void combine(const T* pixels, T* result) {
        constexpr int LANES = Simd<T>::LANES, LAST = std::max(0, (PLANE - LANES) / 2 * 2);
        typename Lanes<T>::Vector even;
        for (int i = 0; i < LANES; ++i) even[i] = -(i % 2 == 0);
        for (int i = 0; i < PLANE; i += LANES) {
            const int place = std::min(i, LAST);
            const auto first = load(pixels + place), second = load(pixels + place + 1);
            const auto third = load(pixels + place + 2);
            if (THREES) store(result + place, first - third);
            if (THREES) store(result + PART + place, even ? second + third : second - first);
            if (TWOS) store(result + (PARTS - 1) * PART + place, first - second);
        }
    }
};

// Rows of sums that fit the registers, beside the factors and a pixel, and the fewest blocks for so many.
constexpr int most_rows(int vectors) { return (VECTOR_REGISTERS - 2 - vectors) / vectors; }
constexpr int blocks_of(int rows, int vectors) { return (rows + most_rows(vectors) - 1) / most_rows(vectors); }

// Estimated cycles of two positions for so many rows, on a machine with two loads and two multiply-adds in a
// cycle, each of which must wait four cycles for its predecessor in the same sum; and for the loop itself.
constexpr std::int64_t row_cycles(int rows, int vectors) {
    const int blocks = blocks_of(rows, vectors);
    std::int64_t cycles = 0;
    for (int b = 0; b < blocks; ++b) {
        const int here = rows * (b + 1) / blocks - rows * b / blocks;
        cycles += std::max({here * vectors, here + vectors, 8}) + 2;
    }
    return cycles;
}

// So many channels, with all their rows, make up whole blocks.
struct ChannelBlocks {
    int channels;
    std::int64_t cycles;
};

// The blocks that take the fewest cycles, and not many more kinds of them than one channel needs.
constexpr ChannelBlocks choose_channel_blocks(int channels, int rows, int vectors) {
    constexpr int MAX_BLOCKS = 4;
    ChannelBlocks best{1, std::numeric_limits<std::int64_t>::max()};
    for (int n = 1; n <= channels && (n == 1 || blocks_of(n * rows, vectors) <= MAX_BLOCKS); ++n) {
        const std::int64_t cycles =
            channels / n * row_cycles(n * rows, vectors) + row_cycles(channels % n * rows, vectors);
        if (cycles < best.cycles) best = {n, cycles};
    }
    return best;
}

template <typename T, typename S>
constexpr int choose_vectors() {
    typedef Walk<T, S> W;
    constexpr int VECTORS = int(round_up(S::MAPS, Simd<T>::LANES)) / Simd<T>::LANES;
    int best = 1;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (int vectors = 1; vectors <= 4; ++vectors) {
        if (VECTORS % vectors) continue;
        std::int64_t cycles = 0;
        for (int kind = 0; kind < W::KINDS; ++kind)
            cycles += choose_channel_blocks(S::CHANNELS, S::KERNEL_ROWS * W::products(kind), vectors).cycles;
        cycles *= VECTORS / vectors;
        if (cycles < least) least = cycles, best = vectors;
    }
    return best;
}

// The sums of one group: (block of maps, kind, channel, row of the filter, product, map of the block).
template <typename T, typename S>
struct FilterSums {
    typedef Walk<T, S> W;
    typedef typename Simd<T>::Vector Vector;
    static constexpr int LANES = Simd<T>::LANES, VECTORS = choose_vectors<T, S>(), WIDTH = VECTORS * LANES;
    static constexpr int MAP_BLOCKS = (S::MAPS + WIDTH - 1) / WIDTH, FILTER_ROWS = S::CHANNELS * S::KERNEL_ROWS;
    static constexpr int first_row(int kind) {
        return kind == 0 ? 0 : first_row(kind - 1) + FILTER_ROWS * W::products(kind - 1);
    }
    static constexpr int ROWS = first_row(W::KINDS), SIZE = MAP_BLOCKS * ROWS * WIDTH;
    static constexpr int GRADIENT = W::POSITIONS * WIDTH;

    // Adds the products of all positions of some samples. Images are `image_step`, gradients of one block of
    // maps GRADIENT, blocks `block_step` elements apart. Meanwhile, the next samples come to the cache.
    static void add(const T* images, Index image_step, const T* gradients, Index block_step, int samples, T* sums,
                    Ahead<T> next_images, Ahead<T> next_gradients) {
        for (int block = 0; block < MAP_BLOCKS; ++block)
            add_kinds({images, image_step, gradients + block * block_step, samples, next_images, next_gradients},
                      sums + block * ROWS * WIDTH);
    }

    // The gradient of one row of a filter, of which `sums` are those of one block of maps.
    static void filter_row(const T* sums, int row, Vector (&taps)[S::KERNEL_COLUMNS][VECTORS]) {
        const auto sum = [&](int kind, int product, int v) {
            const int place = first_row(kind) + row * W::products(kind) + product;
            return *reinterpret_cast<const Vector*>(sums + place * WIDTH + v * LANES);
        };
        for (int v = 0; v < VECTORS; ++v)
            if constexpr (W::PAIRED) {
                for (int i = 0; i < W::THREES; ++i) {
                    const Vector added = sum(1, i, v) * T(0.5), subtracted = sum(2, i, v) * T(0.5);
                    taps[4 * i][v] = sum(0, i, v) + (added + subtracted);
                    taps[4 * i + 1][v] = added - subtracted;
                    taps[4 * i + 2][v] = (added + subtracted) - sum(3, i, v);
                }
                if constexpr (W::TWOS > 0) {
                    const Vector shared = sum(1, W::THREES, v);
                    taps[W::REST][v] = sum(0, W::THREES, v) + shared;
                    taps[W::REST + 1][v] = shared - sum(3, W::THREES, v);
                }
                for (int i = 0; i < W::SINGLES; ++i) {
                    const int product = W::THREES + W::TWOS + i;
                    taps[W::single_tap(i)][v] = sum(0, product, v) + sum(3, product, v);
                }
            } else {
                for (int t = 0; t < S::KERNEL_COLUMNS; ++t) taps[t][v] = sum(0, t, v);
            }
    }

private:
    struct Samples {
        const T* images;
        Index image_step;
        const T* gradients;
        int count;
        Ahead<T>&next_images, &next_gradients;
        Samples channel(int index) const {
            return {images + index * W::PLANE, image_step, gradients, count, next_images, next_gradients};
        }
    };

    // How often `add_block` is called for all maps, and lines of next samples for each row of its positions.
    static constexpr int calls(int kind = 0) {
        if (kind == W::KINDS) return 0;
        const int rows = S::KERNEL_ROWS * W::products(kind);
        const int channels = choose_channel_blocks(S::CHANNELS, rows, VECTORS).channels;
        return MAP_BLOCKS * (S::CHANNELS / channels * blocks_of(channels * rows, VECTORS) +
                             blocks_of(S::CHANNELS % channels * rows, VECTORS)) +
               calls(kind + 1);
    }
    static constexpr int lines(std::int64_t elements) {
        const std::int64_t rows = std::int64_t(calls()) * S::CONVOLVED_ROWS * Ahead<T>::LINE;
        return int((elements + rows - 1) / rows);
    }

    template <int KIND = 0>
    static void add_kinds(const Samples& samples, T* sums) {
        constexpr int OF_CHANNEL = S::KERNEL_ROWS * W::products(KIND);
        if constexpr (OF_CHANNEL > 0) {
            constexpr int CHANNELS = choose_channel_blocks(S::CHANNELS, OF_CHANNEL, VECTORS).channels;
            constexpr int LEFT_OVER = S::CHANNELS % CHANNELS, WHOLE = S::CHANNELS - LEFT_OVER;
            for (int channel = 0; channel < WHOLE; channel += CHANNELS)
                add_rows<KIND, CHANNELS * OF_CHANNEL>(samples.channel(channel), sums + channel * OF_CHANNEL * WIDTH);
            if constexpr (LEFT_OVER > 0)
                add_rows<KIND, LEFT_OVER * OF_CHANNEL>(samples.channel(WHOLE), sums + WHOLE * OF_CHANNEL * WIDTH);
        }
        if constexpr (KIND + 1 < W::KINDS) add_kinds<KIND + 1>(samples, sums + S::CHANNELS * OF_CHANNEL * WIDTH);
    }

    template <int KIND, int ALL, int BLOCK = 0>
    static void add_rows(const Samples& samples, T* sums) {
        constexpr int COUNT = blocks_of(ALL, VECTORS), FIRST = ALL * BLOCK / COUNT, END = ALL * (BLOCK + 1) / COUNT;
        add_block<KIND, FIRST, END - FIRST>(samples, sums + FIRST * WIDTH);
        if constexpr (BLOCK + 1 < COUNT) add_rows<KIND, ALL, BLOCK + 1>(samples, sums);
    }

    // What the pixels of a kind are multiplied with.
    template <int KIND>
    static ALWAYS_INLINE Vector factor(const T* gradients) {
        const Vector* const vector = reinterpret_cast<const Vector*>(gradients);
        if constexpr (KIND == 0) return vector[0];
        if constexpr (KIND == 1) return vector[0] + vector[VECTORS];
        if constexpr (KIND == 2) return vector[0] - vector[VECTORS];
        return vector[VECTORS];
    }

    // In a function of its own, the compiler keeps all sums in registers.
    template <int KIND, int FIRST, int COUNT>
    static __attribute__((noinline)) void add_block(const Samples& samples, T* sums) {
        constexpr int IMAGE_LINES = lines(std::int64_t(S::CHANNELS) * S::PLANE);
        constexpr int GRADIENT_LINES = lines(std::int64_t(S::MAPS) * S::CONVOLVED_ROWS * S::CONVOLVED_COLUMNS);
        const T* gradients = samples.gradients;
        Vector sum[COUNT][VECTORS];
#pragma GCC unroll 32
        for (int i = 0; i < COUNT; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; ++v)
                sum[i][v] = *reinterpret_cast<const Vector*>(sums + i * WIDTH + v * LANES);
#pragma GCC unroll 1
        for (int s = 0; s < samples.count; ++s)
#pragma GCC unroll 1
            for (int row = 0; row < S::CONVOLVED_ROWS; ++row) {
                samples.next_images.fetch(IMAGE_LINES);
                samples.next_gradients.fetch(GRADIENT_LINES);
                const T* pixel = samples.images + s * samples.image_step + row * S::ROW_STRIDE * W::PITCH;
#pragma GCC unroll 1
                for (int step = 0; step < W::STEPS; ++step) {
                    HERE(pixel);
                    Vector factors[VECTORS];
#pragma GCC unroll 4
                    for (int v = 0; v < VECTORS; ++v) factors[v] = factor<KIND>(gradients + v * LANES);
#pragma GCC unroll 32
                    for (int i = 0; i < COUNT; ++i) {
                        const T element = pixel[W::offset(KIND, FIRST + i)];
#pragma GCC unroll 4
                        for (int v = 0; v < VECTORS; ++v) sum[i][v] += element * factors[v];
                    }
                    pixel += W::STEP;
                    gradients += W::POSITIONS_OF_STEP * WIDTH;
                }
            }
#pragma GCC unroll 32
        for (int i = 0; i < COUNT; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; ++v) *reinterpret_cast<Vector*>(sums + i * WIDTH + v * LANES) = sum[i][v];
    }
};

}  // namespace lenet
#endif
