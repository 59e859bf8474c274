// The measurements, one function each; every one adds its figures to the report.
#pragma once

#include "report.h"
#include "workspace.h"

namespace daybook::bench {

// Ready lines at durability `process`: one writer beside its peers; many writers beside one.
Status bench_append(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_append_many(const Workspace& workspace, const Settings& settings, Report& report);
// The same at durability `power`: one caller; many, who share syncs.
Status bench_power(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_power_many(const Workspace& workspace, const Settings& settings, Report& report);
// The first append after a crash, with 10 GB of parts.
Status bench_crash(const Workspace& workspace, const Settings& settings, Report& report);
// Opening a writer, ten events, closing it.
Status bench_session(const Workspace& workspace, const Settings& settings, Report& report);
// Reading a log whole and judging every line, as `daybook verify` does.
Status bench_verify(const Workspace& workspace, const Settings& settings, Report& report);
// One thread emits typed trials at durability `process`; at `power`.
Status bench_emit(const Workspace& workspace, const Settings& settings, Report& report);
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
