#include "ledger/event_line.h"

#include "json/nonfinite.h"
#include "json/reader.h"

namespace daybook::ledger {
namespace {

bool is_json(std::string_view text) {
    json::Reader reader(text);
    if (reader.skip() && reader.finish()) return true;
    return json::event_without_nonfinite(text, {}).has_value();
}

bool is_no_json(const log::Line& line) {
    return line.kind == log::LineKind::kForeign && !is_json(line.text);
}

}  // namespace

log::Line judge_json(const log::Line& line) {
    if (!is_no_json(line)) return line;
    return {.offset = line.offset,
            .text = line.text,
            .length = line.length,
            .kind = log::LineKind::kDamaged,
            .damage = log::Damage::kNoObject,
            .checksum = line.checksum};
}

std::optional<json::Envelope> event_of(const log::Line& line, json::EnvelopeReader& envelopes) {
    if (line.kind == log::LineKind::kDamaged || is_no_json(line)) return std::nullopt;
    return envelopes.read(line.text);
}

}  // namespace daybook::ledger
