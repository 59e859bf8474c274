#include "ledger/records_in_log.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "json/envelope.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kLinesPerStep = 65'536;

using WantedIds = std::set<std::string_view>;

bool may_hold(const IdRange& ids, const WantedIds& wanted) {
    if (ids.count() == 0) return false;
    const auto least = wanted.lower_bound(ids.min());
    return least != wanted.end() && *least <= ids.max();
}

}  // namespace

Status mark_records_in_log(const log::Layout& layout, const std::vector<IdPart>& parts,
                           RepairFacts& facts, const std::function<Status()>& step) {
    WantedIds wanted;
    for_each_record(facts, [&](const log::PartId&, const BuriedRecord& record) {
        wanted.insert(record.event_id);
    });
    if (wanted.empty()) return {};
    std::unordered_set<std::string> there;
    json::EnvelopeReader envelopes;
    for (const IdPart& part : parts) {
        if (!may_hold(part.ids, wanted)) continue;
        Result<log::PartReader> reader = log::PartReader::open(layout, part.part);
        if (!reader) continue;  // Said when it was read first.
        std::size_t lines = 0;
        while (true) {
            const Result<const log::Line*> read = reader->next_line();
            if (!read || *read == nullptr || (*read)->end() > part.end) break;
            if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
            if ((*read)->kind == log::LineKind::kDamaged) continue;
            const auto envelope = envelopes.read((*read)->text);
            if (envelope && wanted.contains(envelope->event_id)) there.emplace(envelope->event_id);
        }
    }
    for_each_record(facts, [&](const log::PartId&, BuriedRecord& record) {
        record.in_log = !there.insert(record.event_id).second;
    });
    return {};
}

}  // namespace daybook::ledger
