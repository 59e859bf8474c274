#include "query/deleted_runs.h"

#include <vector>

#include <fmt/ranges.h>

namespace daybook::query {

Result<std::optional<std::string>> find_deleted_run(Session& session, std::string_view text) {
    if (text.empty()) return fail(ErrorCode::kInvalidArgument, "find run \"\": a run is needed");
    // The best of what fits comes first: an id before a beginning before a name.
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT s.run_id, CASE WHEN s.run_id = $1 THEN 0 "
                                   "WHEN starts_with(s.run_id, $1) THEN 1 ELSE 2 END AS rank "
                                   "FROM runs_status s LEFT JOIN runs_d d USING (run_id) "
                                   "WHERE s.deleted AND (starts_with(s.run_id, $1) OR d.name = $1) "
                                   "ORDER BY rank, s.run_id LIMIT 10",
                                   {std::string(text)}));
    std::vector<std::string> found;
    std::int64_t best = 0;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::int64_t rank = rows.get_int64(1);
        if (found.empty()) best = rank;
        if (rank == best) found.push_back(rows.text(0));
    }
    if (found.empty()) return std::nullopt;
    if (found.size() == 1) return found.front();
    return fail(ErrorCode::kInvalidArgument, "find deleted run {}: several fit: {}", text,
                fmt::join(found, ", "));
}

Result<bool> is_deleted(Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT 1 FROM runs_status WHERE deleted AND run_id = $1", {run_id}));
    return rows.next();
}

Result<std::optional<TimestampMs>> last_marked(Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT _deleted_ms FROM runs_status WHERE run_id = $1 "
                                   "AND _deleted_ms IS NOT NULL",
                                   {run_id}));
    ASSIGN_OR_RETURN(const bool is_marked, rows.next());
    return is_marked ? std::optional(TimestampMs(rows.get_int64(0))) : std::nullopt;
}

}  // namespace daybook::query
