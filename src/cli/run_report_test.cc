#include "cli/run_report.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "cli/index_session.h"
#include "json/reader.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

// What the page looks like is a transcript (tests/cli/show.transcript); here is the document.
class RunReportTest : public ::testing::Test {
protected:
    RunReportTest() : root_(::testing::TempDir() + "daybook_report_" + std::to_string(::getpid())) {
        const std::string head = R"(","timestamp_ms":1769126400000,"run_id":"r1")";
        const auto event = [&](const char* type, const char* id, const char* rest) {
            return std::string(R"({"event_type":")") + type + R"(","event_id":")" + id + head +
                   rest + "}\n";
        };
        EXPECT_TRUE(os::make_dirs(root_ + "/events/day=2026-01-23"));
        EXPECT_TRUE(os::write_file_atomic(
            root_ + "/events/day=2026-01-23/part-000001.jsonl",
            event("run.created", "1_a",
                  R"(,"run_type":"x","config":{"a":[1]},"data_fingerprint":"d")") +
                event("trial.recorded", "1_b",
                      R"(,"trial_id":"t1","params":{},"metrics":{"score":1.5})") +
                event("trial.recorded", "1_c",
                      R"(,"trial_id":"t2","params":{},"metrics":{"score":2.5})")));
        session_.emplace(std::move(*open_index(root_)));
    }
    ~RunReportTest() override { EXPECT_TRUE(os::remove_tree(root_)); }

    std::string document(const RunReportOptions& options) {
        const Result<std::string> text = run_document(*session_, "r1", options);
        return text ? *text : "error: " + text.error().message();
    }

    std::string root_;
    std::optional<query::Session> session_;
};

TEST_F(RunReportTest, TheDocumentIsOneJsonObjectWithEveryPart) {
    const std::string text = document({.metric = "", .trials_max = 0});
    json::Reader reader(text);
    std::string names;
    std::string_view name;
    ASSERT_TRUE(reader.enter_object()) << text;
    while (reader.next_field(&name)) {
        names += std::string(name) + ' ';
        reader.skip();
    }
    EXPECT_TRUE(reader.finish()) << text;
    EXPECT_EQ(names, "run phases trials artifacts notes children retained liveness ");
    EXPECT_NE(text.find(R"("config":{"a":[1]})"), std::string::npos);
}

TEST_F(RunReportTest, TheBestTrialComesFirst) {
    const std::string best = document({.metric = "", .trials_max = 1});
    EXPECT_NE(best.find(R"("trial_id":"t2")"), std::string::npos);
    EXPECT_EQ(best.find(R"("trial_id":"t1")"), std::string::npos);
    const std::string least = document({.metric = "score", .ascending = true, .trials_max = 1});
    EXPECT_NE(least.find(R"("trial_id":"t1")"), std::string::npos);
}

TEST_F(RunReportTest, AMetricThatNoTrialHasIsAnError) {
    EXPECT_TRUE(document({.metric = "sharpe"}).starts_with("error: "));
}

}  // namespace
}  // namespace daybook::cli
