// The arrays of an element-wise Op as rows: loops in which each array either moves from one element to
// the next, or stays where it is because it is broadcast.
#ifndef LENET_ELEMENTWISE_H
#define LENET_ELEMENTWISE_H

#include <algorithm>
#include <optional>

#include "common.h"
#include "parallel_work.h"

namespace lenet {

// With fewer elements, to wake other threads takes longer than the loop.
constexpr Index MIN_PARALLEL_LOOP = 32768;
// A row is divided at the same places for any number of threads.
constexpr Index ELEMENTS_OF_BLOCK = 4096;

// Finds the shape of the results. `varies` says of each array and axis whether the array has the axis, rather than
// being broadcast along it. Is false, with a failure noted, if arrays do not fit together.
template <int ARRAYS, int AXES>
bool common_shape(const Array* const (&arrays)[ARRAYS], const bool (&varies)[ARRAYS][AXES], Index (&shape)[AXES]) {
    for (int axis = 0; axis < AXES; ++axis) {
        shape[axis] = -1;
        for (int a = 0; a < ARRAYS; ++a) {
            if (!varies[a][axis]) continue;
            const Index size = arrays[a]->shape[axis];
            if (shape[axis] < 0) shape[axis] = size;
            if (shape[axis] == size) continue;
            fail(WRONG_VALUE,
                 "Input dimension mismatch: arrays of one shape are expected, but axis %d is "
                 "%zd long in one and %zd in another; an axis is broadcast only if its type "
                 "says that it is one long",
                 axis, shape[axis], size);
            return false;
        }
        if (shape[axis] < 0) shape[axis] = 1;
    }
    return true;
}

// Axes that every array passes through as if they were one are one: rows are as long as they can be.
template <int ARRAYS, int AXES>
class Elementwise {
public:
    // `shape` is that of `common_shape`; a row goes along the axis `last`. Is false, with a failure noted, if there is
    // no memory for copies.
    Elementwise(const Array* const (&arrays)[ARRAYS], const bool (&varies)[ARRAYS][AXES], const Index (&shape)[AXES],
                int last)
        : shape_(shape), rows_(1), length_(shape[last]), outer_axes_(0), valid_(false) {
        for (int a = 0; a < ARRAYS; ++a)
            if (!place(a, arrays[a], varies[a], last)) return;
        valid_ = true;
        for (int axis = last - 1; axis >= 0; --axis) add_axis(axis, varies, last);
    }
    Elementwise(const Elementwise&) = delete;
    Elementwise& operator=(const Elementwise&) = delete;
    explicit operator bool() const { return valid_; }

    // Where an array's part of a row begins.
    template <typename T>
    const T* row(int array, Index index) const {
        Index offset = 0;
        for (int axis = 0; axis < outer_axes_ - 1; ++axis) {
            offset += index % outer_[axis] * outer_strides_[array][axis];
            index /= outer_[axis];
        }
        if (outer_axes_) offset += index * outer_strides_[array][outer_axes_ - 1];
        return reinterpret_cast<const T*>(data_[array] + offset);
    }

    // Calls loop(row, place, begin, size) for all blocks of all rows; `place` is that of the block in an
    // array of the results' shape, and `begin` that in the row.
    template <typename Loop>
    void run(const Loop& loop) const {
        const Index blocks = (length_ + ELEMENTS_OF_BLOCK - 1) / ELEMENTS_OF_BLOCK;
        const auto run_block = [&](Index row, Index block) {
            const Index begin = block * ELEMENTS_OF_BLOCK;
            loop(row, row * length_ + begin, begin, std::min(length_ - begin, ELEMENTS_OF_BLOCK));
        };
        // Even a parallel region of one thread takes a while to enter.
        if (rows_ * length_ < MIN_PARALLEL_LOOP) {
            for (Index row = 0; row < rows_; ++row)
                for (Index block = 0; block < blocks; ++block) run_block(row, block);
            return;
        }
        const ParallelWork work(rows_ * length_);
#pragma omp parallel for schedule(static)
        for (Index i = 0; i < rows_ * blocks; ++i) run_block(i / blocks, i % blocks);
    }

private:
    // Notes where an array lies, or a copy if its elements are not side by side along the last axis.
    bool place(int a, const Array* array, const bool (&varies)[AXES], int last) {
        const bool neighbours = !varies[last] || shape_[last] <= 1 || array->strides[last] == array->item;
        const Suited& suited = copies_[a].emplace(array, neighbours);
        data_[a] = suited->bytes;
        items_[a] = array->item;
        for (int axis = 0; axis < AXES; ++axis) strides_[a][axis] = varies[axis] ? suited->strides[axis] : 0;
        return bool(suited);
    }

    // Joins an axis to the rows if all arrays go on along it where a row ends; else to those outside.
    void add_axis(int axis, const bool (&varies)[ARRAYS][AXES], int last) {
        const Index size = shape_[axis];
        if (size == 1) return;
        bool joins = !outer_axes_;
        for (int a = 0; a < ARRAYS; ++a)
            joins = joins && strides_[a][axis] == (varies[a][last] ? length_ * items_[a] : 0);
        if (joins) {
            length_ *= size;
            return;
        }
        rows_ *= size;
        outer_[outer_axes_] = size;
        for (int a = 0; a < ARRAYS; ++a) outer_strides_[a][outer_axes_] = strides_[a][axis];
        ++outer_axes_;
    }

    const Index (&shape_)[AXES];
    std::optional<Suited> copies_[ARRAYS];
    const char* data_[ARRAYS];
    Index items_[ARRAYS], strides_[ARRAYS][AXES];
    // The axes outside of the rows, from the fastest to the slowest.
    Index outer_[AXES], outer_strides_[ARRAYS][AXES];
    Index rows_, length_;
    int outer_axes_;
    bool valid_;
};

}  // namespace lenet
#endif
