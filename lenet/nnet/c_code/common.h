// What every kernel needs: threads, SIMD vectors, scratch memory and NumPy arrays.
#ifndef LENET_COMMON_H
#define LENET_COMMON_H

// Where it is precompiled, GCC finds it only once: PyTensor includes it first.
#ifndef Py_PYTHON_H
#include <Python.h>
#endif
#include <numpy/arrayobject.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <vector>

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

constexpr npy_intp round_up(npy_intp n, npy_intp multiple) { return (n + multiple - 1) / multiple * multiple; }

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
    npy_intp axis[3];
    npy_intp& operator[](int i) { return axis[i]; }
    npy_intp operator[](int i) const { return axis[i]; }
    npy_intp product() const { return axis[0] * axis[1] * axis[2]; }
    bool operator==(const Sizes& other) const { return std::equal(axis, axis + 3, other.axis); }
};

// One block of aligned memory for each thread, allocated before the threads start, because an
// exception must not leave a parallel region. It is not initialised.
template <typename T>
class Scratch {
public:
    Scratch(npy_intp per_thread, int threads = omp_get_max_threads())
        : stride_(round_up(per_thread, ALIGNMENT / sizeof(T))),
          data_(static_cast<T*>(::operator new[](std::size_t(stride_) * threads * sizeof(T),
                                                 std::align_val_t(ALIGNMENT), std::nothrow))) {
        if (!data_) PyErr_NoMemory();
    }
    ~Scratch() { ::operator delete[](data_, std::align_val_t(ALIGNMENT)); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    explicit operator bool() const { return data_ != nullptr; }
    T* of_thread(int thread) const { return data_ + stride_ * thread; }
    T* data() const { return data_; }

private:
    npy_intp stride_;
    T* data_;
};

// A C-contiguous, aligned version of an array, which may be the array itself.
class Contiguous {
public:
    explicit Contiguous(PyArrayObject* array)
        : array_(reinterpret_cast<PyArrayObject*>(
              PyArray_FromArray(array, nullptr, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED))) {}
    ~Contiguous() { Py_XDECREF(array_); }
    Contiguous(const Contiguous&) = delete;
    Contiguous& operator=(const Contiguous&) = delete;
    explicit operator bool() const { return array_ != nullptr; }
    template <typename T>
    const T* data() const {
        return array_ ? static_cast<const T*>(PyArray_DATA(array_)) : nullptr;
    }

private:
    PyArrayObject* array_;
};

// Lets other Python threads run while a kernel works on memory that they cannot touch.
class WithoutGil {
public:
    WithoutGil() : state_(PyEval_SaveThread()) {}
    ~WithoutGil() { PyEval_RestoreThread(state_); }
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

private:
    PyThreadState* state_;
};

// The value, or zero: without a branch, which data at random would mispredict.
static inline npy_float32 value_if(bool keep, npy_float32 value) {
    npy_uint32 bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= -npy_uint32(keep);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
}
static inline npy_float64 value_if(bool keep, npy_float64 value) {
    npy_uint64 bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits &= -npy_uint64(keep);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
}

template <typename T>
constexpr int numpy_type() {
    if (std::is_floating_point<T>::value) return sizeof(T) == 4 ? NPY_FLOAT32 : NPY_FLOAT64;
    constexpr bool is_signed = std::is_signed<T>::value;
    switch (sizeof(T)) {
        case 1: return is_signed ? NPY_INT8 : NPY_UINT8;
        case 2: return is_signed ? NPY_INT16 : NPY_UINT16;
        case 4: return is_signed ? NPY_INT32 : NPY_UINT32;
        default: return is_signed ? NPY_INT64 : NPY_UINT64;
    }
}

// The last `spatial` axes of an array as three sizes.
static inline Sizes spatial_sizes(PyArrayObject* array, int spatial) {
    Sizes sizes = {{1, 1, 1}};
    for (int i = 0; i < spatial; ++i) sizes[3 - spatial + i] = PyArray_DIM(array, PyArray_NDIM(array) - spatial + i);
    return sizes;
}

// The whole shape of an array: its leading axes, then its last `spatial` ones.
static inline std::vector<npy_intp> whole_shape(std::vector<npy_intp> lead, const Sizes& last, int spatial) {
    lead.insert(lead.end(), last.axis + 3 - spatial, last.axis + 3);
    return lead;
}

static inline std::vector<npy_intp> shape_of(PyArrayObject* array) {
    return {PyArray_DIMS(array), PyArray_DIMS(array) + PyArray_NDIM(array)};
}

// Whether all arrays have the same shape; else a Python error.
static inline bool have_one_shape(std::initializer_list<PyArrayObject*> arrays) {
    PyArrayObject* const first = *arrays.begin();
    for (PyArrayObject* array : arrays)
        if (!PyArray_SAMESHAPE(first, array)) {
            PyErr_SetString(PyExc_ValueError, "Input dimension mismatch: arrays of one shape are expected");
            return false;
        }
    return true;
}

// Makes *out a C-contiguous array of this shape, reusing the one that is there if it fits.
// Returns its data, or null with a Python error set.
template <typename T>
T* prepare_output(PyArrayObject** out, const std::vector<npy_intp>& shape) {
    const int ndim = int(shape.size());
    const bool fits = *out && PyArray_NDIM(*out) == ndim && PyArray_ISCARRAY(*out) &&
                      PyArray_TYPE(*out) == numpy_type<T>() &&
                      std::equal(shape.begin(), shape.end(), PyArray_DIMS(*out));
    if (!fits) {
        Py_XDECREF(*out);
        *out = reinterpret_cast<PyArrayObject*>(
            PyArray_EMPTY(ndim, const_cast<npy_intp*>(shape.data()), numpy_type<T>(), 0));
    }
    return *out ? static_cast<T*>(PyArray_DATA(*out)) : nullptr;
}

// Makes *out the array `in` itself, to be overwritten; a new array if `in` cannot be.
// Returns its data, or null with a Python error set.
template <typename T>
T* take_over(PyArrayObject** out, PyArrayObject* in) {
    if (!PyArray_ISCARRAY(in)) return prepare_output<T>(out, shape_of(in));
    Py_INCREF(in);
    Py_XDECREF(*out);
    *out = in;
    return static_cast<T*>(PyArray_DATA(in));
}

}  // namespace lenet
#endif
