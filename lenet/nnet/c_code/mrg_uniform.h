// Uniform numbers of L'Ecuyer's and Touzin's generator MRG31k3p, of many streams in turn.
//
// From "Fast Combined Multiple Recursive Generators with Multipliers of the Form a = +-2^q +- 2^r", WSC 2000.
#ifndef LENET_MRG_UNIFORM_H
#define LENET_MRG_UNIFORM_H

#include <algorithm>
#include <type_traits>
#include <vector>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

typedef std::uint32_t Residue;
constexpr Residue MODULUS_1 = 2147483647, MODULUS_2 = 2147462579;  // 2^31 - 1 and 2^31 - 21069

// The remainder of what is less than two moduli; a difference below zero wraps around, and is the larger number.
ALWAYS_INLINE Residue reduced(Residue sum, Residue modulus) { return std::min(sum, sum - modulus); }

// A number without its last bits, of the sign that it has as int32: states of a negative seed are negative.
template <int BITS>
ALWAYS_INLINE Residue high(Residue x) {
    return Residue(std::int32_t(x) >> BITS);
}

// Products with powers of two: what exceeds 31 bits is worth 1 of the first modulus, and 21069 of the second.
template <int POWER>
ALWAYS_INLINE Residue shifted_1(Residue x) {
    return ((x << POWER) & MODULUS_1) + high<31 - POWER>(x);
}
ALWAYS_INLINE Residue shifted_2(Residue x) { return reduced(((x & 0xFFFF) << 15) + 21069 * high<16>(x), MODULUS_2); }

// States of some streams side by side, and a step of each.
struct MrgStreams {
    static constexpr Index MOST = 256;
    Residue x1[MOST], x2[MOST], x3[MOST], y1[MOST], y2[MOST], y3[MOST];

    // Calls store(i, number from 1 to 2^31 - 1) for the first `count` streams.
    template <typename Store>
    ALWAYS_INLINE void step(Index count, Store store) {
#pragma omp simd
        for (Index i = 0; i < count; ++i) {
            const Residue sum = reduced(shifted_1<22>(x2[i]) + shifted_1<7>(x3[i]), MODULUS_1);
            const Residue x = reduced(sum + x3[i], MODULUS_1);
            const Residue y = reduced(shifted_2(y1[i]) + reduced(shifted_2(y3[i]) + y3[i], MODULUS_2), MODULUS_2);
            x3[i] = x2[i], x2[i] = x1[i], x1[i] = x;
            y3[i] = y2[i], y2[i] = y1[i], y1[i] = y;
            store(i, x - y + (x <= y ? MODULUS_1 : 0));
        }
    }
};

// The number of elements of an array of this shape; -1, with a failure noted, if there are too many.
static inline Index mrg_count(const std::vector<Index>& shape) {
    Index count = 1;
    bool fits = true;
    for (const Index length : shape) {
        fits = fits && length >= 0 && length <= Index(MODULUS_1);
        count *= fits ? length : 0;
        fits = fits && count <= Index(MODULUS_1);
    }
    if (fits) return count;
    fail(WRONG_VALUE, "mrg_uniform: a negative length, or more than %u numbers", MODULUS_1);
    return -1;
}

// Number i is of stream i modulo the number of streams. The next states may lie where the states are.
template <typename State, typename T>
int mrg_uniform(const Array* states_array, const std::vector<Index>& shape, Output* next_array, Output* out) {
    static_assert(std::is_same<State, std::int32_t>::value, "states are of int32");
    const Index streams = states_array->shape[0], count = mrg_count(shape);
    if (count < 0) return -1;
    if (states_array->shape[1] != 6 || (count && !streams)) {
        fail(WRONG_VALUE, "mrg_uniform: states of shape (%zd, %zd), expected (1 or more, 6)", streams,
             states_array->shape[1]);
        return -1;
    }
    State* const next = prepare_output<State>(next_array, {streams, 6});
    T* const numbers = prepare_output<T>(out, shape);
    const Contiguous states(states_array);
    if (!next || !numbers || !states) return -1;
    // The largest number below 2^-31 of type float, so that all are below 1; 2^-31 itself as a double.
    constexpr T unit = std::is_same<T, float>::value ? T(0x1.fffffep-32) : T(0x1p-31);

    const ParallelWork work(count);
#pragma omp parallel for
    for (Index first = 0; first < streams; first += MrgStreams::MOST) {
        const Index width = std::min(MrgStreams::MOST, streams - first);
        MrgStreams block;
        Residue* const parts[] = {block.x1, block.x2, block.x3, block.y1, block.y2, block.y3};
        const State* const from = states.data<State>() + 6 * first;
        for (Index i = 0; i < 6 * width; ++i) parts[i % 6][i / 6] = Residue(from[i]);
        for (Index place = first; place < count; place += streams)
            block.step(std::min(width, count - place), [to = numbers + place, unit](Index i, Residue number) {
                to[i] = T(std::int32_t(number)) * unit;
            });
        State* const to = next + 6 * first;
        for (Index i = 0; i < 6 * width; ++i) to[i] = State(parts[i % 6][i / 6]);
    }
    return 0;
}

}  // namespace lenet
#endif
