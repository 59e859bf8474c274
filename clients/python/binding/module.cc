// daybook._core: the C interface as Python sees it.  Thin: what an argument may be left out for,
// and all that is said in words of Python, is in the package's .py files.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "handles.h"

namespace nb = nanobind;
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
        .def("emit_json", &Ledger::emit_json, nb::arg().none(), nb::arg().none())
        .def("emit", &Ledger::emit, nb::arg().none(), nb::arg().none())
        .def("flush", &Ledger::flush)
        .def("sync", &Ledger::sync)
        .def("stats", &Ledger::stats)
        .def("close", &Ledger::close);
}

// None is a value like others: what is missing is said by the library, in its own words.
void bind_run(nb::module_& module) {
    const auto any = nb::arg().none();
    nb::class_<Run>(module, "Run")
        .def_prop_ro("id", &Run::id)
        .def("artifact_directory", &Run::artifact_directory)
        .def("record_environment", &Run::record_environment)
        .def("record_trial", &Run::record_trial, any, any, any, any, any, any, any, any, any, any)
        .def("record_metrics", &Run::record_metrics, any, any, any, any)
        .def("add_artifact", &Run::add_artifact, any, any, any, any, any)
        .def("tag", &Run::tag, any)
        .def("note", &Run::note, any, any)
        .def("complete", &Run::complete, any, any)
        .def("fail", &Run::fail, any, any, any, any, any, any)
        .def("cancel", &Run::cancel, any)
        .def("begin_phase", &Run::begin_phase, any, any)
        .def("count_failure", &Run::count_failure)
        .def("close", &Run::close);
}

void bind_phase(nb::module_& module) {
    const auto any = nb::arg().none();
    nb::class_<Phase>(module, "Phase")
        .def("complete", &Phase::complete, any)
        .def("fail", &Phase::fail, any, any, any)
        .def("close", &Phase::close);
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

NB_MODULE(_core, module) {
    // Runs that live until the interpreter ends are no leak.
    nb::set_leak_warnings(false);
    bind_ledger(module);
    bind_run(module);
    bind_phase(module);
    const auto any = nb::arg().none();
    module.def("start_run", start_run, nb::arg(), any, any, any, any, any, any, any, any, any, any,
               nb::arg(), nb::arg(), nb::arg());
    module.def("attach", &Run::attach, nb::arg(), any, nb::arg());
    module.attr("version") = daybook_version();
}
