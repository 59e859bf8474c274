#include "ledger/event_line.h"

#include "json/grammar.h"

namespace daybook::ledger {
namespace {

bool is_no_json(const log::Line& line) {
    return line.kind == log::LineKind::kForeign && !json::has_json_grammar(line.text);
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
