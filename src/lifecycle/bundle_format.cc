#include "lifecycle/bundle_format.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/nonfinite.h"
#include "json/reader.h"
#include "json/rules.h"
#include "lifecycle/artifact_placer.h"

namespace daybook::lifecycle {
namespace {

constexpr std::string_view kArtifacts = "artifacts/";
// What a file system takes as one name.
constexpr std::size_t kNameBytesOfDisk = 255;

void append_list(std::string_view name, const std::vector<std::string>& items, bool is_json,
                 std::string& out) {
    out += fmt::format(",\"{}\":[", name);
    for (const std::string& item : items) {
        if (out.back() != '[') out += ',';
        if (is_json) {
            out += item;
        } else {
            json::append_string(item, out);
        }
    }
    out += ']';
}

bool read_text(json::Reader& reader, std::string& out) {
    std::string_view text;
    if (!reader.string(&text)) return false;
    out = text;
    return true;
}

bool read_count(json::Reader& reader, std::uint64_t& out) {
    std::int64_t value = 0;
    if (!reader.integer(&value)) return false;
    if (value < 0) {
        reader.refuse(fmt::to_string(value), "an integer of at least 0");
        return false;
    }
    out = static_cast<std::uint64_t>(value);
    return true;
}

bool read_texts(json::Reader& reader, std::vector<std::string>& out) {
    if (!reader.enter_array()) return false;
    while (reader.next_item()) {
        if (!read_text(reader, out.emplace_back())) return false;
    }
    return !reader.failed();
}

bool read_types(json::Reader& reader, std::vector<std::string>& out) {
    if (!reader.enter_array()) return false;
    while (reader.next_item()) {
        reader.start_copy(&out.emplace_back());
        reader.skip();
        reader.stop_copy();
    }
    return !reader.failed();
}

bool read_file(json::Reader& reader, BundleFile& file) {
    if (!reader.enter_object()) return false;
    std::string_view name;
    while (reader.next_field(&name)) {
        if (name == "path") {
            read_text(reader, file.path);
        } else if (name == "bytes") {
            read_count(reader, file.bytes);
        } else if (name == "sha256") {
            if (!read_text(reader, file.sha256)) break;
            const auto expected = json::expected_format(json::Format::kSha256, file.sha256);
            if (!expected.empty()) reader.refuse(printable(file.sha256), expected);
        } else {
            reader.skip();
        }
    }
    if (!reader.failed() && (file.path.empty() || file.sha256.empty())) {
        reader.refuse_because("expected `path`, `bytes` and `sha256`");
    }
    return !reader.failed();
}

bool read_files(json::Reader& reader, std::vector<BundleFile>& out) {
    if (!reader.enter_array()) return false;
    while (reader.next_item()) {
        if (!read_file(reader, out.emplace_back())) return false;
    }
    return !reader.failed();
}

// What is not known is passed over: a later version may have added it.
bool read_manifest_field(json::Reader& reader, std::string_view name, std::int64_t& format,
                         BundleManifest& manifest) {
    if (name == "format") return reader.integer(&format);
    if (name == "ledger_id") return read_text(reader, manifest.ledger_id);
    if (name == "exported_at") return read_text(reader, manifest.exported_at);
    if (name == "runs") return read_texts(reader, manifest.runs);
    if (name == "events") return read_count(reader, manifest.events);
    if (name == "types") return read_types(reader, manifest.types);
    if (name == "files") return read_files(reader, manifest.files);
    return reader.skip();
}

tl::unexpected<Error> refuse_place(std::string_view path, std::string_view why) {
    return fail(ErrorCode::kCorrupt, "{}: {}", printable(path, 200), why);
}

}  // namespace

std::string encode_bundle_manifest(const BundleManifest& manifest) {
    std::string out = fmt::format("{{\"format\":{},\"ledger_id\":", kBundleFormat);
    json::append_string(manifest.ledger_id, out);
    out += ",\"exported_at\":";
    json::append_string(manifest.exported_at, out);
    append_list("runs", manifest.runs, false, out);
    out += fmt::format(",\"events\":{}", manifest.events);
    append_list("types", manifest.types, true, out);
    out += ",\"files\":[";
    for (const BundleFile& file : manifest.files) {
        if (out.back() != '[') out += ",\n";
        out += "{\"path\":";
        json::append_string(file.path, out);
        out += fmt::format(",\"bytes\":{},\"sha256\":\"{}\"}}", file.bytes, file.sha256);
    }
    return out + "]}\n";
}

Result<BundleManifest> decode_bundle_manifest(std::string_view text) {
    json::Reader reader(text, "manifest.json");
    BundleManifest manifest;
    std::int64_t format = -1;
    std::set<std::string, std::less<>> seen;
    std::string_view name;
    if (reader.enter_object()) {
        while (reader.next_field(&name)) {
            if (!seen.emplace(name).second) {
                reader.refuse_because("given twice, expected once");
                break;
            }
            read_manifest_field(reader, name, format, manifest);
        }
    }
    if (format > kBundleFormat) {
        return fail(ErrorCode::kUnsupported,
                    "manifest.json: found format {}, this version knows {}; a newer daybook made "
                    "it: use that one",
                    format, kBundleFormat);
    }
    if (!reader.finish()) return fail(ErrorCode::kCorrupt, "{}", reader.error().message());
    for (const char* const field : {"format", "ledger_id", "runs", "events", "files"}) {
        if (seen.contains(field)) continue;
        return fail(ErrorCode::kCorrupt, "manifest.json: found no `{}`", field);
    }
    if (format != kBundleFormat) {
        return fail(ErrorCode::kCorrupt, "manifest.json: found format {}, expected {}", format,
                    kBundleFormat);
    }
    return manifest;
}

Status check_artifact_place(std::string_view path) {
    if (path.size() > kPathBytesMax) {
        return refuse_place(path, fmt::format("its path has {} bytes, at most {} are allowed",
                                              path.size(), kPathBytesMax));
    }
    if (path.starts_with('/')) return refuse_place(path, "it has an absolute path");
    if (!path.starts_with(kArtifacts)) {
        return refuse_place(path, "it lies outside artifacts/");
    }
    const bool has_control = std::any_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (has_control) return refuse_place(path, "its path has control characters");
    std::string_view rest = path;
    while (true) {
        const std::size_t slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        if (name == "." || name == "..") {
            return refuse_place(path, fmt::format("its path has '{}'", name));
        }
        if (name.empty()) return refuse_place(path, "its path has an empty name");
        if (name == kComingName) return refuse_place(path, "no file may be called so");
        if (name.size() > kNameBytesOfDisk) {
            return refuse_place(path, "its path has a name that no file system takes");
        }
        if (slash == std::string_view::npos) return {};
        rest.remove_prefix(slash + 1);
    }
}

Status check_bundle_files(const std::vector<BundleFile>& files) {
    if (files.empty() || files.back().path != kBundleEventsName) {
        return fail(ErrorCode::kCorrupt, "manifest.json: the last of its files is not {}",
                    kBundleEventsName);
    }
    std::set<std::string_view> paths;
    for (const BundleFile& file : files) {
        if (!paths.insert(file.path).second) {
            return refuse_place(file.path, "manifest.json lists it twice");
        }
        if (&file == &files.back()) continue;
        RETURN_IF_ERROR(check_artifact_place(file.path));
    }
    for (const std::string_view path : paths) {
        for (std::size_t at = path.rfind('/'); at != std::string_view::npos && at > 0;
             at = path.rfind('/', at - 1)) {
            if (!paths.contains(path.substr(0, at))) continue;
            return refuse_place(path.substr(0, at), "it is a file and a directory of others");
        }
    }
    return {};
}

}  // namespace daybook::lifecycle
