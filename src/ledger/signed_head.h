// A signed head: a small document that says how far the chain of seals had come, signed with a key
// that the ledger's machine need not keep.
//
// Whoever holds it elsewhere can see later whether anything that was sealed by then has been
// removed or changed.  The format is docs/formats/seal.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/signature.h"
#include "ledger/ledger_dir.h"
#include "ledger/seal_chain.h"

namespace daybook::ledger {

inline constexpr std::int64_t kSignedHeadFormat = 1;

struct SignedHead {
    std::string ledger_id;
    log::PartId part{};         // whose seal was the newest
    std::string seal_sha256{};  // of that seal's bytes
    std::uint64_t seals = 0;    // in the chain, that one included
    std::uint64_t bytes = 0;    // of all parts that they seal
    std::uint64_t events = 0;
    TimestampMs signed_at{};
    std::string public_key{};  // hexadecimal, as is the signature
    std::string signature{};
    bool operator==(const SignedHead&) const = default;
};

// The bytes that the signature covers.
std::string text_to_sign(const SignedHead& head);
// The document, with its newline.
std::string encode_signed_head(const SignedHead& head);
Result<SignedHead> decode_signed_head(std::string_view text, const std::string& path);

// Whether the signature is that of the key's holder.  `public_key` as parse_public_key() gives it.
bool is_signed_by(const SignedHead& head, std::string_view public_key);

// Signs the newest seal.  kNotFound: there is no ledger.json, or nothing is sealed yet; kCorrupt:
// the chain is not whole, and what is not whole is not signed.
Result<SignedHead> sign_head(const LedgerDir& dir, const SigningKey& key, const Clock& clock);

// Why the chain is not the one that was signed; empty if it is that, grown perhaps.
std::string signed_history_problem(const SignedHead& head, const SealFiles& files,
                                   const Chain& chain);

}  // namespace daybook::ledger
