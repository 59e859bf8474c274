#include "ledger/left_files.h"

#include <gtest/gtest.h>

#include "log/test_support.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

const std::string kTheirs =
    R"({"event_type":"run.started","timestamp_ms":1769126400000,"run_id":"r","event_id":)"
    R"("1769126400000_0000000a"})";

class LeftFilesTest : public log::LogTest {
protected:
    RepairFacts look(std::int64_t later_ms = 0) {
        RepairFacts facts;
        const TimestampMs now(system_clock().now().value() + later_ms);
        const Status looked = look_into_left_files(LedgerDir(layout_.root()), now, facts);
        EXPECT_TRUE(looked) << looked.error().message();
        return facts;
    }
};

TEST_F(LeftFilesTest, WhereNothingLiesNothingIsFound) {
    const RepairFacts facts = look();
    EXPECT_TRUE(facts.torn_files.empty());
    EXPECT_TRUE(facts.temporaries.empty());
    EXPECT_TRUE(facts.unreadable.empty());
}

TEST_F(LeftFilesTest, WhatWasCutOffIsSearched) {
    put_part(1, "");
    ASSERT_TRUE(os::make_dirs(layout_.torn_dir()));
    const std::string path = layout_.torn_path(log::part_of_today(1), ByteOffset(40));
    put_file(path, "{\"ha" + kTheirs);
    put_file(layout_.torn_dir() + "/notes.txt", kTheirs);
    const RepairFacts facts = look();
    ASSERT_EQ(facts.torn_files.size(), 1u);
    EXPECT_EQ(facts.torn_files[0].path, path);
    EXPECT_EQ(facts.torn_files[0].records.at(0).offset, ByteOffset(44));
}

TEST_F(LeftFilesTest, ALeftTemporaryIsFreshForAMinute) {
    put_part(1, "");
    const std::string path = layout_.part_path(log::part_of_today(1)) + ".tmp";
    put_file(path, kTheirs + "\nhalf\n");
    const RepairFacts facts = look();
    ASSERT_EQ(facts.temporaries.size(), 1u);
    EXPECT_EQ(facts.temporaries[0].path, path);
    EXPECT_EQ(facts.temporaries[0].lost_lines, 1u);
    EXPECT_EQ(facts.temporaries[0].records.size(), 1u);
    EXPECT_TRUE(facts.temporaries[0].fresh);
    EXPECT_FALSE(look(120'000).temporaries[0].fresh);
}

}  // namespace
}  // namespace daybook::ledger
