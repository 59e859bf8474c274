#include "archive/manifest.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"

namespace daybook::archive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSha256Digits = 64;

// Reads one object of the document, field by field, and keeps what nobody has asked for.
class Object {
public:
    // `where` names it in messages: "parts[3]".
    Object(const Json& object, std::string where, const std::string& path)
        : object_(object), where_(std::move(where)), path_(path) {}

    bool has(const char* field) const { return object_.contains(field); }

    Result<std::uint64_t> count(const char* field) {
        const Json* const value = find(field);
        if (value == nullptr || !value->is_number_unsigned()) {
            return refuse(field, "a whole number, 0 or more");
        }
        return value->get<std::uint64_t>();
    }
    Result<std::string> text(const char* field) {
        const Json* const value = find(field);
        if (value == nullptr || !value->is_string()) return refuse(field, "a string");
        return value->get<std::string>();
    }
    Result<std::string> sha256(const char* field) {
        Result<std::string> value = text(field);
        const auto is_digit = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        };
        if (value && value->size() == kSha256Digits &&
            std::all_of(value->begin(), value->end(), is_digit)) {
            return value;
        }
        return refuse(field, fmt::format("{} lower-case hexadecimal digits", kSha256Digits));
    }
    // nullptr: it is null, or missing.
    Result<const Json*> array(const char* field) {
        const Json* const value = find(field);
        if (value == nullptr || !value->is_array()) return refuse(field, "an array");
        return value;
    }
    Result<const Json*> object_or_null(const char* field) {
        const Json* const value = find(field);
        if (value == nullptr || !(value->is_object() || value->is_null())) {
            return refuse(field, "an object, or null");
        }
        return value->is_null() ? nullptr : value;
    }
    bool is_null(const char* field) {
        const Json* const value = find(field);
        return value != nullptr && value->is_null();
    }

    tl::unexpected<Error> refuse(const char* field, std::string_view expected) const {
        const auto value = object_.find(field);
        const std::string place =
            where_.empty() ? std::string(field) : fmt::format("{}.{}", where_, field);
        std::string found = value == object_.end()
                                ? "nothing"
                                : value->dump(-1, ' ', false, Json::error_handler_t::replace);
        if (found.size() > 80) found = found.substr(0, 77) + "…";
        return fail(ErrorCode::kCorrupt,
                    "read {}: field `{}` of the manifest: found {}, expected {}; put the manifest "
                    "of a copy back, with the files it names",
                    path_, place, found, expected);
    }

    // The text of the keys that were not asked for.
    std::string other() const {
        Json rest = Json::object();
        for (const auto& [key, value] : object_.items()) {
            if (!asked_.contains(key)) rest[key] = value;
        }
        return rest.empty() ? std::string()
                            : rest.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    const std::string& path() const { return path_; }
    const std::string& where() const { return where_; }

private:
    const Json* find(const char* field) {
        asked_.insert(field);
        const auto found = object_.find(field);
        return found == object_.end() ? nullptr : &*found;
    }

    const Json& object_;
    std::string where_;
    const std::string& path_;
    std::set<std::string> asked_;
};

// Reads each object of an array.
template <typename T, typename Read>
Result<std::vector<T>> read_all(Object& outer, const char* field, const Read& read) {
    ASSIGN_OR_RETURN(const Json* const array, outer.array(field));
    std::vector<T> values;
    values.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        if (!(*array)[i].is_object()) return outer.refuse(field, "an array of objects");
        const std::string place =
            outer.where().empty() ? field : fmt::format("{}.{}", outer.where(), field);
        Object object((*array)[i], fmt::format("{}[{}]", place, i), outer.path());
        ASSIGN_OR_RETURN(T value, read(object));
        value.other = object.other();
        values.push_back(std::move(value));
    }
    return values;
}

Result<ArchiveFile> read_file(Object& object) {
    ArchiveFile file;
    ASSIGN_OR_RETURN(file.name, object.text("name"));
    // It becomes part of a path.
    if (file.name.empty() || file.name.starts_with('.') ||
        file.name.find('/') != std::string::npos) {
        return object.refuse("name", "the name of a file beside the manifest");
    }
    ASSIGN_OR_RETURN(file.bytes, object.count("bytes"));
    ASSIGN_OR_RETURN(file.sha256, object.sha256("sha256"));
    ASSIGN_OR_RETURN(file.rows, object.count("rows"));
    return file;
}

Result<RemovedRange> read_range(Object& object) {
    RemovedRange range;
    ASSIGN_OR_RETURN(const std::uint64_t offset, object.count("offset"));
    range.offset = ByteOffset(offset);
    ASSIGN_OR_RETURN(range.length, object.count("length"));
    ASSIGN_OR_RETURN(range.lines, object.count("lines"));
    ASSIGN_OR_RETURN(const std::uint64_t first, object.count("first_seq"));
    ASSIGN_OR_RETURN(const std::uint64_t last, object.count("last_seq"));
    range.first_seq = log::Seq(first);
    range.last_seq = log::Seq(last);
    ASSIGN_OR_RETURN(range.sha256, object.sha256("sha256"));
    // Without it nothing explains the range: that is for `verify` to say.
    if (object.has("event_id")) {
        ASSIGN_OR_RETURN(range.event_id, object.text("event_id"));
    }
    return range;
}

Result<std::optional<log::LineMark>> read_mark(Object& outer, const char* field) {
    ASSIGN_OR_RETURN(const Json* const value, outer.object_or_null(field));
    if (value == nullptr) return std::nullopt;
    Object object(*value, field, outer.path());
    ASSIGN_OR_RETURN(const std::uint64_t offset, object.count("offset"));
    ASSIGN_OR_RETURN(const std::string digits, object.text("checksum"));
    log::LineMark mark{.offset = ByteOffset(offset)};
    if (digits.size() != 16 || !parse_hex64(digits, &mark.checksum)) {
        return object.refuse("checksum", "16 lower-case hexadecimal digits");
    }
    return mark;
}

Result<ArchivedPart> read_part(Object& object) {
    ArchivedPart part;
    ASSIGN_OR_RETURN(const std::string name, object.text("part"));
    const std::optional<log::PartId> id = log::parse_part_id(name);
    if (!id) return object.refuse("part", "a part's name, such as \"day=2026-01-23/part-000001\"");
    part.part = *id;
    if (!object.is_null("file")) {
        ASSIGN_OR_RETURN(part.file, object.text("file"));
    }
    ASSIGN_OR_RETURN(part.bytes, object.count("bytes"));
    if (part.bytes > kArchivedPartBytesMax) {
        return object.refuse("bytes", fmt::format("at most {}", kArchivedPartBytesMax));
    }
    ASSIGN_OR_RETURN(part.lines, object.count("lines"));
    ASSIGN_OR_RETURN(part.seal_sha256, object.sha256("seal_sha256"));
    ASSIGN_OR_RETURN(part.sha256, object.sha256("sha256"));
    ASSIGN_OR_RETURN(part.first_line, read_mark(object, "first_line"));
    ASSIGN_OR_RETURN(part.last_line, read_mark(object, "last_line"));
    ASSIGN_OR_RETURN(const std::uint64_t rewrites, object.count("rewrites"));
    if (rewrites > UINT32_MAX) return object.refuse("rewrites", "a number of 32 bits");
    part.rewrites = static_cast<std::uint32_t>(rewrites);
    if (rewrites == 0) return part;
    ASSIGN_OR_RETURN(part.left_bytes, object.count("left_bytes"));
    ASSIGN_OR_RETURN(part.left_sha256, object.sha256("left_sha256"));
    ASSIGN_OR_RETURN(part.removed, read_all<RemovedRange>(object, "removed", read_range));
    ByteOffset end{};
    std::uint64_t gone = 0;
    for (const RemovedRange& range : part.removed) {
        const bool fits = range.offset >= end && range.length <= part.bytes &&
                          range.offset.value() <= part.bytes - range.length;
        if (!fits) return object.refuse("removed", "ranges of the part, by offset, apart");
        end = range.offset + range.length;
        gone += range.length;
    }
    if (gone + part.left_bytes != part.bytes) {
        return object.refuse("left_bytes", "the part's bytes less those removed");
    }
    return part;
}

Result<Retained> read_retained(Object& object) {
    Retained retained;
    ASSIGN_OR_RETURN(retained.event_id, object.text("event_id"));
    ASSIGN_OR_RETURN(retained.at, object.text("at"));
    ASSIGN_OR_RETURN(retained.summaries, object.text("summaries"));
    ASSIGN_OR_RETURN(const Json* const runs, object.array("runs"));
    for (const Json& run : *runs) {
        if (!run.is_string()) return object.refuse("runs", "an array of strings");
        retained.runs.push_back(run.get<std::string>());
    }
    return retained;
}

// The library reads any depth, but it copies and prints by recursion.
Result<Json> parse_object(std::string_view text, const std::string& path) {
    bool is_too_deep = false;
    const auto keep = [&](int depth, Json::parse_event_t event, const Json&) {
        const bool opens =
            event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        is_too_deep = is_too_deep || (opens && depth >= static_cast<int>(kNestingMax));
        return !is_too_deep;
    };
    Json document = Json::parse(text, keep, /*allow_exceptions=*/false);
    if (document.is_object() && !is_too_deep) return document;
    const std::string found =
        is_too_deep ? fmt::format("arrays and objects nested more than {} levels deep", kNestingMax)
        : document.is_discarded() ? "text that is no JSON"
                                  : document.type_name();
    return fail(ErrorCode::kCorrupt,
                "read {}: it is no manifest: found {}, expected a JSON object; put the manifest of "
                "a copy back, with the files it names",
                path, found);
}

Status check_format(const Json& document, Object& object) {
    const auto format = document.find("format");
    if (format == document.end() || !format->is_number_integer() || *format < 1) {
        return object.refuse("format", fmt::format("{}", kManifestFormat));
    }
    if (*format == kManifestFormat) return {};
    return fail(ErrorCode::kUnsupported,
                "read {}: the manifest has format {}, this version of Daybook knows format {}; "
                "nothing was changed: use a newer version",
                object.path(), format->dump(), kManifestFormat);
}

// What no field tells alone.
Status check_whole(const Manifest& manifest, Object& object) {
    const auto by_name = [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; };
    for (std::size_t i = 1; i < manifest.files.size(); ++i) {
        if (by_name(manifest.files[i - 1], manifest.files[i])) continue;
        return object.refuse("files", "files by name, each once");
    }
    for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
        const ArchivedPart& part = manifest.parts[i];
        if (part.part.day != manifest.day || (i > 0 && part.part <= manifest.parts[i - 1].part)) {
            return object.refuse("parts", "parts of the day by number, each once");
        }
        const bool has_bytes = part.readable_bytes() > 0;
        if ((has_bytes || !part.file.empty()) && manifest.find_file(part.file) == nullptr) {
            return object.refuse("parts",
                                 fmt::format("{} in one of `files`", to_string(part.part)));
        }
    }
    return {};
}

// `fields`, and behind them the keys that a later version has added.
Json with_other(Json fields, const std::string& other) {
    if (other.empty()) return fields;
    const Json rest = Json::parse(other, nullptr, false);
    DAYBOOK_CHECK(rest.is_object());
    for (const auto& [key, value] : rest.items()) {
        if (!fields.contains(key)) fields[key] = value;
    }
    return fields;
}

Json mark_json(const std::optional<log::LineMark>& mark) {
    if (!mark) return nullptr;
    std::string digits(16, '0');
    write_hex64(mark->checksum, digits.data());
    return {{"offset", mark->offset.value()}, {"checksum", digits}};
}

Json part_json(const ArchivedPart& part) {
    Json json = {{"part", to_string(part.part)},
                 {"file", part.file.empty() ? Json(nullptr) : Json(part.file)},
                 {"bytes", part.bytes},
                 {"lines", part.lines},
                 {"seal_sha256", part.seal_sha256},
                 {"sha256", part.sha256},
                 {"first_line", mark_json(part.first_line)},
                 {"last_line", mark_json(part.last_line)},
                 {"rewrites", part.rewrites}};
    if (part.rewrites > 0) {
        json["left_bytes"] = part.left_bytes;
        json["left_sha256"] = part.left_sha256;
        json["removed"] = Json::array();
        for (const RemovedRange& range : part.removed) {
            json["removed"].push_back(with_other({{"offset", range.offset.value()},
                                                  {"length", range.length},
                                                  {"lines", range.lines},
                                                  {"first_seq", range.first_seq.value()},
                                                  {"last_seq", range.last_seq.value()},
                                                  {"sha256", range.sha256},
                                                  {"event_id", range.event_id}},
                                                 range.other));
        }
    }
    return with_other(std::move(json), part.other);
}

// One entry a line: so that a manifest of thousands of parts can be looked at, and compared.
void append_array(std::string& out, const char* field, const std::vector<Json>& entries) {
    out += fmt::format(",\n \"{}\":[", field);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        out += i == 0 ? "\n  " : ",\n  ";
        out += entries[i].dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    out += "]";
}

}  // namespace

const ArchivedPart* Manifest::find_part(const log::PartId& part) const {
    const auto found = std::lower_bound(
        parts.begin(), parts.end(), part,
        [](const ArchivedPart& entry, const log::PartId& id) { return entry.part < id; });
    return found != parts.end() && found->part == part ? &*found : nullptr;
}

const ArchiveFile* Manifest::find_file(std::string_view name) const {
    const auto found = std::lower_bound(
        files.begin(), files.end(), name,
        [](const ArchiveFile& file, std::string_view wanted) { return file.name < wanted; });
    return found != files.end() && found->name == name ? &*found : nullptr;
}

std::string encode_manifest(const Manifest& manifest) {
    std::vector<Json> files;
    for (const ArchiveFile& file : manifest.files) {
        files.push_back(with_other({{"name", file.name},
                                    {"bytes", file.bytes},
                                    {"sha256", file.sha256},
                                    {"rows", file.rows}},
                                   file.other));
    }
    std::vector<Json> parts;
    for (const ArchivedPart& part : manifest.parts) parts.push_back(part_json(part));
    std::vector<Json> retained;
    for (const Retained& entry : manifest.retained) {
        retained.push_back(with_other({{"event_id", entry.event_id},
                                       {"at", entry.at},
                                       {"runs", entry.runs},
                                       {"summaries", entry.summaries}},
                                      entry.other));
    }
    std::string out =
        fmt::format(R"({{"format":{},"day":"{}")", kManifestFormat, to_string(manifest.day));
    append_array(out, "files", files);
    append_array(out, "parts", parts);
    append_array(out, "retained", retained);
    const Json other = with_other(Json::object(), manifest.other);
    for (const auto& [key, value] : other.items()) {
        out +=
            fmt::format(",\n {}:{}", Json(key).dump(-1, ' ', false, Json::error_handler_t::replace),
                        value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    return out + "}\n";
}

Result<Manifest> decode_manifest(std::string_view text, const std::string& path) {
    ASSIGN_OR_RETURN(const Json document, parse_object(text, path));
    Object object(document, "", path);
    RETURN_IF_ERROR(check_format(document, object));
    Manifest manifest;
    ASSIGN_OR_RETURN(const std::string day, object.text("day"));
    const std::optional<Day> parsed = parse_day(day);
    if (!parsed) return object.refuse("day", "a day, such as \"2026-01-23\"");
    manifest.day = *parsed;
    ASSIGN_OR_RETURN(manifest.files, read_all<ArchiveFile>(object, "files", read_file));
    ASSIGN_OR_RETURN(manifest.parts, read_all<ArchivedPart>(object, "parts", read_part));
    if (object.has("retained")) {
        ASSIGN_OR_RETURN(manifest.retained, read_all<Retained>(object, "retained", read_retained));
    }
    RETURN_IF_ERROR(check_whole(manifest, object));
    (void)object.count("format");  // Asked for, so that it is not among the others.
    manifest.other = object.other();
    return manifest;
}

std::vector<log::RemovedLines> removed_lines(const ArchivedPart& part) {
    std::vector<log::RemovedLines> removed;
    std::uint64_t gone = 0;
    for (const RemovedRange& range : part.removed) {
        removed.push_back({.at = ByteOffset(range.offset.value() - gone),
                           .offset = range.offset,
                           .length = range.length,
                           .lines = range.lines,
                           .first = range.first_seq,
                           .last = range.last_seq,
                           .sha256 = range.sha256});
        gone += range.length;
    }
    return removed;
}

}  // namespace daybook::archive
