// A disk that is full: whichever write it is that finds no room, what was there stays, the error
// says so, and when there is room again the next attempt does the rest.

#include <cerrno>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "ledger/verify.h"
#include "lifecycle/backup.h"
#include "lifecycle/export_runs.h"
#include "lifecycle/import_bundle.h"
#include "lifecycle/merge.h"
#include "lifecycle/test_transfer.h"
#include "os/syscalls.h"

namespace daybook::lifecycle {
namespace {

// How many writes succeed before the disk is full.
int room = 0;

ssize_t write_if_room(int fd, const void* bytes, std::size_t count) {
    if (room-- > 0) return os::kernel_syscalls().write(fd, bytes, count);
    errno = ENOSPC;
    return -1;
}

// Does the deed with room for 0, 1, 2… writes until it succeeds; `check` comes behind each that did
// not.  How many did not.
int fill_at_every_write(const std::function<void()>& prepare, const std::function<Status()>& deed,
                        const std::function<void()>& check) {
    for (int writes = 0;; ++writes) {
        SCOPED_TRACE(writes);
        prepare();
        room = writes;
        Status done;
        {
            os::Syscalls table = os::kernel_syscalls();
            table.write = write_if_room;
            const os::ScopedSyscalls full(table);
            done = deed();
        }
        if (done) return writes;
        EXPECT_EQ(done.error().code(), ErrorCode::kNoSpace) << done.error().message();
        check();
        if (writes > 1000) return writes;
    }
}

class TransferFullDisk : public ::testing::Test {
protected:
    void SetUp() override { from_.add_run("r1", 2, "some bytes"); }
    void prepare() { std::filesystem::remove_all(to_root_); }
    ledger::LedgerDir to() const { return ledger::LedgerDir(to_root_); }
    void expect_whole() {
        const TestLedger view(to_root_);
        EXPECT_EQ(view.events(), from_.events());
        EXPECT_EQ(view.read("artifacts/runs/r1/curve.csv"), "some bytes");
        EXPECT_EQ(view.count("ledger.imported"), 1U);
        EXPECT_TRUE(testing::value_of(ledger::verify(to(), {.deep = true})).findings.empty());
    }

    testing::TempDir temp_;
    std::string bundle_ = temp_ / "b.tar.zst";
    std::string to_root_ = temp_ / "to";
    std::string place_ = temp_ / "backup";
    TestLedger from_;
};

TEST_F(TransferFullDisk, AnExportLeavesNothing) {
    const int failures = fill_at_every_write(
        [] {}, [&] { return export_runs(from_.dir(), {"r1"}, bundle_).map([](const auto&) {}); },
        [&] { EXPECT_TRUE(testing::value_of(os::list_dir(temp_.path())).empty()); });
    EXPECT_GE(failures, 2);
    testing::value_of(import_bundle(to(), bundle_));
    expect_whole();
}

TEST_F(TransferFullDisk, AnImportGoesOnWhenThereIsRoom) {
    testing::value_of(export_runs(from_.dir(), {"r1"}, bundle_));
    const int failures = fill_at_every_write(
        [&] { prepare(); }, [&] { return import_bundle(to(), bundle_).map([](const auto&) {}); },
        [&] {
            testing::value_of(import_bundle(to(), bundle_));
            expect_whole();
        });
    EXPECT_GE(failures, 5);
    expect_whole();
}

TEST_F(TransferFullDisk, AMergeGoesOnWhenThereIsRoom) {
    const int failures = fill_at_every_write(
        [&] { prepare(); }, [&] { return merge_ledger(to(), from_.dir()).map([](const auto&) {}); },
        [&] {
            testing::value_of(merge_ledger(to(), from_.dir()));
            expect_whole();
        });
    EXPECT_GE(failures, 5);
    expect_whole();
}

TEST_F(TransferFullDisk, ABackupLeavesTheOneBefore) {
    testing::value_of(backup_ledger(from_.dir(), place_));
    const auto old = from_.events();
    from_.add_run("r2", 1, "more");
    const auto restored = [&] {
        prepare();
        testing::value_of(restore_ledger(place_, to_root_));
        return TestLedger(to_root_).events();
    };
    const int failures = fill_at_every_write(
        [] {}, [&] { return backup_ledger(from_.dir(), place_).map([](const auto&) {}); },
        // The note for the doctor comes when the backup is there.
        [&] {
            const auto events = restored();
            EXPECT_TRUE(events == old || events == from_.events());
        });
    EXPECT_GE(failures, 3);
    EXPECT_EQ(restored(), from_.events());
}

TEST_F(TransferFullDisk, ARestoreLeavesNoLedger) {
    testing::value_of(backup_ledger(from_.dir(), place_));
    const int failures = fill_at_every_write(
        [] {}, [&] { return restore_ledger(place_, to_root_).map([](const auto&) {}); },
        [&] {
            EXPECT_FALSE(std::filesystem::exists(to_root_));
            EXPECT_FALSE(std::filesystem::exists(to_root_ + ".restoring"));
        });
    EXPECT_GE(failures, 3);
    EXPECT_EQ(TestLedger(to_root_).events(), from_.events());
}

}  // namespace
}  // namespace daybook::lifecycle
