#include "log/sharing.h"

#include <cerrno>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/limits.h"
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

TEST_F(SharingTest, OneLineOfAnotherToolsIsEnough) {
    const std::string ours = whole_line("a", 1);
    const std::string theirs = R"({"event_type":"t","event_id":"b","timestamp_ms":1,"run_id":"r"})";
    std::string much;
    while (much.size() < 3 * kTailBytesMax) much += whole_line("m", 2);
    EXPECT_FALSE(has_foreign_lines(layout_).value());
    put_part(1, ours);
    EXPECT_FALSE(has_foreign_lines(layout_).value());
    for (const std::string& bytes :
         {theirs + "\n", "glued" + theirs + theirs + "\n" + theirs + "\n", ours + theirs + "\n",
          theirs + "\n" + much, much + theirs + "\n" + ours}) {
        put_part(2, bytes);
        EXPECT_TRUE(has_foreign_lines(layout_).value()) << bytes.substr(0, 100);
    }
    put_part(2, much);
    EXPECT_FALSE(has_foreign_lines(layout_).value());
}

TEST_F(SharingTest, APartThatCannotBeReadIsInNobodysWay) {
    put_part(1, "{\"event_type\":\"t\",\"event_id\":\"b\",\"timestamp_ms\":1,\"run_id\":\"r\"}\n");
    put_part(2, whole_line("a", 1));
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        if (!std::string_view(path).ends_with("part-000002.jsonl")) {
            return os::kernel_syscalls().open(path, flags, mode);
        }
        errno = EACCES;
        return -1;
    };
    const os::ScopedSyscalls scoped(table);
    EXPECT_TRUE(has_foreign_lines(layout_).value());
}

}  // namespace
}  // namespace daybook::log
