#include "lifecycle/backup_list.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "json/nonfinite.h"
#include "json/reader.h"
#include "json/rules.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

// Some hundred bytes a file.
constexpr std::size_t kBytesMax = std::size_t{1} << 30;
constexpr std::int64_t kModeMax = 07777;

bool read_text(json::Reader& reader, std::string& out) {
    std::string_view text;
    if (!reader.string(&text)) return false;
    out = text;
    return true;
}

bool read_number(json::Reader& reader, std::int64_t most, std::int64_t& out) {
    if (!reader.integer(&out)) return false;
    if (out >= 0 && out <= most) return true;
    reader.refuse(fmt::to_string(out), fmt::format("an integer from 0 to {}", most));
    return false;
}

// Whether a path stays within the directory that it is relative to.
bool stays_within(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        if (name.empty() || name == "." || name == "..") return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

// The directory of a ledger that a file lies in and that is no part of a backup; "" if it is.  An
// index of unknown origin would answer in the place of the log.
std::string_view directory_left_out(std::string_view path) {
    const std::string_view top = path.substr(0, path.find('/'));
    return top == "index" || top == "trash" || top == "_imports" ? top : std::string_view();
}

bool read_file(json::Reader& reader, BackupFile& file) {
    if (!reader.enter_object()) return false;
    std::string_view name;
    while (reader.next_field(&name)) {
        std::int64_t number = 0;
        if (name == "path") {
            if (!read_text(reader, file.path)) break;
            if (!stays_within(file.path)) {
                reader.refuse(printable(file.path, 200), "a place below a ledger");
            }
        } else if (name == "sha256") {
            if (!read_text(reader, file.sha256)) break;
            const auto expected = json::expected_format(json::Format::kSha256, file.sha256);
            if (!expected.empty()) reader.refuse(printable(file.sha256), expected);
        } else if (name == "bytes") {
            if (read_number(reader, INT64_MAX, number)) {
                file.bytes = static_cast<std::uint64_t>(number);
            }
        } else if (name == "mode") {
            if (read_number(reader, kModeMax, number)) {
                file.mode = static_cast<std::uint32_t>(number) & kBackupModeBits;
            }
        } else if (name == "modified_ns") {
            reader.integer(&file.modified_ns);
        } else {
            reader.skip();
        }
    }
    if (!reader.failed() && (file.path.empty() || file.sha256.empty())) {
        reader.refuse_because("expected `path`, `bytes` and `sha256`");
    }
    return !reader.failed();
}

bool read_files(json::Reader& reader, std::vector<BackupFile>& files) {
    if (!reader.enter_array()) return false;
    while (reader.next_item()) {
        if (!read_file(reader, files.emplace_back())) return false;
    }
    return !reader.failed();
}

}  // namespace

std::uint64_t BackupList::bytes() const {
    std::uint64_t sum = 0;
    for (const BackupFile& file : files) sum += file.bytes;
    return sum;
}

std::string encode_backup_list(const BackupList& list) {
    std::string out = fmt::format("{{\"format\":{},\"ledger_id\":", kBackupFormat);
    json::append_string(list.ledger_id, out);
    out += ",\"at\":";
    json::append_string(list.at, out);
    out += ",\"files\":[";
    for (const BackupFile& file : list.files) {
        if (out.back() != '[') out += ',';
        out += "\n{\"path\":";
        json::append_string(file.path, out);
        out += fmt::format(R"(,"bytes":{},"sha256":"{}","mode":{},"modified_ns":{}}})", file.bytes,
                           file.sha256, file.mode, file.modified_ns);
    }
    return out + "]}\n";
}

Result<BackupList> decode_backup_list(std::string_view text, const std::string& path) {
    json::Reader reader(text, path);
    BackupList list;
    std::int64_t format = -1;
    bool has_files = false;
    std::string_view name;
    if (reader.enter_object()) {
        while (reader.next_field(&name)) {
            if (name == "format") {
                reader.integer(&format);
            } else if (name == "ledger_id") {
                read_text(reader, list.ledger_id);
            } else if (name == "at") {
                read_text(reader, list.at);
            } else if (name == "files") {
                has_files = read_files(reader, list.files);
            } else {
                reader.skip();
            }
        }
    }
    if (format > kBackupFormat) {
        return fail(ErrorCode::kUnsupported,
                    "read {}: found format {}, this version knows {}; nothing was changed: use a "
                    "newer version",
                    path, format, kBackupFormat);
    }
    if (!reader.finish()) return fail(ErrorCode::kCorrupt, "{}", reader.error().message());
    if (format != kBackupFormat || !has_files || list.ledger_id.empty()) {
        return fail(ErrorCode::kCorrupt, "read {}: it is no list of a backup", path);
    }
    std::set<std::string_view> paths;
    for (const BackupFile& file : list.files) {
        if (const std::string_view place = directory_left_out(file.path); !place.empty()) {
            return fail(ErrorCode::kCorrupt,
                        "read {}: it lists {}, and nothing below {}/ is in a backup", path,
                        printable(file.path, 200), place);
        }
        if (paths.insert(file.path).second) continue;
        return fail(ErrorCode::kCorrupt, "read {}: {} is listed twice", path,
                    printable(file.path, 200));
    }
    return list;
}

std::string BackupDir::file_path(std::string_view sha256) const {
    return fmt::format("{}/{}/{}", files_dir(), sha256.substr(0, 2), sha256);
}

Result<BackupList> read_backup_list(const BackupDir& dir) {
    ASSIGN_OR_RETURN(const std::string text, os::read_file(dir.list_path(), kBytesMax));
    return decode_backup_list(text, dir.list_path());
}

// A list that nobody can read would leave a backup that is none, in the place of a good one.
Status write_backup_list(const BackupDir& dir, const BackupList& list) {
    const std::string text = encode_backup_list(list);
    if (text.size() > kBytesMax) {
        return fail(ErrorCode::kLimit,
                    "write {}: the list of {} files has {} bytes, at most {} are read; the backup "
                    "before it stays: leave fewer files below artifacts/",
                    dir.list_path(), list.files.size(), text.size(), kBytesMax);
    }
    const Result<BackupList> read = decode_backup_list(text, dir.list_path());
    if (!read || *read != list) {
        return fail(ErrorCode::kCorrupt,
                    "write {}: it could not be read again ({}); the backup before it stays",
                    dir.list_path(), read ? "not as it was" : read.error().message());
    }
    return os::write_file_atomic(dir.list_path(), text);
}

}  // namespace daybook::lifecycle
