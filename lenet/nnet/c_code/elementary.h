// Exponentials, logarithms and sigmoids without branches, calls or tables: a loop over them becomes a
// loop of vectors.
//
// All follow Cody and Waite (Software Manual for the Elementary Functions, 1980) in splitting the
// argument, and take polynomials through the Chebyshev nodes of what remains. Infinities, NaN, zeros of
// either sign and subnormal numbers come out as in the C library; the other values are at most two units
// in the last place from the exact ones.
#ifndef LENET_ELEMENTARY_H
#define LENET_ELEMENTARY_H

#include <cstring>
#include <limits>

#include "common.h"

namespace lenet {

// What the functions must know of a floating-point type.
template <typename T>
struct Binary;

template <>
struct Binary<float> {
    typedef std::uint32_t Bits;
    static constexpr int FRACTION = 23;  // bits
    static constexpr std::uint32_t BIAS = 127;
    // The bits of this number plus an integer n end with those of n.
    static constexpr float ROUND = 12582912.0f;
    static constexpr std::uint32_t SQRT_HALF = 0x3f3504f3;
    // ln 2 in two parts, whose first times any exponent is exact.
    static constexpr float LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;
    // Beyond these, exp is zero or infinite, and tanh is one.
    static constexpr float EXP_MIN = -104.0f, EXP_MAX = 89.0f, TANH_ONE = 10.0f;
    // (exp(r) - 1 - r) / r^2 for |r| < ln(2) / 2, and (2 atanh(s) - 2 s) / s^3 by powers of s^2.
    static constexpr float EXP[] = {0.500000001f,   0.166666667f,   0.0416664642f,
                                    0.00833331084f, 0.00139337307f, 0.000198910805f};
    static constexpr float ATANH[] = {0.666666851f, 0.399887577f, 0.295809859f};
};

template <>
struct Binary<double> {
    typedef std::uint64_t Bits;
    static constexpr int FRACTION = 52;
    static constexpr std::uint64_t BIAS = 1023;
    static constexpr double ROUND = 6755399441055744.0;
    static constexpr std::uint64_t SQRT_HALF = 0x3fe6a09e667f3bcd;
    static constexpr double LN2_HIGH = 6.93147180369123816490e-01;
    static constexpr double LN2_LOW = 1.90821492927058770002e-10;
    static constexpr double EXP_MIN = -746.0, EXP_MAX = 710.0, TANH_ONE = 20.0;
    static constexpr double EXP[] = {0.5000000000000001,     0.16666666666666669,    0.041666666666623824,
                                     0.008333333333330039,   0.0013888888917367081,  0.00019841269863171557,
                                     2.4801521057868204e-05, 2.7557268276905696e-06, 2.7620201591031547e-07,
                                     2.5100472505694996e-08};
    static constexpr double ATANH[] = {0.666666666666667,   0.3999999999989889, 0.28571428626253836,
                                       0.22222211089379496, 0.1818289243253687, 0.15331611722055008,
                                       0.14617807153417325};
};

template <typename T>
ALWAYS_INLINE typename Binary<T>::Bits bits_of(T value) {
    typename Binary<T>::Bits bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}
template <typename T>
ALWAYS_INLINE T from_bits(typename Binary<T>::Bits bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// a * b + c, with one rounding where the machine can: then it does so in every loop, so that a result
// does not depend on whether the compiler makes it part of a vector.
ALWAYS_INLINE float multiply_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__FP_FAST_FMAF) || defined(__ARM_FEATURE_FMA)
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}
ALWAYS_INLINE double multiply_add(double a, double b, double c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA) || defined(__ARM_FEATURE_FMA)
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}

template <typename T, int TERMS>
ALWAYS_INLINE T polynomial(const T (&coefficients)[TERMS], T x) {
    T sum = coefficients[TERMS - 1];
#pragma GCC unroll 16
    for (int i = TERMS - 2; i >= 0; --i) sum = multiply_add(sum, x, coefficients[i]);
    return sum;
}

// The absolute value of one number with the sign of another.
template <typename T>
ALWAYS_INLINE T with_sign(T value, T sign) {
    constexpr auto SIGN = typename Binary<T>::Bits(1) << (8 * sizeof(T) - 1);
    return from_bits<T>((bits_of(value) & ~SIGN) | (bits_of(sign) & SIGN));
}
template <typename T>
ALWAYS_INLINE T absolute(T x) {
    return with_sign(x, T(0));
}

// 2^n, for a normal result, from n + ROUND.
template <typename T>
ALWAYS_INLINE T power_of_two(T rounded) {
    typedef Binary<T> B;
    return from_bits<T>((bits_of(rounded) + B::BIAS) << B::FRACTION);
}

// x = n ln 2 + r, for |r| <= ln(2) / 2.
template <typename T>
struct Reduced {
    T n, rounded;  // n, and n + ROUND
    T expm1;       // exp(r) - 1
};

template <typename T>
ALWAYS_INLINE Reduced<T> reduced(T x) {
    typedef Binary<T> B;
    constexpr T LOG2_E = T(1.4426950408889634074);
    const T rounded = multiply_add(x, LOG2_E, B::ROUND);
    const T n = rounded - B::ROUND;
    const T high = multiply_add(n, -B::LN2_HIGH, x);
    const T r = multiply_add(n, -B::LN2_LOW, high);
    const T lost = multiply_add(n, -B::LN2_LOW, high - r);
    return {n, rounded, r + multiply_add(r * r, polynomial(B::EXP, r), lost)};
}

template <typename T>
ALWAYS_INLINE T exp(T x) {
    typedef Binary<T> B;
    x = x < B::EXP_MIN ? B::EXP_MIN : x;
    x = x > B::EXP_MAX ? B::EXP_MAX : x;
    const Reduced<T> parts = reduced(x);
    // In two steps, because 2^n may be neither normal nor finite.
    const T half = multiply_add(parts.n, T(0.5), B::ROUND);
    const T rest = parts.n - (half - B::ROUND) + B::ROUND;
    return (1 + parts.expm1) * power_of_two(half) * power_of_two(rest);
}

template <typename T>
ALWAYS_INLINE T expm1(T x) {
    typedef Binary<T> B;
    T y = x < -4 * B::TANH_ONE ? -4 * B::TANH_ONE : x;
    y = y > B::EXP_MAX ? B::EXP_MAX : y;
    const Reduced<T> parts = reduced(y);
    const T half_power = power_of_two(parts.rounded - 1);
    const T result = 2 * multiply_add(parts.expm1, half_power, half_power - T(0.5));
    return x == 0 ? x : result;
}

// numerator / (large + small), where the rounding of the sum is made good.
template <typename T>
ALWAYS_INLINE T ratio(T numerator, T a, T b) {
    const T sum = a + b, lost = b - (sum - a);
    const T quotient = numerator / sum;
    return multiply_add(-lost, quotient / sum, quotient);
}

template <typename T>
ALWAYS_INLINE T tanh(T x) {
    typedef Binary<T> B;
    T y = absolute(x);
    y = y > B::TANH_ONE ? B::TANH_ONE : y;
    const Reduced<T> parts = reduced(2 * y);
    const T power = power_of_two(parts.rounded);
    const T e = multiply_add(parts.expm1, power, power - 1);
    return with_sign(ratio(e, T(2), e), x);
}

template <typename T>
ALWAYS_INLINE T sigmoid(T x) {
    const T e = exp(-absolute(x));
    return ratio(x < 0 ? e : T(1), T(1), e);
}

// log(x + lost), where x is positive and normal and what was lost is below its last place.
template <typename T>
ALWAYS_INLINE T log_of_normal(T x, T lost, T subtracted_exponent) {
    typedef Binary<T> B;
    typedef typename B::Bits Bits;
    constexpr Bits ONE = B::BIAS << B::FRACTION, FRACTION_BITS = (Bits(1) << B::FRACTION) - 1;
    // x = 2^n m for sqrt(1/2) <= m < sqrt(2); the exponent field is n + BIAS.
    const Bits shifted = bits_of(x) + (ONE - B::SQRT_HALF);
    const Bits exponent = shifted >> B::FRACTION;
    const T m = from_bits<T>((shifted & FRACTION_BITS) + B::SQRT_HALF);
    // An integer below 2^FRACTION becomes a number as the fraction of 2^FRACTION.
    constexpr T POWER = T(Bits(1) << B::FRACTION);
    const T n = from_bits<T>(exponent | bits_of(POWER)) - (POWER + T(B::BIAS)) - subtracted_exponent;
    const T scaled = lost * from_bits<T>((2 * B::BIAS - exponent) << B::FRACTION);
    const T f = m - 1 + (lost == 0 ? T(0) : scaled);
    const T s = f / (2 + f), z = s * s, half = T(0.5) * f * f;
    const T tail = multiply_add(s, multiply_add(z, polynomial(B::ATANH, z), half), n * B::LN2_LOW);
    return multiply_add(n, B::LN2_HIGH, f - (half - tail));
}

template <typename T>
ALWAYS_INLINE T log(T x) {
    typedef Binary<T> B;
    constexpr T INFINITE = std::numeric_limits<T>::infinity();
    constexpr T SCALE = T(typename B::Bits(1) << (B::FRACTION + 1));
    const bool subnormal = x < std::numeric_limits<T>::min();
    const T y = log_of_normal(subnormal ? x * SCALE : x, T(0), subnormal ? T(B::FRACTION + 1) : T(0));
    const T below = x == 0 ? -INFINITE : std::numeric_limits<T>::quiet_NaN();
    return x > 0 ? (x < INFINITE ? y : x) : below;
}

template <typename T>
ALWAYS_INLINE T log1p(T x) {
    constexpr T INFINITE = std::numeric_limits<T>::infinity();
    // Beyond, one more makes no difference.
    constexpr T LARGE = T(typename Binary<T>::Bits(1) << (Binary<T>::FRACTION + 2));
    const T u = x < LARGE ? 1 + x : x;
    const T grown = u - 1;
    const T lost = x < LARGE ? (1 - (u - grown)) + (x - grown) : T(0);
    const T y = log_of_normal(u, lost, T(0));
    const T below = x == -1 ? -INFINITE : std::numeric_limits<T>::quiet_NaN();
    return x == 0 ? x : x > -1 ? (x < INFINITE ? y : x) : below;
}

template <typename T>
ALWAYS_INLINE T softplus(T x) {
    return (x > 0 ? x : T(0)) + log1p(exp(-absolute(x)));
}

}  // namespace lenet
#endif
