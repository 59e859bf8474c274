// A run that is a part of another: the calls of one caller, a fold.
//
// It reads nothing itself: its parent's session has the bars.  Its events carry `parent_run_id`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "artifact/run_store.h"
#include "backtest/run_events.h"
#include "backtest/session.h"

namespace daybook::backtest {

struct ChildSpec {
    // The run id is the parent's, a dot, and this.
    std::string suffix;
    std::string run_type;
    std::string name;
    std::string config_json;  // recorded with the mark of made-up candles, if the parent has it
    std::int64_t first_phase = 0;  // its phase_order
    // Besides the parent's tags.
    std::vector<std::pair<std::string, std::string>> tags{};
};

// Not thread-safe.
class ChildRun {
public:
    // Makes its directory and emits run.created and run.started.  If the parent is resumed, a child
    // that the ledger has is carried on with as its next attempt; one that is completed is left as
    // it is, see is_done().
    static Result<std::unique_ptr<ChildRun>> begin(Session& parent, const ChildSpec& spec);

    // An earlier attempt has completed it: nothing may be emitted or stored.
    bool is_done() const { return done_; }
    const std::string& run_id() const { return events_.definition().run_id; }
    RunEvents& events() { return events_; }
    TableContext table_context() const;

    // Stores an artifact and emits its event; for the body of a phase.
    Status store_table(std::string_view type, artifact::Table table);
    Status store_json(std::string_view type, std::string_view file, const std::string& json);
    // Its configuration, as config.json.
    Status store_config();
    const std::vector<artifact::Stored>& stored() const { return stored_; }

    // Emits run.completed.
    Status complete(const std::string& summary_json);

private:
    ChildRun(Session& parent, RunDefinition definition, bool done)
        : parent_(parent), events_(parent.context(), std::move(definition)), done_(done) {}

    Status start(const ChildSpec& spec);
    Status keep(artifact::Stored stored);

    Session& parent_;
    RunEvents events_;
    bool done_;
    std::unique_ptr<artifact::RunStore> store_;
    std::vector<artifact::Stored> stored_;
};

}  // namespace daybook::backtest
