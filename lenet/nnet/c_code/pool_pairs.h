// Pooling by maximum of 2x2 pixels side by side, which is the most usual, and its gradient.
//
// Neighbouring outputs are a vector. Each pixel is read once and each result written once, also where the
// last row or column is no whole pair.
#ifndef LENET_POOL_PAIRS_H
#define LENET_POOL_PAIRS_H

#include <algorithm>
#include <type_traits>

#include "common.h"

namespace lenet {

// Vectors of a length that need not be the machine's: planes are often narrower than that.
template <typename T, int LANES>
struct Pairs {
    typedef T Vector __attribute__((vector_size(LANES * sizeof(T)), aligned(sizeof(T)), may_alias));
    typedef std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t> Integer;
    typedef Integer Places __attribute__((vector_size(LANES * sizeof(T))));

    static ALWAYS_INLINE Vector load(const T* elements) { return *reinterpret_cast<const Vector*>(elements); }
    static ALWAYS_INLINE void store(T* elements, Vector vector) { *reinterpret_cast<Vector*>(elements) = vector; }

    // The elements at `places` of two vectors, one after the other.
    static ALWAYS_INLINE Vector select(Vector first, Vector second, Places places) {
#if defined(__clang__)
        Vector selected;
        for (int i = 0; i < LANES; ++i) selected[i] = places[i] < LANES ? first[places[i]] : second[places[i] - LANES];
        return selected;
#else
        return __builtin_shuffle(first, second, places);
#endif
    }
    // Places begin + i * step / share.
    static ALWAYS_INLINE Places places(int begin, int step, int share) {
        Places result{};
        for (int i = 0; i < LANES; ++i) result[i] = begin + i * step / share;
        return result;
    }
    // The maximum; not a number if one of the two is none.
    static ALWAYS_INLINE Vector larger(Vector a, Vector b) { return ((a > b) | (a != a)) ? a : b; }

    static void maxima(const T* upper, const T* lower, Index count, T* output) {
        const Places even = places(0, 2, 1), odd = places(1, 2, 1);
        for (Index c = 0; c < count; c += LANES) {
            // The last vector overlaps the one before.
            const Index first = std::min(c, count - LANES);
            const Vector left = larger(load(upper + 2 * first), load(lower + 2 * first));
            const Vector right = larger(load(upper + 2 * first + LANES), load(lower + 2 * first + LANES));
            store(output + first, larger(select(left, right, even), select(left, right, odd)));
        }
    }

    static void winners(const T* pixels, const T* maximum, const T* gradient, Index count, T* result) {
        const Places near = places(0, 1, 2), far = places(LANES / 2, 1, 2);
        for (Index c = 0; c < count; c += LANES) {
            const Index first = std::min(c, count - LANES);
            const Vector most = load(maximum + first), gain = load(gradient + first);
            for (int half = 0; half < 2; ++half) {
                const Places own = half ? far : near;
                const Index at = 2 * first + half * LANES;
                const Vector share = select(gain, gain, own);
                store(result + at, load(pixels + at) == select(most, most, own) ? share : Vector{});
            }
        }
    }
};

template <typename T>
T larger(T a, T b) {
    return a > b || a != a ? a : b;
}

// The maxima of pairs of columns of two rows.
template <typename T, int LANES = Simd<T>::LANES>
void max_of_pairs(const T* upper, const T* lower, Index count, T* output) {
    if constexpr (LANES > 1) {
        if (count >= LANES) return Pairs<T, LANES>::maxima(upper, lower, count, output);
        return max_of_pairs<T, LANES / 2>(upper, lower, count, output);
    }
    for (Index c = 0; c < count; ++c)
        output[c] = larger(larger(upper[2 * c], lower[2 * c]), larger(upper[2 * c + 1], lower[2 * c + 1]));
}

// What reaches the pairs of columns of one row: the gradient where it has the maximum.
template <typename T, int LANES = Simd<T>::LANES>
void winners_of_pairs(const T* pixels, const T* maximum, const T* gradient, Index count, T* result) {
    if constexpr (LANES > 1) {
        if (count >= LANES) return Pairs<T, LANES>::winners(pixels, maximum, gradient, count, result);
        return winners_of_pairs<T, LANES / 2>(pixels, maximum, gradient, count, result);
    }
    for (Index c = 0; c < 2 * count; ++c) result[c] = value_if(pixels[c] == maximum[c / 2], gradient[c / 2]);
}

// One plane, or the planes of a volume, of which each is pooled on its own.
template <typename T>
void max_pool_pairs(const Sizes& image, const Sizes& pooled, const T* pixels, T* output) {
    const Index pairs = image[2] / 2, columns = image[2];
    for (Index plane = 0; plane < image[0]; ++plane, pixels += image[1] * columns)
        for (Index row = 0; row < pooled[1]; ++row, output += pooled[2]) {
            const T* const upper = pixels + 2 * row * columns;
            const T* const lower = 2 * row + 1 < image[1] ? upper + columns : upper;
            max_of_pairs(upper, lower, pairs, output);
            if (pooled[2] > pairs) output[pairs] = larger(upper[columns - 1], lower[columns - 1]);
        }
}

template <typename T>
void max_pool_grad_pairs(const Sizes& image, const Sizes& pooled, const T* pixels, const T* maximum, const T* gradient,
                         T* result) {
    const Index pairs = image[2] / 2, columns = image[2], outputs = pooled[1] * pooled[2];
    for (Index plane = 0; plane < image[0]; ++plane, maximum += outputs, gradient += outputs)
        for (Index row = 0; row < image[1]; ++row, pixels += columns, result += columns) {
            if (row / 2 == pooled[1]) {
                std::fill_n(result, columns, T(0));
                continue;
            }
            const Index own = row / 2 * pooled[2];
            winners_of_pairs(pixels, maximum + own, gradient + own, pairs, result);
            if (pooled[2] > pairs)
                result[columns - 1] = value_if(pixels[columns - 1] == maximum[own + pairs], gradient[own + pairs]);
            else if (columns % 2)
                result[columns - 1] = T(0);
        }
}

}  // namespace lenet
#endif
