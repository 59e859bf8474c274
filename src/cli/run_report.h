// All that the index knows of one run, for a person or as one document.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/context.h"
#include "query/session.h"

namespace daybook::cli {

struct RunReportOptions {
    // The metric by which trials are ordered; empty: `score` if trials have it, else their time.
    std::string metric;
    bool ascending = false;
    // How many trials; 0: all.
    std::size_t trials_max = 10;
};

// Status, configuration, phases with bars drawn to scale, trials, artifacts, notes, children.
Status print_run(query::Session& session, const std::string& run_id,
                 const RunReportOptions& options, Context& context);

// The phases alone.
Status print_phases(query::Session& session, const std::string& run_id, Context& context);

// The same as one JSON object: run, phases, trials, artifacts, notes, children, retained
// (what retention has removed of it: event_id, timestamp_ms, events, runs), and liveness, of a
// running run: {"state": "alive", "dead" or "unknown", "found": in words}.
Result<std::string> run_document(query::Session& session, const std::string& run_id,
                                 const RunReportOptions& options);

}  // namespace daybook::cli
