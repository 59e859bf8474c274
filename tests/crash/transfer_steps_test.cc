// Imports, merges, backups and restores, killed at every one of their kill points: what was there
// before is there still, and the next one finishes, as if nobody had been killed.

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/verify.h"
#include "lifecycle/backup.h"
#include "lifecycle/export_runs.h"
#include "lifecycle/import_bundle.h"
#include "lifecycle/merge.h"
#include "lifecycle/test_transfer.h"
#include "os/kill_point.h"

namespace daybook::lifecycle {
namespace {

// Does it in a child, which is killed at `kill_at`: "exit 0", "exit 1", "signal 9".
std::string in_child(const std::string& kill_at, const std::function<bool()>& deed) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("DAYBOOK_KILL_AT", kill_at.c_str(), 1);
        os::rearm_kill_points();
        ::_exit(deed() ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
}

// Kills the deed at every passage of every point with this prefix, until it comes to its end.
// `prepare` comes before each, `check` behind it.  How often it was killed.
int kill_everywhere(const std::string& prefix, const std::function<void()>& prepare,
                    const std::function<bool()>& deed, const std::function<void()>& check) {
    int kills = 0;
    for (const os::KillPoint point : os::all_kill_points()) {
        if (!to_string(point).starts_with(prefix)) continue;
        for (int passage = 1;; ++passage) {
            const std::string kill_at = fmt::format("{}:{}", to_string(point), passage);
            SCOPED_TRACE(kill_at);
            prepare();
            const std::string end = in_child(kill_at, deed);
            if (end == "signal 9") ++kills;
            check();
            if (end == "exit 0") break;
            EXPECT_EQ(end, "signal 9");
            if (end != "signal 9") break;
        }
    }
    return kills;
}

class KilledTransfer : public ::testing::Test {
protected:
    void SetUp() override {
        from_.add_run("r1", 2, "the first file");
        from_.add_run("r2", 1, "the second file");
        testing::value_of(export_runs(from_.dir(), {"r1", "r2"}, bundle_));
    }
    // An empty ledger to come to.
    void prepare() { std::filesystem::remove_all(to_root_); }
    ledger::LedgerDir to() const { return ledger::LedgerDir(to_root_); }

    // All is there, once, and nothing else is left.
    void expect_whole() {
        const TestLedger view(to_root_);
        EXPECT_EQ(view.events(), from_.events());
        EXPECT_EQ(view.count("ledger.imported"), 1U);
        for (const auto& [place, hash] : from_.files()) {
            if (!place.starts_with("artifacts/")) continue;
            EXPECT_EQ(view.files()[place], hash) << place;
        }
        for (const auto& [place, hash] : view.files()) {
            EXPECT_EQ(place.find(".importing"), std::string::npos) << place;
            EXPECT_EQ(place.find("under-way"), std::string::npos) << place;
        }
        const auto report = testing::value_of(ledger::verify(to(), {.deep = true}));
        EXPECT_TRUE(report.findings.empty());
    }

    testing::TempDir temp_;
    std::string bundle_ = temp_ / "b.tar.zst";
    std::string to_root_ = temp_ / "to";
    TestLedger from_;
};

TEST_F(KilledTransfer, AnImportIsFinishedByTheNext) {
    const int kills = kill_everywhere(
        "import.", [&] { prepare(); }, [&] { return import_bundle(to(), bundle_).has_value(); },
        [&] {
            const auto next = import_bundle(to(), bundle_);
            ASSERT_TRUE(next) << next.error().message();
            expect_whole();
        });
    // Two files, a batch of events, and the record.
    EXPECT_EQ(kills, os::kHasKillPoints ? 6 : 0);
}

TEST_F(KilledTransfer, AMergeIsFinishedByTheNext) {
    const int kills = kill_everywhere(
        "import.", [&] { prepare(); }, [&] { return merge_ledger(to(), from_.dir()).has_value(); },
        [&] {
            const auto next = merge_ledger(to(), from_.dir());
            ASSERT_TRUE(next) << next.error().message();
            expect_whole();
            EXPECT_EQ(merge_ledger(to(), from_.dir())->bytes_read, 0U);
        });
    EXPECT_EQ(kills, os::kHasKillPoints ? 6 : 0);
}

// One that is never let to its end leaves no more than one copy of anything.
TEST_F(KilledTransfer, AnImportThatIsKilledAgainAndAgainComesToItsEnd) {
    prepare();
    for (const char* point : {"import.unpacked", "import.artifact_placed", "import.appended",
                              "import.recorded", "import.recorded"}) {
        in_child(point, [&] { return import_bundle(to(), bundle_).has_value(); });
    }
    ASSERT_TRUE(import_bundle(to(), bundle_));
    expect_whole();
}

class KilledBackup : public ::testing::Test {
protected:
    // A ledger that has been backed up, and has grown since.
    void prepare() {
        std::filesystem::remove_all(ledger_.root());
        std::filesystem::remove_all(place_);
        ledger_.add_run("r1", 2, "the first file");
        old_ = ledger_.events();
        testing::value_of(backup_ledger(ledger_.dir(), place_));
        ledger_.add_run("r2", 1, "the second file");
    }
    // What is restored now.
    std::map<std::string, std::string> restored() {
        std::filesystem::remove_all(back_);
        const auto report = restore_ledger(place_, back_);
        EXPECT_TRUE(report) << report.error().message();
        const TestLedger view(back_);
        EXPECT_TRUE(testing::value_of(ledger::verify(view.dir(), {.deep = true})).findings.empty());
        return view.events();
    }
    std::size_t stored_files() {
        std::size_t count = 0;
        for (const auto& e : std::filesystem::recursive_directory_iterator(place_ + "/files")) {
            count += e.is_regular_file() ? 1U : 0U;
        }
        return count;
    }

    testing::TempDir temp_;
    std::string place_ = temp_ / "backup";
    std::string back_ = temp_ / "back";
    TestLedger ledger_;
    std::map<std::string, std::string> old_;
};

TEST_F(KilledBackup, LeavesTheOneBeforeAndTheNextFinishes) {
    const int kills = kill_everywhere(
        "backup.", [&] { prepare(); },
        [&] { return backup_ledger(ledger_.dir(), place_).has_value(); },
        [&] {
            const auto events = restored();
            EXPECT_TRUE(events == old_ || events == ledger_.events());
            const auto next = backup_ledger(ledger_.dir(), place_);
            ASSERT_TRUE(next) << next.error().message();
            EXPECT_EQ(restored(), ledger_.events());
            EXPECT_EQ(stored_files(), next->files) << "nothing unlisted is left";
        });
    EXPECT_GE(kills, os::kHasKillPoints ? 6 : 0);
}

TEST_F(KilledBackup, TheVeryFirstOneIsFinishedByTheNextWhichCopiesTheRest) {
    prepare();
    std::filesystem::remove_all(place_);
    in_child("backup.file_copied:2",
             [&] { return backup_ledger(ledger_.dir(), place_).has_value(); });
    const auto next = testing::value_of(backup_ledger(ledger_.dir(), place_));
    EXPECT_EQ(next.kept, os::kHasKillPoints ? 2U : next.files);
    EXPECT_EQ(restored(), ledger_.events());
}

TEST_F(KilledBackup, ARestoreIsWholeOrNotThere) {
    prepare();
    const int kills = kill_everywhere(
        "restore.", [&] { std::filesystem::remove_all(back_); },
        [&] { return restore_ledger(place_, back_).has_value(); },
        [&] {
            if (std::filesystem::exists(back_)) {
                EXPECT_EQ(TestLedger(back_).events(), old_);
                EXPECT_FALSE(std::filesystem::exists(back_ + ".restoring"));
            }
            EXPECT_EQ(restored(), old_);
            EXPECT_FALSE(std::filesystem::exists(back_ + ".restoring"));
        });
    EXPECT_GE(kills, os::kHasKillPoints ? 6 : 0);
}

}  // namespace
}  // namespace daybook::lifecycle
