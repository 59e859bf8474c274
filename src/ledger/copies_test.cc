#include "ledger/copies.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/test_seals.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

class CopiesTest : public SealsTest {
protected:
    // Writes parts 1, 2, … of lines, and remembers their ids as a reader would.
    void put_parts(const std::vector<std::vector<std::string>>& parts) {
        parts_.clear();
        for (const std::vector<std::string>& lines : parts) {
            std::string bytes;
            for (const std::string& line : lines) bytes += line;
            IdPart part{.part = part_of(static_cast<std::uint32_t>(parts_.size()) + 1),
                        .end = ByteOffset(bytes.size())};
            put_part(part.part, bytes);
            for (const std::string& line : lines) {
                const std::size_t begin = line.find("event_id\":\"") + 11;
                part.ids.see(line.substr(begin, line.find('"', begin) - begin));
            }
            parts_.push_back(std::move(part));
        }
    }
    using Groups = std::vector<std::vector<std::size_t>>;

    // "2 copies, conflicts: part-000002 b".
    std::string found(std::size_t table_bytes_max = kCopyTableBytesMax) {
        std::string conflicts;
        const auto copies = find_copies(layout(), parts_,
                                        [&](const Conflict& conflict) {
                                            conflicts += " " + to_string(conflict.part).substr(15) +
                                                         ":" + conflict.event_id;
                                        },
                                        {.table_bytes_max = table_bytes_max});
        return fmt::format("{} copies,{}", copies.value(), conflicts);
    }

    std::vector<IdPart> parts_;
};

TEST_F(CopiesTest, PartsWhoseIdsAscendAndDoNotOverlapAreNotSuspect) {
    put_parts({{event_line("a", 1), event_line("c", 2)}, {event_line("d", 1)}, {}});
    EXPECT_EQ(suspect_groups(parts_), Groups{});
    EXPECT_EQ(found(), "0 copies,");
}

TEST_F(CopiesTest, PartsAreSuspectThatOverlapOrDoNotAscend) {
    put_parts({{event_line("a", 1), event_line("f", 2)},  // overlaps the third
               {event_line("x", 1), event_line("w", 2)},  // descends
               {event_line("f", 1), event_line("g", 2)},
               {event_line("h", 1), event_line("h", 2)},    // has one twice
               {event_line("i", 1), event_line("j", 2)}});  // nothing
    EXPECT_EQ(suspect_groups(parts_), (Groups{{0, 2}, {3}, {1}}));
    EXPECT_EQ(found(), "2 copies, part-000003:f part-000004:h");
}

TEST_F(CopiesTest, AChainOfOverlapsIsOneGroup) {
    put_parts({{event_line("e", 1), event_line("h", 2)},
               {event_line("a", 1), event_line("c", 2)},
               {event_line("b", 1), event_line("f", 2)}});
    EXPECT_EQ(suspect_groups(parts_), (Groups{{0, 1, 2}}));
}

TEST_F(CopiesTest, CopiesAreCountedAndConflictsTold) {
    put_parts({{event_line("a", 1), event_line("b", 2), event_line("c", 3)},
               {event_line("a", 1), event_line("b", 2, ",\"x\":1"), event_line("c", 3)}});
    // The time is part of the content: "a" and "c" are alike.
    EXPECT_EQ(found(), "3 copies, part-000002:b");
}

TEST_F(CopiesTest, WhatWasNotReadTheFirstTimeIsNotRead) {
    put_parts({{event_line("b", 1), event_line("a", 2)}});
    put_part(part_of(1), read(layout().part_path(part_of(1))) + event_line("a", 3));
    EXPECT_EQ(found(), "0 copies,");
}

TEST_F(CopiesTest, DamageAndLinesThatAreNoEventsAreLeftOut) {
    put_parts({{event_line("b", 1), event_line("a", 2)}});
    const std::string more = "{\"event_id\":\"a\"}\nnonsense\n" + event_line("a", 2);
    put_part(part_of(1), read(layout().part_path(part_of(1))) + more);
    parts_.at(0).end += more.size();
    EXPECT_EQ(found(), "1 copies,");
}

// With a table that holds a fraction of the ids the parts are read several times, with the same
// outcome.
TEST_F(CopiesTest, ASmallTableGivesTheSame) {
    std::vector<std::vector<std::string>> parts(2);
    for (std::uint64_t i = 1; i <= 3000; ++i) {
        parts[0].push_back(event_line(fmt::format("{:06}", 2 * i), i));
        const bool differs = i % 500 == 0;
        parts[1].push_back(event_line(fmt::format("{:06}", 3 * i), i, differs ? ",\"x\":1" : ""));
    }
    put_parts(parts);
    const std::string expected = found();
    // The multiples of 6 up to 6000, each with another time in the other part.
    EXPECT_TRUE(expected.starts_with("1000 copies,")) << expected.substr(0, 80);
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{64} << 10}) {
        EXPECT_EQ(found(bytes).size(), expected.size());
        EXPECT_TRUE(found(bytes).starts_with("1000 copies,"));
    }
}

TEST_F(CopiesTest, APartThatHasGoneIsAnError) {
    put_parts({{event_line("b", 1), event_line("a", 2)}});
    ASSERT_TRUE(os::remove_file(layout().part_path(part_of(1))));
    EXPECT_EQ(find_copies(layout(), parts_, [](const Conflict&) {}).error().code(),
              ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::ledger
