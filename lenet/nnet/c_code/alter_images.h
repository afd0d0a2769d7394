// Images turned, moved, bent, brightened and strewn with noise, in one pass over each.
//
// All arithmetic is in integers, so that NumPy's, which is the specification, agrees to the byte.
#ifndef LENET_ALTER_IMAGES_H
#define LENET_ALTER_IMAGES_H

#include <algorithm>
#include <vector>

#include "common.h"

namespace lenet {

// Fractional bits: of places in an image, of the weights of its pixels, of brightness and of noise.
constexpr int PLACE_BITS = 16, WEIGHT_BITS = 11, BRIGHTNESS_BITS = 16, NOISE_BITS = 20;
// Of a draw, those that choose a quantile: a table of these many stays in the innermost cache.
constexpr int DRAW_BITS = 16, QUANTILE_BITS = 12;
constexpr int ONE = 1 << WEIGHT_BITS;

struct ImageSizes {
    npy_intp batch, channels, rows, columns;
    npy_intp pixels() const { return rows * columns; }
    // Of an image that has a frame of one pixel.
    npy_intp framed_columns() const { return columns + 2; }
    npy_intp framed_pixels() const { return (rows + 2) * (columns + 2); }
    // Between the pixels of a framed image; the last of each row are none, but keep the rows alike.
    npy_intp corners() const { return (rows + 1) * (columns + 2); }
};

static inline bool has_shape(PyArrayObject* array, const char* name, const std::vector<npy_intp>& shape) {
    if (std::equal(shape.begin(), shape.end(), PyArray_DIMS(array))) return true;
    PyErr_Format(PyExc_ValueError, "alter_images: the shape of %s does not fit that of the images", name);
    return false;
}

// For each corner between the pixels of a framed plane, the four pixels around it: one look-up brings all.
// Pixels of the frame are `background`, or those next to them. `framed` has one pixel more than it needs.
static inline void surround(const npy_uint8* plane, const ImageSizes& sizes, const npy_uint8* background,
                            npy_uint8* framed, npy_uint32* corners) {
    const npy_intp width = sizes.framed_columns();
    for (npy_intp y = 0; y < sizes.rows; ++y) {
        npy_uint8* const row = framed + (y + 1) * width;
        const npy_uint8* const pixels = plane + y * sizes.columns;
        std::copy_n(pixels, sizes.columns, row + 1);
        row[0] = background ? *background : pixels[0];
        row[width - 1] = background ? *background : pixels[sizes.columns - 1];
    }
    npy_uint8* const last = framed + (sizes.rows + 1) * width;
    if (background) {
        std::fill_n(framed, width, *background);
        std::fill_n(last, width, *background);
    } else {
        std::copy_n(framed + width, width, framed);
        std::copy_n(last - width, width, last);
    }
    framed[sizes.framed_pixels()] = 0;
    for (npy_intp x = 0; x < sizes.corners(); ++x)
        corners[x] = npy_uint32(framed[x]) | npy_uint32(framed[x + 1]) << 8 | npy_uint32(framed[x + width]) << 16 |
                     npy_uint32(framed[x + width + 1]) << 24;
}

// Where some pixels come from: the corner above and to the left of each, and how far beyond it.
struct Origins {
    npy_int32 *corner, *down, *across;
    Origins from(npy_intp pixel) const { return {corner + pixel, down + pixel, across + pixel}; }
};

// A coordinate in a framed image of `size` pixels: its whole part, and the rest as a weight.
ALWAYS_INLINE npy_int32 split_place(npy_int64 place, npy_intp size, npy_int32* weight) {
    constexpr int SURPLUS = PLACE_BITS - WEIGHT_BITS;
    const npy_int64 rounded = (place + (1 << (SURPLUS - 1))) >> SURPLUS;
    const npy_int32 inside = npy_int32(std::min(std::max<npy_int64>(rounded + ONE, 0), npy_int64(size + 1) * ONE));
    const npy_int32 whole = std::min(inside >> WEIGHT_BITS, npy_int32(size));
    *weight = inside - whole * ONE;
    return whole;
}

// `bends` are the displacements of the row's pixels: downwards and, a plane further on, to the right.
template <bool BENT>
inline void find_origins(const npy_int64* matrix, npy_intp y, const ImageSizes& sizes, const npy_float32* bends,
                         const Origins& origins) {
    constexpr npy_float32 UNIT = 1 << PLACE_BITS;
    const npy_int64 down = matrix[0] * y + matrix[2], across = matrix[3] * y + matrix[5];
    const npy_float32* const bends_across = BENT ? bends + sizes.pixels() : nullptr;
    for (npy_intp x = 0; x < sizes.columns; ++x) {
        const npy_int64 bend_down = BENT ? npy_int64(bends[x] * UNIT) : 0;
        const npy_int64 bend_across = BENT ? npy_int64(bends_across[x] * UNIT) : 0;
        const npy_int32 row = split_place(down + matrix[1] * x + bend_down, sizes.rows, origins.down + x);
        const npy_int32 column = split_place(across + matrix[4] * x + bend_across, sizes.columns, origins.across + x);
        origins.corner[x] = row * npy_int32(sizes.framed_columns()) + column;
    }
}

// What lies between four pixels, all brighter by a factor.
ALWAYS_INLINE npy_int32 blend(npy_uint32 corner, npy_int32 down, npy_int32 across, npy_int32 brightness) {
    const npy_int32 a = corner & 255, b = corner >> 8 & 255, c = corner >> 16 & 255, d = corner >> 24;
    const npy_int32 above = a * ONE + (b - a) * across, below = c * ONE + (d - c) * across;
    const npy_int32 value = (above * ONE + (below - above) * down + (1 << (2 * WEIGHT_BITS - 1))) >> 2 * WEIGHT_BITS;
    return std::min((value * brightness + (1 << (BRIGHTNESS_BITS - 1))) >> BRIGHTNESS_BITS, 255);
}

static inline void add_noise(npy_uint8* pixels, const npy_uint16* draws, const npy_int32* quantiles,
                             npy_int32 deviation, npy_intp n, npy_int32* deviates) {
    // Two loops: a look-up is done one by one, the sum in vectors.
    for (npy_intp x = 0; x < n; ++x) deviates[x] = quantiles[draws[x] >> (DRAW_BITS - QUANTILE_BITS)];
    for (npy_intp x = 0; x < n; ++x) {
        const npy_int32 added = (deviates[x] * deviation + (1 << (NOISE_BITS - 1))) >> NOISE_BITS;
        pixels[x] = npy_uint8(std::min(std::max(pixels[x] + added, 0), 255));
    }
}

template <typename T>
int alter_images(PyArrayObject* images_array, PyArrayObject* matrices_array, PyArrayObject* bends_array,
                 PyArrayObject* backgrounds_array, PyArrayObject* brightness_array, PyArrayObject* noise_array,
                 PyArrayObject* draws_array, PyArrayObject* quantiles_array, PyArrayObject** result_array) {
    const npy_intp* const shape = PyArray_DIMS(images_array);
    const ImageSizes sizes = {shape[0], shape[1], shape[2], shape[3]};
    const npy_intp n = sizes.batch, width = sizes.columns;
    const bool bent = PyArray_SIZE(bends_array), noisy = PyArray_SIZE(draws_array);
    const bool has_background = PyArray_SIZE(backgrounds_array);
    if (!has_shape(matrices_array, "the matrices", {n, 2, 3}) ||
        (bent && !has_shape(bends_array, "the displacements", {n, 2, sizes.rows, width})) ||
        (has_background && !has_shape(backgrounds_array, "the backgrounds", {n, sizes.channels})) ||
        !has_shape(brightness_array, "the brightness", {n}) || !has_shape(noise_array, "the noise", {n}) ||
        (noisy && !has_shape(draws_array, "the draws", shape_of(images_array))) ||
        !has_shape(quantiles_array, "the quantiles", {1 << QUANTILE_BITS}))
        return -1;
    const Contiguous images(images_array), matrices(matrices_array), bends(bends_array), draws(draws_array);
    const Contiguous backgrounds(backgrounds_array), brightness(brightness_array), noise(noise_array);
    const Contiguous quantiles(quantiles_array);
    T* const result = prepare_output<T>(result_array, shape_of(images_array));
    if (!result || !sizes.pixels()) return result ? 0 : -1;
    // Pixels of several rows are looked up together: short rows would end in the middle of a vector.
    const npy_intp lines = std::min(sizes.rows, std::max<npy_intp>(1, 1024 / width)), most = lines * width;
    const Scratch<npy_uint8> framed(sizes.framed_pixels() + 1, 1);
    const Scratch<npy_uint32> corners(sizes.channels * sizes.corners(), 1), look_ups(most, 1);
    const Scratch<npy_int32> scratch(3 * most, 1), deviates(most, 1);
    if (!images || !matrices || !bends || !draws || !backgrounds || !brightness || !noise || !quantiles || !framed ||
        !corners || !look_ups || !scratch || !deviates)
        return -1;
    const Origins origins = {scratch.data(), scratch.data() + most, scratch.data() + 2 * most};
    npy_uint32* const found = look_ups.data();

    // One thread: the others are busy with the step before.
    const WithoutGil released;
    for (npy_intp i = 0; i < n; ++i) {
        for (npy_intp c = 0; c < sizes.channels; ++c)
            surround(images.data<T>() + (i * sizes.channels + c) * sizes.pixels(), sizes,
                     has_background ? backgrounds.data<T>() + i * sizes.channels + c : nullptr, framed.data(),
                     corners.data() + c * sizes.corners());
        const npy_int64* const matrix = matrices.data<npy_int64>() + 6 * i;
        const npy_int32 factor = brightness.data<npy_int32>()[i], deviation = noise.data<npy_int32>()[i];
        for (npy_intp top = 0; top < sizes.rows; top += lines) {
            const npy_intp end = std::min(top + lines, sizes.rows), pixels = (end - top) * width;
            for (npy_intp y = top; y < end; ++y)
                if (bent)
                    find_origins<true>(matrix, y, sizes, bends.data<npy_float32>() + 2 * i * sizes.pixels() + y * width,
                                       origins.from((y - top) * width));
                else
                    find_origins<false>(matrix, y, sizes, nullptr, origins.from((y - top) * width));
            for (npy_intp c = 0; c < sizes.channels; ++c) {
                const npy_uint32* const around = corners.data() + c * sizes.corners();
                for (npy_intp x = 0; x < pixels; ++x) found[x] = around[origins.corner[x]];
                const npy_intp first = (i * sizes.channels + c) * sizes.pixels() + top * width;
                for (npy_intp x = 0; x < pixels; ++x)
                    result[first + x] = T(blend(found[x], origins.down[x], origins.across[x], factor));
                if (noisy && deviation)
                    add_noise(result + first, draws.data<npy_uint16>() + first, quantiles.data<npy_int32>(), deviation,
                              pixels, deviates.data());
            }
        }
    }
    return 0;
}

}  // namespace lenet
#endif
