#include "ledger/part_survey.h"

#include <optional>

#include "ledger/document_json.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

// The id as it is after having been written as JSON: other tools' ids may hold any bytes.
std::string as_json_has_it(const std::string& id) {
    return nlohmann::json::parse(json_string(id), nullptr, false).get<std::string>();
}

std::string text_of(const std::optional<std::string>& id) { return id.value_or("none"); }

std::string text_of(const std::optional<TimestampMs>& time) {
    return time ? fmt::format("{}", time->value()) : "none";
}

}  // namespace

PartFacts PartSurvey::facts(std::uint64_t bytes) const {
    PartFacts facts{.bytes = bytes, .events = events_};
    if (events_ == 0) return facts;
    facts.first_event_id = as_json_has_it(first_id_);
    facts.last_event_id = as_json_has_it(last_id_);
    facts.timestamp_min = min_;
    facts.timestamp_max = max_;
    return facts;
}

Result<PartFacts> survey_part(const log::Layout& layout, const log::PartId& part,
                              std::uint64_t bytes) {
    ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout, part));
    PartSurvey survey;
    json::EnvelopeReader envelopes;
    while (true) {
        ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
        if (!line || line->end().value() > bytes) break;
        if (const auto envelope = event_of(*line, envelopes)) survey.see(*envelope);
    }
    return survey.facts(bytes);
}

std::string facts_difference(const PartFacts& found, const PartFacts& sealed) {
    if (found.bytes != sealed.bytes) {
        return fmt::format("it has {} bytes, the seal says {}", found.bytes, sealed.bytes);
    }
    if (found.events != sealed.events) {
        return fmt::format("it has {} events, the seal says {}", found.events, sealed.events);
    }
    if (found.first_event_id != sealed.first_event_id) {
        return fmt::format("its first event is {}, the seal says {}", text_of(found.first_event_id),
                           text_of(sealed.first_event_id));
    }
    if (found.last_event_id != sealed.last_event_id) {
        return fmt::format("its last event is {}, the seal says {}", text_of(found.last_event_id),
                           text_of(sealed.last_event_id));
    }
    if (found.timestamp_min != sealed.timestamp_min) {
        return fmt::format("its smallest timestamp_ms is {}, the seal says {}",
                           text_of(found.timestamp_min), text_of(sealed.timestamp_min));
    }
    if (found.timestamp_max != sealed.timestamp_max) {
        return fmt::format("its greatest timestamp_ms is {}, the seal says {}",
                           text_of(found.timestamp_max), text_of(sealed.timestamp_max));
    }
    return "";
}

}  // namespace daybook::ledger
