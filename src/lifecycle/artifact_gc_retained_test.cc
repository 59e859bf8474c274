// What `gc artifacts` takes of runs that retention has had, and what of those that came back.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle/artifact_gc.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/test_retention.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

using Strings = std::vector<std::string>;

class RetainedArtifactsTest : public RetentionTest {
protected:
    // A run of 40 days ago, over the midnight after it, with a file.
    void old_run() {
        run("old", 40, 1, false);
        event("run.completed", "old", at(39),
              R"(,"summary":{},"artifact_paths":{"t":"artifacts/runs/old/trades.csv"})");
        write("artifacts/runs/old/trades.csv");
    }
    void write(const std::string& place) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << "1";
    }
    // What would go two hours from now: files have the times of the machine.
    Strings planned() const {
        ManualClock later(system_clock().now() + 2 * 3'600'000);
        Strings items;
        testing::value_of(collect_artifacts(
            dir_, later, {.on_item = [&](const GcItem& item) { items.push_back(item.path); }}));
        return items;
    }
    // All that a run has in a log, as an import would bring it.
    Strings lines_of(std::string_view run_id) {
        Strings lines = log_lines();
        std::erase_if(lines, [&](const std::string& line) {
            return line.find(fmt::format("\"run_id\":\"{}\"", run_id)) == std::string::npos;
        });
        for (std::string& line : lines) line.resize(line.rfind(",\"seq\""));
        for (std::string& line : lines) line += "}";
        return lines;
    }
    void bring(const Strings& lines) {
        events_ = lines;
        append();
    }
};

TEST_F(RetainedArtifactsTest, ASummaryAloneKeepsNoFilesWhereverItLies) {
    old_run();
    archive();
    EXPECT_EQ(planned(), Strings{});
    retain({.keep_days = 30});
    ASSERT_EQ(log_counts()["old run.completed"], 1);
    EXPECT_EQ(planned(), Strings{"artifacts/runs/old"});
}

TEST_F(RetainedArtifactsTest, ARunThatCameBackKeepsItsFilesInPartsAndInArchives) {
    old_run();
    archive();
    const Strings lines = lines_of("old");
    ASSERT_EQ(lines.size(), 5U);
    retain({.keep_days = 30});
    bring(lines);
    EXPECT_EQ(planned(), Strings{});
    archive();
    EXPECT_EQ(planned(), Strings{});
    // Another run of the day goes: its archive is rewritten.
    run("other", 40);
    archive();
    retain({.keep_days = 30, .keep = {"run_id = 'old'"}});
    EXPECT_EQ(planned(), Strings{});
    retain({.keep_days = 30});
    EXPECT_EQ(planned(), Strings{"artifacts/runs/old"});
}

TEST_F(RetainedArtifactsTest, WhereNothingWasLeftASummaryIsARunThatCameBack) {
    event("run.created", "old", at(40),
          R"(,"run_type":"policy","config":{},"data_fingerprint":"d")");
    write("artifacts/runs/old/trades.csv");
    archive();
    const Strings lines = lines_of("old");
    retain({.keep_days = 30, .summaries = Summaries::kDrop});
    EXPECT_EQ(planned(), Strings{"artifacts/runs/old"});
    bring(lines);
    EXPECT_EQ(planned(), Strings{});
    archive();
    EXPECT_EQ(planned(), Strings{});
}

TEST_F(RetainedArtifactsTest, ARetentionThatWasCutShortIsFinishedFirst) {
    old_run();
    archive();
    RetentionJournal journal{.at = clock_.now(), .reason = "test", .runs = {"old"}};
    for (const std::int64_t days_ago : {40, 39}) {
        journal.days.push_back({day_of(at(days_ago)),
                                {"019bea3c-7d1e-7c40-9d0f-0000000000" + std::to_string(days_ago)}});
        journal.days_of_runs.push_back(day_of(at(days_ago)));
    }
    testing::expect_ok(write_journal(dir_, journal));
    planned();
    EXPECT_TRUE(testing::value_of(has_unfinished_retention(dir_))) << "a look changes nothing";
    const GcReport report = testing::value_of(collect_artifacts(dir_, clock_, {.apply = true}));
    EXPECT_FALSE(testing::value_of(has_unfinished_retention(dir_)));
    ASSERT_FALSE(report.notes.empty());
    EXPECT_NE(report.notes.back().find("is finished"), std::string::npos) << report.notes.back();
}

}  // namespace
}  // namespace daybook::lifecycle
