#include "log/rescue.h"

#include <algorithm>
#include <optional>

namespace daybook::log {
namespace {

constexpr std::string_view kMark = ",\"checksum\":\"";
constexpr std::size_t kMarkToEnd = 31;  // the mark, 16 digits and `"}`

// The record that ends at `end` and begins at `floor` or later.
std::optional<Line> record_ending_at(std::string_view bytes, std::size_t floor, std::size_t end,
                                     ByteOffset base, std::string_view opening) {
    const std::string_view room = bytes.substr(0, end);
    std::size_t start = room.rfind(opening);
    for (int tried = 0; tried < kRecordOpeningsMax; ++tried) {
        if (start == std::string_view::npos || start < floor) return std::nullopt;
        const Line line = judge_line(room.substr(start), base + start);
        if (line.kind == LineKind::kOurs) return line;
        if (start == 0) return std::nullopt;
        start = room.rfind(opening, start - 1);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Line> find_records(std::string_view bytes, ByteOffset base, std::string_view opening) {
    std::vector<Line> records;
    // From the end to the beginning: a payload may hold another event, trailer and all, and the
    // trailer behind it is that of the whole.
    std::size_t ceiling = bytes.size();  // where the next record may end
    while (true) {
        const std::size_t mark = bytes.substr(0, ceiling).rfind(kMark);
        if (mark == std::string_view::npos) break;
        const std::size_t end = mark + kMarkToEnd;
        std::optional<Line> record;
        if (end <= ceiling) {
            // npos + 1 is 0.
            const std::size_t floor = bytes.rfind('\n', mark) + 1;
            record = record_ending_at(bytes, floor, end, base, opening);
        }
        if (record) records.push_back(*record);
        ceiling = record ? record->offset - base : mark;
    }
    std::reverse(records.begin(), records.end());
    return records;
}

}  // namespace daybook::log
