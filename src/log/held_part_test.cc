#include "log/held_part.h"

#include <string>

#include <gtest/gtest.h>

#include "log/test_support.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

class HeldPartTest : public LogTest {
protected:
    std::optional<HeldPart> hold() { return hold_part(layout_, part_of_today(1)).value(); }
};

TEST_F(HeldPartTest, APartIsHeldByOneAtATime) {
    put_part(1, whole_line("a", 1));
    {
        const std::optional<HeldPart> held = hold();
        ASSERT_TRUE(held);
        EXPECT_EQ(held->info.size, ByteOffset(whole_line("a", 1).size()));
        EXPECT_FALSE(hold());
    }
    EXPECT_TRUE(hold());
}

TEST_F(HeldPartTest, ASealedPartCannotBeHeld) {
    put_part(1, whole_line("a", 1));
    put_file(layout_.seal_path(part_of_today(1)), "{}\n");
    EXPECT_FALSE(hold());
}

TEST_F(HeldPartTest, ABadPartSaysSo) {
    put_part(1, whole_line("a", 1));
    put_file(layout_.bad_path(part_of_today(1)), "");
    ASSERT_TRUE(hold());
    EXPECT_TRUE(hold()->bad);
}

TEST_F(HeldPartTest, WhatIsNotThereCannotBeHeldAndIsNotMade) {
    ASSERT_TRUE(os::make_dirs(layout_.day_dir(kToday)));
    EXPECT_FALSE(hold());
    EXPECT_TRUE(parts().empty());
    EXPECT_TRUE(hold_part(layout_, part_of_today(1), O_CREAT | O_EXCL).value());
    EXPECT_FALSE(hold_part(layout_, part_of_today(1), O_CREAT | O_EXCL).value());
}

}  // namespace
}  // namespace daybook::log
