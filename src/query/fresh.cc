#include "query/fresh.h"

#include <utility>

#include "index/builder.h"
#include "index/log_news.h"
#include "index/publish.h"
#include "index/registry_upcaster.h"
#include "index/tables.h"
#include "index/work_database.h"

namespace daybook::query {

Result<bool> is_stale(Session& session, const std::string& root) {
    ASSIGN_OR_RETURN(const index::LedgerUpcaster upcaster, index::registry_upcaster(root));
    Result<duck::Rows> made_alike = session.query(
        "SELECT 1 FROM index_meta WHERE format = $1 AND builder_version = $2 AND upcasters = $3",
        {index::kIndexFormat, index::builder_version(), upcaster.id});
    if (!made_alike) return true;  // Tables of another format, which lack one of these columns.
    ASSIGN_OR_RETURN(const bool is_alike, made_alike->next());
    if (!is_alike) return true;
    ASSIGN_OR_RETURN(duck::Rows parts, session.query("SELECT part, bytes FROM index_parts"));
    index::BytesRead read;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, parts.next());
        if (!more) break;
        read[std::string(parts.get_string(0))] = parts.get_uint64(1);
    }
    return index::has_news(root, read);
}

Result<FreshSession> open_fresh(const std::string& root, const FreshOptions& options) {
    Result<Session> session = Session::open(root, options.session);
    if (session) {
        ASSIGN_OR_RETURN(const bool stale, is_stale(*session, root));
        // Other programs open runs.duckdb, while a session opens the newest generation.
        ASSIGN_OR_RETURN(const std::string problem,
                         index::snapshot_problem(index::IndexLayout(root).snapshot_path()));
        if (!stale && problem.empty()) return FreshSession{.session = std::move(*session)};
    } else if (session.error().code() == ErrorCode::kUnsupported) {
        return fail(session.error());
    }
    const Result<index::BuildReport> built =
        index::build(root, {.wait_ms = options.wait_ms, .republish = !session});
    if (built) {
        ASSIGN_OR_RETURN(Session newest, Session::open(root, options.session));
        return FreshSession{
            .session = std::move(newest), .rebuilt = built->rebuilt, .mended = built->notes};
    }
    if (!session) return fail(built.error());
    return FreshSession{
        .session = std::move(*session),
        .note = fmt::format("answered from the last snapshot, which may lack the newest events: {}",
                            built.error().message())};
}

}  // namespace daybook::query
