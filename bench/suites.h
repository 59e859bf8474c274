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
// A full build of a million events, beside three ways of DuckDB to tables of them; of ten million.
Status bench_index(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_index_10m(const Workspace& workspace, const Settings& settings, Report& report);
// Parsing and verifying lines alone.
Status bench_index_parse(const Workspace& workspace, const Settings& settings, Report& report);
// A thousand new events on a large index and on a small one.
Status bench_index_increment(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook archive`: speed, size and memory; an index built from archives, beside one from parts.
Status bench_archive(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_index_archived(const Workspace& workspace, const Settings& settings, Report& report);
// Publishing a snapshot, beside `cp` and a sync; on a file system that shares blocks; while many
// readers open it.
Status bench_publish(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_publish_readers(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook runs` as a process, start to exit, with events that no index has seen.
Status bench_query_runs(const Workspace& workspace, const Settings& settings, Report& report);
// Whether an answer ever lacks an event that was acknowledged before the question.
Status bench_query_fresh(const Workspace& workspace, const Settings& settings, Report& report);
// Merging a ledger of a million events into one of as many, and again.
Status bench_merge(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook serve`: from an acknowledgement to the snapshot, and what it costs to wait.
Status bench_serve(const Workspace& workspace, const Settings& settings, Report& report);
// An event, and `daybook runs`, in a ledger of archived events, beside an empty one.
Status bench_growth(const Workspace& workspace, const Settings& settings, Report& report);
// The policy engine on bars in memory, beside the plain loop.
Status bench_engine(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook backtest optimize` as a process, from Parquet to recorded trials.
Status bench_optimize(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook backtest path-only` from Parquet: how long it takes, and how much memory when the
// candles are far more than the calls' windows.
Status bench_path_only(const Workspace& workspace, const Settings& settings, Report& report);
Status bench_candles_memory(const Workspace& workspace, const Settings& settings, Report& report);
// `daybook retain --apply` of 1,000 runs, out of many and out of few: how long, how much memory.
Status bench_retention(const Workspace& workspace, const Settings& settings, Report& report);
#ifdef DAYBOOK_LEGACY
// Importing an old DuckDB file of a million trials.
Status bench_legacy(const Workspace& workspace, const Settings& settings, Report& report);
#endif

}  // namespace daybook::bench
