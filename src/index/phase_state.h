// The rows of phase_timings that share a run, a phase name and an iteration.
//
// A phase.completed or phase.failed without `phase_order` belongs to the least order that was
// started; which one that is may change with every event.  So what was started and what ended is
// kept by order in index_phases, ends without an order apart, and the rows of phase_timings are
// made from it:
//
//     index_phases                          phase_timings
//     order  started  ended                 order  started  ended
//     1      10       –             ──▶     1      10       35    the end without an order
//     2      20       25                    2      20       25
//     –1     –        35
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "duck/rows.h"
#include "index/run_state.h"
#include "index/staging.h"

namespace daybook::index {

// The columns of index_phases, in its order.
inline constexpr std::size_t kPhaseStateColumns = 13;

class PhaseGroup {
public:
    PhaseGroup(std::string_view run_id, std::string_view phase_name, std::int64_t iteration)
        : run_id_(run_id), phase_name_(phase_name), iteration_(iteration) {}

    // Adds what the current row of `rows`, read from index_phases with all columns, holds.
    void add_row(const duck::Rows& rows, Arena& arena);
    void merge(const PhaseEvent& event, const Stamp& stamp);

    // Calls `emit` with each row of index_phases, and of phase_timings, that the group comes to.
    using Emit = std::function<void(std::span<const Cell>)>;
    void emit_state(const Emit& emit) const;
    void emit_rows(const RunState& run, const Emit& emit) const;

private:
    struct Start {
        Stamp stamp;
        Cell extra;
    };
    struct End {
        Stamp stamp;
        std::string_view type;  // "completed" or "failed"
        Cell duration_ms;
        Cell output_summary;
        Cell extra;
    };
    struct Phase {
        std::optional<Start> start;
        std::optional<End> end;
    };
    void merge_start(std::int64_t order, const Start& start);
    void merge_end(std::int64_t order, const End& end);
    void emit_row(std::int64_t order, const Phase& phase, const RunState& run,
                  const Emit& emit) const;

    std::string_view run_id_;
    std::string_view phase_name_;
    std::int64_t iteration_;
    std::map<std::int64_t, Phase> phases_;  // by order; -1: ends without one
};

}  // namespace daybook::index
