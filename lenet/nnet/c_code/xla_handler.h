// How XLA's machine code calls kernels on a CPU: by one handler, which knows all of them by their names.
#ifndef LENET_XLA_HANDLER_H
#define LENET_XLA_HANDLER_H

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <xla/ffi/api/ffi.h>

#include "interface.h"

namespace lenet {

typedef int (*Function)(Index* words, const Index* numbers, char* message);

// Kernels are added while a graph is compiled, and called from any of XLA's threads.
class KnownKernels {
public:
    void add(const char* name, Function function) {
        const std::lock_guard<std::mutex> lock(mutex_);
        functions_[name] = function;
    }
    Function find(std::string_view name) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = functions_.find(std::string(name));
        return found == functions_.end() ? nullptr : found->second;
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, Function> functions_;
};
inline KnownKernels& known_kernels() {
    static KnownKernels known;
    return known;
}

// Puts the address, the shape and, of an array that is read, the strides of contiguous elements.
inline void add_words(std::vector<Index>* words, xla::ffi::AnyBuffer array, bool is_read) {
    const auto shape = array.dimensions();
    words->push_back(reinterpret_cast<Index>(array.untyped_data()));
    words->insert(words->end(), shape.begin(), shape.end());
    if (!is_read) return;
    Index step = xla::ffi::ByteWidth(array.element_type());
    words->resize(words->size() + shape.size());
    auto stride = words->rbegin();
    for (std::size_t axis = shape.size(); axis-- > 0; step *= shape[axis]) *stride++ = step;
}

inline xla::ffi::ErrorCode error_code(int status) {
    switch (status) {
        case NO_MEMORY: return xla::ffi::ErrorCode::kResourceExhausted;
        case WRONG_VALUE: return xla::ffi::ErrorCode::kInvalidArgument;
        case OUT_OF_BOUNDS: return xla::ffi::ErrorCode::kOutOfRange;
        case NOT_IMPLEMENTED: return xla::ffi::ErrorCode::kUnimplemented;
        default: return xla::ffi::ErrorCode::kInternal;
    }
}

// Calls the kernel of this name, whose arguments are the arrays and then the sizes.
inline xla::ffi::Error call(xla::ffi::RemainingArgs arrays, xla::ffi::RemainingRets results, std::string_view name,
                            xla::ffi::Span<const std::int64_t> numbers, xla::ffi::Span<const std::int64_t> sizes) {
    const Function kernel = known_kernels().find(name);
    if (!kernel) {
        const std::string text = "no kernel " + std::string(name) + " in this process";
        return xla::ffi::Error(xla::ffi::ErrorCode::kNotFound, text);
    }
    std::vector<Index> words;
    for (std::size_t n = 0; n < arrays.size(); ++n) add_words(&words, *arrays.get<xla::ffi::AnyBuffer>(n), true);
    for (const std::int64_t& size : sizes) words.push_back(reinterpret_cast<Index>(&size));
    for (std::size_t n = 0; n < results.size(); ++n) add_words(&words, **results.get<xla::ffi::AnyBuffer>(n), false);
    const std::vector<Index> parameters(numbers.begin(), numbers.end());
    char message[MESSAGE_SIZE] = "";
    const int status = kernel(words.data(), parameters.data(), message);
    if (status == DONE) return xla::ffi::Error::Success();
    if (status == NEEDS_OUTPUTS) return xla::ffi::Error::Internal("a result is of another shape than was said");
    return xla::ffi::Error(error_code(status), message);
}

}  // namespace lenet

extern "C" EXPORTED void lenet_add(const char* name, lenet::Function function) {
    lenet::known_kernels().add(name, function);
}

// By the name that the function of a kernel has.
#pragma GCC visibility push(default)
XLA_FFI_DEFINE_HANDLER_SYMBOL(lenet_kernel, lenet::call,
                              xla::ffi::Ffi::Bind()
                                  .RemainingArgs()
                                  .RemainingRets()
                                  .Attr<std::string_view>("kernel")
                                  .Attr<xla::ffi::Span<const std::int64_t>>("numbers")
                                  .Attr<xla::ffi::Span<const std::int64_t>>("sizes"));
#pragma GCC visibility pop
#endif
