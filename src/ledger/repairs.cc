#include "ledger/repairs.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// As Daybook writes it; another tool's word for what is damaged counts for nothing.
constexpr std::string_view kOpening = R"({"event_type":"ledger.repaired",)";

std::uint64_t count_of(json::Node& value) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(value.as_int().value_or(0), 0));
}

std::string text_of(json::Node& value) {
    return std::string(value.as_string().value_or(std::string_view()));
}

}  // namespace

void Repairs::see(const log::Line& line) {
    if (line.kind != log::LineKind::kOurs || !line.text.starts_with(kOpening)) return;
    Entry entry;
    std::optional<log::PartId> part;
    const bool read =
        parser_.for_each_field(line.text, 0, [&](std::string_view key, json::Node value) {
            if (key == "part") part = log::parse_part_id(text_of(value));
            if (key == "offset") entry.offset = ByteOffset(count_of(value));
            if (key == "bytes") entry.bytes = count_of(value);
            if (key == "reason") entry.reason = text_of(value);
            if (key == "evidence_path") entry.evidence_path = text_of(value);
            if (key == "sha256") entry.sha256 = text_of(value);
            if (key == "first_seq") entry.first_seq = log::Seq(count_of(value));
            if (key == "lines") entry.lines = count_of(value);
            if (key == "events") entry.events = count_of(value);
        });
    if (!read || !part) return;
    entry.part = *part;
    entries_.push_back(std::move(entry));
}

const Repairs::Entry* Repairs::covering(const log::LogSource& source, const log::PartId& part,
                                        ByteOffset offset, std::uint64_t bytes) {
    for (Entry& entry : entries_) {
        const bool inside = entry.part == part && !entry.sha256.empty() && entry.offset <= offset &&
                            offset + bytes <= entry.offset + entry.bytes;
        if (!inside) continue;
        if (entry.compared == Entry::Bytes::kNotCompared) {
            const Result<std::string> now =
                sha256_of_range(source, part, entry.offset, entry.bytes);
            const bool same = now && *now == entry.sha256;
            entry.compared = same ? Entry::Bytes::kSame : Entry::Bytes::kOther;
        }
        if (entry.compared == Entry::Bytes::kSame) return &entry;
    }
    return nullptr;
}

bool Repairs::covers(const log::LogSource& source, const log::PartId& part, ByteOffset offset,
                     std::uint64_t bytes) {
    return covering(source, part, offset, bytes) != nullptr;
}

const Repairs::Entry* Repairs::noted(const log::Finding& finding) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        const bool same_kind =
            entry.bytes == 0 &&
            (finding.kind == log::FindingKind::kOutOfOrder) == (entry.reason == "out_of_order");
        // A damaged line stands for one of the missing numbers: of those a repair noted all.
        return same_kind && entry.part == finding.part && entry.offset == finding.offset &&
               entry.first_seq == finding.seq && finding.lines <= entry.lines;
    });
    return found == entries_.end() ? nullptr : &*found;
}

std::string Repairs::explain(const log::LogSource& source, const log::Finding& finding) {
    switch (finding.kind) {
        case log::FindingKind::kDamaged: {
            const Entry* entry = covering(source, finding.part, finding.offset, finding.length);
            if (entry == nullptr) return "";
            return fmt::format("repaired: {} event{} recovered, the bytes are kept in {}",
                               entry->events, entry->events == 1 ? "" : "s", entry->evidence_path);
        }
        case log::FindingKind::kLost:
        case log::FindingKind::kMissing:
        case log::FindingKind::kOutOfOrder:
            return noted(finding) == nullptr ? "" : "noted by a repair";
        case log::FindingKind::kTorn:
        case log::FindingKind::kSyncFailed: return "";
    }
    return "";
}

Result<std::string> sha256_of_range(const log::LogSource& source, const log::PartId& part,
                                    ByteOffset offset, std::uint64_t bytes) {
    ASSIGN_OR_RETURN(const log::OpenPart file, log::open_part(source, part));
    Sha256 hash;
    std::string block(std::min<std::uint64_t>(bytes, kBlockBytes), '\0');
    for (std::uint64_t done = 0; done < bytes;) {
        const std::size_t want = std::min<std::uint64_t>(block.size(), bytes - done);
        ASSIGN_OR_RETURN(
            const std::size_t got,
            os::read_at(file.fd.get(), offset + done, std::span(block).first(want), file.path));
        if (got == 0) {
            return fail(ErrorCode::kIo,
                        "read {}: it ends at offset {}, {} bytes from {} are "
                        "expected",
                        file.path, (offset + done).value(), bytes, offset.value());
        }
        hash.update(std::string_view(block).substr(0, got));
        done += got;
    }
    return to_hex(hash.finish());
}

}  // namespace daybook::ledger
