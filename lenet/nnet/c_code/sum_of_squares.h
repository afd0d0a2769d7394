// The sum of the squares of an array's elements.
#ifndef LENET_SUM_OF_SQUARES_H
#define LENET_SUM_OF_SQUARES_H

namespace lenet {

// Runs of a thousand elements are summed in vectors of T, and these sums as doubles: as exact as the
// sum of doubles, for what a T can hold, and several times as fast.
template <typename T>
int sum_of_squares(PyArrayObject* array, PyArrayObject** sum_array) {
    constexpr npy_intp LANES = Simd<T>::LANES, SUMS = 4, RUN = 1024 / (LANES * SUMS);
    T* const sum = prepare_output<T>(sum_array, {});
    const Contiguous elements(array);
    if (!sum || !elements) return -1;
    const T* const data = elements.data<T>();
    const npy_intp size = PyArray_SIZE(array);
    double total = 0;
    npy_intp i = 0;
    while (i + LANES * SUMS <= size) {
        typename Simd<T>::Vector partial[SUMS] = {};
        for (npy_intp step = 0; step < RUN && i + LANES * SUMS <= size; ++step, i += LANES * SUMS)
#pragma GCC unroll 4
            for (npy_intp s = 0; s < SUMS; ++s) {
                const auto vector = load(data + i + s * LANES);
                partial[s] += vector * vector;
            }
        for (npy_intp s = 1; s < SUMS; ++s) partial[0] += partial[s];
        for (npy_intp lane = 0; lane < LANES; ++lane) total += partial[0][lane];
    }
    for (; i < size; ++i) total += double(data[i]) * data[i];
    *sum = T(total);
    return 0;
}

}  // namespace lenet
#endif
