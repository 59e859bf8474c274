// manifest.json: what the archive of one day holds, and what retention has taken out of it.
//
// The format is docs/formats/archive.md.  A manifest is replaced by rename, under lifecycle.lock:
// that is what makes an archive, or a retention, so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/log_source.h"

namespace daybook::archive {

inline constexpr std::int64_t kManifestFormat = 1;
// A million removed ranges have room in it.
inline constexpr std::size_t kManifestBytesMax = std::size_t{256} << 20;
// A part is inflated into memory, and a manifest says how much of it.  Daybook's own have 100 MiB
// and a batch; other tools may append as much as they like to one.
inline constexpr std::uint64_t kArchivedPartBytesMax = std::uint64_t{1} << 30;

// Each of these keeps in `other` the keys that this version does not know, as the text of a JSON
// object; empty: there are none.

// A Parquet file of the day.
struct ArchiveFile {
    std::string name;  // "events-000001.parquet"
    std::uint64_t bytes = 0;
    std::string sha256{};  // of the file
    std::uint64_t rows = 0;
    std::string other{};
    bool operator==(const ArchiveFile&) const = default;
};

// Whole lines that retention has removed, side by side in the part as it was written.
struct RemovedRange {
    ByteOffset offset{};       // in the part as it was written
    std::uint64_t length = 0;  // with their newlines
    std::uint64_t lines = 0;
    // Of Daybook's own lines among them, which have all numbers between; 0: there are none.
    log::Seq first_seq{};
    log::Seq last_seq{};
    std::string sha256{};    // of the bytes
    std::string event_id{};  // the first of its retention's in `retained`; empty: none is named
    std::string other{};
    bool operator==(const RemovedRange&) const = default;
};

struct ArchivedPart {
    log::PartId part;
    std::string file{};         // which one of the day's holds it; empty: nothing of it is left
    std::uint64_t bytes = 0;    // as it was written
    std::uint64_t lines = 0;    // as it was written; an unfinished one at the end counts
    std::string seal_sha256{};  // of the bytes of the part's seal
    std::string sha256{};       // of the part as it was written: what the seal says
    // Of what is left, in offsets of what is left; nullopt: no whole line is left.
    std::optional<log::LineMark> first_line{};
    std::optional<log::LineMark> last_line{};
    std::uint32_t rewrites = 0;  // how many retentions have removed lines of it
    // Only where there were any.
    std::uint64_t left_bytes = 0;
    std::string left_sha256{};
    std::vector<RemovedRange> removed{};  // by offset; they do not overlap
    std::string other{};
    bool operator==(const ArchivedPart&) const = default;

    // What reading it gives.
    std::uint64_t readable_bytes() const { return rewrites == 0 ? bytes : left_bytes; }
    const std::string& readable_sha256() const { return rewrites == 0 ? sha256 : left_sha256; }
};

// A retention that has removed lines of the day.
struct Retained {
    std::string event_id{};  // of its ledger.retained
    std::string at{};        // UTC, ISO 8601
    std::vector<std::string> runs{};
    std::string summaries{};  // "keep" or "drop"
    std::string other{};
    bool operator==(const Retained&) const = default;
};

struct Manifest {
    Day day{};
    std::vector<ArchiveFile> files{};   // by name
    std::vector<ArchivedPart> parts{};  // by part
    std::vector<Retained> retained{};   // the oldest first
    std::string other{};
    bool operator==(const Manifest&) const = default;

    // Null: there is none.
    const ArchivedPart* find_part(const log::PartId& part) const;
    const ArchiveFile* find_file(std::string_view name) const;
};

// The document, with its newline.  Where it is not one that decode_manifest() takes, that is our
// bug.
std::string encode_manifest(const Manifest& manifest);
// `path` is for messages.  kCorrupt: it is no manifest, or one that contradicts itself;
// kUnsupported: one of a newer format.
Result<Manifest> decode_manifest(std::string_view text, const std::string& path);

// Where the lines that were removed had been in what is left of `part`.
std::vector<log::RemovedLines> removed_lines(const ArchivedPart& part);

}  // namespace daybook::archive
