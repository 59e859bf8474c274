#include "legacy/compare.h"

#include "duck/test_support.h"
#include "index/builder.h"
#include "support/ledger_lines.h"

namespace daybook::legacy {
namespace {

using duck::must;

// 2026-01-23T00:00:00Z
constexpr std::int64_t kDayStart = 1'769'126'400'000;

std::string event(const std::string& type, const std::string& run_id, std::int64_t time_ms,
                  const std::string& more = "") {
    return fmt::format(R"({{"event_type":"{}","timestamp_ms":{},"run_id":"{}"{}{}}})", type,
                       time_ms, run_id, more.empty() ? "" : ",", more);
}

std::string created(const std::string& run_id, std::int64_t time_ms,
                    const std::string& config = "{}", const std::string& more = "") {
    return event("run.created", run_id, time_ms,
                 R"("run_type":"policy","data_fingerprint":"f","config":)" + config + more);
}

std::string trial(const std::string& run_id, const std::string& trial_id,
                  const std::string& metrics, const std::string& more = "",
                  std::int64_t time_ms = kDayStart + 5) {
    return event(
        "trial.recorded", run_id, time_ms,
        fmt::format(R"("trial_id":"{}","params":{{}},"metrics":{}{})", trial_id, metrics, more));
}

// What stands for a file is a ledger too: the cache of one is nothing else.
class CompareTest : public ::testing::Test {
protected:
    void both(const std::vector<std::string>& events) {
        log_.append(events);
        file_.append(events);
    }
    CompareReport compare(const CompareOptions& options = {}) {
        must(index::build(log_.root()));
        must(index::build(file_.root()));
        query::Session log = must(query::Session::open(log_.root()));
        query::Session file = must(query::Session::open(file_.root()));
        return must(compare_indexes(log, file, options));
    }
    static TableComparison counts(const CompareReport& report, std::string_view table) {
        for (const TableComparison& found : report.tables) {
            if (found.table == table) return found;
        }
        return {};
    }

    testing::LedgerLines log_;
    testing::LedgerLines file_;
};

TEST_F(CompareTest, TheSameEventsAreEqualWhateverTheirIdsAndOrigins) {
    const std::string origin = R"(,"imported_from":{"source":"old","table":"t","key":["a"]})";
    log_.append({event("metric.recorded", "a", 3, R"("metrics":{"x":1})"),
                 created("a", 1, R"({"x":1})"), event("run.started", "a", 2)});
    file_.append({created("a", 1, R"({"x": 1.0})", origin), event("run.started", "a", 2),
                  event("metric.recorded", "a", 3, R"("metrics":{"x":1})")});
    const CompareReport report = compare({.tolerance = 0});
    EXPECT_TRUE(report.is_equal());
    EXPECT_EQ(report.runs_in_both, 1U);
    EXPECT_EQ(report.explained, std::vector<Explained>());
    EXPECT_EQ(counts(report, "runs_d"), (TableComparison{.table = "runs_d", .equal = 1}));
    EXPECT_EQ(counts(report, "metric_points"),
              (TableComparison{.table = "metric_points", .equal = 1}));
}

TEST_F(CompareTest, WhatDiffersIsNamedByRunKeyColumnAndMember) {
    both({created("a", kDayStart)});
    log_.append({trial("a", "t1", R"({"pnl":1.5,"n":2})"), trial("a", "t2", R"({"pnl":1})")});
    file_.append({trial("a", "t1", R"({"n":3,"pnl":1.5})"), trial("a", "t3", R"({"pnl":1})")});
    const CompareReport report = compare();
    EXPECT_EQ(report.differences, (std::vector<Difference>{{.table = "trial_results",
                                                            .run_id = "a",
                                                            .key = "trial_id=t1",
                                                            .column = "metrics",
                                                            .pointer = "/n",
                                                            .in_log = "2",
                                                            .in_file = "3"},
                                                           {.table = "trial_results",
                                                            .run_id = "a",
                                                            .key = "trial_id=t2",
                                                            .kind = DifferenceKind::kOnlyInLog},
                                                           {.table = "trial_results",
                                                            .run_id = "a",
                                                            .key = "trial_id=t3",
                                                            .kind = DifferenceKind::kOnlyInFile}}));
    EXPECT_EQ(counts(report, "trial_results"),
              (TableComparison{
                  .table = "trial_results", .different = 1, .only_in_log = 1, .only_in_file = 1}));
    EXPECT_EQ(report.runs_different, 1U);
    EXPECT_EQ(report.differences_total, 3U);
    EXPECT_EQ(compare({.listed_max = 1}).differences.size(), 1U);
    EXPECT_EQ(compare({.listed_max = 1}).differences_total, 3U);
}

TEST_F(CompareTest, ToleranceIsForNumbersThatAreNoIntegers) {
    both({created("a", kDayStart)});
    log_.append({trial("a", "t1", R"({"pnl":0.1})"),
                 event("metric.recorded", "a", 7, R"("metrics":{"x":2.0},"step":1)")});
    file_.append({trial("a", "t1", R"({"pnl":0.10000000149})"),
                  event("metric.recorded", "a", 7, R"("metrics":{"x":2.00000001},"step":1)")});
    EXPECT_EQ(compare().differences_total, 2U);
    EXPECT_TRUE(compare({.tolerance = 1e-6}).is_equal());
    EXPECT_EQ(compare({.tolerance = 1e-8}).differences_total, 1U);
}

TEST_F(CompareTest, NanIsNotWhatIsMissing) {
    both({created("a", kDayStart)});
    log_.append({trial("a", "t1", R"({"x":null})", R"(,"nonfinite":{"/metrics/x":"NaN"})")});
    file_.append({trial("a", "t1", "{}"),
                  trial("a", "t2", R"({"x":null})", R"(,"nonfinite":{"/metrics/x":"NaN"})")});
    const CompareReport report = compare();
    ASSERT_EQ(report.differences.size(), 2U);
    EXPECT_EQ(report.differences[0].column, "nonfinite");
    EXPECT_EQ(report.differences[0].in_log, R"({"/metrics/x":"NaN"})");
}

TEST_F(CompareTest, TimesMayDifferByAsMuchAsIsSaid) {
    log_.append({created("a", kDayStart), event("run.started", "a", kDayStart + 40)});
    file_.append({created("a", kDayStart + 3), event("run.started", "a", kDayStart + 3)});
    const CompareReport report = compare();
    EXPECT_EQ(report.differences_total, 2U);
    EXPECT_EQ(report.differences_of_times, 2U);
    EXPECT_EQ(report.greatest_of_times_ms, 37U);
    EXPECT_EQ(compare({.time_tolerance_ms = 36}).differences_total, 1U);
    EXPECT_TRUE(compare({.time_tolerance_ms = 37}).is_equal());
}

TEST_F(CompareTest, ThePeriodIsOfTheLogsTimesAndItsDaysAreWhole) {
    log_.append({created("first", kDayStart), created("last", kDayStart + kDayMs - 1),
                 created("moved", kDayStart + 1)});
    file_.append({created("before", kDayStart - 1), created("after", kDayStart + kDayMs),
                  created("moved", kDayStart - 5)});
    const Day day = *parse_day("2026-01-23");
    const CompareReport report = compare({.since = day, .until = day, .time_tolerance_ms = 10});
    EXPECT_EQ(report.runs_in_both, 1U);
    EXPECT_EQ(report.runs_in_log_alone, 2U);
    EXPECT_EQ(report.runs_in_file_alone, 0U);
    EXPECT_EQ(counts(report, "runs_d"),
              (TableComparison{.table = "runs_d", .equal = 1, .only_in_log = 2}));
    EXPECT_EQ(compare({.until = day}).runs_in_file_alone, 1U);
    EXPECT_EQ(compare({.since = day}).runs_in_file_alone, 1U);
    EXPECT_EQ(compare().runs_in_file_alone, 2U);
}

TEST_F(CompareTest, AnEndThatIsAssumedExplainsWhatDependsOnIt) {
    const std::string started =
        event("phase.started", "a", kDayStart + 1, R"("phase_name":"p","phase_order":0)");
    both({created("a", kDayStart), event("run.started", "a", kDayStart), started});
    file_.append({event("run.completed", "a", kDayStart + 9,
                        R"("summary":{},"artifact_paths":{},"end_assumed":true)")});
    const CompareReport running = compare();
    EXPECT_TRUE(running.is_equal());
    EXPECT_EQ(counts(running, "phase_timings").explained, 1U);
    log_.append({event("run.failed", "a", kDayStart + 20, R"("error":{"message":"no"})")});
    const CompareReport failed = compare();
    EXPECT_TRUE(failed.is_equal());
    EXPECT_EQ(counts(failed, "runs_status"),
              (TableComparison{.table = "runs_status", .explained = 1}));
    const Explained status{"runs_status", "status", Explanation::kEndAssumed, 1};
    EXPECT_EQ(std::count(failed.explained.begin(), failed.explained.end(), status), 1);
    // An end that the file does have is compared.
    file_.append(
        {event("run.completed", "a", kDayStart + 30, R"("summary":{},"artifact_paths":{})")});
    EXPECT_FALSE(compare().is_equal());
}

TEST_F(CompareTest, WhatNoRowOfTheFileHasIsNoDifference) {
    both({event("run.started", "a", kDayStart)});
    const std::string artifact =
        R"("artifact_type":"t","artifact_path":"t.parquet","size_bytes":1)";
    log_.append({created("a", kDayStart, "{}", R"(,"name":"first","environment":{"host":"h"})"),
                 created("b", kDayStart, R"({"x":1})"),
                 event("artifact.created", "a", kDayStart, artifact)});
    file_.append({created("a", kDayStart), created("b", kDayStart, R"({"x":1})")});
    const CompareReport report = compare();
    EXPECT_TRUE(report.is_equal());
    EXPECT_EQ(report.explained,
              (std::vector<Explained>{{"runs_d", "environment", Explanation::kNotInFile, 1},
                                      {"runs_d", "name", Explanation::kNotInFile, 1},
                                      {"artifacts_catalog", "", Explanation::kNotInFile, 1}}));
    // One row of the file that has a name: it keeps names.
    file_.append({created("c", kDayStart, "{}", R"(,"name":"third")")});
    EXPECT_EQ(counts(compare(), "runs_d").different, 1U);
    // What the file has, the log must have, whatever it is.
    log_.append({created("c", kDayStart)});
    EXPECT_EQ(counts(compare(), "runs_d").different, 2U);
}

TEST_F(CompareTest, WhatPeopleSayOfARunInTheLogIsNoDifference) {
    both({created("a", kDayStart, "{}", R"(,"tags":{"k":"v"})"), created("b", kDayStart)});
    file_.append({created("old", kDayStart)});
    log_.append({event("run.tagged", "a", kDayStart + 9, R"("tags":{"good":"yes"},"note":"n")"),
                 event("run.deleted", "b", kDayStart + 9),
                 event("run.tagged", "old", kDayStart + 9, R"("tags":{"good":"no"})")});
    const CompareReport report = compare();
    // The log has tags of it, but has not recorded it.
    EXPECT_EQ(report.runs_in_file_alone, 1U);
    EXPECT_EQ(report.differences_total, 2U) << "runs_d and runs_status of old";
    EXPECT_EQ(counts(report, "run_tags").only_in_log, 0U);
    log_.append({event("run.tagged", "a", kDayStart + 10, R"("tags":{"k":"w"})")});
    EXPECT_EQ(counts(compare(), "run_tags").different, 1U);
}

TEST_F(CompareTest, PointsWithoutStepsAreThoseOfTheirTimes) {
    both({created("a", kDayStart)});
    for (const double value : {1.0, 2.0}) {
        log_.append(
            {event("metric.recorded", "a", 7, fmt::format(R"("metrics":{{"x":{}}})", value))});
    }
    for (const double value : {2.0, 1.0}) {
        file_.append(
            {event("metric.recorded", "a", 7, fmt::format(R"("metrics":{{"x":{}}})", value))});
    }
    EXPECT_TRUE(compare().is_equal());
    file_.append({event("metric.recorded", "a", 8, R"("metrics":{"x":3})")});
    EXPECT_EQ(counts(compare(), "metric_points").only_in_file, 1U);
}

TEST_F(CompareTest, ItCanBeStopped) {
    std::vector<std::string> trials;
    for (int i = 0; i < 20'000; ++i) trials.push_back(trial("a", fmt::format("t{}", i), "{}"));
    both(trials);
    must(index::build(log_.root()));
    query::Session log = must(query::Session::open(log_.root()));
    query::Session again = must(query::Session::open(log_.root()));
    const auto stopped = compare_indexes(log, again, {.keep_on = [] { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace daybook::legacy
