// Softmax over the last axis of an array, its logarithm, and the log-likelihood of labels.
//
// One thread computes a row, always in the same order. Sums are taken in double precision. A NaN
// anywhere in a row makes the whole row NaN without being looked for.
#ifndef LENET_SOFTMAX_H
#define LENET_SOFTMAX_H

#include <cmath>
#include <vector>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

// Below this many elements, to wake threads costs more than they save.
constexpr Index ELEMENTS_WORTH_THREADS = 1 << 15;

struct Rows {
    Index count, classes;

    explicit Rows(const Array* array) : count(1), classes(array->shape[array->ndim - 1]) {
        for (int i = 0; i < array->ndim - 1; ++i) count *= array->shape[i];
    }
    bool worth_threads() const { return count * classes >= ELEMENTS_WORTH_THREADS; }

    // Whether each row has a maximum; else a failure.
    bool check() const {
        if (classes || !count) return true;
        fail(WRONG_VALUE, "softmax: got rows of 0 classes, expected 1 or more");
        return false;
    }
};

// The labels of a batch as numbers from 0 to classes - 1, from integers of any type.
class Labels {
public:
    // Is false, with a failure noted, if their number is not that of the rows or if one of them
    // names no class.
    Labels(const Array* array, const Rows& rows) : valid_(false) {
        if (array->shape[0] != rows.count) {
            fail(WRONG_VALUE, "log-likelihood: got %zd labels, expected %zd, one for each row", array->shape[0],
                 rows.count);
            return;
        }
        classes_.reserve(rows.count);
        for (Index i = 0; i < rows.count; ++i) {
            const Index label = array->integer(i);
            if (label < -rows.classes || label >= rows.classes) {
                fail(OUT_OF_BOUNDS, "log-likelihood: label %zd is out of bounds for %zd classes", label, rows.classes);
                return;
            }
            classes_.push_back(label < 0 ? label + rows.classes : label);
        }
        valid_ = true;
    }
    explicit operator bool() const { return valid_; }
    Index operator[](Index row) const { return classes_[row]; }

private:
    std::vector<Index> classes_;
    bool valid_;
};

template <typename T>
inline T maximum_of(const T* row, Index classes) {
    T maximum = row[0];
    for (Index j = 1; j < classes; ++j) maximum = row[j] > maximum ? row[j] : maximum;
    return maximum;
}

// Fills one row of probabilities and returns the logarithm of the sum of exp(logits - maximum).
template <typename T>
inline T softmax_row(const T* logits, T maximum, Index classes, T* probabilities) {
    double total = 0;
    for (Index j = 0; j < classes; ++j) {
        probabilities[j] = std::exp(logits[j] - maximum);
        total += probabilities[j];
    }
    for (Index j = 0; j < classes; ++j) probabilities[j] = T(probabilities[j] / total);
    return T(std::log(total));
}

template <typename T>
int softmax(const Array* logits_array, Output* probabilities_array) {
    const Rows rows(logits_array);
    if (!rows.check()) return -1;
    T* const probabilities = prepare_output<T>(probabilities_array, shape_of(logits_array));
    const Contiguous logits(logits_array);
    if (!probabilities || !logits) return -1;

    const ParallelWork work(rows.count * rows.classes);
#pragma omp parallel for if (rows.worth_threads())
    for (Index i = 0; i < rows.count; ++i) {
        const T* const row = logits.data<T>() + i * rows.classes;
        softmax_row(row, maximum_of(row, rows.classes), rows.classes, probabilities + i * rows.classes);
    }
    return 0;
}

template <typename T>
int log_softmax(const Array* logits_array, Output* logarithms_array) {
    const Rows rows(logits_array);
    if (!rows.check()) return -1;
    T* const logarithms = prepare_output<T>(logarithms_array, shape_of(logits_array));
    const Contiguous logits(logits_array);
    if (!logarithms || !logits) return -1;

    const ParallelWork work(rows.count * rows.classes);
#pragma omp parallel for if (rows.worth_threads())
    for (Index i = 0; i < rows.count; ++i) {
        const T* const row = logits.data<T>() + i * rows.classes;
        T* const result = logarithms + i * rows.classes;
        const T maximum = maximum_of(row, rows.classes);
        const T log_total = softmax_row(row, maximum, rows.classes, result);
        for (Index j = 0; j < rows.classes; ++j) result[j] = row[j] - maximum - log_total;
    }
    return 0;
}

template <typename T>
int log_likelihood(const Array* logits_array, const Array* labels_array, Output* likelihoods_array,
                   Output* probabilities_array) {
    const Rows rows(logits_array);
    if (!rows.check()) return -1;
    const Labels labels(labels_array, rows);
    if (!labels) return -1;
    T* const likelihoods = prepare_output<T>(likelihoods_array, {rows.count});
    T* const probabilities = prepare_output<T>(probabilities_array, shape_of(logits_array));
    const Contiguous logits(logits_array);
    if (!likelihoods || !probabilities || !logits) return -1;

    const ParallelWork work(rows.count * rows.classes);
#pragma omp parallel for if (rows.worth_threads())
    for (Index i = 0; i < rows.count; ++i) {
        const T* const row = logits.data<T>() + i * rows.classes;
        const T maximum = maximum_of(row, rows.classes);
        const T log_total = softmax_row(row, maximum, rows.classes, probabilities + i * rows.classes);
        likelihoods[i] = row[labels[i]] - maximum - log_total;
    }
    return 0;
}

template <typename T>
int log_likelihood_grad(const Array* gradient_array, const Array* probabilities_array, const Array* labels_array,
                        Output* result_array) {
    const Rows rows(probabilities_array);
    const Labels labels(labels_array, rows);
    if (!labels) return -1;
    const bool one_for_all = !gradient_array->ndim;
    if (!one_for_all && gradient_array->shape[0] != rows.count) {
        fail(WRONG_VALUE, "log-likelihood: got %zd gradients, expected %zd, one for each row", gradient_array->shape[0],
             rows.count);
        return -1;
    }
    T* const results = prepare_output<T>(result_array, shape_of(probabilities_array));
    const Contiguous gradients(gradient_array), probabilities(probabilities_array);
    if (!results || !gradients || !probabilities) return -1;

    const ParallelWork work(rows.count * rows.classes);
#pragma omp parallel for if (rows.worth_threads())
    for (Index i = 0; i < rows.count; ++i) {
        const T* const row = probabilities.data<T>() + i * rows.classes;
        T* const result = results + i * rows.classes;
        const T gradient = gradients.data<T>()[one_for_all ? 0 : i];
        for (Index j = 0; j < rows.classes; ++j) result[j] = gradient * (T(j == labels[i]) - row[j]);
    }
    return 0;
}

}  // namespace lenet
#endif
