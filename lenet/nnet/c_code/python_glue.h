// What stands between NumPy's arrays and a kernel.
//
// What PyTensor's virtual machine calls includes this, and modules that it compiles; kernels do not.
#ifndef LENET_PYTHON_GLUE_H
#define LENET_PYTHON_GLUE_H

// Where it is precompiled, GCC finds it only once: PyTensor includes it first.
#ifndef Py_PYTHON_H
#include <Python.h>
#endif
#include <numpy/arrayobject.h>

#include <vector>

#include "interface.h"

namespace lenet {

// A kernel that is loaded, and the parameters of an Op.
struct Entry {
    int (*function)(Index* words, const Index* numbers, char* message);
    const Index* numbers;
};

// With less to read and write, to give the lock back takes longer than what other threads gain.
constexpr npy_intp BYTES_WORTH_THREADS = 1 << 15;

// Lets other Python threads run while a kernel works on memory that they cannot touch.
class WithoutGil {
public:
    explicit WithoutGil(npy_intp bytes) : state_(bytes < BYTES_WORTH_THREADS ? nullptr : PyEval_SaveThread()) {}
    ~WithoutGil() {
        if (state_) PyEval_RestoreThread(state_);
    }
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

private:
    PyThreadState* state_;
};

// Sets the Python error that belongs to a failure.
inline void set_python_error(int status, const char* message) {
    PyObject* const errors[] = {nullptr,           nullptr,          PyExc_MemoryError,
                                PyExc_ValueError,  PyExc_IndexError, PyExc_NotImplementedError,
                                PyExc_RuntimeError};
    if (!PyErr_Occurred()) PyErr_SetString(errors[status < NO_MEMORY || status > FAILED ? FAILED : status], message);
}

// A new reference to an array whose elements are aligned and in the order of the machine: the array itself or a copy;
// null, with a Python error set, if there is no memory for one.
inline PyArrayObject* behaved(PyArrayObject* array) {
    if (!PyArray_ISBEHAVED_RO(array)) {
        const int wanted = NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED;
        return reinterpret_cast<PyArrayObject*>(PyArray_FromArray(array, nullptr, wanted));
    }
    Py_INCREF(array);
    return array;
}

// An array of NumPy's as kernels see arrays.
class NumpyArray {
public:
    explicit NumpyArray(PyArrayObject* array) : array_(behaved(array)) {}
    ~NumpyArray() { Py_XDECREF(array_); }
    NumpyArray(const NumpyArray&) = delete;
    NumpyArray& operator=(const NumpyArray&) = delete;
    explicit operator bool() const { return array_ != nullptr; }
    Array view() const {
        return {PyArray_BYTES(array_),   PyArray_NDIM(array_),     PyArray_DIMS(array_),
                PyArray_STRIDES(array_), PyArray_ITEMSIZE(array_), bool(PyArray_ISSIGNED(array_))};
    }

private:
    PyArrayObject* array_;
};

// Makes *out a C-contiguous array of this shape, reusing the one that is there if it fits. Returns its data, or null
// with a Python error set.
inline void* prepare_array(PyArrayObject** out, int ndim, const npy_intp* shape, int type) {
    const bool fits = *out && PyArray_NDIM(*out) == ndim && PyArray_ISCARRAY(*out) && PyArray_TYPE(*out) == type &&
                      std::equal(shape, shape + ndim, PyArray_DIMS(*out));
    if (!fits) {
        Py_XDECREF(*out);
        *out = reinterpret_cast<PyArrayObject*>(PyArray_EMPTY(ndim, const_cast<npy_intp*>(shape), type, 0));
    }
    return *out ? PyArray_DATA(*out) : nullptr;
}

// Makes *out the array `in` itself, to be overwritten, if it can be.
inline bool take_over(PyArrayObject** out, PyArrayObject* in) {
    if (!PyArray_ISCARRAY(in)) return false;
    Py_INCREF(in);
    Py_XSETREF(*out, in);
    return true;
}

// What a kernel writes: where, of which type and how many axes, and the number of the input that it may overwrite,
// or -1.
struct Result {
    PyArrayObject** array;
    int type, ndim, overwrites;
};

// Calls a kernel. Returns a negative number, with a Python error set, if it has failed.
inline int call_kernel(const Entry& entry, const std::vector<PyArrayObject*>& inputs,
                       const std::vector<Result>& results) {
    std::vector<PyArrayObject*> arrays;
    std::vector<Index> words;
    std::vector<std::size_t> places;
    std::size_t count = 0;
    for (PyArrayObject* const input : inputs) count += 1 + 2 * PyArray_NDIM(input);
    for (const Result& result : results) count += 1 + result.ndim;
    arrays.reserve(inputs.size()), words.reserve(count), places.reserve(results.size());
    char message[MESSAGE_SIZE] = "";
    npy_intp bytes = 0;
    int status = DONE;
    for (PyArrayObject* const input : inputs) {
        PyArrayObject* const array = behaved(input);
        if (!array) {
            status = FAILED;
            break;
        }
        arrays.push_back(array);
        const int ndim = PyArray_NDIM(array);
        words.push_back(reinterpret_cast<Index>(PyArray_DATA(array)));
        words.insert(words.end(), PyArray_DIMS(array), PyArray_DIMS(array) + ndim);
        words.insert(words.end(), PyArray_STRIDES(array), PyArray_STRIDES(array) + ndim);
        bytes += PyArray_NBYTES(array);
    }
    for (const Result& result : results) {
        PyArrayObject* array = *result.array;
        if (result.overwrites >= 0 && take_over(result.array, inputs[result.overwrites])) array = *result.array;
        const bool fits = array && PyArray_ISCARRAY(array) && PyArray_NDIM(array) == result.ndim &&
                          PyArray_TYPE(array) == result.type;
        places.push_back(words.size());
        words.resize(words.size() + 1 + result.ndim);
        if (!fits) continue;
        words[places.back()] = reinterpret_cast<Index>(PyArray_DATA(array));
        std::copy_n(PyArray_DIMS(array), result.ndim, &words[places.back() + 1]);
    }
    const auto call = [&] {
        const WithoutGil released(bytes);
        return entry.function(words.data(), entry.numbers, message);
    };
    if (status == DONE) status = call();
    if (status == NEEDS_OUTPUTS) {
        status = DONE;
        for (std::size_t o = 0; o < results.size(); ++o) {
            Index* const place = &words[places[o]];
            if (*place) continue;
            *place =
                reinterpret_cast<Index>(prepare_array(results[o].array, results[o].ndim, place + 1, results[o].type));
            if (!*place) status = NO_MEMORY;
        }
        if (status == DONE) status = call();
    }
    for (PyArrayObject* array : arrays) Py_DECREF(array);
    if (status != DONE) set_python_error(status, message);
    return status == DONE ? 0 : -1;
}

}  // namespace lenet
#endif
