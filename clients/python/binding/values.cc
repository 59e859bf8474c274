#include "values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "json_text.h"

namespace daybook::python {
namespace {

daybook_str str_of(std::string_view text) { return {text.data(), text.size()}; }

std::string pointer_to(std::string_view what, std::string_view name) {
    std::string pointer;
    append_pointer(what, pointer);
    append_pointer(name, pointer);
    return pointer;
}

// The types that need no text, and those derived from them, such as numpy.float64 and an Enum of
// texts.  False: it is another one, or a number that has no form.
bool scalar(PyObject* value, daybook_field& field) {
    if (PyFloat_Check(value)) {
        field.type = DAYBOOK_TYPE_DOUBLE;
        field.value.real = PyFloat_AS_DOUBLE(value);
        return std::isfinite(field.value.real);
    }
    if (PyBool_Check(value)) {
        field.type = DAYBOOK_TYPE_BOOL;
        field.value.boolean = value == Py_True ? 1 : 0;
        return true;
    }
    if (PyLong_Check(value)) {
        int overflow = 0;
        field.type = DAYBOOK_TYPE_INT;
        field.value.integer = PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow == 0;
    }
    if (PyUnicode_Check(value)) {
        Py_ssize_t size = 0;
        field.type = DAYBOOK_TYPE_STRING;
        field.value.text.data = PyUnicode_AsUTF8AndSize(value, &size);
        field.value.text.size = static_cast<std::size_t>(size);
        if (field.value.text.data != nullptr) return true;
        PyErr_Clear();
        return false;
    }
    field.type = DAYBOOK_TYPE_NULL;
    return value == Py_None;
}

bool is_nonfinite(PyObject* value) {
    return PyFloat_Check(value) && !std::isfinite(PyFloat_AS_DOUBLE(value));
}

}  // namespace

void Reading::note_nonfinite(std::string pointer, double value) {
    pointers.push_front(std::move(pointer));
    daybook_field field = daybook_string("", nonfinite_name(value));
    field.name = str_of(pointers.front());
    nonfinite.push_back(field);
}

daybook_object Reading::nonfinite_object() const {
    return daybook_fields(nonfinite.data(), nonfinite.size());
}

void Object::add(const daybook_field& field) {
    if (count_ < kInline) {
        short_[count_] = field;
    } else {
        if (count_ == kInline) long_.assign(short_.begin(), short_.end());
        long_.push_back(field);
    }
    ++count_;
}

daybook_object Object::get() const {
    return daybook_fields(count_ > kInline ? long_.data() : short_.data(), count_);
}

std::size_t Object::text_bytes() const {
    std::size_t bytes = 0;
    const daybook_object object = get();
    for (std::size_t i = 0; i < object.count; ++i) {
        const daybook_field& field = object.fields[i];
        const bool is_text = field.type == DAYBOOK_TYPE_STRING || field.type == DAYBOOK_TYPE_JSON;
        bytes += field.name.size + (is_text ? field.value.text.size : 0);
    }
    return bytes;
}

void Object::make_flat() {
    daybook_field* const end =
        std::remove_if(data(), data() + count_,
                       [](const daybook_field& field) { return field.type == DAYBOOK_TYPE_NULL; });
    const auto kept = static_cast<std::size_t>(end - data());
    if (count_ > kInline && kept <= kInline) std::copy(data(), end, short_.begin());
    count_ = kept;
    for (std::size_t i = 0; i < count_; ++i) {
        if (data()[i].type == DAYBOOK_TYPE_JSON) data()[i].type = DAYBOOK_TYPE_STRING;
    }
}

bool Object::read(PyObject* mapping, std::string_view what, Reading& reading) {
    if (mapping == Py_None) return true;
    if (PyDict_CheckExact(mapping)) return read_dict(mapping, what, reading);
    PyObject* const dict = plain_object(mapping, what, reading);
    if (dict == nullptr) return false;
    owned_.take(dict);
    return read_dict(dict, what, reading);
}

bool Object::read_dict(PyObject* dict, std::string_view what, Reading& reading) {
    Py_ssize_t position = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    const Py_ssize_t size = PyDict_Size(dict);
    while (PyDict_Next(dict, &position, &key, &value)) {
        owned_.share(key);
        owned_.share(value);
        if (!read_field(key, value, what, reading)) return false;
        // Converting may run foreign code.
        if (PyDict_Size(dict) != size) {
            reading.problem = std::string(what) + ": found it changed while it was read";
            return false;
        }
    }
    return true;
}

bool Object::read_field(PyObject* key, PyObject* value, std::string_view what, Reading& reading) {
    daybook_field field;
    if (!PyUnicode_CheckExact(key)) {
        key = plain_key(key, what, reading);
        if (key == nullptr) return false;
        owned_.take(key);
    }
    if (!read_text(key, what, owned_, field.name, reading)) return false;
    if (scalar(value, field)) {
        add(field);
        return true;
    }
    const std::string_view name(field.name.data, field.name.size);
    if (!PyFloat_Check(value) && !PyDict_Check(value) && !PyList_Check(value) &&
        !PyTuple_Check(value) && !PyUnicode_Check(value) && !PyLong_Check(value)) {
        value = plain_value(value, std::string(what) + "." + std::string(name), reading);
        if (value == nullptr) return false;
        owned_.take(value);
        if (scalar(value, field)) {
            add(field);
            return true;
        }
    }
    std::string pointer = pointer_to(what, name);
    if (reading.policy == Nonfinite::kLeaveOut && is_nonfinite(value)) {
        reading.note_nonfinite(std::move(pointer), PyFloat_AS_DOUBLE(value));
        return true;
    }
    if (reading.policy == Nonfinite::kText && is_nonfinite(value)) {
        field.type = DAYBOOK_TYPE_STRING;
        field.value.text = daybook_text(nonfinite_name(PyFloat_AS_DOUBLE(value)));
        add(field);
        return true;
    }
    texts_.emplace_front();
    if (!JsonText(reading, std::move(pointer), texts_.front()).value(value)) return false;
    field.type = DAYBOOK_TYPE_JSON;
    field.value.text = str_of(texts_.front());
    add(field);
    return true;
}

bool read_text(PyObject* object, std::string_view what, Owned& owned, daybook_str& text,
               Reading& reading) {
    text = daybook_text(nullptr);
    if (object == Py_None) return true;
    if (!PyUnicode_Check(object)) {
        object = plain_key(object, what, reading);
        if (object == nullptr) return false;
        owned.take(object);
    } else {
        owned.share(object);
    }
    Py_ssize_t size = 0;
    text.data = PyUnicode_AsUTF8AndSize(object, &size);
    text.size = static_cast<std::size_t>(size);
    if (text.data != nullptr) return true;
    reading.problem = std::string(what) + ": " + take_python_error();
    return false;
}

bool write_json(PyObject* value, std::string_view what, Reading& reading, std::string& out) {
    std::string pointer;
    append_pointer(what, pointer);
    return JsonText(reading, std::move(pointer), out).value(value);
}

std::string take_python_error() {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    // Ctrl-C in the middle of a conversion is not ours to keep: it comes again at the next step.
    if (type != nullptr && PyErr_GivenExceptionMatches(type, PyExc_KeyboardInterrupt)) {
        PyErr_SetInterrupt();
    }
    std::string message = "unknown error";
    PyObject* const text = value == nullptr ? nullptr : PyObject_Str(value);
    const char* const utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
    if (utf8 != nullptr) message = utf8;
    // What this package raises says all itself.
    const bool is_ours = type != nullptr && PyErr_GivenExceptionMatches(type, PyExc_TypeError);
    if (type != nullptr && !is_ours) {
        const std::string name(PyExceptionClass_Name(type));
        message = name + ": " + message;
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return message;
}

}  // namespace daybook::python
