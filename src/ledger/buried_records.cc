#include "ledger/buried_records.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/calendar.h"
#include "ledger/foreign_records.h"
#include "log/rescue.h"

namespace daybook::ledger {
namespace {

// How Daybook's lines begin.
constexpr std::string_view kOpening = R"({"event_type":")";

bool is_blank(std::string_view bytes) {
    return bytes.find_first_not_of(std::string_view("\0 \t\r\n", 5)) == std::string_view::npos;
}

}  // namespace

std::vector<BuriedRecord> BuriedRecordFinder::find(std::string_view bytes, ByteOffset base) {
    std::vector<BuriedRecord> records = find_ours(bytes, base);
    // Those of other tools stand between.
    const std::size_t ours = records.size();
    std::size_t from = 0;
    for (std::size_t i = 0; i <= ours; ++i) {
        const std::size_t to = i < ours ? records[i].offset - base : bytes.size();
        for (ForeignRecord& found :
             find_foreign_records(bytes.substr(from, to - from), base + from)) {
            records.push_back({.event_id = std::move(found.event_id),
                               .event_type = std::move(found.event_type),
                               .timestamp = found.timestamp,
                               // Without the brace, as bodies are.
                               .body = std::string(found.json().substr(0, found.json().size() - 1)),
                               .offset = found.offset,
                               .foreign = true});
        }
        if (i < ours) from = to + records[i].length;
    }
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return records;
}

std::vector<BuriedRecord> BuriedRecordFinder::find_ours(std::string_view bytes, ByteOffset base) {
    std::vector<BuriedRecord> records;
    for (const log::Line& line : log::find_records(bytes, base, kOpening)) {
        const std::optional<json::Envelope> envelope = envelopes_.read(line.text);
        // A checksum that holds over what is no event: nothing that could be appended.
        if (!envelope || !has_day(envelope->timestamp)) continue;
        records.push_back({.event_id = std::string(envelope->event_id),
                           .event_type = std::string(envelope->event_type),
                           .timestamp = envelope->timestamp,
                           .body = std::string(line.body),
                           .seq = line.seq,
                           .synced = line.synced,
                           .offset = line.offset,
                           .length = line.text.size()});
    }
    return records;
}

std::uint64_t count_lost_lines(std::string_view bytes, ByteOffset base,
                               const std::vector<BuriedRecord>& records) {
    std::uint64_t lost = 0;
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        const bool has_record = std::any_of(records.begin(), records.end(), [&](const auto& found) {
            return base + begin <= found.offset && found.offset < base + end;
        });
        if (!has_record && !is_blank(bytes.substr(begin, end - begin))) ++lost;
        begin = end + 1;
    }
    return lost;
}

}  // namespace daybook::ledger
