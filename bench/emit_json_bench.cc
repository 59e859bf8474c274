// Emitting events given as JSON.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "crew.h"
#include "daybook/ledger.h"
#include "ledger/type_registry.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr double kTurnSeconds = 0.2;

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

Contender json(const Workspace& workspace, double seconds, const std::string& event,
               bool registered) {
    const OpenDesk open = [&workspace, &event, registered](int) -> Result<Desk> {
        const std::string directory = workspace.path("ledger");
        ASSIGN_OR_RETURN(Ledger opened, Ledger::open(directory));
        const auto ledger = std::make_shared<Ledger>(std::move(opened));
        if (registered) {
            RETURN_IF_ERROR(ledger::register_type(ledger::LedgerDir(directory), kRegisteredSchema));
        }
        return [ledger, &event](int) -> Result<Call> {
            return [ledger, &event](std::size_t) -> Status {
                RETURN_IF_ERROR(ledger->emit_json(event, Durability::kProcess));
                return {};
            };
        };
    };
    return {registered ? "registered" : "built-in",
            [&workspace, seconds, open]() -> Result<Sample> {
                RETURN_IF_ERROR(workspace.fresh("ledger"));
                return run_worker(seconds, open);
            }};
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
    const double seconds = kTurnSeconds * settings.scale;
    const std::array contenders = {json(workspace, seconds, built_in, false),
                                   json(workspace, seconds, registered, true)};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto add = [&](const std::string& what, const Sample& sample, double target) {
        report.add({.what = what,
                    .durability = "process",
                    .value = sample.value,
                    .target = at_least(target)});
        report.add({.what = what + ", p99",
                    .durability = "process",
                    .value = sample.p99_us,
                    .unit = Unit::kMicroseconds});
    };
    add("emit JSON, a built-in type", medians[0], 300'000);
    add("emit JSON, a registered type", medians[1], 100'000);
    return {};
}

}  // namespace daybook::bench
