#include "archive/check_archives.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "archive/removed_ranges.h"
#include "archive/test_archive.h"
#include "os/syscalls.h"

namespace daybook::archive {
namespace {

std::function<void()> g_meanwhile;  // A system call's double has no other place for it.

class CheckArchivesTest : public ArchiveTest {
protected:
    CheckArchivesTest() {
        manifest_ = archive({put_part(test_part(1), own_line("r1", 1)),
                             put_part(test_part(2), own_line("r1", 1) + own_line("r2", 2))});
        file_ = layout_.file_path(kTestDay, "events-000001.parquet");
        for (ArchivedPart& part : manifest_.parts) {
            const std::string seal = ledger::encode_seal(
                {.part = part.part, .facts = {.bytes = part.bytes}, .sha256 = part.sha256});
            testing::expect_ok(os::write_file_atomic(dir_.layout().seal_path(part.part), seal));
            part.seal_sha256 = sha256_hex(seal);
        }
        testing::expect_ok(write_manifest(layout_, manifest_));
    }

    // "kind part problem", of every finding.
    std::vector<std::string> findings(bool deep = false,
                                      const ledger::RetainedEvents& retained = {}) {
        std::vector<std::string> found;
        for (const ledger::VerifyFinding& one :
             testing::value_of(check_archives(dir_, {.deep = deep}, retained))) {
            found.push_back(fmt::format("{}{}{}", one.kind, one.part.empty() ? "" : " " + one.part,
                                        one.problem ? "" : " (no problem)"));
        }
        return found;
    }

    // As if a retention had taken the first line of part 2.
    void retain() {
        ArchivedPart& part = manifest_.parts[1];
        const std::string gone = own_line("r1", 1);
        part.rewrites = 1;
        part.left_bytes = part.bytes - gone.size();
        part.left_sha256 = sha256_hex(own_line("r2", 2));
        part.removed = {{.offset = ByteOffset(0),
                         .length = gone.size(),
                         .lines = 1,
                         .first_seq = log::Seq(1),
                         .last_seq = log::Seq(1),
                         .sha256 = sha256_hex(gone),
                         .event_id = "retained-1"}};
        manifest_.retained = {{.event_id = "retained-1", .at = "now", .summaries = "drop"}};
        testing::expect_ok(write_manifest(layout_, manifest_));
    }

    // What the event of that retention says.
    ledger::RetainedEvent said() const {
        const std::string gone = own_line("r1", 1);
        return {.first_day = to_string(kTestDay),
                .ranges_sha256 = sha256_hex(fmt::format("{} 0 {} {}\n", to_string(test_part(2)),
                                                        gone.size(), sha256_hex(gone))),
                .events = 1,
                .bytes = gone.size()};
    }

    // Lets the manifest of the next day name a retention of this one, as if it had taken all of
    // that day's part.
    void forge_next_day(const std::string& event_id) {
        const std::string gone = own_line("r3", 1);
        Manifest forged = archive({put_part(test_part(1, kTestDay + 1), gone)});
        ArchivedPart& part = forged.parts[0];
        const std::string seal = ledger::encode_seal(
            {.part = part.part, .facts = {.bytes = part.bytes}, .sha256 = part.sha256});
        testing::expect_ok(os::write_file_atomic(dir_.layout().seal_path(part.part), seal));
        part.seal_sha256 = sha256_hex(seal);
        part.file.clear();
        part.first_line = part.last_line = std::nullopt;
        part.rewrites = 1;
        part.left_sha256 = sha256_hex("");
        part.removed = {{.offset = ByteOffset(0),
                         .length = gone.size(),
                         .lines = 1,
                         .first_seq = log::Seq(1),
                         .last_seq = log::Seq(1),
                         .sha256 = sha256_hex(gone),
                         .event_id = event_id}};
        forged.files.clear();
        forged.retained = {{.event_id = event_id, .at = "now", .summaries = "drop"}};
        testing::expect_ok(write_manifest(layout_, forged));
        testing::expect_ok(
            os::remove_file(layout_.file_path(kTestDay + 1, "events-000001.parquet")));
    }

    Manifest manifest_;
    std::string file_;
};

using Found = std::vector<std::string>;

TEST_F(CheckArchivesTest, WhatIsAsItWasHasNoFindings) { EXPECT_EQ(findings(true), Found{}); }

TEST_F(CheckArchivesTest, AnyChangedByteOfAFileIsFound) {
    std::string bytes = testing::value_of(os::read_file(file_, 1 << 20));
    bytes[bytes.size() / 2] ^= 1;
    testing::expect_ok(os::write_file_atomic(file_, bytes));
    EXPECT_EQ(findings(), Found{"archive_changed"});
}

TEST_F(CheckArchivesTest, AFileThatIsMissingIsFound) {
    testing::expect_ok(os::remove_file(file_));
    EXPECT_EQ(findings(true), Found{"archive_missing"});
}

TEST_F(CheckArchivesTest, AManifestThatIsDamagedIsFoundAndOtherDaysAreLookedAt) {
    archive({put_part(test_part(1, kTestDay + 1), own_line("r1", 1))});
    testing::expect_ok(os::remove_file(layout_.file_path(kTestDay + 1, "events-000001.parquet")));
    testing::expect_ok(os::write_file_atomic(layout_.manifest_path(kTestDay), "{"));
    EXPECT_EQ(findings(), (Found{"archive_unreadable", "archive_missing"}));
    EXPECT_EQ(testing::value_of(readable_parts(dir_)->list()).size(), 1U);
    EXPECT_FALSE(reader_.list());
}

TEST_F(CheckArchivesTest, AManifestThatCannotBeReadHidesNoOtherDay) {
    archive({put_part(test_part(1, kTestDay + 1), own_line("r1", 1))});
    const std::string path = layout_.manifest_path(kTestDay);
    const std::vector<std::function<void()>> kinds = {
        [&] {
            testing::expect_ok(os::write_file_atomic(path, "{"));
            std::filesystem::resize_file(path, kManifestBytesMax + 1);
        },
        [&] { testing::expect_ok(os::make_dirs(path)); },
    };
    for (const std::function<void()>& make : kinds) {
        testing::expect_ok(os::remove_file(path));
        make();
        EXPECT_EQ(findings(), Found{"archive_unreadable"});
        const auto readable = readable_parts(dir_);
        EXPECT_EQ(testing::value_of(readable->list()).size(), 1U);
        EXPECT_FALSE(testing::value_of(readable->ends(test_part(1))).has_value());
        EXPECT_FALSE(reader_.list());
    }
}

TEST_F(CheckArchivesTest, AFileThatNoManifestNamesIsNoted) {
    testing::expect_ok(
        os::write_file_atomic(layout_.file_path(kTestDay, "events-000002.parquet"), "x"));
    EXPECT_EQ(findings(), Found{"archive_unnamed (no problem)"});
}

TEST_F(CheckArchivesTest, AnotherToolsParquetIsAProblemAndOtherFilesAreNone) {
    testing::expect_ok(os::write_file_atomic(layout_.file_path(kTestDay, "extra.parquet"), "x"));
    testing::expect_ok(os::write_file_atomic(layout_.file_path(kTestDay, "notes.txt"), "x"));
    EXPECT_EQ(findings(), Found{"archive_foreign"});
}

TEST_F(CheckArchivesTest, ASealThatIsNotTheOneOfTheManifestIsFound) {
    testing::expect_ok(os::write_file_atomic(dir_.layout().seal_path(test_part(1)), "another"));
    EXPECT_EQ(findings(), Found{"archive_seal_differs day=2026-01-23/part-000001"});
}

TEST_F(CheckArchivesTest, APartThatIsThereAsWellIsNotedOrAProblem) {
    put_part(test_part(1), own_line("r1", 1));
    EXPECT_EQ(findings(), Found{"archived_twice day=2026-01-23/part-000001 (no problem)"});
    put_part(test_part(1), own_line("r1", 2));
    EXPECT_EQ(findings(), Found{"archived_twice day=2026-01-23/part-000001"});
}

TEST_F(CheckArchivesTest, RemovedLinesThatNoEventNamesAreFound) {
    retain();
    EXPECT_EQ(findings(), Found{"removed_unexplained day=2026-01-23/part-000002"});
    EXPECT_EQ(findings(false, {{"retained-1", said()}}), Found{});
    manifest_.retained.clear();
    testing::expect_ok(write_manifest(layout_, manifest_));
    EXPECT_EQ(findings(false, {{"retained-1", said()}}),
              Found{"removed_unexplained day=2026-01-23/part-000002"});
}

TEST_F(CheckArchivesTest, ARangeThatNamesAnotherRetentionIsNotExplainedByIt) {
    retain();
    manifest_.parts[1].removed[0].event_id = "";
    testing::expect_ok(write_manifest(layout_, manifest_));
    // The event's own ranges are missing, too.
    EXPECT_EQ(findings(false, {{"retained-1", said()}}),
              (Found{"removed_otherwise", "removed_unexplained day=2026-01-23/part-000002"}));
}

TEST_F(CheckArchivesTest, WhatWentIsHeldAgainstWhatTheEventSays) {
    retain();
    ledger::RetainedEvent other = said();
    other.events = 2;
    EXPECT_EQ(findings(false, {{"retained-1", other}}), Found{"removed_otherwise"});
    other = said();
    other.bytes -= 1;
    EXPECT_EQ(findings(false, {{"retained-1", other}}), Found{"removed_otherwise"});
    other = said();
    other.ranges_sha256[0] ^= 1;
    EXPECT_EQ(findings(false, {{"retained-1", other}}), Found{"removed_otherwise"});
    // Somebody has changed the manifest.
    manifest_.parts[1].removed[0].sha256 = std::string(64, '0');
    testing::expect_ok(write_manifest(layout_, manifest_));
    EXPECT_EQ(findings(false, {{"retained-1", said()}}), Found{"removed_otherwise"});
}

TEST_F(CheckArchivesTest, TheBatchesOfARetentionAreAddedUp) {
    retain();
    manifest_.retained.push_back({.event_id = "retained-2", .at = "now", .summaries = "drop"});
    testing::expect_ok(write_manifest(layout_, manifest_));
    ledger::RetainedEvent first = said();
    first.batches = 2;
    first.events = 0;
    first.bytes -= 10;
    ledger::RetainedEvent second = said();
    second.batch = second.batches = 2;
    second.bytes = 10;
    EXPECT_EQ(findings(false, {{"retained-1", first}, {"retained-2", second}}), Found{});
    EXPECT_EQ(findings(false, {{"retained-1", first}}), Found{"removed_unexplained"});
    second.bytes = 11;
    EXPECT_EQ(findings(false, {{"retained-1", first}, {"retained-2", second}}),
              Found{"removed_otherwise"});
}

TEST_F(CheckArchivesTest, AnotherDaysRetentionAndAFurtherBatchExplainNothing) {
    retain();
    manifest_.retained.push_back({.event_id = "retained-2", .at = "now", .summaries = "drop"});
    testing::expect_ok(write_manifest(layout_, manifest_));
    ledger::RetainedEvent first = said();
    first.batches = 2;
    ledger::RetainedEvent second = said();
    second.batch = second.batches = 2;
    second.events = second.bytes = 0;
    const ledger::RetainedEvents events = {{"retained-1", first}, {"retained-2", second}};
    EXPECT_EQ(findings(true, events), Found{});
    forge_next_day("retained-2");
    EXPECT_EQ(findings(true, events), Found{"removed_unexplained day=2026-01-24/part-000001"});
    forge_next_day("retained-1");
    EXPECT_EQ(findings(true, events),
              (Found{"removed_unexplained", "removed_unexplained day=2026-01-24/part-000001"}));
}

TEST_F(CheckArchivesTest, WhatAPartWasIsWhatItsSealSays) {
    retain();
    ArchivedPart& part = manifest_.parts[1];
    const std::string last = own_line("r2", 2);
    part.bytes -= last.size();
    part.left_bytes -= last.size();
    part.left_sha256 = sha256_hex("");
    testing::expect_ok(write_manifest(layout_, manifest_));
    EXPECT_EQ(findings(false, {{"retained-1", said()}}),
              Found{"archive_seal_differs day=2026-01-23/part-000002"});
    part.bytes += last.size();
    part.left_bytes += last.size();
    part.sha256[0] ^= 1;
    testing::expect_ok(write_manifest(layout_, manifest_));
    EXPECT_EQ(findings(false, {{"retained-1", said()}}),
              Found{"archive_seal_differs day=2026-01-23/part-000002"});
}

TEST_F(CheckArchivesTest, WhatIsLeftIsWhatTheLastRetentionHasSaid) {
    retain();
    ledger::RetainedEvent last = said();
    last.left_sha256 = left_sha256(manifest_);
    EXPECT_EQ(findings(true, {{"retained-1", last}}), Found{});
    manifest_.parts[1].left_sha256 = sha256_hex("another line");
    testing::expect_ok(write_manifest(layout_, manifest_));
    EXPECT_EQ(findings(false, {{"retained-1", last}}), Found{"removed_otherwise"});
}

TEST_F(CheckArchivesTest, AnEventThatWasAppendedAfterTheLogWasReadIsFound) {
    retain();
    std::string event =
        fmt::format(R"({{"event_type":"ledger.retained","event_id":"retained-1","timestamp_ms":1,)"
                    R"("run_id":"_ledger","first_day":"{}","events":1,"bytes":{},)"
                    R"("ranges_sha256":"{}")",
                    said().first_day, said().bytes, said().ranges_sha256);
    log::append_trailer(event, 0, log::Seq(1), log::Seq(0));
    put_part(test_part(1, kTestDay + 5), event);
    EXPECT_EQ(findings(), Found{});
}

TEST_F(CheckArchivesTest, AnEventThatTheLogHasLostIsLookedForOnce) {
    retain();
    const Day next(kTestDay.value() + 1);
    Manifest other = archive({put_part(test_part(1, next), own_line("r1", 1))});
    other.retained = manifest_.retained;
    testing::expect_ok(write_manifest(layout_, other));
    put_part(test_part(1, kTestDay + 5), own_line("r9", 1));
    static int looks;
    looks = 0;
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        looks += std::string_view(path).ends_with("day=2026-01-28/part-000001.jsonl") ? 1 : 0;
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls in_force(table);
    findings();
    EXPECT_EQ(looks, 1);
}

TEST_F(CheckArchivesTest, ADayThatChangesMeanwhileIsJudgedAgain) {
    g_meanwhile = [&] {
        const std::string second = "events-000002.parquet";
        testing::expect_ok(os::rename(file_, layout_.file_path(kTestDay, second)));
        manifest_.files[0].name = second;
        for (ArchivedPart& part : manifest_.parts) part.file = second;
        testing::expect_ok(write_manifest(layout_, manifest_));
    };
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        const bool is_file = std::string_view(path).ends_with("events-000001.parquet");
        if (is_file && g_meanwhile) std::exchange(g_meanwhile, nullptr)();
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls in_force(table);
    EXPECT_EQ(findings(), Found{});
    EXPECT_FALSE(g_meanwhile);
}

TEST_F(CheckArchivesTest, DeepComparesWhatIsLeftOfAPart) {
    retain();
    manifest_.parts[1].left_sha256 = std::string(64, '0');
    manifest_.parts[1].removed.clear();
    manifest_.parts[1].left_bytes = manifest_.parts[1].bytes;
    testing::expect_ok(write_manifest(layout_, manifest_));
    const Found found = findings(true, {{"retained-1", said()}});
    EXPECT_EQ(found, (Found{"removed_otherwise", "removed_unexplained day=2026-01-23/part-000002",
                            "archive_changed day=2026-01-23/part-000002"}));
}

}  // namespace
}  // namespace daybook::archive
