// The rows of other indexes beside the log's, and which of them answers for a run.
//
//     _legacy.<table>            all rows of the attached indexes; `_source` is the source's name
//     _legacy.sources            the indexes: position, name, cutover, digest, import_id,
//                                reading, copied_at_ms
//     _legacy.shared_runs        the runs that more than one store has, and who answers for each
//     _legacy.hidden_in_log      runs that the log has and does not answer for: run_id
//     _legacy.hidden_in_legacy   the same of the sources: run_id, _source
//     _legacy.tag_choice         tags of hidden_in_log that both have: run_id, key, whose counts
//
// A run is answered by one store: docs/formats/tables.md, "Runs of other sources", has the rule.
// What people have said of a run stays with it, whoever answers: its tags, its notes and its
// deletion come from the log too.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "index/extra_index.h"

namespace daybook::index {

// An index that is attached to a connection.
struct AttachedExtra {
    ExtraIndex index;
    std::string catalog;  // "extra_0"; empty: it is not attached, and its rows are there already
    std::string digest;   // of its rows
};

struct AttachedExtras {
    std::vector<AttachedExtra> indexes;
    // Why some are not among them: one for each, in their order.
    std::vector<std::string> notes;
    // A file has gone since it was named: whoever named it may have another.
    bool has_gone = false;
};

// Attaches the indexes, read-only.  One that is no index of this program's is left out, with a
// note.
Result<AttachedExtras> attach_extras(duck::Connection& connection,
                                     std::span<const ExtraIndex> indexes);
Status detach_extras(duck::Connection& connection, const AttachedExtras& attached);

// Brings tables that create_extra_tables() has made up to `sources`: the rows of those in
// `unchanged`, by name, stay, so that these need not be attached.
Status update_extra_tables(duck::Connection& connection, const AttachedExtras& sources,
                           const std::set<std::string>& unchanged);
// Makes _legacy.<table> of the attached indexes: as views over them, or as tables with their rows.
Status create_extra_views(duck::Connection& connection, const AttachedExtras& attached);
Status create_extra_tables(duck::Connection& connection, const AttachedExtras& attached);

// How a fact table's rows of the log are named: "snapshot.runs_d", "(SELECT …)".
using LogRows = std::function<std::string(std::string_view table)>;

// Finds out who answers for the runs that more than one store has.
Status choose_runs(duck::Connection& connection, const LogRows& log_rows);

// CREATE OR REPLACE VIEW <prefix><table> for every fact table: the rows that count, of the log and
// of the sources.  That of runs_status ends in `_source` VARCHAR, NULL for the log's.  After
// choose_runs(), and again after each.
Result<std::string> union_views_sql(duck::Connection& connection, std::string_view prefix,
                                    const LogRows& log_rows);

}  // namespace daybook::index
