#include "lifecycle/doctor_look.h"

#include <fcntl.h>

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "archive/check_archives.h"
#include "base/calendar.h"
#include "json/envelope.h"
#include "ledger/manifest.h"
#include "ledger/seal_chain.h"
#include "ledger/sealer.h"
#include "ledger/stray_files.h"
#include "lifecycle/missing_parts.h"
#include "lifecycle/policy.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/trash.h"
#include "log/sharing.h"
#include "os/file.h"
#include "os/free_space.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kTailBytes = std::size_t{64} << 10;
constexpr std::size_t kNewestParts = 4;
constexpr std::size_t kDocumentBytesMax = std::size_t{1} << 20;
constexpr std::size_t kHolderBytesMax = 512;
constexpr int kArchiveDays = 7;
// A collection that comes once a day removes only by its third what its first has moved away, when
// that has lain for two days.
constexpr int kOverdueDays = 3;

// The time of the last whole event in the last bytes of a part; nullopt: there is none.
Result<std::optional<TimestampMs>> last_event(const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), path));
    const std::uint64_t size = info.size.value();
    const std::uint64_t begin = size > kTailBytes ? size - kTailBytes : 0;
    std::string bytes(static_cast<std::size_t>(size - begin), '\0');
    ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), ByteOffset(begin), bytes, path));
    bytes.resize(got);
    json::EnvelopeReader envelopes;
    std::string_view rest(bytes);
    rest = rest.substr(0, rest.rfind('\n') == std::string_view::npos ? 0 : rest.rfind('\n'));
    while (!rest.empty()) {
        const std::size_t newline = rest.rfind('\n');
        const bool is_cut = newline == std::string_view::npos && begin > 0;
        if (is_cut) break;
        const std::string_view line =
            newline == std::string_view::npos ? rest : rest.substr(newline + 1);
        if (const auto event = envelopes.read(line)) return std::optional(event->timestamp);
        rest = newline == std::string_view::npos ? std::string_view() : rest.substr(0, newline);
    }
    return std::optional<TimestampMs>();
}

// Of the parts that were written last.
Result<std::optional<TimestampMs>> newest_event(const log::Layout& layout,
                                                std::vector<log::PartInfo> parts) {
    std::erase_if(parts, [](const log::PartInfo& part) { return part.archived; });
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.modified_ns > b.modified_ns; });
    if (parts.size() > kNewestParts) parts.resize(kNewestParts);
    std::optional<TimestampMs> newest;
    const auto see = [&](TimestampMs time) { newest = std::max(newest.value_or(time), time); };
    for (const log::PartInfo& part : parts) {
        see(TimestampMs(part.modified_ns / 1'000'000));
        const auto time = last_event(layout.part_path(part.id));
        if (!time && time.error().code() == ErrorCode::kNotFound) continue;
        if (!time) return fail(time.error());
        if (*time) see(**time);
    }
    return newest;
}

Status add_seals(const ledger::LedgerDir& dir, const std::vector<log::PartInfo>& parts,
                 TimestampMs now, LogFacts& facts) {
    ASSIGN_OR_RETURN(const log::Sharing sharing, log::sharing_of(dir.layout()));
    const Day today = day_of(now);
    for (const log::PartInfo& part : ledger::parts_to_seal(parts, now, sharing)) {
        // Of yesterday somebody may seal today.
        if (part.id.day.value() + 1 >= today.value()) continue;
        if (facts.late_seals++ == 0) facts.late_day = to_string(part.id.day);
    }
    ASSIGN_OR_RETURN(const ledger::SealFiles seals, ledger::read_seals(dir.layout()));
    for (const ledger::ChainProblem& problem :
         ledger::examine_chain(seals, dir.layout()).problems) {
        if (problem.is_problem()) facts.chain.push_back(problem.detail);
    }
    return {};
}

Result<LogFacts> look_at_log(const ledger::LedgerDir& dir, TimestampMs now) {
    LogFacts facts;
    const log::LogSource source(dir.layout(), archive::readable_parts(dir));
    ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(source));
    const auto missing = missing_parts(dir);
    // A manifest that cannot be read has its own row.
    const bool is_named = !missing && (missing.error().code() == ErrorCode::kCorrupt ||
                                       missing.error().code() == ErrorCode::kUnsupported);
    if (!missing && !is_named) return fail(missing.error());
    if (missing && !missing->empty()) facts.missing = to_text(*missing);
    ASSIGN_OR_RETURN(facts.newest, newest_event(dir.layout(), parts));
    facts.parts = parts.size();
    std::set<Day> waiting;
    for (const log::PartInfo& part : parts) {
        facts.bytes += part.size.value();
        const bool is_old = part.id.day.value() + kArchiveDays < day_of(now).value();
        if (!part.sealed || part.archived || !is_old) continue;
        waiting.insert(part.id.day);
        facts.archive_bytes += part.size.value();
    }
    facts.archive_days = waiting.size();
    std::erase_if(parts, [](const log::PartInfo& part) { return part.archived; });
    RETURN_IF_ERROR(add_seals(dir, parts, now, facts));
    ASSIGN_OR_RETURN(const auto strays, ledger::find_stray_files(dir, now));
    for (const ledger::StrayFile& stray : strays) {
        facts.strays.push_back(stray.path.substr(dir.root().size() + 1));
    }
    return facts;
}

Result<DiskFacts> look_at_room(const ledger::LedgerDir& dir, TimestampMs now) {
    ASSIGN_OR_RETURN(DiskLook look, look_at_disk(dir));
    ASSIGN_OR_RETURN(const std::uint64_t free, os::free_bytes(dir.root()));
    DiskFacts facts{.usage = look.usage};
    facts.forecast = forecast({.days = std::move(look.days),
                               .log_bytes = facts.usage.parts + facts.usage.archives,
                               .index_bytes = facts.usage.index,
                               .free_bytes = free,
                               .today = day_of(now)});
    ASSIGN_OR_RETURN(facts.has_reserve, os::exists(dir.layout().reserve_path()));
    const auto policy = ledger::manifest_value(dir, "retention");
    facts.has_policy = policy && *policy && **policy != "null" && **policy != "{}";
    const Result<RetentionPolicy> parsed = read_retention(dir);
    if (!parsed) facts.policy_problem = parsed.error().message();
    return facts;
}

// An object that lies in a file; null: it is not there, or is none.
Result<nlohmann::json> read_object(const std::string& path) {
    const Result<std::string> text = os::read_file(path, kDocumentBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return nlohmann::json();
    if (!text) return fail(text.error());
    nlohmann::json document = nlohmann::json::parse(*text, nullptr, false);
    return document.is_object() ? document : nlohmann::json();
}

std::optional<TimestampMs> time_of(const nlohmann::json& document, const char* key) {
    const auto found = document.find(key);
    if (found == document.end() || !found->is_string()) return std::nullopt;
    return parse_iso8601(found->get<std::string>());
}

Result<TrashFacts> look_at_trash(const ledger::LedgerDir& dir, TimestampMs now) {
    TrashFacts facts;
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.trash_dir()));
    if (!there) return facts;
    ASSIGN_OR_RETURN(const auto entries, os::list_dir(dir.trash_dir()));
    for (const os::DirEntry& entry : entries) {
        if (!entry.is_directory || entry.is_link) continue;
        ++facts.entries;
        ASSIGN_OR_RETURN(const nlohmann::json document,
                         read_object(os::join_path(dir.trash_dir(), entry.name + "/entry.json")));
        const auto at = document.is_null() ? std::nullopt : time_of(document, "at");
        if (at && now.value() - at->value() > kOverdueDays * kDayMs) ++facts.overdue;
        if (at && came_by_clock_ahead(*at, now)) ++facts.ahead;
    }
    return facts;
}

Result<std::optional<BackupFacts>> look_at_backup(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const nlohmann::json document, read_object(dir.root() + "/backup.json"));
    if (document.is_null()) return std::optional<BackupFacts>();
    const auto at = time_of(document, "at");
    const auto destination = document.find("destination");
    if (!at || destination == document.end() || !destination->is_string()) {
        return std::optional<BackupFacts>();
    }
    const auto losses = document.find("losses");
    const auto unread = document.find("unread");
    const auto count = [&](const auto& found) {
        const bool is_count = found != document.end() && found->is_number_unsigned();
        return is_count ? found->template get<std::uint64_t>() : 0;
    };
    return std::optional(BackupFacts{.destination = destination->get<std::string>(),
                                     .at = *at,
                                     .losses = count(losses),
                                     .unread = count(unread)});
}

Result<LegacyFacts> look_at_legacy(const ledger::LedgerDir& dir) {
    LegacyFacts facts;
    ASSIGN_OR_RETURN(const auto text, ledger::manifest_value(dir, "legacy"));
    if (!text) return facts;
    const nlohmann::json sources = nlohmann::json::parse(*text, nullptr, false);
    if (!sources.is_array()) return facts;
    for (const nlohmann::json& source : sources) {
        if (!source.is_object() || !source.contains("path") || !source["path"].is_string())
            continue;
        ++facts.sources;
        const std::string path = source["path"].get<std::string>();
        ASSIGN_OR_RETURN(const bool there, os::exists(path));
        if (!there) facts.missing.push_back(path);
    }
    return facts;
}

// Who holds the lock; empty: nobody, or it cannot be told.
std::string holder_of(const std::string& path) {
    const auto fd = os::open_fd(path, O_RDWR);
    if (!fd || !os::is_locked(fd->get(), path).value_or(false)) return {};
    std::string text(kHolderBytesMax, '\0');
    text.resize(os::read_at(fd->get(), ByteOffset(0), text, path).value_or(0));
    while (text.ends_with('\n')) text.pop_back();
    return text.empty() ? "another process" : text;
}

std::vector<std::string> held_locks(const ledger::LedgerDir& dir) {
    std::vector<std::string> held;
    for (const std::string& path :
         {dir.lock_path(), dir.daemon_lock_path(), dir.lifecycle_lock_path(),
          dir.legacy_lock_path(), dir.layout().seal_lock_path(),
          dir.index_dir() + "/writer.lock"}) {
        const std::string holder = holder_of(path);
        if (holder.empty()) continue;
        held.push_back(fmt::format("{}: {}", path.substr(dir.root().size() + 1), holder));
    }
    return held;
}

Result<bool> is_half_retained(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.retention_journal_path()));
    return there && holder_of(dir.lifecycle_lock_path()).empty();
}

std::string retention_problem(const ledger::LedgerDir& dir) {
    const auto journal = read_journal(dir);
    return !journal && journal.error().code() == ErrorCode::kCorrupt ? journal.error().message()
                                                                     : std::string();
}

}  // namespace

DoctorFacts look_at_ledger(const ledger::LedgerDir& dir, const Clock& clock) {
    const TimestampMs now = clock.now();
    return DoctorFacts{.now = now,
                       .filesystem = os::filesystem_traits(dir.root()),
                       .disk = look_at_room(dir, now),
                       .log = look_at_log(dir, now),
                       .archives = archive::archive_troubles(dir),
                       .index = look_at_index(dir, clock),
                       .trash = look_at_trash(dir, now),
                       .legacy = look_at_legacy(dir),
                       .backup = look_at_backup(dir),
                       .half_retained = is_half_retained(dir),
                       .retention_problem = retention_problem(dir),
                       .locks = held_locks(dir)};
}

}  // namespace daybook::lifecycle
