#include "ledger/stray_files.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "os/file.h"
#include "os/process.h"

namespace daybook::ledger {
namespace {

// Writing a temporary file and renaming it takes milliseconds; a sync of a busy disk, seconds.
constexpr std::int64_t kFreshMs = 60'000;
constexpr std::int64_t kOldMs = 3'600'000;

class Search {
public:
    Search(const LedgerDir& dir, TimestampMs now) : dir_(dir), now_(now) {}

    Result<std::vector<StrayFile>> run() {
        const log::Layout& layout = dir_.layout();
        RETURN_IF_ERROR(look_in(dir_.root(), [](auto name) { return name == "ledger.json"; }));
        RETURN_IF_ERROR(look_in(layout.events_dir(), [](auto name) {
            return name == "_schema.json" || name == "_head.json";
        }));
        RETURN_IF_ERROR(look_in(layout.torn_dir(),
                                [](auto name) { return log::parse_torn_file(name).has_value(); }));
        RETURN_IF_ERROR(look_in(dir_.quarantine_dir(), [](auto) { return true; }));
        RETURN_IF_ERROR(look_in(dir_.code_dir(),
                                [](std::string_view name) { return name.ends_with(".diff"); }));
        ASSIGN_OR_RETURN(const auto days, list(layout.events_dir()));
        for (const os::DirEntry& entry : days) {
            const std::optional<Day> day = log::parse_day_dir(entry.name);
            if (!day || !entry.is_directory) {
                note_beside_days(entry);
                continue;
            }
            RETURN_IF_ERROR(look_in(layout.day_dir(*day), is_day_file));
            RETURN_IF_ERROR(look_beside_parts(layout.day_dir(*day)));
        }
        const std::string journal = dir_.index_dir() + "/runs.duckdb.wal";
        ASSIGN_OR_RETURN(const bool has_journal, os::exists(journal));
        if (has_journal) {
            found_.push_back({journal, StrayKind::kJournal,
                              "somebody wrote to the snapshot; DuckDB would replay this into it"});
        }
        std::sort(found_.begin(), found_.end(),
                  [](const StrayFile& a, const StrayFile& b) { return a.path < b.path; });
        return std::move(found_);
    }

private:
    static Result<std::vector<os::DirEntry>> list(const std::string& directory) {
        Result<std::vector<os::DirEntry>> entries = os::list_dir(directory);
        if (!entries && entries.error().code() == ErrorCode::kNotFound) {
            return std::vector<os::DirEntry>();
        }
        return entries;
    }

    static bool is_day_file(std::string_view name) { return log::parse_day_file(name).has_value(); }

    // Temporary files on their way to a name that `is_ours` knows.
    Status look_in(const std::string& directory, bool (*is_ours)(std::string_view)) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, list(directory));
        for (const os::DirEntry& entry : entries) {
            const TemporaryName name = parse_temporary(entry.name);
            if (name.pid == 0 || entry.is_directory || !is_ours(name.final_name)) continue;
            RETURN_IF_ERROR(judge_temporary(os::join_path(directory, entry.name), name.pid));
        }
        return {};
    }

    // The log's own files there begin with '_'.
    void note_beside_days(const os::DirEntry& entry) {
        if (entry.name.starts_with('_') || parse_temporary(entry.name).pid != 0) return;
        found_.push_back({os::join_path(dir_.layout().events_dir(), entry.name),
                          StrayKind::kUnknown,
                          "not the directory of a day, day=YYYY-MM-DD: nobody reads it as part of "
                          "the log"});
    }

    Status look_beside_parts(const std::string& directory) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, list(directory));
        for (const os::DirEntry& entry : entries) {
            if (is_day_file(entry.name) || is_day_file(parse_temporary(entry.name).final_name) ||
                log::parse_foreign_temporary(entry.name)) {
                continue;  // The last ones are looked into: ledger/repair_look.h.
            }
            found_.push_back({os::join_path(directory, entry.name), StrayKind::kUnknown,
                              "no file of Daybook's: nobody reads it as part of the log"});
        }
        return {};
    }

    Status judge_temporary(const std::string& path, std::int64_t pid) {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
        if (!info) return {};  // It has just been renamed.
        const TemporaryFacts facts{.process_is_there = os::process_exists(pid),
                                   .age_ms = now_.value() - info->modified_ns / 1'000'000};
        if (!is_stray(facts)) return {};
        found_.push_back(
            {path, StrayKind::kTemporary,
             fmt::format("a temporary file, never renamed: {}",
                         facts.process_is_there ? std::string("it is over an hour old")
                                                : fmt::format("process {} has ended", pid))});
        return {};
    }

    const LedgerDir& dir_;
    TimestampMs now_;
    std::vector<StrayFile> found_;
};

}  // namespace

bool is_stray(const TemporaryFacts& facts) {
    return facts.age_ms >= (facts.process_is_there ? kOldMs : kFreshMs);
}

TemporaryName parse_temporary(std::string_view file_name) {
    constexpr std::string_view kMark = ".tmp-";
    const std::size_t mark = file_name.rfind(kMark);
    if (mark == std::string_view::npos) return {};
    const std::string_view digits = file_name.substr(mark + kMark.size());
    std::int64_t pid = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    if (!whole || pid <= 0) return {};
    return {.final_name = file_name.substr(0, mark), .pid = pid};
}

Result<std::vector<StrayFile>> find_stray_files(const LedgerDir& dir, TimestampMs now) {
    return Search(dir, now).run();
}

}  // namespace daybook::ledger
