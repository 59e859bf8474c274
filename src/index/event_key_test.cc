#include "index/event_key.h"

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

TEST(EventKeyTest, AUuidOfVersion7KeepsItsBits) {
    const Hash128 key = event_key("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b");
    EXPECT_EQ(key.high, 0x019bea3c7d1e7c40U);
    EXPECT_EQ(key.low, 0x9d0e6f1f5c1d2a3bU);
}

TEST(EventKeyTest, EveryOtherIdIsMarkedAsVersion8) {
    for (const char* id :
         {"1769126400000_0a1b2c3d", "", "019bea3c-7d1e-4c40-9d0e-6f1f5c1d2a3b",
          "019BEA3C-7D1E-7C40-9D0E-6F1F5C1D2A3B", "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3",
          "019bea3c-7d1e-7c40-9d0e_6f1f5c1d2a3b", "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3g"}) {
        SCOPED_TRACE(id);
        EXPECT_EQ((event_key(id).high >> 12) & 0xF, 8U);
    }
}

TEST(EventKeyTest, DifferentIdsHaveDifferentKeys) {
    EXPECT_NE(event_key("1_00000001"), event_key("1_00000002"));
}

}  // namespace
}  // namespace daybook::index
