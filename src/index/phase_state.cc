#include "index/phase_state.h"

#include <array>

namespace daybook::index {
namespace {

constexpr std::int64_t kNoOrder = -1;

Cell text_at(const duck::Rows& rows, std::size_t column, Arena& arena) {
    return rows.is_null(column) ? Cell() : Cell::text(arena.keep(rows.get_string(column)));
}

// `{"started":…,"ended":…}` would hide the fields: the end's are the row's, else the start's.
Cell extra_of(const Cell& start, const Cell& end) { return end.is_null() ? start : end; }

}  // namespace

void PhaseGroup::add_row(const duck::Rows& rows, Arena& arena) {
    const std::int64_t order = rows.get_int64(3);
    if (!rows.is_null(5)) {
        merge_start(order, Start{{rows.get_int64(4), arena.keep(rows.get_string(5))},
                                 text_at(rows, 6, arena)});
    }
    if (!rows.is_null(8)) {
        merge_end(order, End{{rows.get_int64(7), arena.keep(rows.get_string(8))},
                             arena.keep(rows.get_string(9)),
                             rows.is_null(10) ? Cell() : Cell::integer(rows.get_int64(10)),
                             text_at(rows, 11, arena),
                             text_at(rows, 12, arena)});
    }
}

void PhaseGroup::merge_start(std::int64_t order, const Start& start) {
    std::optional<Start>& kept = phases_[order].start;
    if (!kept || start.stamp <= kept->stamp) kept = start;
}

void PhaseGroup::merge_end(std::int64_t order, const End& end) {
    std::optional<End>& kept = phases_[order].end;
    if (!kept || end.stamp >= kept->stamp) kept = end;
}

void PhaseGroup::merge(const PhaseEvent& event, const Stamp& stamp) {
    if (event.kind == PhaseKind::kStarted) {
        return merge_start(event.phase_order, Start{stamp, event.extra});
    }
    merge_end(event.phase_order,
              End{stamp, event.kind == PhaseKind::kCompleted ? "completed" : "failed",
                  event.duration_ms, event.output_summary, event.extra});
}

void PhaseGroup::emit_state(const Emit& emit) const {
    for (const auto& [order, phase] : phases_) {
        std::array<Cell, kPhaseStateColumns> cells{};
        cells[0] = Cell::text(run_id_);
        cells[1] = Cell::text(phase_name_);
        cells[2] = Cell::integer(iteration_);
        cells[3] = Cell::integer(order);
        if (phase.start) {
            cells[4] = Cell::integer(phase.start->stamp.timestamp_ms);
            cells[5] = Cell::text(phase.start->stamp.event_id);
            cells[6] = phase.start->extra;
        }
        if (phase.end) {
            cells[7] = Cell::integer(phase.end->stamp.timestamp_ms);
            cells[8] = Cell::text(phase.end->stamp.event_id);
            cells[9] = Cell::text(phase.end->type);
            cells[10] = phase.end->duration_ms;
            cells[11] = phase.end->output_summary;
            cells[12] = phase.end->extra;
        }
        emit(cells);
    }
}

void PhaseGroup::emit_rows(const RunState& run, const Emit& emit) const {
    const auto without_order = phases_.find(kNoOrder);
    bool is_placed = without_order == phases_.end();
    for (const auto& [order, phase] : phases_) {
        if (order == kNoOrder) continue;
        Phase row = phase;
        if (!is_placed && row.start) {
            const std::optional<End>& end = without_order->second.end;
            if (end && (!row.end || end->stamp >= row.end->stamp)) row.end = end;
            is_placed = true;
        }
        emit_row(order, row, run, emit);
    }
    if (!is_placed) emit_row(kNoOrder, without_order->second, run, emit);
}

void PhaseGroup::emit_row(std::int64_t order, const Phase& phase, const RunState& run,
                          const Emit& emit) const {
    std::string_view status = "running";
    if (phase.end) {
        status = phase.end->type;
    } else if (!run.failed_phase().is_null() && run.failed_phase().as_text() == phase_name_) {
        status = "failed";
    } else if (run.has_ended()) {
        status = "abandoned";
    }
    std::array<Cell, 10> cells{};
    cells[0] = Cell::text(run_id_);
    cells[1] = Cell::text(phase_name_);
    cells[2] = Cell::integer(order);
    if (phase.start) cells[3] = Cell::integer(phase.start->stamp.timestamp_ms);
    if (phase.end) {
        if (phase.end->type == "completed") {
            cells[4] = Cell::integer(phase.end->stamp.timestamp_ms);
        }
        cells[5] = phase.end->duration_ms;
        cells[6] = phase.end->output_summary;
    }
    cells[7] = Cell::integer(iteration_);
    cells[8] = Cell::text(status);
    cells[9] =
        extra_of(phase.start ? phase.start->extra : Cell(), phase.end ? phase.end->extra : Cell());
    emit(cells);
}

}  // namespace daybook::index
