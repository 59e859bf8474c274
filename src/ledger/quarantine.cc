#include "ledger/quarantine.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/version.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

// The same place may be damaged again, in another way, by a disk that goes on failing.
constexpr int kCopiesMax = 100;
// A note lists the records of a file: about 150 bytes each.
constexpr std::size_t kNoteBytesMax = std::size_t{256} << 20;

using Note = nlohmann::ordered_json;

Note note_of(const RepairStep& step, TimestampMs now) {
    Note note;
    if (step.action == RepairAction::kMove) note["file"] = step.file;
    if (step.part) {
        note["part"] = log::to_string(*step.part);
        note["offset"] = step.offset.value();
        note["bytes"] = step.bytes;
        note["lines"] = step.lines;
        note["reason"] = step.reason;
        note["sha256"] = step.sha256;
        note["records"] = Note::array();
        for (const BuriedRecord& record : step.records) {
            Note entry;
            entry["event_id"] = record.event_id;
            entry["event_type"] = record.event_type;
            entry["seq"] = record.seq.value();
            entry["offset"] = record.offset.value();
            note["records"].push_back(std::move(entry));
        }
    } else {
        note["file"] = step.file;
        note["reason"] = step.detail;
    }
    note["at"] = to_iso8601(now);
    note["version"] = std::string(version());
    return note;
}

Status write_note(const std::string& path, const RepairStep& step, TimestampMs now) {
    // A name, an id or a path may hold bytes that are no UTF-8: they are replaced.
    const std::string text =
        note_of(step, now).dump(2, ' ', false, Note::error_handler_t::replace) + "\n";
    return os::write_file_atomic(path + ".json", text);
}

Result<std::string> read_bytes(const LedgerDir& dir, const RepairStep& step) {
    const std::string path = dir.layout().part_path(*step.part);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    std::string bytes(step.bytes, '\0');
    ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), step.offset, bytes, path));
    if (got != bytes.size() || sha256_hex(bytes) != step.sha256) {
        return fail(ErrorCode::kCorrupt,
                    "copy {} bytes from {} at offset {}: they are not what they were a moment ago; "
                    "run it again, and look at the disk",
                    step.bytes, path, step.offset.value());
    }
    return bytes;
}

}  // namespace

Result<std::string> quarantine_bytes(const LedgerDir& dir, const RepairStep& step,
                                     TimestampMs now) {
    DAYBOOK_CHECK(step.part.has_value());
    ASSIGN_OR_RETURN(const std::string bytes, read_bytes(dir, step));
    RETURN_IF_ERROR(os::make_dirs(dir.quarantine_dir()));
    const std::string torn = dir.layout().torn_path(*step.part, step.offset);
    const std::string stem = torn.substr(torn.rfind('/') + 1);  // The same name as in torn/.
    for (int copy = 1; copy <= kCopiesMax; ++copy) {
        const std::string name =
            copy == 1 ? stem : fmt::format("{}.{}.bytes", stem.substr(0, stem.rfind('.')), copy);
        const std::string path = os::join_path(dir.quarantine_dir(), name);
        const Result<std::string> there = os::read_file(path, bytes.size());
        const bool is_free = !there && there.error().code() == ErrorCode::kNotFound;
        if (!is_free && !(there && *there == bytes)) continue;
        // The note after the bytes: what has a note is whole.
        if (is_free) RETURN_IF_ERROR(os::write_file_atomic(path, bytes));
        ASSIGN_OR_RETURN(const bool has_note, os::exists(path + ".json"));
        if (!has_note) RETURN_IF_ERROR(write_note(path, step, now));
        return "quarantine/" + name;
    }
    return fail(ErrorCode::kLimit,
                "copy {} bytes from {} at offset {}: {} other copies of that place are in {}; move "
                "them elsewhere",
                step.bytes, step.file, step.offset.value(), kCopiesMax, dir.quarantine_dir());
}

std::optional<log::PartId> quarantined_temporary(std::string_view file_name) {
    constexpr std::size_t kDayChars = sizeof("2026-01-23") - 1;
    const std::optional<Day> day = parse_day(file_name.substr(0, kDayChars));
    const std::size_t mark = file_name.rfind('.');
    if (!day || mark == std::string_view::npos || mark <= kDayChars) return std::nullopt;
    const auto number =
        log::parse_foreign_temporary(file_name.substr(kDayChars + 1, mark - kDayChars - 1));
    if (!number) return std::nullopt;
    return log::PartId{.day = *day, .number = *number};
}

std::optional<std::uint64_t> quarantined_bytes(const std::string& path) {
    const Result<std::string> text = os::read_file(path + ".json", kNoteBytesMax);
    if (!text) return std::nullopt;
    const Note note = Note::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (!note.is_object()) return std::nullopt;
    const auto bytes = note.find("bytes");
    if (bytes == note.end() || !bytes->is_number_unsigned()) return std::nullopt;
    return bytes->get<std::uint64_t>();
}

Result<std::string> quarantine_file(const LedgerDir& dir, const RepairStep& step, TimestampMs now) {
    RETURN_IF_ERROR(os::make_dirs(dir.quarantine_dir()));
    std::string name = step.file.substr(step.file.rfind('/') + 1);
    // Of a file that lay beside a part the name alone does not tell the day.
    if (step.part) name = to_string(step.part->day) + "." + name;
    std::int64_t mark = now.value();
    std::string target;
    bool taken = true;
    while (taken) {
        target = fmt::format("{}.{}", name, mark++);
        ASSIGN_OR_RETURN(taken, os::exists(os::join_path(dir.quarantine_dir(), target)));
    }
    const std::string path = os::join_path(dir.quarantine_dir(), target);
    RETURN_IF_ERROR(write_note(path, step, now));
    const Status moved = os::rename(step.file, path);
    if (!moved) {
        RETURN_IF_ERROR(os::remove_file(path + ".json"));
        if (moved.error().code() == ErrorCode::kNotFound) return std::string();
        return fail(moved.error());
    }
    RETURN_IF_ERROR(os::sync_dir(dir.quarantine_dir()));
    RETURN_IF_ERROR(os::sync_dir(os::parent_path(step.file)));
    return "quarantine/" + target;
}

}  // namespace daybook::ledger
