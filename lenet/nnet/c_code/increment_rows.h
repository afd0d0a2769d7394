// Rows of an array, chosen by a vector of indices, are increased or replaced.
#ifndef LENET_INCREMENT_ROWS_H
#define LENET_INCREMENT_ROWS_H

#include <algorithm>
#include <type_traits>

#include "common.h"

namespace lenet {

// Indices of any integer type as numbers from 0 to size - 1; negative ones count from the end.
class RowIndices {
public:
    // Is false, with a Python error set, if one of them is out of bounds.
    RowIndices(PyArrayObject* array, npy_intp size)
        : array_(reinterpret_cast<PyArrayObject*>(
              PyArray_FROMANY(reinterpret_cast<PyObject*>(array), NPY_INTP, 1, 1,
                              NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_FORCECAST))),
          size_(size),
          valid_(array_ != nullptr) {
        for (npy_intp i = 0; valid_ && i < count(); ++i) {
            const npy_intp index = values()[i];
            if (index >= -size && index < size) continue;
            PyErr_Format(PyExc_IndexError, "index %zd is out of bounds for axis 0 with size %zd", index, size);
            valid_ = false;
        }
    }
    ~RowIndices() { Py_XDECREF(array_); }
    RowIndices(const RowIndices&) = delete;
    RowIndices& operator=(const RowIndices&) = delete;
    explicit operator bool() const { return valid_; }
    npy_intp count() const { return PyArray_SIZE(array_); }
    npy_intp operator[](npy_intp i) const {
        const npy_intp index = values()[i];
        return index < 0 ? index + size_ : index;
    }

private:
    const npy_intp* values() const { return static_cast<const npy_intp*>(PyArray_DATA(array_)); }

    PyArrayObject* array_;
    npy_intp size_;
    bool valid_;
};

// Whether there is one row of x's size for each index; else a Python error.
static inline bool have_rows_for(PyArrayObject* x, PyArrayObject* rows, npy_intp count) {
    for (int axis = 0; axis < PyArray_NDIM(x); ++axis) {
        const npy_intp expected = axis ? PyArray_DIM(x, axis) : count, found = PyArray_DIM(rows, axis);
        if (found == expected) continue;
        PyErr_Format(PyExc_ValueError, "%s: axis %d of the new rows is %zd long, expected %zd",
                     found == 1 ? "Runtime broadcasting not allowed" : "shapes do not match", axis, found, expected);
        return false;
    }
    return true;
}

// Makes *out x itself, or a copy; a copy, too, if x is not contiguous. Returns whether it could.
static inline bool start_from(PyArrayObject** out, PyArrayObject* x, bool inplace) {
    if (inplace && PyArray_ISCARRAY(x)) {
        Py_INCREF(x);
        Py_XSETREF(*out, x);
        return true;
    }
    if (*out && *out != x && PyArray_ISCARRAY(*out) && PyArray_TYPE(*out) == PyArray_TYPE(x) &&
        PyArray_SAMESHAPE(*out, x))
        return PyArray_CopyInto(*out, x) == 0;
    PyArrayObject* const copy = reinterpret_cast<PyArrayObject*>(PyArray_NewCopy(x, NPY_CORDER));
    Py_XSETREF(*out, copy);
    return copy != nullptr;
}

// Integers wrap around, as NumPy's do.
template <typename T>
ALWAYS_INLINE T added(T a, T b) {
    if constexpr (std::is_integral<T>::value) {
        typedef typename std::make_unsigned<T>::type Wrapping;
        return T(Wrapping(a) + Wrapping(b));
    } else {
        return a + b;
    }
}

// Rows are added in the order of their indices, whatever the number of threads.
template <typename T, bool INPLACE, bool REPLACES>
int increment_rows(PyArrayObject* x, PyArrayObject* rows_array, PyArrayObject* indices_array, PyArrayObject** out) {
    const RowIndices indices(indices_array, PyArray_DIM(x, 0));
    if (!indices || !have_rows_for(x, rows_array, indices.count())) return -1;
    const Contiguous rows(rows_array);
    if (!rows || !start_from(out, x, INPLACE)) return -1;
    const npy_intp width = indices.count() ? PyArray_SIZE(rows_array) / indices.count() : 0;
    T* const results = static_cast<T*>(PyArray_DATA(*out));

    for (npy_intp i = 0; i < indices.count(); ++i) {
        const T* const row = rows.data<T>() + i * width;
        T* const result = results + indices[i] * width;
        if (REPLACES)
            std::copy(row, row + width, result);
        else {
#pragma omp simd
            for (npy_intp j = 0; j < width; ++j) result[j] = added(result[j], row[j]);
        }
    }
    return 0;
}

}  // namespace lenet
#endif
