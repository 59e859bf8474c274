#include "ledger/manifest.h"

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "event/event_id.h"
#include "log/sharing.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

// Keys in the order in which the file has them.
using Object = nlohmann::ordered_json;

constexpr std::size_t kManifestBytesMax = std::size_t{1} << 20;
constexpr int kLockWaitMs = 10'000;

tl::unexpected<Error> malformed(const std::string& path, std::string_view found) {
    return fail(ErrorCode::kCorrupt,
                "read {}: {}; it should be an object with `format` (a number) and `ledger_id` (a "
                "string); the log itself needs no repair: put the file back from a backup; only "
                "where there is none move it away, and one is made anew, without the holds, the "
                "retention policy, the attached files and the id that this one has",
                path, found);
}

Manifest make_manifest() {
    const TimestampMs now = system_clock().now();
    event::EventIdGenerator ids(random_seed());
    return {.ledger_id = ids.next(now).to_string(), .created_at = to_iso8601(now)};
}

std::string to_text(const Manifest& manifest) {
    Object document;
    document["format"] = manifest.format;
    document["ledger_id"] = manifest.ledger_id;
    document["created_at"] = manifest.created_at;
    return document.dump(2) + "\n";
}

// The keys that are there twice, by the key of the whole file that they are in, or that they are.
// A parser keeps one of the two and says nothing: of two lists of holds, one would count for
// nothing.
class DoubledKeys {
public:
    bool see(Object::parse_event_t event, const Object& value) {
        if (event == Object::parse_event_t::object_start) names_.emplace_back();
        if (event == Object::parse_event_t::object_end) names_.pop_back();
        if (event != Object::parse_event_t::key) return true;
        const auto& name = value.get_ref<const std::string&>();
        if (names_.size() == 1) top_ = name;
        if (!names_.back().insert(name).second) found_.emplace(top_, name);
        return true;
    }
    // kCorrupt if there is one in the value of `top`.
    Status check(std::string_view top, const std::string& path) const {
        const auto found = found_.find(top);
        if (found == found_.end()) return {};
        const std::string place = found->second == found->first
                                      ? std::string()
                                      : fmt::format("`{}`: ", printable(found->first));
        return fail(ErrorCode::kCorrupt,
                    "read {}: {}found the key `{}` twice, expected it once: make one of the two by "
                    "hand; nothing was changed",
                    path, place, printable(found->second));
    }
    Status check_all(const std::string& path) const {
        return found_.empty() ? Status() : check(found_.begin()->first, path);
    }

private:
    std::vector<std::set<std::string>> names_{};  // of the objects that are open
    std::string top_{};
    std::map<std::string, std::string, std::less<>> found_{};
};

Result<Object> parse_object(const std::string& text, const std::string& path,
                            DoubledKeys& doubled) {
    const auto see = [&doubled](int, Object::parse_event_t event, const Object& value) {
        return doubled.see(event, value);
    };
    auto document = Object::parse(text, see, /*allow_exceptions=*/false);
    if (document.is_discarded()) return malformed(path, "it is not JSON");
    if (!document.is_object()) return malformed(path, "it is not a JSON object");
    const auto format = document.find("format");
    if (format == document.end() || !format->is_number_integer()) {
        return malformed(path, "`format` is missing or no integer");
    }
    if (*format != kLedgerFormat) {
        return fail(ErrorCode::kUnsupported,
                    "open ledger {}: its format is {}, this version of Daybook reads and writes "
                    "format {}; nothing was changed: use a newer version",
                    path, format->dump(), kLedgerFormat);
    }
    return document;
}

Result<Object> read_object(const LedgerDir& dir, DoubledKeys& doubled) {
    const std::string path = dir.manifest_path();
    ASSIGN_OR_RETURN(const std::string text, os::read_file(path, kManifestBytesMax));
    return parse_object(text, path, doubled);
}

}  // namespace

Result<Manifest> parse_manifest(const std::string& text, const std::string& path) {
    DoubledKeys doubled;
    ASSIGN_OR_RETURN(const Object document, parse_object(text, path, doubled));
    // Others are of those who ask for them: whoever records needs no holds.
    for (const char* key : {"format", "ledger_id", "created_at"}) {
        RETURN_IF_ERROR(doubled.check(key, path));
    }
    const auto id = document.find("ledger_id");
    if (id == document.end() || !id->is_string()) {
        return malformed(path, "`ledger_id` is missing or no string");
    }
    const auto created = document.find("created_at");
    const bool has_created = created != document.end() && created->is_string();
    return Manifest{.ledger_id = id->get<std::string>(),
                    .created_at = has_created ? created->get<std::string>() : ""};
}

Result<Manifest> read_manifest(const LedgerDir& dir) {
    const std::string path = dir.manifest_path();
    ASSIGN_OR_RETURN(const std::string text, os::read_file(path, kManifestBytesMax));
    return parse_manifest(text, path);
}

Status check_format(const LedgerDir& dir) {
    const Result<Manifest> manifest = read_manifest(dir);
    if (!manifest && manifest.error().code() != ErrorCode::kNotFound) return fail(manifest.error());
    return {};
}

Result<Manifest> read_or_create_manifest(const LedgerDir& dir) {
    Result<Manifest> found = read_manifest(dir);
    if (found || found.error().code() != ErrorCode::kNotFound) return found;

    RETURN_IF_ERROR(os::make_dirs(dir.root()));
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lock_path(), kLockWaitMs));
    // Somebody else may have made it while this process waited.
    found = read_manifest(dir);
    if (found || found.error().code() != ErrorCode::kNotFound) return found;
    // What another tool has written to it may go on writing to.
    ASSIGN_OR_RETURN(const bool shared, log::has_foreign_lines(dir.layout()));
    if (shared)
        RETURN_IF_ERROR(log::begin_sharing(dir.layout(), system_clock().now()).map([](bool) {}));
    Manifest manifest = make_manifest();
    RETURN_IF_ERROR(os::write_file_atomic(dir.manifest_path(), to_text(manifest)));
    return manifest;
}

Result<std::optional<std::string>> manifest_value(const LedgerDir& dir, std::string_view key) {
    DoubledKeys doubled;
    const Result<Object> document = read_object(dir, doubled);
    if (!document) {
        if (document.error().code() == ErrorCode::kNotFound) return std::nullopt;
        return fail(document.error());
    }
    RETURN_IF_ERROR(doubled.check(key, dir.manifest_path()));
    const auto value = document->find(std::string(key));
    if (value == document->end()) return std::nullopt;
    return value->dump();
}

Status change_manifest_value(const LedgerDir& dir, std::string_view key,
                             const ManifestChange& change) {
    DAYBOOK_CHECK(key != "format" && key != "ledger_id" && key != "created_at");
    RETURN_IF_ERROR(read_or_create_manifest(dir));
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lock_path(), kLockWaitMs));
    DoubledKeys doubled;
    ASSIGN_OR_RETURN(Object document, read_object(dir, doubled));
    // Also of other keys: all of the file is written anew, with one of the two.
    RETURN_IF_ERROR(doubled.check_all(dir.manifest_path()));
    const std::string name(key);
    const auto found = document.find(name);
    const std::optional<std::string> before =
        found == document.end() ? std::nullopt : std::optional(found->dump());
    ASSIGN_OR_RETURN(const std::optional<std::string> after, change(before));
    if (after == before) return {};
    if (after) {
        auto value = Object::parse(*after, nullptr, /*allow_exceptions=*/false);
        DAYBOOK_CHECK(!value.is_discarded());
        document[name] = std::move(value);
    } else {
        document.erase(name);
    }
    const std::string text = document.dump(2) + "\n";
    if (text.size() > kManifestBytesMax) {
        return fail(ErrorCode::kLimit,
                    "write {}: {} bytes, expected at most {}; nothing was changed",
                    dir.manifest_path(), text.size(), kManifestBytesMax);
    }
    return os::write_file_atomic(dir.manifest_path(), text);
}

}  // namespace daybook::ledger
