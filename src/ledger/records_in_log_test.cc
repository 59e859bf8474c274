#include "ledger/records_in_log.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::ledger {
namespace {

using log::whole_line;

class RecordsInLogTest : public log::LogTest {
protected:
    void put(std::uint32_t number, const std::string& first, const std::string& second) {
        const std::string text = whole_line(first, 1) + whole_line(second, 2);
        put_part(number, text);
        IdPart part{.part = log::part_of_today(number), .end = ByteOffset(text.size())};
        part.ids.see(first);
        part.ids.see(second);
        parts_.push_back(part);
    }
    // Marks records with these ids; the answers, and the names of the parts that were read.
    std::string marked(const std::vector<std::string>& ids) {
        RepairFacts facts;
        facts.ranges.emplace_back();
        for (const std::string& id : ids) facts.ranges[0].records.push_back({.event_id = id});
        os::Syscalls table = os::kernel_syscalls();
        read_parts.clear();
        table.open = [](const char* path, int flags, mode_t mode) {
            read_parts.insert(
                std::string(std::string_view(path).substr(std::string_view(path).size() - 7, 1)));
            return os::kernel_syscalls().open(path, flags, mode);
        };
        const os::ScopedSyscalls in_force(table);
        RecordsInLog records(facts, parts_);
        EXPECT_TRUE(records.read_others(layout_, seen_, [] { return Status(); }));
        records.mark();
        std::string text;
        for (const BuriedRecord& record : facts.ranges[0].records)
            text += record.in_log ? "y" : "n";
        for (const std::string& part : read_parts) text += " " + part;
        return text;
    }

    std::vector<IdPart> parts_;
    std::set<log::PartId> seen_;
    static inline std::set<std::string> read_parts;
};

TEST_F(RecordsInLogTest, OnlyPartsThatMayHoldThemAreReadAgain) {
    put(1, "a", "c");
    put(2, "e", "g");
    put(3, "i", "k");
    EXPECT_EQ(marked({}), "");
    EXPECT_EQ(marked({"d", "h"}), "nn") << "none may be anywhere";
    EXPECT_EQ(marked({"e", "f"}), "yn 2");
    EXPECT_EQ(marked({"k", "a"}), "yy 1 3");
}

TEST_F(RecordsInLogTest, OfOneThatWasFoundTwiceTheSecondCountsAsThere) {
    put(1, "a", "c");
    EXPECT_EQ(marked({"b", "b", "c"}), "nyy 1");
}

TEST_F(RecordsInLogTest, PartsThatSomebodyElseReadsAreNotReadAgain) {
    put(1, "a", "c");
    seen_ = {log::part_of_today(1)};
    EXPECT_EQ(marked({"c"}), "n");
    RepairFacts facts;
    facts.ranges.emplace_back();
    facts.ranges[0].records = {{.event_id = "c"}, {.event_id = "x"}};
    RecordsInLog records(facts, parts_);
    const std::string line = whole_line("c", 2);
    records.see(log::part_of_today(1), log::judge_line(line, ByteOffset(1'000'000)), "x");
    records.see(log::part_of_today(1), log::judge_line(line, ByteOffset(0)), "c");
    records.mark();
    EXPECT_TRUE(facts.ranges[0].records[0].in_log);
    EXPECT_FALSE(facts.ranges[0].records[1].in_log) << "it stands behind what is believed";
}

TEST_F(RecordsInLogTest, WhatCameAfterTheFirstLookIsNotRead) {
    put(1, "a", "c");
    parts_[0].end = ByteOffset(whole_line("a", 1).size());
    EXPECT_EQ(marked({"c"}), "n 1");
}

}  // namespace
}  // namespace daybook::ledger
