#include "legacy/cache.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/version.h"
#include "duck/database.h"
#include "index/builder.h"
#include "index/index_state.h"
#include "index/tables.h"
#include "legacy/mapping.h"
#include "legacy/seed_toml.h"
#include "legacy/source_copy.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"
#include "query/session.h"
#include "schema/registry.h"

namespace daybook::legacy {
namespace {

// Raised whenever the same rows may come to other events.
constexpr int kEventsVersion = 3;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
// state.json is for people too, and read whole.
constexpr std::size_t kNotesMax = 200;
constexpr std::size_t kNoteBytesMax = 1'000;
constexpr std::size_t kNotedKeyCharsMax = 100;
constexpr std::size_t kTypesBytesMax = std::size_t{64} << 20;
constexpr std::string_view kIncoming = "incoming.duckdb";
constexpr std::string_view kRowsPrefix = "rows-";
constexpr std::string_view kCopyPrefix = "copy-";
constexpr std::string_view kSpill = "spill.tmp";
constexpr int kLockTryMs = 200;
// How long what failed for lack of room, say, is not tried again.
constexpr std::int64_t kRetryMs = 60'000;
// How long a file that is being written to is tried again at least where nothing is published yet.
constexpr int kFirstCopyWaitMs = 500;

std::string rows_name(std::uint64_t number) { return fmt::format("{}{:06}", kRowsPrefix, number); }

// The number of a folder "rows-000042"; 0: it is none.
std::uint64_t rows_number(std::string_view name) {
    if (!name.starts_with(kRowsPrefix)) return 0;
    name.remove_prefix(kRowsPrefix.size());
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    return parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() ? number : 0;
}

// The greatest number of the folders in `directory`; 0: there is none.
Result<std::uint64_t> greatest_rows(const std::string& directory) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    std::uint64_t greatest = 0;
    for (const os::DirEntry& entry : entries) {
        greatest = std::max(greatest, rows_number(entry.name));
    }
    return greatest;
}

std::string age_text(std::int64_t ms) {
    const std::int64_t seconds = std::max<std::int64_t>(ms, 0) / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} days", seconds / 86'400);
}

Result<std::uint64_t> count_events(const std::string& root) {
    ASSIGN_OR_RETURN(const std::string snapshot, query::newest_snapshot(root));
    if (snapshot.empty()) return 0;
    ASSIGN_OR_RETURN(const duck::Database database,
                     duck::Database::open(snapshot, {.read_only = true, .threads = 1}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query("SELECT count(*) FROM index_events"));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    return found ? static_cast<std::uint64_t>(rows.get_int64(0)) : 0;
}

void note_report(const ImportReport& report, CacheState& state) {
    state.events = report.events;
    state.runs = report.runs;
    state.tables.clear();
    for (const RuleReport& rule : report.stream.rules) {
        state.tables.push_back({.table = rule.table,
                                .event = rule.event,
                                .rows = rule.events + rule.invalid,
                                .invalid = rule.invalid});
    }
    state.notes = report.stream.notes;
    for (const std::string& table : report.stream.unmapped) {
        state.notes.push_back(fmt::format("{}: no rule of the mapping reads this table", table));
    }
    for (const InvalidRow& row : report.invalid_rows) {
        state.notes.push_back(fmt::format("{} {}: {}", row.origin.table,
                                          printable(row.origin.key, kNotedKeyCharsMax),
                                          row.reason));
    }
    if (state.notes.size() > kNotesMax) {
        const std::size_t more = state.notes.size() - kNotesMax;
        state.notes.resize(kNotesMax);
        state.notes.push_back(fmt::format("and {} more such notes", more));
    }
    for (std::string& note : state.notes) {
        if (note.size() > kNoteBytesMax) note = printable(note, kNoteBytesMax);
    }
}

// Waits in steps, so that a wish to stop is heard.
Result<os::LockFile> lock_patiently(const std::string& path, int wait_ms,
                                    const RefreshOptions& options) {
    const std::int64_t deadline_ns =
        options.clock->monotonic_ns() + std::int64_t{wait_ms} * 1'000'000;
    while (true) {
        Result<os::LockFile> lock = os::LockFile::acquire(path, std::min(wait_ms, kLockTryMs));
        if (lock || lock.error().code() != ErrorCode::kBusy) return lock;
        if (options.keep_on && !options.keep_on()) {
            return fail(ErrorCode::kCancelled, "lock {}: stopped", path);
        }
        if (options.clock->monotonic_ns() >= deadline_ns) return lock;
    }
}

}  // namespace

// What the cache should be made of, and by.
struct Cache::Wanted {
    std::string mapping{};  // its text, and what messages call it
    std::string mapping_name{};
    std::string types{};  // those that the ledger's users have registered, as the ledger has them
    std::string recipe{};
    // Of the file; an error if it cannot be looked at.
    Result<std::string> version;

    // What reads it: another version of the program may be able to.
    std::string reader() const { return fmt::format("daybook {}, {}", daybook::version(), recipe); }
    bool is_what(const CacheState& state) const {
        return version && *version == state.version && recipe == state.recipe;
    }
};

Cache::Cache(const ledger::LedgerDir& dir, Source source)
    : ledger_(dir),
      source_(std::move(source)),
      directory_(dir.index_dir() + "/legacy/" + source_.name) {}

Result<Cache::Wanted> Cache::wanted() const {
    const bool is_built_in = source_.mapping.empty() || source_.mapping == "seed";
    std::string text(kSeedToml);
    if (!is_built_in) {
        ASSIGN_OR_RETURN(text, os::read_file(source_.mapping, kFileBytesMax));
    }
    const std::string types_path = ledger_.schema_registry_path();
    ASSIGN_OR_RETURN(const bool has_types, os::exists(types_path));
    std::string types;
    if (has_types) {
        ASSIGN_OR_RETURN(types, os::read_file(types_path, kTypesBytesMax));
        if (types == schema::Registry::builtin().serialize()) types.clear();
    }
    Wanted wanted{.mapping = std::move(text),
                  .mapping_name = is_built_in ? "seed" : source_.mapping,
                  .types = std::move(types),
                  .version = source_version(source_.path)};
    wanted.recipe =
        fmt::format("events {}, {}, index {}, mapping {}", kEventsVersion, index::builder_version(),
                    index::kIndexFormat, sha256_hex(wanted.mapping));
    if (!wanted.types.empty()) wanted.recipe += fmt::format(", types {}", sha256_hex(wanted.types));
    return wanted;
}

std::optional<CacheState> Cache::read_state() const {
    const Result<std::string> text = os::read_file(path_of("state.json"), kFileBytesMax);
    if (!text) return std::nullopt;
    std::optional<CacheState> state = decode_cache_state(*text);
    // Another file that had this name before.
    if (state && state->source != source_.path) return std::nullopt;
    return state;
}

std::optional<Error> Cache::source_problem() const {
    const Result<Wanted> wanted = this->wanted();
    if (!wanted) return wanted.error();
    if (!wanted->version) return wanted->version.error();
    return known_refusal(*wanted, {});
}

Result<bool> Cache::is_read_as_wanted(const CacheState& state) const {
    ASSIGN_OR_RETURN(const Wanted wanted, this->wanted());
    return wanted.recipe == state.recipe;
}

Result<SourceCopy> Cache::copy_last_copy(const std::string& target, int wait_ms) const {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(directory_));
    if (!is_there) return fail(ErrorCode::kNotFound, "{}: no copy of it is kept", source_.path);
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(path_of("lock"), wait_ms));
    const std::optional<CacheState> state = read_state();
    if (!state) return fail(ErrorCode::kNotFound, "{}: no copy of it is kept", source_.path);
    ASSIGN_OR_RETURN(SourceCopy copied, copy_source(path_of(state->copy), target));
    copied.sha256 = state->sha256;
    copied.copied_at = state->copied_at;
    return copied;
}

std::optional<Cached> Cache::published() const {
    std::optional<CacheState> state = read_state();
    if (!state) return std::nullopt;
    const Result<std::string> snapshot = query::newest_snapshot(path_of(state->rows));
    if (!snapshot || snapshot->empty()) return std::nullopt;
    return Cached{.state = std::move(*state), .snapshot = *snapshot};
}

Cached Cache::stale(Cached cached, const Error& why, const Clock& clock) const {
    const TimestampMs copied = cached.state.copied_at;
    cached.note = fmt::format("source '{}': {}; the answers are those of the copy of {}, {} old",
                              source_.name, why.message(), to_iso8601(copied),
                              age_text(clock.now().value() - copied.value()));
    return cached;
}

Result<Cached> Cache::refresh(const RefreshOptions& options) {
    std::optional<Cached> before = published();
    const auto answer_with = [&](const Error& why) -> Result<Cached> {
        if (!before || why.code() == ErrorCode::kCancelled) return fail(why);
        return stale(std::move(*before), why, *options.clock);
    };
    const Result<Wanted> wanted = this->wanted();
    if (!wanted) return answer_with(wanted.error());
    if (before && wanted->is_what(before->state)) return std::move(*before);
    if (!before && !wanted->version) return fail(wanted->version.error());

    if (const std::optional<Error> refused = known_refusal(*wanted, options)) {
        return answer_with(*refused);
    }

    const Status made = os::make_dirs(directory_);
    if (!made) return answer_with(made.error());
    const Result<os::LockFile> lock =
        lock_patiently(path_of("lock"), before ? 0 : options.wait_ms, options);
    if (!lock && lock.error().code() == ErrorCode::kBusy && before) {
        return answer_with(Error(ErrorCode::kBusy, "another process is about to read its changes"));
    }
    if (!lock) return answer_with(lock.error());
    return refresh_locked(*wanted, options);
}

std::optional<Error> Cache::known_refusal(const Wanted& wanted,
                                          const RefreshOptions& options) const {
    const Result<std::string> text = os::read_file(path_of("refused.json"), kFileBytesMax);
    if (!text || !wanted.version) return std::nullopt;
    const std::optional<Refusal> refusal = decode_refusal(*text);
    if (!refusal) return std::nullopt;
    if (const std::int64_t wait_ms = refusal->retry_at.value() - options.clock->now().value();
        refusal->retry_at.value() > 0) {
        // A clock that was set back does not make it wait for longer.
        if (options.at_once || wait_ms <= 0 || wait_ms > kRetryMs) return std::nullopt;
        return Error(refusal->code, refusal->message);
    }
    if (refusal->version != *wanted.version || refusal->recipe != wanted.reader()) {
        return std::nullopt;
    }
    return Error(refusal->code, refusal->message);
}

// Best effort: without it the file is copied once more, to find out the same.
void Cache::remember(const Wanted& wanted, const Status& outcome, const Clock& clock) const {
    const std::string path = path_of("refused.json");
    if (outcome) {
        (void)os::remove_file(path);
        return;
    }
    if (is_for_now(outcome.error().code())) {
        (void)os::write_file_atomic(
            path, encode_refusal({.version = {},
                                  .recipe = wanted.reader(),
                                  .code = outcome.error().code(),
                                  .message = outcome.error().message(),
                                  .retry_at = TimestampMs(clock.now().value() + kRetryMs)}));
        return;
    }
    // It was copied after it was looked at: only if it is still the same, that is what was refused.
    const Result<std::string> now = source_version(source_.path);
    const bool is_same = now && wanted.version && *now == *wanted.version;
    if (!is_same || !is_for_good(outcome.error().code())) return;
    (void)os::write_file_atomic(path, encode_refusal({.version = *now,
                                                      .recipe = wanted.reader(),
                                                      .code = outcome.error().code(),
                                                      .message = outcome.error().message()}));
}

Result<Cached> Cache::refresh_locked(const Wanted& wanted, const RefreshOptions& options) {
    // Somebody else may have done it while this process waited.
    std::optional<Cached> before = published();
    if (before && wanted.is_what(before->state)) return std::move(*before);
    if (options.keep_on && !options.keep_on()) {
        return fail(ErrorCode::kCancelled, "read {}: stopped", source_.path);
    }

    const Status outcome =
        bring_up_to_date(before ? std::optional(before->state) : std::nullopt, wanted, options);
    remember(wanted, outcome, *options.clock);
    std::optional<Cached> after = published();
    if (outcome && after) return std::move(*after);
    if (outcome) {
        return fail(ErrorCode::kIo, "read {}: what was written there a moment ago is not there",
                    path_of("state.json"));
    }
    if (!after || outcome.error().code() == ErrorCode::kCancelled) return fail(outcome.error());
    return stale(std::move(*after), outcome.error(), *options.clock);
}

Status Cache::bring_up_to_date(const std::optional<CacheState>& before, const Wanted& wanted,
                               RefreshOptions options) const {
    CacheState state = before ? *before : CacheState{.source = source_.path};
    if (!before) options.copy_wait_ms = std::max(options.copy_wait_ms, kFirstCopyWaitMs);
    const Status copied = update_copy(state, options);
    const bool is_other_recipe = state.recipe != wanted.recipe;
    // An older copy serves where only the way of reading it has changed.
    const bool may_go_on =
        copied || (before && is_other_recipe && copied.error().code() != ErrorCode::kCancelled);
    if (!may_go_on) return copied;
    if (is_other_recipe || !before || before->sha256 != state.sha256) {
        if (const Status filled = fill(state, wanted, options); !filled) {
            // It may be large, and the file may be another when it is tried again.
            const bool goes_on = filled.error().code() == ErrorCode::kCancelled;
            (void)remove_what_is_not_of(before.value_or(CacheState{}), goes_on);
            return filled;
        }
    }
    RETURN_IF_ERROR(os::write_file_atomic(path_of("state.json"), encode_cache_state(state)));
    os::kill_point(os::KillPoint::kLegacyStateWritten);
    // What stays is in nobody's way, and goes the next time.
    (void)remove_what_is_not_of(state, false);
    os::kill_point(os::KillPoint::kLegacyOldRemoved);
    return copied;
}

Status Cache::update_copy(CacheState& state, const RefreshOptions& options) const {
    const std::string incoming = path_of(std::string(kIncoming));
    const Result<SourceCopy> copied = copy_source(
        source_.path, incoming,
        {.wait_ms = options.copy_wait_ms, .keep_on = options.keep_on, .clock = options.clock});
    if (!copied) {
        // It may be large, and is of no use.
        (void)os::remove_file(incoming);
        (void)os::remove_file(incoming + ".wal");
        return fail(copied.error());
    }
    const std::string name = fmt::format("{}{}.duckdb", kCopyPrefix, copied->sha256.substr(0, 16));
    RETURN_IF_ERROR(os::rename(incoming, path_of(name)));
    RETURN_IF_ERROR(os::sync_dir(directory_));
    os::kill_point(os::KillPoint::kLegacyCopyNamed);
    state.version = copied->version;
    state.bytes = copied->bytes;
    state.sha256 = copied->sha256;
    state.copied_at = copied->copied_at;
    state.copy = name;
    return {};
}

Result<ImportReport> Cache::import_copy(const CacheState& state, const Wanted& wanted,
                                        const RefreshOptions& options, bool& rows_went) const {
    const std::string root = path_of(state.rows);
    ASSIGN_OR_RETURN(const Mapping mapping, parse_mapping(wanted.mapping, wanted.mapping_name));
    ASSIGN_OR_RETURN(const std::unique_ptr<KnownEvents> known, open_known_events(root));
    ASSIGN_OR_RETURN(const std::uint64_t known_events, count_events(root));
    EventStreamOptions from{.source = source_.name, .temp_directory = path_of(std::string(kSpill))};
    if (!wanted.types.empty()) {
        ASSIGN_OR_RETURN(from.types, schema::Registry::parse(wanted.types));
    }
    ASSIGN_OR_RETURN(EventStream stream, EventStream::open(path_of(state.copy), mapping, from));
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::EventLog> log,
                     ledger::EventLog::open(ledger::LedgerDir(root), {.clock = options.clock}));
    if (!wanted.types.empty()) {
        RETURN_IF_ERROR(
            os::write_file_atomic(ledger::LedgerDir(root).schema_registry_path(), wanted.types));
    }
    ImportOptions import{.record = false};
    import.progress = [&options](const ImportProgress& progress) {
        if (options.progress) options.progress(progress);
        return !options.keep_on || options.keep_on();
    };
    ASSIGN_OR_RETURN(ImportReport report, import_events(stream, *log, *known, import));
    rows_went = report.changed > 0 || known_events > report.known + report.changed;
    return report;
}

Status Cache::fill(CacheState& state, const Wanted& wanted, const RefreshOptions& options) const {
    const std::string published_rows = state.rows;
    ASSIGN_OR_RETURN(std::uint64_t number, greatest_rows(directory_));
    // What a refresh that died had begun is gone on with.
    number = std::max<std::uint64_t>(number, 1);
    if (state.rows.empty()) state.rows = rows_name(number);
    state.rows_before.clear();
    ASSIGN_OR_RETURN(const bool is_there, os::exists(path_of(state.rows)));
    bool rows_went = false;
    Result<ImportReport> report = import_copy(state, wanted, options, rows_went);
    // A ledger only grows: rows that are others now, or no longer there, need a new one.  So does
    // one that is damaged.
    const bool is_spoilt = !report && is_there && is_for_good(report.error().code());
    if (is_spoilt || rows_went) {
        state.rows = rows_name(number + 1);
        state.rows_before = published_rows;
        report = import_copy(state, wanted, options, rows_went);
    }
    RETURN_IF_ERROR(report);
    os::kill_point(os::KillPoint::kLegacyImported);
    index::BuildOptions build{.clock = options.clock};
    build.progress = [&options](const index::BuildProgress&) {
        return !options.keep_on || options.keep_on();
    };
    RETURN_IF_ERROR(index::build(path_of(state.rows), build));
    os::kill_point(os::KillPoint::kLegacyIndexed);
    note_report(*report, state);
    state.recipe = wanted.recipe;
    return {};
}

Status Cache::remove_what_is_not_of(const CacheState& state, bool keeps_rows) const {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory_));
    for (const os::DirEntry& entry : entries) {
        const bool is_old_copy = entry.name.starts_with(kCopyPrefix) && entry.name != state.copy;
        const bool is_old_ledger = !keeps_rows && rows_number(entry.name) > 0 &&
                                   entry.name != state.rows && entry.name != state.rows_before;
        // Left behind by a process that was killed.
        const bool is_half = entry.name.starts_with(kIncoming) || entry.name == kSpill;
        if (is_old_copy || is_old_ledger || is_half)
            RETURN_IF_ERROR(os::remove_tree(path_of(entry.name)));
    }
    return {};
}

Status Cache::remove() {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(directory_));
    if (!is_there) return {};
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(path_of("lock"), 0));
    return os::remove_tree(directory_);
}

}  // namespace daybook::legacy
