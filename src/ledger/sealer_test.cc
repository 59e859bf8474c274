#include "ledger/sealer.h"

#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "ledger/seal_chain.h"
#include "ledger/test_seals.h"
#include "log/held_part.h"
#include "log/sharing.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

class SealerTest : public SealsTest {
protected:
    SealOptions options() { return {.wait_ms = 0, .clock = &clock_}; }
    Result<SealReport> try_seal() { return seal_parts(dir_, options()); }
    SealReport seal() {
        Result<SealReport> report = try_seal();
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : SealReport{};
    }
    // "sealed part-000001".
    static std::vector<std::string> states(const SealReport& report) {
        std::vector<std::string> found;
        for (const SealOutcome& outcome : report.parts) {
            found.push_back(std::string(to_string(outcome.state)) + " " +
                            to_string(outcome.part).substr(15));
        }
        return found;
    }
    Seal seal_of(std::uint32_t number) {
        return decode_seal(read(layout().seal_path(part_of(number))), "x").value();
    }
    // Every file below the ledger, by name: its mode and its bytes.
    std::map<std::string, std::string> tree(const std::string& directory = "") {
        std::map<std::string, std::string> files;
        const std::string root = directory.empty() ? dir_.root() : directory;
        const std::vector<os::DirEntry> entries = os::list_dir(root).value();
        for (const os::DirEntry& entry : entries) {
            const std::string path = os::join_path(root, entry.name);
            if (entry.is_directory) {
                files.merge(tree(path));
            } else if (!path.ends_with("_seal.lock")) {  // It says who held it last.
                files[path] = fmt::format("{:o} {}", os::file_info(path).value()->mode, read(path));
            }
        }
        return files;
    }
    std::size_t problems() {
        return examine_chain(read_seals(layout()).value(), layout()).problems.size();
    }

    ManualClock clock_{kNextMorning};
};

using Strings = std::vector<std::string>;

TEST_F(SealerTest, ASealSaysWhatThePartHolds) {
    const std::string bytes = event_line("a", 1) + event_line("b", 2);
    put_part(part_of(1), bytes);
    const SealReport report = seal();
    EXPECT_EQ(states(report), Strings{"sealed part-000001"});
    const TimestampMs noon(20476 * kDayMs + kDayMs / 2);
    const Seal expected{.part = part_of(1),
                        .facts = {.bytes = bytes.size(),
                                  .events = 2,
                                  .first_event_id = "a",
                                  .last_event_id = "b",
                                  .timestamp_min = noon + 1,
                                  .timestamp_max = noon + 2},
                        .sha256 = sha256_hex(bytes)};
    EXPECT_EQ(seal_of(1), expected);
    EXPECT_EQ(report.parts.at(0).facts, expected.facts);
    EXPECT_EQ(report.parts.at(0).sha256, expected.sha256);
    EXPECT_EQ(read(layout().head_path()),
              encode_head({.part = part_of(1),
                           .sha256 = sha256_hex(read(layout().seal_path(part_of(1))))}));
    EXPECT_EQ(os::file_info(layout().part_path(part_of(1))).value()->mode & 0777U, 0444U);
    EXPECT_EQ(read(layout().part_path(part_of(1))), bytes);
}

TEST_F(SealerTest, SealsAreChainedAcrossRunsAndNothingIsSealedTwice) {
    put_part(part_of(1), event_line("a", 1));
    put_part(part_of(2), "");
    EXPECT_EQ(states(seal()), (Strings{"sealed part-000001", "sealed part-000002"}));
    put_part(part_of(3), event_line("c", 1));
    EXPECT_EQ(states(seal()), Strings{"sealed part-000003"});
    EXPECT_EQ(states(seal()), Strings{});
    EXPECT_EQ(problems(), 0U);
    EXPECT_EQ(examine_chain(read_seals(layout()).value(), layout()).order,
              (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(seal_of(2).facts, PartFacts{});
}

TEST_F(SealerTest, APartIsDueWhenItIsFullOrItsDayHasBeenOverForAnHour) {
    const TimestampMs end = start_of(kSealDay + 1);
    const log::PartInfo small{.id = part_of(1), .size = ByteOffset(7)};
    const log::PartInfo full{.id = part_of(1), .size = ByteOffset(kPartBytesMax)};
    EXPECT_EQ(parts_to_seal({small}, end).size(), 0U);
    EXPECT_EQ(parts_to_seal({small}, end + kSealAfterDayMs).size(), 0U);
    EXPECT_EQ(parts_to_seal({small}, end + kSealAfterDayMs + 1).size(), 1U);
    EXPECT_EQ(parts_to_seal({full}, TimestampMs(0)).size(), 1U);

    put_part(part_of(1), event_line("a", 1));
    clock_.step_to(end);
    EXPECT_EQ(states(seal()), Strings{});
    EXPECT_EQ(os::file_info(layout().part_path(part_of(1))).value()->mode & 0777U, 0644U);
}

TEST_F(SealerTest, BesideOtherToolsTheLastPartOfADayStaysOpen) {
    const auto numbers = [](const std::vector<log::PartInfo>& parts) {
        std::vector<std::uint32_t> found;
        for (const log::PartInfo& part : parts) found.push_back(part.id.number.value());
        return found;
    };
    const TimestampMs written = start_of(kSealDay + 1) + 2 * kSealAfterDayMs;
    std::vector<log::PartInfo> parts;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        parts.push_back({.id = part_of(number),
                         .size = ByteOffset(number == 1 ? kPartBytesMax : 7),
                         .modified_ns = written.value() * 1'000'000});
    }
    using Numbers = std::vector<std::uint32_t>;
    const TimestampMs quiet = written + log::kQuietMs;
    EXPECT_EQ(numbers(parts_to_seal(parts, quiet + -1, log::Sharing::kShared)), Numbers{});
    EXPECT_EQ(numbers(parts_to_seal(parts, quiet, log::Sharing::kShared)), (Numbers{1, 2}));
    parts.back().size = ByteOffset(kPartBytesMax);
    EXPECT_EQ(numbers(parts_to_seal(parts, quiet, log::Sharing::kShared)), (Numbers{1, 2, 3}));
    EXPECT_EQ(numbers(parts_to_seal(parts, written, log::Sharing::kAlone)), (Numbers{1, 2, 3}));
}

TEST_F(SealerTest, BesideOtherToolsTheReasonIsSaid) {
    put_part(part_of(1), event_line("a", 1));
    put_part(part_of(2), event_line("a", 1));
    ASSERT_TRUE(log::begin_sharing(layout(), kNextMorning).value());
    const auto reason = [&](std::uint32_t number) {
        SealOptions one = options();
        one.part = part_of(number);
        const Result<SealReport> report = seal_parts(dir_, one);
        return report ? "none" : report.error().message();
    };
    // The files are as old as this test, and the clock is the test's.
    clock_.step_to(system_clock().now());
    EXPECT_NE(reason(1).find("when it has been quiet for 60 s"), std::string::npos) << reason(1);
    clock_.advance_ms(log::kQuietMs);
    EXPECT_NE(reason(2).find("daybook adopt --finish"), std::string::npos) << reason(2);
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
    ASSERT_TRUE(log::end_sharing(layout()).value());
    EXPECT_EQ(states(seal()), Strings{"sealed part-000002"});
}

TEST_F(SealerTest, OptionsNarrowWhatIsSealed) {
    put_part(part_of(1), event_line("a", 1));
    put_part(part_of(1, kSealDay + -1), event_line("b", 1));
    SealOptions one_day = options();
    one_day.day = kSealDay + -1;
    EXPECT_EQ(seal_parts(dir_, one_day)->parts.at(0).part, part_of(1, kSealDay + -1));
    put_part(part_of(2), event_line("c", 1));
    SealOptions one_part = options();
    one_part.part = part_of(2);
    EXPECT_EQ(states(*seal_parts(dir_, one_part)), Strings{"sealed part-000002"});
    EXPECT_EQ(seal_parts(dir_, one_part).error().code(), ErrorCode::kAlreadyExists);
    one_part.part = part_of(9);
    EXPECT_EQ(seal_parts(dir_, one_part).error().code(), ErrorCode::kNotFound);
    clock_.step_to(TimestampMs(0));
    one_part.part = part_of(1);
    EXPECT_NE(seal_parts(dir_, one_part).error().message().find("from 2026-01-24T01:00:00.000Z on"),
              std::string::npos);
}

TEST_F(SealerTest, APartThatSomebodyHoldsIsLeft) {
    put_part(part_of(1), event_line("a", 1));
    put_part(part_of(2), event_line("b", 1));
    {
        const auto held = log::hold_part(layout(), part_of(1)).value();
        ASSERT_TRUE(held);
        EXPECT_EQ(states(seal()), (Strings{"in use part-000001", "sealed part-000002"}));
    }
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
}

TEST_F(SealerTest, OneSealsAtATime) {
    put_part(part_of(1), event_line("a", 1));
    const auto lock = os::LockFile::acquire(layout().seal_lock_path(), 0);
    ASSERT_TRUE(lock);
    EXPECT_EQ(try_seal().error().code(), ErrorCode::kBusy);
}

TEST_F(SealerTest, ATornTailIsSavedAndCut) {
    const std::string whole = event_line("a", 1);
    put_part(part_of(1), whole + R"({"event_ty)");
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
    EXPECT_EQ(read(layout().part_path(part_of(1))), whole);
    EXPECT_EQ(read(layout().torn_path(part_of(1), ByteOffset(whole.size()))), R"({"event_ty)");
    EXPECT_EQ(seal_of(1).sha256, sha256_hex(whole));
}

TEST_F(SealerTest, AnyOtherTailIsSealedAsItIs) {
    const std::string bytes = event_line("a", 1) + "not json\n" + std::string(5, '\0');
    put_part(part_of(1), bytes);
    seal();
    EXPECT_EQ(read(layout().part_path(part_of(1))), bytes);
    EXPECT_EQ(seal_of(1).facts.bytes, bytes.size());
    EXPECT_EQ(seal_of(1).facts.events, 1U);
}

TEST_F(SealerTest, ABadPartIsSealedAsSuchAndNeverSyncedOrCut) {
    const std::string bytes = event_line("a", 1) + R"({"event_ty)";
    put_part(part_of(1), bytes);
    put(layout().bad_path(part_of(1)), "");
    os::Faults faults;
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2) << "the seal's and the head's";
    EXPECT_TRUE(seal_of(1).bad);
    EXPECT_EQ(read(layout().part_path(part_of(1))), bytes);
}

TEST_F(SealerTest, APartWhoseSyncFailsIsMarkedBadAndSealedAsThatNextTime) {
    put_part(part_of(1), event_line("a", 1));
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO);
        EXPECT_NE(try_seal().error().message().find("it has been marked bad"), std::string::npos);
    }
    EXPECT_FALSE(*os::exists(layout().seal_path(part_of(1))));
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
    EXPECT_TRUE(seal_of(1).bad);
}

TEST_F(SealerTest, ADryRunChangesNothing) {
    put_part(part_of(1), event_line("a", 1) + "torn");
    put_part(part_of(2), event_line("a", 1));
    put(layout().seal_path(part_of(1)) + ".tmp", "{");
    const auto before = tree();
    const auto held = log::hold_part(layout(), part_of(2)).value();
    SealOptions dry = options();
    dry.dry_run = true;
    EXPECT_EQ(states(*seal_parts(dir_, dry)), (Strings{"due part-000001", "in use part-000002"}));
    EXPECT_EQ(tree(), before);
    EXPECT_FALSE(*os::exists(layout().seal_lock_path()));
}

TEST_F(SealerTest, WhereHeadAndSealsDisagreeNothingIsTouched) {
    put_part(part_of(1), event_line("a", 1));
    put_part(part_of(2), event_line("b", 1));
    seal();
    put_part(part_of(3), event_line("c", 1) + "torn");
    put(layout().seal_path(part_of(3)) + ".tmp", "{");
    put_head(part_of(2), std::string(64, 'e'));
    const auto before = tree();
    const auto report = try_seal();
    EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(report.error().message().find("daybook verify"), std::string::npos);
    EXPECT_EQ(tree(), before);
}

TEST_F(SealerTest, WhereThereIsNoLedgerThereIsNothingToSeal) {
    EXPECT_EQ(try_seal().error().code(), ErrorCode::kNotFound);
    put(dir_.manifest_path(), R"({"format":9,"ledger_id":"x"})");
    EXPECT_EQ(try_seal().error().code(), ErrorCode::kUnsupported);
    EXPECT_FALSE(*os::exists(layout().events_dir()));
}

// The kernel as one sees it who is not root: files without the right to write are refused.
int open_as_owner(const char* path, int flags, mode_t mode) {
    struct stat status{};
    const bool there = ::stat(path, &status) == 0;
    if (there && (flags & O_ACCMODE) != O_RDONLY && (status.st_mode & 0200) == 0) {
        errno = EACCES;
        return -1;
    }
    return ::open(path, flags, mode);
}

TEST_F(SealerTest, APartLeftReadOnlyByADeadSealerIsSealedByItsOwner) {
    put_part(part_of(1), event_line("a", 1));
    const os::UniqueFd fd = os::open_fd(layout().part_path(part_of(1)), O_RDONLY).value();
    ASSERT_TRUE(os::set_mode(fd.get(), 0444, "part"));
    os::Syscalls table = os::kernel_syscalls();
    table.open = open_as_owner;
    const os::ScopedSyscalls in_force(table);
    EXPECT_EQ(states(seal()), Strings{"sealed part-000001"});
}

TEST_F(SealerTest, APartThatCannotBeOpenedIsSaidSo) {
    put_part(part_of(1), event_line("a", 1));
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        const bool part = std::string_view(path).ends_with(".jsonl");
        if (part && (flags & O_ACCMODE) == O_RDWR) {
            errno = EACCES;
            return -1;
        }
        return ::open(path, flags, mode);
    };
    const os::ScopedSyscalls in_force(table);
    const SealReport report = seal();
    EXPECT_EQ(states(report), Strings{"not opened part-000001"});
    EXPECT_NE(report.parts.at(0).detail.find("Permission denied"), std::string::npos);
}

// Three parts, the first of them torn.
class FailingSealerTest : public SealerTest {
protected:
    void prepare() {
        ASSERT_TRUE(os::remove_tree(dir_.root()));
        put_part(part_of(1), event_line("a", 1) + R"({"event_ty)");
        put_part(part_of(2), event_line("b", 1));
        put_part(part_of(3), event_line("c", 1));
    }
    // No part has half a seal, and the chain is whole or one seal ahead of the head.
    void expect_consistent() {
        const SealFiles files = read_seals(layout()).value();
        EXPECT_TRUE(files.unreadable.empty());
        EXPECT_TRUE(chain_end(files, layout())) << chain_end(files, layout()).error().message();
        for (const StoredSeal& stored : files.seals) {
            EXPECT_EQ(stored.seal.sha256, sha256_hex(read(layout().part_path(stored.part))));
        }
    }
};

// Every call on the way fails, once and for good: it is reported or without consequence, and the
// next sealer finishes.
TEST_F(FailingSealerTest, AnyCallMayFail) {
    prepare();
    int calls = 0;
    {
        os::Faults counting;
        seal();
        calls = counting.count();
    }
    for (const bool for_good : {false, true}) {
        for (int nth = 1; nth <= calls; ++nth) {
            SCOPED_TRACE(fmt::format("call {} {}", nth, for_good ? "and on" : "alone"));
            prepare();
            {
                os::Faults faults;
                faults.fail(nth, EIO, for_good);
                (void)try_seal();
            }
            expect_consistent();
            seal();
            EXPECT_EQ(problems(), 0U);
            EXPECT_EQ(read_seals(layout())->seals.size(), 3U);
        }
    }
}

}  // namespace
}  // namespace daybook::ledger
