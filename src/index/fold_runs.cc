// The tables whose rows are merged from several events: runs_status and phase_timings.

#include <map>
#include <tuple>

#include "index/fold_state.h"
#include "json/encode_event.h"

namespace daybook::index {
namespace {

// Behind `FROM … r`: only rows of the runs, or of the groups of phases, that were staged.
constexpr const char* kOfRuns = " SEMI JOIN staged_keys() k ON r.run_id = k.key";
constexpr const char* kOfGroups =
    " SEMI JOIN staged_phase_keys() k USING (run_id, phase_name, iteration)";

std::string_view text_of(const Cell& cell) {
    return cell.is_null() ? std::string_view() : cell.as_text();
}

}  // namespace

// Finds the runs that the batch's events belong to, those of the ledger itself included.
Status Fold::State::touch_runs(Batch& batch) {
    runs.clear();
    std::unordered_map<std::string_view, std::uint32_t> positions;
    std::string_view last_id;
    std::uint32_t last = 0;
    for (Staging& piece : batch.pieces) {
        for (StagedEvent& event : piece.events) {
            if (!event.counts) continue;
            // Events of one run mostly follow each other.
            if (runs.empty() || event.run_id != last_id) {
                const auto [found, is_new] =
                    positions.try_emplace(event.run_id, static_cast<std::uint32_t>(runs.size()));
                if (is_new) runs.push_back({RunState(event.run_id), false, {}, {}});
                last_id = event.run_id;
                last = found->second;
            }
            event.run = last;
        }
    }
    return {};
}

// Reads what the index holds of the touched runs, and deletes it: store_runs() puts it back.
Status Fold::State::load_runs() {
    std::vector<std::string_view> ids;
    std::unordered_map<std::string_view, std::size_t> positions;
    for (const TouchedRun& run : runs) {
        positions.emplace(run.state.run_id(), ids.size());
        ids.push_back(run.state.run_id());
    }
    set_keys(ids);
    const TableSpec& table = spec(Table::kStatus);
    const std::size_t width = table.columns.size();
    ASSIGN_OR_RETURN(
        duck::Rows before,
        connection.query(fmt::format("SELECT {}, _hash, _row FROM {} r{}", digest_columns(table),
                                     store->rows_of(table.name), kOfRuns)));
    std::vector<std::int64_t> positions_before;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, before.next());
        if (!more) break;
        RunState state = RunState::from_row(before, arena);
        TouchedRun& run = runs[positions.at(state.run_id())];
        run = {state, true, state.status(), state.failed_phase()};
        digest -= hash_at(before, width);
        positions_before.push_back(before.get_int64(width + 1));
    }
    return erase_at(table.name, std::move(positions_before));
}

Status Fold::State::merge_runs(const Batch& batch) {
    for (const Staging& piece : batch.pieces) {
        for (const StagedEvent& event : piece.events) {
            if (event.counts) {
                runs[event.run].state.touch(event.stamp.timestamp_ms, event.is_active);
            }
        }
        for (const LifeEvent& life : piece.life) {
            const StagedEvent& event = piece.events[life.event];
            if (event.counts) runs[event.run].state.merge(life, event.stamp);
        }
    }
    return {};
}

Status Fold::State::store_runs() {
    const std::size_t width = spec(Table::kStatus).columns.size();
    std::vector<Cell> cells;
    for (const TouchedRun& run : runs) {
        if (run.state.run_id() == json::kLedgerRunId) continue;
        cells.resize(cells.size() + width);
        run.state.to_row(std::span(cells).last(width));
    }
    return insert_cells(Table::kStatus, cells);
}

// Adds the batch's phases to `groups`; the keys of those that the index may have go to `selected`.
void Fold::State::stage_phases(const Batch& batch, PhaseGroups& groups,
                               std::vector<PhaseGroupKey>& selected) {
    for (const Staging& piece : batch.pieces) {
        for (const PhaseEvent& phase : piece.phases) {
            const StagedEvent& event = piece.events[phase.event];
            if (!event.counts) continue;
            const PhaseGroupKey key{event.run_id, phase.phase_name, phase.iteration};
            const auto [group, is_new] =
                groups.try_emplace(key, event.run_id, phase.phase_name, phase.iteration);
            group->second.merge(phase, event.stamp);
            if (is_new && runs[event.run].is_known) selected.push_back(key);
        }
    }
}

// Adds the states that `selection`, kOfRuns or kOfGroups, leaves to `groups`, and deletes them and
// the rows made of them from the index.
Status Fold::State::load_phases(const char* selection, PhaseGroups& groups) {
    ASSIGN_OR_RETURN(duck::Rows states,
                     connection.query(fmt::format("SELECT r.* FROM {} r{}",
                                                  store->rows_of("index_phases"), selection)));
    std::vector<std::int64_t> positions;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, states.next());
        if (!more) break;
        const PhaseGroupKey key{arena.keep(states.get_string(0)), arena.keep(states.get_string(1)),
                                states.get_int64(2)};
        const auto& [run_id, phase_name, iteration] = key;
        const auto group = groups.try_emplace(key, run_id, phase_name, iteration).first;
        group->second.add_row(states, arena);
        positions.push_back(states.get_int64(kPhaseStateColumns));
    }
    if (positions.empty()) return {};
    RETURN_IF_ERROR(erase_at("index_phases", std::move(positions)));
    return delete_rows(Table::kPhases, selection);
}

Status Fold::State::fold_phases(const Batch& batch) {
    PhaseGroups groups;
    std::vector<PhaseGroupKey> selected;
    stage_phases(batch, groups, selected);
    if (!selected.empty()) {
        phase_keys->set(selected.size(), [&selected](std::size_t i, std::size_t column,
                                                     duck::ColumnWriter& out, std::size_t row) {
            const auto& [run_id, phase_name, iteration] = selected[i];
            if (column == 0) out.lend_text(row, run_id);
            if (column == 1) out.lend_text(row, phase_name);
            if (column == 2) out.set_int64(row, iteration);
        });
        RETURN_IF_ERROR(load_phases(kOfGroups, groups));
        phase_keys->clear();
    }
    // A run that has ended, or goes on after all, changes what its open phases are called.
    std::vector<std::string_view> changed;
    std::unordered_map<std::string_view, const RunState*> run_of;
    for (const TouchedRun& run : runs) {
        run_of.emplace(run.state.run_id(), &run.state);
        const bool is_same = run.status_before == run.state.status() &&
                             text_of(run.failed_phase_before) == text_of(run.state.failed_phase());
        if (run.is_known && !is_same) changed.push_back(run.state.run_id());
    }
    if (!changed.empty()) {
        set_keys(std::move(changed));
        RETURN_IF_ERROR(load_phases(kOfRuns, groups));
    }
    if (groups.empty()) return {};

    std::vector<Cell> states;
    std::vector<Cell> made;
    for (const auto& [key, group] : groups) {
        group.emit_state([&](std::span<const Cell> cells) {
            states.insert(states.end(), cells.begin(), cells.end());
        });
        group.emit_rows(*run_of.at(std::get<0>(key)), [&](std::span<const Cell> cells) {
            made.insert(made.end(), cells.begin(), cells.end());
        });
    }
    phase_states->set(
        states.size() / kPhaseStateColumns,
        [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
            write_cell(states[i * kPhaseStateColumns + column], nullptr, out, row);
        });
    RETURN_IF_ERROR(store->insert("index_phases", "SELECT * FROM staged_phase_states()"));
    return insert_cells(Table::kPhases, made);
}

}  // namespace daybook::index
