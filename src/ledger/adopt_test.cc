#include "ledger/adopt.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "ledger/event_log.h"
#include "ledger/manifest.h"
#include "ledger/repair.h"
#include "ledger/sealer.h"
#include "ledger/verify.h"
#include "log/sharing.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

namespace fs = std::filesystem;

std::string theirs(const std::string& digits) {
    return fmt::format(
        R"({{"event_type":"run.started","timestamp_ms":{},"run_id":"r{}","event_id":"{}_{}"}})",
        log::kNoon.value(), digits, log::kNoon.value(), digits);
}
std::string id(const std::string& digits) {
    return fmt::format("{}_{}", log::kNoon.value(), digits);
}
const std::string kA = theirs("0000000a");
const std::string kB = theirs("0000000b");

class AdoptTest : public log::LogTest {
protected:
    // Without lock files, which say who held them last, and since when to a millisecond or so.
    std::map<std::string, std::string> tree() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(layout_.root())) {
            if (!entry.is_regular_file() || entry.path().extension() == ".lock") continue;
            std::ifstream file(entry.path(), std::ios::binary);
            files[entry.path()] = std::string(std::istreambuf_iterator<char>(file), {});
        }
        return files;
    }
    // What was written a moment ago is nobody's any more.
    void age() const {
        for (const auto& entry : fs::recursive_directory_iterator(layout_.root())) {
            fs::last_write_time(entry.path(),
                                fs::file_time_type::clock::now() - std::chrono::minutes(2));
        }
    }
    AdoptReport run(const AdoptOptions& options = {}) { return adopt(ledger_, options).value(); }
    RepairReport repaired() {
        const Result<RepairReport> report = repair(ledger_);
        EXPECT_TRUE(report) << report.error().message();
        return *report;
    }
    std::set<std::string> ids() {
        std::set<std::string> all;
        for (const log::Seen& line : read_all()) {
            if (line.kind != log::LineKind::kDamaged) all.insert(line.id);
        }
        return all;
    }

    LedgerDir ledger_{layout_.root()};
};

TEST_F(AdoptTest, ALogIsAdoptedInPlaceAndOnce) {
    put_part(1, kA + "\n");
    const AdoptReport first = run();
    EXPECT_TRUE(first.made_manifest);
    EXPECT_TRUE(first.sharing_changed);
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kShared);
    const auto before = tree();
    const AdoptReport second = run();
    EXPECT_FALSE(second.made_manifest);
    EXPECT_FALSE(second.sharing_changed);
    EXPECT_EQ(tree(), before);
    EXPECT_EQ(part_bytes(1), kA + "\n");
}

TEST_F(AdoptTest, ALookMakesNoFile) {
    put_part(1, kA + kB + "\n");
    const auto before = tree();
    const AdoptReport report = run({.dry_run = true});
    EXPECT_TRUE(report.made_manifest);
    EXPECT_EQ(report.log.recoverable, 2u);
    EXPECT_EQ(tree(), before);
}

TEST_F(AdoptTest, WhereThereIsNoLogNoneIsMade) {
    EXPECT_EQ(adopt(ledger_).error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(os::make_dirs(layout_.events_dir()));
    EXPECT_EQ(adopt(ledger_).error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(tree().empty());
}

TEST_F(AdoptTest, ALogThatOthersHaveBegunIsSharedFromTheFirstEventOn) {
    put_part(1, kA + "\n");
    {
        const auto log = EventLog::open(ledger_, {.background = false}).value();
    }
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kShared);
    ASSERT_TRUE(os::remove_tree(layout_.root()));
    put_part(1, log::whole_line("ours", 1));
    {
        const auto log = EventLog::open(ledger_, {.background = false}).value();
    }
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kAlone);
}

TEST_F(AdoptTest, ItsEndIsRemembered) {
    put_part(1, kA + "\n");
    EXPECT_FALSE(run({.finish = true}).sharing_changed);
    run();
    EXPECT_TRUE(run({.finish = true}).sharing_changed);
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kAlone);
    EXPECT_TRUE(log::was_ever_shared(layout_).value());
}

TEST_F(AdoptTest, ItDoesNotEndWhileOthersStillWrite) {
    put_part(1, kA + "\n");
    run();
    const std::string temporary = layout_.part_path(log::part_of_today(1)) + ".tmp";
    std::ofstream(temporary) << kB + "\n";
    EXPECT_EQ(adopt(ledger_, {.finish = true}).error().code(), ErrorCode::kBusy);
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kShared);
    ASSERT_TRUE(os::remove_file(temporary));
    EXPECT_TRUE(run({.finish = true}).sharing_changed);
}

TEST_F(AdoptTest, ARepairBringsBackWhatNoLineShowsAndChangesNoByte) {
    const std::string damage = kA + kB + "\n" + kA.substr(0, 30) + theirs("0000000c") + "\n\n";
    put_part(1, damage);
    const std::string left = layout_.part_path(log::part_of_today(1)) + ".tmp";
    put_file(left, theirs("0000000d") + "\n" + kA + "\n" + kB.substr(0, 20));
    age();
    EXPECT_EQ(run().log.recoverable, 4u);
    EXPECT_EQ(repaired().recovered, 4u);
    EXPECT_EQ(part_bytes(1), damage);
    EXPECT_FALSE(os::exists(left).value());
    const std::set<std::string> there = ids();
    for (const char* digits : {"0000000a", "0000000b", "0000000c", "0000000d"}) {
        EXPECT_TRUE(there.contains(id(digits))) << digits;
    }
    EXPECT_EQ(run().log.problems, 0u);
    EXPECT_TRUE(verify(ledger_)->clean());
    const auto before = tree();
    EXPECT_FALSE(repaired().has_work());
    EXPECT_EQ(tree(), before);
}

TEST_F(AdoptTest, WhatIsAppendedToALeftOverFileAfterItWasMovedIsFoundNextTime) {
    put_part(1, kA + "\n");
    const std::string left = layout_.part_path(log::part_of_today(1)) + ".tmp";
    put_file(left, kA + "\n");
    age();
    run();
    repaired();
    for (const auto& [path, bytes] : tree()) {
        if (path.find("/quarantine/") == std::string::npos || bytes != kA + "\n") continue;
        put_file(path, kA + "\n" + kB + "\n");
    }
    EXPECT_EQ(repaired().recovered, 1u);
    EXPECT_TRUE(ids().contains(id("0000000b")));
}

TEST_F(AdoptTest, ALastLineGetsItsNewlineOnceItIsQuiet) {
    put_part(1, kA);
    put_part(3, kB + "\n{\"half");
    run();
    EXPECT_FALSE(repaired().has_work());
    EXPECT_EQ(part_bytes(1), kA);
    age();
    EXPECT_TRUE(repaired().has_work());
    EXPECT_EQ(part_bytes(1), kA + "\n");
    EXPECT_EQ(part_bytes(3), kB + "\n{\"half\n");
    EXPECT_EQ(run().log.problems, 0u);
    age();
    EXPECT_FALSE(repaired().has_work());
}

TEST_F(AdoptTest, ALastLineGetsItsNewlineAfterTheOtherToolsHaveEndedToo) {
    put_part(1, kA);
    age();
    run();
    run({.finish = true});
    const RepairReport report = repaired();
    EXPECT_EQ(report.left, 0u);
    EXPECT_EQ(part_bytes(1), kA + "\n");
    EXPECT_TRUE(ids().contains(id("0000000a")));
    EXPECT_FALSE(repaired().has_work());
}

TEST_F(AdoptTest, WhatIsAppendedBehindASealStandsElsewhereAfterARepair) {
    put_part(1, kA + "\n");
    put_part(3, theirs("0000000f") + "\n");
    age();
    run();
    ASSERT_EQ(seal_parts(ledger_, {})->parts.size(), 1u);
    const std::string path = layout_.part_path(log::part_of_today(1));
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    put_file(path, kA + "\n" + kB + "\n");
    EXPECT_EQ(verify(ledger_)->problems, 1u);
    EXPECT_EQ(repaired().recovered, 1u);
    EXPECT_TRUE(verify(ledger_)->clean());
    EXPECT_EQ(part_bytes(1), kA + "\n" + kB + "\n");
    EXPECT_FALSE(repaired().has_work());
    int copies = 0;
    for (const log::Seen& line : read_all()) copies += line.id == id("0000000b");
    EXPECT_EQ(copies, 2);
}

TEST_F(AdoptTest, NumbersThatAreLeftFreeAreNoGaps) {
    put_part(2, log::whole_line("a", 1));
    put_part(4, log::whole_line("b", 1));
    ASSERT_TRUE(log::begin_sharing(layout_, log::kNoon).value());
    ASSERT_TRUE(log::end_sharing(layout_).value());
    ASSERT_EQ(seal_parts(ledger_, {})->parts.size(), 2u);
    EXPECT_TRUE(verify(ledger_)->clean());
    ASSERT_TRUE(log::begin_sharing(layout_, log::kNoon).value());
    EXPECT_TRUE(verify(ledger_)->clean());
    ASSERT_TRUE(log::end_sharing(layout_).value());
    ASSERT_TRUE(os::remove_file(layout_.was_shared_path()));
    EXPECT_EQ(verify(ledger_)->problems, 2u);
}

// Whatever stops the look, the mark stands.
TEST_F(AdoptTest, TheLogIsSharedBeforeItIsRead) {
    put_part(1, kA + "\n");
    put_file(layout_.events_dir() + "/_schema.json", "{");
    EXPECT_FALSE(adopt(ledger_));
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kShared);
}

TEST_F(AdoptTest, ALedgerWithoutAPartMayBeAdopted) {
    ASSERT_TRUE(read_or_create_manifest(ledger_));
    EXPECT_TRUE(run().sharing_changed);
    EXPECT_EQ(log::sharing_of(layout_).value(), log::Sharing::kShared);
}

// What another tool appends to its left-over file while a repair is at it.
class LeftOverTest : public AdoptTest {
protected:
    void SetUp() override {
        put_part(1, kA + "\n");
        left = layout_.part_path(log::part_of_today(1)) + ".tmp";
        put_file(left, kB + "\n");
        age();
        run();
    }
    static void append_to(const std::string& path) {
        std::ofstream(path, std::ios::app) << theirs("0000000c") << "\n";
    }
    void expect_all_there() {
        EXPECT_EQ(repaired().left, 0u);
        EXPECT_TRUE(ids().contains(id("0000000b")));
        EXPECT_TRUE(ids().contains(id("0000000c")));
        EXPECT_FALSE(repaired().has_work());
        int copies = 0;
        for (const log::Seen& line : read_all()) copies += line.id == id("0000000b");
        EXPECT_EQ(copies, 1);
    }
    static inline std::string left;
};

TEST_F(LeftOverTest, AFileThatIsUsedAgainStaysWhereItIs) {
    os::Syscalls table = os::kernel_syscalls();
    // The events of the file are made durable before it is moved.
    table.fdatasync = [](int fd) {
        if (!left.empty()) append_to(std::exchange(left, ""));
        return os::kernel_syscalls().fdatasync(fd);
    };
    const std::string path = left;
    {
        const os::ScopedSyscalls scoped(table);
        const RepairReport report = repaired();
        EXPECT_EQ(report.recovered, 1u);
        EXPECT_EQ(report.left, 1u);
    }
    EXPECT_TRUE(os::exists(path).value());
    age();
    expect_all_there();
}

TEST_F(LeftOverTest, WhatComesWhileAFileIsMovedIsToldAndFound) {
    os::Syscalls table = os::kernel_syscalls();
    table.rename = [](const char* from, const char* to) {
        const int done = os::kernel_syscalls().rename(from, to);
        if (from == left) append_to(to);
        return done;
    };
    {
        const os::ScopedSyscalls scoped(table);
        const RepairReport report = repaired();
        EXPECT_EQ(report.recovered, 1u);
        EXPECT_EQ(report.left, 1u);
    }
    expect_all_there();
}

TEST_F(LeftOverTest, AFileThatWasPutAwayIsNotReadAgainUnlessItHasGrown) {
    EXPECT_EQ(repaired().left, 0u);
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        const std::string_view name(path);
        if (name.find("/quarantine/") != std::string_view::npos && !name.ends_with(".json")) {
            ADD_FAILURE() << path;
        }
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls scoped(table);
    EXPECT_EQ(repaired().left, 0u);
}

TEST_F(LeftOverTest, WhatIsPutOffIsLeft) {
    append_to(left);
    put_part(3, kA + "\n{\"half");
    EXPECT_EQ(repaired().left, 2u);
    age();
    EXPECT_EQ(repaired().left, 0u);
}

}  // namespace
}  // namespace daybook::ledger
