// What a kernel is to those who call it: one function of C, which knows nothing of Python or NumPy.
//
//     int lenet_kernel(Index* words, const Index* numbers, char* message);
//
// `words` are, for each array that it reads, the address, the shape and the strides in bytes; then, for each that
// it writes, the address and the shape. The first call may give no addresses of results, or wrong shapes: then it
// writes the shapes that it needs and returns NEEDS_OUTPUTS. Results are contiguous; one may lie where an array
// that is read lies contiguously, if the kernel says so. `numbers` are the parameters of the Op. The function
// returns a Status, and no exception passes it; `message` gets the text of a failure.
#ifndef LENET_INTERFACE_H
#define LENET_INTERFACE_H

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

// Of a library, others see these functions only. What is hidden has a name of its own in each library: constants of
// templates and static variables of inline functions would otherwise be one, whatever their values.
#define EXPORTED __attribute__((visibility("default")))

// A function that is compiled once, for any arguments. GCC inlines a recursive one into itself, level by level, and
// makes a copy of it for each constant that it is called with, which takes a fifth of the time that a small module
// needs.
#if defined(__clang__)
#define COMPILED_ONCE __attribute__((noinline))
#else
#define COMPILED_ONCE __attribute__((noipa))
#endif

namespace lenet {

typedef std::ptrdiff_t Index;
static_assert(sizeof(Index) == 8 && sizeof(void*) == 8, "the kernels are for machines of 64 bits");

// lenet/nnet/kernels/interface.py has the exceptions of Python that belong to these numbers.
enum Status { DONE, NEEDS_OUTPUTS, NO_MEMORY, WRONG_VALUE, OUT_OF_BOUNDS, NOT_IMPLEMENTED, FAILED };
constexpr std::size_t MESSAGE_SIZE = 512;

// What has become of the kernel that this thread has called.
struct Outcome {
    Status status = DONE;
    char* message = nullptr;
};
inline Outcome& outcome() {
    static thread_local Outcome current;
    return current;
}

// Notes a failure, with the text of its message as for printf.
__attribute__((format(printf, 2, 3))) inline void fail(Status status, const char* format, ...) {
    outcome().status = status;
    if (!outcome().message) return;
    std::va_list values;
    va_start(values, format);
    std::vsnprintf(outcome().message, MESSAGE_SIZE, format, values);
    va_end(values);
}

// Calls a kernel, which returns a negative number if it has failed.
template <typename Kernel>
int status_of(char* message, Kernel kernel) {
    outcome() = {DONE, message};
    try {
        if (kernel() < 0 && outcome().status == DONE) fail(FAILED, "a kernel has failed without a reason");
    } catch (const std::bad_alloc&) {
        fail(NO_MEMORY, "not enough memory for a kernel's scratch memory");
    } catch (const std::exception& error) {
        fail(FAILED, "a kernel has failed: %s", error.what());
    }
    return outcome().status;
}

// An array that a kernel reads, as it lies in memory. Elements are aligned.
struct Array {
    const char* bytes;
    int ndim;
    const Index *shape, *strides;  // strides in bytes
    Index item;                    // bytes of an element
    bool is_signed;

    Index size() const {
        Index product = 1;
        for (int axis = 0; axis < ndim; ++axis) product *= shape[axis];
        return product;
    }
    bool is_contiguous() const {
        Index step = item;
        for (int axis = ndim - 1; axis >= 0; --axis) {
            if (shape[axis] != 1 && strides[axis] != step) return size() == 0;
            step *= shape[axis];
        }
        return true;
    }
    // An element of an array with no axis, one, or two.
    template <typename T>
    const T& at(Index i = 0, Index j = 0) const {
        return *reinterpret_cast<const T*>(bytes + (ndim > 0 ? i * strides[0] : 0) + (ndim > 1 ? j * strides[1] : 0));
    }
    // An element of a vector of integers of any type.
    Index integer(Index i) const {
        switch (is_signed ? item : -item) {
            case 1: return at<std::int8_t>(i);
            case 2: return at<std::int16_t>(i);
            case 4: return at<std::int32_t>(i);
            case -1: return at<std::uint8_t>(i);
            case -2: return at<std::uint16_t>(i);
            case -4: return at<std::uint32_t>(i);
            default: return Index(at<std::int64_t>(i));
        }
    }
};

// An array of these elements that the words describe.
template <typename T>
Array array_of(const Index* words, int ndim) {
    return {reinterpret_cast<const char*>(words[0]),
            ndim,
            words + 1,
            words + 1 + ndim,
            sizeof(T),
            std::is_signed<T>::value};
}

// A contiguous array that a kernel writes: words that hold its address and its shape.
struct Output {
    Index* words;
};

// The memory of a result of this shape, or null with NEEDS_OUTPUTS noted, and the shape told to the caller.
template <typename T>
T* prepare_output(Output* output, const Index* shape, int ndim) {
    if (output->words[0] && std::equal(shape, shape + ndim, output->words + 1))
        return reinterpret_cast<T*>(output->words[0]);
    output->words[0] = 0;
    std::copy_n(shape, ndim, output->words + 1);
    if (outcome().status == DONE) outcome().status = NEEDS_OUTPUTS;
    return nullptr;
}
template <typename T>
T* prepare_output(Output* output, const std::vector<Index>& shape) {
    return prepare_output<T>(output, shape.data(), int(shape.size()));
}

// Elements of a row of a copy that are copied before those of the next row: in a transposed array, those of several
// rows share a line of the cache.
constexpr Index TILE_OF_COPY = 64;

// Copies elements, of which one axis after the other is the next, side by side. Returns where the copy ends.
COMPILED_ONCE inline char* copy_elements(const Array& array, int axis, const char* from, char* to) {
    if (axis == array.ndim) return std::copy_n(from, array.item, to);
    const Index size = array.shape[axis], stride = array.strides[axis];
    if (axis < array.ndim - 2) {
        for (Index i = 0; i < size; ++i) to = copy_elements(array, axis + 1, from + i * stride, to);
        return to;
    }
    // The last two axes at once, as the last is often short.
    const bool has_rows = axis < array.ndim - 1;
    const Index rows = has_rows ? size : 1, count = has_rows ? array.shape[axis + 1] : size;
    const Index step = has_rows ? array.strides[axis + 1] : stride;
    const auto copy = [&](auto item) {
        for (Index begin = 0; begin < count; begin += TILE_OF_COPY) {
            const Index end = std::min(count, begin + TILE_OF_COPY);
            for (Index row = 0; row < rows; ++row)
                for (Index i = begin; i < end; ++i)
                    std::memcpy(to + (row * count + i) * item, from + row * stride + i * step, item);
        }
    };
    if (array.item == 4)
        copy(std::integral_constant<int, 4>());
    else if (array.item == 8)
        copy(std::integral_constant<int, 8>());
    else
        copy(array.item);
    return to + rows * count * array.item;
}

// An array as it lies, or a contiguous copy of it where that does not suit a kernel.
class Suited {
public:
    Suited(const Array* array, bool suits) : array_(*array), strides_(), copy_(), valid_(true) {
        // Where results are missing, the kernel will be called again.
        if (suits || outcome().status != DONE) return;
        strides_.resize(array->ndim);
        Index step = array->item;
        for (int axis = array->ndim - 1; axis >= 0; step *= array->shape[axis--]) strides_[axis] = step;
        copy_.reset(new (std::nothrow) char[std::max<Index>(1, step)]);
        valid_ = bool(copy_);
        if (!valid_) {
            fail(NO_MEMORY, "not enough memory for the copy of an array of %zd bytes", step);
            return;
        }
        copy_elements(*array, 0, array->bytes, copy_.get());
        array_.bytes = copy_.get(), array_.strides = strides_.data();
    }
    explicit operator bool() const { return valid_; }
    const Array* operator->() const { return &array_; }
    template <typename T>
    const T* data() const {
        return reinterpret_cast<const T*>(array_.bytes);
    }

private:
    Array array_;
    std::vector<Index> strides_;
    std::unique_ptr<char[]> copy_;
    bool valid_;
};

// A contiguous version of an array.
class Contiguous : public Suited {
public:
    explicit Contiguous(const Array* array) : Suited(array, array->is_contiguous()) {}
};

}  // namespace lenet
#endif
