#include "legacy/cache_rows.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "duck/database.h"
#include "index/builder.h"
#include "ledger/event_log.h"
#include "legacy/event_stream.h"
#include "legacy/import.h"
#include "legacy/known_events.h"
#include "legacy/mapping.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "query/session.h"
#include "schema/registry.h"

namespace daybook::legacy {
namespace {

// state.json is for people too, and read whole.
constexpr std::size_t kNotesMax = 200;
constexpr std::size_t kNoteBytesMax = 1'000;
constexpr std::size_t kNotedKeyCharsMax = 100;
constexpr std::string_view kRowsPrefix = "rows-";
constexpr std::string_view kCopyPrefix = "copy-";
constexpr std::string_view kAnswersPrefix = "answers-";
constexpr std::string_view kDatabase = ".duckdb";
constexpr std::string_view kSpill = "spill.tmp";

std::string rows_name(std::uint64_t number) { return fmt::format("{}{:06}", kRowsPrefix, number); }

std::string answers_name(std::uint64_t number) {
    return fmt::format("{}{:06}{}", kAnswersPrefix, number, kDatabase);
}

// The number of "rows-000042" or "answers-000042.duckdb"; 0: it is no such name.
std::uint64_t number_of(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return 0;
    name.remove_prefix(prefix.size());
    if (name.ends_with(kDatabase)) name.remove_suffix(kDatabase.size());
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    return parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() ? number : 0;
}

// The greatest number of such names in `directory`; 0: there is none.
Result<std::uint64_t> greatest_number(const std::string& directory, std::string_view prefix) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    std::uint64_t greatest = 0;
    for (const os::DirEntry& entry : entries) {
        greatest = std::max(greatest, number_of(entry.name, prefix));
    }
    return greatest;
}

void note_report(const ImportReport& report, CacheState& state) {
    state.events = report.events;
    state.runs = report.runs;
    state.replaced_ends += report.later_ends;
    state.import_id = report.import_id;
    state.tables.clear();
    for (const RuleReport& rule : report.stream.rules) {
        state.tables.push_back({.table = rule.table,
                                .event = rule.event,
                                .rows = rule.events + rule.invalid,
                                .invalid = rule.invalid});
    }
    state.notes.clear();
    for (const std::string& table : report.stream.unmapped) {
        state.notes.push_back(fmt::format("{}: no rule of the mapping reads this table", table));
    }
    // What is said of tables is not to be lost behind what is said of their rows.
    const std::vector<std::string>& notes = report.stream.notes;
    state.notes.insert(state.notes.end(), notes.begin(), notes.end());
    for (const InvalidRow& row : report.invalid_rows) {
        state.notes.push_back(fmt::format("{} {}: {}", row.origin.table,
                                          printable(row.origin.key, kNotedKeyCharsMax),
                                          row.reason));
    }
    state.left_out = report.left_out;
    if (state.notes.size() > kNotesMax) {
        const std::size_t more = state.notes.size() - kNotesMax;
        state.notes.resize(kNotesMax);
        state.notes.push_back(fmt::format("and {} more such notes", more));
    }
    for (std::string& note : state.notes) {
        if (note.size() > kNoteBytesMax) note = printable(note, kNoteBytesMax);
    }
}

// What make_rows() is about.
class RowsMaker {
public:
    RowsMaker(const std::string& directory, const std::string& source, const CacheRecipe& recipe,
              const RefreshOptions& options, CacheState& state)
        : directory_(directory),
          source_(source),
          recipe_(recipe),
          options_(options),
          state_(state) {}

    Status run();

private:
    // Appends what the ledger does not have of the copy; `state_` says what was found.  Whether the
    // ledger has rows that are others in the copy, or not in it.
    Result<bool> import_copy();
    // Keeps the index of the rows as it is now under a name of its own.
    Status name_answers();
    std::string path_of(std::string_view name) const { return os::join_path(directory_, name); }

    const std::string& directory_;
    const std::string& source_;
    const CacheRecipe& recipe_;
    const RefreshOptions& options_;
    CacheState& state_;
};

Result<bool> RowsMaker::import_copy() {
    const std::string root = path_of(state_.rows);
    ASSIGN_OR_RETURN(const Mapping mapping, parse_mapping(recipe_.mapping, recipe_.mapping_name));
    ASSIGN_OR_RETURN(const KnownEvents known, KnownEvents::open(root, options_.keep_on));
    EventStreamOptions from{.source = source_,
                            .file = state_.source,
                            .temp_directory = path_of(kSpill),
                            .keep_on = options_.keep_on};
    if (!recipe_.types.empty()) {
        ASSIGN_OR_RETURN(from.types, schema::Registry::parse(recipe_.types));
    }
    ASSIGN_OR_RETURN(EventStream stream, EventStream::open(path_of(state_.copy), mapping, from));
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::EventLog> log,
                     ledger::EventLog::open(ledger::LedgerDir(root), {.clock = options_.clock}));
    if (!recipe_.types.empty()) {
        RETURN_IF_ERROR(
            os::write_file_atomic(ledger::LedgerDir(root).schema_registry_path(), recipe_.types));
    }
    ImportOptions import{.record = false};
    import.progress = [this](const ImportProgress& progress) {
        if (options_.progress) options_.progress(progress);
        return !options_.keep_on || options_.keep_on();
    };
    ASSIGN_OR_RETURN(const ImportReport report, import_events(stream, *log, known, import));
    note_report(report, state_);
    state_.reading = reading_of(state_.source, mapping);
    // Of what the ledger had, the file still has what is known, and once had the ends of runs that
    // have gone on since.
    return report.changed > 0 || report.earlier_ends > 0 ||
           known.size() > report.known + state_.replaced_ends;
}

Status RowsMaker::run() {
    ASSIGN_OR_RETURN(std::uint64_t number, greatest_number(directory_, kRowsPrefix));
    // What a refresh that died had begun is gone on with.
    number = std::max<std::uint64_t>(number, 1);
    if (state_.rows.empty()) state_.rows = rows_name(number);
    ASSIGN_OR_RETURN(const bool is_there, os::exists(path_of(state_.rows)));
    const Result<bool> rows_went = import_copy();
    // A ledger only grows: rows that are others now, or no longer there, need a new one.  So does
    // one that is damaged.
    const bool is_spoilt = !rows_went && is_there && is_for_good(rows_went.error().code());
    if (!rows_went && !is_spoilt) return fail(rows_went.error());
    if (is_spoilt || *rows_went) {
        state_.rows = rows_name(number + 1);
        state_.replaced_ends = 0;
        RETURN_IF_ERROR(import_copy());
    }
    os::kill_point(os::KillPoint::kLegacyImported);
    index::BuildOptions build{.clock = options_.clock};
    build.progress = [this](const index::BuildProgress&) {
        return !options_.keep_on || options_.keep_on();
    };
    RETURN_IF_ERROR(index::build(path_of(state_.rows), build));
    os::kill_point(os::KillPoint::kLegacyIndexed);
    RETURN_IF_ERROR(name_answers());
    state_.recipe = recipe_.text;
    return {};
}

Status RowsMaker::name_answers() {
    const std::string root = path_of(state_.rows);
    ASSIGN_OR_RETURN(const std::string newest, query::newest_snapshot(root));
    if (newest.empty()) return fail(ErrorCode::kIo, "index {}: it is gone", root);
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> made, os::file_info(newest));
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> named,
                     os::file_info(path_of(state_.answers)));
    const bool is_named =
        !state_.answers.empty() && made && named && made->identity == named->identity;
    if (is_named) return {};
    // A number that nobody has had: an index that was made anew counts its generations from 1.
    ASSIGN_OR_RETURN(const std::uint64_t greatest, greatest_number(directory_, kAnswersPrefix));
    const std::string name = answers_name(greatest + 1);
    RETURN_IF_ERROR(os::hard_link(newest, path_of(name)));
    RETURN_IF_ERROR(os::sync_dir(directory_));
    state_.answers_before = std::exchange(state_.answers, name);
    return {};
}

}  // namespace

std::string copy_name(std::string_view sha256) {
    return fmt::format("{}{}{}", kCopyPrefix, sha256.substr(0, 16), kDatabase);
}

Status make_rows(const std::string& directory, const std::string& source, const CacheRecipe& recipe,
                 const RefreshOptions& options, CacheState& state) {
    return RowsMaker(directory, source, recipe, options, state).run();
}

Status remove_unnamed(const std::string& directory, const CacheState& state, bool keeps_rows) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    for (const os::DirEntry& entry : entries) {
        const bool is_old_copy = entry.name.starts_with(kCopyPrefix) && entry.name != state.copy;
        const bool is_old_ledger =
            !keeps_rows && number_of(entry.name, kRowsPrefix) > 0 && entry.name != state.rows;
        const bool is_old_answer = entry.name.starts_with(kAnswersPrefix) &&
                                   entry.name != state.answers &&
                                   entry.name != state.answers_before;
        // Left behind by a process that was killed.
        const bool is_half = entry.name.starts_with(kIncoming) || entry.name == kSpill;
        if (is_old_copy || is_old_ledger || is_old_answer || is_half)
            RETURN_IF_ERROR(os::remove_tree(os::join_path(directory, entry.name)));
    }
    return {};
}

}  // namespace daybook::legacy
