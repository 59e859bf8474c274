#include "cli/event_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/text_width.h"
#include "json/reader.h"

namespace daybook::cli {
namespace {

// Said already by the envelope, or of no interest to a reader of the payload.
constexpr std::array<std::string_view, 8> kNotPayload = {
    "event_type",     "event_id", "timestamp_ms", "run_id",
    "schema_version", "seq",      "synced",       "checksum"};

// What happened to a run or phase is seen by its colour.
std::string_view colour_of(std::string_view event_type) {
    if (event_type.ends_with(".failed")) return "\x1b[31m";
    if (event_type.ends_with(".completed")) return "\x1b[32m";
    if (event_type == "run.cancelled" || event_type == "run.interrupted") return "\x1b[33m";
    if (event_type.starts_with("run.")) return "\x1b[36m";
    return "";
}

// `json` without its quotes if it is a string that reads well without them.
std::string value_text(const std::string& json) {
    if (json.size() < 3 || json.front() != '"') return json;
    const std::string_view inside = std::string_view(json).substr(1, json.size() - 2);
    return inside.find_first_of("\\\" =") == std::string_view::npos ? std::string(inside) : json;
}

std::string time_text(TimestampMs time) {
    std::string text = to_iso8601(time);  // 2026-01-23T09:15:00.250Z
    std::replace(text.begin(), text.end(), 'T', ' ');
    if (text.ends_with('Z')) text.pop_back();
    return text;
}

}  // namespace

std::vector<EventField> event_fields(std::string_view line) {
    std::vector<EventField> fields;
    json::Reader reader(line);
    if (!reader.enter_object()) return fields;
    std::string_view name;
    while (reader.next_field(&name)) {
        EventField field{.name = std::string(name), .json = ""};
        reader.start_copy(&field.json);
        const bool whole = reader.skip();
        reader.stop_copy();
        if (!whole) break;
        fields.push_back(std::move(field));
    }
    return fields;
}

std::string event_text(const json::Envelope& envelope, std::string_view line, const Style& style) {
    const std::string time = time_text(envelope.timestamp);
    const std::string type = fmt::format("{:<18}", one_line(envelope.event_type));
    std::string rest = "  " + one_line(envelope.run_id) + " ";
    for (const EventField& field : event_fields(line)) {
        if (std::find(kNotPayload.begin(), kNotPayload.end(), field.name) != kNotPayload.end()) {
            continue;
        }
        rest += ' ' + one_line(field.name) + '=' + one_line(value_text(field.json));
    }
    rest.erase(rest.find_last_not_of(' ') + 1);
    if (style.terminal && style.columns > 0) {
        const std::size_t used = time.size() + 2 + text_width(type);
        const auto columns = static_cast<std::size_t>(style.columns);
        rest = cut_to_width(rest, columns > used ? columns - used : 1);
    }
    if (!style.colour) return time + "  " + type + rest;
    return fmt::format("\x1b[2m{}\x1b[0m  {}{}\x1b[0m{}", time, colour_of(envelope.event_type),
                       type, rest);
}

}  // namespace daybook::cli
