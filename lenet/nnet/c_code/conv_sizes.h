// What a convolution is, and where its elements lie: sizes, offsets and padding.
#ifndef LENET_CONV_SIZES_H
#define LENET_CONV_SIZES_H

#include <algorithm>
#include <vector>

#include "common.h"
#include "conv_stencil.h"

namespace lenet {

struct ConvGeometry {
    enum Border { PADDED, HALF, FULL } border;
    Sizes low, high, stride, dilation;
    Index groups;
    bool flip;
    int spatial;

    static ConvGeometry of(Numbers numbers) {
        return {Border(numbers.one()), numbers.three(), numbers.three(),    numbers.three(),
                numbers.three(),       numbers.one(),   numbers.one() != 0, int(numbers.one())};
    }
};

// Every size of one convolution. Channels and maps are those of one group.
struct ConvSizes {
    Index batch, channels, maps, taps, positions, padded_pixels;
    Sizes image, kernel, low, padded, output;
    bool is_padded;

    // Returns false, with a failure noted, if the shapes do not fit.
    bool resolve(const ConvGeometry& geometry, Index batch_, Index channels_, Index maps_, const Sizes& image_,
                 const Sizes& kernel_) {
        batch = batch_, image = image_, kernel = kernel_;
        if (maps_ % geometry.groups || channels_ % geometry.groups) {
            fail(WRONG_VALUE, "convolution: %zd channels and %zd filters cannot be divided into %zd groups", channels_,
                 maps_, geometry.groups);
            return false;
        }
        channels = channels_ / geometry.groups, maps = maps_ / geometry.groups;
        is_padded = false;
        for (int i = 0; i < 3; ++i) {
            const Index span = (kernel[i] - 1) * geometry.dilation[i] + 1;
            Index high = geometry.high[i];
            low[i] = geometry.low[i];
            if (geometry.border == ConvGeometry::HALF) low[i] = high = span / 2;
            if (geometry.border == ConvGeometry::FULL) low[i] = high = span - 1;
            padded[i] = image[i] + low[i] + high;
            is_padded = is_padded || padded[i] != image[i];
            output[i] = (padded[i] - span) / geometry.stride[i] + 1;
            if (kernel[i] < 1 || image[i] < 0 || padded[i] < span) {
                fail(WRONG_VALUE,
                     "convolution: an image of (%zd, %zd, %zd) is smaller than the filters of "
                     "(%zd, %zd, %zd)",
                     image[0], image[1], image[2], kernel[0], kernel[1], kernel[2]);
                return false;
            }
        }
        taps = kernel.product(), positions = output.product(), padded_pixels = padded.product();
        return true;
    }

    // Whether every window has a pixel along each axis: further out, gradients would have to be cut off.
    bool padding_is_within_filters(const ConvGeometry& geometry) const {
        for (int i = 0; i < 3; ++i)
            if (std::max(low[i], padded[i] - image[i] - low[i]) > (kernel[i] - 1) * geometry.dilation[i]) return false;
        return true;
    }

    // Enough samples together for the rows of a block, and for long sums over positions.
    Index samples_per_group() const { return std::max<Index>(1, std::min(batch, 128 / std::max<Index>(1, positions))); }
};

// The correlations, as conv_direct.h calculates them, that a convolution and its gradient are.
static inline Correlation forward_correlation(const ConvGeometry& geometry, const ConvSizes& sizes) {
    return {sizes.image,       sizes.padded,    sizes.low,    {{1, 1, 1}},  sizes.kernel,
            geometry.dilation, geometry.stride, sizes.output, geometry.flip};
}
static inline Correlation input_correlation(const ConvGeometry& geometry, const ConvSizes& sizes) {
    Correlation shape{sizes.output,      {},          {},          geometry.stride, sizes.kernel,
                      geometry.dilation, {{1, 1, 1}}, sizes.image, !geometry.flip};
    for (int i = 0; i < 3; ++i) {
        const Index reach = (sizes.kernel[i] - 1) * geometry.dilation[i];
        shape.padded[i] = sizes.image[i] + reach;
        shape.low[i] = reach - sizes.low[i];
    }
    return shape;
}

static inline bool same(const char* what, Index found, Index expected) {
    if (found == expected) return true;
    fail(WRONG_VALUE, "convolution: got %zd %s, expected %zd", found, what, expected);
    return false;
}

static inline bool check_gradient(const Array* gradient, const ConvGeometry& geometry, const ConvSizes& sizes) {
    const Sizes found = spatial_sizes(gradient, geometry.spatial), &expected = sizes.output;
    if (found == expected) return true;
    fail(WRONG_VALUE, "convolution: the output gradient has shape (%zd, %zd, %zd), expected (%zd, %zd, %zd)", found[0],
         found[1], found[2], expected[0], expected[1], expected[2]);
    return false;
}

// Offsets, in a padded image of which neighbouring pixels are `pixel` elements apart, of the first
// element of each output position's window.
static inline std::vector<Index> position_offsets(const ConvGeometry& geometry, const ConvSizes& sizes, Index pixel) {
    std::vector<Index> offsets;
    offsets.reserve(sizes.positions);
    for (Index i = 0; i < sizes.output[0]; ++i)
        for (Index j = 0; j < sizes.output[1]; ++j)
            for (Index k = 0; k < sizes.output[2]; ++k)
                offsets.push_back(
                    ((i * geometry.stride[0] * sizes.padded[1] + j * geometry.stride[1]) * sizes.padded[2] +
                     k * geometry.stride[2]) *
                    pixel);
    return offsets;
}

// Offsets of a window's elements from its first one, in the order of a cross-correlation.
static inline std::vector<Index> tap_offsets(const ConvGeometry& geometry, const ConvSizes& sizes, Index pixel) {
    std::vector<Index> offsets;
    offsets.reserve(sizes.taps);
    for (Index i = 0; i < sizes.kernel[0]; ++i)
        for (Index j = 0; j < sizes.kernel[1]; ++j)
            for (Index k = 0; k < sizes.kernel[2]; ++k)
                offsets.push_back(
                    ((i * geometry.dilation[0] * sizes.padded[1] + j * geometry.dilation[1]) * sizes.padded[2] +
                     k * geometry.dilation[2]) *
                    pixel);
    return offsets;
}

// Adds the offsets of `inner` to each of `count` multiples of `step`: outer index first.
static inline std::vector<Index> repeated(const std::vector<Index>& inner, Index count, Index step) {
    std::vector<Index> offsets;
    offsets.reserve(inner.size() * count);
    for (Index i = 0; i < count; ++i)
        for (Index offset : inner) offsets.push_back(i * step + offset);
    return offsets;
}

// Index, in a filter as the user gives it, of the tap that a cross-correlation has at `tap`.
static inline Index filter_tap(const ConvGeometry& geometry, const ConvSizes& sizes, Index tap) {
    return geometry.flip ? sizes.taps - 1 - tap : tap;
}

// Copies planes of an image into the middle of zeros.
template <typename T>
void pad_planes(const T* image, Index planes, const ConvSizes& sizes, T* padded) {
    std::fill_n(padded, planes * sizes.padded_pixels, T(0));
    for (Index plane = 0; plane < planes; ++plane)
        for (Index i = 0; i < sizes.image[0]; ++i)
            for (Index j = 0; j < sizes.image[1]; ++j, image += sizes.image[2])
                std::copy_n(image, sizes.image[2],
                            padded + plane * sizes.padded_pixels +
                                ((i + sizes.low[0]) * sizes.padded[1] + j + sizes.low[1]) * sizes.padded[2] +
                                sizes.low[2]);
}

// The planes as they are, or padded into `copy` where there is padding.
template <typename T>
const T* padded_planes(const T* image, Index planes, const ConvSizes& sizes, T* copy) {
    if (!sizes.is_padded) return image;
    pad_planes(image, planes, sizes, copy);
    return copy;
}

}  // namespace lenet
#endif
