// Orders that sort rows of numbers, with equal numbers where NumPy's quicksort left them before version 1.25.
//
// Hoare's quicksort: pivots are medians of three, short parts are sorted by insertion. Which of equal numbers comes
// first depends on each of these choices.
#include <algorithm>
#include <cstdint>

namespace {

constexpr int64_t SHORT = 15;

// NaN comes last.
template <typename T>
bool is_less(T a, T b) {
    return a < b || (b != b && a == a);
}

template <typename T>
void insert_all(const T* values, int64_t* first, int64_t* last) {
    for (int64_t* next = first + 1; next <= last; ++next) {
        const int64_t moved = *next;
        int64_t* place = next;
        for (; place > first && is_less(values[moved], values[place[-1]]); --place) *place = place[-1];
        *place = moved;
    }
}

// Puts the median of the first, the middle and the last before the last, and the rest on the right sides of it.
template <typename T>
int64_t* part(const T* values, int64_t* first, int64_t* last) {
    int64_t* middle = first + ((last - first) >> 1);
    if (is_less(values[*middle], values[*first])) std::swap(*middle, *first);
    if (is_less(values[*last], values[*middle])) std::swap(*last, *middle);
    if (is_less(values[*middle], values[*first])) std::swap(*middle, *first);
    const T pivot = values[*middle];
    int64_t *left = first, *right = last - 1;
    std::swap(*middle, *right);
    for (;;) {
        do ++left;
        while (is_less(values[*left], pivot));
        do --right;
        while (is_less(pivot, values[*right]));
        if (left >= right) break;
        std::swap(*left, *right);
    }
    std::swap(*left, *(last - 1));
    return left;
}

template <typename T>
void sort_part(const T* values, int64_t* first, int64_t* last, int depth) {
    while (last - first > SHORT) {
        if (depth-- < 0) {  // of values that are made for it; NumPy took a heap
            std::stable_sort(first, last + 1, [values](int64_t a, int64_t b) { return is_less(values[a], values[b]); });
            return;
        }
        int64_t* pivot = part(values, first, last);
        if (pivot - first < last - pivot) {
            sort_part(values, first, pivot - 1, depth);
            first = pivot + 1;
        } else {
            sort_part(values, pivot + 1, last, depth);
            last = pivot - 1;
        }
    }
    insert_all(values, first, last);
}

template <typename T>
void sort_rows(const void* data, int64_t* order, int64_t rows, int64_t count) {
    int depth = 0;
    for (int64_t rest = count; rest >>= 1;) depth += 2;
    const T* values = static_cast<const T*>(data);
    for (int64_t row = 0; row < rows; ++row, values += count, order += count) {
        for (int64_t at = 0; at < count; ++at) order[at] = at;
        sort_part(values, order, order + count - 1, depth);
    }
}

}  // namespace

// Fills `order`, of shape (rows, count), for data of the type that NumPy has a letter for; returns whether it knows the
// type.
extern "C" __attribute__((visibility("default"))) int lenet_order(char type, const void* data, int64_t* order,
                                                                  int64_t rows, int64_t count) {
    switch (type) {
        case 'b': sort_rows<int8_t>(data, order, rows, count); return 1;
        case '?':
        case 'B': sort_rows<uint8_t>(data, order, rows, count); return 1;
        case 'h': sort_rows<int16_t>(data, order, rows, count); return 1;
        case 'H': sort_rows<uint16_t>(data, order, rows, count); return 1;
        case 'i': sort_rows<int32_t>(data, order, rows, count); return 1;
        case 'I': sort_rows<uint32_t>(data, order, rows, count); return 1;
        case 'l': sort_rows<int64_t>(data, order, rows, count); return 1;
        case 'L': sort_rows<uint64_t>(data, order, rows, count); return 1;
        case 'f': sort_rows<float>(data, order, rows, count); return 1;
        case 'd': sort_rows<double>(data, order, rows, count); return 1;
        default: return 0;
    }
}
