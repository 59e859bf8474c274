// daybook._core: the C interface as Python sees it.  Thin: what an argument may be left out for,
// and all that is said in words of Python, is in the package's .py files.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <pthread.h>

#include "handles.h"

namespace nb = nanobind;
using daybook::python::Call;
using daybook::python::Ledger;
using daybook::python::Phase;
using daybook::python::Run;
using daybook::python::Spec;

namespace {

void bind_ledger(nb::module_& module) {
    nb::class_<Ledger>(module, "Ledger")
        .def(nb::init<nb::handle, bool, bool>(), nb::arg("directory").none(), nb::arg("strict"),
             nb::arg("create"))
        .def_prop_ro("directory", &Ledger::directory)
        .def_prop_ro("strict", &Ledger::strict)
        .def("emit_json", &Ledger::emit_json, nb::arg().none(), nb::arg().none(),
             nb::call_guard<Call>())
        .def("emit", &Ledger::emit, nb::arg().none(), nb::arg().none(), nb::call_guard<Call>())
        .def("flush", &Ledger::flush, nb::call_guard<Call>())
        .def("sync", &Ledger::sync, nb::call_guard<Call>())
        .def("stats", &Ledger::stats, nb::call_guard<Call>())
        .def("close", &Ledger::close, nb::call_guard<Call>());
}

// None is a value like others: what is missing is said by the library, in its own words.
void bind_run(nb::module_& module) {
    const auto any = nb::arg().none();
    nb::class_<Run> type(module, "Run");
    daybook::python::bind_record_trial(type);
    type.def_prop_ro("id", &Run::id)
        .def("artifact_directory", &Run::artifact_directory, nb::call_guard<Call>())
        .def("record_environment", &Run::record_environment, nb::call_guard<Call>())
        .def("record_metrics", &Run::record_metrics, any, any, any, any, nb::call_guard<Call>())
        .def("add_artifact", &Run::add_artifact, any, any, any, any, any, nb::arg("copy") = false,
             nb::call_guard<Call>())
        .def("tag", &Run::tag, any, nb::call_guard<Call>())
        .def("note", &Run::note, any, any, nb::call_guard<Call>())
        .def("complete", &Run::complete, any, any, nb::call_guard<Call>())
        .def("fail", &Run::fail, any, any, any, any, any, any, nb::call_guard<Call>())
        .def("cancel", &Run::cancel, any, nb::call_guard<Call>())
        .def("begin_phase", &Run::begin_phase, any, any, nb::call_guard<Call>())
        .def_prop_ro("has_ended", &Run::has_ended)
        .def("count_failure", &Run::count_failure, nb::call_guard<Call>())
        .def("leave_open", &Run::leave_open)
        .def("close", &Run::close, nb::call_guard<Call>());
}

void bind_phase(nb::module_& module) {
    const auto any = nb::arg().none();
    nb::class_<Phase>(module, "Phase")
        .def("complete", &Phase::complete, any, nb::call_guard<Call>())
        .def("fail", &Phase::fail, any, any, any, nb::call_guard<Call>())
        .def("close", &Phase::close, nb::call_guard<Call>());
}

Run start_run(const Ledger& ledger, nb::handle type, nb::handle config, nb::handle fingerprint,
              nb::handle run_id, nb::handle name, nb::handle experiment, nb::handle parent,
              nb::handle tags, nb::handle seed, nb::handle versions, bool capture,
              std::int64_t heartbeat_ms, bool refuse_nonfinite) {
    const Spec spec{.type = type,
                    .config = config,
                    .data_fingerprint = fingerprint,
                    .run_id = run_id,
                    .name = name,
                    .experiment = experiment,
                    .parent_run_id = parent,
                    .tags = tags,
                    .seed = seed,
                    .versions = versions,
                    .capture = capture ? DAYBOOK_CAPTURE_AT_HAND : DAYBOOK_CAPTURE_NONE,
                    .heartbeat_ms = heartbeat_ms};
    return Run::start(ledger, spec, refuse_nonfinite);
}

}  // namespace

// Called by PyInit__core() below, and seen by nobody else.
#undef NB_EXPORT
#define NB_EXPORT __attribute__((visibility("hidden")))
NB_MODULE(_bound, module) {
    // Runs that live until the interpreter ends are no leak.
    nb::set_leak_warnings(false);
    pthread_atfork(nullptr, nullptr, Call::forked);
    bind_ledger(module);
    bind_run(module);
    bind_phase(module);
    const auto any = nb::arg().none();
    module.def("start_run", start_run, nb::arg(), any, any, any, any, any, any, any, any, any, any,
               nb::arg(), nb::arg(), nb::arg(), nb::call_guard<Call>());
    module.def("attach", &Run::attach, nb::arg(), any, nb::arg(), nb::call_guard<Call>());
    module.def("shut", &Call::shut);
    module.attr("version") = daybook_version();
}

// What is shared by all that record, nanobind's types and the end of the process, is one for the
// process: another interpreter that came to it would take it from the first one.
PyMODINIT_FUNC PyInit__core() {  // NOLINT(readability-identifier-naming): Python's name for it
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0) return PyInit__bound();
    PyErr_SetString(PyExc_ImportError,
                    "daybook records from the main interpreter alone: found another one of this "
                    "process, expected what is to be recorded to be passed to the main one");
    return nullptr;
}
