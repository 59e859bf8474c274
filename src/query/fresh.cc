#include "query/fresh.h"

#include <map>
#include <utility>
#include <vector>

#include "index/builder.h"
#include "index/log_sizes.h"
#include "index/tables.h"

namespace daybook::query {

Result<bool> is_stale(Session& session, const std::string& root) {
    Result<duck::Rows> read = session.query(
        "SELECT part, bytes FROM index_parts, index_meta WHERE format = $1", {index::kIndexFormat});
    if (!read) return true;  // Tables of another format.
    duck::Rows rows = std::move(*read);
    std::map<std::string, std::uint64_t> indexed;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        indexed[std::string(rows.get_string(0))] = rows.get_uint64(1);
    }
    ASSIGN_OR_RETURN(const std::vector<index::PartSize> parts, index::log_sizes(root));
    std::size_t known = 0;
    for (const index::PartSize& part : parts) {
        const auto found = indexed.find(part.name);
        if (found == indexed.end() ? part.bytes > 0 : found->second != part.bytes) return true;
        if (found != indexed.end()) ++known;
    }
    return known != indexed.size();
}

Result<FreshSession> open_fresh(const std::string& root, const FreshOptions& options) {
    Result<Session> session = Session::open(root, options.session);
    if (session) {
        ASSIGN_OR_RETURN(const bool stale, is_stale(*session, root));
        if (!stale) return FreshSession{std::move(*session), {}, {}};
    } else if (session.error().code() == ErrorCode::kUnsupported) {
        return fail(session.error());
    }
    const Result<index::BuildReport> built = index::build(root, {.wait_ms = options.wait_ms});
    if (built) {
        ASSIGN_OR_RETURN(Session newest, Session::open(root, options.session));
        return FreshSession{std::move(newest), {}, built->rebuilt};
    }
    if (!session) return fail(built.error());
    return FreshSession{std::move(*session),
                        fmt::format("answered from the last snapshot, which may lack the newest "
                                    "events: {}",
                                    built.error().message()),
                        {}};
}

}  // namespace daybook::query
