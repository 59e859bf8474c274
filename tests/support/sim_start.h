// Logs for a test to begin with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "support/sim_log.h"

namespace daybook::testing {

// What a log may be like when a writer comes: identifier, words.
#define DAYBOOK_START_LIST(X)                                                \
    X(kNothing, "no ledger")                                                 \
    X(kSynced, "a part with two durable events")                             \
    X(kUnsynced, "a part with two events, the second of them not synced")    \
    X(kNearlyFull, "a part that the next long event makes full")             \
    X(kTorn, "a part that ends in a fragment")                               \
    X(kTornDurable, "a part that ends in a fragment, all of it on the disk") \
    X(kBooted, "a part that was written before this boot")

enum class Start : std::uint8_t {
#define DAYBOOK_START_ENUMERATOR(identifier, words) identifier,
    DAYBOOK_START_LIST(DAYBOOK_START_ENUMERATOR)
#undef DAYBOOK_START_ENUMERATOR
};
inline constexpr std::size_t kStarts = 7;
std::string_view to_string(Start start);

// A long event: it fills the part of Start::kNearlyFull, and lies in three sectors anywhere.
inline constexpr std::size_t kLongEventBytes = 900;

struct Beginning {
    SimTree tree;
    std::vector<Promise> promises;
};
// Made at the first call; no simulated file system may be in force then.
const Beginning& beginning_of(Start start);

}  // namespace daybook::testing
