#include "lifecycle/named_artifacts.h"

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/manifest_file.h"
#include "archive/retained_days.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/hash.h"
#include "ledger/event_log.h"
#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

class NamedArtifactsTest : public ::testing::Test {
protected:
    void emit(const std::string& run, const std::string& note) {
        const auto log = testing::value_of(ledger::EventLog::open(dir_, {.background = false}));
        testing::value_of(log->emit_json(R"({"event_type":"run.tagged","run_id":")" + run +
                                         R"(","tags":{},"note":")" + note + "\"}"));
    }
    NamedArtifacts& read(RetainedRuns retained = {}) {
        names_.emplace(dir_.layout(), std::move(retained));
        testing::expect_ok(names_->read_on());
        return *names_;
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    std::optional<NamedArtifacts> names_;
};

TEST_F(NamedArtifactsTest, APathIsNamedWhereverItStands) {
    const std::string diff = "artifacts/code/" + sha256_hex("d") + ".diff";
    emit("r1", "/data/ledger/artifacts/runs/r1/a.csv");
    emit("r1", "see " + diff + ", please");
    emit("r1", R"(artifacts\\/runs\\/r1\\/b.csv and artifactsx/runs/r1/c.csv)");
    emit("r1", R"(artifacts\/runs\/r1\/\u00e9.csv)");
    const NamedArtifacts& names = read();
    EXPECT_TRUE(names.names("artifacts/runs/r1/a.csv"));
    EXPECT_TRUE(names.names(diff));
    EXPECT_TRUE(names.names("artifacts/runs/r1/\xC3\xA9.csv"));
    EXPECT_FALSE(names.names("artifacts/runs/r1/c.csv"));
    EXPECT_FALSE(names.names("artifacts/runs/r1"));
}

TEST_F(NamedArtifactsTest, ADirectoryNamesWhatLiesInItAndTheRootNothing) {
    emit("r1", "artifacts/runs/r1/tables/");
    emit("r1", "artifacts/runs");
    emit("r1", "artifacts/");
    const NamedArtifacts& names = read();
    EXPECT_TRUE(names.names("artifacts/runs/r1/tables/deep/a.csv"));
    EXPECT_FALSE(names.names("artifacts/runs/r1/other"));
    EXPECT_FALSE(names.names("artifacts/runs/r2/a"));
}

TEST_F(NamedArtifactsTest, RunsAreKnownByTheirDirectories) {
    emit("a/b c", "");
    const NamedArtifacts& names = read();
    EXPECT_TRUE(names.has_run("a%2Fb%20c"));
    EXPECT_FALSE(names.has_run("a/b c"));
    EXPECT_FALSE(names.has_run("a"));
}

TEST_F(NamedArtifactsTest, ReadingOnReadsWhatHasComeAndNoMore) {
    emit("r1", "artifacts/runs/r1/a");
    NamedArtifacts& names = read();
    EXPECT_EQ(names.lines(), 1U);
    emit("r2", "artifacts/runs/r2/b");
    EXPECT_FALSE(names.names("artifacts/runs/r2/b"));
    testing::expect_ok(names.read_on());
    EXPECT_EQ(names.lines(), 2U);
    EXPECT_TRUE(names.names("artifacts/runs/r1/a"));
    EXPECT_TRUE(names.names("artifacts/runs/r2/b"));
}

// A summary's event of a day that the retention knows, before it, for an archive: all of that.
TEST(RetainedRuns, OnlyWhatTheLastRetentionLeftIsASummary) {
    constexpr Day kDay(20'476);
    constexpr TimestampMs kAt(4'000);
    const auto event = [](std::string_view type, TimestampMs time, std::string_view run = "r1") {
        return json::Envelope{.event_type = type, .event_id = "", .timestamp = time, .run_id = run};
    };
    RetainedRuns runs;
    runs.add({.run = "r1", .at = kAt, .summary_is_left = true, .days = {kDay}});
    runs.add({.run = "dropped", .at = TimestampMs(5'000), .days = {kDay}});
    EXPECT_TRUE(runs.is_left(event("run.completed", kAt), kDay));
    EXPECT_FALSE(runs.is_left(event("run.completed", kAt), kDay + 1));
    EXPECT_FALSE(runs.is_left(event("run.tagged", kAt + 1), kDay));
    EXPECT_FALSE(runs.is_left(event("trial.recorded", kAt), kDay));
    EXPECT_FALSE(runs.is_left(event("artifact.created", kAt), kDay));
    EXPECT_FALSE(runs.is_left(event("run.completed", kAt, "other"), kDay));
    EXPECT_FALSE(runs.is_left(event("run.completed", kAt, "dropped"), kDay));
    // It came back, and nothing of it was left the second time.
    runs.add({.run = "r1", .at = TimestampMs(6'000), .days = {kDay}});
    EXPECT_FALSE(runs.is_left(event("run.completed", kAt), kDay));
}

TEST_F(NamedArtifactsTest, WhatIsNotArchivedIsNoSummary) {
    emit("r1", "artifacts/runs/r1/a");
    RetainedRuns retained;
    retained.add({.run = "r1",
                  .at = TimestampMs(4'000'000'000'000),
                  .summary_is_left = true,
                  .days = {day_of(system_clock().now())}});
    EXPECT_TRUE(read(retained).names("artifacts/runs/r1/a"));
    EXPECT_TRUE(read(retained).has_run("r1"));
}

TEST_F(NamedArtifactsTest, ItCanBeStopped) {
    emit("r1", "");
    NamedArtifacts names(dir_.layout(), {});
    const Status stopped = names.read_on([](std::uint64_t, std::uint64_t) { return false; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

// A million names with repetitions: the set holds each once.
TEST(HashSet, EachIsHeldOnceAndFound) {
    HashSet set;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 300'000; ++i) set.add(std::to_string(i));
    }
    set.settle();
    EXPECT_EQ(set.size(), 300'000U);
    EXPECT_TRUE(set.contains("299999"));
    EXPECT_FALSE(set.contains("300000"));
}

TEST_F(NamedArtifactsTest, ManifestsSayWhatRetentionHasHad) {
    archive::Manifest manifest{.day = Day(20'476)};
    manifest.retained = {
        {.event_id = "x",
         .at = "2026-01-24T00:00:00.000Z",
         .runs = {"a", "b"},
         .summaries = "keep",
         .other = archive::encode_retained_days(std::vector<Day>{Day(20'470)})},
        {.event_id = "y", .at = "2026-01-25T00:00:00.000Z", .runs = {"a"}, .summaries = "drop"}};
    const archive::ArchiveLayout layout(dir_);
    testing::expect_ok(os::make_dirs(layout.day_dir(manifest.day)));
    testing::expect_ok(archive::write_manifest(layout, manifest));
    const RetainedRuns runs = testing::value_of(read_retained_runs(dir_));
    const auto event = [](std::string_view run) {
        return json::Envelope{.event_type = "run.started",
                              .event_id = "",
                              .timestamp = TimestampMs(1),
                              .run_id = run};
    };
    EXPECT_TRUE(runs.is_left(event("b"), Day(20'476)));
    EXPECT_TRUE(runs.is_left(event("b"), Day(20'470)));
    EXPECT_FALSE(runs.is_left(event("b"), Day(20'471)));
    EXPECT_FALSE(runs.is_left(event("a"), Day(20'476)));
    std::ofstream(layout.manifest_path(manifest.day)) << "damaged";
    EXPECT_EQ(read_retained_runs(dir_).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::lifecycle
