// The gradient of a plain convolution's filters, for sizes that the compiler knows.
#ifndef LENET_STATIC_CONV_GRAD_WEIGHTS_H
#define LENET_STATIC_CONV_GRAD_WEIGHTS_H

#include <algorithm>

#include "common.h"
#include "conv_direct.h"
#include "conv_pool.h"
#include "conv_stencil.h"
#include "filter_sums.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// Returns a vector whose lanes' sum is that of a plane.
template <typename T>
ALWAYS_INLINE typename Simd<T>::Vector sum_of_plane(const T* plane, int size) {
    // One sum would wait for itself.
    constexpr int LANES = Simd<T>::LANES, SUMS = 4;
    typename Simd<T>::Vector sum[SUMS] = {};
    int i = 0;
    for (; i + SUMS * LANES <= size; i += SUMS * LANES)
#pragma GCC unroll 4
        for (int k = 0; k < SUMS; ++k) sum[k] += load(plane + i + k * LANES);
    for (; i + LANES <= size; i += LANES) sum[0] += load(plane + i);
    for (; i < size; ++i) sum[1][0] += plane[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// Samples of a batch that are treated together, and where.
template <typename T, typename S>
struct GradientOfFilters {
    typedef FilterSums<T, S> Sums;
    typedef Walk<T, S> W;
    typedef typename Simd<T>::Vector Vector;
    // Long sums, as long as what they are made from stays in the second nearest cache.
    static constexpr std::int64_t BYTES =
        (std::int64_t(W::COPIED ? W::COPY : W::IMAGE) + Sums::MAP_BLOCKS * Sums::GRADIENT) * sizeof(T);
    static constexpr int LONG = 128 / W::POSITIONS;  // samples
    static constexpr int SAMPLES = int(std::max<std::int64_t>(1, std::min<std::int64_t>(LONG, 256 * 1024 / BYTES)));
    static constexpr int POSITIONS = S::CONVOLVED_ROWS * S::CONVOLVED_COLUMNS, STRIDE = S::ALL_CHANNELS * S::PLANE;
    static constexpr Index IMAGE = Index(S::CHANNELS) * S::PLANE, GRADIENT = Index(S::MAPS) * POSITIONS;
    static constexpr Index ALL_SUMS = Index(S::GROUPS) * Sums::SIZE, BIAS_SUMS = S::ALL_MAPS * Sums::LANES;
    static constexpr int COPIES = W::COPIED ? SAMPLES * W::COPY : 0;
    static constexpr int GRADIENTS = SAMPLES * Sums::MAP_BLOCKS * Sums::GRADIENT;

    // Writes the gradients of one group with maps last. Rows end with zeros where a pair is not complete.
    static void transpose(const T* maps, T* result) {
        planes_to_channels<T>(maps, S::MAPS, POSITIONS, [&](Index position, Index map, auto vector) {
            const Index row = position / S::CONVOLVED_COLUMNS, column = position % S::CONVOLVED_COLUMNS;
            const Index place = (row * W::COLUMNS + column) * Sums::WIDTH + map % Sums::WIDTH;
            *reinterpret_cast<Vector*>(result + map / Sums::WIDTH * SAMPLES * Sums::GRADIENT + place) = vector;
        });
    }

    // Adds what some samples give to their chunk's sums; null stands for a bias that there is not.
    static void add(const T* images, const T* gradients, Index samples, T* copies, T* transposed, T* sums,
                    T* bias_sums) {
        for (Index first = 0; first < samples; first += SAMPLES)
            for (int group = 0; group < S::GROUPS; ++group) {
                const int here = int(std::min<Index>(SAMPLES, samples - first));
                const T* const image = images + first * STRIDE + group * IMAGE;
                const T* const gradient = gradients + (first * S::GROUPS + group) * GRADIENT;
                for (int s = 0; s < here; ++s) {
                    const T* const maps = gradient + s * S::GROUPS * GRADIENT;
                    for (int o = 0; bias_sums && o < S::MAPS; ++o)
                        reinterpret_cast<Vector*>(bias_sums)[group * S::MAPS + o] +=
                            sum_of_plane(maps + o * POSITIONS, POSITIONS);
                    transpose(maps, transposed + s * Sums::GRADIENT);
                    if (W::COPIED) W::copy(image + s * STRIDE, copies + s * W::COPY);
                }
                Sums::add(W::COPIED ? copies : image, W::COPIED ? W::COPY : STRIDE, transposed,
                          SAMPLES * Sums::GRADIENT, here, sums + group * Sums::SIZE,
                          {image + here * IMAGE, image + 2 * here * IMAGE},
                          {gradient + here * GRADIENT, gradient + 2 * here * GRADIENT});
            }
    }

    // Writes the gradients of one row of the filters of a group: the row of one channel, for all maps.
    static void write(const T* sums, int group, int row, T* filters) {
        for (int block = 0; block < Sums::MAP_BLOCKS; ++block) {
            Vector taps[S::KERNEL_COLUMNS][Sums::VECTORS];
            Sums::filter_row(sums + group * Sums::SIZE + block * Sums::ROWS * Sums::WIDTH, row, taps);
            for (int i = 0; i < Sums::WIDTH && block * Sums::WIDTH + i < S::MAPS; ++i) {
                const Index filter = group * S::MAPS + block * Sums::WIDTH + i;
                for (int t = 0; t < S::KERNEL_COLUMNS; ++t)
                    filters[(filter * S::CHANNELS + row / S::KERNEL_ROWS) * S::TAPS +
                            S::filter_tap(row % S::KERNEL_ROWS * S::KERNEL_COLUMNS + t)] =
                        taps[t][i / Sums::LANES][i % Sums::LANES];
            }
        }
    }
};

// The gradient of the filters of all groups, and of the biases unless that is null. Returns -1 if there is
// no memory.
template <typename T, typename S>
int sum_over_positions(Index batch, const T* images, const T* gradients, T* filters, T* biases) {
    typedef GradientOfFilters<T, S> G;
    typedef typename G::Vector Vector;
    constexpr int LANES = Simd<T>::LANES;
    // Each chunk of the batch has its own sums, which are added at the end. How many there are depends on the
    // batch alone, never on the threads, and is bounded by the work of adding them and the memory they take.
    constexpr Index MOST = std::max<Index>(4, (Index(32) << 20) / Index(G::ALL_SUMS * sizeof(T)));
    const Index chunks = chunks_of(batch, std::max(4, G::LONG), G::POSITIONS, MOST);
    const Scratch<T> sums(G::ALL_SUMS, int(chunks)), bias_sums(G::BIAS_SUMS, int(chunks));
    const Scratch<T> copies(G::COPIES), transposed(G::GRADIENTS);
    if (!sums || !bias_sums || !copies || !transposed) return -1;

    const ParallelWork work(2 * batch);
#pragma omp parallel
    {
        const int thread = omp_get_thread_num();
        T *const copy = copies.of_thread(thread), *const gradient = transposed.of_thread(thread);
        std::fill_n(copy, G::COPIES, T(0));
        if (G::W::COLUMNS != S::CONVOLVED_COLUMNS) std::fill_n(gradient, G::GRADIENTS, T(0));
#pragma omp for schedule(dynamic)
        for (Index chunk = 0; chunk < chunks; ++chunk) {
            const Index first = batch * chunk / chunks, end = batch * (chunk + 1) / chunks;
            T *const sum = sums.of_thread(int(chunk)), *const bias_sum = bias_sums.of_thread(int(chunk));
            std::fill_n(sum, G::ALL_SUMS, T(0));
            std::fill_n(bias_sum, G::BIAS_SUMS, T(0));
            G::add(images + first * G::STRIDE, gradients + first * S::ALL_MAPS * G::POSITIONS, end - first, copy,
                   gradient, sum, biases ? bias_sum : nullptr);
        }
#pragma omp for
        for (Index i = 0; i < G::ALL_SUMS; i += LANES)
            for (Index chunk = 1; chunk < chunks; ++chunk)
                *reinterpret_cast<Vector*>(sums.data() + i) +=
                    *reinterpret_cast<const Vector*>(sums.of_thread(int(chunk)) + i);
#pragma omp for
        for (int row = 0; row < S::GROUPS * G::Sums::FILTER_ROWS; ++row)
            G::write(sums.data(), row / G::Sums::FILTER_ROWS, row % G::Sums::FILTER_ROWS, filters);
    }
    for (int map = 0; biases && map < S::ALL_MAPS; ++map) {
        double total = 0;
        for (Index chunk = 0; chunk < chunks; ++chunk)
            for (int lane = 0; lane < LANES; ++lane) total += bias_sums.of_thread(int(chunk))[map * LANES + lane];
        biases[map] = T(total);
    }
    return 0;
}

// The sums of all planes of each map.
template <typename T, typename S>
void sum_planes(Index batch, const T* gradients, T* biases) {
    constexpr int POSITIONS = S::CONVOLVED_ROWS * S::CONVOLVED_COLUMNS;
    const ParallelWork work(2 * batch + 1);
#pragma omp parallel for
    for (int map = 0; map < S::ALL_MAPS; ++map) {
        double total = 0;
        for (Index sample = 0; sample < batch; ++sample) {
            const auto sum = sum_of_plane(gradients + (sample * S::ALL_MAPS + map) * POSITIONS, POSITIONS);
            for (int lane = 0; lane < Simd<T>::LANES; ++lane) total += sum[lane];
        }
        biases[map] = T(total);
    }
}

// Outputs are the gradients of the filters and of a bias that is added to the convolution. Null stands for
// one that there is not.
template <typename T, typename S>
int static_conv_grad_weights(const Array* image_array, const Array* gradient_array, Output* filter_array,
                             Output* bias_array) {
    const Index batch = image_array->shape[0];
    if (!has_shape(image_array, {batch, S::ALL_CHANNELS, S::ROWS, S::COLUMNS}, "images") ||
        !has_shape(gradient_array, {batch, S::ALL_MAPS, S::CONVOLVED_ROWS, S::CONVOLVED_COLUMNS}, "output gradient"))
        return -1;
    T* const filters = prepare_output<T>(filter_array, {S::ALL_MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS});
    T* const biases = bias_array ? prepare_output<T>(bias_array, {S::ALL_MAPS}) : nullptr;
    const Contiguous images(image_array), gradients(gradient_array);
    if (!filters || (bias_array && !biases) || !images || !gradients) return -1;
    const T *const image = images.data<T>(), *const gradient = gradients.data<T>();
    if constexpr (is_thin<T>(S::MAPS, S::CONVOLVED_COLUMNS, 1)) {
        if (biases) sum_planes<T, S>(batch, gradient, biases);
        const Correlation shape{{{1, S::ROWS, S::COLUMNS}},
                                {{1, S::PADDED_ROWS, S::PADDED_COLUMNS}},
                                {{0, S::TOP, S::LEFT}},
                                {{1, 1, 1}},
                                {{1, S::KERNEL_ROWS, S::KERNEL_COLUMNS}},
                                {{1, S::ROW_DILATION, S::COLUMN_DILATION}},
                                {{1, S::ROW_STRIDE, S::COLUMN_STRIDE}},
                                {{1, S::CONVOLVED_ROWS, S::CONVOLVED_COLUMNS}},
                                S::FLIP};
        return correlate_gradients(shape, batch, S::GROUPS, S::CHANNELS, S::MAPS, image, gradient, filters);
    } else {
        return sum_over_positions<T, S>(batch, image, gradient, filters, biases);
    }
}

}  // namespace lenet
#endif
