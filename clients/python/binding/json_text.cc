#include "json_text.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace daybook::python {
namespace {

void append_escaped(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    std::size_t begun = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(text, begun, i - begun);
        begun = i + 1;
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 0xf];
        }
    }
    out.append(text, begun);
    out += '"';
}

// Calls daybook._values.<function>(object).  NULL with Python's error set if it raises.
PyObject* call_values(const char* function, PyObject* object) {
    PyObject* const module = PyImport_ImportModule("daybook._values");
    PyObject* const result =
        module == nullptr ? nullptr : PyObject_CallMethod(module, function, "(O)", object);
    Py_XDECREF(module);
    return result;
}

// The same; what it raises becomes the problem of `place`.
PyObject* call_values(const char* function, PyObject* object, std::string_view place,
                      Reading& reading) {
    PyObject* const result = call_values(function, object);
    if (result == nullptr) reading.problem = std::string(place) + ": " + take_python_error(reading);
    return result;
}

// What stands for a value without a form in a lenient reading, which goes on then.
PyObject* described(PyObject* object, Reading& reading) {
    PyObject* const text = call_values("described", object);
    if (text == nullptr) {
        take_python_error(reading);
    } else {
        reading.replaced.push_back(std::exchange(reading.problem, {}));
    }
    return text;
}

// The same as call_values(); a lenient reading has repr() then.
PyObject* call_or_describe(const char* function, PyObject* object, std::string_view place,
                           Reading& reading) {
    PyObject* const result = call_values(function, object, place, reading);
    if (result != nullptr || !reading.lenient || reading.interruption) return result;
    return described(object, reading);
}

}  // namespace

std::string dotted(std::string_view pointer) {
    std::string name;
    for (std::size_t i = 1; i < pointer.size(); ++i) {
        if (pointer[i] == '/') {
            name += '.';
        } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
            name += pointer[++i] == '1' ? '/' : '~';
        } else {
            name += pointer[i];
        }
    }
    return name;
}

void append_pointer(std::string_view name, std::string& pointer) {
    pointer += '/';
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

const char* nonfinite_name(double value) {
    if (std::isnan(value)) return "NaN";
    return value > 0 ? "Infinity" : "-Infinity";
}

PyObject* plain_value(PyObject* object, std::string_view place, Reading& reading) {
    return call_or_describe("plain", object, place, reading);
}

PyObject* plain_object(PyObject* object, std::string_view place, Reading& reading) {
    return call_values("plain_object", object, place, reading);
}

PyObject* whole_number(PyObject* object, bool rounds) {
    PyObject* const module = PyImport_ImportModule("daybook._values");
    PyObject* const result =
        module == nullptr
            ? nullptr
            : PyObject_CallMethod(module, "whole", "(OO)", object, rounds ? Py_True : Py_False);
    Py_XDECREF(module);
    return result;
}

PyObject* plain_key(PyObject* object, std::string_view place, Reading& reading) {
    return call_or_describe("plain_key", object, place, reading);
}

bool JsonText::fail(std::string message) {
    reading_.problem = dotted(pointer_) + ": " + std::move(message);
    return false;
}

bool JsonText::value(PyObject* object) {
    const std::size_t begun = out_.size();
    const std::size_t place = pointer_.size();
    if (written(object)) return true;
    if (!reading_.lenient || reading_.interruption) return false;
    // The least that has no form is replaced, and all around it is kept.
    out_.resize(begun);
    pointer_.resize(place);
    PyObject* const text = described(object, reading_);
    const bool replaced = text != nullptr && string(text);
    Py_XDECREF(text);
    return replaced;
}

bool JsonText::written(PyObject* object) {
    if (depth_ >= kDepthMax) {
        return fail(
            "found values within values more than 60 deep, expected fewer; does it "
            "contain itself?");
    }
    ++depth_;
    bool known = true;
    const bool plain = scalar_or_container(object, known);
    const bool done = known ? plain : other(object);
    --depth_;
    return done;
}

// `known` becomes false if the type is none of JSON's.
bool JsonText::scalar_or_container(PyObject* object, bool& known) {
    if (object == Py_None) {
        out_ += "null";
    } else if (PyBool_Check(object)) {
        out_ += object == Py_True ? "true" : "false";
    } else if (PyFloat_Check(object)) {
        return real(PyFloat_AS_DOUBLE(object));
    } else if (PyLong_Check(object)) {
        return integer(object);
    } else if (PyUnicode_Check(object)) {
        return string(object);
    } else if (PyDict_Check(object)) {
        return dict(object);
    } else if (PyList_Check(object) || PyTuple_CheckExact(object)) {
        return list(object);
    } else {
        known = false;
    }
    return true;
}

bool JsonText::real(double number) {
    if (!std::isfinite(number)) {
        const char* const name = nonfinite_name(number);
        switch (reading_.policy) {
            case Nonfinite::kNull:
            case Nonfinite::kLeaveOut:
                reading_.note_nonfinite(pointer_, number);
                out_ += "null";
                return true;
            case Nonfinite::kText: append_escaped(name, out_); return true;
            case Nonfinite::kRefuse: break;
        }
        return fail(std::string("found ") + name + ", expected a finite number");
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    out_.append(digits, end.ptr);
    return true;
}

bool JsonText::integer(PyObject* object) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
        char digits[24];
        out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
        return true;
    }
    // JSON has no limit: every digit is kept.
    PyObject* const text = PyLong_Type.tp_repr(object);
    if (text == nullptr) return fail(take_python_error(reading_));
    Py_ssize_t size = 0;
    const char* const digits = PyUnicode_AsUTF8AndSize(text, &size);
    if (digits != nullptr) out_.append(digits, static_cast<std::size_t>(size));
    Py_DECREF(text);
    return digits != nullptr || fail(take_python_error(reading_));
}

bool JsonText::string(PyObject* object) {
    Owned owned;
    daybook_str text;
    if (!utf8_of(object, owned, text)) return fail(take_python_error(reading_));
    append_escaped({text.data, text.size}, out_);
    return true;
}

bool JsonText::dict(PyObject* object) {
    out_ += '{';
    bool first = true;
    Py_ssize_t position = 0;
    PyObject* key = nullptr;
    PyObject* item = nullptr;
    const Py_ssize_t size = PyDict_Size(object);
    while (PyDict_Next(object, &position, &key, &item)) {
        // Converting may run foreign code, which may change the dict.
        Owned kept;
        kept.share(item);
        PyObject* const name = plain_key(key, dotted(pointer_), reading_);
        if (name == nullptr) return false;
        kept.take(name);
        if (!member(name, item, first)) return false;
        if (PyDict_Size(object) != size) return fail("found it changed while it was read");
    }
    out_ += '}';
    return true;
}

bool JsonText::member(PyObject* name, PyObject* item, bool& first) {
    const std::size_t begun = out_.size();
    const std::size_t outer = pointer_.size();
    const std::size_t nonfinite = reading_.nonfinite.size();
    if (!first) out_ += ',';
    Owned owned;
    daybook_str text;
    if (!utf8_of(name, owned, text)) return fail(take_python_error(reading_));
    append_escaped({text.data, text.size}, out_);
    out_ += ':';
    append_pointer({text.data, text.size}, pointer_);
    const std::size_t place = out_.size();
    if (!value(item)) return false;
    pointer_.resize(outer);
    const bool is_null = std::string_view(out_).substr(place) == "null";
    if (reading_.policy == Nonfinite::kLeaveOut && is_null &&
        reading_.nonfinite.size() > nonfinite) {
        out_.resize(begun);
    } else {
        first = false;
    }
    return true;
}

bool JsonText::list(PyObject* object) {
    out_ += '[';
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
        if (i > 0) out_ += ',';
        Owned kept;
        PyObject* const item = PySequence_Fast_GET_ITEM(object, i);
        kept.share(item);
        const std::size_t before = pointer_.size();
        pointer_ += '/';
        pointer_ += std::to_string(i);
        if (!value(item)) return false;
        pointer_.resize(before);
    }
    out_ += ']';
    return true;
}

bool JsonText::other(PyObject* object) {
    PyObject* const plain = plain_value(object, dotted(pointer_), reading_);
    if (plain == nullptr) return false;
    const bool done = value(plain);
    Py_DECREF(plain);
    return done;
}

}  // namespace daybook::python
