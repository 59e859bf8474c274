// Takes lines out of an archive file, for retention: what is left becomes a new file.
//
//     rewrite_file()  ─▶ events-000002.parquet.tmp, synced and read back; the caller renames it,
//                        writes the manifest, and moves the old file to trash/
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_layout.h"
#include "archive/archive_writer.h"
#include "archive/manifest.h"
#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"

namespace daybook::archive {

// An event of an archive.  Lends its texts during the call.
struct ArchivedEvent {
    log::PartId part;
    ByteOffset offset{};  // in the part as it was written
    std::string_view event_type;
    std::string_view event_id;
    TimestampMs timestamp{};
    std::string_view run_id;
    std::uint64_t bytes = 0;  // of the line, with its newline
};

// Whether the event is to go.  Asked for every line that is an event, in order, from one thread;
// lines that are no events (damage, foreign bytes) always stay.
using RemoveEvent = std::function<bool(const ArchivedEvent&)>;

// What a rewrite comes to.
struct RewriteTotals {
    std::uint64_t events_removed = 0;
    std::uint64_t bytes_removed = 0;  // of JSONL
    std::uint64_t events_left = 0;    // other lines count
    std::uint64_t bytes_left = 0;
};

struct RewrittenFile {
    // The new file as the manifest is to list it; nullopt: no line is left, and there is none.
    std::optional<ArchiveFile> file{};
    // All parts of the old file, as the manifest is to list them: those that lost lines have
    // rewrites + 1 and the new ranges among `removed`; those of which nothing is left have no file.
    std::vector<ArchivedPart> parts{};
    // Each range that was removed now, by part and offset: what ledger.retained names.
    struct Removed {
        log::PartId part;
        RemovedRange range;
    };
    std::vector<Removed> removed{};
    RewriteTotals totals{};
};

// Writes what is left of `file` to archive/day=…/NAME.tmp, where NAME is file_name(number), synced
// and read back.  The same lines make the same ranges, so a rewrite that was cut short can be done
// again.  kCorrupt: a part of `file` is not what `manifest` says; nothing is left of the new file.
Result<RewrittenFile> rewrite_file(const ArchiveLayout& layout, const Manifest& manifest,
                                   const ArchiveFile& file, FileNumber number,
                                   const RemoveEvent& remove, const Progress& progress = {});

// The manifest in which `rewritten` has taken the place of `file`.
Manifest with_rewritten(Manifest manifest, const ArchiveFile& file, const RewrittenFile& rewritten);

// The number after the greatest that any file in the day's directory, or the manifest, has.
Result<FileNumber> next_file_number(const ArchiveLayout& layout, const Manifest& manifest);

}  // namespace daybook::archive
