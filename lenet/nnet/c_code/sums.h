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
ALWAYS_INLINE double sum_of_terms(const T* data, Index size, Term term) {
    typedef typename Simd<T>::Vector Vector;
    constexpr Index LANES = Simd<T>::LANES, SUMS = 4, RUN = 1024;
    double total = 0;
    for (Index begin = 0; begin < size; begin += RUN) {
        const Index end = std::min(begin + RUN, size);
        Vector partial[SUMS] = {};
        Index i = begin;
        for (; i + LANES * SUMS <= end; i += LANES * SUMS)
#pragma GCC unroll 4
            for (Index s = 0; s < SUMS; ++s) partial[s] += term(load(data + i + s * LANES));
        for (; i + LANES <= end; i += LANES) partial[0] += term(load(data + i));
        for (Index s = 1; s < SUMS; ++s) partial[0] += partial[s];
        for (Index lane = 0; lane < LANES; ++lane) total += partial[0][lane];
        for (; i < end; ++i) total += term(double(data[i]));
    }
    return total;
}

// The sum of the squares of an array's elements.
template <typename T>
int sum_of_squares(const Array* array, Output* sum_array) {
    T* const sum = prepare_output<T>(sum_array, {});
    const Contiguous elements(array);
    if (!sum || !elements) return -1;
    *sum = T(sum_of_terms(elements.data<T>(), array->size(), [](auto x) { return x * x; }));
    return 0;
}

// The sum of each channel over samples and positions; channels are the second axis.
template <typename T>
int channel_sums(const Array* array, Output* sum_array) {
    const Index batch = array->shape[0], channels = array->shape[1], planes = batch * channels;
    T* const sums = prepare_output<T>(sum_array, {channels});
    const Contiguous elements(array);
    const Scratch<double> of_planes(planes, 1), totals(channels, 1);
    if (!sums || !elements || !of_planes || !totals) return -1;
    const Index positions = planes ? array->size() / planes : 0;

    const ParallelWork work(array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < planes; ++plane)
        of_planes.data()[plane] =
            sum_of_terms(elements.data<T>() + plane * positions, positions, [](auto x) { return x; });
    // In the order of the samples, whatever the number of threads.
    std::fill_n(totals.data(), channels, 0.0);
    for (Index plane = 0; plane < planes; ++plane) totals.data()[plane % channels] += of_planes.data()[plane];
    std::copy_n(totals.data(), channels, sums);
    return 0;
}

}  // namespace lenet
#endif
