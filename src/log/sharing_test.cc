#include "log/sharing.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::log {
namespace {

class SharingTest : public LogTest {};

TEST_F(SharingTest, ALogIsAloneUntilItIsShared) {
    EXPECT_EQ(sharing_of(layout_).value(), Sharing::kAlone);
    EXPECT_FALSE(was_ever_shared(layout_).value());
    EXPECT_TRUE(begin_sharing(layout_, kNoon).value());
    EXPECT_EQ(sharing_of(layout_).value(), Sharing::kShared);
    EXPECT_TRUE(was_ever_shared(layout_).value());
    EXPECT_FALSE(begin_sharing(layout_, kNoon).value());
}

TEST_F(SharingTest, ThatItWasSharedIsRemembered) {
    EXPECT_FALSE(end_sharing(layout_).value());
    ASSERT_TRUE(begin_sharing(layout_, kNoon).value());
    EXPECT_TRUE(end_sharing(layout_).value());
    EXPECT_EQ(sharing_of(layout_).value(), Sharing::kAlone);
    EXPECT_TRUE(was_ever_shared(layout_).value());
    EXPECT_FALSE(end_sharing(layout_).value());
    EXPECT_TRUE(begin_sharing(layout_, kNoon).value());
}

TEST_F(SharingTest, AnErrorIsNotTakenForAbsence) {
    os::Faults faults;
    faults.fail(os::Call::kStat, 1, EACCES);
    EXPECT_FALSE(sharing_of(layout_));
}

}  // namespace
}  // namespace daybook::log
