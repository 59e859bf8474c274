#include "log/reserve.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

class ReserveTest : public LogTest {
protected:
    void SetUp() override { ASSERT_TRUE(os::make_dirs(layout_.events_dir())); }
    std::optional<std::uint64_t> size() {
        const auto info = os::file_info(layout_.reserve_path()).value();
        return info ? std::optional(info->size.value()) : std::nullopt;
    }
};

TEST_F(ReserveTest, ItIsMadeOnceAndGivenUpOnce) {
    ASSERT_TRUE(make_reserve(layout_));
    EXPECT_EQ(size(), kReserveBytes);
    ASSERT_TRUE(make_reserve(layout_));
    EXPECT_TRUE(give_up_reserve(layout_));
    EXPECT_EQ(size(), std::nullopt);
    EXPECT_FALSE(give_up_reserve(layout_));
}

TEST_F(ReserveTest, WhatAMakerLeftHalfwayIsMadeWhole) {
    put_file(layout_.reserve_path(), "");
    ASSERT_TRUE(make_reserve(layout_));
    EXPECT_EQ(size(), kReserveBytes);
}

TEST_F(ReserveTest, WithoutRoomThereIsNone) {
    os::Faults faults;
    faults.fail(os::Call::kFallocate, 1, ENOSPC);
    EXPECT_EQ(make_reserve(layout_).error().code(), ErrorCode::kNoSpace);
    EXPECT_EQ(size(), std::nullopt);
}

}  // namespace
}  // namespace daybook::log
