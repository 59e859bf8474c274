#include "lifecycle/archiver.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "archive/log_source.h"
#include "archive/manifest_file.h"
#include "archive/test_archive.h"
#include "ledger/sealer.h"
#include "log/scan.h"
#include "log/sharing.h"
#include "os/lock.h"
#include "os/test_support.h"

namespace daybook::lifecycle {
namespace {

using archive::kTestDay;
using archive::own_line;
using archive::test_part;

class ArchiverTest : public archive::ArchiveTest {
protected:
    ArchiverTest() { clock_.step_to(start_of(kTestDay + 9)); }

    // Puts a part and seals all that can be.
    void put_sealed(const log::PartId& part, const std::string& bytes) {
        put_part(part, bytes);
        expected_[to_string(part)] = bytes;
        testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    }

    ArchiveReport run(ArchiveOptions options = {}) {
        options.clock = &clock_;
        return testing::value_of(archive_days(dir_, options));
    }

    // What the log's readers find.
    std::map<std::string, std::string> log_bytes() {
        std::map<std::string, std::string> bytes;
        const log::LogSource source = archive::log_source(dir_);
        for (const log::PartInfo& part : testing::value_of(log::list_parts(source))) {
            const log::OpenPart opened = testing::value_of(log::open_part(source, part.id));
            std::string text(part.size.value(), '\0');
            testing::value_of(os::read_at(opened.fd.get(), ByteOffset(0), text, "part"));
            bytes[to_string(part.id)] = text;
        }
        return bytes;
    }

    bool is_there(const std::string& path) { return testing::value_of(os::exists(path)); }

    ManualClock clock_{TimestampMs(0)};
    std::map<std::string, std::string> expected_;
};

std::vector<std::string> lines(const ArchiveReport& report) {
    std::vector<std::string> out;
    for (const ArchiveOutcome& day : report.days) {
        out.push_back(fmt::format("{} {} {} parts, {} bytes{}{}", to_string(day.day),
                                  to_string(day.state), day.parts, day.bytes,
                                  day.file.empty() ? "" : ", ", day.file));
    }
    return out;
}

using Lines = std::vector<std::string>;

TEST_F(ArchiverTest, ASealedDayBecomesAnArchiveThatReadsAsItsParts) {
    put_sealed(test_part(1), archive::hard_part(false));
    put_sealed(test_part(2), own_line("r1", 1));
    const std::uint64_t bytes = archive::hard_part(false).size() + own_line("r1", 1).size();
    EXPECT_EQ(
        lines(run()),
        Lines{fmt::format("2026-01-23 archived 2 parts, {} bytes, events-000001.parquet", bytes)});
    EXPECT_FALSE(is_there(dir_.layout().part_path(test_part(1))));
    EXPECT_TRUE(is_there(dir_.layout().seal_path(test_part(1))));
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, PartsLieInTheTrashForADay) {
    put_sealed(test_part(1), own_line("r1", 1));
    run();
    const std::string in_trash =
        dir_.trash_dir() + "/20260201T000000.000Z/events/day=2026-01-23/part-000001.jsonl";
    EXPECT_EQ(os::read_file(in_trash, 1000).value_or("(none)"), own_line("r1", 1));
    clock_.advance_ms(kTrashKeepMs);
    EXPECT_EQ(run().trash.removed, 1U);
    EXPECT_FALSE(is_there(in_trash));
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, WhatIsSealedLaterBecomesASecondFile) {
    put_sealed(test_part(1), own_line("r1", 1));
    run();
    put_sealed(test_part(2), own_line("r2", 1));
    EXPECT_EQ(lines(run()),
              Lines{fmt::format("2026-01-23 archived 1 parts, {} bytes, events-000002.parquet",
                                own_line("r2", 1).size())});
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_TRUE(run().days.empty());
}

TEST_F(ArchiverTest, ADryRunChangesNothing) {
    put_sealed(test_part(1), own_line("r1", 1));
    EXPECT_EQ(lines(run({.dry_run = true})),
              Lines{fmt::format("2026-01-23 due 1 parts, {} bytes", own_line("r1", 1).size())});
    EXPECT_FALSE(is_there(dir_.archive_dir()));
    EXPECT_FALSE(is_there(dir_.lifecycle_lock_path()));
}

TEST_F(ArchiverTest, AWeekIsTheDefault) {
    put_sealed(test_part(1), own_line("r1", 1));
    clock_.step_to(start_of(kTestDay + 8) + -1);
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kLeft);
    clock_.step_to(start_of(kTestDay + 8));
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kArchived);
}

TEST_F(ArchiverTest, ALogThatOtherToolsWriteStays) {
    put_sealed(test_part(1), own_line("r1", 1));
    testing::value_of(log::begin_sharing(dir_.layout(), clock_.now()));
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kLeft);
    testing::value_of(log::end_sharing(dir_.layout()));
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kArchived);
}

TEST_F(ArchiverTest, APartThatIsNotWhatWasSealedStaysAndSoDoesItsDay) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(1, kTestDay + 1), own_line("r2", 1));
    std::string changed = own_line("r1", 1);
    changed[30] ^= 1;
    put_part(test_part(1), changed);
    const ArchiveReport report = run();
    ASSERT_EQ(report.days.size(), 2U);
    EXPECT_EQ(report.days[0].state, ArchiveState::kFailed);
    EXPECT_NE(report.days[0].detail.find("it is not what was sealed"), std::string::npos);
    EXPECT_EQ(report.days[1].state, ArchiveState::kArchived);
    expected_[to_string(test_part(1))] = changed;
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_FALSE(is_there(layout_.file_path(kTestDay, "events-000001.parquet.tmp")));
}

TEST_F(ArchiverTest, ASecondOneSaysWhoHoldsTheLock) {
    put_sealed(test_part(1), own_line("r1", 1));
    const auto lock = testing::value_of(os::LockFile::acquire(dir_.lifecycle_lock_path(), 0));
    const auto report = archive_days(dir_, {.clock = &clock_});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kBusy);
    EXPECT_NE(report.error().message().find(fmt::format("pid {}", ::getpid())), std::string::npos)
        << report.error().message();
}

TEST_F(ArchiverTest, OfTwoAtOnceOneWorksAndTheOtherFindsNothingToDo) {
    for (std::int32_t day = 0; day < 6; ++day) {
        put_sealed(test_part(1, kTestDay + -day), own_line("r1", 1));
    }
    std::vector<std::thread> threads;
    std::atomic<int> archived{0};
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            const ArchiveReport report =
                testing::value_of(archive_days(dir_, {.wait_ms = 60'000, .clock = &clock_}));
            archived += static_cast<int>(report.days.size());
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(archived, 6);
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, AReadOnlyArchiveIsNamedAndThePartsStay) {
    put_sealed(test_part(1), own_line("r1", 1));
    {
        os::Faults faults;
        faults.fail(os::Call::kMkdir, 1, EROFS, /*for_good=*/true);
        const ArchiveReport report = run();
        EXPECT_EQ(report.days.at(0).state, ArchiveState::kFailed);
        EXPECT_NE(report.days.at(0).detail.find("Read-only file system"), std::string::npos)
            << report.days.at(0).detail;
    }
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, WhicheverCallThatChangesAnythingFailsTheNextRunFinishes) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(2), archive::hard_part(true));
    const std::string kept = temp_ / "kept";
    std::filesystem::copy(dir_.root(), kept, std::filesystem::copy_options::recursive);
    int failed = 0;
    for (const os::Call call : {os::Call::kWrite, os::Call::kFdatasync, os::Call::kFsync,
                                os::Call::kRename, os::Call::kMkdir, os::Call::kUnlink}) {
        for (int nth = 1;; ++nth) {
            SCOPED_TRACE(fmt::format("{} {}", to_string(call), nth));
            std::filesystem::remove_all(dir_.root());
            std::filesystem::copy(kept, dir_.root(), std::filesystem::copy_options::recursive);
            {
                os::Faults faults;
                faults.fail(call, nth, ENOSPC);
                (void)archive_days(dir_, {.clock = &clock_});
                if (faults.count(call) < nth) break;
            }
            ++failed;
            EXPECT_EQ(log_bytes(), expected_);
            (void)run();
            EXPECT_EQ(log_bytes(), expected_);
            EXPECT_FALSE(is_there(dir_.layout().part_path(test_part(1))));
            EXPECT_FALSE(is_there(dir_.layout().part_path(test_part(2))));
            if (::testing::Test::HasFailure()) return;
        }
    }
    EXPECT_GT(failed, 30);
}

TEST_F(ArchiverTest, AFullDiskLeavesTheParts) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(1, kTestDay + 1), own_line("r1", 1));
    {
        os::Faults faults;
        faults.set_room(600);
        const ArchiveReport report = run();
        EXPECT_EQ(report.days.at(0).state, ArchiveState::kFailed);
        EXPECT_NE(report.days.at(0).detail.find("No space left on device"), std::string::npos)
            << report.days.at(0).detail;
    }
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_FALSE(is_there(layout_.file_path(kTestDay, "events-000001.parquet.tmp")));
    run();
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_FALSE(is_there(dir_.layout().part_path(test_part(1))));
}

TEST_F(ArchiverTest, AFileInThePlaceOfTheArchiveIsNamed) {
    put_sealed(test_part(1), own_line("r1", 1));
    testing::expect_ok(os::make_dirs(dir_.archive_dir()));
    testing::expect_ok(os::write_file_atomic(layout_.day_dir(kTestDay), "no directory"));
    const ArchiveReport report = run();
    EXPECT_EQ(report.days.at(0).state, ArchiveState::kFailed);
    EXPECT_NE(report.days.at(0).detail.find(layout_.day_dir(kTestDay)), std::string::npos)
        << report.days.at(0).detail;
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, ADayWhosePartsCannotBeMovedIsArchivedAndSaysSo) {
    put_sealed(test_part(1), own_line("r1", 1));
    {
        os::Faults faults;
        // The file, its manifest and the trash's entry have their names by then.
        faults.fail(os::Call::kRename, 4, EIO);
        const ArchiveReport report = run();
        EXPECT_EQ(report.days.at(0).state, ArchiveState::kArchived);
        ASSERT_EQ(report.problems.size(), 1U);
        EXPECT_NE(report.problems[0].find("2026-01-23 is archived, but parts of it lie in events/"),
                  std::string::npos)
            << report.problems[0];
    }
    EXPECT_TRUE(is_there(dir_.layout().part_path(test_part(1))));
    EXPECT_EQ(log_bytes(), expected_);
    clock_.advance_ms(1000);
    EXPECT_EQ(run().finished, Lines{"day=2026-01-23/part-000001: moved to "
                                    "trash/20260201T000001.000Z: it is archived"});
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, ADayThatFailsStopsNoLaterOne) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(1, kTestDay + 1), own_line("r1", 1));
    testing::expect_ok(os::make_dirs(dir_.archive_dir()));
    testing::expect_ok(os::write_file_atomic(layout_.day_dir(kTestDay), "no directory"));
    const ArchiveReport report = run({.days_at_once = 1});
    EXPECT_EQ(report.days.at(0).state, ArchiveState::kFailed);
    EXPECT_EQ(report.days.at(1).state, ArchiveState::kArchived);
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, ACopyThatHasAPartInItsTrashAloneGetsItBack) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(2), own_line("r2", 1));
    run();
    // events/ was copied after the parts had left it, archive/ before they had come there.
    std::filesystem::remove_all(dir_.archive_dir());
    expected_.erase("day=2026-01-23/part-000002");
    const std::string second =
        dir_.trash_dir() + "/20260201T000000.000Z/events/day=2026-01-23/part-000002.jsonl";
    testing::expect_ok(os::remove_file(second));
    testing::expect_ok(os::write_file_atomic(second, own_line("other", 1)));
    clock_.advance_ms(kTrashKeepMs);
    const ArchiveReport report = run({.ended_before = TimestampMs(0)});
    EXPECT_EQ(report.finished, Lines{"day=2026-01-23/part-000001: put back from "
                                     "trash/20260201T000000.000Z: it was nowhere else"});
    ASSERT_EQ(report.problems.size(), 2U);
    EXPECT_NE(report.problems[0].find("is not what its seal says"), std::string::npos);
    EXPECT_EQ(report.problems[1],
              "day=2026-01-23/part-000002 was sealed and is not there: 'daybook verify' says all "
              "that is missing");
    // What nobody else has is not removed.
    EXPECT_EQ(report.trash.removed, 0U);
    ASSERT_EQ(report.trash.notes.size(), 1U);
    EXPECT_TRUE(is_there(second));
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, WhatAnEarlierOneLeftIsFinished) {
    put_sealed(test_part(1), own_line("r1", 1));
    put_sealed(test_part(2), own_line("r2", 1));
    run();
    // Killed behind the manifest: a part is there still.
    put_part(test_part(1), own_line("r1", 1));
    // Killed before it: a file that no manifest names, and one that was being written.
    testing::expect_ok(
        os::write_file_atomic(layout_.file_path(kTestDay, "events-000002.parquet"), "x"));
    testing::expect_ok(
        os::write_file_atomic(layout_.file_path(kTestDay, "events-000003.parquet.tmp"), "x"));
    clock_.advance_ms(1000);
    EXPECT_EQ(run().finished,
              (Lines{"archive/day=2026-01-23/events-000002.parquet: moved to "
                     "trash/20260201T000001.000Z: no manifest names it",
                     "archive/day=2026-01-23/events-000003.parquet.tmp: removed: it was being "
                     "written",
                     "day=2026-01-23/part-000001: moved to trash/20260201T000001.000Z: it is "
                     "archived"}));
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_TRUE(run().finished.empty());
}

TEST_F(ArchiverTest, APartThatIsNotTheArchivedOneIsLeftAlone) {
    put_sealed(test_part(1), own_line("r1", 1));
    run();
    put_part(test_part(1), own_line("other", 1));
    const ArchiveReport report = run();
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_NE(report.problems[0].find("is not the part that is archived"), std::string::npos);
    EXPECT_TRUE(report.days.empty());
    EXPECT_EQ(os::read_file(dir_.layout().part_path(test_part(1)), 1000).value_or(""),
              own_line("other", 1));
}

TEST_F(ArchiverTest, NothingIsDoneBesideARetentionOfANewerVersion) {
    put_sealed(test_part(1), own_line("r1", 1));
    testing::expect_ok(os::make_dirs(dir_.archive_dir()));
    testing::expect_ok(os::write_file_atomic(dir_.retention_journal_path(), R"({"format":2})"));
    const auto report = archive_days(dir_, {.clock = &clock_});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(log_bytes(), expected_);
}

TEST_F(ArchiverTest, WhoWatchesCanStopIt) {
    put_sealed(test_part(1), own_line("r1", 1));
    const auto report =
        archive_days(dir_, {.clock = &clock_}, [](std::uint64_t, std::uint64_t) { return false; });
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(log_bytes(), expected_);
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kArchived);
}

TEST_F(ArchiverTest, AClockThatJumpsAYearArchivesOnlyWhatIsSealed) {
    put_part(test_part(1), own_line("r1", 1));
    expected_[to_string(test_part(1))] = own_line("r1", 1);
    clock_.step_to(start_of(kTestDay + 365));
    EXPECT_EQ(run().days.at(0).state, ArchiveState::kLeft);
    put_sealed(test_part(2), own_line("r2", 1));
    run();
    clock_.step_to(start_of(kTestDay + -365));
    EXPECT_TRUE(run().days.empty());
    EXPECT_EQ(log_bytes(), expected_);
}

}  // namespace
}  // namespace daybook::lifecycle
