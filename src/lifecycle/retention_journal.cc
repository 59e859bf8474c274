#include "lifecycle/retention_journal.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "lifecycle/json_entry.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

using Object = JsonEntry::Object;

constexpr std::int64_t kFormat = 1;
// A million runs have room in it.
constexpr std::size_t kJournalBytesMax = std::size_t{512} << 20;

std::string encode(const RetentionJournal& journal) {
    Object document;
    document["format"] = kFormat;
    document["at_ms"] = journal.at.value();
    document["reason"] = journal.reason;
    document["author"] = journal.author;
    document["summaries"] = to_string(journal.summaries);
    document["runs"] = journal.runs;
    Object days = Object::array();
    for (const JournalDay& day : journal.days) {
        Object& entry =
            days.emplace_back(Object{{"day", to_string(day.day)}, {"event_ids", day.event_ids}});
        if (!day.former_ids.empty()) entry["former_ids"] = day.former_ids;
    }
    document["days"] = std::move(days);
    Object all_days = Object::array();
    for (const Day day : journal.days_of_runs) all_days.push_back(to_string(day));
    document["days_of_runs"] = std::move(all_days);
    // What a person has typed may be no UTF-8.
    return document.dump(1, ' ', false, Object::error_handler_t::replace) + "\n";
}

Result<std::vector<Day>> parse_days(const std::vector<std::string>& texts, const JsonEntry& entry,
                                    std::string_view key) {
    std::vector<Day> days;
    for (const std::string& text : texts) {
        const auto day = parse_day(text);
        if (!day) return entry.refuse(key, text, "a day, such as 2026-01-23");
        days.push_back(*day);
    }
    return days;
}

Result<std::vector<JournalDay>> parse_cut_days(const JsonEntry& entry, const std::string& path) {
    const Object* const list = entry.find("days");
    if (list == nullptr || !list->is_array()) {
        return entry.refuse("days", list == nullptr ? "nothing" : list->dump(), "a list");
    }
    std::vector<JournalDay> days;
    for (const Object& item : *list) {
        if (!item.is_object()) return entry.refuse("days", item.dump(), "a list of objects");
        const JsonEntry day_entry(item, path, fmt::format("`days`, entry {}", days.size() + 1));
        ASSIGN_OR_RETURN(const auto text, day_entry.text("day", "a day"));
        const auto day = parse_day(text.value_or(""));
        if (!day) return day_entry.refuse("day", text.value_or("nothing"), "a day");
        ASSIGN_OR_RETURN(auto ids, day_entry.texts("event_ids", "a list of event ids"));
        if (ids.empty()) return day_entry.refuse("event_ids", "none", "a list of event ids");
        ASSIGN_OR_RETURN(auto former, day_entry.texts("former_ids", "a list of event ids"));
        days.push_back({*day, std::move(ids), std::move(former)});
    }
    return days;
}

Result<RetentionJournal> decode(const std::string& text, const std::string& path) {
    const auto document = Object::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) {
        return fail(ErrorCode::kCorrupt, "read {}: found {}, expected a JSON object", path,
                    printable(text));
    }
    const JsonEntry entry(document, path, "journal");
    ASSIGN_OR_RETURN(const auto format, entry.count("format", UINT64_MAX));
    if (!format) return entry.refuse("format", "nothing", "a number");
    if (*format != kFormat) {
        return fail(ErrorCode::kUnsupported,
                    "read {}: its format is {}, this version reads {}; use a newer version", path,
                    *format, kFormat);
    }
    RetentionJournal journal;
    const Object* const at = entry.find("at_ms");
    if (at == nullptr || !at->is_number_integer()) {
        return entry.refuse("at_ms", at == nullptr ? "nothing" : at->dump(), "a whole number");
    }
    journal.at = TimestampMs(at->get<std::int64_t>());
    ASSIGN_OR_RETURN(auto reason, entry.text("reason", "a text"));
    journal.reason = std::move(reason).value_or("");
    ASSIGN_OR_RETURN(auto author, entry.text("author", "a text"));
    journal.author = std::move(author).value_or("");
    ASSIGN_OR_RETURN(const auto summaries, entry.text("summaries", "\"keep\" or \"drop\""));
    if (summaries != "keep" && summaries != "drop") {
        return entry.refuse("summaries", summaries.value_or("nothing"), "\"keep\" or \"drop\"");
    }
    journal.summaries = *summaries == "keep" ? Summaries::kKeep : Summaries::kDrop;
    ASSIGN_OR_RETURN(journal.runs, entry.texts("runs", "a list of run ids"));
    if (journal.runs.empty()) return entry.refuse("runs", "none", "a list of run ids");
    std::sort(journal.runs.begin(), journal.runs.end());
    ASSIGN_OR_RETURN(journal.days, parse_cut_days(entry, path));
    ASSIGN_OR_RETURN(const auto all_days, entry.texts("days_of_runs", "a list of days"));
    ASSIGN_OR_RETURN(journal.days_of_runs, parse_days(all_days, entry, "days_of_runs"));
    return journal;
}

}  // namespace

Result<std::optional<RetentionJournal>> read_journal(const ledger::LedgerDir& dir) {
    const std::string path = dir.retention_journal_path();
    const auto text = os::read_file(path, kJournalBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return std::nullopt;
    if (!text) return fail(text.error());
    Result<RetentionJournal> journal = decode(*text, path);
    if (journal) return std::move(*journal);
    if (journal.error().code() != ErrorCode::kCorrupt) return fail(journal.error());
    // Each day is whole without it, before its manifest is replaced and behind that.
    return fail(ErrorCode::kCorrupt,
                "{}; move it out of archive/: what was still to go stays, nothing else is lost, "
                "and the next 'daybook retain --apply' decides anew",
                journal.error().message());
}

Status write_journal(const ledger::LedgerDir& dir, const RetentionJournal& journal) {
    return os::write_file_atomic(dir.retention_journal_path(), encode(journal));
}

Status remove_journal(const ledger::LedgerDir& dir) {
    RETURN_IF_ERROR(os::remove_file(dir.retention_journal_path()));
    return os::sync_dir(dir.archive_dir());
}

}  // namespace daybook::lifecycle
