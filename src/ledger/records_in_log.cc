#include "ledger/records_in_log.h"

#include <cstddef>

#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kLinesPerStep = 65'536;

}  // namespace

RecordsInLog::RecordsInLog(RepairFacts& facts, const std::vector<IdPart>& parts)
    : facts_(facts), parts_(parts) {
    for_each_record(facts_, [&](const log::PartId&, const BuriedRecord& record) {
        wanted_.insert(record.event_id);
    });
    for (const IdPart& part : parts_) ends_.emplace(part.part, part.end);
}

void RecordsInLog::see(const log::PartId& part, const log::Line& line, std::string_view event_id) {
    if (!wanted_.contains(event_id)) return;
    const auto end = ends_.find(part);
    if (end != ends_.end() && line.end() <= end->second) there_.emplace(event_id);
}

Status RecordsInLog::read_others(const log::LogSource& source, const std::set<log::PartId>& seen,
                                 const std::function<Status()>& step) {
    json::EnvelopeReader envelopes;
    for (const IdPart& part : parts_) {
        if (part.ids.count() == 0 || seen.contains(part.part)) continue;
        const auto least = wanted_.lower_bound(part.ids.min());
        if (least == wanted_.end() || *least > part.ids.max()) continue;
        Result<log::PartReader> reader = log::PartReader::open(source, part.part);
        if (!reader) continue;  // Said when it was read first.
        std::size_t lines = 0;
        while (true) {
            const Result<const log::Line*> line = reader->next_line();
            if (!line || *line == nullptr || (*line)->end() > part.end) break;
            if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
            if (const auto event = event_of(**line, envelopes)) {
                see(part.part, **line, event->event_id);
            }
        }
    }
    return {};
}

void RecordsInLog::mark() {
    for_each_record(facts_, [&](const log::PartId&, BuriedRecord& record) {
        record.in_log = !there_.insert(record.event_id).second;
    });
}

}  // namespace daybook::ledger
