// Python values as the C interface takes them: fields on the stack, and JSON text for what is
// nested.
//
// Nothing here raises: what has no form is named in Reading::problem, because what becomes of it is
// the caller's policy.  All functions need the GIL.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/daybook.h"

namespace daybook::python {

// What becomes of a NaN or an infinite number, for which JSON has no form.
enum class Nonfinite {
    kNull,      // null at its place, and its name in Reading::nonfinite
    kLeaveOut,  // nothing at its place, and its name in Reading::nonfinite
    kText,      // "NaN", "Infinity" or "-Infinity" at its place
    kRefuse,
};

// References that are given back together.
class Owned {
public:
    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        for (std::size_t i = 0; i < count_; ++i) Py_DECREF(short_[i]);
        for (PyObject* object : long_) Py_DECREF(object);
    }
    // Takes over a reference.
    void take(PyObject* object) {
        if (count_ < short_.size()) [[likely]] {
            short_[count_++] = object;
        } else {
            take_one_more(object);
        }
    }
    void share(PyObject* object) {
        Py_INCREF(object);
        take(object);
    }

private:
    void take_one_more(PyObject* object);

    std::array<PyObject*, 48> short_;  // NOLINT: only the first count_ are read.
    std::size_t count_ = 0;
    std::vector<PyObject*> long_;
};

// An exception that is not the conversion's: Ctrl-C, an exit, or what a handler of a signal has
// raised.  It is kept until the reading is over, and then travels on.
class Interruption {
public:
    Interruption() = default;
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    ~Interruption();
    explicit operator bool() const { return type_ != nullptr; }
    // Takes over the references.  The first one is kept.
    void take(PyObject* type, PyObject* value, PyObject* trace);
    // Makes it Python's error again; false: there is none.
    bool restore();

private:
    PyObject* type_ = nullptr;
    PyObject* value_ = nullptr;
    PyObject* trace_ = nullptr;
};

// What is found while the values of one event are read.
struct Reading {
    explicit Reading(Nonfinite wanted) : policy(wanted) {}

    // Writes down that the number at `pointer` cannot be held.
    void note_nonfinite(std::string pointer, double value);
    daybook_object nonfinite_object() const;

    Nonfinite policy;
    // What is wrong, with its place: "params.model: found bytes, expected …".  Empty: nothing.
    std::string problem;
    Interruption interruption;
    // Writes repr() in place of what has no form, and names it in `replaced`.
    bool lenient = false;
    std::vector<std::string> replaced;
    std::forward_list<std::string> pointers;
    std::vector<daybook_field> nonfinite;
};

// A mapping, as the fields of an object.  What it borrows is kept alive, so that the GIL may be
// released while the fields are in use.
class Object {
public:
    // Reads a dict, another mapping, a dataclass or a pydantic model; None is an empty object.
    // `what` is its name in messages and pointers.  False: `reading` says why.
    bool read(PyObject* mapping, std::string_view what, Reading& reading);
    daybook_object get() const;
    // What its texts take, about.
    std::size_t text_bytes() const;
    // Lists and objects become their JSON text, and nulls go: tags are text, numbers and booleans.
    void make_flat();

private:
    static constexpr std::size_t kInline = 16;

    bool read_dict(PyObject* dict, std::string_view what, Reading& reading);
    bool add_number(PyObject* key, PyObject* value);
    bool read_field(PyObject* key, PyObject* value, std::string_view what, Reading& reading);
    // Room for one more field at the end.
    daybook_field& add() {
        if (count_ < kInline) [[likely]]
            return short_[count_++];
        return add_to_long();
    }
    daybook_field& add_to_long();
    void add_scalar(const daybook_field& field, std::string_view what, Reading& reading);
    daybook_field* data() { return count_ > kInline ? long_.data() : short_.data(); }

    std::array<daybook_field, kInline> short_;  // NOLINT: only the first count_ are read.
    std::vector<daybook_field> long_;
    std::size_t count_ = 0;
    std::forward_list<std::string> texts_;
    Owned owned_;
};

// UTF-8 of a str or of an int's digits; NULL data for None.  `owned` keeps it alive.
bool read_text(PyObject* object, std::string_view what, Owned& owned, daybook_str& text,
               Reading& reading);

// UTF-8 of a str.  What has none, as the names of some files, is written as \udcff.  False:
// Python's error is set.
bool utf8_of(PyObject* text, Owned& owned, daybook_str& utf8);

// One value as JSON text, appended to `out`.
bool write_json(PyObject* value, std::string_view what, Reading& reading, std::string& out);

// Takes the Python error that is set, as "ValueError: …"; an interruption goes into `reading`.
std::string take_python_error(Reading& reading);

}  // namespace daybook::python
