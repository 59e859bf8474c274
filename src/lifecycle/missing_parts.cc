#include "lifecycle/missing_parts.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "os/file.h"

namespace daybook::lifecycle {

namespace {

// By the names of their seals.
Status add_sealed_parts(const log::Layout& layout, Day day, std::vector<log::PartId>& parts) {
    const auto entries = os::list_dir(layout.day_dir(day));
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};  // it has gone
    if (!entries) return fail(entries.error());
    for (const os::DirEntry& entry : *entries) {
        const auto name = log::parse_day_file(entry.name);
        if (!name || name->kind != log::DayFile::kSeal) continue;
        parts.push_back({.day = day, .number = name->number});
    }
    return {};
}

Result<std::vector<log::PartId>> sealed_parts(const log::Layout& layout) {
    std::vector<log::PartId> parts;
    ASSIGN_OR_RETURN(const bool there, os::exists(layout.events_dir()));
    if (!there) return parts;
    ASSIGN_OR_RETURN(const auto entries, os::list_dir(layout.events_dir()));
    for (const os::DirEntry& entry : entries) {
        const auto day = log::parse_day_dir(entry.name);
        if (day && entry.is_directory) RETURN_IF_ERROR(add_sealed_parts(layout, *day, parts));
    }
    return parts;
}

}  // namespace

Result<std::vector<log::PartId>> missing_parts(const ledger::LedgerDir& dir) {
    return missing_parts(archive::log_source(dir));
}

Result<std::vector<log::PartId>> missing_parts(const log::LogSource& source) {
    // Before the parts: those that have a seal by now are looked for.
    ASSIGN_OR_RETURN(std::vector<log::PartId> missing, sealed_parts(source.layout()));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    std::set<log::PartId> there;
    for (const log::PartInfo& part : parts) there.insert(part.id);
    std::erase_if(missing, [&](const log::PartId& part) { return there.contains(part); });
    std::sort(missing.begin(), missing.end());
    return missing;
}

Status check_all_parts(const ledger::LedgerDir& dir, std::string_view attempt) {
    ASSIGN_OR_RETURN(const std::vector<log::PartId> missing, missing_parts(dir));
    if (missing.empty()) return {};
    return fail(ErrorCode::kIo,
                "{}: {}: nothing was changed, since what is missing may name what would go; is all "
                "of {} mounted and copied? 'daybook verify' says all that is missing",
                attempt, to_text(missing), dir.root());
}

std::string to_text(const std::vector<log::PartId>& missing) {
    const std::string first = log::to_string(missing.front());
    if (missing.size() == 1) return first + " was sealed and is not there";
    return fmt::format("{} and {} more part{} were sealed and are not there", first,
                       missing.size() - 1, missing.size() == 2 ? "" : "s");
}

}  // namespace daybook::lifecycle
