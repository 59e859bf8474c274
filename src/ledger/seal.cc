#include "ledger/seal.h"

#include "ledger/document_json.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kSha256Digits = 64;

std::string quoted(const std::optional<std::string>& text) {
    return text ? json_string(*text) : "null";
}

std::string number(const std::optional<TimestampMs>& time) {
    return time ? fmt::format("{}", time->value()) : "null";
}

Result<PartFacts> read_facts(const Document& document) {
    PartFacts facts;
    ASSIGN_OR_RETURN(facts.bytes, document.count("bytes"));
    ASSIGN_OR_RETURN(facts.events, document.count("events"));
    ASSIGN_OR_RETURN(facts.first_event_id, document.text_or_null("first_event_id"));
    ASSIGN_OR_RETURN(facts.last_event_id, document.text_or_null("last_event_id"));
    ASSIGN_OR_RETURN(facts.timestamp_min, document.time_or_null("timestamp_ms_min"));
    ASSIGN_OR_RETURN(facts.timestamp_max, document.time_or_null("timestamp_ms_max"));
    return facts;
}

}  // namespace

std::string encode_seal(const Seal& seal) {
    const PartFacts& facts = seal.facts;
    return fmt::format(
        R"({{"format":{},"part":"{}","bytes":{},"events":{},"sha256":"{}","first_event_id":{},)"
        R"("last_event_id":{},"timestamp_ms_min":{},"timestamp_ms_max":{},"bad":{},)"
        R"("previous":{}}})"
        "\n",
        kSealFormat, to_string(seal.part), facts.bytes, facts.events, seal.sha256,
        quoted(facts.first_event_id), quoted(facts.last_event_id), number(facts.timestamp_min),
        number(facts.timestamp_max), seal.bad, quoted(seal.previous));
}

Result<Seal> decode_seal(std::string_view text, const std::string& path) {
    ASSIGN_OR_RETURN(
        const Document document,
        Document::parse(text, {.path = path,
                               .name = "seal",
                               .cure = "; a seal never changes: put the one of a copy back"}));
    RETURN_IF_ERROR(document.check_format(kSealFormat));
    Seal seal;
    ASSIGN_OR_RETURN(seal.part, document.part("part"));
    ASSIGN_OR_RETURN(seal.facts, read_facts(document));
    ASSIGN_OR_RETURN(seal.sha256, document.hex("sha256", kSha256Digits));
    ASSIGN_OR_RETURN(seal.bad, document.boolean("bad"));
    ASSIGN_OR_RETURN(seal.previous, document.hex_or_null("previous", kSha256Digits));
    return seal;
}

std::string encode_head(const Head& head) {
    return fmt::format(R"({{"part":"{}","sha256":"{}"}})"
                       "\n",
                       to_string(head.part), head.sha256);
}

Result<Head> decode_head(std::string_view text, const std::string& path) {
    ASSIGN_OR_RETURN(
        const Document document,
        Document::parse(text, {.path = path,
                               .name = "head",
                               .cure = "; put the one of a copy back, or see 'daybook verify'"}));
    // The first format has no number.
    if (document.has("format")) RETURN_IF_ERROR(document.check_format(kSealFormat));
    Head head;
    ASSIGN_OR_RETURN(head.part, document.part("part"));
    ASSIGN_OR_RETURN(head.sha256, document.hex("sha256", kSha256Digits));
    return head;
}

}  // namespace daybook::ledger
