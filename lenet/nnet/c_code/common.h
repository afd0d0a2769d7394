// What every kernel needs: threads, SIMD vectors, scratch memory and the shapes of arrays.
#ifndef LENET_COMMON_H
#define LENET_COMMON_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <vector>

#include "interface.h"

#ifdef _OPENMP
#include <omp.h>
#else
static inline int omp_get_max_threads() { return 1; }
static inline int omp_get_thread_num() { return 0; }
#endif

namespace lenet {

// The widest vectors of the machine that compiles, and how many of them fit its registers.
#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, VECTOR_REGISTERS = 32;
#elif defined(__AVX__)
constexpr int VECTOR_BYTES = 32, VECTOR_REGISTERS = 16;
#elif defined(__ARM_NEON)
constexpr int VECTOR_BYTES = 16, VECTOR_REGISTERS = 32;
#else
constexpr int VECTOR_BYTES = 16, VECTOR_REGISTERS = 16;
#endif
constexpr std::size_t ALIGNMENT = 64;

template <typename T>
struct Simd {
    typedef T Vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
    static constexpr int LANES = VECTOR_BYTES / sizeof(T);
};

#define ALWAYS_INLINE inline __attribute__((always_inline))

// Keeps the compiler from calculating addresses ahead, for which it would spill sums to memory.
#define HERE(pointer) asm("" : "+r"(pointer))

// Keeps the compiler from loading a vector again for each of its uses.
#if defined(__x86_64__)
#define IN_REGISTER(vector) asm("" : "+v"(vector))
#elif defined(__aarch64__)
#define IN_REGISTER(vector) asm("" : "+w"(vector))
#else
#define IN_REGISTER(vector)
#endif

// A vector at any address; the aligned ones are read and written through pointers.
template <typename T>
struct Unaligned {
    typedef T Vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T)), may_alias));
};
template <typename T>
ALWAYS_INLINE typename Simd<T>::Vector load(const T* elements) {
    return *reinterpret_cast<const typename Unaligned<T>::Vector*>(elements);
}
template <typename T>
ALWAYS_INLINE void store(T* elements, typename Simd<T>::Vector vector) {
    *reinterpret_cast<typename Unaligned<T>::Vector*>(elements) = vector;
}

constexpr Index round_up(Index n, Index multiple) { return (n + multiple - 1) / multiple * multiple; }

// Memory that comes to the cache a few lines at a time: many requests at once would wait for each other.
template <typename T>
struct Ahead {
    static constexpr int LINE = 64 / sizeof(T);
    const T *place, *end;
    ALWAYS_INLINE void fetch(int lines) {
        for (; lines > 0 && place < end; --lines, place += LINE) __builtin_prefetch(place, 0, 2);
    }
};

// Three sizes, one for each spatial axis; images are volumes of depth one.
struct Sizes {
    Index axis[3];
    Index& operator[](int i) { return axis[i]; }
    Index operator[](int i) const { return axis[i]; }
    Index product() const { return axis[0] * axis[1] * axis[2]; }
    bool operator==(const Sizes& other) const { return std::equal(axis, axis + 3, other.axis); }
};

// Takes the next parameters of an Op.
struct Numbers {
    const Index* next;
    Index one() { return *next++; }
    Sizes three() {
        next += 3;
        return {{next[-3], next[-2], next[-1]}};
    }
};

// One block of aligned memory for each thread, allocated before the threads start, because an
// exception must not leave a parallel region. It is not initialised.
template <typename T>
class Scratch {
public:
    Scratch(Index per_thread, int threads = omp_get_max_threads())
        : stride_(round_up(per_thread, ALIGNMENT / sizeof(T))),
          data_(static_cast<T*>(::operator new[](std::size_t(stride_) * threads * sizeof(T),
                                                 std::align_val_t(ALIGNMENT), std::nothrow))) {
        if (!data_) fail(NO_MEMORY, "not enough memory for %zd elements of scratch memory", stride_ * threads);
    }
    ~Scratch() { ::operator delete[](data_, std::align_val_t(ALIGNMENT)); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    explicit operator bool() const { return data_ != nullptr; }
    T* of_thread(int thread) const { return data_ + stride_ * thread; }
    T* data() const { return data_; }

private:
    Index stride_;
    T* data_;
};

// The value, or zero: without a branch, which data at random would mispredict.
static inline float value_if(bool keep, float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= -std::uint32_t(keep);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
}
static inline double value_if(bool keep, double value) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= -std::uint64_t(keep);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
}

// The last `spatial` axes of an array as three sizes.
static inline Sizes spatial_sizes(const Array* array, int spatial) {
    Sizes sizes = {{1, 1, 1}};
    for (int i = 0; i < spatial; ++i) sizes[3 - spatial + i] = array->shape[array->ndim - spatial + i];
    return sizes;
}

// The whole shape of an array: its leading axes, then its last `spatial` ones.
static inline std::vector<Index> whole_shape(std::vector<Index> lead, const Sizes& last, int spatial) {
    lead.insert(lead.end(), last.axis + 3 - spatial, last.axis + 3);
    return lead;
}

static inline std::vector<Index> shape_of(const Array* array) { return {array->shape, array->shape + array->ndim}; }

// Whether all arrays have the same shape; else a failure.
static inline bool have_one_shape(std::initializer_list<const Array*> arrays) {
    const Array* const first = *arrays.begin();
    for (const Array* array : arrays)
        if (shape_of(first) != shape_of(array)) {
            fail(WRONG_VALUE, "Input dimension mismatch: arrays of one shape are expected");
            return false;
        }
    return true;
}

}  // namespace lenet
#endif
