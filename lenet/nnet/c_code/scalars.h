// NumPy's names of types and constants, in which PyTensor writes the C code of scalar Ops.
#ifndef LENET_SCALARS_H
#define LENET_SCALARS_H

#include <math.h>

#include <cstdint>

typedef std::uint8_t npy_bool;
typedef std::int8_t npy_int8;
typedef std::int16_t npy_int16;
typedef std::int32_t npy_int32;
typedef std::int64_t npy_int64;
typedef std::uint8_t npy_uint8;
typedef std::uint16_t npy_uint16;
typedef std::uint32_t npy_uint32;
typedef std::uint64_t npy_uint64;
typedef float npy_float32;
typedef double npy_float64;

#define NPY_NAN NAN
#define NPY_INFINITY INFINITY
#define NPY_PI M_PI

#endif
