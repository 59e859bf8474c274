// A hash table from 128-bit hashes to rows: the keys are random already, so that their bits are the
// place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace daybook::index {

// Where a row or event of a batch is: the piece, and its position there.
struct Place {
    std::uint32_t piece = 0;
    std::uint32_t row = 0;
    bool operator==(const Place&) const = default;
};

class KeyMap {
public:
    // Room for `expected` keys without growing.
    explicit KeyMap(std::size_t expected = 0) { resize(std::bit_ceil(expected * 2 + 16)); }

    // The place kept for `key`, and whether it has just been put there.  The pointer is valid until
    // the next call.
    std::pair<Place*, bool> insert(const Hash128& key, Place place) {
        if ((size_ + 1) * 2 > slots_.size()) grow();
        Slot& slot = find(key);
        if (slot.used) return {&slot.place, false};
        slot = {key, place, true};
        ++size_;
        return {&slot.place, true};
    }

    std::size_t size() const { return size_; }

private:
    struct Slot {
        Hash128 key;
        Place place;
        bool used = false;
    };

    Slot& find(const Hash128& key) {
        std::size_t at = key.low & mask_;
        while (slots_[at].used && slots_[at].key != key) at = (at + 1) & mask_;
        return slots_[at];
    }
    void resize(std::size_t slots) {
        slots_.assign(slots, Slot{});
        mask_ = slots - 1;
    }
    void grow() {
        std::vector<Slot> old = std::move(slots_);
        resize(old.size() * 2);
        for (const Slot& slot : old) {
            if (slot.used) find(slot.key) = slot;
        }
    }

    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

}  // namespace daybook::index
