#include "lifecycle/artifact_gc.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "daybook/ledger.h"
#include "daybook/run.h"
#include "ledger/event_log.h"
#include "ledger/object_store.h"
#include "ledger/sealer.h"
#include "lifecycle/archiver.h"
#include "lifecycle/trash.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHour = 3'600'000;

class ArtifactGcTest : public ::testing::Test {
protected:
    ArtifactGcTest() { clock_.advance_ms(2 * kHour); }

    void write(const std::string& place, const std::string& text) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    bool has(const std::string& place) const { return fs::exists(fs::path(dir_.root()) / place); }

    // Records a run; without `artifacts` nothing but that it was.
    void record_run(const std::string& id, const std::vector<std::string>& artifacts,
                    bool copy = false) {
        Ledger ledger = testing::value_of(Ledger::open(dir_.root()));
        daybook::Run run = testing::value_of(ledger.start_run({.type = "policy", .run_id = id}));
        for (const std::string& path : artifacts) {
            testing::expect_ok(run.add_artifact(path, "file", {.copy = copy}));
        }
        testing::expect_ok(run.complete());
    }
    void emit(const std::string& event) {
        const auto log = testing::value_of(ledger::EventLog::open(dir_, {.background = false}));
        testing::value_of(log->emit_json(event));
    }
    // A copy that no event names.
    std::string add_object(const std::string& content) {
        write("../source", content);
        return testing::value_of(ledger::add_object(dir_, temp_ / "source")).path;
    }

    GcReport collect(bool apply) {
        items_.clear();
        return testing::value_of(collect_artifacts(
            dir_, clock_, {.apply = apply, .adders_wait_ms = 0, .on_item = [&](const GcItem& item) {
                               items_.push_back(item.path);
                           }}));
    }
    std::vector<std::string> planned() {
        collect(false);
        return items_;
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{system_clock().now()};
    std::vector<std::string> items_;
};

TEST_F(ArtifactGcTest, AnEmptyLedgerHasNothingToCollect) {
    record_run("r1", {});
    EXPECT_EQ(planned(), std::vector<std::string>());
    EXPECT_EQ(collect(true).trash_entry, "");
}

TEST_F(ArtifactGcTest, OnlyWhatNoEventNamesGoes) {
    write("../a", "named");
    record_run("r1", {temp_ / "a"}, true);
    const std::string lost = add_object("lost");
    const std::string diff = "artifacts/code/" + sha256_hex("diff") + ".diff";
    write(diff, "diff");
    const std::string named_diff = "artifacts/code/" + sha256_hex("named") + ".diff";
    write(named_diff, "named");
    emit(R"({"event_type":"run.environment","run_id":"r1","git_diff_path":")" + named_diff +
         R"(","git_diff_sha256":")" + sha256_hex("named") + "\"}");
    const std::string input = "artifacts/inputs/" + sha256_hex("input") + ".parquet";
    write(input, "input");
    write("artifacts/runs/gone/deep/trades.parquet", "t");
    write("artifacts/runs/r1/not-registered.txt", "stays");
    write("artifacts/other/file", "nobody knows what this is");

    const std::vector<std::string> expected = {lost, "artifacts/runs/gone", diff, input};
    EXPECT_EQ(planned(), expected);
    EXPECT_TRUE(has(lost));
    const GcReport report = collect(true);
    EXPECT_EQ(items_, expected);
    EXPECT_EQ(report.files, 4U);
    EXPECT_EQ(report.bytes, 14U);
    for (const std::string& path : expected) {
        EXPECT_FALSE(has(path)) << path;
        EXPECT_TRUE(has(report.trash_entry + "/" + path)) << path;
    }
    EXPECT_TRUE(has(ledger::object_path(sha256_hex("named"))));
    EXPECT_TRUE(has("artifacts/runs/r1/not-registered.txt"));
    EXPECT_TRUE(has("artifacts/other/file"));
    EXPECT_EQ(planned(), std::vector<std::string>());
}

TEST_F(ArtifactGcTest, WhatIsYoungerThanAnHourStays) {
    record_run("r1", {});
    const std::string object = add_object("x");
    write("artifacts/runs/gone/a", "a");
    clock_ = ManualClock(system_clock().now() + (kHour - 60'000));
    const GcReport report = collect(true);
    EXPECT_EQ(items_, std::vector<std::string>());
    EXPECT_EQ(report.young, 2U);
    // A clock that was set back makes nothing old.
    clock_ = ManualClock(system_clock().now() + -365 * 24 * kHour);
    EXPECT_EQ(planned(), std::vector<std::string>());
    clock_ = ManualClock(system_clock().now() + (kHour + 60'000));
    EXPECT_EQ(planned(), (std::vector<std::string>{object, "artifacts/runs/gone"}));
}

TEST_F(ArtifactGcTest, ARunThatIsDeletedKeepsItsFiles) {
    write("../a", "kept");
    record_run("r1", {temp_ / "a"}, true);
    write("artifacts/runs/r1/trades.parquet", "t");
    emit(R"({"event_type":"run.deleted","run_id":"r1"})");
    EXPECT_EQ(planned(), std::vector<std::string>());
}

TEST_F(ArtifactGcTest, FilesOfAGoneRunThatAnotherRunNamesStay) {
    write("artifacts/runs/gone/model.bin", "m");
    write("artifacts/runs/gone/log.txt", "l");
    record_run("r2", {dir_.root() + "/artifacts/runs/gone/model.bin"});
    EXPECT_EQ(planned(), std::vector<std::string>{"artifacts/runs/gone/log.txt"});
}

TEST_F(ArtifactGcTest, WhatAnArchiveNamesStays) {
    write("../a", "named");
    record_run("r1", {temp_ / "a"}, true);
    const std::string lost = add_object("lost");
    clock_.advance_ms(240 * kHour);
    testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    const ArchiveReport archived =
        testing::value_of(archive_days(dir_, {.ended_before = clock_.now(), .clock = &clock_}));
    ASSERT_EQ(archived.days.size(), 1U);
    ASSERT_EQ(archived.days[0].state, ArchiveState::kArchived) << archived.days[0].detail;
    EXPECT_EQ(planned(), std::vector<std::string>{lost});
}

TEST_F(ArtifactGcTest, ADamagedLineNamesWhatCanBeReadOfIt) {
    const std::string object = add_object("x");
    record_run("r1", {});
    emit(R"({"event_type":"artifact.created","run_id":"r2","artifact_type":"t","artifact_path":")" +
         object + R"(","size_bytes":1})");
    for (const auto& entry : fs::recursive_directory_iterator(dir_.layout().events_dir())) {
        if (entry.path().extension() != ".jsonl") continue;
        std::fstream part(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(part)), {});
        const std::size_t at = text.find("artifact_type\":\"t\"");
        ASSERT_NE(at, std::string::npos);
        part.clear();
        part.seekp(static_cast<std::streamoff>(at + 16));
        part.put('u');
    }
    EXPECT_EQ(planned(), std::vector<std::string>());
}

TEST_F(ArtifactGcTest, PathsAreReadAsJson) {
    const std::string object = add_object("x");
    std::string escaped = object;
    escaped.insert(escaped.find('/'), "\\");
    record_run("r1", {});
    write("artifacts/runs/gone/\xC3\xA9.csv", "e");
    emit(R"({"event_type":"run.tagged","run_id":"r1","tags":{},"a":")" + escaped +
         R"(","b":"artifacts\/runs\/gone\/\u00e9.csv"})");
    EXPECT_EQ(planned(), std::vector<std::string>());
}

TEST_F(ArtifactGcTest, ALinkIsMovedAndNotFollowed) {
    record_run("r1", {});
    write("../outside/precious", "p");
    write("artifacts/runs/gone/a", "a");
    fs::create_directory_symlink(temp_ / "outside",
                                 fs::path(dir_.root()) / "artifacts/runs/gone/l");
    fs::create_directory_symlink(temp_ / "outside",
                                 fs::path(dir_.root()) / "artifacts/runs/linked");
    const GcReport report = collect(true);
    EXPECT_EQ(items_, std::vector<std::string>{"artifacts/runs/gone"});
    // The link is none, and takes no room.
    EXPECT_EQ(report.files, 1U);
    EXPECT_EQ(report.bytes, 1U);
    clock_.advance_ms(25 * kHour);
    EXPECT_EQ(collect(true).trash_removed, 1U);
    EXPECT_TRUE(fs::exists(temp_ / "outside/precious"));
}

TEST_F(ArtifactGcTest, WhoAddsByCopyIsNeverCrossed) {
    record_run("r1", {});
    write("../source", "x");
    const ledger::AddedObject added = testing::value_of(ledger::add_object(dir_, temp_ / "source"));
    // Even if the clock makes it old: its event may still come.
    clock_.step_to(clock_.now() + 365 * 24 * kHour);
    const GcReport report = collect(true);
    EXPECT_EQ(items_, std::vector<std::string>());
    EXPECT_EQ(report.notes,
              std::vector<std::string>{
                  "one thing was left for the next time: artifacts are being added by copy"});
    EXPECT_TRUE(has(added.path));
}

TEST_F(ArtifactGcTest, WhatIsNamedAfterAllComesBackFromTheTrash) {
    record_run("r1", {});
    const std::string object = add_object("x");
    collect(true);
    EXPECT_FALSE(has(object));
    emit(R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"t","artifact_path":")" +
         object + R"(","size_bytes":1})");
    // Longer than the trash keeps anything.
    clock_.advance_ms(48 * kHour);
    EXPECT_EQ(collect(true).restored, 1U);
    EXPECT_TRUE(has(object));
}

TEST_F(ArtifactGcTest, ARunThatIsThereAgainGetsItsDirectoryBack) {
    record_run("r1", {});
    write("artifacts/runs/again/deep/unregistered", "u");
    collect(true);
    EXPECT_FALSE(has("artifacts/runs/again"));
    record_run("again", {});
    EXPECT_EQ(collect(true).restored, 1U);
    EXPECT_TRUE(has("artifacts/runs/again/deep/unregistered"));
}

TEST_F(ArtifactGcTest, ALinkInTheTrashLeadsNowhere) {
    record_run("r1", {});
    write("artifacts/runs/again/a", "a");
    fs::create_symlink("/nowhere", fs::path(dir_.root()) / "artifacts/runs/again/dangling");
    const std::string entry = collect(true).trash_entry;
    record_run("again", {});
    write("../outside/precious", "p");
    const fs::path trashed = fs::path(dir_.root()) / entry / "artifacts/runs";
    fs::create_directory_symlink(temp_ / "outside", trashed / "again/l");
    fs::create_directory_symlink(temp_ / "outside", trashed / "r1");
    write("../foreign/artifacts/runs/r1/precious", "p");
    fs::create_directory_symlink(temp_ / "foreign", fs::path(dir_.root()) / "trash/linked");
    const GcReport report = collect(true);
    EXPECT_EQ(report.restored, 3U);
    EXPECT_TRUE(fs::exists(temp_ / "outside/precious"));
    EXPECT_TRUE(fs::exists(temp_ / "foreign/artifacts/runs/r1/precious"));
    EXPECT_FALSE(has("artifacts/runs/r1/precious"));
    EXPECT_TRUE(has("artifacts/runs/again/a"));
    const fs::path again = fs::path(dir_.root()) / "artifacts/runs/again";
    EXPECT_TRUE(fs::is_symlink(again / "l"));
    EXPECT_TRUE(fs::is_symlink(again / "dangling"));
    EXPECT_EQ(report.notes[0],
              "artifacts/runs/again/a was in " + entry + " and is back: its run has events");
}

TEST_F(ArtifactGcTest, LinksToDirectoriesAboveThemDoNotLoop) {
    record_run("r1", {});
    for (const char* place : {"artifacts", "artifacts/runs", "artifacts/objects", "artifacts/code",
                              "artifacts/runs/gone"}) {
        fs::create_directories(fs::path(dir_.root()) / place);
        fs::create_directory_symlink(".", fs::path(dir_.root()) / place / "loop");
    }
    write("artifacts/runs/gone/a", "a");
    const std::string dangling = "artifacts/objects/00/" + std::string(62, '0');
    write("artifacts/objects/00/x", "x");
    fs::create_symlink("/nowhere", fs::path(dir_.root()) / dangling);
    const GcReport report = collect(true);
    EXPECT_EQ(items_, (std::vector<std::string>{dangling, "artifacts/runs/gone"}));
    EXPECT_EQ(report.files, 1U);
}

// Memory is another disk than that of the tests.
TEST_F(ArtifactGcTest, ArtifactsOnAnotherDiskAreSaidBeforeAnythingMoves) {
    record_run("r1", {});
    std::string other = "/dev/shm/daybook-gc-XXXXXX";
    ASSERT_NE(::mkdtemp(other.data()), nullptr);
    const auto root = os::file_info(dir_.root()).value();
    const auto there = os::file_info(other).value();
    const fs::path artifacts = fs::path(dir_.root()) / "artifacts";
    fs::remove_all(artifacts);
    fs::create_directory_symlink(other, artifacts);
    const std::string object = add_object("x");
    write("artifacts/runs/gone/a", "a");
    const Result<GcReport> report =
        collect_artifacts(dir_, clock_, {.apply = true, .adders_wait_ms = 0});
    EXPECT_EQ(planned(), (std::vector<std::string>{object, "artifacts/runs/gone"}));
    fs::remove_all(other);
    ASSERT_NE(root->identity.device, there->identity.device);
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message().find(other), std::string::npos) << report.error().message();
    EXPECT_NE(report.error().message().find(os::canonical_path(dir_.trash_dir())),
              std::string::npos);
    EXPECT_TRUE(fs::is_empty(dir_.trash_dir()));
}

TEST_F(ArtifactGcTest, TwoAtOnceAreRefusedNotMixed) {
    record_run("r1", {});
    const os::LockFile held =
        testing::value_of(os::LockFile::acquire(dir_.lifecycle_lock_path(), 0));
    const Result<GcReport> report = collect_artifacts(dir_, clock_, {.apply = true});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kBusy);
    // Looking is free.
    EXPECT_TRUE(collect_artifacts(dir_, clock_, {}));
}

TEST_F(ArtifactGcTest, CopiesThatWereNeverFinishedGo) {
    record_run("r1", {});
    add_object("x");
    const std::string left = "artifacts/objects/0badcafe-0.tmp-999999999";
    write(left, "half");
    collect(true);
    EXPECT_FALSE(has(left));
}

}  // namespace
}  // namespace daybook::lifecycle
