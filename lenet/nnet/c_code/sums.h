// Sums of many elements.
#ifndef LENET_SUMS_H
#define LENET_SUMS_H

#include <algorithm>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

// The sum of what `term` makes of neighbouring elements, or of vectors of them. Runs of a thousand are summed in
// vectors of T, and these sums as doubles: as exact as the sum of doubles, for what a T can hold, and several times
// as fast.
template <typename T, typename Term>
ALWAYS_INLINE double sum_of_terms(const T* data, npy_intp size, Term term) {
    typedef typename Simd<T>::Vector Vector;
    constexpr npy_intp LANES = Simd<T>::LANES, SUMS = 4, RUN = 1024;
    double total = 0;
    for (npy_intp begin = 0; begin < size; begin += RUN) {
        const npy_intp end = std::min(begin + RUN, size);
        Vector partial[SUMS] = {};
        npy_intp i = begin;
        for (; i + LANES * SUMS <= end; i += LANES * SUMS)
#pragma GCC unroll 4
            for (npy_intp s = 0; s < SUMS; ++s) partial[s] += term(load(data + i + s * LANES));
        for (; i + LANES <= end; i += LANES) partial[0] += term(load(data + i));
        for (npy_intp s = 1; s < SUMS; ++s) partial[0] += partial[s];
        for (npy_intp lane = 0; lane < LANES; ++lane) total += partial[0][lane];
        for (; i < end; ++i) total += term(double(data[i]));
    }
    return total;
}

// The sum of the squares of an array's elements.
template <typename T>
int sum_of_squares(PyArrayObject* array, PyArrayObject** sum_array) {
    T* const sum = prepare_output<T>(sum_array, {});
    const Contiguous elements(array);
    if (!sum || !elements) return -1;
    *sum = T(sum_of_terms(elements.data<T>(), PyArray_SIZE(array), [](auto x) { return x * x; }));
    return 0;
}

// The sum of each channel over samples and positions; channels are the second axis.
template <typename T>
int channel_sums(PyArrayObject* array, PyArrayObject** sum_array) {
    const npy_intp batch = PyArray_DIM(array, 0), channels = PyArray_DIM(array, 1), planes = batch * channels;
    T* const sums = prepare_output<T>(sum_array, {channels});
    const Contiguous elements(array);
    const Scratch<double> of_planes(planes, 1), totals(channels, 1);
    if (!sums || !elements || !of_planes || !totals) return -1;
    const npy_intp positions = planes ? PyArray_SIZE(array) / planes : 0;

    const ParallelWork work(PyArray_SIZE(array));
#pragma omp parallel for
    for (npy_intp plane = 0; plane < planes; ++plane)
        of_planes.data()[plane] =
            sum_of_terms(elements.data<T>() + plane * positions, positions, [](auto x) { return x; });
    // In the order of the samples, whatever the number of threads.
    std::fill_n(totals.data(), channels, 0.0);
    for (npy_intp plane = 0; plane < planes; ++plane) totals.data()[plane % channels] += of_planes.data()[plane];
    std::copy_n(totals.data(), channels, sums);
    return 0;
}

}  // namespace lenet
#endif
