#include "ledger/foreign_records.h"

#include <algorithm>
#include <cstdint>

#include "base/calendar.h"
#include "event/event_id.h"
#include "json/nonfinite.h"
#include "json/reader.h"

namespace daybook::ledger {
namespace {

// What is passed over while beginnings are tried, as a multiple of the line: damage may hold very
// many braces.
constexpr std::size_t kPassesMax = 64;

bool read_text(json::Reader& reader, std::string& out) {
    std::string_view value;
    if (!reader.string(&value)) return false;
    out = value;
    return true;
}

// Where the object that begins at `begin` ends, by its braces and quotes; npos: it does not.
std::size_t object_end(std::string_view text, std::size_t begin) {
    int depth = 0;
    for (std::size_t at = begin; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\') ++at;
            }
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (--depth == 0) return at + 1;
        }
    }
    return std::string_view::npos;
}

// Behind an object that lies within another one the other one goes on.
bool lies_within_another(std::string_view text, std::size_t end) {
    return end < text.size() && std::string_view(",]}").find(text[end]) != std::string_view::npos;
}

void find_in_line(std::string_view line, ByteOffset base, std::vector<ForeignRecord>& found) {
    std::size_t left = kPassesMax * line.size();
    std::size_t at = 0;
    while ((at = line.find('{', at)) != std::string_view::npos) {
        const std::size_t end = object_end(line, at);
        const std::size_t passed = std::min(end, line.size()) - at;
        if (passed > left) return;
        left -= passed;
        if (end == std::string_view::npos || lies_within_another(line, end)) {
            ++at;
            continue;
        }
        ForeignRecord record = read_foreign(line.substr(at, end - at), base + at);
        if (record.event_id.empty()) {
            ++at;
            continue;
        }
        found.push_back(std::move(record));
        at = end;
    }
}

// Reads what `json` says into `record`; false: it is no event, or Daybook's own.
bool read_event(std::string_view json, ForeignRecord& record) {
    json::Reader reader(json);
    std::string run_id;
    std::int64_t time = 0;
    bool has_time = false;
    bool good = reader.enter_object();
    std::string_view name;
    while (good && reader.next_field(&name)) {
        if (name == "event_type") {
            good = read_text(reader, record.event_type);
        } else if (name == "event_id") {
            good = read_text(reader, record.event_id);
        } else if (name == "run_id") {
            good = read_text(reader, run_id);
        } else if (name == "timestamp_ms") {
            good = has_time = reader.integer(&time);
        } else {
            good = name != "seq" && name != "synced" && name != "checksum" && reader.skip();
        }
    }
    record.timestamp = TimestampMs(time);
    return good && reader.finish() && has_time && has_day(record.timestamp) && !run_id.empty() &&
           !record.event_type.empty() && event::is_event_id(record.event_id);
}

}  // namespace

ForeignRecord read_foreign(std::string_view text, ByteOffset offset) {
    ForeignRecord record{.text = text, .offset = offset};
    if (read_event(text, record)) return record;
    // The type decides what becomes of such numbers, and may stand behind them.
    if (const auto json = json::event_without_nonfinite(text, "")) {
        if (read_event(*json, record)) {
            record.converted = *json::event_without_nonfinite(text, record.event_type);
            return record;
        }
    }
    record.event_id.clear();
    return record;
}

std::vector<ForeignRecord> find_foreign_records(std::string_view bytes, ByteOffset base) {
    std::vector<ForeignRecord> found;
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        find_in_line(bytes.substr(begin, end - begin), base + begin, found);
        begin = end + 1;
    }
    return found;
}

}  // namespace daybook::ledger
