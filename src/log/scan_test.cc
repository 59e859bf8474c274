#include "log/scan.h"

#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

class ScanTest : public LogTest {
protected:
    ScanTest() {
        for (int i = 1; i <= 6; ++i) {
            lines_.push_back(
                whole_line("e" + std::to_string(i), static_cast<std::uint64_t>(i), i == 4 ? 3 : 0));
            part_ += lines_.back();
        }
    }

    // The ids of the whole lines that are not damaged.
    static std::vector<std::string> sound_ids(std::string_view bytes, int* damaged = nullptr) {
        std::vector<std::string> ids;
        Scanner scanner(bytes, ByteOffset(0));
        while (const std::optional<Line> line = scanner.next()) {
            if (line->kind == LineKind::kOurs) {
                ids.push_back(id_of(line->body));
            } else if (damaged != nullptr) {
                ++*damaged;
            }
        }
        return ids;
    }
    std::vector<std::string> prefix_ids(std::size_t bytes) const {
        std::vector<std::string> ids;
        std::size_t end = 0;
        for (const std::string& line : lines_) {
            end += line.size();
            if (end <= bytes) ids.push_back(id_of(line));
        }
        return ids;
    }
    PartReader open(std::uint32_t number = 1) {
        return PartReader::open(layout_, part_of_today(number)).value();
    }
    static std::vector<Line> rest_of(PartReader& reader) {
        std::vector<Line> lines;  // Their texts are gone: for counting and offsets only.
        while (const std::optional<Line> line = reader.next().value()) lines.push_back(*line);
        return lines;
    }

    std::vector<std::string> lines_;
    std::string part_;
};

TEST_F(ScanTest, EveryCutKeepsTheWholeLinesBeforeIt) {
    for (std::size_t cut = 0; cut <= part_.size(); ++cut) {
        SCOPED_TRACE(cut);
        int damaged = 0;
        EXPECT_EQ(sound_ids(std::string_view(part_).substr(0, cut), &damaged), prefix_ids(cut));
        EXPECT_EQ(damaged, 0);
        put_part(1, std::string_view(part_).substr(0, cut));
        EXPECT_EQ(read_ids(), prefix_ids(cut));
    }
}

TEST_F(ScanTest, EveryChangedByteHidesItsOwnLineAtMostAndIsReported) {
    for (std::size_t at = 0; at < part_.size(); ++at) {
        std::string changed = part_;
        for (int byte = 0; byte < 256; ++byte) {
            if (static_cast<char>(byte) == part_[at]) continue;
            changed[at] = static_cast<char>(byte);
            int damaged = 0;
            const std::vector<std::string> ids = sound_ids(changed, &damaged);
            // A newline that goes joins its line to the next one.
            const std::size_t hidden = part_[at] == '\n' && at + 1 < part_.size() ? 2 : 1;
            ASSERT_EQ(ids.size(), lines_.size() - hidden) << at << " " << byte;
            // The very last newline leaves an unfinished line instead of a damaged one.
            ASSERT_TRUE(damaged > 0 || changed.back() != '\n') << at << " " << byte;
            for (const std::string& id : ids) {
                ASSERT_TRUE(part_.find("\"" + id + "\"") != std::string::npos);
            }
        }
    }
}

TEST_F(ScanTest, AScannerSaysWhereItIs) {
    Scanner scanner(std::string_view(part_).substr(0, part_.size() - 1), ByteOffset(1000));
    std::uint64_t offset = 1000;
    for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
        const Line line = *scanner.next();
        EXPECT_EQ(line.offset, ByteOffset(offset));
        offset += lines_[i].size();
        EXPECT_EQ(scanner.offset(), ByteOffset(offset));
    }
    EXPECT_FALSE(scanner.next());
    EXPECT_EQ(scanner.offset(), ByteOffset(offset));
    EXPECT_EQ(scanner.rest(), lines_.back().substr(0, lines_.back().size() - 1));
}

TEST_F(ScanTest, LinesOfEverySizeAroundABlockAreReadWhole) {
    // Blocks are 1 MiB: the newline falls on every place around their edge.
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    const std::size_t overhead = whole_line("a", 1, 0, 1000).size() - 1000;
    for (std::size_t size = kBlock - 3; size <= kBlock + 3; ++size) {
        const std::string first = whole_line("a", 1, 0, size - overhead);
        ASSERT_EQ(first.size(), size);
        put_part(
            1, first + whole_line("b", 2) + whole_line("c", 3, 0, 3 * kBlock) + whole_line("d", 4));
        EXPECT_EQ(read_ids(), (std::vector<std::string>{"a", "b", "c", "d"}));
        expect_sound();
    }
}

TEST_F(ScanTest, AReaderStopsAtTheSizeItSawAndGoesOnAfterRefresh) {
    put_part(1, lines_[0]);
    PartReader reader = open();
    put_part(1, part_);
    EXPECT_EQ(rest_of(reader).size(), 1U);
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(rest_of(reader).size(), 5U);
    EXPECT_EQ(reader.offset(), ByteOffset(part_.size()));
}

TEST_F(ScanTest, AGrowingPartGivesEachLineOnceWhereverItWasCut) {
    put_part(1, "");
    for (std::size_t cut = 0; cut <= part_.size(); ++cut) {
        put_part(1, std::string_view(part_).substr(0, cut));
        PartReader reader = open();
        std::size_t count = rest_of(reader).size();
        put_part(1, part_);
        ASSERT_TRUE(reader.refresh());
        count += rest_of(reader).size();
        ASSERT_EQ(count, lines_.size()) << cut;
    }
}

// The next writer cuts a torn tail off and writes on: what was read of it must not come back.
TEST_F(ScanTest, ATornTailThatIsReplacedLeavesNoTrace) {
    const std::string other = whole_line("another", 2);
    for (std::size_t cut = 1; cut < lines_[1].size(); ++cut) {
        put_part(1, lines_[0] + lines_[1].substr(0, cut));
        PartReader reader = open();
        ASSERT_EQ(rest_of(reader).size(), 1U);
        put_part(1, lines_[0] + other + lines_[2]);
        ASSERT_TRUE(reader.refresh());
        const Line line = *reader.next().value();
        ASSERT_EQ(line.kind, LineKind::kOurs) << cut;
        ASSERT_EQ(id_of(line.body), "another");
    }
}

TEST_F(ScanTest, ATornTailThatIsReplacedBetweenTwoReadsIsNoDamage) {
    // The first block ends inside the torn tail; the second is read when it has been replaced.
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    const std::string first = whole_line("a", 1, 0, kBlock - 300);
    const std::string torn = whole_line("torn", 2, 0, 5000);
    const std::string next = whole_line("next", 2, 0, 1000);
    put_part(1, first + torn.substr(0, 4000));
    PartReader reader = open();
    ASSERT_EQ(id_of(reader.next().value()->body), "a");
    put_part(1, first + next);
    const std::optional<Line> line = reader.next().value();
    ASSERT_TRUE(line);
    EXPECT_EQ(id_of(line->body), "next");
}

TEST_F(ScanTest, APartThatShrinksUnderItsReaderEnds) {
    put_part(1, part_);
    PartReader reader = open();
    put_part(1, "");
    EXPECT_EQ(rest_of(reader).size(), 0U);
}

TEST_F(ScanTest, APartThatShrinksInsideALongLineEnds) {
    put_part(1, std::string(kLineBytesMax * 2, 'g') + "\n");
    PartReader reader = open();
    put_part(1, std::string(kLineBytesMax, 'g'));
    EXPECT_FALSE(reader.next().value());
    EXPECT_EQ(reader.offset(), ByteOffset(0));
}

TEST_F(ScanTest, DamageThatHasGoneWhenItIsLookedAtAgainIsNone) {
    put_part(1, lines_[0] + "half of a line\n");
    PartReader reader = open();
    ASSERT_TRUE(reader.next().value());  // Both lines have been read by now.
    put_part(1, lines_[0]);
    EXPECT_FALSE(reader.next().value());
    put_part(1, lines_[0] + lines_[1]);
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(id_of(reader.next().value()->body), "e2");
}

TEST_F(ScanTest, ALineOfAnyLengthIsPassedOverAndTheNextIsRead) {
    for (const std::size_t extra : {std::size_t{0}, std::size_t{1}, std::size_t{40} << 20}) {
        const std::string garbage(kLineBytesMax + extra, 'g');
        put_part(1, lines_[0] + garbage + "\n" + lines_[1]);
        PartReader reader = open();
        ASSERT_TRUE(reader.next().value());
        const Line line = *reader.next().value();
        EXPECT_EQ(line.damage, Damage::kTooLong);
        EXPECT_EQ(line.length, garbage.size());
        EXPECT_EQ(line.end(), ByteOffset(lines_[0].size() + garbage.size() + 1));
        EXPECT_EQ(id_of(reader.next().value()->body), "e2");
        EXPECT_FALSE(reader.next().value());
    }
}

TEST_F(ScanTest, ALongUnfinishedLineIsNotYetThere) {
    put_part(1, lines_[0] + std::string(kLineBytesMax * 2, 'g'));
    PartReader reader = open();
    EXPECT_EQ(rest_of(reader).size(), 1U);
    EXPECT_EQ(reader.offset(), ByteOffset(lines_[0].size()));
    EXPECT_FALSE(reader.next().value());
}

TEST_F(ScanTest, AReaderKnowsItsPart) {
    put_part(7, part_);
    EXPECT_EQ(open(7).part(), part_of_today(7));
}

TEST_F(ScanTest, APartThatIsNotThereIsNotFound) {
    EXPECT_EQ(PartReader::open(layout_, part_of_today(1)).error().code(), ErrorCode::kNotFound);
}

TEST_F(ScanTest, ALogWithoutEventsHasNoParts) {
    EXPECT_TRUE(list_parts(layout_).value().empty());
    ASSERT_TRUE(os::make_dirs(layout_.events_dir()));
    EXPECT_TRUE(list_parts(layout_).value().empty());
}

TEST_F(ScanTest, PartsAreListedByDayAndNumberWithTheirState) {
    for (const std::uint32_t number : {10U, 2U, 1'000'000U}) put_part(number, part_);
    put_file(layout_.seal_path(part_of_today(2)), "{}");
    put_file(layout_.bad_path(part_of_today(10)), "");
    const PartId earlier{.day = Day(20475), .number = PartNumber(5)};
    ASSERT_TRUE(os::make_dirs(layout_.day_dir(earlier.day)));
    put_file(layout_.part_path(earlier), "");
    put_file(layout_.events_dir() + "/_schema.json", "{}");
    put_file(layout_.day_dir(kToday) + "/notes.txt", "not ours");
    ASSERT_TRUE(os::make_dirs(layout_.events_dir() + "/day=junk"));
    ASSERT_TRUE(os::make_dirs(layout_.part_path(part_of_today(3))));  // A directory, not a part.
    put_file(layout_.events_dir() + "/day=2026-01-21", "a file, not a day");

    std::vector<std::string> listed;
    for (const PartInfo& part : all_parts()) {
        listed.push_back(fmt::format("{} {}{}{}", to_string(part.id), part.size.value(),
                                     part.sealed ? " sealed" : "", part.bad ? " bad" : ""));
    }
    const std::string size = std::to_string(part_.size());
    EXPECT_EQ(listed, (std::vector<std::string>{"day=2026-01-22/part-000005 0",
                                                "day=2026-01-23/part-000002 " + size + " sealed",
                                                "day=2026-01-23/part-000010 " + size + " bad",
                                                "day=2026-01-23/part-1000000 " + size}));
}

TEST_F(ScanTest, TheGreatestNumberIsOfAnyPartSealOrMark) {
    put_part(2, "");
    EXPECT_EQ(list_day(layout_, kToday).value().greatest, PartNumber(2));
    put_file(layout_.seal_path(part_of_today(5)), "{}");
    EXPECT_EQ(list_day(layout_, kToday).value().greatest, PartNumber(5));
    put_file(layout_.bad_path(part_of_today(7)), "");
    EXPECT_EQ(list_day(layout_, kToday).value().greatest, PartNumber(7));
    ASSERT_TRUE(os::make_dirs(layout_.part_path(part_of_today(9))));
    EXPECT_EQ(list_day(layout_, kToday).value().greatest, PartNumber(9));
}

TEST_F(ScanTest, APartThatCannotBeLookedAtIsAnErrorAndNotLeftOut) {
    put_part(1, part_);
    os::Faults faults;
    faults.fail(os::Call::kStat, 2, EIO);  // The first asks for events/.
    EXPECT_EQ(list_parts(layout_).error().code(), ErrorCode::kIo);
    faults.fail(os::Call::kStat, 2, ENOENT);
    EXPECT_TRUE(list_parts(layout_).value().empty());  // It has gone meanwhile.
}

TEST_F(ScanTest, ADayThatGoesAfterItWasListedIsLeftOutAndOneThatCannotBeReadIsNot) {
    put_part(1, part_);
    os::Faults faults;
    faults.fail(os::Call::kOpen, 2, ENOENT);  // The first opens events/.
    EXPECT_TRUE(list_parts(layout_).value().empty());
    faults.fail(os::Call::kOpen, 2, EIO);
    EXPECT_EQ(list_parts(layout_).error().code(), ErrorCode::kIo);
    EXPECT_EQ(parts().size(), 1U);
}

class CursorTest : public ScanTest {
protected:
    // The cursor of one who has read the first `count` lines of the part.
    Cursor cursor_after(std::size_t count) {
        Cursor cursor{.part = part_of_today(1)};
        PartReader reader = open();
        for (std::size_t i = 0; i < count; ++i) cursor.advance(*reader.next().value());
        return cursor;
    }
    std::string problem(const Cursor& cursor) { return cursor_problem(layout_, cursor).value(); }
};

TEST_F(CursorTest, HoldsWhileThePartIsTheSameOrHasGrown) {
    put_part(1, part_);
    for (std::size_t count = 0; count <= lines_.size(); ++count) {
        const Cursor cursor = cursor_after(count);
        EXPECT_EQ(problem(cursor), "");
        put_part(1, part_ + whole_line("e7", 7));
        EXPECT_EQ(problem(cursor), "");
        put_part(1, part_);
    }
}

TEST_F(CursorTest, APartThatHasGoneIsNoticed) {
    put_part(1, part_);
    const Cursor cursor = cursor_after(3);
    ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(1))));
    EXPECT_EQ(problem(cursor), "has gone");
}

TEST_F(CursorTest, APartThatGoesBetweenTwoLooksIsNoticedAndOneThatCannotBeReadIsAnError) {
    put_part(1, part_);
    const Cursor cursor = cursor_after(3);
    os::Faults faults;
    faults.fail(os::Call::kOpen, 1, ENOENT);
    EXPECT_EQ(problem(cursor), "has gone");
    faults.fail(os::Call::kOpen, 2, EIO);
    EXPECT_EQ(cursor_problem(layout_, cursor).error().code(), ErrorCode::kIo);
    EXPECT_EQ(problem(cursor), "");
}

TEST_F(CursorTest, ALastLineThatNoLongerEndsIsNoticed) {
    put_part(1, part_);
    const Cursor cursor = cursor_after(lines_.size());
    put_part(1, part_.substr(0, part_.size() - 1) + "x");
    EXPECT_EQ(problem(cursor),
              fmt::format("differs at offset {}", part_.size() - lines_.back().size()));
}

TEST_F(CursorTest, APartThatShrankIsNoticed) {
    put_part(1, part_);
    const Cursor cursor = cursor_after(3);
    for (std::size_t size = 0; size < cursor.offset.value(); ++size) {
        put_part(1, std::string_view(part_).substr(0, size));
        ASSERT_EQ(problem(cursor),
                  fmt::format("shrank from {} to {} bytes", cursor.offset.value(), size));
    }
}

TEST_F(CursorTest, AnyChangeOfTheFirstOrTheLastLineReadIsNoticed) {
    put_part(1, part_);
    const Cursor cursor = cursor_after(4);
    for (std::size_t at = 0; at < cursor.offset.value(); ++at) {
        const bool first = at < lines_[0].size();
        const bool last = at >= cursor.last_line_offset.value();
        if (!first && !last) continue;
        std::string changed = part_;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        put_part(1, changed);
        const std::uint64_t where = first ? 0 : cursor.last_line_offset.value();
        ASSERT_EQ(problem(cursor), fmt::format("differs at offset {}", where)) << at;
    }
}

TEST_F(CursorTest, DamagedAndForeignLinesAreKnownAgainToo) {
    part_ = "damage\n" + part_ + "{\"foreign\":1}\n";
    put_part(1, part_);
    const Cursor cursor = cursor_after(8);
    EXPECT_EQ(problem(cursor), "");
    part_[0] = 'D';
    put_part(1, part_);
    EXPECT_EQ(problem(cursor), "differs at offset 0");
    part_[0] = 'd';
    part_[part_.size() - 3] = '2';
    put_part(1, part_);
    EXPECT_EQ(problem(cursor), fmt::format("differs at offset {}", part_.size() - 14));
}

}  // namespace
}  // namespace daybook::log
