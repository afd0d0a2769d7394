// How PyTensor's virtual machines call kernels: with arrays of NumPy's in lists of one value each.
#ifndef LENET_THUNK_H
#define LENET_THUNK_H

#include "python_glue.h"

namespace lenet {

// An array that a graph declares, and the list that holds its value.
struct Cell {
    PyObject* list;
    int type, ndim;
};

// A result, the number of the input that it may overwrite or -1, and whether it is always a new array.
struct ResultCell : Cell {
    int overwrites, is_new;
};

struct Thunk {
    // Type, value and traceback of a failure. PyTensor's virtual machine looks for the list here, at the beginning.
    PyObject* errors;
    const Entry* entry;
    std::vector<Cell> inputs;
    std::vector<ResultCell> outputs;
};

// The array in a cell, or null with a Python error set.
inline PyArrayObject* array_in(const Cell& cell) {
    PyObject* const value = PyList_GET_ITEM(cell.list, 0);
    PyArrayObject* const array = reinterpret_cast<PyArrayObject*>(value);
    if (PyArray_Check(value) && PyArray_TYPE(array) == cell.type && PyArray_NDIM(array) == cell.ndim) return array;
    PyErr_Format(PyExc_TypeError, "expected an array of type %d with %d axes, got %R", cell.type, cell.ndim, value);
    return nullptr;
}

// Computes results. Returns 0, or -1 with a Python error set.
inline int compute(const Thunk& thunk) {
    std::vector<PyArrayObject*> inputs, outputs(thunk.outputs.size());
    inputs.reserve(thunk.inputs.size());
    for (const Cell& cell : thunk.inputs) {
        inputs.push_back(array_in(cell));
        if (!inputs.back()) return -1;
    }
    std::vector<Result> results;
    results.reserve(outputs.size());
    for (std::size_t n = 0; n < outputs.size(); ++n) {
        const ResultCell& cell = thunk.outputs[n];
        PyObject* const value = PyList_GET_ITEM(cell.list, 0);
        if (!cell.is_new && PyArray_Check(value)) {
            Py_INCREF(value);
            outputs[n] = reinterpret_cast<PyArrayObject*>(value);
        }
        results.push_back({&outputs[n], cell.type, cell.ndim, cell.overwrites});
    }
    const int failed = call_kernel(*thunk.entry, inputs, results);
    for (std::size_t n = 0; n < outputs.size(); ++n) {
        PyObject* const value = reinterpret_cast<PyObject*>(outputs[n]);
        if (failed)
            Py_XDECREF(value);
        else
            PyList_SetItem(thunk.outputs[n].list, 0, value);
    }
    return failed;
}

// For PyTensor's virtual machine in C, which raises what it finds in the list of errors.
inline int run(void* data) {
    const Thunk& thunk = *static_cast<Thunk*>(data);
    if (!compute(thunk)) return 0;
    PyObject* found[3];
    PyErr_Fetch(&found[0], &found[1], &found[2]);
    for (int n = 0; n < 3; ++n) PyList_SetItem(thunk.errors, n, found[n] ? found[n] : Py_NewRef(Py_None));
    return 1;
}

inline void destroy(PyObject* capsule) {
    Thunk* const thunk = static_cast<Thunk*>(PyCapsule_GetContext(capsule));
    for (const Cell& cell : thunk->inputs) Py_DECREF(cell.list);
    for (const Cell& cell : thunk->outputs) Py_DECREF(cell.list);
    Py_DECREF(thunk->errors);
    delete thunk;
}

}  // namespace lenet

// A capsule as PyTensor's compiled modules give. `kinds` has type and axes of each input, then of each output, which
// has the number of an input and a truth value more, as in ResultCell.
extern "C" EXPORTED PyObject* lenet_thunk(const lenet::Entry* entry, PyObject* inputs, PyObject* outputs,
                                          const int* kinds) {
    if (!PyArray_API && _import_array() < 0) return nullptr;
    PyObject* const errors = Py_BuildValue("[OOO]", Py_None, Py_None, Py_None);
    if (!errors) return nullptr;
    auto* const thunk = new lenet::Thunk{errors, entry, {}, {}};
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(inputs); ++n, kinds += 2)
        thunk->inputs.push_back({Py_NewRef(PyList_GET_ITEM(inputs, n)), kinds[0], kinds[1]});
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(outputs); ++n, kinds += 4)
        thunk->outputs.push_back({{Py_NewRef(PyList_GET_ITEM(outputs, n)), kinds[0], kinds[1]}, kinds[2], kinds[3]});
    PyObject* const capsule = PyCapsule_New(reinterpret_cast<void*>(lenet::run), nullptr, lenet::destroy);
    if (capsule) PyCapsule_SetContext(capsule, thunk);
    return capsule;
}

// For Python, which gets the error itself.
extern "C" EXPORTED PyObject* lenet_call(PyObject* capsule) {
    if (lenet::compute(*static_cast<lenet::Thunk*>(PyCapsule_GetContext(capsule))) < 0) return nullptr;
    return Py_NewRef(Py_None);
}

// Libraries are known by the function that kernels have.
extern "C" EXPORTED int lenet_kernel() { return lenet::DONE; }
#endif
