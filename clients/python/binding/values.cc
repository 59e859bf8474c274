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

// UTF-8 of a str that is held as such: nothing needs to be encoded, or can fail.
bool held_utf8(PyObject* object, daybook_str& utf8) {
    if (!PyUnicode_CheckExact(object) || !PyUnicode_IS_COMPACT_ASCII(object)) return false;
    utf8 = {static_cast<const char*>(PyUnicode_DATA(object)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(object))};
    return true;
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

// Whether the host is meant: no Exception, or one that a handler of a signal has raised.
bool is_interruption(PyObject* type, PyObject* value, PyObject* trace) {
    if (!PyErr_GivenExceptionMatches(type, PyExc_Exception)) return true;
    if (trace == nullptr) return false;
    PyException_SetTraceback(value, trace);
    PyObject* const module = PyImport_ImportModule("daybook._values");
    PyObject* const answer =
        module == nullptr ? nullptr : PyObject_CallMethod(module, "is_of_a_signal", "(O)", value);
    const bool yes = answer == Py_True;
    Py_XDECREF(module);
    Py_XDECREF(answer);
    PyErr_Clear();
    return yes;
}

}  // namespace

void Owned::take_one_more(PyObject* object) { long_.push_back(object); }

Interruption::~Interruption() {
    Py_XDECREF(type_);
    Py_XDECREF(value_);
    Py_XDECREF(trace_);
}

void Interruption::take(PyObject* type, PyObject* value, PyObject* trace) {
    PyObject* const late[] = {type, value, trace};
    if (type_ == nullptr) {
        type_ = type;
        value_ = value;
        trace_ = trace;
        return;
    }
    for (PyObject* object : late) Py_XDECREF(object);
}

bool Interruption::restore() {
    if (type_ == nullptr) return false;
    PyErr_Restore(std::exchange(type_, nullptr), std::exchange(value_, nullptr),
                  std::exchange(trace_, nullptr));
    return true;
}

void Reading::note_nonfinite(std::string pointer, double value) {
    pointers.push_front(std::move(pointer));
    daybook_field field = daybook_string("", nonfinite_name(value));
    field.name = str_of(pointers.front());
    nonfinite.push_back(field);
}

daybook_object Reading::nonfinite_object() const {
    return daybook_fields(nonfinite.data(), nonfinite.size());
}

daybook_field& Object::add_to_long() {
    if (count_ == kInline) long_.assign(short_.begin(), short_.end());
    ++count_;
    return long_.emplace_back();
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
    const Py_ssize_t size = PyDict_GET_SIZE(dict);
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (add_number(key, value)) continue;
        owned_.share(key);
        owned_.share(value);
        if (!read_field(key, value, what, reading)) return false;
        // Converting may run foreign code.
        if (PyDict_GET_SIZE(dict) != size) {
            reading.problem = std::string(what) + ": found it changed while it was read";
            return false;
        }
    }
    return true;
}

// Almost all fields of a trial are a number under a name in ASCII: these run no foreign code, and
// of the number nothing is borrowed.  False: it is another field, and read_field() reads it.
bool Object::add_number(PyObject* key, PyObject* value) {
    daybook_field field;
    if (!held_utf8(key, field.name)) return false;
    if (PyFloat_CheckExact(value)) {
        field.type = DAYBOOK_TYPE_DOUBLE;
        field.value.real = PyFloat_AS_DOUBLE(value);
        if (!std::isfinite(field.value.real)) return false;
    } else if (!PyLong_CheckExact(value) || !scalar(value, field)) {
        return false;
    }
    owned_.share(key);
    add() = field;
    return true;
}

// A curve's points are numbers: one that is missing is not a number.
void Object::add_scalar(const daybook_field& field, std::string_view what, Reading& reading) {
    if (field.type == DAYBOOK_TYPE_NULL && reading.policy == Nonfinite::kLeaveOut) {
        const std::string_view name(field.name.data, field.name.size);
        reading.note_nonfinite(pointer_to(what, name), std::nan(""));
    } else {
        add() = field;
    }
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
        add_scalar(field, what, reading);
        return true;
    }
    const std::string_view name(field.name.data, field.name.size);
    if (!PyFloat_Check(value) && !PyDict_Check(value) && !PyList_Check(value) &&
        !PyTuple_CheckExact(value) && !PyUnicode_Check(value) && !PyLong_Check(value)) {
        value = plain_value(value, std::string(what) + "." + std::string(name), reading);
        if (value == nullptr) return false;
        owned_.take(value);
        if (scalar(value, field)) {
            add_scalar(field, what, reading);
            return true;
        }
    }
    if (PyUnicode_Check(value) && utf8_of(value, owned_, field.value.text)) {
        field.type = DAYBOOK_TYPE_STRING;
        add() = field;
        return true;
    }
    std::string pointer = pointer_to(what, name);
    if (reading.policy == Nonfinite::kLeaveOut && is_nonfinite(value)) {
        reading.note_nonfinite(std::move(pointer), PyFloat_AS_DOUBLE(value));
        return true;
    }
    if (reading.policy == Nonfinite::kText && is_nonfinite(value)) {
        field.type = DAYBOOK_TYPE_STRING;
        field.value.text = daybook_text(nonfinite_name(PyFloat_AS_DOUBLE(value)));
        add() = field;
        return true;
    }
    texts_.emplace_front();
    if (!JsonText(reading, std::move(pointer), texts_.front()).value(value)) return false;
    field.type = DAYBOOK_TYPE_JSON;
    field.value.text = str_of(texts_.front());
    add() = field;
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
    if (utf8_of(object, owned, text)) return true;
    reading.problem = std::string(what) + ": " + take_python_error(reading);
    return false;
}

bool utf8_of(PyObject* text, Owned& owned, daybook_str& utf8) {
    Py_ssize_t size = 0;
    utf8.data = PyUnicode_AsUTF8AndSize(text, &size);
    utf8.size = static_cast<std::size_t>(size);
    if (utf8.data != nullptr) return true;
    PyErr_Clear();
    PyObject* const bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (bytes == nullptr) return false;
    owned.take(bytes);
    utf8 = {PyBytes_AsString(bytes), static_cast<std::size_t>(PyBytes_Size(bytes))};
    return true;
}

bool write_json(PyObject* value, std::string_view what, Reading& reading, std::string& out) {
    std::string pointer;
    append_pointer(what, pointer);
    return JsonText(reading, std::move(pointer), out).value(value);
}

std::string take_python_error(Reading& reading) {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (type == nullptr) return "unknown error";
    if (is_interruption(type, value, trace)) {
        reading.interruption.take(type, value, trace);
        return "interrupted";
    }
    std::string message = "unknown error";
    PyObject* const text = value == nullptr ? nullptr : PyObject_Str(value);
    const char* const utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
    if (utf8 != nullptr) message = utf8;
    // What this package raises says all itself.
    if (!PyErr_GivenExceptionMatches(type, PyExc_TypeError)) {
        message = std::string(PyExceptionClass_Name(type)) + ": " + message;
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_DECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return message;
}

}  // namespace daybook::python
