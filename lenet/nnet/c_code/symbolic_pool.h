// Pooling, and its gradients, whose windows are known only when the graph runs.
#ifndef LENET_SYMBOLIC_POOL_H
#define LENET_SYMBOLIC_POOL_H

#include "common.h"
#include "pool.h"

namespace lenet {

// Reads window, stride and padding, the rows of a matrix. Returns false, with a failure noted, if they are
// no such thing.
static inline bool read_windows(const Array* windows, PoolGeometry& geometry) {
    geometry.window = geometry.stride = {{1, 1, 1}}, geometry.pad = {{0, 0, 0}};
    Sizes* const rows[] = {&geometry.window, &geometry.stride, &geometry.pad};
    const char* const names[] = {"ws", "stride", "pad"};
    const int first = 3 - geometry.spatial;
    if (windows->shape[0] != 3 || windows->shape[1] != geometry.spatial) {
        fail(WRONG_VALUE, "pooling: got windows of shape (%zd, %zd), expected (3, %d)", windows->shape[0],
             windows->shape[1], geometry.spatial);
        return false;
    }
    for (int row = 0; row < 3; ++row)
        for (int i = 0; i < geometry.spatial; ++i) {
            const Index number = Index(windows->at<std::int64_t>(row, i));
            (*rows[row])[first + i] = number;
            if (number < (row < 2)) {
                fail(WRONG_VALUE, "pooling: invalid %s with entry %zd: expected integers of at least %d", names[row],
                     number, int(row < 2));
                return false;
            }
        }
    for (int i = first; i < 3; ++i) {
        if (geometry.pad[i] && !geometry.ignore_border) {
            fail(NOT_IMPLEMENTED, "pooling: pad works only with ignore_border=True");
            return false;
        }
        if (geometry.pad[i] >= geometry.window[i]) {
            fail(NOT_IMPLEMENTED, "pooling: pad with entry %zd must be smaller than the window's %zd", geometry.pad[i],
                 geometry.window[i]);
            return false;
        }
    }
    return true;
}

template <typename T>
int symbolic_pool(PoolGeometry geometry, const Array* image, const Array* windows, Output* output) {
    return read_windows(windows, geometry) ? pool<T>(geometry, image, output) : -1;
}

template <typename T>
int symbolic_pool_grad(PoolGeometry geometry, const Array* gradient, const Array* windows, const Sizes& image_sizes,
                       Output* image) {
    return read_windows(windows, geometry) ? pool_grad<T>(geometry, gradient, image_sizes, image) : -1;
}

template <typename T>
int symbolic_max_pool_grad(PoolGeometry geometry, const Array* image, const Array* maximum, const Array* gradient,
                           const Array* windows, Output* result) {
    return read_windows(windows, geometry) ? max_pool_grad<T>(geometry, image, maximum, gradient, result) : -1;
}

template <typename T>
int symbolic_max_pool_tangent(PoolGeometry geometry, const Array* image, const Array* maximum, const Array* tangent,
                              const Array* windows, Output* result) {
    return read_windows(windows, geometry) ? max_pool_tangent<T>(geometry, image, maximum, tangent, result) : -1;
}

}  // namespace lenet
#endif
