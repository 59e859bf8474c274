// Every way in which the damage rig spoils a part, numbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "rigs/damage_part.h"

namespace daybook::testing {

// Bytes of the sound part, from `begin` up to `end`, that are gone or no longer where they were.
// An empty range says that something has come between two bytes.
struct Touched {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Damage {
    std::string bytes;             // of the spoilt part
    std::vector<Touched> touched;  // by place
};

// A kind of damage and its cases: all there are, or (`drawn`) so many drawn at random.
struct DamageKind {
    const char* name;
    std::size_t cases;
    Damage (*make)(const DamagePart& part, std::size_t index, RandomSource& random);
    // Whether bytes get other neighbours than they had, so that halves of lines may meet.
    bool moves_bytes = false;
};

// In the order of their cases' numbers.
const std::vector<DamageKind>& damage_kinds();
// Cases of all kinds.
std::size_t damage_cases();

}  // namespace daybook::testing
