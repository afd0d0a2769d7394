// Convolution by filters of one element: for each sample, a product of matrices.
//
// A strip, which is a few vectors of neighbouring pixels of all channels, is multiplied by the filters of a few
// maps at a time. There is little to calculate for each pixel, so that memory sets the pace: what will be
// written, and the pixels of the next strip, come to the caches meanwhile.
#ifndef LENET_CONV_FLAT_H
#define LENET_CONV_FLAT_H

namespace lenet {

template <typename S>
constexpr bool is_flat() {
    return S::TAPS == 1 && S::ROW_STRIDE == 1 && S::COLUMN_STRIDE == 1 && S::WINDOW == 1 && !S::IS_PADDED;
}

template <typename T, typename S>
constexpr RowTile choose_flat_tile() {
    return choose_row_tile(S::MAPS, (S::PLANE + Simd<T>::LANES - 1) / Simd<T>::LANES, 1, 1);
}

// The strip that begins with pixel `first` of the planes at `image`. `copy` has room for it.
template <typename T, typename S>
struct Strip {
    static constexpr int VECTORS = choose_flat_tile<T, S>().vectors, LANES = Simd<T>::LANES, WIDTH = VECTORS * LANES;
    static constexpr int SIZE = S::CHANNELS * WIDTH;
    static constexpr int LINE = Ahead<T>::LINE;

    const T* image;
    int first;
    const T* next;
    T* copy;

    // The last vector of a plane overlaps the one before.
    static constexpr int place(int pixel) { return std::min(pixel, S::PLANE - LANES); }

    // Calculates MAPS maps from `map` on. Of what lies ahead, each map brings its share to the caches: many
    // requests at once would wait for each other. The first maps make the copy, which stays in the nearest cache;
    // read where they are, the same pixels of all planes often fall into the same few lines of it.
    template <int MAPS, bool COPIES>
    void multiply(int map, const T* filters, const T* bias, T* output, typename S::Winners* winners) const {
        typedef typename Simd<T>::Vector Vector;
        T* near = copy;
        int places[VECTORS];
        for (int v = 0; v < VECTORS; ++v) places[v] = place(first + v * LANES);
        Vector sum[MAPS][VECTORS] = {};
#pragma GCC unroll 1
        for (int m = 0; m < MAPS; ++m) {
            // Where planes do not begin with a line, the strip before has used the first one.
            for (int i = LINE - 1; i < WIDTH; i += LINE) __builtin_prefetch(output + m * S::PLANE + first + i, 1, 3);
            for (int c = share(map + m, S::MAPS); c < share(map + m + 1, S::MAPS); ++c)
                for (int i = LINE - 1; i < WIDTH; i += LINE) __builtin_prefetch(next + c * S::PLANE + i, 0, 2);
#pragma GCC unroll 1
            for (int c = share(m, MAPS); c < share(m + 1, MAPS); ++c, near += WIDTH, filters += MAPS) {
                Vector pixel[VECTORS];
#pragma GCC unroll 8
                for (int v = 0; v < VECTORS; ++v) {
                    Vector* const place = reinterpret_cast<Vector*>(near + v * LANES);
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

private:
    // How many channels `n` of `of` equal parts have.
    static constexpr int share(int n, int of) { return int(npy_int64(S::CHANNELS) * n / of); }
};

// All maps on one strip, a block of filters after the other.
template <typename T, typename S>
void run_strip(const Strip<T, S>& strip, const T* filters, const T* bias, T* output, typename S::Winners* winners) {
    constexpr int MAPS = choose_flat_tile<T, S>().maps, REST = S::MAPS % MAPS;
    strip.template multiply<MAPS, true>(0, filters, bias, output, winners);
    int map = MAPS;
    const auto at_map = [&](auto multiply) {
        (strip.*multiply)(map, filters + map * S::CHANNELS, bias + map, output + map * S::PLANE,
                          winners + map * S::PLANE);
    };
    for (; map + MAPS <= S::MAPS; map += MAPS) at_map(&Strip<T, S>::template multiply<MAPS, false>);
    if constexpr (REST != 0) at_map(&Strip<T, S>::template multiply<REST, false>);
}

// The whole batch. There are as many biases as maps.
template <typename T, typename S>
int convolve_flat(npy_intp batch, const T* images, const T* filters, const T* biases, T* output,
                  typename S::Winners* winners) {
    constexpr int SIZE = S::MAPS * S::CHANNELS, WIDTH = Strip<T, S>::WIDTH;
    Scratch<T> packed(S::GROUPS * SIZE, 1), copies(Strip<T, S>::SIZE);
    if (!packed || !copies) return -1;

    const WithoutGil released;
    for (int group = 0; group < S::GROUPS; ++group)
        pack_for_rows<T, S, choose_flat_tile<T, S>().maps>(filters + group * SIZE, packed.data() + group * SIZE);
    const npy_intp samples = batch * S::GROUPS;
    const int together = samples_together(samples);
#pragma omp parallel for schedule(dynamic, together)
    for (npy_intp sample = 0; sample < samples; ++sample) {
        const int group = int(sample % S::GROUPS);
        const T* const image = images + sample * S::CHANNELS * S::PLANE;
        const npy_intp planes = sample * S::MAPS * S::PLANE;
        for (int first = 0; first < S::PLANE; first += WIDTH) {
            const T* const next = image + (first + WIDTH < S::PLANE ? first + WIDTH : S::CHANNELS * S::PLANE);
            run_strip<T, S>({image, first, next, copies.of_thread(omp_get_thread_num())},
                            packed.data() + group * SIZE, biases + group * S::MAPS, output + planes,
                            winners + planes);
        }
    }
    return 0;
}

}  // namespace lenet
#endif
