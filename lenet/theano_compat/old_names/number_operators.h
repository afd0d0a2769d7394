// Functions of NumPy's arrays and numbers that leave to Python what NumPy 1 computed otherwise.
//
// They stand where NumPy has its own, which they call for everything else: functions of two operands in each object of
// such a function, which operators of arrays call, too; in the tables of classes, operators and comparisons of small
// numbers, what makes integers, and what sets elements of arrays. The library is loaded into a Python that is running,
// and knows of it no more than the addresses in Python.
#include <cstddef>
#include <cstdint>

namespace {

struct Object {
    intptr_t references;
    const void* type;
};

struct Array {  // as NumPy 1 and 2 have it, at its beginning
    Object object;
    char* data;
    int axes;
};

constexpr int OPERATORS = 7, POWER = 4, ARRAY = 0, SMALL = 9, KINDS = 17, INTEGERS = 7, FRACTIONS = 3, NONE = -1;
// A bit of the number of arguments by which the caller lends the place before them.
constexpr size_t LENT = size_t{1} << (8 * sizeof(size_t) - 1);

using Binary = Object* (*)(Object*, Object*);
using Ternary = Object* (*)(Object*, Object*, Object*);
using Function = Object* (*)(Object*, Object* const*, size_t, Object*);
using Make = Object* (*)(void*, Object*, Object*);
using Set = int (*)(Object*, Object*, Object*);
using Compare = Object* (*)(Object*, Object*, int);

#define LENET_EXPORT extern "C" __attribute__((visibility("default")))

struct Python {
    Object* (*call)(Object*, ...);              // PyObject_CallFunctionObjArgs
    void (*release)(Object*);                   // Py_DecRef
    int (*matches)(Object*);                    // PyErr_ExceptionMatches
    void (*forget)();                           // PyErr_Clear
    int (*is_below)(const void*, const void*);  // PyType_IsSubtype
    Object* (*item)(Object*, intptr_t);         // PyTuple_GetItem
    Object* (*compare)(Object*, Object*, int);  // PyObject_RichCompare
    Object *none, *overflow, *handler;
    Object* operators[OPERATORS];
    const void *integer, *real, *imaginary;
    // An array's, those of less than 64 bits, and other numbers.
    const void* kinds[KINDS];
    void* own[SMALL][OPERATORS];
    Function function;
    // Integers that are made without a sign, or of less than 64 bits, and how NumPy makes them and sets elements.
    void* integers[INTEGERS];
    Make make[INTEGERS];
    Set set;
    Object* remainder;
    // Numbers that are no integers, of less than 64 bits a part, and how NumPy compares them.
    void* fractions[FRACTIONS];
    Compare compare_own[FRACTIONS];
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

bool is_small(const Object* value) {
    const int kind = kind_of(value);
    return kind > ARRAY && kind <= SMALL;
}

// Whether one is a small number and the other one of Python's, which NumPy 1 took for a large one.
bool of_two_sizes(const Object* left, const Object* right) {
    return (is_pythons(right) && is_small(left)) || (is_pythons(left) && is_small(right));
}

// Whether NumPy 1 may have given another type; what overflows is found later.
bool differs(const Object* left, const Object* right) {
    const int kind = kind_of(left), other = kind_of(right);
    if (kind == ARRAY && other == ARRAY) return !axes_of(left) != !axes_of(right);
    if (kind == ARRAY || other == ARRAY) {
        const bool has_axes = axes_of(kind == ARRAY ? left : right);
        return has_axes ? kind != NONE && other != NONE : is_pythons(kind == ARRAY ? right : left);
    }
    return of_two_sizes(left, right);
}

// Operands, by the rules of NumPy 1.
class Operands {
    Object* answer;

public:
    Operands(Object* operation, Object* left, Object* right)
        : answer(python.call(python.handler, operation, left, right, nullptr)) {}
    Operands(const Operands&) = delete;
    ~Operands() {
        if (answer) python.release(answer);
    }
    // Whether they are those that were given.
    bool stay() const { return answer == python.none; }
    // Whether Python has not raised an exception.
    explicit operator bool() const { return answer; }
    Object* operator[](int which) const { return python.item(answer, which); }
};

// Whether an integer did not fit, which is then no error any more.
bool overflows() {
    if (!python.matches(python.overflow)) return false;
    python.forget();
    return true;
}

// What NumPy 1 computed, if it differs; else stays, and nothing is done.
Object* function_of_old(Object* function, Object* const* given, size_t count, bool& stays) {
    const Operands operands(function, given[0], given[1]);
    stays = operands.stay();
    if (stays || !operands) return nullptr;
    Object* const arguments[] = {operands[0], operands[1], count > 2 ? given[2] : nullptr};
    return python.function(function, arguments, count, nullptr);
}

// A new integer of one that does not fit, or None if that is an error.
Object* remainder_of(Object* integer, void* kind) { return python.call(python.remainder, integer, kind, nullptr); }

// Where a class is among some, or the one among them from which it is derived.
template <int COUNT>
int place_of(const void* kind, void* const (&kinds)[COUNT]) {
    int at = 0;
    while (at < COUNT - 1 && !python.is_below(kind, kinds[at])) ++at;
    return at;
}

template <int KIND, int OPERATOR>
Object* own(Object* left, Object* right, Object* modulus) {
    void* function = python.own[KIND][OPERATOR];
    if (OPERATOR == POWER) return reinterpret_cast<Ternary>(function)(left, right, modulus);
    return reinterpret_cast<Binary>(function)(left, right);
}

template <int KIND, int OPERATOR>
Object* compute(Object* left, Object* right, Object* modulus = nullptr) {
    const bool has_modulus = OPERATOR == POWER && modulus && modulus != python.none;
    if (!has_modulus && of_two_sizes(left, right)) {
        Object* operation = python.operators[OPERATOR];
        const Operands operands(operation, left, right);
        if (!operands) return nullptr;
        if (!operands.stay()) return python.call(operation, operands[0], operands[1], nullptr);
    }
    return own<KIND, OPERATOR>(left, right, modulus);
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
void* operator_of(int which) {
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
void* operator_of_kind(int kind, int which) {
    if constexpr (KIND < SMALL)
        return kind == KIND ? operator_of<KIND>(which) : operator_of_kind<KIND + 1>(kind, which);
    return nullptr;
}

}  // namespace

// Returns the operator to put into the table of a kind of small numbers.
LENET_EXPORT void* lenet_operator(int kind, int which) { return operator_of_kind(kind, which); }

// Calls one of NumPy's functions of two operands; in place, the third argument is where the result goes.
LENET_EXPORT Object* lenet_function(Object* function, Object* const* given, size_t flags, Object* names) {
    const size_t count = flags & ~LENT;
    if (names || count < 2 || count > 3) return python.function(function, given, flags, names);
    bool stays = true;
    if (differs(given[0], given[1])) {
        Object* result = function_of_old(function, given, count, stays);
        if (!stays) return result;
    }
    Object* result = python.function(function, given, flags, names);
    if (!result && overflows()) {  // an error that stays one is raised again
        result = function_of_old(function, given, count, stays);
        if (stays) result = python.function(function, given, flags, names);
    }
    return result;
}

// Makes an integer of what may not fit.
LENET_EXPORT Object* lenet_make(void* kind, Object* given, Object* names) {
    const int at = place_of(kind, python.integers);
    Object* result = python.make[at](kind, given, names);
    if (result || names || kind != python.integers[at] || !overflows()) return result;
    Object* integer = remainder_of(python.item(given, 0), kind);
    if (integer != python.none) return integer;
    python.release(integer);
    return python.make[at](kind, given, names);
}

// Compares a number that is no integer with another, with Python's in 64 bits.
LENET_EXPORT Object* lenet_compare(Object* number, Object* other, int how) {
    if (is_pythons(other)) {
        const Operands operands(python.none, number, other);
        if (!operands) return nullptr;
        if (!operands.stay()) return python.compare(operands[0], operands[1], how);
    }
    return python.compare_own[place_of(number->type, python.fractions)](number, other, how);
}

// Sets elements of an array to what may not fit.
LENET_EXPORT int lenet_set(Object* array, Object* index, Object* value) {
    const int status = python.set(array, index, value);
    if (!status || !value || !overflows()) return status;
    Object* integers = remainder_of(value, array);
    if (!integers) return -1;
    const int again = python.set(array, index, integers == python.none ? value : integers);
    python.release(integers);
    return again;
}
