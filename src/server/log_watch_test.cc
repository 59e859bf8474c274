#include "server/log_watch.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "archive/archive_writer.h"
#include "archive/manifest_file.h"
#include "base/hash.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::server {
namespace {

enum class Way { kTold, kLooked };

// The same must be found in both ways.
class LogWatchTest : public ::testing::TestWithParam<Way> {
protected:
    void append(const std::string& day, int part, const std::string& text) const {
        const std::string directory = dir_ / ("events/day=" + day);
        ASSERT_TRUE(os::make_dirs(directory));
        std::ofstream(fmt::format("{}/part-{:06}.jsonl", directory, part), std::ios::app) << text;
    }
    // Archives the day's first part; its file is still there.
    void archive(const std::string& day_name) const {
        const Day day = *parse_day(day_name);
        const ledger::LedgerDir ledger(dir_.path());
        const archive::ArchiveLayout layout(ledger);
        const log::PartId part{.day = day, .number = log::PartNumber(1)};
        const std::string bytes =
            testing::value_of(os::read_file(ledger.layout().part_path(part), 1000));
        testing::expect_ok(os::make_dirs(layout.day_dir(day)));
        const std::string name = archive::file_name(archive::FileNumber(1));
        archive::WrittenFile written = testing::value_of(archive::write_archive(
            layout.file_path(day, name), name,
            std::vector<archive::SealedPart>{{.part = part,
                                              .path = ledger.layout().part_path(part),
                                              .bytes = bytes.size(),
                                              .sha256 = sha256_hex(bytes),
                                              .seal_sha256 = std::string(64, 'a')}}));
        testing::expect_ok(archive::write_manifest(
            layout, {.day = day, .files = {written.file}, .parts = std::move(written.parts)}));
    }
    LogWatch open() const {
        return LogWatch::open(dir_.path(), GetParam() == Way::kLooked).value();
    }
    static LogNews news(LogWatch& watch) {
        return GetParam() == Way::kTold ? watch.take().value() : watch.look().value();
    }

    testing::TempDir dir_;
};
INSTANTIATE_TEST_SUITE_P(Ways, LogWatchTest, ::testing::Values(Way::kTold, Way::kLooked));

TEST_P(LogWatchTest, WhatIsThereAlreadyIsNoNews) {
    append("2026-01-01", 1, "{\"event_type\":\"run.completed\"}\n");
    LogWatch watch = open();
    EXPECT_FALSE(news(watch).any);
    EXPECT_EQ(watch.parts(), 1u);
    EXPECT_EQ(watch.bytes(), 31u);
}

TEST_P(LogWatchTest, LinesPartsAndDaysAreNews) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    LogWatch watch = open();
    for (const auto& [day, part] : {std::pair("2026-01-01", 1), std::pair("2026-01-01", 2),
                                    std::pair("2026-01-02", 1), std::pair("2026-01-02", 1)}) {
        append(day, part, "{\"b\":2}\n");
        const LogNews found = news(watch);
        EXPECT_TRUE(found.any) << day << part;
        EXPECT_FALSE(found.tail.run_ended);
        EXPECT_FALSE(news(watch).any) << day << part;
    }
    EXPECT_EQ(watch.parts(), 3u);
    EXPECT_EQ(watch.bytes(), 40u);
}

TEST_P(LogWatchTest, ALedgerWithoutEventsMayGetThem) {
    LogWatch watch = open();
    EXPECT_FALSE(news(watch).any);
    append("2026-01-01", 1, "{\"event_type\":\"run.failed\"}\n");
    EXPECT_TRUE(news(watch).tail.run_ended);
    append("2026-01-01", 1, "{}\n");
    EXPECT_TRUE(news(watch).any);
}

TEST_P(LogWatchTest, EndsAndHeartbeatsAreSeenOnce) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    LogWatch watch = open();
    append("2026-01-01", 1, "{\"event_type\":\"run.heartbeat\",\"run_id\":\"r\"}\n");
    EXPECT_EQ(news(watch).tail.heartbeats, std::vector<std::string>{"r"});
    append("2026-01-01", 1, "{\"event_type\":\"run.completed\",\"run_id\":\"r\"}\n");
    const LogNews end = news(watch);
    EXPECT_TRUE(end.tail.run_ended);
    EXPECT_TRUE(end.tail.heartbeats.empty());
    EXPECT_FALSE(news(watch).tail.run_ended);
}

TEST_P(LogWatchTest, APartThatGoesOrShrinksIsNews) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    append("2026-01-01", 2, "{\"a\":1}\n");
    LogWatch watch = open();
    ASSERT_TRUE(os::remove_file(dir_ / "events/day=2026-01-01/part-000002.jsonl"));
    EXPECT_TRUE(news(watch).any);
    EXPECT_EQ(watch.parts(), 1u);
    std::filesystem::resize_file(dir_ / "events/day=2026-01-01/part-000001.jsonl", 0);
    EXPECT_TRUE(news(watch).any);
    EXPECT_EQ(watch.bytes(), 0u);
    ASSERT_TRUE(os::remove_tree(dir_ / "events"));
    EXPECT_TRUE(news(watch).any);
    EXPECT_EQ(watch.parts(), 0u);
}

TEST_P(LogWatchTest, APartThatMovesIntoAnArchiveIsNoNews) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    append("2026-01-02", 1, "{\"a\":1}\n");
    LogWatch watch = open();
    archive("2026-01-01");
    EXPECT_FALSE(news(watch).any);
    ASSERT_TRUE(os::remove_file(dir_ / "events/day=2026-01-01/part-000001.jsonl"));
    EXPECT_FALSE(news(watch).any);
    ASSERT_TRUE(os::remove_tree(dir_ / "events/day=2026-01-01"));
    EXPECT_FALSE(news(watch).any);
    EXPECT_EQ(watch.parts(), 2u);
    EXPECT_EQ(watch.bytes(), 16u);
    EXPECT_EQ(watch.appended_bytes(), 0u);
}

TEST_P(LogWatchTest, ADamagedManifestHidesItsDayAndNoOther) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    append("2026-01-02", 1, "{\"a\":1}\n");
    archive("2026-01-01");
    ASSERT_TRUE(os::remove_tree(dir_ / "events/day=2026-01-01"));
    const std::string manifest = dir_ / "archive/day=2026-01-01/manifest.json";
    const std::string whole = testing::value_of(os::read_file(manifest, 10'000));
    ASSERT_TRUE(os::write_file_atomic(manifest, whole.substr(0, 20)));
    LogWatch watch = open();
    EXPECT_EQ(watch.parts(), 1u);
    append("2026-01-02", 1, "{\"b\":2}\n");
    EXPECT_TRUE(news(watch).any);
    ASSERT_TRUE(os::write_file_atomic(manifest, whole));
    EXPECT_TRUE(testing::value_of(watch.look()).any);
    EXPECT_EQ(watch.bytes(), 24u);
    EXPECT_EQ(watch.appended_bytes(), 8u);
}

TEST_P(LogWatchTest, AnotherSchemaRegistryIsNews) {
    append("2026-01-01", 1, "{\"a\":1}\n");
    LogWatch watch = open();
    ASSERT_TRUE(os::write_file_atomic(dir_ / "events/_schema.json", "{}"));
    EXPECT_TRUE(news(watch).any);
    EXPECT_FALSE(news(watch).any);
}

TEST(LogWatch, KnowsWhereTheKernelDoesNotSeeEverything) {
    EXPECT_EQ(watch_problem("ext4", false), "");
    EXPECT_NE(watch_problem("nfs4", true), "");
    EXPECT_NE(watch_problem("fuse.rclone", false), "");
    EXPECT_NE(watch_problem("fuse", false), "");
    EXPECT_EQ(watch_problem("fusectl", false), "");
}

}  // namespace
}  // namespace daybook::server
