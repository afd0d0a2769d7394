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
    Index batch, channels, rows, columns;
    Index pixels() const { return rows * columns; }
    // Of an image that has a frame of one pixel.
    Index framed_columns() const { return columns + 2; }
    Index framed_pixels() const { return (rows + 2) * (columns + 2); }
    // Between the pixels of a framed image; the last of each row are none, but keep the rows alike.
    Index corners() const { return (rows + 1) * (columns + 2); }
};

static inline bool has_shape(const Array* array, const char* name, const std::vector<Index>& shape) {
    if (std::equal(shape.begin(), shape.end(), array->shape)) return true;
    fail(WRONG_VALUE, "alter_images: the shape of %s does not fit that of the images", name);
    return false;
}

// For each corner between the pixels of a framed plane, the four pixels around it: one look-up brings all.
// Pixels of the frame are `background`, or those next to them. `framed` has one pixel more than it needs.
static inline void surround(const std::uint8_t* plane, const ImageSizes& sizes, const std::uint8_t* background,
                            std::uint8_t* framed, std::uint32_t* corners) {
    const Index width = sizes.framed_columns();
    for (Index y = 0; y < sizes.rows; ++y) {
        std::uint8_t* const row = framed + (y + 1) * width;
        const std::uint8_t* const pixels = plane + y * sizes.columns;
        std::copy_n(pixels, sizes.columns, row + 1);
        row[0] = background ? *background : pixels[0];
        row[width - 1] = background ? *background : pixels[sizes.columns - 1];
    }
    std::uint8_t* const last = framed + (sizes.rows + 1) * width;
    if (background) {
        std::fill_n(framed, width, *background);
        std::fill_n(last, width, *background);
    } else {
        std::copy_n(framed + width, width, framed);
        std::copy_n(last - width, width, last);
    }
    framed[sizes.framed_pixels()] = 0;
    for (Index x = 0; x < sizes.corners(); ++x)
        corners[x] = std::uint32_t(framed[x]) | std::uint32_t(framed[x + 1]) << 8 |
                     std::uint32_t(framed[x + width]) << 16 | std::uint32_t(framed[x + width + 1]) << 24;
}

// Where some pixels come from: the corner above and to the left of each, and how far beyond it.
struct Origins {
    std::int32_t *corner, *down, *across;
    Origins from(Index pixel) const { return {corner + pixel, down + pixel, across + pixel}; }
};

// A coordinate in a framed image of `size` pixels: its whole part, and the rest as a weight.
ALWAYS_INLINE std::int32_t split_place(std::int64_t place, Index size, std::int32_t* weight) {
    constexpr int SURPLUS = PLACE_BITS - WEIGHT_BITS;
    const std::int64_t rounded = (place + (1 << (SURPLUS - 1))) >> SURPLUS;
    const std::int32_t inside =
        std::int32_t(std::min(std::max<std::int64_t>(rounded + ONE, 0), std::int64_t(size + 1) * ONE));
    const std::int32_t whole = std::min(inside >> WEIGHT_BITS, std::int32_t(size));
    *weight = inside - whole * ONE;
    return whole;
}

// `bends` are the displacements of the row's pixels: downwards and, a plane further on, to the right.
template <bool BENT>
inline void find_origins(const std::int64_t* matrix, Index y, const ImageSizes& sizes, const float* bends,
                         const Origins& origins) {
    constexpr float UNIT = 1 << PLACE_BITS;
    const std::int64_t down = matrix[0] * y + matrix[2], across = matrix[3] * y + matrix[5];
    const float* const bends_across = BENT ? bends + sizes.pixels() : nullptr;
    for (Index x = 0; x < sizes.columns; ++x) {
        const std::int64_t bend_down = BENT ? std::int64_t(bends[x] * UNIT) : 0;
        const std::int64_t bend_across = BENT ? std::int64_t(bends_across[x] * UNIT) : 0;
        const std::int32_t row = split_place(down + matrix[1] * x + bend_down, sizes.rows, origins.down + x);
        const std::int32_t column =
            split_place(across + matrix[4] * x + bend_across, sizes.columns, origins.across + x);
        origins.corner[x] = row * std::int32_t(sizes.framed_columns()) + column;
    }
}

// What lies between four pixels, all brighter by a factor.
ALWAYS_INLINE std::int32_t blend(std::uint32_t corner, std::int32_t down, std::int32_t across,
                                 std::int32_t brightness) {
    const std::int32_t a = corner & 255, b = corner >> 8 & 255, c = corner >> 16 & 255, d = corner >> 24;
    const std::int32_t above = a * ONE + (b - a) * across, below = c * ONE + (d - c) * across;
    const std::int32_t value = (above * ONE + (below - above) * down + (1 << (2 * WEIGHT_BITS - 1))) >> 2 * WEIGHT_BITS;
    return std::min((value * brightness + (1 << (BRIGHTNESS_BITS - 1))) >> BRIGHTNESS_BITS, 255);
}

static inline void add_noise(std::uint8_t* pixels, const std::uint16_t* draws, const std::int32_t* quantiles,
                             std::int32_t deviation, Index n, std::int32_t* deviates) {
    // Two loops: a look-up is done one by one, the sum in vectors.
    for (Index x = 0; x < n; ++x) deviates[x] = quantiles[draws[x] >> (DRAW_BITS - QUANTILE_BITS)];
    for (Index x = 0; x < n; ++x) {
        const std::int32_t added = (deviates[x] * deviation + (1 << (NOISE_BITS - 1))) >> NOISE_BITS;
        pixels[x] = std::uint8_t(std::min(std::max(pixels[x] + added, 0), 255));
    }
}

template <typename T>
int alter_images(const Array* images_array, const Array* matrices_array, const Array* bends_array,
                 const Array* backgrounds_array, const Array* brightness_array, const Array* noise_array,
                 const Array* draws_array, const Array* quantiles_array, Output* result_array) {
    const Index* const shape = images_array->shape;
    const ImageSizes sizes = {shape[0], shape[1], shape[2], shape[3]};
    const Index n = sizes.batch, width = sizes.columns;
    const bool bent = bends_array->size(), noisy = draws_array->size();
    const bool has_background = backgrounds_array->size();
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
    const Index lines = std::min(sizes.rows, std::max<Index>(1, 1024 / width)), most = lines * width;
    const Scratch<std::uint8_t> framed(sizes.framed_pixels() + 1, 1);
    const Scratch<std::uint32_t> corners(sizes.channels * sizes.corners(), 1), look_ups(most, 1);
    const Scratch<std::int32_t> scratch(3 * most, 1), deviates(most, 1);
    if (!images || !matrices || !bends || !draws || !backgrounds || !brightness || !noise || !quantiles || !framed ||
        !corners || !look_ups || !scratch || !deviates)
        return -1;
    const Origins origins = {scratch.data(), scratch.data() + most, scratch.data() + 2 * most};
    std::uint32_t* const found = look_ups.data();

    // One thread: the others are busy with the step before.
    for (Index i = 0; i < n; ++i) {
        for (Index c = 0; c < sizes.channels; ++c)
            surround(images.data<T>() + (i * sizes.channels + c) * sizes.pixels(), sizes,
                     has_background ? backgrounds.data<T>() + i * sizes.channels + c : nullptr, framed.data(),
                     corners.data() + c * sizes.corners());
        const std::int64_t* const matrix = matrices.data<std::int64_t>() + 6 * i;
        const std::int32_t factor = brightness.data<std::int32_t>()[i], deviation = noise.data<std::int32_t>()[i];
        for (Index top = 0; top < sizes.rows; top += lines) {
            const Index end = std::min(top + lines, sizes.rows), pixels = (end - top) * width;
            for (Index y = top; y < end; ++y)
                if (bent)
                    find_origins<true>(matrix, y, sizes, bends.data<float>() + 2 * i * sizes.pixels() + y * width,
                                       origins.from((y - top) * width));
                else
                    find_origins<false>(matrix, y, sizes, nullptr, origins.from((y - top) * width));
            for (Index c = 0; c < sizes.channels; ++c) {
                const std::uint32_t* const around = corners.data() + c * sizes.corners();
                for (Index x = 0; x < pixels; ++x) found[x] = around[origins.corner[x]];
                const Index first = (i * sizes.channels + c) * sizes.pixels() + top * width;
                for (Index x = 0; x < pixels; ++x)
                    result[first + x] = T(blend(found[x], origins.down[x], origins.across[x], factor));
                if (noisy && deviation)
                    add_noise(result + first, draws.data<std::uint16_t>() + first, quantiles.data<std::int32_t>(),
                              deviation, pixels, deviates.data());
            }
        }
    }
    return 0;
}

}  // namespace lenet
#endif
