#include "ledger/verify_artifacts.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "ledger/artifact_facts.h"
#include "ledger/file_hash.h"
#include "ledger/object_store.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

// The file's content, if it can have any.  Looked at before it is opened: opening a pipe waits for
// whoever writes to it.
Result<FileHash> hash_ordinary_file(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (info && !info->is_regular) {
        return fail(ErrorCode::kInvalidArgument, "it is {}, expected an ordinary file",
                    info->is_directory ? "a directory" : "a pipe or a device");
    }
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    return hash_file(fd.get(), path);
}

bool is_about_the_file(const Error& error) {
    return error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kInvalidArgument ||
           error.code() == ErrorCode::kNotFound;
}

}  // namespace

void ArtifactCheck::see(const log::PartId& part, const log::Line& line,
                        const json::Envelope& event) {
    const bool is_artifact = event.event_type == "artifact.created";
    const bool is_environment =
        event.event_type == "run.environment" || event.event_type == "run.created";
    if (!is_artifact && !is_environment) return;
    Entry entry{.when = {event.timestamp, std::string(event.event_id)}, .part = to_string(part)};
    if (is_artifact) {
        see_artifact(std::move(entry), line, std::string(event.run_id));
    } else {
        see_diff(std::move(entry), line);
    }
}

void ArtifactCheck::Diff::read(std::string_view key, json::Node& value) {
    if (key == "git_diff_path") path = value.as_string().value_or("");
    if (key == "git_diff_sha256") sha256 = value.as_string().value_or("");
}

// A diff is named by many runs and is one file: the first event that names it speaks for all.
void ArtifactCheck::see_diff(Entry entry, const log::Line& line) {
    Diff diff;
    const bool ok =
        parser_.for_each_field(line.text, 0, [&](std::string_view key, json::Node value) {
            diff.read(key, value);
            if (key != "environment") return;
            value.for_each_field(
                [&](std::string_view inner, json::Node field) { diff.read(inner, field); });
        });
    if (!ok || diff.path.empty() || diff.sha256.empty()) return;
    entry.sha256 = diff.sha256;
    // No run has an empty id.
    entries_.try_emplace({"", diff.path}, std::move(entry));
}

void ArtifactCheck::see_artifact(Entry entry, const log::Line& line, const std::string& run_id) {
    std::string path;
    const bool ok =
        parser_.for_each_field(line.text, 0, [&](std::string_view key, json::Node value) {
            if (key == "artifact_path") path = value.as_string().value_or("");
            if (key == "size_bytes") entry.size_bytes = value.as_int().value_or(-1);
            if (key == "sha256") entry.sha256 = value.as_string().value_or("");
            if (key == "rows") entry.rows = value.as_int().value_or(-1);
            if (key == "format") entry.format = value.as_string().value_or("");
        });
    if (!ok || path.empty()) return;
    if (entry.format.empty()) entry.format = format_of_name(path).value_or("");
    Entry& known = entries_[{run_id, path}];
    if (known.part.empty() || known.when < entry.when) known = std::move(entry);
}

// What has been looked at so far.
struct ArtifactCheck::Look {
    const LedgerDir& dir;
    std::vector<VerifyFinding> findings{};
    // Of objects: many events may name one.
    std::map<std::string, Result<FileHash>, std::less<>> objects{};
    std::set<std::string, std::less<>> changed{};  // objects that a finding is about

    std::string file_of(const std::string& path) const {
        return path.starts_with('/') ? path : os::join_path(dir.root(), path);
    }
    Result<FileHash> hash(const std::string& path) {
        if (object_of_path(path).empty()) return hash_ordinary_file(file_of(path));
        const auto known = objects.find(path);
        if (known != objects.end()) return known->second;
        return objects.emplace(path, hash_ordinary_file(file_of(path))).first->second;
    }
};

Result<std::vector<VerifyFinding>> ArtifactCheck::check(const LedgerDir& dir,
                                                        const ParquetRows& parquet_rows) const {
    Look look{.dir = dir};
    for (const auto& [key, entry] : entries_) {
        if (entry.sha256.empty()) continue;
        RETURN_IF_ERROR(check_one(look, key.second, entry, parquet_rows));
    }
    RETURN_IF_ERROR(check_objects(look));
    return std::move(look.findings);
}

// Those that no event names, too: whoever adds the same content again relies on them.
Status ArtifactCheck::check_objects(Look& look) {
    ASSIGN_OR_RETURN(const bool there, os::exists(look.dir.objects_dir()));
    if (!there) return {};
    ASSIGN_OR_RETURN(const auto shards, os::list_dir(look.dir.objects_dir()));
    for (const os::DirEntry& shard : shards) {
        if (!shard.is_directory || shard.is_link) continue;
        const std::string directory = "artifacts/objects/" + shard.name;
        ASSIGN_OR_RETURN(const auto objects, os::list_dir(look.file_of(directory)));
        for (const os::DirEntry& object : objects) {
            const std::string path = os::join_path(directory, object.name);
            const std::string name = object_of_path(path);
            if (name.empty() || look.changed.contains(path)) continue;
            const Result<FileHash> hash = look.hash(path);
            // A collector has been faster.
            if (!hash && hash.error().code() == ErrorCode::kNotFound) continue;
            if (hash && hash->sha256 == name) continue;
            look.findings.push_back(
                {.kind = "object_changed",
                 .file = look.file_of(path),
                 .detail =
                     hash ? fmt::format("its SHA-256 is {}, its name says {}", hash->sha256, name)
                          : hash.error().message()});
        }
    }
    return {};
}

std::uint64_t ArtifactCheck::count() const {
    return static_cast<std::uint64_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [](const auto& item) { return !item.second.sha256.empty(); }));
}

Status ArtifactCheck::check_one(Look& look, const std::string& path, const Entry& entry,
                                const ParquetRows& parquet_rows) {
    const std::string file = look.file_of(path);
    const auto add = [&](const char* kind, const std::string& what) -> Status {
        look.changed.insert(path);
        look.findings.push_back(
            {.kind = kind,
             .part = entry.part,
             .file = file,
             .detail = fmt::format("{}; event {} is about it", what, entry.when.second)});
        return {};
    };
    const Result<FileHash> hash = look.hash(path);
    if (!hash) return add("artifact_missing", hash.error().message());
    const auto size = static_cast<std::int64_t>(hash->bytes);
    if (entry.size_bytes >= 0 && size != entry.size_bytes) {
        return add("artifact_changed",
                   fmt::format("it has {} bytes, its event says {}", size, entry.size_bytes));
    }
    if (hash->sha256 != entry.sha256) {
        return add("artifact_changed",
                   fmt::format("its SHA-256 is {}, its event says {}", hash->sha256, entry.sha256));
    }
    if (!parquet_rows || entry.rows < 0 || entry.format != "parquet") return {};
    // The bytes are those that were recorded: what differs now was recorded wrongly.
    const Result<std::uint64_t> rows = parquet_rows(file);
    if (!rows && !is_about_the_file(rows.error())) {
        return fail(rows.error().with_context(fmt::format("count the rows of {}", file)));
    }
    if (!rows) return add("artifact_changed", rows.error().message());
    if (*rows == static_cast<std::uint64_t>(entry.rows)) return {};
    return add("artifact_changed",
               fmt::format("it has {} rows, its event says {}", *rows, entry.rows));
}

}  // namespace daybook::ledger
