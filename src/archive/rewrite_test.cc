#include "archive/rewrite.h"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/inflate.h"
#include "archive/log_source.h"
#include "archive/parquet_file.h"
#include "archive/test_archive.h"
#include "duck/database.h"
#include "log/audit.h"
#include "log/scan.h"

namespace daybook::archive {
namespace {

// Removes the events of one run.
RemoveEvent run_is(std::string run_id) {
    return
        [run_id = std::move(run_id)](const ArchivedEvent& event) { return event.run_id == run_id; };
}

class RewriteTest : public ArchiveTest {
protected:
    // Rewrites the day's only file, and makes it so.
    Manifest apply(const Manifest& before, const RemoveEvent& remove) {
        const ArchiveFile old = before.files.at(0);
        const FileNumber number = testing::value_of(next_file_number(layout_, before));
        last_ = testing::value_of(rewrite_file(layout_, before, old, number, remove));
        if (last_.file) {
            const std::string path = layout_.file_path(before.day, last_.file->name);
            testing::expect_ok(os::rename(path + std::string(kUnfinished), path));
        }
        const Manifest after = with_rewritten(before, old, last_);
        testing::expect_ok(write_manifest(layout_, after));
        testing::expect_ok(os::remove_file(layout_.file_path(before.day, old.name)));
        return testing::value_of(read_manifest(layout_, before.day)).value();
    }

    // What an audit of the archived parts finds.
    std::vector<std::string> audit() {
        std::vector<std::string> found;
        const log::LogSource source = log_source(dir_);
        for (const log::PartInfo& part : testing::value_of(log::list_parts(source))) {
            testing::value_of(log::audit_part(
                source, part, [](const log::Line&) {},
                [&](const log::Finding& finding) { found.emplace_back(to_string(finding.kind)); }));
        }
        return found;
    }

    RewrittenFile last_;
};

TEST_F(RewriteTest, TheLinesOfARunGoAndAllOthersCloseUp) {
    const std::string part = own_line("r1", 1) + own_line("gone", 2) + own_line("gone", 3) +
                             own_line("r1", 4) + foreign_line("gone", 1) + "\n" +
                             own_line("gone", 5) + "torn";
    const Manifest before = archive({put_part(test_part(1), part)});
    const Manifest after = apply(before, run_is("gone"));
    EXPECT_EQ(inflated(test_part(1)), own_line("r1", 1) + own_line("r1", 4) + "\n" + "torn");

    const std::uint64_t first = own_line("r1", 1).size();
    const std::string two = own_line("gone", 2) + own_line("gone", 3);
    const std::uint64_t foreign = first + two.size() + own_line("r1", 4).size();
    const std::uint64_t last = foreign + foreign_line("gone", 1).size() + 1;
    const std::vector<RemovedRange> expected = {
        {.offset = ByteOffset(first),
         .length = two.size(),
         .lines = 2,
         .first_seq = log::Seq(2),
         .last_seq = log::Seq(3),
         .sha256 = sha256_hex(two)},
        {.offset = ByteOffset(foreign),
         .length = foreign_line("gone", 1).size(),
         .lines = 1,
         .sha256 = sha256_hex(foreign_line("gone", 1))},
        {.offset = ByteOffset(last),
         .length = own_line("gone", 5).size(),
         .lines = 1,
         .first_seq = log::Seq(5),
         .last_seq = log::Seq(5),
         .sha256 = sha256_hex(own_line("gone", 5))},
    };
    const ArchivedPart& archived = after.parts.at(0);
    EXPECT_EQ(archived.removed, expected);
    EXPECT_EQ(archived.rewrites, 1U);
    EXPECT_EQ(archived.bytes, part.size());
    EXPECT_EQ(archived.sha256, sha256_hex(part));
    EXPECT_EQ(archived.left_sha256, sha256_hex(inflated(test_part(1))));
    EXPECT_EQ(last_.totals.events_removed, 4U);
    EXPECT_EQ(last_.totals.bytes_left, archived.left_bytes);
}

TEST_F(RewriteTest, ARowGroupHoldsHalfAMillionLinesAtMost) {
    const std::string lines(kChunkLines + 1000, '\n');
    apply(archive({put_part(test_part(1), own_line("gone", 1) + lines)}), run_is("gone"));
    EXPECT_TRUE(inflated(test_part(1)) == lines);
    auto database = testing::value_of(duck::Database::open_in_memory());
    auto connection = testing::value_of(database.connect());
    const ParquetSource source =
        testing::value_of(parquet_source(layout_.file_path(kTestDay, last_.file->name)));
    auto rows = testing::value_of(connection.query(
        fmt::format("SELECT max(row_group_num_rows) FROM parquet_metadata('{}')", source.name)));
    ASSERT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), static_cast<std::int64_t>(kChunkLines));
}

TEST_F(RewriteTest, WhatWasMissingBeforeIsMissedStill) {
    const std::string part = own_line("r1", 1) + own_line("gone", 3) + own_line("gone", 5) +
                             own_line("gone", 6) + own_line("r1", 7);
    const Manifest before = archive({put_part(test_part(1), part)});
    const std::vector<std::string> missing = audit();
    EXPECT_EQ(missing, (std::vector<std::string>{"missing", "missing"}));
    const Manifest after = apply(before, run_is("gone"));
    EXPECT_EQ(after.parts.at(0).removed.size(), 2U);
    EXPECT_EQ(audit(), missing);
}

TEST_F(RewriteTest, WhatIsNoEventStaysWhateverItLooksLike) {
    const std::string part = hard_part(true);
    const Manifest before = archive({put_part(test_part(1), part)});
    apply(before, [](const ArchivedEvent&) { return true; });
    // Two empty lines, five of damage, one whose run_id no column holds, a flipped one, the torn.
    const std::string left = inflated(test_part(1));
    EXPECT_EQ(left.find("f1"), std::string::npos);
    EXPECT_TRUE(left.ends_with(own_line("r1", 6).substr(0, 60)));
    EXPECT_TRUE(left.starts_with("\n\n"));
    EXPECT_NE(left.find("no UTF-8"), std::string::npos);
}

TEST_F(RewriteTest, NumbersThatWereRemovedAreNoGap) {
    std::string part;
    for (std::uint64_t seq = 1; seq <= 9; ++seq)
        part += own_line(seq % 3 == 0 ? "gone" : "r1", seq);
    const Manifest before = archive({put_part(test_part(1), part)});
    apply(before, run_is("gone"));
    EXPECT_TRUE(audit().empty());
}

TEST_F(RewriteTest, ASecondRetentionAddsToTheFirst) {
    std::string part;
    std::string left;
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
        const std::string run = fmt::format("r{}", seq % 4);
        part += own_line(run, seq);
        if (seq % 4 > 1) left += own_line(run, seq);
    }
    Manifest manifest = archive({put_part(test_part(1), part)});
    manifest = apply(manifest, run_is("r1"));
    manifest = apply(manifest, run_is("r0"));
    EXPECT_EQ(manifest.parts[0].rewrites, 2U);
    EXPECT_EQ(manifest.parts[0].removed.size(), 6U);
    EXPECT_EQ(inflated(test_part(1)), left);
    EXPECT_TRUE(audit().empty());
    const auto ends = testing::value_of(reader_.ends(test_part(1)));
    EXPECT_EQ(ends->size, ByteOffset(left.size()));
    EXPECT_EQ(ends->first.offset, ByteOffset(0));
    EXPECT_EQ(ends->last.offset, ByteOffset(left.size() - own_line("r3", 11).size()));
}

TEST_F(RewriteTest, APartThatLosesNothingIsAsItWas) {
    const Manifest before = archive(
        {put_part(test_part(1), own_line("r1", 1)), put_part(test_part(2), own_line("gone", 1))});
    const Manifest after = apply(before, run_is("gone"));
    EXPECT_EQ(after.parts[0].rewrites, 0U);
    EXPECT_EQ(after.parts[0].file, "events-000002.parquet");
    EXPECT_EQ(after.parts[1].rewrites, 1U);
    EXPECT_EQ(after.parts[1].file, "");
    EXPECT_EQ(inflated(test_part(1)), own_line("r1", 1));
    EXPECT_EQ(inflated(test_part(2)), "");
}

TEST_F(RewriteTest, ADayOfWhichNothingIsLeftHasNoFile) {
    const Manifest before = archive({put_part(test_part(1), own_line("gone", 1))});
    const Manifest after = apply(before, run_is("gone"));
    EXPECT_TRUE(after.files.empty());
    EXPECT_EQ(inflated(test_part(1)), "");
    EXPECT_FALSE(
        testing::value_of(os::exists(layout_.file_path(kTestDay, "events-000002.parquet.tmp"))));
    const auto parts = testing::value_of(reader_.list());
    EXPECT_EQ(parts.at(0).size, ByteOffset(0));
    EXPECT_EQ(parts.at(0).rewrites, 1U);
}

// What is left of it would else get a hash of its own, and pass for sound for ever.
TEST_F(RewriteTest, APartThatIsNotWhatTheManifestSaysIsLeftAlone) {
    const std::string lines = own_line("gone", 1) + own_line("r1", 2);
    std::string rotten = lines;
    rotten[rotten.find("\"note\":\"", own_line("gone", 1).size()) + 8] ^= 1;
    const Manifest other = archive({put_part(test_part(1), rotten)});
    const std::string path = layout_.file_path(kTestDay, other.files[0].name);
    const std::string file = testing::value_of(os::read_file(path, 1 << 20));
    const Manifest before = archive({put_part(test_part(1), lines)});
    testing::expect_ok(os::write_file_atomic(path, file));

    const auto rewritten =
        rewrite_file(layout_, before, before.files[0], FileNumber(2), run_is("gone"));
    ASSERT_FALSE(rewritten.has_value());
    EXPECT_EQ(rewritten.error().code(), ErrorCode::kCorrupt);
    for (const std::string_view part :
         {"events-000001.parquet", "day=2026-01-23/part-000001", "'daybook verify --deep'"}) {
        EXPECT_NE(rewritten.error().message().find(part), std::string::npos)
            << rewritten.error().message();
    }
    EXPECT_EQ(testing::value_of(os::read_file(path, 1 << 20)), file);
    EXPECT_FALSE(
        testing::value_of(os::exists(layout_.file_path(kTestDay, "events-000002.parquet.tmp"))));
}

TEST_F(RewriteTest, OffsetsInTheFileStayThoseOfThePartAsItWasWritten) {
    const Manifest before =
        archive({put_part(test_part(1), own_line("gone", 1) + own_line("r1", 2))});
    const Manifest after = apply(before, run_is("gone"));
    std::vector<std::uint64_t> offsets;
    const Inflater inflater = testing::value_of(Inflater::open());
    testing::expect_ok(inflater.for_each_line(layout_.file_path(kTestDay, after.files[0].name),
                                              test_part(1), [&](const ArchivedLine& line) {
                                                  offsets.push_back(line.offset.value());
                                                  return Status();
                                              }));
    EXPECT_EQ(offsets, std::vector<std::uint64_t>{own_line("gone", 1).size()});
}

TEST_F(RewriteTest, NumbersOfFilesAreNotUsedTwice) {
    const Manifest manifest = archive({put_part(test_part(1), own_line("r1", 1))});
    EXPECT_EQ(testing::value_of(next_file_number(layout_, manifest)), FileNumber(2));
    testing::expect_ok(
        os::write_file_atomic(layout_.file_path(kTestDay, "events-000007.parquet.tmp"), "x"));
    EXPECT_EQ(testing::value_of(next_file_number(layout_, manifest)), FileNumber(8));
}

}  // namespace
}  // namespace daybook::archive
