// The two documents of sealing: a part's seal, and the head that names the newest seal.
//
// The format is docs/formats/seal.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"

namespace daybook::ledger {

inline constexpr std::int64_t kSealFormat = 1;
// No seal and no head comes near it.
inline constexpr std::size_t kSealBytesMax = std::size_t{64} << 10;

// What is known about the content of a part that can no longer grow.
struct PartFacts {
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;  // whole lines with all that an event has, Daybook's own and foreign
    std::optional<std::string> first_event_id{};
    std::optional<std::string> last_event_id{};
    std::optional<TimestampMs> timestamp_min{};
    std::optional<TimestampMs> timestamp_max{};
    bool operator==(const PartFacts&) const = default;
};

struct Seal {
    log::PartId part;
    PartFacts facts{};
    std::string sha256{};  // of the part's bytes
    bool bad = false;      // a sync of the part had failed
    // SHA-256 of the bytes of the ledger's seal before this one; none for the first.
    std::optional<std::string> previous{};
    bool operator==(const Seal&) const = default;
};

// The document, with its newline.
std::string encode_seal(const Seal& seal);
// `path` is for messages.  kCorrupt: it is no seal; kUnsupported: one of a newer format.
Result<Seal> decode_seal(std::string_view text, const std::string& path);

struct Head {
    log::PartId part;
    std::string sha256;  // of the bytes of the part's seal
    bool operator==(const Head&) const = default;
};

std::string encode_head(const Head& head);
Result<Head> decode_head(std::string_view text, const std::string& path);

}  // namespace daybook::ledger
