#include "ledger/object_store.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/lock.h"
#include "os/syscalls.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

namespace fs = std::filesystem;

const std::string kAbc =
    "artifacts/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// A system call's double has no other place for them.
std::function<void()> g_before;
std::function<void()> g_after;

// Calls one of them when the object is opened for the first time.
int open_object(const char* path, int flags, mode_t mode) {
    const bool is_object = std::string_view(path).ends_with(kAbc);
    if (is_object && g_before) std::exchange(g_before, nullptr)();
    const int fd = os::kernel_syscalls().open(path, flags, mode);
    if (is_object && g_after) std::exchange(g_after, nullptr)();
    return fd;
}

class ObjectStoreTest : public ::testing::Test {
protected:
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(temp_ / name, std::ios::binary) << content;
        return temp_ / name;
    }
    std::string object(const std::string& place) const {
        return os::read_file(os::join_path(dir_.root(), place), 10'000'000).value_or("(none)");
    }
    // All files below a directory of the ledger, but the lock.
    std::vector<std::string> files(const std::string& below) const {
        std::vector<std::string> found;
        const fs::path root = fs::path(dir_.root()) / below;
        if (!fs::exists(root)) return found;
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            if (entry.is_regular_file() && entry.path().filename() != "_lock") {
                found.push_back(entry.path().filename());
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    // The object of "abc", with another content.
    void spoil() {
        testing::value_of(add_object(dir_, write("a", "abc")));
        testing::expect_ok(os::write_file_atomic(place_, "abd"));
    }
    // Adds "abc" while g_before or g_after comes between.
    AddedObject add_meanwhile() {
        os::Syscalls table = os::kernel_syscalls();
        table.open = open_object;
        const os::ScopedSyscalls in_force(table);
        AddedObject added = testing::value_of(add_object(dir_, temp_ / "a"));
        EXPECT_FALSE(g_before || g_after);
        return added;
    }

    testing::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
    std::string place_ = os::join_path(dir_.root(), kAbc);
};

TEST_F(ObjectStoreTest, PathAndHashTellEachOther) {
    const std::string hash = sha256_hex("abc");
    EXPECT_EQ(object_path(hash), kAbc);
    EXPECT_EQ(object_of_path(kAbc), hash);
    constexpr const char* kUpperCase =
        "artifacts/objects/BA/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for (const char* path :
         {"artifacts/objects/ba/78", "artifacts/objects/_lock", "ba/7816", "", kUpperCase}) {
        EXPECT_EQ(object_of_path(path), "") << path;
    }
}

TEST_F(ObjectStoreTest, WhatIsAddedIsThereReadOnlyAndOnce) {
    const AddedObject first = testing::value_of(add_object(dir_, write("a", "abc")));
    EXPECT_EQ(first.path, kAbc);
    EXPECT_EQ(first.hash, (FileHash{.bytes = 3, .sha256 = sha256_hex("abc")}));
    EXPECT_FALSE(first.was_there);
    EXPECT_EQ(object(kAbc), "abc");
    EXPECT_EQ(os::file_info(os::join_path(dir_.root(), kAbc)).value()->mode, 0444U);
    const AddedObject second = testing::value_of(add_object(dir_, write("b", "abc")));
    EXPECT_TRUE(second.was_there);
    EXPECT_EQ(files("artifacts"), std::vector<std::string>{kAbc.substr(kAbc.rfind('/') + 1)});
}

TEST_F(ObjectStoreTest, ACopyOutlivesItsFile) {
    const std::string path = write("data.CSV", "abc");
    const CopiedArtifact copied = testing::value_of(copy_artifact(dir_, path));
    EXPECT_EQ(copied.original_path, fs::canonical(path));
    EXPECT_EQ(copied.facts.path, kAbc);
    EXPECT_EQ(copied.facts.size_bytes, 3);
    EXPECT_EQ(copied.facts.format, "csv");
    write("data.CSV", "other");
    EXPECT_EQ(object(kAbc), "abc");
}

TEST_F(ObjectStoreTest, AddingAgainMakesAnObjectYoung) {
    testing::value_of(add_object(dir_, write("a", "abc")));
    const std::string path = os::join_path(dir_.root(), kAbc);
    const std::int64_t before = os::file_info(path).value()->changed_ns;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    testing::value_of(add_object(dir_, temp_ / "a"));
    EXPECT_GT(os::file_info(path).value()->changed_ns, before);
}

TEST_F(ObjectStoreTest, WhatHasChangedInItsPlaceIsReplacedAndKept) {
    for (const std::string damage : {"abd", "abcd", ""}) {
        testing::value_of(add_object(dir_, write("a", "abc")));
        fs::permissions(os::join_path(dir_.root(), kAbc), fs::perms::owner_all);
        std::ofstream(os::join_path(dir_.root(), kAbc), std::ios::trunc) << damage;
        EXPECT_FALSE(testing::value_of(add_object(dir_, temp_ / "a")).was_there) << damage;
        EXPECT_EQ(object(kAbc), "abc") << damage;
    }
    // The three, each with its note.
    EXPECT_EQ(files("quarantine").size(), 6U);
}

TEST_F(ObjectStoreTest, WhatAnotherHasMendedMeanwhileIsNotTakenAway) {
    spoil();
    // What is read is what was there before.
    g_after = [&] { testing::expect_ok(os::write_file_atomic(place_, "abc")); };
    EXPECT_TRUE(add_meanwhile().was_there);
    EXPECT_EQ(object(kAbc), "abc");
    EXPECT_TRUE(files("quarantine").empty());
}

TEST_F(ObjectStoreTest, WhatAnotherHasTakenAwayMeanwhileIsAdded) {
    for (std::function<void()>* moment : {&g_before, &g_after}) {
        spoil();
        *moment = [&] { testing::expect_ok(os::remove_file(place_)); };
        EXPECT_FALSE(add_meanwhile().was_there);
        EXPECT_EQ(object(kAbc), "abc");
        EXPECT_TRUE(files("quarantine").empty());
    }
}

TEST_F(ObjectStoreTest, AnyNumberMayAddTheSameAtOnce) {
    const std::string content(300'000, 'x');
    const std::string path = write("big", content);
    std::vector<std::thread> threads;
    std::vector<std::string> paths(8);
    for (std::string& place : paths) {
        threads.emplace_back([&] { place = testing::value_of(add_object(dir_, path)).path; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(paths, std::vector<std::string>(8, object_path(sha256_hex(content))));
    EXPECT_EQ(object(paths.front()), content);
    EXPECT_EQ(files("artifacts").size(), 1U);
    EXPECT_TRUE(files("quarantine").empty());
}

TEST_F(ObjectStoreTest, WhoAddsKeepsACollectorOut) {
    {
        const AddedObject added = testing::value_of(add_object(dir_, write("a", "abc")));
        EXPECT_EQ(
            os::lock_path(objects_lock_path(dir_), os::LockKind::kExclusive, 0).error().code(),
            ErrorCode::kBusy);
        // But not another one who adds.
        EXPECT_TRUE(add_object(dir_, write("b", "b")));
    }
    EXPECT_TRUE(os::lock_path(objects_lock_path(dir_), os::LockKind::kExclusive, 0));
}

TEST_F(ObjectStoreTest, WhatIsNoFileIsRefused) {
    EXPECT_EQ(add_object(dir_, temp_ / "gone").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(add_object(dir_, temp_.path()).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(fs::exists(dir_.root()));
}

// One call after the other fails as on a full disk.
int calls_left = 0;

bool is_full() {
    if (--calls_left >= 0) return false;
    errno = ENOSPC;
    return true;
}

TEST_F(ObjectStoreTest, AFullDiskAtAnyCallLeavesNothingHalf) {
    const std::string path = write("big", std::string(300'000, 'x'));
    os::Syscalls table = os::kernel_syscalls();
    table.clone = [](int, int) {
        errno = EOPNOTSUPP;
        return -1;
    };
    table.copy_file_range = [](int from, int to, std::size_t count) -> ssize_t {
        return is_full() ? -1 : os::kernel_syscalls().copy_file_range(from, to, count);
    };
    table.write = [](int fd, const void* bytes, std::size_t count) -> ssize_t {
        return is_full() ? -1 : os::kernel_syscalls().write(fd, bytes, count);
    };
    table.mkdir = [](const char* place, mode_t mode) {
        return is_full() ? -1 : os::kernel_syscalls().mkdir(place, mode);
    };
    table.link = [](const char* from, const char* to) {
        return is_full() ? -1 : os::kernel_syscalls().link(from, to);
    };
    table.fdatasync = [](int fd) { return is_full() ? -1 : os::kernel_syscalls().fdatasync(fd); };
    table.fsync = [](int fd) { return is_full() ? -1 : os::kernel_syscalls().fsync(fd); };
    int failures = 0;
    for (bool done = false; !done; failures += done ? 0 : 1) {
        SCOPED_TRACE(failures);
        fs::remove_all(dir_.root());
        {
            const os::ScopedSyscalls in_force(table);
            calls_left = failures;
            const Result<AddedObject> added = add_object(dir_, path);
            done = added.has_value();
            if (!done) {
                EXPECT_EQ(added.error().code(), ErrorCode::kNoSpace);
            }
        }
        // Nothing, or the object under its name, whole: a sync of a directory came too late.
        for (const std::string& name : files("artifacts")) {
            EXPECT_EQ(name, object_path(sha256_hex(std::string(300'000, 'x'))).substr(21));
        }
        // With room again it goes on.
        EXPECT_EQ(testing::value_of(add_object(dir_, path)).hash.bytes, 300'000U);
    }
    EXPECT_GE(failures, 6);
}

}  // namespace
}  // namespace daybook::ledger
