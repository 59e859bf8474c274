// The inside of Fold; for the files that make it up.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "index/fold.h"
#include "index/list_source.h"
#include "index/phase_state.h"
#include "index/row_hash.h"
#include "index/run_state.h"

namespace daybook::index {

// A run that the batch touches.
struct TouchedRun {
    RunState state;
    bool is_known = false;  // it had a row before the batch
    std::string_view status_before;
    Cell failed_phase_before;
};

// run_id, phase_name, iteration.
using PhaseGroupKey = std::tuple<std::string_view, std::string_view, std::int64_t>;
using PhaseGroups = std::map<PhaseGroupKey, PhaseGroup>;

struct Fold::State {
    State(duck::Connection& borrowed, std::unique_ptr<TableStore> tables)
        : connection(borrowed), store(std::move(tables)) {}

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    // The sources stay known to SQL: what they would read of a batch must not be read any more.
    ~State();

    duck::Connection& connection;
    std::unique_ptr<TableStore> store;
    Hash128 digest;
    std::uint64_t events_indexed = 0;
    std::array<std::shared_ptr<ListSource>, kTableCount> rows;  // staged_<table>()
    std::shared_ptr<ListSource> events;                         // staged_events()
    std::shared_ptr<ListSource> keys;                           // staged_keys(): text
    std::shared_ptr<ListSource> numbers;                        // staged_numbers(): rowids
    std::shared_ptr<ListSource> phase_keys;                     // staged_phase_keys()
    std::shared_ptr<ListSource> phase_states;                   // staged_phase_states()
    std::shared_ptr<ListSource> damage;                         // staged_damage()
    std::shared_ptr<ListSource> parts;                          // staged_parts()
    RowHasher hasher;

    // Of the batch that is being applied.
    std::vector<TouchedRun> runs;
    std::vector<Hash128> conflicting;  // ids with more than one content
    Arena arena;

    Status register_sources();
    Status read_meta();

    // fold.cc
    Result<Applied> apply_all(Batch& batch, const Conflicts& conflicts);
    Status drop_indexed(Batch& batch, Applied* applied);
    Status insert_conflicts();
    Status insert_events(const Batch& batch);
    Status write_parts(const Batch& batch);
    Status write_damage(const Batch& batch);
    Status write_meta();

    // fold_tables.cc: tables whose rows are won whole
    Status fold_table(Table table, Batch& batch);
    Result<std::vector<std::int64_t>> find_beaten(Table table, Batch& batch);
    Result<std::map<std::int64_t, std::string>> event_ids_at(Table table,
                                                             std::vector<std::int64_t> positions);
    Status insert_rows(Table table, const Batch& batch);
    void set_rows(Table table, const Batch& batch, bool only_known);

    // fold_runs.cc: tables whose rows are merged
    Status touch_runs(Batch& batch);
    Status load_runs();
    Status merge_runs(const Batch& batch);
    Status store_runs();
    Status fold_phases(const Batch& batch);
    void stage_phases(const Batch& batch, PhaseGroups& groups,
                      std::vector<PhaseGroupKey>& selected);
    Status load_phases(const char* selection, PhaseGroups& groups);

    // fold_forget.cc
    Status forget(const Forgotten& forgotten);
    void set_runs(const std::vector<std::string>& run_ids);
    Status forget_rows(std::string_view table);

    // Deletes the rows of `table` that `selection`, SQL behind `FROM … r`, leaves, and takes them
    // off the digest.
    Status delete_rows(Table table, const char* selection);
    Status erase_at(std::string_view table, std::vector<std::int64_t> positions);
    // Inserts rows that are not of a batch and adds them to the digest.
    Status insert_cells(Table table, const std::vector<Cell>& cells);
    // Inserts what the table's source has.
    Status insert_staged(Table table);
    void set_keys(std::vector<std::string_view> values);
    void set_numbers(std::vector<std::int64_t> values);
};

// The row hash in `column` of the current row.
Hash128 hash_at(const duck::Rows& rows, std::size_t column);

// Writes a cell to a column of its kind; `staging` holds the elements of lists and maps.
void write_cell(const Cell& cell, const Staging* staging, duck::ColumnWriter& out, std::size_t row);

}  // namespace daybook::index
