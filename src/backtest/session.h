// What path-only and policy runs have in common: from the options to the loaded bars, and the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "artifact/run_store.h"
#include "artifact/table.h"
#include "backtest/call_counts.h"
#include "backtest/documents.h"
#include "backtest/inputs.h"
#include "backtest/options.h"
#include "backtest/prepared.h"
#include "backtest/results.h"
#include "backtest/run_events.h"
#include "backtest/tables.h"
#include "duck/database.h"

namespace daybook::backtest {

// What the session needs to know of the options.
struct SessionSpec {
    std::string run_type;
    const InputOptions& input;
    const RunOptions& run;
    std::string config_json;
    std::int64_t longest_hold_ms = 0;
    InputNeeds needs = {};
    // Of the runs below it that it will have, as far as they are known beforehand: what follows its
    // id and a dot.
    std::vector<std::string> parts = {};
};

// Refuses a run id that cannot be one, and to resume a run that is not named; the message names the
// option, what was found and what was expected.
Status check_run_options(const RunOptions& options);

// Refuses to carry a run on as one of another type.
Status check_same_type(const std::string& run_id, const std::string& recorded,
                       const std::string& wanted);

// What the id of a numbered part has after the run's: "fold-03" of 12, so that names sort as
// numbers do.
std::string numbered_part(std::string_view kind, std::size_t number, std::size_t count);

// The id of a run that is a part of `run_id`.
std::string part_run_id(const std::string& run_id, const std::string& suffix);

class Session {
public:
    // Reads and checks the inputs, settles whether this is a new run or an old one resumed, makes
    // its directory, emits run.created and run.started, and carries out the phases plan, coverage,
    // slice and load.
    static Result<std::unique_ptr<Session>> begin(const SessionSpec& spec,
                                                  const RunContext& context);

    // Whether runs below a new run can have these suffixes, before hours are spent on them.
    Status check_parts(const std::vector<std::string>& parts) const {
        return check_parts(run_id(), parts);
    }

    RunEvents& events() { return *events_; }
    const CallCounts& counts() const { return counts_; }
    const std::vector<PreparedCall>& calls() const { return calls_; }
    const std::string& run_id() const { return events_->definition().run_id; }
    TableContext table_context() const { return {run_id(), inputs_, calls_, input_.interval}; }
    SummaryHead summary_head() const;
    const std::string& call_id(std::size_t call) const { return inputs_.calls.calls[call].id; }
    std::int64_t call_time(std::size_t call) const {
        return inputs_.calls.calls[call].created_at_ms;
    }

    // Calls `body(i)` for every call that can be entered, by the run's threads.
    void for_each_call(std::string_view phase, const std::function<void(std::size_t)>& body);

    // What a run that is a part of this one begins with; see child_run.h.
    const RunContext& context() const { return context_; }
    const RunOptions& run_options() const { return run_; }
    const Inputs& inputs() const { return inputs_; }
    duck::Connection& connection() { return connection_; }

    // Stores an artifact and emits its event.
    Status store_table(std::string_view type, artifact::Table table);
    Status store_json(std::string_view type, std::string_view file, const std::string& json);
    // alerts and excluded, which every run has.
    Status store_calls();
    // What has been stored since the last call of this, for a phase's summary.
    std::vector<artifact::Stored> take_stored();

    // Emits run.completed and answers the caller.
    Result<RunSummary> complete(const std::string& summary_json, std::uint64_t rows);

private:
    Session(const SessionSpec& spec, const RunContext& context, Inputs inputs,
            duck::Database database, duck::Connection connection)
        : input_(spec.input),
          run_(spec.run),
          context_(context),
          inputs_(std::move(inputs)),
          config_json_(inputs_.synthetic ? mark_synthetic(spec.config_json) : spec.config_json),
          database_(std::move(database)),
          connection_(std::move(connection)) {}

    Status start(const SessionSpec& spec, std::int64_t inputs_ms);
    Result<RunDefinition> define(const SessionSpec& spec);
    Status check_parts(const std::string& run_id, const std::vector<std::string>& parts) const;
    Status warn_of(const SessionSpec& spec);
    void count_calls();
    void warn_of_late_entries() const;
    std::string why_none_is_eligible() const;
    Status store_slice();
    Status keep(artifact::Stored stored);

    const InputOptions& input_;
    const RunOptions& run_;
    const RunContext& context_;
    Inputs inputs_;  // before the database, whose sources borrow its bars
    std::string config_json_;
    duck::Database database_;
    duck::Connection connection_;
    std::unique_ptr<artifact::RunStore> store_;
    std::unique_ptr<RunEvents> events_;
    std::vector<PreparedCall> calls_;
    CallCounts counts_;
    std::vector<artifact::Stored> stored_;
    std::size_t summarised_ = 0;  // of stored_
};

}  // namespace daybook::backtest
