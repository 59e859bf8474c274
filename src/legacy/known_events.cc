#include "legacy/known_events.h"

#include <utility>

#include "duck/database.h"
#include "index/builder.h"
#include "index/list_source.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

class NoEvents final : public KnownEvents {
public:
    Result<std::vector<std::optional<std::uint64_t>>> contents(
        std::span<const Hash128> ids) override {
        return std::vector<std::optional<std::uint64_t>>(ids.size());
    }
};

// Those that an index lists.
class IndexedEvents final : public KnownEvents {
public:
    IndexedEvents(duck::Database database, duck::Connection connection,
                  std::shared_ptr<index::ListSource> wanted, duck::Statement find)
        : database_(std::move(database)),
          connection_(std::move(connection)),
          wanted_(std::move(wanted)),
          find_(std::move(find)) {}

    Result<std::vector<std::optional<std::uint64_t>>> contents(
        std::span<const Hash128> ids) override {
        std::vector<std::optional<std::uint64_t>> found(ids.size());
        wanted_->set(ids.size(), [ids](std::size_t index, std::size_t column,
                                       duck::ColumnWriter& out, std::size_t row) {
            if (column == 0) {
                out.set_int64(row, static_cast<std::int64_t>(index));
            } else {
                out.set_uuid(row, ids[index].high, ids[index].low);
            }
        });
        ASSIGN_OR_RETURN(duck::Rows rows, find_.run());
        wanted_->clear();
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) return found;
            found[static_cast<std::size_t>(rows.get_int64(0))] = rows.get_uint64(1);
        }
    }

private:
    duck::Database database_;
    duck::Connection connection_;
    std::shared_ptr<index::ListSource> wanted_;
    duck::Statement find_;
};

// Ids that imports make are UUIDs marked as version 8.
constexpr std::string_view kOwnRuns =
    "SELECT run_id FROM runs_d "
    "WHERE NOT (length(_event_id) = 36 AND substr(_event_id, 15, 1) = '8') UNION "
    "SELECT run_id FROM runs_status WHERE _started_id IS NOT NULL "
    "AND NOT (length(_started_id) = 36 AND substr(_started_id, 15, 1) = '8')";

Result<std::unordered_set<std::string>> read_own_runs(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query(std::string(kOwnRuns)));
    std::unordered_set<std::string> runs;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return runs;
        runs.emplace(rows.get_string(0));
    }
}

}  // namespace

Result<std::unique_ptr<KnownEvents>> open_known_events(const std::string& root,
                                                       const std::function<bool()>& keep_on) {
    const ledger::LedgerDir dir(root);
    ASSIGN_OR_RETURN(const bool has_log, os::exists(dir.layout().events_dir()));
    if (!has_log) return std::make_unique<NoEvents>();
    index::BuildOptions build;
    if (keep_on) build.progress = [&keep_on](const index::BuildProgress&) { return keep_on(); };
    const Result<index::BuildReport> built = index::build(root, build);
    if (!built) return fail(built.error().with_context("look which events are there"));
    ASSIGN_OR_RETURN(duck::Database database,
                     duck::Database::open(built->snapshot, {.read_only = true}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(std::unordered_set<std::string> own_runs, read_own_runs(connection));
    // Ids of rows are marked as version 8.  A first import asks no more than this.
    ASSIGN_OR_RETURN(duck::Rows any,
                     connection.query("SELECT 1 FROM index_events "
                                      "WHERE substr(id::VARCHAR, 15, 1) = '8' LIMIT 1"));
    ASSIGN_OR_RETURN(const bool has_any, any.next());
    if (!has_any) {
        auto none = std::make_unique<NoEvents>();
        none->set_own_runs(std::move(own_runs));
        return none;
    }
    auto wanted = std::make_shared<index::ListSource>(std::vector<duck::SourceColumn>{
        {"place", duck::ColumnType::kBigint}, {"id", duck::ColumnType::kUuid}});
    RETURN_IF_ERROR(connection.register_source("wanted_events", wanted));
    ASSIGN_OR_RETURN(duck::Statement find,
                     connection.prepare("SELECT place, content FROM wanted_events() "
                                        "JOIN index_events USING (id)"));
    auto known = std::make_unique<IndexedEvents>(std::move(database), std::move(connection),
                                                 std::move(wanted), std::move(find));
    known->set_own_runs(std::move(own_runs));
    return known;
}

}  // namespace daybook::legacy
