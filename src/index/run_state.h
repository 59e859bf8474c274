// A run's row of runs_status, as events change it.
//
// The state is a semilattice: merging events in any order, any number of times, comes to the same.
// Of each group of columns the row keeps the stamp that won it:
//
//     started_at_ms                      the least run.started of all attempts
//     attempt                            the greatest of any start or end
//     owner, _attempt_started_*          the least run.started of that attempt
//     the end's columns, _end_*          the greatest run.completed, run.failed or run.cancelled of
//                                        that attempt; only without one the greatest
//                                        run.interrupted
//     _environment*                      the greatest run.environment
//     deleted, _deleted_*                the greatest run.deleted or run.restored
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "duck/rows.h"
#include "index/staging.h"

namespace daybook::index {

class RunState {
public:
    explicit RunState(std::string_view run_id) : run_id_(run_id) {}

    // What the current row of `rows` holds, read with all columns in the table's order.
    static RunState from_row(const duck::Rows& rows, Arena& arena);

    void merge(const LifeEvent& event, const Stamp& stamp);
    // Every event of the run, whatever it is.
    void touch(std::int64_t timestamp_ms, bool is_active);
    void add_trials(std::int64_t count) { trials_ += count; }
    void add_artifacts(std::int64_t count) { artifacts_ += count; }

    std::string_view run_id() const { return run_id_; }
    // pending, running, completed, failed, cancelled or interrupted.
    std::string_view status() const;
    bool has_ended() const { return end_class_ != 0; }
    // The phase that a failed run names; NULL otherwise.
    Cell failed_phase() const { return failed_phase_; }

    // The row; `cells` has the table's width.
    void to_row(std::span<Cell> cells) const;

private:
    void enter_attempt(std::int64_t attempt);

    std::string_view run_id_;
    std::optional<Stamp> started_;
    std::int64_t attempt_ = 1;
    std::optional<Stamp> attempt_started_;
    Cell owner_;
    int end_class_ = 0;  // 0: no end; 1: interrupted; 2: completed, failed or cancelled
    std::string_view end_type_;
    Stamp end_;
    Cell summary_;
    Cell error_;
    Cell artifact_paths_;
    Cell failed_phase_;
    Cell extra_;
    Cell environment_;
    std::optional<Stamp> environment_stamp_;
    bool deleted_ = false;
    std::optional<Stamp> deleted_stamp_;
    std::int64_t last_event_ms_ = INT64_MIN;
    bool active_ = false;
    std::int64_t trials_ = 0;
    std::int64_t artifacts_ = 0;
};

}  // namespace daybook::index
