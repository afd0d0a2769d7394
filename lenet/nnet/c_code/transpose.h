// Changes between channels first and channels last, whole vectors at a time.
#ifndef LENET_TRANSPOSE_H
#define LENET_TRANSPOSE_H

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "common.h"

namespace lenet {

// An integer of the size of a T, and a vector of them: what comparing two vectors of T gives.
template <typename T>
struct Lanes {
    typedef std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t> Integer;
    typedef Integer Vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
};

// The integers of a vector as narrower ones in memory. GCC 12 would convert them one by one.
template <typename Narrow, typename T>
struct NarrowLanes {
    static constexpr int LANES = Simd<T>::LANES, RATIO = sizeof(T) / sizeof(Narrow), BITS = 8 * sizeof(Narrow);
    typedef typename Lanes<T>::Integer Integer;
    typedef typename Lanes<T>::Vector Wide;
#if defined(__clang__)
    typedef Narrow Vector __attribute__((vector_size(LANES * sizeof(Narrow))));
    static ALWAYS_INLINE void write(Wide wide, Narrow* elements, std::size_t count) {
        const Vector narrow = __builtin_convertvector(wide, Vector);
        std::memcpy(elements, &narrow, count * sizeof(Narrow));
    }
    static ALWAYS_INLINE Wide read(const Narrow* elements) {
        Vector narrow;
        std::memcpy(&narrow, elements, sizeof narrow);
        return __builtin_convertvector(narrow, Wide);
    }
#else
    // Each integer takes up RATIO neighbours, on a machine whose lowest byte comes first.
    static ALWAYS_INLINE void write(Wide wide, Narrow* elements, std::size_t count) {
        Wide packed{}, source;
#pragma GCC unroll 8
        for (int part = 0; part < RATIO; ++part) {
            for (int i = 0; i < LANES; ++i) source[i] = (i * RATIO + part) % LANES;
            packed |= __builtin_shuffle(wide, source) << Integer(part * BITS);
        }
        std::memcpy(elements, &packed, count * sizeof(Narrow));
    }
    static ALWAYS_INLINE Wide read(const Narrow* elements) {
        Integer words[LANES / RATIO];
        std::memcpy(words, elements, sizeof words);
        Wide packed{}, source, shift;
#pragma GCC unroll 16
        for (int i = 0; i < LANES / RATIO; ++i) packed[i] = words[i];
        for (int i = 0; i < LANES; ++i) source[i] = i / RATIO, shift[i] = i % RATIO * BITS;
        return (__builtin_shuffle(packed, source) >> shift) & ((Integer(1) << BITS) - 1);
    }
#endif
};

// Transposes LANES vectors of LANES elements in registers: in each stage, blocks of half the size
// change places across the diagonal.
template <typename T>
ALWAYS_INLINE void transpose_block(typename Simd<T>::Vector (&rows)[Simd<T>::LANES]) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int LANES = Simd<T>::LANES;
#if defined(__clang__)
    Vector columns[LANES];
    for (int i = 0; i < LANES; ++i)
        for (int j = 0; j < LANES; ++j) columns[j][i] = rows[i][j];
    for (int i = 0; i < LANES; ++i) rows[i] = columns[i];
#else
    typename Lanes<T>::Vector upper, lower;
#pragma GCC unroll 4
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int j = 0; j < LANES; ++j) {
            upper[j] = j & half ? LANES + j - half : j;
            lower[j] = j & half ? LANES + j : j + half;
        }
#pragma GCC unroll 16
        for (int i = 0; i < LANES; ++i) {
            if (i & half) continue;
            const Vector first = rows[i], second = rows[i + half];
            rows[i] = __builtin_shuffle(first, second, upper);
            rows[i + half] = __builtin_shuffle(first, second, lower);
        }
    }
#endif
}

// Turns rows of maps, one for each pixel and `width` apart, into planes: write(map, pixel, vector, count)
// gets `count` neighbouring pixels of one of the first `maps` maps. The rows are aligned and whole
// vectors long, and there are at least LANES of them in memory. Vectors may overlap.
template <typename T, typename Write>
ALWAYS_INLINE void maps_to_planes(const T* rows, Index pixels, Index maps, Index width, Write write) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int LANES = Simd<T>::LANES;
    const int count = int(std::min<Index>(pixels, LANES));
    for (Index map = 0; map < maps; map += LANES)
        for (Index pixel = 0; pixel < pixels; pixel += LANES) {
            const Index first = std::max<Index>(0, std::min(pixel, pixels - LANES));
            Vector block[LANES];
#pragma GCC unroll 16
            for (int i = 0; i < LANES; ++i)
                block[i] = *reinterpret_cast<const Vector*>(rows + (first + i) * width + map);
            transpose_block<T>(block);
#pragma GCC unroll 16
            for (int i = 0; i < LANES; ++i)
                if (map + i < maps) write(map + i, first, block[i], count);
        }
}

// Turns planes of pixels, `step` elements apart, into rows of channels: write(pixel, channel, vector) gets LANES
// neighbouring channels of one pixel, zeros for those beyond the last. Vectors may overlap.
template <typename T, typename Write>
ALWAYS_INLINE void planes_to_channels(const T* planes, Index channels, Index pixels, Index step, Write write) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int LANES = Simd<T>::LANES;
    const int count = int(std::min<Index>(pixels, LANES));
    for (Index channel = 0; channel < channels; channel += LANES)
        for (Index pixel = 0; pixel < pixels; pixel += LANES) {
            const Index first = std::max<Index>(0, std::min(pixel, pixels - LANES));
            Vector block[LANES];
#pragma GCC unroll 16
            for (int i = 0; i < LANES; ++i) {
                block[i] = Vector{};
                const T* const plane = planes + (channel + i) * step + first;
                if (channel + i >= channels) continue;
                if (count == LANES)
                    block[i] = load(plane);
                else
                    std::memcpy(&block[i], plane, count * sizeof(T));
            }
            transpose_block<T>(block);
#pragma GCC unroll 16
            for (int i = 0; i < LANES; ++i)
                if (i < count) write(first + i, channel, block[i]);
        }
}

// The same for planes one after the other.
template <typename T, typename Write>
ALWAYS_INLINE void planes_to_channels(const T* planes, Index channels, Index pixels, Write write) {
    planes_to_channels<T>(planes, channels, pixels, pixels, write);
}

}  // namespace lenet
#endif
