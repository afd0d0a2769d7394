// Convolutions of groups with few maps, whose vectors are neighbouring columns of a plane.
//
// The product of conv.h has a lane for each map, and most lanes would be idle. Here a tap of a filter is
// multiplied with a whole vector of pixels. So that these are neighbours for any stride, and exist for any
// padding, planes are copied, one group of one sample at a time, which stays in the nearest caches.
#ifndef LENET_CONV_DIRECT_H
#define LENET_CONV_DIRECT_H

namespace lenet {

// A correlation of planes with filters, along each axis:
//     output[i] = sum over k of filter[k] * padded[i * stride + k * dilation],
//     padded[low + i * spread] = source[i], and zero elsewhere.
// A convolution turns the filters round. The gradient of the image is a correlation of the output gradient,
// whose elements a stride has spread.
struct Correlation {
    Sizes source, padded, low, spread, kernel, dilation, stride, output;
    bool reversed;
};

// Offsets into a plane are the same for all planes, and calculated once.
template <typename T>
struct Stencil {
    static constexpr int LANES = Simd<T>::LANES;
    // The offsets of corners end with repetitions, so that there are whole blocks of them.
    static constexpr int MOST_BLOCKS = 8;

    Sizes source;
    npy_intp pixels;                         // of a plane that has been copied
    npy_intp outputs, vectors, row_vectors;  // of a plane and of a row; without the repetitions
    bool copied;                             // or else planes are read where they are
    int lanes;                               // that count: fewer than LANES if rows are shorter than that
    int shared;                              // lanes of a row's last vector that the one before has, too
    std::vector<npy_intp> rows, columns;     // where the rows of a plane, and elements in a row, are copied to
    std::vector<npy_intp> corners, targets;  // the first window of each vector of outputs, and the first output
    std::vector<npy_intp> taps;              // a window's elements from its first one, in the order of the filters

    explicit Stencil(const Correlation& shape) : source(shape.source), outputs(shape.output.product()) {
        // Each row begins with the columns 0, stride, 2 stride..., then come 1, 1 + stride...: columns that
        // neighbouring outputs multiply by the same tap are neighbours.
        const npy_intp step = shape.stride[2], phase = (shape.padded[2] + step - 1) / step;
        const auto column = [&](npy_intp k) { return k % step * phase + k / step; };
        const auto row = [&](npy_intp i, npy_intp j) { return (i * shape.padded[1] + j) * phase * step; };
        pixels = row(shape.padded[0], 0);
        copied = !(shape.source == shape.padded) || step > 1 || shape.output[2] < LANES;

        for (npy_intp i = 0; i < source[0]; ++i)
            for (npy_intp j = 0; j < source[1]; ++j)
                rows.push_back(row(shape.low[0] + i * shape.spread[0], shape.low[1] + j * shape.spread[1]));
        for (npy_intp k = 0; k < source[2]; ++k) columns.push_back(column(shape.low[2] + k * shape.spread[2]));
        for (npy_intp i = 0; i < shape.kernel[0]; ++i)
            for (npy_intp j = 0; j < shape.kernel[1]; ++j)
                for (npy_intp k = 0; k < shape.kernel[2]; ++k)
                    taps.push_back(row(i * shape.dilation[0], j * shape.dilation[1]) + column(k * shape.dilation[2]));
        if (shape.reversed) std::reverse(taps.begin(), taps.end());

        // The last vector of a row overlaps the one before.
        lanes = int(std::min<npy_intp>(shape.output[2], LANES));
        row_vectors = (shape.output[2] + LANES - 1) / LANES;
        shared = shape.output[2] < LANES ? 0 : int(row_vectors * LANES - shape.output[2]);
        for (npy_intp i = 0; i < shape.output[0]; ++i)
            for (npy_intp j = 0; j < shape.output[1]; ++j)
                for (npy_intp v = 0; v < row_vectors; ++v) {
                    const npy_intp first = std::min(v * LANES, shape.output[2] - lanes);
                    corners.push_back(row(i * shape.stride[0], j * shape.stride[1]) + first);
                    targets.push_back((i * shape.output[1] + j) * shape.output[2] + first);
                }
        vectors = npy_intp(corners.size());
        while (corners.size() % MOST_BLOCKS) {
            corners.push_back(corners.back());
            targets.push_back(targets.back());
        }
    }

    // Elements of scratch for the copies of so many planes; the last vector may reach beyond them.
    npy_intp scratch(npy_intp planes) const { return copied ? planes * pixels + LANES : 0; }

    // The planes as they are, or a copy, in which what is around the pixels is zero already.
    const T* prepare(const T* planes, npy_intp count, T* copy) const {
        if (!copied) return planes;
        const npy_intp width = source[2];
        const bool neighbours = width >= LANES && columns[width - 1] - columns[0] == width - 1;
        for (npy_intp plane = 0; plane < count; ++plane, copy += pixels)
            for (npy_intp i = 0; i < npy_intp(rows.size()); ++i, planes += width)
                if (neighbours)
                    for (npy_intp k = 0; k < width; k += LANES) {
                        const npy_intp first = std::min(k, width - LANES);
                        store(copy + rows[i] + columns[0] + first, load(planes + first));
                    }
                else
                    for (npy_intp k = 0; k < width; ++k) copy[rows[i] + columns[k]] = planes[k];
        return copy - count * pixels;
    }

    // Writes the outputs of one vector.
    void write(T* elements, typename Simd<T>::Vector vector) const {
        if (lanes == LANES)
            store(elements, vector);
        else
            std::memcpy(elements, &vector, lanes * sizeof(T));
    }

    // Reads an output plane as aligned vectors, zero where the vector before has the element already.
    void read(const T* plane, T* elements) const {
        for (npy_intp n = 0; n < vectors; ++n, elements += LANES) {
            if (lanes == LANES)
                store(elements, load(plane + targets[n]));
            else
                std::copy_n(plane + targets[n], lanes, std::fill_n(elements, LANES, T(0)) - LANES);
            if (n % row_vectors == row_vectors - 1) std::fill_n(elements, shared, T(0));
        }
    }
};

// Whether vectors of columns are worth while: whether so many of their lanes count that it makes up for
// loading them for each map. `waste` says how many pixels are multiplied for one that is not a zero.
template <typename T>
bool is_thin(npy_intp maps, npy_intp columns, npy_intp waste) {
    constexpr npy_intp LANES = Simd<T>::LANES;
    return columns * round_up(maps, LANES) >= 2 * waste * maps * round_up(columns, LANES);
}

// How filters, or their sums, of one group lie in memory: taps are neighbours.
struct FilterSteps {
    npy_intp plane, map;
};

// Calculates MAPS output planes from all the input planes of a group, BLOCKS vectors at a time.
template <typename T, int MAPS>
void correlate_maps(const Stencil<T>& stencil, const T* planes, npy_intp count, const T* filters, FilterSteps steps,
                    T* output) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int BLOCKS = MAPS == 1 ? Stencil<T>::MOST_BLOCKS : Stencil<T>::MOST_BLOCKS / 2;
    const npy_intp* const taps = stencil.taps.data();
    const npy_intp tap_count = npy_intp(stencil.taps.size());
    for (npy_intp first = 0; first < stencil.vectors; first += BLOCKS) {
        Vector sum[MAPS][BLOCKS] = {};
        const T* window[BLOCKS];
        for (int b = 0; b < BLOCKS; ++b) window[b] = planes + stencil.corners[first + b];
        const T* filter = filters;
        for (npy_intp plane = 0; plane < count; ++plane, filter += steps.plane) {
            for (npy_intp t = 0; t < tap_count; ++t) {
                const npy_intp tap = taps[t];
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

// All groups of a batch. Each has `planes` input planes and `maps` output planes.
template <typename T>
int correlate(const Correlation& shape, npy_intp batch, npy_intp groups, npy_intp planes, npy_intp maps,
              const T* source, const T* filters, FilterSteps steps, T* output) {
    const Stencil<T> stencil(shape);
    const npy_intp copy_size = stencil.scratch(planes);
    const npy_intp filter_size = planes * maps * shape.kernel.product();
    const Scratch<T> copies(copy_size);
    if (!copies) return -1;

    const WithoutGil released;
#pragma omp parallel
    {
        T* const copy = copies.of_thread(omp_get_thread_num());
        std::fill_n(copy, copy_size, T(0));
#pragma omp for schedule(guided)
        for (npy_intp task = 0; task < batch * groups; ++task) {
            const T* const group = stencil.prepare(source + task * planes * shape.source.product(), planes, copy);
            const T* filter = filters + task % groups * filter_size;
            T* map = output + task * maps * stencil.outputs;
            npy_intp left = maps;
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
void add_taps(const Stencil<T>& stencil, const T* plane, const T* gradient, const npy_intp* taps, int count,
              typename Simd<T>::Vector* sums) {
    typedef typename Simd<T>::Vector Vector;
    if constexpr (TAPS > 3)
        if (count < TAPS) return add_taps<T, TAPS - 3>(stencil, plane, gradient, taps, count, sums);
    Vector sum[TAPS] = {};
    const T* shifted[TAPS];
    for (int t = 0; t < TAPS; ++t) shifted[t] = plane + taps[t];
    for (npy_intp n = 0; n < stencil.vectors; ++n) {
        const Vector factor = *reinterpret_cast<const Vector*>(gradient + n * Simd<T>::LANES);
#pragma GCC unroll 16
        for (int t = 0; t < TAPS; ++t) sum[t] += factor * load(shifted[t] + stencil.corners[n]);
    }
    for (int t = 0; t < TAPS; ++t) sums[t] += sum[t];
}

// The gradient with respect to the filters, which are (group, map, plane, tap).
template <typename T>
int correlate_gradients(const Correlation& shape, npy_intp batch, npy_intp groups, npy_intp planes, npy_intp maps,
                        const T* source, const T* gradients, T* filters) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int LANES = Simd<T>::LANES, MOST_TAPS = 9;
    Stencil<T> stencil(shape);
    const npy_intp tap_count = npy_intp(stencil.taps.size()), tap_blocks = (tap_count + MOST_TAPS - 1) / MOST_TAPS;
    const int block = int(round_up((tap_count + tap_blocks - 1) / tap_blocks, 3));
    stencil.taps.resize(tap_blocks * block, stencil.taps.back());

    // Each chunk of the batch sums on its own: their number does not depend on the number of threads.
    const npy_intp filter_size = npy_intp(stencil.taps.size()) * LANES, all_filters = groups * maps * planes;
    const npy_intp bytes = all_filters * filter_size * sizeof(T);
    const npy_intp most = std::max<npy_intp>(4, (npy_intp(32) << 20) / (bytes + 1));
    const npy_intp chunks = std::max<npy_intp>(1, std::min({batch / 4, npy_intp(32), most}));
    // Few parts of all groups, for neighbours in memory, but enough for many threads.
    const npy_intp parts = std::min(groups, (31 + chunks) / chunks), group_size = maps * planes * filter_size;
    const npy_intp copy_size = stencil.scratch(planes);
    const Scratch<T> copies(copy_size), factors(stencil.vectors * LANES);
    const Scratch<T> partial(all_filters * filter_size, int(chunks));
    if (!copies || !factors || !partial) return -1;

    const WithoutGil released;
#pragma omp parallel
    {
        T* const copy = copies.of_thread(omp_get_thread_num());
        T* const factor = factors.of_thread(omp_get_thread_num());
        std::fill_n(copy, copy_size, T(0));
#pragma omp for schedule(dynamic)
        for (npy_intp task = 0; task < chunks * parts; ++task) {
            const npy_intp chunk = task / parts, part = task % parts;
            const npy_intp first = groups * part / parts, count = groups * (part + 1) / parts - first;
            std::fill_n(partial.of_thread(int(chunk)) + first * group_size, count * group_size, T(0));
            const npy_intp samples = batch * (chunk + 1) / chunks - batch * chunk / chunks;
            for (npy_intp i = 0; i < samples * count; ++i) {
                const npy_intp group = first + i % count, at = (batch * chunk / chunks + i / count) * groups + group;
                T* const sums = partial.of_thread(int(chunk)) + group * group_size;
                const T* const image = stencil.prepare(source + at * planes * shape.source.product(), planes, copy);
                for (npy_intp map = 0; map < maps; ++map) {
                    stencil.read(gradients + (at * maps + map) * stencil.outputs, factor);
                    for (npy_intp plane = 0; plane < planes; ++plane)
                        for (npy_intp t = 0; t < tap_blocks * block; t += block)
                            add_taps<T, MOST_TAPS>(
                                stencil, image + plane * stencil.pixels, factor, &stencil.taps[t], block,
                                reinterpret_cast<Vector*>(sums + (map * planes + plane) * filter_size) + t);
                }
            }
        }
#pragma omp for
        for (npy_intp filter = 0; filter < all_filters; ++filter)
            for (npy_intp t = 0; t < tap_count; ++t) {
                Vector total{};
                for (npy_intp chunk = 0; chunk < chunks; ++chunk)
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
