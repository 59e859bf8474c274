// The tables whose rows are merged from several events: runs_status and phase_timings.

#include <map>
#include <tuple>

#include "index/fold_state.h"

namespace daybook::index {
namespace {

constexpr const char* kSelectedRuns = "run_id IN (SELECT key FROM staged_keys())";

// One text for (run_id, phase_name, iteration), such that equal texts mean equal keys.  SQL builds
// the same: see kGroupKeySql.
std::string group_text(const PhaseGroupKey& key) {
    const auto& [run_id, phase_name, iteration] = key;
    return fmt::format("{} {} {} {}", run_id.size(), iteration, run_id, phase_name);
}
constexpr const char* kGroupKeySql =
    "(strlen(run_id) || ' ' || iteration || ' ' || run_id || ' ' || phase_name)";

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
    ASSIGN_OR_RETURN(
        duck::Rows before,
        connection.query(fmt::format("SELECT {}, _hash FROM {} WHERE {}", digest_columns(table),
                                     store->rows_of(table.name), kSelectedRuns)));
    bool any = false;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, before.next());
        if (!more) break;
        RunState state = RunState::from_row(before, arena);
        TouchedRun& run = runs[positions.at(state.run_id())];
        run = {state, true, state.status(), state.failed_phase()};
        digest -= hash_at(before, table.columns.size());
        any = true;
    }
    if (!any) return {};
    return store->erase(table.name, kSelectedRuns);
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
        if (run.state.run_id() == "_ledger") continue;
        cells.resize(cells.size() + width);
        run.state.to_row(std::span(cells).last(width));
    }
    return insert_cells(Table::kStatus, cells);
}

// Adds the batch's phases to `groups`; the texts of those groups that the index may have go to
// `selected`.
void Fold::State::stage_phases(const Batch& batch, PhaseGroups& groups,
                               std::vector<std::string_view>& selected) {
    for (const Staging& piece : batch.pieces) {
        for (const PhaseEvent& phase : piece.phases) {
            const StagedEvent& event = piece.events[phase.event];
            if (!event.counts) continue;
            const PhaseGroupKey key{event.run_id, phase.phase_name, phase.iteration};
            const auto [group, is_new] =
                groups.try_emplace(key, event.run_id, phase.phase_name, phase.iteration);
            group->second.merge(phase, event.stamp);
            if (is_new && runs[event.run].is_known) selected.push_back(arena.keep(group_text(key)));
        }
    }
}

// Adds the states of `keys`, as `where` selects them, to `groups`, and deletes them from the index.
Status Fold::State::load_phases(std::vector<std::string_view> selected, const std::string& where,
                                PhaseGroups& groups) {
    if (selected.empty()) return {};
    set_keys(std::move(selected));
    ASSIGN_OR_RETURN(duck::Rows states,
                     connection.query(fmt::format("SELECT * EXCLUDE (_row) FROM {} WHERE {}",
                                                  store->rows_of("index_phases"), where)));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, states.next());
        if (!more) break;
        const PhaseGroupKey key{arena.keep(states.get_string(0)), arena.keep(states.get_string(1)),
                                states.get_int64(2)};
        const auto& [run_id, phase_name, iteration] = key;
        const auto group = groups.try_emplace(key, run_id, phase_name, iteration).first;
        group->second.add_row(states, arena);
    }
    RETURN_IF_ERROR(store->erase("index_phases", where));
    return delete_rows(Table::kPhases, where);
}

Status Fold::State::fold_phases(const Batch& batch) {
    PhaseGroups groups;
    std::vector<std::string_view> selected;
    stage_phases(batch, groups, selected);
    RETURN_IF_ERROR(load_phases(std::move(selected),
                                std::string(kGroupKeySql) + " IN (SELECT key FROM staged_keys())",
                                groups));
    // A run that has ended, or goes on after all, changes what its open phases are called.
    std::vector<std::string_view> changed;
    std::unordered_map<std::string_view, const RunState*> run_of;
    for (const TouchedRun& run : runs) {
        run_of.emplace(run.state.run_id(), &run.state);
        const bool is_same = run.status_before == run.state.status() &&
                             text_of(run.failed_phase_before) == text_of(run.state.failed_phase());
        if (run.is_known && !is_same) changed.push_back(run.state.run_id());
    }
    RETURN_IF_ERROR(load_phases(std::move(changed), kSelectedRuns, groups));
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
