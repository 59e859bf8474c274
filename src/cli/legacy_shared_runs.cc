#include "cli/legacy_shared_runs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/human.h"
#include "duck/sql.h"
#include "legacy/cache.h"
#include "query/fresh.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kRunBytesShown = 60;

using RunIds = std::unordered_set<std::string>;

struct Shared {
    std::uint64_t runs = 0;
    std::string first{};  // by its name

    void add(std::string_view run) {
        if (runs == 0 || run < first) first = run;
        ++runs;
    }
    std::string text() const {
        return fmt::format("{}, such as {}", human_counted(runs, "run"),
                           printable(first, kRunBytesShown));
    }
};

// Of an attached file as it was read last; none if it has no copy.
Result<RunIds> runs_of_file(const ledger::LedgerDir& dir, const legacy::Source& source) {
    RunIds runs;
    const std::optional<legacy::Cached> cached = legacy::Cache(dir, source).published();
    if (!cached) return runs;
    ASSIGN_OR_RETURN(query::Session file, query::Session::open_file(cached->snapshot));
    ASSIGN_OR_RETURN(duck::Rows rows, file.query("SELECT run_id FROM runs_status"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return runs;
        runs.emplace(rows.get_string(0));
    }
}

// By source: those of `runs` that the log has by an import of another one than `name`.
Result<std::map<std::string, Shared>> imported_from_others(const ledger::LedgerDir& dir,
                                                           const RunIds& runs,
                                                           const std::string& name) {
    ASSIGN_OR_RETURN(query::FreshSession log, query::open_fresh(dir.root()));
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        log.session.query(
            fmt::format(
                "SELECT run_id, s FROM (SELECT run_id, json_extract_string({}, "
                "'$.imported_from.source') AS s FROM runs_d) WHERE s IS NOT NULL AND s <> $1",
                duck::valid_json("extra")),
            {name}));
    std::map<std::string, Shared> shared;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return shared;
        const std::string run(rows.get_string(0));
        if (runs.contains(run)) shared[std::string(rows.get_string(1))].add(run);
    }
}

}  // namespace

Result<std::vector<std::string>> tell_shared_runs(const ledger::LedgerDir& dir,
                                                  const legacy::Source& source) {
    std::vector<std::string> notes;
    ASSIGN_OR_RETURN(const RunIds runs, runs_of_file(dir, source));
    ASSIGN_OR_RETURN(const std::vector<legacy::Source> sources, legacy::read_sources(dir));
    bool is_behind = false;
    for (const legacy::Source& other : sources) {
        if (other.name == source.name) {
            is_behind = true;
            continue;
        }
        ASSIGN_OR_RETURN(const RunIds theirs, runs_of_file(dir, other));
        Shared shared;
        for (const std::string& run : theirs) {
            if (runs.contains(run)) shared.add(run);
        }
        if (shared.runs == 0) continue;
        notes.push_back(fmt::format(
            "'{}' and '{}' both have {}: '{}' answers for them, which was attached first",
            source.name, other.name, shared.text(), is_behind ? source.name : other.name));
    }
    ASSIGN_OR_RETURN(const auto imported, imported_from_others(dir, runs, source.name));
    for (const auto& [name, shared] : imported) {
        notes.push_back(
            fmt::format("'{}' and the log, by an import of '{}', both have {}: an import of '{}' "
                        "would bring them "
                        "in once more",
                        source.name, printable(name), shared.text(), source.name));
    }
    return notes;
}

}  // namespace daybook::cli
