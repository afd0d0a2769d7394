// Convolutions of groups with few maps, whose vectors are neighbouring columns of a plane.
//
// The product of conv.h has a lane for each map, and most lanes would be idle. Here a tap of a filter is
// multiplied with a whole vector of pixels. So that these are neighbours for any stride, and exist for any
// padding, planes are copied, one group of one sample at a time, which stays in the nearest caches.
#ifndef LENET_CONV_DIRECT_H
#define LENET_CONV_DIRECT_H

#include <algorithm>

#include "common.h"
#include "conv_depthwise.h"
#include "conv_stencil.h"
#include "parallel_work.h"

namespace lenet {

// Calculates MAPS output planes from all the input planes of a group, BLOCKS vectors at a time.
template <typename T, int MAPS>
void correlate_blocks(const Stencil<T>& stencil, const T* planes, Index count, const T* filters, FilterSteps steps,
                      T* output) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int BLOCKS = MAPS == 1 ? Stencil<T>::MAX_BLOCKS : Stencil<T>::MAX_BLOCKS / 2;
    const Index* const taps = stencil.taps.data();
    const Index tap_count = Index(stencil.taps.size());
    for (Index first = 0; first < stencil.vectors; first += BLOCKS) {
        Vector sum[MAPS][BLOCKS] = {};
        const T* window[BLOCKS];
        for (int b = 0; b < BLOCKS; ++b) window[b] = planes + stencil.corners[first + b];
        const T* filter = filters;
        for (Index plane = 0; plane < count; ++plane, filter += steps.plane) {
            for (Index t = 0; t < tap_count; ++t) {
                const Index tap = taps[t];
                T factor[MAPS];
                for (int m = 0; m < MAPS; ++m) factor[m] = filter[m * steps.map + t];
#pragma GCC unroll 8
                for (int b = 0; b < BLOCKS; ++b) {
                    const Vector pixels = load(window[b] + tap);
#pragma GCC unroll 4
                    for (int m = 0; m < MAPS; ++m) sum[m][b] += factor[m] * pixels;
                }
            }
            for (int b = 0; b < BLOCKS; ++b) window[b] += stencil.pixels;
        }
        for (int m = 0; m < MAPS; ++m)
            for (int b = 0; b < BLOCKS; ++b)
                stencil.write(output + m * stencil.outputs + stencil.targets[first + b], sum[m][b]);
    }
}

// Whether there is a kernel for windows that slide and have so many rows.
constexpr bool has_rows_for(Index rows) { return rows == 3 || rows == 5; }

// Vectors, one above the other, whose sums fit the registers.
template <int MAPS>
constexpr int sliding_rows() {
    return MAPS > 1 && VECTOR_REGISTERS < 32 ? 4 : 8;
}

// The same for windows of ROWS rows that slide: a vector of pixels is loaded once for all the outputs that see
// it in one of these rows.
template <typename T, int MAPS, int ROWS>
void correlate_rows(const Stencil<T>& stencil, const T* planes, Index count, const T* filters, FilterSteps steps,
                    T* output) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int BLOCKS = sliding_rows<MAPS>();
    const Correlation& shape = stencil.shape;
    const Index height = shape.output[1], width = stencil.row_vectors, columns = shape.kernel[2];
    // In a column of a filter, which may be turned round: the topmost element, and the way to the one below.
    const Index topmost = shape.reversed ? (ROWS - 1) * columns : 0, below = shape.reversed ? -columns : columns;
    for (Index row = 0; row < shape.output[0] * height; row += std::min<Index>(BLOCKS, height - row % height))
        for (Index v = 0; v < width; ++v) {
            // The last rows overlap the ones before.
            const Index first = (row - std::max<Index>(0, row % height + BLOCKS - height)) * width + v;
            Vector sum[MAPS][BLOCKS] = {};
            const T *window = planes + stencil.corners[first], *filter = filters;
            for (Index plane = 0; plane < count; ++plane, filter += steps.plane, window += stencil.pixels)
                for (Index i = 0; i < shape.kernel[0]; ++i)
                    for (Index k = 0; k < columns; ++k) {
                        const Index top = i * ROWS * columns + k + topmost;
                        const T* pixels = window + stencil.taps[top];
                        T factor[MAPS][ROWS];
                        for (int m = 0; m < MAPS; ++m)
                            for (int t = 0; t < ROWS; ++t) factor[m][t] = filter[m * steps.map + top + t * below];
#pragma GCC unroll 16
                        for (int j = 0; j < BLOCKS + ROWS - 1; ++j, pixels += stencil.pitch) {
                            Vector vector = load(pixels);
                            IN_REGISTER(vector);
#pragma GCC unroll 4
                            for (int m = 0; m < MAPS; ++m)
#pragma GCC unroll 8
                                for (int t = 0; t < ROWS; ++t)
                                    if (j - t >= 0 && j - t < BLOCKS) sum[m][j - t] += factor[m][t] * vector;
                        }
                    }
            for (int m = 0; m < MAPS; ++m)
                for (int b = 0; b < BLOCKS; ++b) {
                    T* const target = output + m * stencil.outputs + stencil.targets[first + b * width];
                    stencil.write(target, sum[m][b]);
                    __builtin_prefetch(target + MAPS * stencil.outputs, 1);
                }
        }
}

template <typename T, int MAPS>
void correlate_maps(const Stencil<T>& stencil, const T* planes, Index count, const T* filters, FilterSteps steps,
                    T* output) {
    const Index rows = stencil.shape.kernel[1];
    const bool slides = stencil.slides() && has_rows_for(rows) && stencil.shape.output[1] >= sliding_rows<MAPS>();
    const auto correlate_some = !slides     ? correlate_blocks<T, MAPS>
                                : rows == 3 ? correlate_rows<T, MAPS, 3>
                                            : correlate_rows<T, MAPS, 5>;
    correlate_some(stencil, planes, count, filters, steps, output);
}

// All groups of a batch. Each has `planes` input planes and `maps` output planes.
template <typename T>
int correlate(const Correlation& shape, Index batch, Index groups, Index planes, Index maps, const T* source,
              const T* filters, FilterSteps steps, T* output) {
    const Stencil<T> stencil(shape);
    const Index copy_size = stencil.scratch(planes);
    const Index filter_size = planes * maps * shape.kernel.product(), last = batch * groups - 1;
    const auto correlate_plane = planes == 1 && maps == 1 ? plane_kernels<T>(shape).correlate : nullptr;
    const Scratch<T> copies(copy_size);
    if (!copies) return -1;

    const ParallelWork work(batch * groups * filter_size * stencil.outputs);
#pragma omp parallel
    {
        T* const copy = copies.of_thread(omp_get_thread_num());
        std::fill_n(copy, copy_size, T(0));
#pragma omp for schedule(guided)
        for (Index task = 0; task <= last; ++task) {
            const T* const planes_here = source + task * planes * shape.source.product();
            const T* filter = filters + task % groups * filter_size;
            T* map = output + task * maps * stencil.outputs;
            if (correlate_plane && task > 0 && task < last) {
                correlate_plane(shape, planes_here, filter, map);
                continue;
            }
            const T* const group = stencil.prepare(planes_here, planes, copy);
            Index left = maps;
            for (; left >= 3; left -= 3, filter += 3 * steps.map, map += 3 * stencil.outputs)
                correlate_maps<T, 3>(stencil, group, planes, filter, steps, map);
            if (left == 2) correlate_maps<T, 2>(stencil, group, planes, filter, steps, map);
            if (left == 1) correlate_maps<T, 1>(stencil, group, planes, filter, steps, map);
        }
    }
    return 0;
}

// Adds what one plane gives to the sums of up to TAPS taps, each a vector; fewer are a multiple of three.
template <typename T, int TAPS>
void add_taps(const Stencil<T>& stencil, const T* plane, const T* gradient, const Index* taps, int count,
              typename Simd<T>::Vector* sums) {
    typedef typename Simd<T>::Vector Vector;
    if constexpr (TAPS > 3)
        if (count < TAPS) return add_taps<T, TAPS - 3>(stencil, plane, gradient, taps, count, sums);
    Vector sum[TAPS] = {};
    const T* shifted[TAPS];
    for (int t = 0; t < TAPS; ++t) shifted[t] = plane + taps[t];
    for (Index n = 0; n < stencil.vectors; ++n) {
        const Vector factor = load(gradient + n * Simd<T>::LANES);
        __builtin_prefetch(gradient + (stencil.vectors + n) * Simd<T>::LANES);
#pragma GCC unroll 16
        for (int t = 0; t < TAPS; ++t) sum[t] += factor * load(shifted[t] + stencil.corners[n]);
    }
    for (int t = 0; t < TAPS; ++t) sums[t] += sum[t];
}

// The gradient with respect to the filters, which are (group, map, plane, tap).
template <typename T>
int correlate_gradients(const Correlation& shape, Index batch, Index groups, Index planes, Index maps, const T* source,
                        const T* gradients, T* filters) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int LANES = Simd<T>::LANES, MAX_TAPS = 9;
    Stencil<T> stencil(shape);
    const Index tap_count = Index(stencil.taps.size()), tap_blocks = (tap_count + MAX_TAPS - 1) / MAX_TAPS;
    const int block = int(round_up((tap_count + tap_blocks - 1) / tap_blocks, 3));
    stencil.taps.resize(tap_blocks * block, stencil.taps.back());

    // Each chunk of the batch sums on its own: their number does not depend on the number of threads.
    const Index filter_size = Index(stencil.taps.size()) * LANES, all_filters = groups * maps * planes;
    const Index bytes = all_filters * filter_size * sizeof(T);
    const Index most = std::max<Index>(4, (Index(32) << 20) / (bytes + 1));
    const Index chunks = chunks_of(batch, 4, stencil.outputs, most);
    // Few parts of all groups, for neighbours in memory, but enough for many threads.
    const Index parts = std::min(groups, (31 + chunks) / chunks), group_size = maps * planes * filter_size;
    const Index copy_size = stencil.scratch(planes);
    const Scratch<T> copies(copy_size), factors(stencil.vectors * LANES);
    const Scratch<T> partial(all_filters * filter_size, int(chunks));
    const auto add_products = planes == 1 && maps == 1 ? plane_kernels<T>(shape).add_products : nullptr;
    if (!copies || !factors || !partial) return -1;

    const ParallelWork work(batch * all_filters * filter_size * stencil.outputs);
#pragma omp parallel
    {
        T* const copy = copies.of_thread(omp_get_thread_num());
        T* const factor = factors.of_thread(omp_get_thread_num());
        std::fill_n(copy, copy_size, T(0));
#pragma omp for schedule(dynamic)
        for (Index task = 0; task < chunks * parts; ++task) {
            const Index chunk = task / parts, part = task % parts;
            const Index first = groups * part / parts, count = groups * (part + 1) / parts - first;
            std::fill_n(partial.of_thread(int(chunk)) + first * group_size, count * group_size, T(0));
            const Index samples = batch * (chunk + 1) / chunks - batch * chunk / chunks;
            for (Index i = 0; i < samples * count; ++i) {
                const Index group = first + i % count, at = (batch * chunk / chunks + i / count) * groups + group;
                T* const sums = partial.of_thread(int(chunk)) + group * group_size;
                const T* const planes_here = source + at * planes * shape.source.product();
                if (add_products && at > 0 && at < batch * groups - 1) {
                    add_products(shape, planes_here, gradients + at * stencil.outputs, reinterpret_cast<Vector*>(sums));
                    continue;
                }
                const T* const image = stencil.prepare(planes_here, planes, copy);
                for (Index map = 0; map < maps; ++map) {
                    const T* const gradient = stencil.read(gradients + (at * maps + map) * stencil.outputs, factor);
                    for (Index plane = 0; plane < planes; ++plane)
                        for (Index t = 0; t < tap_blocks * block; t += block)
                            add_taps<T, MAX_TAPS>(
                                stencil, image + plane * stencil.pixels, gradient, &stencil.taps[t], block,
                                reinterpret_cast<Vector*>(sums + (map * planes + plane) * filter_size) + t);
                }
            }
        }
#pragma omp for
        for (Index filter = 0; filter < all_filters; ++filter)
            for (Index t = 0; t < tap_count; ++t) {
                Vector total{};
                for (Index chunk = 0; chunk < chunks; ++chunk)
                    total += *reinterpret_cast<const Vector*>(partial.of_thread(int(chunk)) + filter * filter_size +
                                                              t * LANES);
                T sum = 0;
                for (int i = 0; i < LANES; ++i) sum += total[i];
                filters[filter * tap_count + t] = sum;
            }
    }
    return 0;
}

}  // namespace lenet
#endif
