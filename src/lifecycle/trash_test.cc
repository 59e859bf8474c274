#include "lifecycle/trash.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/syscalls.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kYearMs = 365 * 24 * kHourMs;

constexpr uid_t kNobody = 65534;

std::set<std::string> g_synced;  // A system call's double has no other place for it.

// Does `work` as somebody whom permissions bind; what it returned.
int as_nobody(const std::string& root, const std::function<int()>& work) {
    const bool is_root = ::geteuid() == 0;
    if (is_root) {
        EXPECT_EQ(::chown(root.c_str(), kNobody, kNobody), 0);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            EXPECT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
        }
    }
    const pid_t child = ::fork();
    if (child == 0) {
        if (is_root && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(99);
        ::_exit(work());
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class TrashTest : public ::testing::Test {
protected:
    void write(const std::string& place, const std::string& text) {
        const std::string path = dir_.root() + "/" + place;
        testing::expect_ok(os::make_dirs(os::parent_path(path)));
        testing::expect_ok(os::write_file_atomic(path, text));
    }
    std::string read(const std::string& place) {
        const auto text = os::read_file(dir_.root() + "/" + place, 1000);
        return text ? *text : "(none)";
    }
    std::vector<os::DirEntry> entries() {
        return testing::value_of(os::list_dir(dir_.trash_dir()));
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_.path()};
    ManualClock clock_{TimestampMs(1'769'159'700'250)};
};

TEST_F(TrashTest, WhatIsMovedKeepsItsPlace) {
    write("events/day=2026-01-21/part-000001.jsonl", "a\n");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/events/day=2026-01-21/part-000001.jsonl"));
    EXPECT_EQ(entry.name(), "trash/20260123T091500.250Z");
    EXPECT_EQ(read(entry.name() + "/events/day=2026-01-21/part-000001.jsonl"), "a\n");
    EXPECT_EQ(read("events/day=2026-01-21/part-000001.jsonl"), "(none)");
}

TEST_F(TrashTest, TwoAtTheSameMomentAreTwoEntries) {
    write("a", "1");
    write("b", "2");
    TrashEntry first(dir_, clock_);
    TrashEntry second(dir_, clock_);
    testing::expect_ok(first.move(dir_.root() + "/a"));
    testing::expect_ok(second.move(dir_.root() + "/b"));
    EXPECT_NE(first.name(), second.name());
    EXPECT_EQ(read(second.name() + "/b"), "2");
}

TEST_F(TrashTest, NothingIsMadeForNothing) {
    TrashEntry entry(dir_, clock_);
    const Status moved = entry.move(dir_.root() + "/absent");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(testing::value_of(os::exists(dir_.trash_dir())));
}

TEST_F(TrashTest, WhatLiesElsewhereIsRefused) {
    TrashEntry entry(dir_, clock_);
    const Status moved = entry.move("/etc/hostname");
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TrashTest, AnEntryGoesAfterADayAndNotBefore) {
    write("a", "1");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/a"));
    clock_.advance_ms(24 * kHourMs - 1);
    EXPECT_EQ(empty_trash(dir_, clock_).kept, 1U);
    clock_.advance_ms(1);
    EXPECT_EQ(empty_trash(dir_, clock_).removed, 1U);
    EXPECT_TRUE(entries().empty());
}

TEST_F(TrashTest, AClockThatJumpsAYearEmptiesNothing) {
    write("a", "1");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/a"));
    const TimestampMs before = clock_.now();
    for (const std::int64_t jump : {kYearMs, -kYearMs}) {
        clock_.step_to(TimestampMs(before.value() + jump));
        EXPECT_EQ(empty_trash(dir_, clock_).removed, 0U) << jump;
    }
}

TEST_F(TrashTest, AnEntryThatSaysNothingIsLeftAlone) {
    write("trash/20200101T000000.000Z/a", "1");
    const TrashReport report = empty_trash(dir_, clock_);
    EXPECT_EQ(report.removed, 0U);
    EXPECT_EQ(report.notes,
              std::vector<std::string>{
                  "trash/20200101T000000.000Z says nowhere when it came there: left alone"});
}

TEST_F(TrashTest, AnEntryThatWasOnlyBegunIsRemoved) {
    testing::expect_ok(os::make_dirs(dir_.trash_dir() + "/20200101T000000.000Z"));
    write("trash/20200102T000000.000Z/entry.json.tmp-4711", "{");
    EXPECT_TRUE(empty_trash(dir_, clock_).notes.empty());
    EXPECT_TRUE(entries().empty());
}

TEST_F(TrashTest, EveryDirectoryThatIsMadeHasADurableName) {
    const std::string part = "events/day=2026-01-21/part-000001.jsonl";
    write(part, "a\n");
    write("b", "b\n");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/b"));
    g_synced.clear();
    os::Syscalls table = os::kernel_syscalls();
    table.fsync = [](int fd) {
        g_synced.insert(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)));
        return os::kernel_syscalls().fsync(fd);
    };
    const os::ScopedSyscalls in_force(table);
    testing::expect_ok(entry.move(dir_.root() + "/" + part));
    const std::string here = dir_.root() + "/" + entry.name();
    EXPECT_EQ(g_synced,
              (std::set<std::string>{here, here + "/events", here + "/events/day=2026-01-21",
                                     dir_.root() + "/events/day=2026-01-21"}));
}

TEST_F(TrashTest, AFileOnAnotherFileSystemIsCopiedAndThenRemoved) {
    write("far/a", "1");
    os::Syscalls table = os::kernel_syscalls();
    table.rename = [](const char* from, const char* to) {
        if (!std::string_view(from).ends_with("/far/a"))
            return os::kernel_syscalls().rename(from, to);
        errno = EXDEV;
        return -1;
    };
    const os::ScopedSyscalls in_force(table);
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/far/a"));
    EXPECT_EQ(read(entry.name() + "/far/a"), "1");
    EXPECT_EQ(read("far/a"), "(none)");
}

TEST_F(TrashTest, WhatACollectionHasMovedGoesOnlyByACollection) {
    write("artifacts/objects/a", "1");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/artifacts/objects/a"));
    clock_.advance_ms(25 * kHourMs);
    EXPECT_EQ(empty_trash(dir_, clock_).kept, 1U);
    EXPECT_EQ(empty_trash(dir_, clock_, TrashedArtifacts::kGo).removed, 1U);
}

TEST_F(TrashTest, ADirectoryThatNobodyMayWriteToGoes) {
    write("a/model/weights", "1");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/a"));
    const std::string model = dir_.root() + "/" + entry.name() + "/a/model";
    std::filesystem::permissions(model, std::filesystem::perms(0555));
    clock_.advance_ms(24 * kHourMs);
    EXPECT_EQ(
        as_nobody(temp_.path(), [&] { return empty_trash(dir_, clock_).removed == 1 ? 0 : 1; }), 0);
    EXPECT_TRUE(entries().empty());
}

TEST_F(TrashTest, WhatCannotBeRemovedHasANoteAndTheOthersGo) {
    for (const char* name : {"a", "b"}) {
        write(name, "1");
        TrashEntry entry(dir_, clock_);
        testing::expect_ok(entry.move(dir_.root() + "/" + name));
    }
    clock_.advance_ms(24 * kHourMs);
    os::Syscalls table = os::kernel_syscalls();
    table.unlink = [](const char* path) {
        if (!std::string_view(path).ends_with("/a")) return os::kernel_syscalls().unlink(path);
        errno = EIO;
        return -1;
    };
    const os::ScopedSyscalls in_force(table);
    const TrashReport report = empty_trash(dir_, clock_);
    EXPECT_EQ(report.removed, 1U);
    EXPECT_EQ(report.failed, 1U);
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_TRUE(report.notes[0].starts_with("trash/20260123T091500.250Z: not emptied: "))
        << report.notes[0];
}

TEST_F(TrashTest, WhatCameByAClockThatWasAheadGoesADayAfterItCame) {
    clock_.step_to(TimestampMs(clock_.now().value() + kYearMs));
    write("a", "1");
    TrashEntry entry(dir_, clock_);
    testing::expect_ok(entry.move(dir_.root() + "/a"));
    clock_.step_to(TimestampMs(clock_.now().value() - kYearMs));
    clock_.advance_ms(24 * kHourMs - 1);
    EXPECT_EQ(empty_trash(dir_, clock_).kept, 1U);
    clock_.advance_ms(1);
    EXPECT_EQ(empty_trash(dir_, clock_).removed, 1U);
}

TEST_F(TrashTest, WhatCameByAClockThatWasAheadBeforeABootGoesADayFromNow) {
    write("trash/20990101T000000.000Z/a", "1");
    write("trash/20990101T000000.000Z/entry.json",
          R"({"format":1,"at":"2099-01-01T00:00:00.000Z","boot_id":"another","monotonic_ns":1})");
    EXPECT_EQ(empty_trash(dir_, clock_).kept, 1U);
    clock_.advance_ms(24 * kHourMs - 1);
    EXPECT_EQ(empty_trash(dir_, clock_).kept, 1U);
    clock_.advance_ms(1);
    EXPECT_EQ(empty_trash(dir_, clock_).removed, 1U);
}

TEST_F(TrashTest, ARemovalThatWasCutShortIsFinished) {
    write("trash/20200101T000000.000Z.removing/a", "1");
    EXPECT_EQ(empty_trash(dir_, clock_).removed, 0U);
    EXPECT_TRUE(entries().empty());
}

}  // namespace
}  // namespace daybook::lifecycle
