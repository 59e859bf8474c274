#include "os/write_some.h"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

TEST(WriteSome, WhatOneCallTakesIsAll) {
    const TempDir dir;
    const std::string path = dir / "file";
    const UniqueFd fd = open_fd(path, O_WRONLY | O_CREAT | O_APPEND).value();
    Faults faults;
    faults.set_transfer_max(3);
    EXPECT_EQ(write_some(fd.get(), "abcdef", path).written, 3U);
    faults.fail(Call::kWrite, 1, EINTR);
    EXPECT_EQ(write_some(fd.get(), "gh", path).written, 2U);
    faults.fail(Call::kWrite, 1, ENOSPC);
    const WriteOutcome refused = write_some(fd.get(), "x", path);
    EXPECT_EQ(refused.written, 0U);
    EXPECT_EQ(refused.error->code(), ErrorCode::kNoSpace);
    EXPECT_EQ(read_file(path, 10).value(), "abcgh");
}

}  // namespace
}  // namespace daybook::os
