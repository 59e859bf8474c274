#include "ledger/retained_events.h"

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "json/envelope.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

std::uint64_t count_of(const nlohmann::json& event, const char* field, std::uint64_t otherwise) {
    const auto found = event.find(field);
    return found != event.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                               : otherwise;
}

std::string text_of(const nlohmann::json& event, const char* field) {
    const auto found = event.find(field);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

RetainedEvent read_retained_event(std::string_view line) {
    const auto event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    RetainedEvent retained;
    if (!event.is_object()) return retained;
    retained.first_day = text_of(event, "first_day");
    retained.ranges_sha256 = text_of(event, "ranges_sha256");
    retained.left_sha256 = text_of(event, "left_sha256");
    retained.events = count_of(event, "events", 0);
    retained.bytes = count_of(event, "bytes", 0);
    retained.batch = count_of(event, "batch", 1);
    retained.batches = count_of(event, "batches", 1);
    return retained;
}

Result<RetainedEvents> read_retained_events(const log::Layout& layout) {
    RetainedEvents events;
    json::EnvelopeReader envelopes;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) {
        Result<log::PartReader> reader = log::PartReader::open(layout, part.id);
        // It is archived meanwhile, or has gone.
        if (!reader && reader.error().code() == ErrorCode::kNotFound) continue;
        if (!reader) return fail(reader.error());
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader->next_line());
            if (line == nullptr) break;
            if (line->kind == log::LineKind::kDamaged) continue;
            const std::optional<json::Envelope> envelope = envelopes.read(line->text);
            if (!envelope || envelope->event_type != kRetainedType) continue;
            events.emplace(envelope->event_id, read_retained_event(line->text));
        }
    }
    return events;
}

}  // namespace daybook::ledger
