#include "archive/removed_ranges.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace daybook::archive {

RemovedSum removed_by(const Manifest& manifest, std::string_view event_id) {
    RemovedSum sum;
    Sha256 hash;
    for (const ArchivedPart& part : manifest.parts) {
        for (const RemovedRange& range : part.removed) {
            if (range.event_id != event_id) continue;
            hash.update(fmt::format("{} {} {} {}\n", to_string(part.part), range.offset.value(),
                                    range.length, range.sha256));
            sum.events += range.lines;
            sum.bytes += range.length;
        }
    }
    sum.ranges_sha256 = to_hex(hash.finish());
    return sum;
}

std::string left_sha256(const Manifest& manifest) {
    Sha256 hash;
    for (const ArchivedPart& part : manifest.parts) {
        if (part.rewrites == 0) continue;
        hash.update(
            fmt::format("{} {} {}\n", to_string(part.part), part.left_bytes, part.left_sha256));
    }
    return to_hex(hash.finish());
}

void name_retention(RewrittenFile& rewritten, std::string_view event_id) {
    std::set<std::pair<log::PartId, ByteOffset>> removed;
    for (auto& [part, range] : rewritten.removed) {
        range.event_id = event_id;
        removed.emplace(part, range.offset);
    }
    for (ArchivedPart& part : rewritten.parts) {
        for (RemovedRange& range : part.removed) {
            if (removed.contains({part.part, range.offset})) range.event_id = event_id;
        }
    }
}

}  // namespace daybook::archive
