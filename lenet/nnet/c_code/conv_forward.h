// The fused convolution: which kernel calculates it.
#ifndef LENET_CONV_FORWARD_H
#define LENET_CONV_FORWARD_H

namespace lenet {

// Whether vectors of columns take less time than vectors of maps, whose results have to be transposed.
template <typename T, typename S>
constexpr bool prefers_rows() {
    typedef RowPlan<T, S> Plan;
    if constexpr (S::WINDOW != 1 || Plan::COLUMNS < Simd<T>::LANES)
        return false;
    else
        return 10 * choose_row_tile<T, S>().cycles <= 11 * choose_tile<T, S>().cycles;
}

// Outputs are the rectified maxima and their winners. Null stands for a bias, or winners, that there
// are not.
template <typename T, typename S>
int conv_pool(PyArrayObject* image_array, PyArrayObject* filter_array, PyArrayObject* bias_array,
              PyArrayObject** output_array, PyArrayObject** winner_array) {
    typedef typename S::Winners Winners;
    const npy_intp batch = PyArray_DIM(image_array, 0);
    if (!has_shape(image_array, {batch, S::ALL_CHANNELS, S::ROWS, S::COLUMNS}, "images") ||
        !has_shape(filter_array, {S::ALL_MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS}, "filters") ||
        (bias_array && !has_shape(bias_array, {S::ALL_MAPS}, "biases")))
        return -1;
    const std::vector<npy_intp> shape{batch, S::ALL_MAPS, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS};
    T* const output = prepare_output<T>(output_array, shape);
    Winners* const winners = S::KEEPS_WINNERS ? prepare_output<Winners>(winner_array, shape) : nullptr;
    const Contiguous images(image_array), filters(filter_array);
    std::vector<T> biases(S::ALL_MAPS);
    if (!output || (S::KEEPS_WINNERS && !winners) || !images || !filters) return -1;
    for (int o = 0; bias_array && o < S::ALL_MAPS; ++o) biases[o] = *static_cast<T*>(PyArray_GETPTR1(bias_array, o));

    constexpr auto convolve = prefers_rows<T, S>() ? convolve_in_rows<T, S> : convolve_in_tiles<T, S>;
    return convolve(batch, images.data<T>(), filters.data<T>(), biases.data(), output, winners);
}

}  // namespace lenet
#endif
