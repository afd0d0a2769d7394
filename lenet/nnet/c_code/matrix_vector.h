// Products of a matrix and a vector, added to what is there.
#ifndef LENET_MATRIX_VECTOR_H
#define LENET_MATRIX_VECTOR_H

#include <algorithm>

#include "common.h"

namespace lenet {

// With fewer elements, to wake other threads takes longer than the product.
constexpr npy_intp MIN_PARALLEL_MATRIX = 1 << 18;

template <typename T>
T number(PyArrayObject* array) {
    return *static_cast<const T*>(PyArray_DATA(array));
}

// A matrix whose rows or whose columns lie one element after the other: the array itself or a copy.
class Compact {
public:
    explicit Compact(PyArrayObject* array)
        : array_(reinterpret_cast<PyArrayObject*>(
              PyArray_FromArray(array, nullptr, NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED))) {
        if (!array_ || fits(0) || fits(1)) return;
        PyObject* const copy = PyArray_NewCopy(array_, NPY_CORDER);
        Py_DECREF(array_);
        array_ = reinterpret_cast<PyArrayObject*>(copy);
    }
    ~Compact() { Py_XDECREF(array_); }
    Compact(const Compact&) = delete;
    Compact& operator=(const Compact&) = delete;
    explicit operator bool() const { return array_ != nullptr; }
    npy_intp size(int axis) const { return PyArray_DIM(array_, axis); }
    // From one element to the next along an axis; an axis of length one is never stepped along.
    npy_intp step(int axis) const { return PyArray_STRIDE(array_, axis) / PyArray_ITEMSIZE(array_); }
    // Whether neighbours along the axis are neighbours in memory.
    bool fits(int axis) const {
        const npy_intp item = PyArray_ITEMSIZE(array_);
        return (PyArray_STRIDE(array_, axis) == item || size(axis) <= 1) &&
               (PyArray_STRIDE(array_, 1 - axis) % item == 0 || size(1 - axis) <= 1);
    }
    template <typename T>
    const T* data() const {
        return static_cast<const T*>(PyArray_DATA(array_));
    }

private:
    PyArrayObject* array_;
};

// The sum of a vector's elements, in pairs.
template <typename T>
ALWAYS_INLINE T sum_of_lanes(typename Simd<T>::Vector vector) {
    T lanes[Simd<T>::LANES];
    store(lanes, vector);
#pragma GCC unroll 4
    for (int half = Simd<T>::LANES / 2; half; half /= 2)
#pragma GCC unroll 16
        for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    return lanes[0];
}

// sums[i] += scale * (row i of the matrix times the vector) of some rows, which share what is loaded of the
// vector; each lies in one piece.
template <int ROWS, typename T>
ALWAYS_INLINE void add_products_of_rows(T* sums, T scale, const T* matrix, npy_intp step, const T* vector,
                                        npy_intp columns) {
    constexpr npy_intp LANES = Simd<T>::LANES;
    typename Simd<T>::Vector partial[ROWS] = {};
    npy_intp k = 0;
    for (; k + LANES <= columns; k += LANES) {
        const auto factors = load(vector + k);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; ++i) partial[i] += load(matrix + i * step + k) * factors;
    }
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; ++i) {
        T sum = 0;
        for (npy_intp rest = k; rest < columns; ++rest) sum += matrix[i * step + rest] * vector[rest];
        sums[i] += scale * (sum + sum_of_lanes<T>(partial[i]));
    }
}

// The same of all rows.
template <typename T>
void add_row_products(T* sums, T scale, const T* matrix, npy_intp step, npy_intp rows, const T* vector,
                      npy_intp columns) {
    constexpr npy_intp ROWS = 8;
    const npy_intp blocks = (rows + ROWS - 1) / ROWS;
#pragma omp parallel for if (rows * columns >= MIN_PARALLEL_MATRIX)
    for (npy_intp block = 0; block < blocks; ++block) {
        npy_intp i = block * ROWS;
        if (i + ROWS <= rows)
            add_products_of_rows<ROWS>(sums + i, scale, matrix + i * step, step, vector, columns);
        else
            for (; i < rows; ++i) add_products_of_rows<1>(sums + i, scale, matrix + i * step, step, vector, columns);
    }
}

// The same of a matrix whose columns lie in one piece: each is added, times its number of the vector.
template <typename T>
void add_scaled_columns(T* sums, T scale, const T* matrix, npy_intp step, npy_intp rows, const T* vector,
                        npy_intp columns) {
    constexpr npy_intp ROWS = 2048;  // whose sums stay in the nearest cache
    const npy_intp blocks = (rows + ROWS - 1) / ROWS;
#pragma omp parallel for if (rows * columns >= MIN_PARALLEL_MATRIX)
    for (npy_intp block = 0; block < blocks; ++block) {
        const npy_intp valid = std::min(ROWS, rows - block * ROWS);
        T* const sum = sums + block * ROWS;
        const T* const start = matrix + block * ROWS;
        npy_intp k = 0;
        for (; k + 4 <= columns; k += 4) {
            const T *const a = start + k * step, *const b = a + step, *const c = b + step, *const d = c + step;
            const T of_a = scale * vector[k], of_b = scale * vector[k + 1], of_c = scale * vector[k + 2],
                    of_d = scale * vector[k + 3];
#pragma omp simd
            for (npy_intp i = 0; i < valid; ++i) sum[i] += a[i] * of_a + b[i] * of_b + c[i] * of_c + d[i] * of_d;
        }
        for (; k < columns; ++k) {
            const T* const a = start + k * step;
            const T of_a = scale * vector[k];
#pragma omp simd
            for (npy_intp i = 0; i < valid; ++i) sum[i] += a[i] * of_a;
        }
    }
}

// beta * y + alpha * matrix x, in y's own memory if `inplace`.
template <typename T, bool inplace>
int matrix_vector_product(PyArrayObject* y_array, PyArrayObject* alpha, PyArrayObject* matrix_array,
                          PyArrayObject* x_array, PyArrayObject* beta_array, PyArrayObject** sum_array) {
    const Compact matrix(matrix_array);
    const Contiguous x(x_array), y(y_array);
    if (!matrix || !x || !y) return -1;
    const npy_intp rows = matrix.size(0), columns = matrix.size(1);
    if (PyArray_DIM(y_array, 0) != rows || PyArray_DIM(x_array, 0) != columns) {
        PyErr_Format(PyExc_ValueError, "matrix-vector product: shapes (%zd,) + (%zd, %zd) (%zd,) do not fit",
                     PyArray_DIM(y_array, 0), rows, columns, PyArray_DIM(x_array, 0));
        return -1;
    }
    T* const sums = inplace ? take_over<T>(sum_array, y_array) : prepare_output<T>(sum_array, {rows});
    if (!sums) return -1;
    const T beta = number<T>(beta_array);
    if (beta == 0)  // y may hold anything then, not numbers even
        std::fill_n(sums, rows, T(0));
    else if (beta != 1 || sums != y.data<T>())
        for (npy_intp i = 0; i < rows; ++i) sums[i] = beta * y.data<T>()[i];
    if (matrix.fits(1))
        add_row_products(sums, number<T>(alpha), matrix.data<T>(), matrix.step(0), rows, x.data<T>(), columns);
    else
        add_scaled_columns(sums, number<T>(alpha), matrix.data<T>(), matrix.step(1), rows, x.data<T>(), columns);
    return 0;
}

}  // namespace lenet
#endif
