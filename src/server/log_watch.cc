#include "server/log_watch.h"

#include <fmt/format.h>

#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/filesystem.h"

namespace daybook::server {
namespace {

// More than this at once is an import: its last lines may wait for their batch.
constexpr std::uint64_t kTailBytesMax = std::uint64_t{64} << 20;

}  // namespace

std::string watch_problem(const std::string& type, bool network) {
    if (network) return type + " is shared with other machines";
    if (type == "fuse" || type.starts_with("fuse.") || type == "fuseblk") {
        return type + " is served by a process";
    }
    return "";
}

Result<LogWatch> LogWatch::open(const std::string& root, bool poll) {
    LogWatch watch(root);
    ASSIGN_OR_RETURN(const os::FilesystemTraits traits, os::filesystem_traits(root));
    watch.problem_ = poll ? "asked for" : watch_problem(traits.type, traits.network);
    if (watch.problem_.empty()) {
        if (auto opened = os::DirectoryWatch::open()) {
            watch.watch_ = std::move(*opened);
        } else {
            watch.problem_ = opened.error().message();
        }
    }
    // Until events/ is there, the directory above it tells when it comes.
    watch.watch(root);
    ASSIGN_OR_RETURN(const LogNews known, watch.look());
    (void)known;
    return watch;
}

void LogWatch::watch(const std::string& directory) {
    if (!watch_ || watched_.contains(directory)) return;
    const Status added = watch_->add(directory);
    if (added) {
        watched_.insert(directory);
    } else if (added.error().code() != ErrorCode::kNotFound) {
        problem_ = added.error().message();
    }
}

bool LogWatch::registry_changed() {
    const std::string path = ledger::LedgerDir(layout_.root()).schema_registry_path();
    const Result<std::optional<os::FileInfo>> info = os::file_info(path);
    const std::int64_t modified_ns = info && *info ? (*info)->modified_ns : 0;
    const bool changed = modified_ns != registry_modified_ns_;
    registry_modified_ns_ = modified_ns;
    return changed;
}

Status LogWatch::take_size(const log::PartId& id, ByteOffset size, bool archived, LogNews& news) {
    Part& part = parts_[id];
    if (part.size == size) return {};
    news.any = true;
    bytes_ += size.value();
    bytes_ -= part.size.value();
    // Nobody appends to an archive: what has come back there is old.
    if (size > part.size && !archived) appended_bytes_ += size - part.size;
    part.size = size;
    const bool readable = !archived && part.looked <= size && size - part.looked <= kTailBytesMax;
    if (!readable) {
        part.looked = size;
        return {};
    }
    ASSIGN_OR_RETURN(part.looked, read_tail(layout_, id, part.looked, kTailBytesMax, news.tail));
    return {};
}

Status LogWatch::look_at_part(const log::PartId& part, LogNews& news) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info,
                     os::file_info(layout_.part_path(part)));
    if (info) return take_size(part, info->size, false, news);
    // A part leaves events/ when its archive is there.
    ASSIGN_OR_RETURN(const std::optional<log::PartEnds> archived, source_.archives()->ends(part));
    if (archived) return take_size(part, archived->size, true, news);
    const auto known = parts_.find(part);
    if (known == parts_.end()) return {};
    news.any = true;
    bytes_ -= known->second.size.value();
    parts_.erase(known);
    return {};
}

Result<LogNews> LogWatch::take() {
    if (!watch_) return LogNews();
    ASSIGN_OR_RETURN(const os::DirectoryChanges changes, watch_->take());
    for (const std::string& directory : changes.gone) watched_.erase(directory);
    bool look_at_all = changes.overflowed || !changes.gone.empty();
    std::set<log::PartId> touched;
    LogNews news;
    for (const auto& [directory, name] : changes.entries) {
        // The ledger's own directory: all that matters there is that events/ comes or goes.
        if (directory == layout_.root()) look_at_all |= name == "events";
        if (directory == layout_.events_dir()) {
            look_at_all |= log::parse_day_dir(name).has_value();
            news.any |= name == "_schema.json" && registry_changed();
        }
        const auto day = log::parse_day_dir(directory.substr(directory.rfind('/') + 1));
        const auto file = log::parse_day_file(name);
        if (day && file && file->kind == log::DayFile::kPart) {
            touched.insert({*day, file->number});
        }
    }
    for (const log::PartId& part : touched) RETURN_IF_ERROR(look_at_part(part, news));
    if (!look_at_all) return news;
    ASSIGN_OR_RETURN(LogNews all, look());
    news.any |= all.any;
    news.tail.run_ended |= all.tail.run_ended;
    for (std::string& run : all.tail.heartbeats) news.tail.heartbeats.push_back(std::move(run));
    return news;
}

Result<LogNews> LogWatch::look() {
    LogNews news;
    // Watched before they are listed: what comes in between is told, or listed, or both.
    watch(layout_.events_dir());
    if (watch_ && watched_.contains(layout_.events_dir())) {
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(layout_.events_dir()));
        for (const os::DirEntry& entry : entries) {
            if (const auto day = log::parse_day_dir(entry.name)) watch(layout_.day_dir(*day));
        }
    }
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> listed, log::list_parts(source_));
    std::set<log::PartId> there;
    for (const log::PartInfo& part : listed) {
        there.insert(part.id);
        if (!opened_) {
            parts_[part.id] = {.size = part.size, .looked = part.size};
            bytes_ += part.size.value();
            news.any = true;
        } else {
            RETURN_IF_ERROR(take_size(part.id, part.size, part.archived, news));
        }
    }
    for (auto part = parts_.begin(); part != parts_.end();) {
        if (there.contains(part->first)) {
            ++part;
            continue;
        }
        news.any = true;
        bytes_ -= part->second.size.value();
        part = parts_.erase(part);
    }
    news.any |= registry_changed();
    opened_ = true;
    return news;
}

}  // namespace daybook::server
