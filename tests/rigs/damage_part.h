// A part as the writer makes it, to be damaged: its bytes, and what each of its lines reads as.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "log/line.h"

namespace daybook::testing {

inline constexpr std::size_t kDamagePartBytes = std::size_t{64} << 10;
inline constexpr std::size_t kDamagePartLines = 160;

struct DamagePart {
    // A line as it reads while nothing is damaged.
    struct Line {
        std::size_t begin = 0;
        std::size_t newline = 0;  // where its newline is
        log::Seq synced;
        std::uint64_t checksum = 0;
        std::size_t body_bytes = 0;
    };

    std::string bytes;        // kDamagePartBytes
    std::vector<Line> lines;  // kDamagePartLines; the one at index i has seq i + 1
};

// Lets the writer append lines of 170 to some thousand bytes to an empty log at `root`, with a sync
// now and then, so that a part of exactly kDamagePartBytes comes about.
DamagePart write_damage_part(const std::string& root, std::uint64_t seed);

}  // namespace daybook::testing
