#include "lifecycle/wanted_ids.h"

#include <vector>

#include "base/hash.h"
#include "index/event_key.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::lifecycle {

void WantedIds::want(std::string_view event_id, std::string_view run_id) {
    wanted_.insert(index::event_key(event_id), 0);
    if (!runs_.contains(run_id)) runs_.emplace(run_id);
}

Status WantedIds::look(const log::LogSource& source) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    json::EnvelopeReader envelopes;
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source, part.id));
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
            if (line == nullptr) break;
            const std::optional<json::Envelope> event = ledger::event_of(*line, envelopes);
            if (!event) continue;
            const Hash128 id = index::event_key(event->event_id);
            if (wanted_.has(id)) there_.insert(id, xxh3_64(line->body));
            if (runs_.contains(event->run_id) && !runs_there_.contains(event->run_id)) {
                runs_there_.emplace(event->run_id);
            }
        }
    }
    return {};
}

}  // namespace daybook::lifecycle
