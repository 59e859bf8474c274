// Archiving changes nothing that anybody sees: the index, whether it is brought up to date or built
// anew, checks of the log, and followers of it.

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/check_archives.h"
#include "archive/log_source.h"
#include "base/random.h"
#include "index/builder.h"
#include "index/check.h"
#include "ledger/verify.h"
#include "lifecycle/archiver.h"
#include "log/follow.h"
#include "support/random_events.h"
#include "support/sealed_ledger.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

class ArchivedTest : public ::testing::Test {
protected:
    ArchivedTest() {
        SeededRandom random(7);
        RandomHistory history([&](std::uint64_t below) { return random.next() % below; },
                              {.runs = 20, .times = 500, .damage_in = 9});
        for (std::int32_t day = 0; day < 3; ++day) {
            for (std::uint32_t number = 1; number <= 2; ++number) {
                std::string bytes;
                for (const std::string& line : history.lines(400)) bytes += line + "\n";
                bytes += std::string("\n\0\n\xff\n", 5);
                put_ledger_part(dir_, ledger_part(number, kLedgerDay + day), bytes);
            }
        }
        seal_ledger(dir_);
    }

    // The days that had ended by the end of the `days`th.
    void archive(std::int32_t days) {
        const auto report = value_of(lifecycle::archive_days(
            dir_, {.ended_before = start_of(kLedgerDay + days), .clock = &clock_}));
        for (const auto& day : report.days) {
            EXPECT_NE(day.state, lifecycle::ArchiveState::kFailed) << day.detail;
        }
    }

    index::BuildReport build(bool full_rebuild = false) {
        return value_of(index::build(dir_.root(), {.full_rebuild = full_rebuild}));
    }

    std::string verified() {
        const auto report = value_of(ledger::verify(
            dir_, {.deep = true,
                   .archives = archive::readable_parts(dir_),
                   .check_archives = [&](const ledger::RetainedEvents& retained) {
                       return archive::check_archives(dir_, {.deep = true}, retained);
                   }}));
        std::string text =
            fmt::format("{} parts, {} bytes, {} events, {} copies, {} seals\n", report.parts,
                        report.bytes, report.events, report.copies, report.seals);
        for (const ledger::VerifyFinding& finding : report.findings) {
            text += fmt::format("{} {} {} {}\n", finding.kind, finding.part, finding.offset,
                                finding.detail);
        }
        return text;
    }

    TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{start_of(kLedgerDay + 365)};
};

TEST_F(ArchivedTest, TheIndexIsTheSameBeforeAndAfter) {
    const std::string digest = build().digest;
    for (std::int32_t days = 1; days <= 3; ++days) {
        SCOPED_TRACE(days);
        archive(days);
        const index::BuildReport kept = build();
        EXPECT_EQ(kept.rebuilt, "");
        EXPECT_EQ(kept.bytes, 0U);
        EXPECT_EQ(build(/*full_rebuild=*/true).digest, digest);
        EXPECT_TRUE(value_of(index::check(dir_.root(), {})).is_equal());
    }
}

TEST_F(ArchivedTest, WhatComesLaterIsAddedToIt) {
    archive(3);
    const std::uint64_t bytes = build().bytes;
    const std::string line =
        R"({"event_type":"run.created","event_id":"new","timestamp_ms":1,"run_id":"new"})";
    put_ledger_part(dir_, ledger_part(1, kLedgerDay + 5), line + "\n");
    const index::BuildReport report = build();
    EXPECT_EQ(report.rebuilt, "");
    EXPECT_EQ(report.bytes, line.size() + 1);
    EXPECT_EQ(build(/*full_rebuild=*/true).bytes, bytes + line.size() + 1);
}

TEST_F(ArchivedTest, WhatWasArchivedBeforeItWasIndexedIsIndexed) {
    const std::string expected = build().digest;
    expect_ok(os::remove_tree(dir_.index_dir()));
    archive(3);
    EXPECT_EQ(build().digest, expected);
}

TEST_F(ArchivedTest, VerifyFindsTheSame) {
    const std::string before = verified();
    archive(2);
    EXPECT_EQ(verified(), before);
    archive(3);
    EXPECT_EQ(verified(), before);
}

TEST_F(ArchivedTest, BytesAreTheSame) {
    const auto before = ledger_bytes(dir_);
    archive(3);
    EXPECT_EQ(ledger_bytes(dir_), before);
}

TEST_F(ArchivedTest, AFollowerReadsOnWhereItWas) {
    const log::LogSource source = archive::log_source(dir_);
    auto before = value_of(log::Follower::open(source, log::Follower::Start::kBeginning));
    const auto count = [&](log::Follower& follower) {
        std::size_t found = 0;
        expect_ok(follower.poll([&](const log::PartId&, const log::Line&) {
            ++found;
            return true;
        }));
        return found;
    };
    const std::size_t lines = count(before);
    EXPECT_GT(lines, 2000U);
    archive(3);
    auto after = value_of(log::Follower::open(source, log::Follower::Start::kBeginning));
    EXPECT_EQ(count(after), lines);
    EXPECT_EQ(count(before), 0U);
}

}  // namespace
}  // namespace daybook::testing
