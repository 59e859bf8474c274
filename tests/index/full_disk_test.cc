// A disk that has no room for the index: the last snapshot stays, the error says so, and the next
// build is right.  The disk is a limit of the file size in a child of its own, then a tmpfs that
// others have filled, and then one whose copies fail.

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index/growing_ledger.h"
#include "os/syscalls.h"
#include "support/disk.h"
#include "support/history_ledger.h"

namespace daybook::testing {
namespace {

// What a builder says that may write no file beyond `bytes`; empty: it was enough.
std::string build_below(const std::string& root, std::uint64_t bytes,
                        const index::BuildOptions& options) {
    const TempDir dir;
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
        const auto report = index::build(root, options);
        if (!report) std::ofstream(dir / "error") << report.error().message().substr(0, bytes);
        ::_exit(report || report.error().code() == ErrorCode::kNoSpace ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    const auto error = os::read_file(dir / "error", 1 << 20);
    return error ? *error : std::string();
}

TEST(IndexFullDisk, TheSnapshotStaysAndTheNextBuildIsRight) {
    GrowingLedger ledger;
    for (int i = 0; i < 60; ++i) ledger.add_run();
    std::string published = value_of(index::build(ledger.root())).digest;
    const auto snapshot = value_of(os::file_info(ledger.layout().snapshot_path()));
    const std::uint64_t size = snapshot->size.value();

    int failures = 0;
    for (const bool full_rebuild : {false, true}) {
        for (const std::uint64_t percent : {0U, 1U, 10U, 25U, 50U, 75U, 90U, 99U}) {
            SCOPED_TRACE(fmt::format("{} {}", full_rebuild, percent));
            for (int i = 0; i < 5; ++i) ledger.add_run();
            const std::string error =
                build_below(ledger.root(), 4096 + size * percent / 100,
                            {.full_rebuild = full_rebuild, .batch_bytes = 100'000});
            if (!error.empty()) {
                ++failures;
                EXPECT_NE(error.find("File too large"), std::string::npos) << error;
                EXPECT_NE(error.find("the snapshot is still the last one"), std::string::npos);
                EXPECT_EQ(ledger.snapshot_digest(), published);
            }
            const index::BuildReport report = value_of(index::build(ledger.root()));
            published = ledger.snapshot_digest();
            EXPECT_EQ(report.digest, published);
        }
        EXPECT_EQ(published, ledger.clean_digest());
    }
    EXPECT_GE(failures, 8);
}

// Copies the ledger to a small disk, and builds with so much room as `room` says.  What went wrong;
// empty: nothing.  In a child, whose mounts nobody else sees.
std::string build_on_small_disk(const std::string& ledger, const std::string& disk,
                                std::uint64_t room, bool full_rebuild) {
    namespace fs = std::filesystem;
    const std::string root = disk + "/ledger";
    fs::copy(ledger, root, fs::copy_options::recursive);
    const index::IndexLayout layout(root);
    const auto before = digest_of_snapshot(layout.snapshot_path());
    if (!before) return before.error().message();
    const std::uint64_t available = fs::space(disk).available;
    {
        std::ofstream filler(disk + "/filler");
        const std::string block(4096, 'f');
        for (std::uint64_t left = available; left > room; left -= block.size()) filler << block;
    }
    const auto full = index::build(root, {.full_rebuild = full_rebuild});
    if (!full && full.error().code() != ErrorCode::kNoSpace) return full.error().message();
    if (!full &&
        full.error().message().find("the snapshot is still the last one") == std::string::npos) {
        return full.error().message();
    }
    for (const char* left : {"index.duckdb.wal", "snapshot.tmp", "spill"}) {
        if (!full && fs::exists(layout.work_dir() + "/" + left)) return left;
    }
    const auto after = digest_of_snapshot(layout.snapshot_path());
    if (!after) return after.error().message();
    if (!full && *after != *before) return "the snapshot is another one, and the builder failed";
    fs::remove(disk + "/filler");
    const auto next = index::build(root);
    if (!next) return next.error().message();
    const auto last = digest_of_snapshot(layout.snapshot_path());
    if (!last || *last != next->digest) return "the next snapshot is not what was built";
    fs::remove_all(root);
    return full ? "" : "full:" + next->digest;
}

TEST(IndexFullDisk, ASmallDiskThatOthersHaveFilledIsNoOtherMatter) {
    GrowingLedger ledger;
    for (int i = 0; i < 60; ++i) ledger.add_run();
    value_of(index::build(ledger.root()));
    for (int i = 0; i < 20; ++i) ledger.add_run();
    const std::string right = ledger.clean_digest();

    const TempDir place;
    const pid_t child = ::fork();
    if (child == 0) {
        const Status entered = enter_private_mounts(place.path());
        auto disk = entered ? Mount::tmpfs(std::uint64_t{96} << 20, place / "disk")
                            : Result<Mount>(fail(entered.error()));
        // Where nothing may be mounted the limit of the test above has to do.
        if (!disk) ::_exit(77);
        int failures = 0;
        for (const bool full_rebuild : {false, true}) {
            for (const std::uint64_t room_mib : {0U, 1U, 2U, 4U, 6U, 8U, 12U, 16U, 64U}) {
                const std::string outcome = build_on_small_disk(ledger.root(), disk->directory(),
                                                                room_mib << 20, full_rebuild);
                if (outcome == "full:" + right) ++failures;
                if (outcome.empty() || outcome == "full:" + right) continue;
                fmt::print(stderr, "{} MiB, {}: {}\n", room_mib, full_rebuild, outcome);
                ::_exit(1);
            }
        }
        ::_exit(failures >= 4 ? 0 : 2);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ASSERT_TRUE(WIFEXITED(status)) << status;
    if (WEXITSTATUS(status) == 77) fmt::print("no disk of its own: nothing may be mounted here\n");
    EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77) << WEXITSTATUS(status);
}

// Every call by which a snapshot is made and named fails once for want of room.
TEST(IndexFullDisk, APublicationThatFindsNoRoomLeavesTheLastSnapshot) {
    GrowingLedger ledger;
    for (int i = 0; i < 6; ++i) ledger.add_run();
    std::string published = value_of(index::build(ledger.root())).digest;
    const auto fail_with_full_disk = [] {
        errno = ENOSPC;
        return -1;
    };
    using Change = void (*)(os::Syscalls&);
    static const auto no_room = fail_with_full_disk;
    const std::vector<Change> changes = {
        [](os::Syscalls& table) {
            table.clone = [](int, int) { return no_room(); };
            table.copy_file_range = [](int, int, std::size_t) -> ssize_t { return no_room(); };
        },
        [](os::Syscalls& table) { table.fdatasync = [](int) { return no_room(); }; },
        [](os::Syscalls& table) {
            table.rename = [](const char*, const char*) { return no_room(); };
        },
        [](os::Syscalls& table) {
            table.link = [](const char*, const char*) { return no_room(); };
        },
        [](os::Syscalls& table) { table.fsync = [](int) { return no_room(); }; }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        SCOPED_TRACE(i);
        ledger.add_run();
        const std::string right = ledger.clean_digest();
        {
            os::Syscalls table = os::kernel_syscalls();
            changes[i](table);
            const os::ScopedSyscalls in_force(table);
            const auto report = index::build(ledger.root());
            ASSERT_FALSE(report);
            EXPECT_EQ(report.error().code(), ErrorCode::kNoSpace) << report.error().message();
        }
        // The last call comes after the name: the new snapshot is there, only not for certain.
        const std::string found = ledger.snapshot_digest();
        EXPECT_EQ(found, i + 1 == changes.size() ? right : published);
        EXPECT_EQ(value_of(index::build(ledger.root())).digest, right);
        published = ledger.snapshot_digest();
        EXPECT_EQ(published, right);
    }
}

}  // namespace
}  // namespace daybook::testing
