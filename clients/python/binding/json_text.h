// Writes Python values as JSON text in one pass.
#pragma once

#include <Python.h>

#include <string>
#include <string_view>

#include "values.h"

namespace daybook::python {

class JsonText {
public:
    // `pointer` is the JSON pointer of the first value.
    JsonText(Reading& reading, std::string pointer, std::string& out)
        : reading_(reading), pointer_(std::move(pointer)), out_(out) {}

    // False: Reading::problem says what has no form, and where.
    bool value(PyObject* object);

private:
    // The same, without what a lenient reading does then.
    bool written(PyObject* object);
    // The log's lines nest 64 deep; an object that contains itself comes here too.
    static constexpr int kDepthMax = 60;

    bool scalar_or_container(PyObject* object, bool& known);
    bool real(double number);
    bool integer(PyObject* object);
    bool string(PyObject* object);
    bool dict(PyObject* object);
    // One `"name":value` of an object; `first`: none has been written before.
    bool member(PyObject* name, PyObject* item, bool& first);
    bool list(PyObject* object);
    bool other(PyObject* object);
    bool fail(std::string message);

    Reading& reading_;
    std::string pointer_;
    std::string& out_;
    int depth_ = 0;
};

// "params.a.0" of "/params/a/0", for messages.
std::string dotted(std::string_view pointer);
void append_pointer(std::string_view name, std::string& pointer);
const char* nonfinite_name(double value);

// `object` as Python's daybook._values has it: a plain value in place of one of another library.  A
// new reference, or NULL with the problem of `place` in `reading`.
PyObject* plain_value(PyObject* object, std::string_view place, Reading& reading);
PyObject* plain_object(PyObject* object, std::string_view place, Reading& reading);
// A number as an int, rounded or else whole; None for a missing one.  NULL with Python's error set.
PyObject* whole_number(PyObject* object, bool rounds);
// A mapping's key, or an argument that is a name, as text.
PyObject* plain_key(PyObject* object, std::string_view place, Reading& reading);

}  // namespace daybook::python
