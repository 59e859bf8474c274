#include "selftest/traits.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::selftest {
namespace {

const Check& check_named(const Checks& checks, const std::string& name) {
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&](const Check& check) { return check.name == name; });
    EXPECT_NE(found, checks.end()) << name;
    return *found;
}

// What needs a second daybook is in tests/cli/selftest.transcript: here `true` stands for one that
// always gets the lock, and `false` for one that never does.
Traits traits_with(const std::string& program, const os::TempDir& dir) {
    return look_at_traits({.dir = dir.path(), .program = program}).value();
}

TEST(Traits, LocksThatTwoProcessesHaveAreBad) {
    const os::TempDir dir;
    const Traits traits = traits_with("true", dir);
    EXPECT_EQ(check_named(traits.checks, "locks").result,
              "do not hold: two processes had the same lock at once");
    EXPECT_FALSE(traits.usable());
}

TEST(Traits, LocksThatStayAreBad) {
    const os::TempDir dir;
    EXPECT_EQ(check_named(traits_with("false", dir).checks, "locks").result,
              "are not given back when their holder closes the file");
}

TEST(Traits, TheRestIsTriedHere) {
    const os::TempDir dir;
    const Traits traits = traits_with("true", dir);
    EXPECT_EQ(check_named(traits.checks, "appending").verdict, Verdict::kGood);
    EXPECT_EQ(check_named(traits.checks, "replacing a file").verdict, Verdict::kGood);
    EXPECT_EQ(check_named(traits.checks, "hard links").verdict, Verdict::kGood);
    EXPECT_GT(traits.free_bytes, 0u);
    EXPECT_EQ(check_named(traits.checks, "power loss").verdict,
              traits.filesystem.not_durable.empty() ? Verdict::kGood : Verdict::kNote);
}

TEST(Traits, AFailedSyncOfADirectoryIsBad) {
    const os::TempDir dir;
    os::Faults faults;
    faults.fail(os::Call::kFsync, 1, EIO);
    const Traits traits = traits_with("true", dir);
    EXPECT_EQ(check_named(traits.checks, "replacing a file").verdict, Verdict::kBad);
}

}  // namespace
}  // namespace daybook::selftest
