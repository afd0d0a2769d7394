// Pooling of the last axes of an array, and its gradients, for any geometry.
//
// Everything before the pooled axes is a batch of planes, which threads share. Within a plane,
// each_pair visits every element of every window; what differs is what is done with it.
#ifndef LENET_POOL_H
#define LENET_POOL_H

#include <algorithm>
#include <limits>
#include <vector>

#include "common.h"
#include "parallel_work.h"
#include "pool_pairs.h"

namespace lenet {

struct PoolGeometry {
    enum Mode { MAX, SUM, AVERAGE_INC_PAD, AVERAGE_EXC_PAD, MAX_FIRST } mode;
    Sizes window, stride, pad;
    bool ignore_border;
    int spatial;

    bool is_maximum() const { return mode == MAX || mode == MAX_FIRST; }

    static PoolGeometry of(Numbers numbers) {
        return {Mode(numbers.one()), numbers.three(),    numbers.three(),
                numbers.three(),     numbers.one() != 0, int(numbers.one())};
    }
};

struct PoolSizes {
    Index planes, image_pixels, output_pixels;
    Sizes image, output;

    // Takes the leading axes from `array`. Returns false, with a failure noted, if the image is
    // smaller than the window.
    bool resolve(const PoolGeometry& geometry, const Array* array, const Sizes& image_) {
        image = image_;
        planes = 1;
        for (int i = 0; i < array->ndim - geometry.spatial; ++i) planes *= array->shape[i];
        for (int i = 0; i < 3; ++i) {
            const Index window = geometry.window[i], stride = geometry.stride[i];
            const Index beyond = image[i] + 2 * geometry.pad[i] - window;
            bool fits = image[i] > 0;
            if (geometry.ignore_border) {
                fits = fits && beyond >= 0;
                output[i] = beyond / stride + 1;
            } else if (stride >= window) {
                output[i] = (image[i] - 1) / stride + 1;
            } else {
                output[i] = beyond > 0 ? (beyond - 1) / stride + 2 : 1;
            }
            if (!fits) {
                fail(WRONG_VALUE,
                     "pooling: an image of (%zd, %zd, %zd) is smaller than the window "
                     "(%zd, %zd, %zd)",
                     image[0], image[1], image[2], geometry.window[0], geometry.window[1], geometry.window[2]);
                return false;
            }
        }
        image_pixels = image.product(), output_pixels = output.product();
        return true;
    }

    // The shape of an array that has the leading axes of `array` and the given last ones.
    static std::vector<Index> shape(const Array* array, const Sizes& last, int spatial) {
        const Index* const dims = array->shape;
        return whole_shape({dims, dims + array->ndim - spatial}, last, spatial);
    }

    // Whether `array` has the leading axes of `like` and the given last ones; else a failure.
    static bool check(const Array* array, const Array* like, const Sizes& last, int spatial) {
        const std::vector<Index> expected = shape(like, last, spatial);
        if (array->ndim == int(expected.size()) && std::equal(expected.begin(), expected.end(), array->shape))
            return true;
        const Sizes found = spatial_sizes(array, spatial);
        fail(WRONG_VALUE,
             "pooling: got an array whose last axes are (%zd, %zd, %zd), expected (%zd, %zd, "
             "%zd) and leading axes like those of the image",
             found[0], found[1], found[2], last[0], last[1], last[2]);
        return false;
    }
};

// Calls body(output, pixel) with the index of an output and that of a pixel of its window, for each
// such pair of one plane. Pairs with the same place in the window come together, so that no two
// calls of an inner loop touch the same element and the compiler may run them side by side.
template <typename Body>
inline void each_pair_any(const PoolGeometry& geometry, const PoolSizes& sizes, Body body) {
    const Index stride = geometry.stride[2];
    for (Index a = 0; a < sizes.output[0]; ++a)
        for (Index b = 0; b < sizes.output[1]; ++b)
            for (Index i = 0; i < geometry.window[0]; ++i)
                for (Index j = 0; j < geometry.window[1]; ++j) {
                    const Index plane = a * geometry.stride[0] - geometry.pad[0] + i;
                    const Index row = b * geometry.stride[1] - geometry.pad[1] + j;
                    if (plane < 0 || plane >= sizes.image[0] || row < 0 || row >= sizes.image[1]) continue;
                    const Index output = (a * sizes.output[1] + b) * sizes.output[2];
                    const Index pixel = (plane * sizes.image[1] + row) * sizes.image[2];
                    for (Index k = 0; k < geometry.window[2]; ++k) {
                        // The outputs c whose window has its k-th column inside the image.
                        const Index shift = k - geometry.pad[2];
                        const Index first = shift < 0 ? (-shift + stride - 1) / stride : 0;
                        const Index last = shift < sizes.image[2]
                                               ? std::min(sizes.output[2], (sizes.image[2] - 1 - shift) / stride + 1)
                                               : 0;
#pragma GCC ivdep
                        for (Index c = first; c < last; ++c) body(output + c, pixel + shift + stride * c);
                    }
                }
}

// The same for a window whose size the compiler knows and which never leaves the image. The loops
// over the window are innermost and vanish.
template <Index ROWS, Index COLUMNS, typename Body>
inline void each_pair_inside(const PoolGeometry& geometry, const PoolSizes& sizes, Body body) {
    Index output = 0;
    for (Index a = 0; a < sizes.output[0]; ++a)
        for (Index b = 0; b < sizes.output[1]; ++b) {
            Index corner = (a * geometry.stride[0] * sizes.image[1] + b * geometry.stride[1]) * sizes.image[2];
            for (Index c = 0; c < sizes.output[2]; ++c, ++output, corner += geometry.stride[2])
                for (Index j = 0; j < ROWS; ++j)
                    for (Index k = 0; k < COLUMNS; ++k) body(output, corner + j * sizes.image[2] + k);
        }
}

template <typename Body>
inline void each_pair(const PoolGeometry& geometry, const PoolSizes& sizes, Body body) {
    bool inside = geometry.pad == Sizes{{0, 0, 0}};
    for (int i = 0; i < 3; ++i)
        inside = inside && (sizes.output[i] - 1) * geometry.stride[i] + geometry.window[i] <= sizes.image[i];
    if (inside && geometry.window == Sizes{{1, 2, 2}})
        each_pair_inside<2, 2>(geometry, sizes, body);
    else if (inside && geometry.window == Sizes{{1, 3, 3}})
        each_pair_inside<3, 3>(geometry, sizes, body);
    else
        each_pair_any(geometry, sizes, body);
}

// Whether pool_pairs.h has the kernel for a pooling by maximum.
static inline bool are_pairs(const PoolGeometry& geometry) {
    const Sizes pairs = {{1, 2, 2}};
    return geometry.window == pairs && geometry.stride == pairs && geometry.pad == Sizes{{0, 0, 0}};
}

// Calls body(output, pixel, wins) for each pair of one plane, with whether the pixel is a maximum that counts:
// each of several equal ones, or the first. That needs `settled`, with an element for each output.
template <typename T, typename Body>
inline void each_candidate(const PoolGeometry& geometry, const PoolSizes& sizes, const T* image, const T* maximum,
                           bool* settled, Body body) {
    if (geometry.mode != PoolGeometry::MAX_FIRST) {
        each_pair(geometry, sizes, [=](Index o, Index p) { body(o, p, image[p] == maximum[o]); });
        return;
    }
    std::fill_n(settled, sizes.output_pixels, false);
    each_pair(geometry, sizes, [=](Index o, Index p) {
        const bool wins = !settled[o] & (image[p] == maximum[o]);
        settled[o] |= wins;
        body(o, p, wins);
    });
}

// What each window's sum is multiplied by. Numbers of counted elements multiply over the axes.
template <typename T>
std::vector<T> pool_weights(const PoolGeometry& geometry, const PoolSizes& sizes) {
    std::vector<Index> counts[3];
    for (int i = 0; i < 3; ++i)
        for (Index o = 0; o < sizes.output[i]; ++o) {
            const Index start = o * geometry.stride[i] - geometry.pad[i], end = start + geometry.window[i];
            const Index border = geometry.mode == PoolGeometry::AVERAGE_INC_PAD ? geometry.pad[i] : 0;
            counts[i].push_back(std::min(end, sizes.image[i] + border) - std::max(start, -border));
        }
    std::vector<T> weights;
    weights.reserve(sizes.output_pixels);
    for (Index a : counts[0])
        for (Index b : counts[1])
            for (Index c : counts[2])
                weights.push_back(geometry.mode == PoolGeometry::SUM ? T(1) : T(1.0 / double(a * b * c)));
    return weights;
}

template <typename T>
int pool(const PoolGeometry& geometry, const Array* image_array, Output* output_array) {
    PoolSizes sizes;
    if (!sizes.resolve(geometry, image_array, spatial_sizes(image_array, geometry.spatial))) return -1;
    T* const outputs = prepare_output<T>(output_array, PoolSizes::shape(image_array, sizes.output, geometry.spatial));
    const Contiguous images(image_array);
    if (!outputs || !images) return -1;
    const bool maximum = geometry.is_maximum(), pairs = are_pairs(geometry);
    const std::vector<T> weights = pool_weights<T>(geometry, sizes);

    const ParallelWork work(image_array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < sizes.planes; ++plane) {
        const T* const image = images.data<T>() + plane * sizes.image_pixels;
        T* const output = outputs + plane * sizes.output_pixels;
        if (maximum && pairs) {
            max_pool_pairs(sizes.image, sizes.output, image, output);
        } else if (maximum) {
            std::fill_n(output, sizes.output_pixels, -std::numeric_limits<T>::infinity());
            each_pair(geometry, sizes, [=](Index o, Index p) {
                // The second comparison lets a NaN win.
                output[o] = image[p] > output[o] || image[p] != image[p] ? image[p] : output[o];
            });
        } else {
            std::fill_n(output, sizes.output_pixels, T(0));
            each_pair(geometry, sizes, [=](Index o, Index p) { output[o] += image[p]; });
            for (Index o = 0; o < sizes.output_pixels; ++o) output[o] *= weights[o];
        }
    }
    return 0;
}

template <typename T>
int pool_grad(const PoolGeometry& geometry, const Array* gradient_array, const Sizes& image_sizes,
              Output* image_array) {
    PoolSizes sizes;
    if (!sizes.resolve(geometry, gradient_array, image_sizes) ||
        !PoolSizes::check(gradient_array, gradient_array, sizes.output, geometry.spatial))
        return -1;
    T* const images = prepare_output<T>(image_array, PoolSizes::shape(gradient_array, sizes.image, geometry.spatial));
    const Contiguous gradients(gradient_array);
    if (!images || !gradients) return -1;
    const std::vector<T> weight_of = pool_weights<T>(geometry, sizes);
    const T* const weights = weight_of.data();

    const ParallelWork work(gradient_array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < sizes.planes; ++plane) {
        const T* const gradient = gradients.data<T>() + plane * sizes.output_pixels;
        T* const image = images + plane * sizes.image_pixels;
        std::fill_n(image, sizes.image_pixels, T(0));
        each_pair(geometry, sizes, [=](Index o, Index p) { image[p] += gradient[o] * weights[o]; });
    }
    return 0;
}

template <typename T>
int max_pool_grad(const PoolGeometry& geometry, const Array* image_array, const Array* maximum_array,
                  const Array* gradient_array, Output* result_array) {
    PoolSizes sizes;
    if (!sizes.resolve(geometry, image_array, spatial_sizes(image_array, geometry.spatial)) ||
        !PoolSizes::check(maximum_array, image_array, sizes.output, geometry.spatial) ||
        !PoolSizes::check(gradient_array, image_array, sizes.output, geometry.spatial))
        return -1;
    T* const results = prepare_output<T>(result_array, PoolSizes::shape(image_array, sizes.image, geometry.spatial));
    const Contiguous images(image_array), maxima(maximum_array), gradients(gradient_array);
    if (!results || !images || !maxima || !gradients) return -1;
    const Scratch<bool> settled(geometry.mode == PoolGeometry::MAX_FIRST ? sizes.output_pixels : 0);
    if (!settled) return -1;

    const ParallelWork work(image_array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < sizes.planes; ++plane) {
        const T* const image = images.data<T>() + plane * sizes.image_pixels;
        const T* const maximum = maxima.data<T>() + plane * sizes.output_pixels;
        const T* const gradient = gradients.data<T>() + plane * sizes.output_pixels;
        T* const result = results + plane * sizes.image_pixels;
        if (are_pairs(geometry) && geometry.mode == PoolGeometry::MAX) {
            max_pool_grad_pairs(sizes.image, sizes.output, image, maximum, gradient, result);
            continue;
        }
        std::fill_n(result, sizes.image_pixels, T(0));
        each_candidate(geometry, sizes, image, maximum, settled.of_thread(omp_get_thread_num()),
                       [=](Index o, Index p, bool wins) { result[p] += value_if(wins, gradient[o]); });
    }
    return 0;
}

template <typename T>
int max_pool_tangent(const PoolGeometry& geometry, const Array* image_array, const Array* maximum_array,
                     const Array* tangent_array, Output* result_array) {
    PoolSizes sizes;
    if (!sizes.resolve(geometry, image_array, spatial_sizes(image_array, geometry.spatial)) ||
        !PoolSizes::check(maximum_array, image_array, sizes.output, geometry.spatial) ||
        !PoolSizes::check(tangent_array, image_array, sizes.image, geometry.spatial))
        return -1;
    T* const results = prepare_output<T>(result_array, PoolSizes::shape(image_array, sizes.output, geometry.spatial));
    const Contiguous images(image_array), maxima(maximum_array), tangents(tangent_array);
    if (!results || !images || !maxima || !tangents) return -1;
    const Scratch<bool> settled(geometry.mode == PoolGeometry::MAX_FIRST ? sizes.output_pixels : 0);
    if (!settled) return -1;

    const ParallelWork work(image_array->size());
#pragma omp parallel for
    for (Index plane = 0; plane < sizes.planes; ++plane) {
        const T* const image = images.data<T>() + plane * sizes.image_pixels;
        const T* const maximum = maxima.data<T>() + plane * sizes.output_pixels;
        const T* const tangent = tangents.data<T>() + plane * sizes.image_pixels;
        T* const result = results + plane * sizes.output_pixels;
        std::fill_n(result, sizes.output_pixels, T(0));
        each_candidate(geometry, sizes, image, maximum, settled.of_thread(omp_get_thread_num()),
                       [=](Index o, Index p, bool wins) { result[o] += value_if(wins, tangent[p]); });
    }
    return 0;
}

}  // namespace lenet
#endif
