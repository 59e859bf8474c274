#include "archive/archive_reader.h"

#include <algorithm>
#include <utility>

#include "archive/manifest_file.h"
#include "os/process.h"

namespace daybook::archive {
namespace {

// At one part: a part has seven row groups.
constexpr unsigned kThreadsMax = 4;

bool is_same(const os::FileInfo& a, const os::FileInfo& b) {
    return a.identity == b.identity && a.size == b.size && a.modified_ns == b.modified_ns &&
           a.changed_ns == b.changed_ns;
}

}  // namespace

Result<std::shared_ptr<const ArchiveReader::DayState>> ArchiveReader::look(Day day) const {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> file,
                     os::file_info(layout_.manifest_path(day)));
    if (!file) return nullptr;
    {
        const std::lock_guard lock(mutex_);
        const auto known = days_.find(day);
        if (known != days_.end() && is_same(known->second->file, *file)) return known->second;
    }
    // One that is replaced after the look above is noticed by the next one.
    ASSIGN_OR_RETURN(std::optional<Manifest> manifest, read_manifest(layout_, day));
    if (!manifest) return nullptr;
    auto state = std::make_shared<DayState>();
    state->file = *file;
    for (const ArchivedPart& part : manifest->parts) {
        // A part that is sealed is not marked any more: this is asked once.
        ASSIGN_OR_RETURN(const bool bad, os::exists(log_.bad_path(part.part)));
        state->parts.push_back({.id = part.part,
                                .size = ByteOffset(part.readable_bytes()),
                                .modified_ns = file->modified_ns,
                                .sealed = true,
                                .bad = bad,
                                .archived = true,
                                .rewrites = part.rewrites});
    }
    state->manifest = std::make_shared<const Manifest>(std::move(*manifest));
    const std::lock_guard lock(mutex_);
    days_[day] = state;
    return state;
}

Result<std::shared_ptr<const ArchiveReader::DayState>> ArchiveReader::look_or_skip(Day day) const {
    Result<std::shared_ptr<const DayState>> looked = look(day);
    if (!looked && damaged_ == Damaged::kSkip) return nullptr;
    return looked;
}

Result<std::vector<log::PartInfo>> ArchiveReader::list() const {
    std::vector<log::PartInfo> parts;
    ASSIGN_OR_RETURN(const std::vector<Day> days, list_days(layout_));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const std::shared_ptr<const DayState> state, look_or_skip(day));
        if (state == nullptr) continue;
        parts.insert(parts.end(), state->parts.begin(), state->parts.end());
    }
    return parts;
}

Result<std::shared_ptr<const Manifest>> ArchiveReader::manifest(Day day) const {
    ASSIGN_OR_RETURN(const std::shared_ptr<const DayState> state, look(day));
    return state == nullptr ? nullptr : state->manifest;
}

Result<log::OpenPart> ArchiveReader::open(const log::PartId& part) const {
    std::shared_ptr<const Manifest> before;
    while (true) {
        ASSIGN_OR_RETURN(const std::shared_ptr<const Manifest> manifest, this->manifest(part.day));
        const ArchivedPart* const found = manifest == nullptr ? nullptr : manifest->find_part(part);
        if (found == nullptr) {
            return fail(ErrorCode::kNotFound, "open {}: neither {} nor an archive has it",
                        to_string(part), log_.part_path(part));
        }
        Result<log::OpenPart> opened = inflate(*manifest, *found);
        if (opened) return opened;
        // Retention may have replaced the file after its manifest was read: then there is another
        // manifest.
        const bool may_be_replaced = opened.error().code() == ErrorCode::kNotFound ||
                                     opened.error().code() == ErrorCode::kCorrupt;
        if (!may_be_replaced) return opened;
        ASSIGN_OR_RETURN(const std::shared_ptr<const Manifest> after, this->manifest(part.day));
        if (after != manifest) continue;
        if (opened.error().code() == ErrorCode::kCorrupt) {
            return fail(ErrorCode::kCorrupt,
                        "{}; put the file back from a backup: 'daybook doctor' says what else is "
                        "damaged",
                        opened.error().message());
        }
        // Not kNotFound, which readers take for a part that has gone meanwhile.
        return fail(ErrorCode::kCorrupt,
                    "open {}: {} names a file that is not there: {}; put it back from a backup",
                    to_string(part), layout_.manifest_path(part.day), opened.error().message());
    }
}

Result<log::OpenPart> ArchiveReader::inflate(const Manifest& manifest,
                                             const ArchivedPart& part) const {
    log::OpenPart opened{.fd = {},
                         .path = part.file.empty() ? layout_.manifest_path(manifest.day)
                                                   : layout_.file_path(manifest.day, part.file),
                         .archived = true,
                         .removed = removed_lines(part)};
    ASSIGN_OR_RETURN(opened.fd, os::anonymous_file(to_string(part.part)));
    if (part.readable_bytes() == 0) return opened;
    ASSIGN_OR_RETURN(const Inflater* const inflater, this->inflater());
    const unsigned threads = std::min(os::processor_count(), kThreadsMax);
    RETURN_IF_ERROR(inflater->inflate_quickly(
        opened.path, part, threads, [&](ByteOffset offset, std::string_view bytes) {
            return os::write_anonymous(opened.fd.get(), offset, bytes);
        }));
    return opened;
}

Result<const Inflater*> ArchiveReader::inflater() const {
    const std::lock_guard lock(mutex_);
    if (!inflater_) {
        ASSIGN_OR_RETURN(inflater_, Inflater::open());
    }
    return &*inflater_;
}

Result<std::optional<log::PartEnds>> ArchiveReader::ends(const log::PartId& part) const {
    ASSIGN_OR_RETURN(const std::shared_ptr<const DayState> state, look_or_skip(part.day));
    const ArchivedPart* const found = state == nullptr ? nullptr : state->manifest->find_part(part);
    if (found == nullptr) return std::nullopt;
    return log::PartEnds{.size = ByteOffset(found->readable_bytes()),
                         .first = found->first_line.value_or(log::LineMark()),
                         .last = found->last_line.value_or(log::LineMark())};
}

}  // namespace daybook::archive
