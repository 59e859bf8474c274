#include "cli/legacy_shared_runs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
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

// What the log says of imports.  Of a run that several have brought it has the beginning of one, so
// that there may be more of the others than `shared` counts.
struct Imported {
    std::map<std::string, Shared>
        shared{};                     // of the file's runs, by the source that they came from
    std::set<std::string> sources{};  // all that have been imported
};

Result<Imported> read_imported(const ledger::LedgerDir& dir, const RunIds& runs) {
    ASSIGN_OR_RETURN(query::FreshSession log, query::open_fresh(dir.root()));
    Imported imported;
    ASSIGN_OR_RETURN(duck::Rows rows,
                     log.session.query(fmt::format(
                         "SELECT run_id, s FROM (SELECT run_id, json_extract_string({}, "
                         "'$.imported_from.source') AS s FROM runs_d) WHERE s IS NOT NULL",
                         duck::valid_json("extra"))));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::string run(rows.get_string(0));
        const std::string source(rows.get_string(1));
        imported.sources.insert(source);
        if (runs.contains(run)) imported.shared[source].add(run);
    }
    ASSIGN_OR_RETURN(duck::Rows names,
                     log.session.query(fmt::format(
                         "SELECT DISTINCT s FROM (SELECT json_extract_string({}, '$.source_name') "
                         "AS s FROM custom_events WHERE event_type = 'ledger.imported') "
                         "WHERE s IS NOT NULL",
                         duck::valid_json("payload"))));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, names.next());
        if (!more) return imported;
        imported.sources.emplace(names.get_string(0));
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
    ASSIGN_OR_RETURN(const Imported imported, read_imported(dir, runs));
    const bool is_imported = imported.sources.contains(source.name);
    for (const auto& [name, shared] : imported.shared) {
        if (name == source.name) continue;
        notes.push_back(fmt::format(
            "'{0}' and the log, by an import of '{1}', both have {2}{3}: {4}", source.name,
            printable(name), imported.sources.size() > 1 ? "at least " : "", shared.text(),
            is_imported
                ? fmt::format("'{}' has been imported too, and the log has their events twice",
                              source.name)
                : fmt::format("an import of '{}' would bring them in once more", source.name)));
    }
    return notes;
}

}  // namespace daybook::cli
