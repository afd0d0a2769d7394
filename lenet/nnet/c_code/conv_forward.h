// The fused convolution: which kernel calculates it.
#ifndef LENET_CONV_FORWARD_H
#define LENET_CONV_FORWARD_H

#include <vector>

#include "common.h"
#include "conv_flat.h"
#include "conv_pool.h"
#include "conv_rows.h"

namespace lenet {

// The kernel that takes the least time: one whose vectors are columns, or that of vectors of maps, whose results
// have to be transposed.
template <typename T, typename S>
constexpr auto choose_convolution() {
    constexpr int LANES = Simd<T>::LANES;
    const auto beats_tiles = [](RowTile tile) { return 10 * tile.cycles <= 11 * choose_tile<T, S>().cycles; };
    if constexpr (is_flat<S>() && S::PLANE >= LANES) {
        if (beats_tiles(choose_flat_tile<T, S>())) return convolve_flat<T, S>;
    } else if constexpr (S::WINDOW == 1 && S::OUTPUT_COLUMNS >= LANES) {
        if (beats_tiles(choose_row_tile<T, S>())) return convolve_in_rows<T, S>;
    }
    return convolve_in_tiles<T, S>;
}

// The gradient of the images of a flat convolution is a flat convolution, too: by the transposed filters. Nothing
// is fused with it.
template <typename S>
struct TransposedFlat : S {
    static constexpr int CHANNELS = S::MAPS, MAPS = S::CHANNELS;
    static constexpr int HALF_SLOPES_AT_ZERO = -1;
    static constexpr bool BIAS_FIRST = false, KEEPS_WINNERS = false;
};

template <typename T, typename S>
int convolve_transposed(Index batch, const T* gradients, const T* filters, T* images) {
    typedef ConvPoolShape<TransposedFlat<S>> Transposed;
    const std::vector<T> biases(S::ALL_CHANNELS);
    const Scratch<T> transposed(S::ALL_MAPS * S::CHANNELS, 1);
    if (!transposed) return -1;
    for (int o = 0; o < S::ALL_MAPS; ++o)
        for (int c = 0; c < S::CHANNELS; ++c)
            transposed.data()[(o / S::MAPS * S::CHANNELS + c) * S::MAPS + o % S::MAPS] = *filters++;
    constexpr auto convolve = choose_convolution<T, Transposed>();
    return convolve(batch, gradients, transposed.data(), biases.data(), images, nullptr);
}

// Outputs are the rectified maxima and their winners. Null stands for a bias, or winners, that there
// are not.
template <typename T, typename S>
int conv_pool(const Array* image_array, const Array* filter_array, const Array* bias_array, Output* output_array,
              Output* winner_array) {
    typedef typename S::Winners Winners;
    const Index batch = image_array->shape[0];
    if (!has_shape(image_array, {batch, S::ALL_CHANNELS, S::ROWS, S::COLUMNS}, "images") ||
        !has_shape(filter_array, {S::ALL_MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS}, "filters") ||
        (bias_array && !has_shape(bias_array, {S::ALL_MAPS}, "biases")))
        return -1;
    const std::vector<Index> shape{batch, S::ALL_MAPS, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS};
    T* const output = prepare_output<T>(output_array, shape);
    Winners* const winners = S::KEEPS_WINNERS ? prepare_output<Winners>(winner_array, shape) : nullptr;
    const Contiguous images(image_array), filters(filter_array);
    std::vector<T> biases(S::ALL_MAPS);
    if (!output || (S::KEEPS_WINNERS && !winners) || !images || !filters) return -1;
    for (int o = 0; bias_array && o < S::ALL_MAPS; ++o) biases[o] = bias_array->at<T>(o);

    constexpr auto convolve = choose_convolution<T, S>();
    return convolve(batch, images.data<T>(), filters.data<T>(), biases.data(), output, winners);
}

}  // namespace lenet
#endif
