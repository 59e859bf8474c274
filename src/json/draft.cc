#include "json/draft.h"

#include <charconv>

#include "base/check.h"
#include "json/number.h"
#include "json/writer.h"

namespace daybook::json {
namespace {

// The digits of `time`, in `buffer`.
std::string_view digits(TimestampMs time, char (&buffer)[kIntegerCharsMax]) {
    const char* const end = std::to_chars(buffer, buffer + sizeof buffer, time.value()).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace

void fill(std::string& line, std::size_t begin, const Draft& draft, const event::EventId& id,
          TimestampMs time) {
    char buffer[kIntegerCharsMax];
    const std::string_view text = digits(time, buffer);
    line.replace(begin + draft.timestamp_at, kTimestampHole.size(), text);
    id.write(line.data() + begin + draft.event_id_at);
}

void fill(std::string& line, std::size_t begin, const Draft& draft, std::string_view id,
          TimestampMs time) {
    // The time first: it stands behind the id.
    DAYBOOK_CHECK(draft.event_id_at < draft.timestamp_at);
    char buffer[kIntegerCharsMax];
    const std::string_view text = digits(time, buffer);
    line.replace(begin + draft.timestamp_at, kTimestampHole.size(), text);
    line.replace(begin + draft.event_id_at, event::kEventIdChars, id);
}

Draft append_envelope(std::string& out, std::string_view type, std::string_view run_id,
                      int schema_version) {
    const std::size_t begin = out.size();
    Draft draft;
    Writer writer(out);
    writer.raw("{\"event_type\":");
    writer.string(type);
    writer.raw(",\"event_id\":\"");
    draft.event_id_at = writer.size();
    writer.raw("000000000000000000000000000000000000\",\"timestamp_ms\":");
    draft.timestamp_at = writer.size();
    writer.raw(kTimestampHole);
    writer.raw(",\"run_id\":");
    writer.string(run_id);
    if (schema_version != 1) {
        writer.raw(",\"schema_version\":");
        writer.integer(std::int64_t{schema_version});
    }
    DAYBOOK_CHECK(writer.finish().has_value());
    DAYBOOK_CHECK(begin + draft.timestamp_at < out.size());
    return draft;
}

}  // namespace daybook::json
