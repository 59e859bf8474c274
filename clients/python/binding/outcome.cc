#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "handles.h"

namespace daybook::python {

void Call::shut() {
    constexpr int kWaitsMax = 5000;
    ender_ = PyThread_get_thread_ident();
    is_shut_ = true;
    for (int i = 0; i < kWaitsMax && under_way_ > 0; ++i) {
        PyThreadState* const state = PyEval_SaveThread();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        PyEval_RestoreThread(state);
    }
}

void warn(std::string_view message) {
    std::string line = "daybook: ";
    line += message;
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void raise_error(daybook_code code, std::string_view message) {
    // A message may name a file whose name is no UTF-8.
    PyObject* const text = PyUnicode_DecodeUTF8(
        message.data(), static_cast<Py_ssize_t>(message.size()), "backslashreplace");
    PyObject* const module = PyImport_ImportModule("daybook._errors");
    PyObject* const error =
        module == nullptr || text == nullptr
            ? nullptr
            : PyObject_CallMethod(module, "error_of", "sO", daybook_code_name(code), text);
    Py_XDECREF(module);
    Py_XDECREF(text);
    if (error != nullptr) {
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error)), error);
        Py_DECREF(error);
    }
    nb::raise_python_error();
}

void let_through(Reading& reading) {
    if (reading.interruption.restore()) nb::raise_python_error();
}

void raise_problem(Reading& reading) {
    let_through(reading);
    raise_error(DAYBOOK_INVALID_ARGUMENT, reading.problem);
}

void Outcome::settle(daybook_code code, bool strict) const {
    if (code != DAYBOOK_OK && strict) raise_error(code, daybook_error_message(error_));
}

daybook_durability read_durability(nb::handle name, Reading& reading) {
    if (name.is_none()) return DAYBOOK_DURABILITY_DEFAULT;
    const char* const text = PyUnicode_Check(name.ptr()) ? PyUnicode_AsUTF8(name.ptr()) : nullptr;
    const std::string_view wanted = text == nullptr ? "" : text;
    if (wanted == "buffered") return DAYBOOK_DURABILITY_BUFFERED;
    if (wanted == "process") return DAYBOOK_DURABILITY_PROCESS;
    if (wanted == "power") return DAYBOOK_DURABILITY_POWER;
    PyErr_Clear();
    const nb::object found = nb::steal(PyObject_Repr(name.ptr()));
    Owned owned;
    daybook_str said;
    if (found.is_valid() && utf8_of(found.ptr(), owned, said)) {
        reading.problem = "durability: found " + std::string(said.data, said.size) +
                          ", expected 'buffered', 'process' or 'power'";
    } else {
        reading.problem = "durability: " + take_python_error(reading);
    }
    return DAYBOOK_DURABILITY_DEFAULT;
}

}  // namespace daybook::python
