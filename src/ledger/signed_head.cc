#include "ledger/signed_head.h"

#include <algorithm>

#include "base/calendar.h"
#include "base/hash.h"
#include "ledger/document_json.h"
#include "ledger/manifest.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kSha256Digits = 64;
// No other text that Daybook may sign one day begins like this.
constexpr std::string_view kSignedPrefix = "daybook signed head\n";

std::string hex_of(std::string_view bytes) {
    return to_hex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

// Two hexadecimal digits a byte; the document has been checked for them.
std::string bytes_of_hex(std::string_view digits) {
    const auto value = [](char c) {
        return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
    }
    return bytes;
}

// The document without its signature and without what closes it.
std::string encode_unsigned(const SignedHead& head) {
    return fmt::format(
        R"({{"format":{},"ledger_id":{},"part":"{}","seal_sha256":"{}","seals":{},"bytes":{},)"
        R"("events":{},"signed_at_ms":{},"public_key":"{}")",
        kSignedHeadFormat, json_string(head.ledger_id), to_string(head.part), head.seal_sha256,
        head.seals, head.bytes, head.events, head.signed_at.value(), head.public_key);
}

// A document may say any number.
std::string time_text(TimestampMs time) {
    return has_day(time) ? to_iso8601(time) : fmt::format("{} ms", time.value());
}

// Adds up the first `count` seals of the chain.
void add_totals(SignedHead& head, const SealFiles& files, const Chain& chain, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Seal& seal = files.seals[chain.order[i]].seal;
        head.bytes += seal.facts.bytes;
        head.events += seal.facts.events;
    }
}

}  // namespace

std::string text_to_sign(const SignedHead& head) {
    return std::string(kSignedPrefix) + encode_unsigned(head) + "}";
}

std::string encode_signed_head(const SignedHead& head) {
    return fmt::format("{},\"signature\":\"{}\"}}\n", encode_unsigned(head), head.signature);
}

Result<SignedHead> decode_signed_head(std::string_view text, const std::string& path) {
    ASSIGN_OR_RETURN(const Document document,
                     Document::parse(text, {.path = path,
                                            .name = "signed head",
                                            .cure = "; 'daybook seal --sign KEY.pem' writes one"}));
    RETURN_IF_ERROR(document.check_format(kSignedHeadFormat));
    SignedHead head;
    ASSIGN_OR_RETURN(head.ledger_id, document.text("ledger_id"));
    ASSIGN_OR_RETURN(head.part, document.part("part"));
    ASSIGN_OR_RETURN(head.seal_sha256, document.hex("seal_sha256", kSha256Digits));
    ASSIGN_OR_RETURN(head.seals, document.count("seals"));
    ASSIGN_OR_RETURN(head.bytes, document.count("bytes"));
    ASSIGN_OR_RETURN(head.events, document.count("events"));
    ASSIGN_OR_RETURN(head.signed_at, document.time("signed_at_ms"));
    ASSIGN_OR_RETURN(head.public_key, document.hex("public_key", 2 * kPublicKeyBytes));
    ASSIGN_OR_RETURN(head.signature, document.hex("signature", 2 * kSignatureBytes));
    return head;
}

bool is_signed_by(const SignedHead& head, std::string_view public_key) {
    return head.public_key == hex_of(public_key) &&
           signature_holds(text_to_sign(head), bytes_of_hex(head.signature), public_key);
}

Result<SignedHead> sign_head(const LedgerDir& dir, const SigningKey& key, const Clock& clock) {
    const Result<Manifest> manifest = read_manifest(dir);
    if (!manifest) {
        return fail(manifest.error().with_context(
            "sign the head: a ledger is known by the id in its ledger.json"));
    }
    ASSIGN_OR_RETURN(const SealFiles files, read_seals(dir.layout()));
    const Chain chain = examine_chain(files, dir.layout());
    for (const ChainProblem& problem : chain.problems) {
        if (!problem.is_problem()) continue;
        return fail(
            ErrorCode::kCorrupt,
            "sign the head of {}: the chain of seals is not whole, see 'daybook verify': {}",
            dir.root(), problem.detail);
    }
    if (chain.order.empty()) {
        return fail(ErrorCode::kNotFound, "sign the head of {}: nothing is sealed yet", dir.root());
    }
    const StoredSeal& newest = files.seals[chain.order.back()];
    SignedHead head{.ledger_id = manifest->ledger_id,
                    .part = newest.part,
                    .seal_sha256 = newest.sha256,
                    .seals = chain.order.size(),
                    .signed_at = clock.now(),
                    .public_key = hex_of(key.public_key())};
    add_totals(head, files, chain, chain.order.size());
    head.signature = hex_of(key.sign(text_to_sign(head)));
    return head;
}

std::string signed_history_problem(const SignedHead& head, const SealFiles& files,
                                   const Chain& chain) {
    const auto found = std::find_if(chain.order.begin(), chain.order.end(), [&](std::size_t index) {
        return files.seals[index].sha256 == head.seal_sha256;
    });
    if (found == chain.order.end()) {
        return fmt::format(
            "the seal of {}, number {} of the chain when it was signed at {}, is not in today's "
            "chain of {}: what was sealed by then has been removed or written anew",
            to_string(head.part), head.seals, time_text(head.signed_at), chain.order.size());
    }
    const auto place = static_cast<std::uint64_t>(found - chain.order.begin()) + 1;
    if (place != head.seals) {
        return fmt::format(
            "the seal of {} was number {} of the chain when it was signed at {}; today's chain "
            "reaches back only so far that it is number {}: {} before it gone",
            to_string(head.part), head.seals, time_text(head.signed_at), place,
            head.seals > place ? head.seals - place : 0);
    }
    SignedHead totals;
    add_totals(totals, files, chain, place);
    if (totals.bytes != head.bytes || totals.events != head.events) {
        return fmt::format("the chain up to {} seals {} bytes and {} events, signed were {} and {}",
                           to_string(head.part), totals.bytes, totals.events, head.bytes,
                           head.events);
    }
    return "";
}

}  // namespace daybook::ledger
