#include "lifecycle/wanted_ids.h"

#include "base/hash.h"
#include "index/event_key.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::lifecycle {

void WantedIds::want(std::string_view event_id, std::string_view run_id) {
    auto run = runs_.find(run_id);
    if (run == runs_.end()) {
        run = runs_.emplace(run_id, missing_.size()).first;
        missing_.push_back(0);
    }
    const bool is_new = !wanted_.insert(index::event_key(event_id), run->second);
    if (is_new) ++missing_[run->second];
}

bool WantedIds::has_all_of(std::string_view run_id) const {
    const auto run = runs_.find(run_id);
    return run == runs_.end() || missing_[run->second] == 0;
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
            const std::optional<std::uint64_t> run = wanted_.find(id);
            const bool is_first = run && !there_.insert(id, xxh3_64(line->body));
            if (is_first) --missing_[*run];
            if (!runs_.contains(event->run_id)) continue;
            if (!runs_there_.contains(event->run_id)) runs_there_.emplace(event->run_id);
            deleted_.see(*event);
        }
    }
    return {};
}

}  // namespace daybook::lifecycle
