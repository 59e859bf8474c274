#include "rigs/damage_part.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "log/layout.h"
#include "log/scan.h"
#include "log/writer.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::size_t kLineBytesMin = 170;
constexpr std::size_t kSyncEach = 9;
constexpr std::size_t kChecksumBytes = 31;

class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

// Sizes that add up to a whole part: most lines are short, a few are long.
std::vector<std::size_t> line_sizes(SeededRandom& random) {
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t i = 0; i < kDamagePartLines; ++i) {
        const double r = static_cast<double>(random.next() % 1000) / 1000;
        weights.push_back(0.2 + 40 * r * r * r * r * r * r * r * r);
        sum += weights.back();
    }
    constexpr std::size_t kToShare = kDamagePartBytes - kDamagePartLines * kLineBytesMin;
    std::vector<std::size_t> sizes;
    std::size_t left = kDamagePartBytes;
    for (const double weight : weights) {
        sizes.push_back(kLineBytesMin +
                        static_cast<std::size_t>(weight / sum * static_cast<double>(kToShare)));
        left -= sizes.back();
    }
    sizes.back() += left;
    return sizes;
}

// A field of `bytes` bytes in all that holds what lines hold: braces, quotes, escapes, UTF-8.
std::string filler(std::size_t bytes, SeededRandom& random) {
    static constexpr std::string_view kPieces[] = {"{", "}", "[1,2]", ",\\\"seq\\\":7", "\\n", "ö",
                                                   ":", "]", "\\\\",  "\\u0000",        "₿",   " "};
    std::string text = ",\"x\":\"";
    DAYBOOK_CHECK(bytes > text.size());
    while (text.size() + 1 < bytes) {
        const std::uint64_t drawn = random.next();
        const std::size_t room = bytes - 1 - text.size();
        const std::string_view piece = kPieces[drawn % std::size(kPieces)];
        if (drawn % 64 < 16 && piece.size() <= room) {
            text += piece;
        } else {
            text += static_cast<char>('a' + (drawn >> 32) % 26);
        }
    }
    return text + '"';
}

// The draft of a line that will have `bytes` bytes with its trailer and newline.
std::string make_draft(std::size_t seq, std::size_t synced, std::size_t bytes,
                       SeededRandom& random) {
    std::string text = fmt::format(
        R"({{"event_type":"t","event_id":"1769169600000_{:08x}","timestamp_ms":1769169600000,)"
        R"("run_id":"r{}")",
        random.next() & 0xffffffff, random.next() % 10);
    std::string trailer = fmt::format(",\"seq\":{}", seq);
    if (synced != 0) trailer += fmt::format(",\"synced\":{}", synced);
    const std::size_t around = text.size() + trailer.size() + kChecksumBytes + 1;
    return text + filler(bytes - around, random);
}

void append(log::Writer& writer, std::string draft) {
    NoStamp stamper;
    const log::Draft to_append{.text = draft, .timestamp = TimestampMs(1'769'169'600'000)};
    const log::AppendOutcome outcome =
        writer.append({&to_append, 1}, Durability::kProcess, stamper);
    DAYBOOK_CHECK(outcome.accepted == 1);
}

}  // namespace

DamagePart write_damage_part(const std::string& root, std::uint64_t seed) {
    const log::Layout layout(root);
    const ManualClock clock{TimestampMs(1'769'169'600'000)};
    SeededRandom random(seed);
    std::size_t synced = 0;
    {
        const std::unique_ptr<log::Writer> writer =
            log::Writer::open(layout, {.clock = &clock, .background = false}).value();
        std::size_t seq = 0;
        for (const std::size_t bytes : line_sizes(random)) {
            ++seq;
            append(*writer, make_draft(seq, synced, bytes, random));
            synced = 0;
            if (seq % kSyncEach == 0) {
                DAYBOOK_CHECK(writer->sync().has_value());
                synced = seq;
            }
        }
    }

    const std::vector<log::PartInfo> parts = log::list_parts(layout).value();
    DAYBOOK_CHECK(parts.size() == 1);
    DamagePart part;
    part.bytes = os::read_file(layout.part_path(parts[0].id), kDamagePartBytes).value();
    DAYBOOK_CHECK(part.bytes.size() == kDamagePartBytes);
    log::Scanner scanner(part.bytes, ByteOffset(0));
    while (const std::optional<log::Line> line = scanner.next()) {
        DAYBOOK_CHECK(line->kind == log::LineKind::kOurs);
        DAYBOOK_CHECK(line->seq == log::Seq(part.lines.size() + 1));
        part.lines.push_back({.begin = line->offset.value(),
                              .newline = line->end().value() - 1,
                              .synced = line->synced,
                              .checksum = line->checksum,
                              .body_bytes = line->body.size()});
    }
    DAYBOOK_CHECK(part.lines.size() == kDamagePartLines && scanner.rest().empty());
    return part;
}

}  // namespace daybook::testing
