// Pooling, and its gradients, whose windows are known only when the graph runs.
#ifndef LENET_SYMBOLIC_POOL_H
#define LENET_SYMBOLIC_POOL_H

#include "common.h"
#include "pool.h"

namespace lenet {

// Reads window, stride and padding, the rows of a matrix. Returns false, with a Python error set, if they are
// no such thing.
static inline bool read_windows(PyArrayObject* windows, PoolGeometry& geometry) {
    geometry.window = geometry.stride = {{1, 1, 1}}, geometry.pad = {{0, 0, 0}};
    Sizes* const rows[] = {&geometry.window, &geometry.stride, &geometry.pad};
    const char* const names[] = {"ws", "stride", "pad"};
    const int first = 3 - geometry.spatial;
    if (PyArray_DIM(windows, 0) != 3 || PyArray_DIM(windows, 1) != geometry.spatial) {
        PyErr_Format(PyExc_ValueError, "pooling: got windows of shape (%zd, %zd), expected (3, %d)",
                     PyArray_DIM(windows, 0), PyArray_DIM(windows, 1), geometry.spatial);
        return false;
    }
    for (int row = 0; row < 3; ++row)
        for (int i = 0; i < geometry.spatial; ++i) {
            const npy_intp number = *static_cast<npy_int64*>(PyArray_GETPTR2(windows, row, i));
            (*rows[row])[first + i] = number;
            if (number < (row < 2)) {
                PyErr_Format(PyExc_ValueError, "pooling: invalid %s with entry %zd: expected integers of at least %d",
                             names[row], number, int(row < 2));
                return false;
            }
        }
    for (int i = first; i < 3; ++i) {
        if (geometry.pad[i] && !geometry.ignore_border) {
            PyErr_SetString(PyExc_NotImplementedError, "pooling: pad works only with ignore_border=True");
            return false;
        }
        if (geometry.pad[i] >= geometry.window[i]) {
            PyErr_Format(PyExc_NotImplementedError, "pooling: pad with entry %zd must be smaller than the window's %zd",
                         geometry.pad[i], geometry.window[i]);
            return false;
        }
    }
    return true;
}

template <typename T>
int symbolic_pool(PoolGeometry geometry, PyArrayObject* image, PyArrayObject* windows, PyArrayObject** output) {
    return read_windows(windows, geometry) ? pool<T>(geometry, image, output) : -1;
}

template <typename T>
int symbolic_pool_grad(PoolGeometry geometry, PyArrayObject* gradient, PyArrayObject* windows, const Sizes& image_sizes,
                       PyArrayObject** image) {
    return read_windows(windows, geometry) ? pool_grad<T>(geometry, gradient, image_sizes, image) : -1;
}

template <typename T>
int symbolic_max_pool_grad(PoolGeometry geometry, PyArrayObject* image, PyArrayObject* maximum, PyArrayObject* gradient,
                           PyArrayObject* windows, PyArrayObject** result) {
    return read_windows(windows, geometry) ? max_pool_grad<T>(geometry, image, maximum, gradient, result) : -1;
}

template <typename T>
int symbolic_max_pool_tangent(PoolGeometry geometry, PyArrayObject* image, PyArrayObject* maximum,
                              PyArrayObject* tangent, PyArrayObject* windows, PyArrayObject** result) {
    return read_windows(windows, geometry) ? max_pool_tangent<T>(geometry, image, maximum, tangent, result) : -1;
}

}  // namespace lenet
#endif
