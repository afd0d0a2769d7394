// Products of a matrix and a vector, added to what is there.
#ifndef LENET_MATRIX_VECTOR_H
#define LENET_MATRIX_VECTOR_H

#include <algorithm>

#include "common.h"

namespace lenet {

// With fewer elements, to wake other threads takes longer than the product.
constexpr Index MIN_PARALLEL_MATRIX = 1 << 18;

// A matrix whose rows or whose columns lie one element after the other: the array itself or a copy.
class Compact : public Suited {
public:
    explicit Compact(const Array* array) : Suited(array, fits(*array, 0) || fits(*array, 1)) {}
    Index size(int axis) const { return (*this)->shape[axis]; }
    // From one element to the next along an axis; an axis of length one is never stepped along.
    Index step(int axis) const { return (*this)->strides[axis] / (*this)->item; }
    // Whether neighbours along the axis are neighbours in memory.
    bool fits(int axis) const { return fits(*operator->(), axis); }

private:
    static bool fits(const Array& array, int axis) {
        return (array.strides[axis] == array.item || array.shape[axis] <= 1) &&
               (array.strides[1 - axis] % array.item == 0 || array.shape[1 - axis] <= 1);
    }
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
ALWAYS_INLINE void add_products_of_rows(T* sums, T scale, const T* matrix, Index step, const T* vector, Index columns) {
    constexpr Index LANES = Simd<T>::LANES;
    typename Simd<T>::Vector partial[ROWS] = {};
    Index k = 0;
    for (; k + LANES <= columns; k += LANES) {
        const auto factors = load(vector + k);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; ++i) partial[i] += load(matrix + i * step + k) * factors;
    }
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; ++i) {
        T sum = 0;
        for (Index rest = k; rest < columns; ++rest) sum += matrix[i * step + rest] * vector[rest];
        sums[i] += scale * (sum + sum_of_lanes<T>(partial[i]));
    }
}

// The same of all rows.
template <typename T>
void add_row_products(T* sums, T scale, const T* matrix, Index step, Index rows, const T* vector, Index columns) {
    constexpr Index ROWS = 8;
    const Index blocks = (rows + ROWS - 1) / ROWS;
#pragma omp parallel for if (rows * columns >= MIN_PARALLEL_MATRIX)
    for (Index block = 0; block < blocks; ++block) {
        Index i = block * ROWS;
        if (i + ROWS <= rows)
            add_products_of_rows<ROWS>(sums + i, scale, matrix + i * step, step, vector, columns);
        else
            for (; i < rows; ++i) add_products_of_rows<1>(sums + i, scale, matrix + i * step, step, vector, columns);
    }
}

// The same of a matrix whose columns lie in one piece: each is added, times its number of the vector.
template <typename T>
void add_scaled_columns(T* sums, T scale, const T* matrix, Index step, Index rows, const T* vector, Index columns) {
    constexpr Index ROWS = 2048;  // whose sums stay in the nearest cache
    const Index blocks = (rows + ROWS - 1) / ROWS;
#pragma omp parallel for if (rows * columns >= MIN_PARALLEL_MATRIX)
    for (Index block = 0; block < blocks; ++block) {
        const Index valid = std::min(ROWS, rows - block * ROWS);
        T* const sum = sums + block * ROWS;
        const T* const start = matrix + block * ROWS;
        Index k = 0;
        for (; k + 4 <= columns; k += 4) {
            const T *const a = start + k * step, *const b = a + step, *const c = b + step, *const d = c + step;
            const T of_a = scale * vector[k], of_b = scale * vector[k + 1], of_c = scale * vector[k + 2],
                    of_d = scale * vector[k + 3];
#pragma omp simd
            for (Index i = 0; i < valid; ++i) sum[i] += a[i] * of_a + b[i] * of_b + c[i] * of_c + d[i] * of_d;
        }
        for (; k < columns; ++k) {
            const T* const a = start + k * step;
            const T of_a = scale * vector[k];
#pragma omp simd
            for (Index i = 0; i < valid; ++i) sum[i] += a[i] * of_a;
        }
    }
}

// beta * y + alpha * matrix x. The result may lie where y does.
template <typename T>
int matrix_vector_product(const Array* y_array, const Array* alpha_array, const Array* matrix_array,
                          const Array* x_array, const Array* beta_array, Output* sum_array) {
    const Index rows = matrix_array->shape[0], columns = matrix_array->shape[1];
    if (y_array->shape[0] != rows || x_array->shape[0] != columns) {
        fail(WRONG_VALUE, "matrix-vector product: shapes (%zd,) + (%zd, %zd) (%zd,) do not fit", y_array->shape[0],
             rows, columns, x_array->shape[0]);
        return -1;
    }
    T* const sums = prepare_output<T>(sum_array, {rows});
    if (!sums) return -1;
    const Compact matrix(matrix_array);
    const Contiguous x(x_array), y(y_array);
    if (!matrix || !x || !y) return -1;
    const T alpha = alpha_array->at<T>(), beta = beta_array->at<T>();
    if (beta == 0)  // y may hold anything then, not numbers even
        std::fill_n(sums, rows, T(0));
    else if (beta != 1 || sums != y.data<T>())
        for (Index i = 0; i < rows; ++i) sums[i] = beta * y.data<T>()[i];
    if (matrix.fits(1))
        add_row_products(sums, alpha, matrix.data<T>(), matrix.step(0), rows, x.data<T>(), columns);
    else
        add_scaled_columns(sums, alpha, matrix.data<T>(), matrix.step(1), rows, x.data<T>(), columns);
    return 0;
}

}  // namespace lenet
#endif
