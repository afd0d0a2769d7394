// Rows of an array, chosen by a vector of indices, are increased or replaced.
#ifndef LENET_INCREMENT_ROWS_H
#define LENET_INCREMENT_ROWS_H

#include <algorithm>
#include <type_traits>
#include <vector>

#include "common.h"

namespace lenet {

// Indices of any integer type as numbers from 0 to size - 1; negative ones count from the end.
class RowIndices {
public:
    // Is false, with a failure noted, if one of them is out of bounds.
    RowIndices(const Array* array, Index size) : rows_(array->shape[0]), valid_(false) {
        for (Index i = 0; i < count(); ++i) {
            const Index index = array->integer(i);
            if (index < -size || index >= size) {
                fail(OUT_OF_BOUNDS, "index %zd is out of bounds for axis 0 with size %zd", index, size);
                return;
            }
            rows_[i] = index < 0 ? index + size : index;
        }
        valid_ = true;
    }
    explicit operator bool() const { return valid_; }
    Index count() const { return Index(rows_.size()); }
    Index operator[](Index i) const { return rows_[i]; }

private:
    std::vector<Index> rows_;
    bool valid_;
};

// One row of x's size for each index: an array as it lies, or repeated along axes of length 1, if that may be.
class RowsFor {
public:
    // Is false, with a failure noted, if the array does not fit.
    RowsFor(const Array* x, const Array* rows, Index count, bool broadcasts)
        : shape_(x->shape, x->shape + x->ndim),
          strides_(rows->strides, rows->strides + rows->ndim),
          array_(*rows),
          valid_(true) {
        shape_[0] = count;
        for (int axis = 0; axis < x->ndim; ++axis) {
            const Index found = rows->shape[axis];
            if (found == shape_[axis]) continue;
            strides_[axis] = 0;
            if (found == 1 && broadcasts) continue;
            fail(WRONG_VALUE, "%s: axis %d of the new rows is %zd long, expected %zd",
                 found == 1 ? "Runtime broadcasting not allowed" : "shapes do not match", axis, found, shape_[axis]);
            valid_ = false;
            return;
        }
        array_.shape = shape_.data(), array_.strides = strides_.data();
    }
    explicit operator bool() const { return valid_; }
    const Array* array() const { return &array_; }

private:
    std::vector<Index> shape_, strides_;
    Array array_;
    bool valid_;
};

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

// Rows are added in the order of their indices, whatever the number of threads. The result may be x itself.
template <typename T, bool REPLACES, bool BROADCASTS>
int increment_rows(const Array* x_array, const Array* rows_array, const Array* indices_array, Output* out) {
    const RowIndices indices(indices_array, x_array->shape[0]);
    if (!indices) return -1;
    const RowsFor rows_for(x_array, rows_array, indices.count(), BROADCASTS);
    if (!rows_for) return -1;
    T* const results = prepare_output<T>(out, shape_of(x_array));
    if (!results) return -1;
    const Contiguous rows(rows_for.array()), x(x_array);
    if (!rows || !x) return -1;
    if (results != x.data<T>()) std::copy_n(x.data<T>(), x_array->size(), results);
    const Index width = indices.count() ? rows->size() / indices.count() : 0;

    for (Index i = 0; i < indices.count(); ++i) {
        const T* const row = rows.data<T>() + i * width;
        T* const result = results + indices[i] * width;
        if (REPLACES)
            std::copy(row, row + width, result);
        else {
#pragma omp simd
            for (Index j = 0; j < width; ++j) result[j] = added(result[j], row[j]);
        }
    }
    return 0;
}

}  // namespace lenet
#endif
