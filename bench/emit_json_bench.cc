// Emitting events given as JSON.

#include <array>
#include <string>

#include "daybook/ledger.h"
#include "ledger/type_registry.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kCallsJson = 200'000;

constexpr std::string_view kRegisteredSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "bench.measured",
  "title": "bench.measured",
  "type": "object",
  "required": ["name", "value"],
  "properties": {
    "name": {"type": "string", "maxLength": 256},
    "value": {"type": "number"},
    "unit": {"enum": ["s", "bytes", "1"]},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}}
  }
}
)";

Result<Sample> json(const Workspace& workspace, std::size_t count, const std::string& event,
                    bool registered) {
    ASSIGN_OR_RETURN(const std::string directory, workspace.fresh("ledger"));
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(directory));
    if (registered) {
        RETURN_IF_ERROR(ledger::register_type(ledger::LedgerDir(directory), kRegisteredSchema));
    }
    return measure_calls(count, [&](std::size_t) -> Status {
        RETURN_IF_ERROR(ledger.emit_json(event, Durability::kProcess));
        return {};
    });
}

}  // namespace

Status bench_emit_json(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::string built_in =
        R"({"event_type":"trial.recorded","run_id":"bench","trial_id":"fixed_stop_000001",)"
        R"("params":{"stop":0.05,"take":0.5},)"
        R"("metrics":{"sharpe":1.25,"return_bps":812.5,"drawdown_bps":-310}})";
    const std::string registered =
        R"({"event_type":"bench.measured","run_id":"bench","name":"fixed_stop_000001",)"
        R"("value":812.5,"unit":"s","labels":{"stop":"0.05","take":"0.5"}})";
    report.group("emit: events given as JSON and checked, one thread, durability process");
    const std::size_t count = settings.scaled(kCallsJson);
    const std::array contenders = {
        Contender{"built-in", [&] { return json(workspace, count, built_in, false); }},
        Contender{"registered", [&] { return json(workspace, count, registered, true); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = "built-in type",
                .value = medians[0].value,
                .bound = Bound::kAtLeast,
                .target = 300'000});
    report.add({.what = "  p99", .value = medians[0].p99_us, .unit = Unit::kMicroseconds});
    report.add({.what = "registered type",
                .value = medians[1].value,
                .bound = Bound::kAtLeast,
                .target = 100'000});
    report.add({.what = "  p99", .value = medians[1].p99_us, .unit = Unit::kMicroseconds});
    return {};
}

}  // namespace daybook::bench
