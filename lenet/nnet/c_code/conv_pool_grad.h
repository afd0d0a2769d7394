// Gradients of the fused convolution of conv_pool.h.
//
// Of each pooling window only the winners have a gradient, and of those only the ones that the
// rectifier lets through. Both kernels visit these and nothing else: for windows of 2x2 they do, at
// most, a quarter of the multiplications of the convolution's own gradient.
#ifndef LENET_CONV_POOL_GRAD_H
#define LENET_CONV_POOL_GRAD_H

#include <algorithm>
#include <cstring>
#include <vector>

#include "common.h"
#include "conv_pool.h"
#include "conv_pool_field.h"
#include "parallel_work.h"
#include "transpose.h"

namespace lenet {

// Groups of vectors whose instructions become one function: a compiler's time grows faster than its length.
constexpr int GROUPS_TOGETHER = 8;

template <typename T, typename S, typename F, int FIRST>
__attribute__((noinline)) void add_more_fields(const T* image, const WinnerList<T, S, F>& list, T* sums);

// sums[o] += the gradient times the receptive field of every winner in the list, for the vectors of
// a group that starts with FIRST; then for the groups after it.
template <typename T, typename S, typename F, int FIRST = 0>
ALWAYS_INLINE void add_fields(const T* image, const WinnerList<T, S, F>& list, T* sums) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int GROUP = group_size(F::VECTORS, VECTOR_REGISTERS - 5), COUNT = std::min(GROUP, F::VECTORS - FIRST);
    // Few sums would wait for each other.
    constexpr int SETS = COUNT <= 8 ? 2 : 1;
    Vector sum[SETS][COUNT];
#pragma GCC unroll 32
    for (int a = 0; a < COUNT; ++a) {
        sum[0][a] = *reinterpret_cast<Vector*>(sums + (FIRST + a) * F::LANES);
        if (SETS > 1) sum[SETS - 1][a] = Vector{};
    }
    int i = 0;
#pragma GCC unroll 1
    for (; i + SETS <= list.size; i += SETS)
#pragma GCC unroll 2
        for (int set = 0; set < SETS; ++set) {
            const T* field = image + list.fields[i + set];
            HERE(field);
            const T gradient = list.gradients[i + set];
#pragma GCC unroll 32
            for (int a = 0; a < COUNT; ++a)
                sum[set][a] += gradient * *reinterpret_cast<const Vector*>(field + F::vector(FIRST + a));
        }
    if (i < list.size)
#pragma GCC unroll 32
        for (int a = 0; a < COUNT; ++a)
            sum[0][a] +=
                list.gradients[i] * *reinterpret_cast<const Vector*>(image + list.fields[i] + F::vector(FIRST + a));
#pragma GCC unroll 32
    for (int a = 0; a < COUNT; ++a) {
        if (SETS > 1) sum[0][a] += sum[SETS - 1][a];
        *reinterpret_cast<Vector*>(sums + (FIRST + a) * F::LANES) = sum[0][a];
    }
    if constexpr (FIRST + COUNT < F::VECTORS) {
        if constexpr ((FIRST + COUNT) % (GROUPS_TOGETHER * GROUP) != 0)
            add_fields<T, S, F, FIRST + COUNT>(image, list, sums);
        else
            add_more_fields<T, S, F, FIRST + COUNT>(image, list, sums);
    }
}

template <typename T, typename S, typename F, int FIRST>
void add_more_fields(const T* image, const WinnerList<T, S, F>& list, T* sums) {
    add_fields<T, S, F, FIRST>(image, list, sums);
}

static inline bool check_gradients(const Array* winners, const Array* gradient, const std::vector<Index>& shape) {
    return has_shape(winners, shape, "winners") && has_shape(gradient, shape, "output gradient");
}

template <typename T, typename S>
int conv_pool_grad_weights(const Array* image_array, const Array* winner_array, const Array* gradient_array,
                           Output* filter_array, Output* bias_array) {
    typedef Field<T, S, true> F;
    typedef WinnerList<T, S, F> List;
    typedef typename List::Vector Vector;
    constexpr int SAMPLES = most_together<T, F, S>();
    // Bands of outputs whose receptive fields stay in the nearest cache while all maps visit them.
    constexpr int BAND_ROWS =
        std::max(1, (24 * 1024 / int(F::ROW * sizeof(T)) - (S::KERNEL_ROWS - 1) * S::ROW_DILATION) /
                        (S::WINDOW_ROWS * S::ROW_STRIDE));
    constexpr int BAND = std::min(BAND_ROWS * S::OUTPUT_COLUMNS, S::OUTPUTS);
    constexpr int SUMS = S::MAPS * F::SIZE;

    const Index batch = image_array->shape[0];
    if (!has_shape(image_array, {batch, S::CHANNELS, S::ROWS, S::COLUMNS}, "images") ||
        !check_gradients(winner_array, gradient_array, {batch, S::MAPS, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS}))
        return -1;
    T* const filters = prepare_output<T>(filter_array, {S::MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS});
    T* const biases = prepare_output<T>(bias_array, {S::MAPS});
    const Contiguous images(image_array), winners(winner_array), gradients(gradient_array);
    if (!filters || !biases || !images || !winners || !gradients) return -1;

    // Each chunk of the batch has its own sums, which are added at the end. How many there are
    // depends on the batch alone, never on the threads.
    const Index chunks = chunks_of(batch, 4, S::OUTPUTS);
    Scratch<T> sums(SUMS, int(chunks));
    Scratch<T> bias_sums(S::MAPS * F::LANES, int(chunks));
    Scratch<T> image_scratch(SAMPLES * F::IMAGE), interleaved(S::PADDED_PLANE * S::CHANNELS + F::LANES);
    Scratch<T> listed_gradients(SAMPLES * List::CAPACITY);
    Scratch<typename List::Integer> listed_fields(SAMPLES * List::CAPACITY);
    if (!sums || !bias_sums || !image_scratch || !interleaved || !listed_gradients || !listed_fields) return -1;
    std::vector<typename List::Integer> corners;
    for (int s = 0; s < SAMPLES; ++s)
        for (int q = 0; q < S::OUTPUTS; ++q) corners.push_back(s * F::IMAGE + F::corner(q));
    corners.resize(corners.size() + F::LANES);

    const ParallelWork work(batch);
#pragma omp parallel for schedule(dynamic)
    for (Index chunk = 0; chunk < chunks; ++chunk) {
        const int thread = omp_get_thread_num();
        T *const sum = sums.of_thread(int(chunk)), *const image = image_scratch.of_thread(thread);
        Vector* const bias_sum = reinterpret_cast<Vector*>(bias_sums.of_thread(int(chunk)));
        std::fill_n(sum, SUMS, T(0));
        std::fill_n(bias_sum, S::MAPS, Vector{});
        const Index end = batch * (chunk + 1) / chunks;
        for (Index first = batch * chunk / chunks; first < end; first += SAMPLES) {
            const int here = int(std::min<Index>(SAMPLES, end - first));
            for (int s = 0; s < here; ++s)
                channels_last<T, S, F>(images.data<T>() + (first + s) * S::CHANNELS * S::PLANE,
                                       interleaved.of_thread(thread), image + s * F::IMAGE);
            for (int band = 0; band < S::OUTPUTS; band += BAND) {
                const int count = BAND == S::OUTPUTS ? BAND : std::min(BAND, S::OUTPUTS - band);
                for (int o = 0; o < S::MAPS; ++o) {
                    List list{listed_fields.of_thread(thread), listed_gradients.of_thread(thread)};
                    for (int s = 0; s < here; ++s) {
                        const Index plane = ((first + s) * S::MAPS + o) * S::OUTPUTS + band;
                        list.append(gradients.data<T>() + plane, winners.data<typename S::Winners>() + plane,
                                    batch * S::MAPS * S::OUTPUTS - plane, corners.data() + s * S::OUTPUTS + band, count,
                                    bias_sum[o]);
                    }
                    add_fields(image, list, sum + o * F::SIZE);
                }
            }
        }
    }

#pragma omp parallel for
    for (int o = 0; o < S::MAPS; ++o) {
        double bias_total = 0;
        for (int chunk = 0; chunk < chunks; ++chunk)
            for (int lane = 0; lane < F::LANES; ++lane) bias_total += bias_sums.of_thread(chunk)[o * F::LANES + lane];
        biases[o] = T(bias_total);
        T* const total = sums.of_thread(0) + o * F::SIZE;
        for (int chunk = 1; chunk < chunks; ++chunk)
            for (int i = 0; i < F::SIZE; ++i) total[i] += sums.of_thread(chunk)[o * F::SIZE + i];
        for (int c = 0; c < S::CHANNELS; ++c)
            for (int t = 0; t < S::TAPS; ++t)
                filters[(o * S::CHANNELS + c) * S::TAPS + S::filter_tap(t)] = total[F::element(t, c)];
    }
    return 0;
}

// Which maps have a gradient at each position of each window of one sample: bits of words.
template <typename T, typename S>
struct MapsOfPosition {
    typedef std::uint32_t Word;
    static constexpr int BITS = 32, WORDS = (S::MAPS + BITS - 1) / BITS, SIZE = WORDS * S::WINDOW * S::OUTPUTS;
    static constexpr int row(int word, int position) { return (word * S::WINDOW + position) * S::OUTPUTS; }
    static void fill(const T* __restrict gradients, const typename S::Winners* __restrict winners,
                     Word* __restrict words) {
        std::fill_n(words, SIZE, Word(0));
        for (int o = 0; o < S::MAPS; ++o, gradients += S::OUTPUTS, winners += S::OUTPUTS)
            for (int q = 0; q < S::OUTPUTS; ++q) {
                const Word won = gradients[q] != 0 ? Word(winners[q]) : Word(0);
#pragma GCC unroll 16
                for (int r = 0; r < S::WINDOW; ++r) words[row(o / BITS, r) + q] |= (won >> r & 1) << o % BITS;
            }
    }
};

// Vectors of a filter that are added at a time: they fit the registers, and those of all maps the
// nearest cache.
template <typename S, typename F>
constexpr int filter_group() {
    return group_size(F::VECTORS, std::min(VECTOR_REGISTERS - 5, 40 * 1024 / (S::MAPS * VECTOR_BYTES)));
}

// Adds to the field of each position the filters of the maps that won there, times their gradients:
// the vectors of a group that starts with FIRST, for all samples, then the groups after it.
template <typename T, typename S, typename F, int FIRST = 0>
void add_filters(const T* filters, const T* gradients, const std::uint32_t* words, int samples, T* images) {
    typedef typename Unaligned<T>::Vector Place;
    typedef typename Simd<T>::Vector Vector;
    typedef MapsOfPosition<T, S> Maps;
    constexpr int GROUP = filter_group<S, F>();
    constexpr int COUNT = std::min(GROUP, F::VECTORS - FIRST);
    for (int s = 0; s < samples; ++s)
        for (int q = 0; q < S::OUTPUTS; ++q)
#pragma GCC unroll 1
            for (int r = 0; r < S::WINDOW; ++r) {
                T* const field = images + s * F::IMAGE + F::corner(q) + F::place(r);
                const T* const gradient = gradients + s * S::MAPS * S::OUTPUTS + q;
                Vector sum[COUNT];
#pragma GCC unroll 32
                for (int a = 0; a < COUNT; ++a) sum[a] = *reinterpret_cast<Place*>(field + F::vector(FIRST + a));
                for (int word = 0; word < Maps::WORDS; ++word) {
                    typename Maps::Word maps = words[s * Maps::SIZE + Maps::row(word, r) + q];
#pragma GCC unroll 1
                    while (maps) {
                        HERE(maps);
                        const int o = word * Maps::BITS + __builtin_ctz(maps);
                        maps &= maps - 1;
                        const T* filter = filters + (S::MAPS * FIRST + o * COUNT) * F::LANES;
                        HERE(filter);
                        const T value = gradient[o * S::OUTPUTS];
#pragma GCC unroll 32
                        for (int a = 0; a < COUNT; ++a)
                            sum[a] += value * *reinterpret_cast<const Vector*>(filter + a * F::LANES);
                    }
                }
#pragma GCC unroll 32
                for (int a = 0; a < COUNT; ++a) *reinterpret_cast<Place*>(field + F::vector(FIRST + a)) = sum[a];
            }
    if constexpr (FIRST + COUNT < F::VECTORS)
        add_filters<T, S, F, FIRST + COUNT>(filters, gradients, words, samples, images);
}

// The filters in the order in which add_filters reads them: (group, map, vector of the group).
template <typename T, typename S, typename F>
void pack_filters(const T* filters, T* packed) {
    constexpr int GROUP = filter_group<S, F>();
    std::fill_n(packed, S::MAPS * F::SIZE, T(0));
    for (int o = 0; o < S::MAPS; ++o)
        for (int c = 0; c < S::CHANNELS; ++c)
            for (int t = 0; t < S::TAPS; ++t) {
                const int element = F::element(t, c), vector = element / F::LANES;
                const int first = vector / GROUP * GROUP, count = std::min(GROUP, F::VECTORS - first);
                packed[(S::MAPS * first + o * count + vector - first) * F::LANES + element % F::LANES] =
                    filters[(o * S::CHANNELS + c) * S::TAPS + S::filter_tap(t)];
            }
}

// Writes the sums of one sample as planes, without the padding.
template <typename T, typename S, typename F>
void channels_first(const T* sums, T* image) {
    if constexpr (F::IS_SHORT) {
        for (int c = 0; c < S::CHANNELS; ++c)
            for (int pixel = 0; pixel < S::PLANE; ++pixel)
                image[c * S::PLANE + pixel] = sums[S::padded_offset(pixel, F::PIXEL) + c];
    } else if constexpr (S::IS_PADDED) {
        for (int row = 0; row < S::ROWS; ++row)
            maps_to_planes<T>(sums + S::padded_offset(row * S::COLUMNS, F::PIXEL), S::COLUMNS, S::CHANNELS, F::PIXEL,
                              [&](Index channel, Index column, auto vector, int count) {
                                  std::memcpy(image + channel * S::PLANE + row * S::COLUMNS + column, &vector,
                                              count * sizeof(T));
                              });
    } else {
        maps_to_planes<T>(sums, S::PLANE, S::CHANNELS, F::PIXEL,
                          [&](Index channel, Index pixel, auto vector, int count) {
                              std::memcpy(image + channel * S::PLANE + pixel, &vector, count * sizeof(T));
                          });
    }
}

template <typename T, typename S>
int conv_pool_grad_inputs(const Array* filter_array, const Array* winner_array, const Array* gradient_array,
                          Output* image_array) {
    typedef Field<T, S, false> F;
    typedef MapsOfPosition<T, S> Maps;
    constexpr int SAMPLES = most_together<T, F, S>(), OUTPUT = S::MAPS * S::OUTPUTS;
    const Index batch = gradient_array->shape[0];
    if (!has_shape(filter_array, {S::MAPS, S::CHANNELS, S::KERNEL_ROWS, S::KERNEL_COLUMNS}, "filters") ||
        !check_gradients(winner_array, gradient_array, {batch, S::MAPS, S::OUTPUT_ROWS, S::OUTPUT_COLUMNS}))
        return -1;
    T* const image = prepare_output<T>(image_array, {batch, S::CHANNELS, S::ROWS, S::COLUMNS});
    const Contiguous filters(filter_array), winners(winner_array), gradients(gradient_array);
    if (!image || !filters || !winners || !gradients) return -1;
    Scratch<T> packed(S::MAPS * F::SIZE, 1), reaching(SAMPLES * OUTPUT + F::LANES);
    // What is read and written beyond the last pixel counts for nothing.
    Scratch<T> sums(SAMPLES * F::IMAGE + F::LANES * (F::PIXEL + 1));
    Scratch<typename Maps::Word> words(SAMPLES * Maps::SIZE);
    if (!packed || !reaching || !sums || !words) return -1;
    pack_filters<T, S, F>(filters.data<T>(), packed.data());

    const ParallelWork work(batch);
    const Index together = samples_together(batch, SAMPLES);
#pragma omp parallel for schedule(dynamic)
    for (Index first = 0; first < batch; first += together) {
        const int here = int(std::min(together, batch - first)), thread = omp_get_thread_num();
        T *const value = reaching.of_thread(thread), *const sum = sums.of_thread(thread);
        typename Maps::Word* const word = words.of_thread(thread);
        each_vector<T>(here * OUTPUT, [&](int place, int valid, int) {
            const Index element = first * OUTPUT + place;
            const Reached<T, S> reached(gradients.data<T>() + element, winners.data<typename S::Winners>() + element,
                                        valid, valid);
            store(value + place, reached.gradients);
        });
        for (int s = 0; s < here; ++s)
            Maps::fill(value + s * OUTPUT, winners.data<typename S::Winners>() + (first + s) * OUTPUT,
                       word + s * Maps::SIZE);
        std::fill_n(sum, here * F::IMAGE + F::LANES, T(0));
        add_filters<T, S, F>(packed.data(), value, word, here, sum);
        for (int s = 0; s < here; ++s)
            channels_first<T, S, F>(sum + s * F::IMAGE, image + (first + s) * S::CHANNELS * S::PLANE);
    }
    return 0;
}

}  // namespace lenet
#endif
