#include "ledger/repair_look.h"

#include <cerrno>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "log/held_part.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

using log::whole_line;

std::string record(const std::string& id, std::uint64_t seq) {
    std::string line = whole_line(id, seq);
    line.pop_back();
    return line;
}

class RepairLookTest : public log::LogTest {
protected:
    RepairFacts look() { return look_for_repairs(ledger_, layout_, {}).value(); }
    LedgerDir ledger_{layout_.root()};
};

TEST_F(RepairLookTest, FindsRecordsWithTheirPlaceAndNumber) {
    put_part(1, whole_line("a", 1) + "half" + record("b", 2) + "\n" + whole_line("c", 3));
    const RepairFacts facts = look();
    ASSERT_EQ(facts.ranges.size(), 1u);
    ASSERT_EQ(facts.ranges[0].records.size(), 1u);
    const BuriedRecord& found = facts.ranges[0].records[0];
    EXPECT_EQ(found.event_id, "b");
    EXPECT_EQ(found.seq, log::Seq(2));
    EXPECT_EQ(found.offset, ByteOffset(whole_line("a", 1).size() + 4));
    EXPECT_FALSE(found.in_log);
    EXPECT_EQ(facts.ranges[0].lost_lines, 0u);
    // Its number is not missing.
    EXPECT_TRUE(facts.gaps.empty());
}

TEST_F(RepairLookTest, KnowsWhatIsInTheLogAlready) {
    put_part(1, "half" + record("b", 1) + "\n");
    put_part(2, whole_line("b", 1));
    EXPECT_TRUE(look().ranges[0].records[0].in_log);
}

TEST_F(RepairLookTest, TellsEndsApart) {
    put_part(1, whole_line("a", 1) + "{\"event_ty");
    put_part(2, whole_line("b", 1) + R"({"x":1})");
    put_part(3, whole_line("c", 1) + "{\"event_ty");
    put_part(4, whole_line("d", 1) + std::string(40, '\0'));
    const auto held = log::hold_part(layout_, log::part_of_today(3)).value();
    ASSERT_TRUE(held);
    const RepairFacts facts = look();
    ASSERT_EQ(facts.ends.size(), 3u);
    EXPECT_EQ(facts.ends[0].kind, UnfinishedEnd::Kind::kTorn);
    EXPECT_EQ(facts.ends[1].kind, UnfinishedEnd::Kind::kForeign);
    EXPECT_EQ(facts.ends[2].kind, UnfinishedEnd::Kind::kHeld);
    ASSERT_EQ(facts.ranges.size(), 1u);
    EXPECT_EQ(facts.ranges[0].reason, "unfinished");
    EXPECT_EQ(facts.ranges[0].lost_lines, 0u);
}

TEST_F(RepairLookTest, APartThatCannotBeReadHidesNoOther) {
    put_part(1, whole_line("a", 1));
    put_part(2, "bad\n");
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        if (std::string_view(path).ends_with("part-000001.jsonl")) {
            errno = EACCES;
            return -1;
        }
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls in_force(table);
    const RepairFacts facts = look();
    ASSERT_EQ(facts.unreadable.size(), 1u);
    EXPECT_EQ(facts.unreadable[0].path, layout_.part_path(log::part_of_today(1)));
    EXPECT_EQ(facts.ranges.size(), 1u);
}

TEST_F(RepairLookTest, CanBeStopped) {
    put_part(1, "bad\n");
    const auto stopped = look_for_repairs(ledger_, layout_, [](auto, auto) { return false; });
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace daybook::ledger
