#include "index/key_map.h"

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

TEST(KeyMapTest, AKeyHasOnePlaceThoughHalvesAreShared) {
    // Keys that share the half that a slot keeps, and the bits that choose the slot.
    const std::vector<Hash128> keys{{1, 5}, {1, 5 + (1U << 20)}, {2, 5}, {1, 6}};
    const auto key_at = [&](Place place) -> const Hash128& { return keys[place.row]; };
    KeyMap map(keys.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        map.prefetch(keys[i]);
        EXPECT_TRUE(map.insert(keys[i], {0, i}, key_at).second);
    }
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        const auto [kept, is_new] = map.insert(keys[i], {7, 7}, key_at);
        EXPECT_FALSE(is_new);
        EXPECT_EQ(*kept, (Place{0, i}));
    }
}

}  // namespace
}  // namespace daybook::index
