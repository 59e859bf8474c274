// Run.record_trial as Python calls it: most often, and so without a frame and without the tables
// that nanobind asks for arguments by name.
#include <algorithm>
#include <array>
#include <exception>

#include "handles.h"

namespace daybook::python {
namespace {

constexpr std::array<const char*, 10> kNames = {
    "trial_id",   "params",      "metrics",       "state", "feasible",
    "violations", "duration_ms", "started_at_ms", "error", "durability"};
// The others are given by name.
constexpr std::size_t kPositions = 3;
constexpr const char* kDoc =
    "record_trial($self, trial_id, params=None, metrics=None, *, state=None, feasible=None,\n"
    "             violations=None, duration_ms=None, started_at_ms=None, error=None,\n"
    "             durability=None)\n--\n\n"
    "Records one trial: a point of a search, and what it measured.\n\n"
    "Recorded again under its id, the later one counts.  A NaN is kept: null at its place, and\n"
    "its name in the event's `nonfinite`.  `duration_ms` is rounded.  Of an option that is wrong\n"
    "the trial is recorded without it, which is told; `strict` raises.";

using Arguments = std::array<PyObject*, kNames.size()>;

// False: Python's error is set.
bool place_by_name(PyObject* name, PyObject* value, Arguments& arguments) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (PyUnicode_CompareWithASCIIString(name, kNames[i]) != 0) continue;
        if (arguments[i] == nullptr) {
            arguments[i] = value;
            return true;
        }
        PyErr_Format(PyExc_TypeError, "record_trial() got multiple values for argument '%U'", name);
        return false;
    }
    PyErr_Format(PyExc_TypeError, "record_trial() got an unexpected keyword argument '%U'", name);
    return false;
}

bool place(PyObject* const* given, Py_ssize_t count, PyObject* names, Arguments& arguments) {
    if (count > static_cast<Py_ssize_t>(kPositions)) {
        PyErr_Format(PyExc_TypeError,
                     "record_trial() takes from 1 to %zu positional arguments but %zd were given",
                     kPositions, count);
        return false;
    }
    std::copy(given, given + count, arguments.begin());
    const Py_ssize_t by_name = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < by_name; ++i) {
        if (!place_by_name(PyTuple_GET_ITEM(names, i), given[count + i], arguments)) return false;
    }
    if (arguments[0] == nullptr) {
        PyErr_SetString(PyExc_TypeError,
                        "record_trial() missing 1 required positional argument: 'trial_id'");
        return false;
    }
    for (PyObject*& argument : arguments) {
        if (argument == nullptr) argument = Py_None;
    }
    return true;
}

PyObject* record_trial(PyObject* self, PyObject* const* given, Py_ssize_t count, PyObject* names) {
    Arguments a{};
    if (!place(given, count, names, a)) return nullptr;
    try {
        const Call call;
        nb::inst_ptr<Run>(self)->record_trial(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8],
                                              a[9]);
        Py_RETURN_NONE;
    } catch (nb::python_error& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

PyMethodDef method = {"record_trial",
                      reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(record_trial)),
                      METH_FASTCALL | METH_KEYWORDS, kDoc};

}  // namespace

void bind_record_trial(nb::handle type) {
    type.attr("record_trial") =
        nb::steal(PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &method));
}

}  // namespace daybook::python
