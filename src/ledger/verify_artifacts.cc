#include "ledger/verify_artifacts.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "ledger/file_hash.h"
#include "os/file.h"

namespace daybook::ledger {

void ArtifactCheck::see(const log::PartId& part, const log::Line& line,
                        const json::Envelope& event) {
    if (event.event_type != "artifact.created") return;
    std::string path;
    Entry entry{.when = {event.timestamp, std::string(event.event_id)}, .part = to_string(part)};
    const std::string run_id(event.run_id);
    const bool ok =
        parser_.for_each_field(line.text, 0, [&](std::string_view key, json::Node value) {
            if (key == "artifact_path") path = value.as_string().value_or("");
            if (key == "size_bytes") entry.size_bytes = value.as_int().value_or(-1);
            if (key == "sha256") entry.sha256 = value.as_string().value_or("");
            if (key == "rows") entry.rows = value.as_int().value_or(-1);
            if (key == "format") entry.format = value.as_string().value_or("");
        });
    if (!ok || path.empty()) return;
    Entry& known = entries_[{run_id, path}];
    if (known.part.empty() || known.when < entry.when) known = std::move(entry);
}

std::vector<VerifyFinding> ArtifactCheck::check(const LedgerDir& dir,
                                                const ParquetRows& parquet_rows) const {
    std::vector<VerifyFinding> findings;
    for (const auto& [key, entry] : entries_) {
        if (entry.sha256.empty()) continue;
        const std::string& path = key.second;
        check_one(path.starts_with('/') ? path : os::join_path(dir.root(), path), entry,
                  parquet_rows, findings);
    }
    return findings;
}

std::uint64_t ArtifactCheck::count() const {
    return static_cast<std::uint64_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [](const auto& item) { return !item.second.sha256.empty(); }));
}

void ArtifactCheck::check_one(const std::string& file, const Entry& entry,
                              const ParquetRows& parquet_rows,
                              std::vector<VerifyFinding>& findings) {
    const auto add = [&](const char* kind, const std::string& what) {
        findings.push_back(
            {.kind = kind,
             .part = entry.part,
             .file = file,
             .detail = fmt::format("{}; event {} is about it", what, entry.when.second)});
    };
    const Result<os::UniqueFd> fd = os::open_fd(file, O_RDONLY);
    if (!fd) return add("artifact_missing", fd.error().message());
    const Result<FileHash> hash = hash_file(fd->get(), file);
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
    if (!parquet_rows || entry.rows < 0 || entry.format != "parquet") return;
    // The bytes are those that were recorded: what differs now was recorded wrongly.
    const Result<std::uint64_t> rows = parquet_rows(file);
    if (!rows) return add("artifact_changed", rows.error().message());
    if (*rows != static_cast<std::uint64_t>(entry.rows)) {
        add("artifact_changed",
            fmt::format("it has {} rows, its event says {}", *rows, entry.rows));
    }
}

}  // namespace daybook::ledger
