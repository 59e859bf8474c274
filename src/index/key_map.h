// A hash table from 128-bit hashes to places: the keys are random already, so that their bits are
// the slot.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/hash.h"
#include "index/page_arena.h"
#include "index/place.h"
#include "index/staging.h"

namespace daybook::index {

// For `keys_max` keys at most.  Slots of 16 bytes hold half a key; the other half is looked up
// where the first one is equal, which is rare but for the key itself.
class KeyMap {
public:
    explicit KeyMap(std::size_t keys_max)
        : slots_(std::bit_ceil(keys_max * 2 + 16), Slot{}, &memory_), mask_(slots_.size() - 1) {}

    // The place kept for `key`, and whether it has just been put there.  `key_at(Place)` is the key
    // of a place that was put before.
    template <typename KeyAt>
    std::pair<Place*, bool> insert(const Hash128& key, Place place, const KeyAt& key_at) {
        std::size_t at = key.low & mask_;
        while (slots_[at].place != kFree) {
            if (slots_[at].high == key.high && key_at(slots_[at].place) == key) {
                return {&slots_[at].place, false};
            }
            at = (at + 1) & mask_;
        }
        slots_[at] = {key.high, place};
        return {&slots_[at].place, true};
    }

    // Has the slot of a key that is about to be asked for brought near.
    void prefetch(const Hash128& key) const { __builtin_prefetch(&slots_[key.low & mask_], 1); }

private:
    static constexpr Place kFree{UINT32_MAX, UINT32_MAX};
    struct Slot {
        std::uint64_t high = 0;
        Place place = kFree;
    };

    PageArena memory_;
    List<Slot> slots_;
    std::size_t mask_;
};

}  // namespace daybook::index
