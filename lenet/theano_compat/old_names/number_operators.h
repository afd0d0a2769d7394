// Operators of NumPy's arrays and numbers that leave to Python what NumPy 1 computed otherwise.
//
// They stand in the tables of NumPy's classes, in the place of its own, which they call for everything else. The
// library is loaded into a Python that is running, and knows of it no more than the addresses in Python.
#include <cstddef>
#include <cstdint>

namespace {

struct Object {
    intptr_t references;
    const void* type;
};

// As NumPy 1 and 2 have them, at their beginning.
struct Type {
    Object object;
    const void* of_numbers;
};

struct Array {
    Object object;
    char* data;
    int axes;
    intptr_t *shape, *strides;
    Object* base;
    const Type* type;
};

constexpr int OPERATORS = 7, POWER = 4, KINDS = 17, ARRAY = 0, SMALL = 10, PATCHED = SMALL + 3, NONE = -1;

using Binary = Object* (*)(Object*, Object*);
using Ternary = Object* (*)(Object*, Object*, Object*);

#define LENET_EXPORT extern "C" __attribute__((visibility("default")))

struct Python {
    Object* (*call)(Object*, ...);              // PyObject_CallFunctionObjArgs
    void (*release)(Object*);                   // Py_DecRef
    int (*matches)(Object*);                    // PyErr_ExceptionMatches
    void (*forget)();                           // PyErr_Clear
    int (*is_below)(const void*, const void*);  // PyType_IsSubtype
    Object* (*item)(Object*, intptr_t);         // PyTuple_GetItem
    Object* (*apply)(Object*, Object*);         // PyObject_CallObject
    Object *none, *overflow, *handler;
    Object* operators[OPERATORS];
    const void *integer, *real, *imaginary;
    // An array's, those of less than 64 bits that are patched, and other numbers.
    const void* kinds[KINDS];
    void* own[PATCHED][OPERATORS];
};

}  // namespace

LENET_EXPORT Python lenet_python;
Python lenet_python{};

namespace {

Python& python = lenet_python;

bool is_pythons(const Object* value) {
    return value->type == python.real || value->type == python.integer || value->type == python.imaginary;
}

int kind_of(const Object* value) {
    for (int kind = 0; kind < KINDS; ++kind)
        if (value->type == python.kinds[kind]) return kind;
    return !is_pythons(value) && python.is_below(value->type, python.kinds[ARRAY]) ? ARRAY : NONE;
}

int axes_of(const Object* array) { return reinterpret_cast<const Array*>(array)->axes; }

// Whether NumPy 1 may have given another type; what overflows is found later.
bool differs(const Object* left, const Object* right) {
    const int kind = kind_of(left), other = kind_of(right);
    if (kind == ARRAY && other == ARRAY) return !axes_of(left) != !axes_of(right);
    if (kind == ARRAY || other == ARRAY) {
        const bool has_axes = axes_of(kind == ARRAY ? left : right);
        return has_axes ? kind != NONE && other != NONE : is_pythons(kind == ARRAY ? right : left);
    }
    return (kind > ARRAY && kind < SMALL && is_pythons(right)) || (other > ARRAY && other < SMALL && is_pythons(left));
}

template <int KIND, int OPERATOR>
Object* own(Object* left, Object* right, Object* modulus) {
    void* function = python.own[KIND][OPERATOR];
    if (OPERATOR == POWER) return reinterpret_cast<Ternary>(function)(left, right, modulus);
    return reinterpret_cast<Binary>(function)(left, right);
}

// The function that NumPy 1's rules ask for is called from here: warnings tell the program's line, not that of the
// handler.
template <int OPERATOR>
Object* ask(Object* left, Object* right) {
    Object* answer = python.call(python.handler, python.operators[OPERATOR], left, right, nullptr);
    if (!answer || answer == python.none) return answer;
    Object* result = python.apply(python.item(answer, 0), python.item(answer, 1));
    python.release(answer);
    return result;
}

template <int KIND, int OPERATOR>
Object* compute(Object* left, Object* right, Object* modulus = nullptr) {
    if (OPERATOR == POWER && modulus && modulus != python.none) return own<KIND, OPERATOR>(left, right, modulus);
    if (left->type != right->type || KIND == ARRAY) {
        if (differs(left, right)) {
            Object* result = ask<OPERATOR>(left, right);
            if (result != python.none) return result;
            python.release(result);
        }
    }
    Object* result = own<KIND, OPERATOR>(left, right, modulus);
    if (KIND == ARRAY && !result && python.matches(python.overflow)) {
        // An integer that does not fit; an error that stays one is raised again.
        python.forget();
        result = ask<OPERATOR>(left, right);
        if (result != python.none) return result;
        python.release(result);
        result = own<KIND, OPERATOR>(left, right, modulus);
    }
    return result;
}

template <int KIND, int OPERATOR>
Object* binary(Object* left, Object* right) {
    return compute<KIND, OPERATOR>(left, right);
}

template <int KIND>
Object* power(Object* left, Object* right, Object* modulus) {
    return compute<KIND, POWER>(left, right, modulus);
}

template <int KIND>
void* function_of(int which) {
    switch (which) {
        case 0: return reinterpret_cast<void*>(binary<KIND, 0>);
        case 1: return reinterpret_cast<void*>(binary<KIND, 1>);
        case 2: return reinterpret_cast<void*>(binary<KIND, 2>);
        case 3: return reinterpret_cast<void*>(binary<KIND, 3>);
        case POWER: return reinterpret_cast<void*>(power<KIND>);
        case 5: return reinterpret_cast<void*>(binary<KIND, 5>);
        default: return reinterpret_cast<void*>(binary<KIND, 6>);
    }
}

template <int KIND = 0>
void* function_of_kind(int kind, int which) {
    if constexpr (KIND < PATCHED)
        return kind == KIND ? function_of<KIND>(which) : function_of_kind<KIND + 1>(kind, which);
    return nullptr;
}

}  // namespace

// Returns the operator to put into the table of a kind.
LENET_EXPORT void* lenet_operator(int kind, int which) { return function_of_kind(kind, which); }
