// The measurements, one function each; every one adds its figures to the report.
#pragma once

#include "report.h"
#include "workspace.h"

namespace daybook::bench {

// One thread emits typed trials at durability `process`, beside spdlog and a bare write().
Status bench_emit(const Workspace& workspace, const Settings& settings, Report& report);
// The same at durability `power`, beside a bare write() and fdatasync().
Status bench_emit_power(const Workspace& workspace, const Settings& settings, Report& report);
// Events given as JSON: of built-in types, and of a type that the user has registered.
Status bench_emit_json(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook emit` as a process, start to exit.
Status bench_emit_process(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook emit --stdin`.
Status bench_emit_stdin(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook index` of a million events.
Status bench_index(const Workspace& workspace, const Settings& settings, Report& report);

}  // namespace daybook::bench
