// Convolution by filters of one element: for each sample, a product of matrices.
//
// There is little to calculate for each pixel, so that memory sets the pace: what will be written, and what will
// be read next, come to the caches meanwhile.
#ifndef LENET_CONV_FLAT_H
#define LENET_CONV_FLAT_H

#include <algorithm>

#include "common.h"
#include "conv_pool.h"
#include "conv_rows.h"
#include "parallel_work.h"

namespace lenet {

template <typename S>
constexpr bool is_flat() {
    return S::TAPS == 1 && S::ROW_STRIDE == 1 && S::COLUMN_STRIDE == 1 && S::WINDOW == 1 && !S::IS_PADDED;
}

template <typename T, typename S>
constexpr RowTile choose_flat_tile() {
    return choose_row_tile(S::MAPS, (S::PLANE + Simd<T>::LANES - 1) / Simd<T>::LANES, 1, 1);
}

// How a sample is cut: into strips of a few vectors of pixels of all channels, and stretches of as many strips as
// stay in the second-nearest cache beside what comes there.
template <typename T, typename S>
struct FlatPlan {
    static constexpr RowTile TILE = choose_flat_tile<T, S>();
    static constexpr int MAPS = TILE.maps, BLOCKS = (S::MAPS + MAPS - 1) / MAPS, REST = S::MAPS % MAPS;
    static constexpr int WIDTH = TILE.vectors * Simd<T>::LANES, STRIP = S::CHANNELS * WIDTH;
    static constexpr int STRIPS = (S::PLANE + WIDTH - 1) / WIDTH;
    static constexpr int STRETCH = std::clamp(256 * 1024 / int(STRIP * sizeof(T)), 1, STRIPS);
};

// The pixels of the next stretch, which come to the cache a few lines at a time: many requests at once would wait
// for each other. They come a channel after the other, as memory has them.
template <typename T, typename S>
struct NextStretch {
    typedef FlatPlan<T, S> Plan;
    static constexpr int LINE = Ahead<T>::LINE;
    static constexpr int ROW = (std::min(Plan::STRETCH * Plan::WIDTH, S::PLANE) + LINE - 1) / LINE;
    static constexpr int LINES = S::CHANNELS * ROW;
    static constexpr int SHARE = (LINES + Plan::STRETCH * S::MAPS - 1) / (Plan::STRETCH * S::MAPS);
    const T* first;
    int line = 0;

    // What one map on one strip has to do of it.
    ALWAYS_INLINE void share() {
        for (const int end = std::min(line + SHARE, LINES); line < end; ++line)
            __builtin_prefetch(first + line / ROW * S::PLANE + line % ROW * LINE, 0, 2);
    }
};

// MAPS maps on the strip that begins with pixel `first` of the planes at `image`. The first maps copy the strip;
// read where they are, the same pixels of all planes often fall into the same few lines of a cache.
template <typename T, typename S, int MAPS, bool COPIES>
void multiply_strip(const T* image, int first, T* copy, const T* filters, const T* bias, T* output,
                    typename S::Winners* winners, NextStretch<T, S>& next) {
    typedef typename Simd<T>::Vector Vector;
    constexpr int WIDTH = FlatPlan<T, S>::WIDTH, LANES = Simd<T>::LANES, VECTORS = WIDTH / LANES;
    constexpr int LINE = NextStretch<T, S>::LINE;
    const auto channels = [](int n) { return int(std::int64_t(S::CHANNELS) * n / MAPS); };
    int places[VECTORS];
    // The last vector of a plane overlaps the one before.
    for (int v = 0; v < VECTORS; ++v) places[v] = std::min(first + v * LANES, S::PLANE - LANES);
    Vector sum[MAPS][VECTORS] = {};
#pragma GCC unroll 1
    for (int m = 0; m < MAPS; ++m) {
        // Where planes do not begin with a line, the strip before has used the first one.
        for (int i = LINE - 1; i < WIDTH; i += LINE) __builtin_prefetch(output + m * S::PLANE + first + i, 1, 3);
        next.share();
#pragma GCC unroll 1
        for (int c = channels(m); c < channels(m + 1); ++c, copy += WIDTH, filters += MAPS) {
            Vector pixel[VECTORS];
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; ++v) {
                Vector* const place = reinterpret_cast<Vector*>(copy + v * LANES);
                if constexpr (COPIES) *place = load(image + c * S::PLANE + places[v]);
                pixel[v] = *place;
            }
#pragma GCC unroll 8
            for (int i = 0; i < MAPS; ++i) {
                const T weight = filters[i];
#pragma GCC unroll 8
                for (int v = 0; v < VECTORS; ++v) sum[i][v] += weight * pixel[v];
            }
        }
    }
    finish_rows<T, S, MAPS, VECTORS>(sum, places, bias, output, winners);
}

// A stretch: for each block of maps, all of its strips, so that only a few maps are written at a time.
template <typename T, typename S>
void run_stretch(const T* image, int begin, int end, T* copies, const T* filters, const T* bias, T* output,
                 typename S::Winners* winners, NextStretch<T, S> next) {
    typedef FlatPlan<T, S> Plan;
    constexpr auto first = multiply_strip<T, S, Plan::MAPS, true>;
    constexpr auto others = multiply_strip<T, S, Plan::MAPS, false>;
    constexpr auto rest = multiply_strip<T, S, (Plan::REST == 0 ? Plan::MAPS : Plan::REST), false>;
    for (int block = 0; block < Plan::BLOCKS; ++block) {
        const int map = block * Plan::MAPS;
        const auto multiply = block == 0 ? first : block == Plan::BLOCKS - 1 ? rest : others;
        for (int strip = begin; strip < end; ++strip)
            multiply(image, strip * Plan::WIDTH, copies + (strip - begin) * Plan::STRIP, filters + map * S::CHANNELS,
                     bias + map, output + Index(map) * S::PLANE, winners + Index(map) * S::PLANE, next);
    }
}

// The whole batch. There are as many biases as maps.
template <typename T, typename S>
int convolve_flat(Index batch, const T* images, const T* filters, const T* biases, T* output,
                  typename S::Winners* winners) {
    typedef FlatPlan<T, S> Plan;
    constexpr int SIZE = S::MAPS * S::CHANNELS;
    Scratch<T> packed(S::GROUPS * SIZE, 1), copies(Plan::STRETCH * Plan::STRIP);
    if (!packed || !copies) return -1;

    const ParallelWork work(batch);
    for (int group = 0; group < S::GROUPS; ++group)
        pack_for_rows<T, S, Plan::MAPS>(filters + group * SIZE, packed.data() + group * SIZE);
    const Index samples = batch * S::GROUPS;
    const Index together = samples_together(samples, 8, 4);
#pragma omp parallel for schedule(dynamic, together)
    for (Index sample = 0; sample < samples; ++sample) {
        const int group = int(sample % S::GROUPS);
        const T* const image = images + sample * S::CHANNELS * S::PLANE;
        const Index planes = sample * S::MAPS * S::PLANE;
        for (int begin = 0; begin < Plan::STRIPS; begin += Plan::STRETCH) {
            const int end = std::min(begin + Plan::STRETCH, Plan::STRIPS);
            const T* const next = image + (end < Plan::STRIPS ? end * Plan::WIDTH : S::CHANNELS * S::PLANE);
            run_stretch<T, S>(image, begin, end, copies.of_thread(omp_get_thread_num()), packed.data() + group * SIZE,
                              biases + group * S::MAPS, output + planes, winners + planes, {next});
        }
    }
    return 0;
}

}  // namespace lenet
#endif
