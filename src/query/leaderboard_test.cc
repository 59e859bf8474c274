#include "query/leaderboard.h"

#include <sys/stat.h>

#include <cmath>

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

// Rows as SQL: (call, caller, mint, time, …).
class LeaderboardTest : public ::testing::Test {
protected:
    // A completed run, later than those before it.
    void run(const std::string& run_id) {
        ledger_.created(run_id, ++runs_ * 1000);
        ledger_.append({fmt::format(R"({{"event_type":"run.completed","timestamp_ms":90000,)"
                                    R"("run_id":"{}","summary":{{}},"artifact_paths":{{}}}})",
                                    run_id)});
    }
    void file(const std::string& run_id, const std::string& type, const std::string& select) {
        const std::string path = fmt::format("{}-{}.parquet", run_id, type);
        auto copied = reader_.query(
            fmt::format("COPY ({}) TO '{}/{}' (FORMAT parquet)", select, ledger_.root(), path));
        ASSERT_TRUE(copied.has_value()) << copied.error().message();
        const auto info = testing::value_of(os::file_info(ledger_.root() + "/" + path));
        catalogue(run_id, type, path, info->size.value());
    }
    void catalogue(const std::string& run_id, const std::string& type, const std::string& path,
                   std::uint64_t size_bytes = 1) {
        ledger_.append({fmt::format(R"({{"event_type":"artifact.created","timestamp_ms":5,)"
                                    R"("run_id":"{}","artifact_type":"{}","artifact_path":"{}",)"
                                    R"("size_bytes":{}}})",
                                    run_id, type, path, size_bytes)});
    }
    // Each path is (call, caller, mint, time, p0, time of 2x, peak, drawdown).
    void paths(const std::string& run_id, const std::string& values) {
        file(run_id, "paths",
             fmt::format("SELECT '{}' AS run_id, c AS call_id, w AS caller_name, m AS mint, "
                         "t::BIGINT AS alert_ts_ms, p0::DOUBLE AS p0, t2 IS NOT NULL AS hit_2x, "
                         "t2::BIGINT AS t_2x_ms, peak >= 3 AS hit_3x, peak >= 4 AS hit_4x, "
                         "peak::DOUBLE AS peak_multiple, dd::DOUBLE AS dd_bps "
                         "FROM (VALUES {}) v(c, w, m, t, p0, t2, peak, dd)",
                         run_id, values));
    }
    // Each trade is (policy, call, caller, net, stop).
    void trades(const std::string& run_id, const std::string& values) {
        file(run_id, "alerts",
             fmt::format("SELECT DISTINCT '{}' AS run_id, c AS call_id, w AS caller_name, 'X' AS "
                         "mint, 10::BIGINT AS alert_ts_ms FROM (VALUES {}) v(p, c, w, n, s)",
                         run_id, values));
        file(run_id, "trades",
             fmt::format("SELECT '{}' AS run_id, p AS policy_id, c AS call_id, n::DOUBLE AS "
                         "realized_return_bps, s AS stop_out FROM (VALUES {}) v(p, c, w, n, s)",
                         run_id, values));
    }
    std::string statement(const LeaderboardOptions& options) {
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        Leaderboard board =
            testing::value_of(make_leaderboard(fresh.session, reader_, ledger_.root(), options));
        notes_ = board.notes;
        return board.sql;
    }
    std::vector<std::string> board(const LeaderboardOptions& options) {
        return lines_of(testing::value_of(reader_.query(statement(options))));
    }
    static std::vector<std::string> lines_of(duck::Rows rows) {
        std::vector<std::string> lines;
        while (testing::value_of(rows.next())) {
            std::string line;
            // Confidence, the last, has a test of its own.
            for (std::size_t i = 0; i + 1 < rows.column_count(); ++i) {
                line += (i == 0 ? "" : " ") + (rows.is_null(i) ? "-" : rows.text(i));
            }
            lines.push_back(line);
        }
        return lines;
    }
    // The confidence of the first.
    double confidence(const LeaderboardOptions& options) {
        duck::Rows rows = testing::value_of(reader_.query(statement(options)));
        EXPECT_TRUE(testing::value_of(rows.next()));
        EXPECT_EQ(rows.column_name(rows.column_count() - 1), "confidence");
        return rows.get_double(rows.column_count() - 1);
    }
    using Lines = std::vector<std::string>;

    testing::LedgerLines ledger_;
    artifact::ParquetReader reader_ = testing::value_of(artifact::ParquetReader::open());
    std::vector<std::string> notes_;
    int runs_ = 0;
};

TEST_F(LeaderboardTest, ACallCountsOnceAndTheNewestRunsResult) {
    run("old");
    paths("old", "('a','ann','X',10,1,110,9,-100), ('b','ann','X',10,1,NULL,1.5,-300)");
    run("new");
    paths("new", "('a','ann','X',10,1,30,2.5,-200), ('z','bob','X',10,NULL,NULL,NULL,NULL)");
    // a: 2.5 after 20 ms; b: 1.5; bob's only call had no entry.
    EXPECT_EQ(board({}), Lines{"1 ann 2 0 0.5 0.0 0.0 2.0 -250.0 20.0 - -"});
    EXPECT_EQ(board({.run_ids = {"old"}}), Lines{"1 ann 2 0 0.5 0.5 0.5 5.25 -200.0 100.0 - -"});
}

TEST_F(LeaderboardTest, WithoutPathsCallersAreRankedByTheirTrades) {
    run("t");
    trades("t", "('s','a','ann',-10,true), ('s','c','ann',-10,true), ('s','b','bob',20,false)");
    EXPECT_EQ(board({}),
              (Lines{"1 bob 1 1 - - - - - - 20.0 0.0", "2 ann 2 2 - - - - - - -10.0 1.0"}));
    EXPECT_NEAR(confidence({}), std::sqrt(1 / 51.0), 1e-12);
}

TEST_F(LeaderboardTest, OneIdForTwoCallsIsTwoCalls) {
    run("r1");
    paths("r1", "('a','ann','X',10,1,NULL,2,-1)");
    run("r2");
    paths("r2", "('a','ann','Y',10,1,NULL,4,-1), ('a','ann','X',11,1,NULL,6,-1)");
    EXPECT_EQ(board({}),
              Lines{"1 ann 3 0 0.0 0.6666666666666666 0.6666666666666666 4.0 -1.0 - - -"});
}

TEST_F(LeaderboardTest, PoliciesAreRankedByTheirTradesAndThePathsOfTheirCalls) {
    run("p");
    paths("p", "('a','ann','X',10,1,30,2,-100), ('b','bob','X',10,1,NULL,1,-300)");
    run("t1");
    trades("t1", "('tight','a','ann',-500,true), ('tight','b','bob',100,false)");
    run("t2");
    trades("t2", "('wide','a','ann',900,false), ('tight','a','ann',300,false)");
    // tight: a from the newer run 300, b 100.
    EXPECT_EQ(board({.by = LeaderboardBy::kPolicy}),
              (Lines{"1 wide 1 1 1.0 0.0 0.0 2.0 -100.0 20.0 900.0 0.0",
                     "2 tight 2 2 0.5 0.0 0.0 1.5 -200.0 20.0 200.0 0.0"}));
    EXPECT_EQ(board({.by = LeaderboardBy::kPolicy, .calls_min = 2}),
              Lines{"1 tight 2 2 0.5 0.0 0.0 1.5 -200.0 20.0 200.0 0.0"});
    // Callers over all policies, or one.
    EXPECT_EQ(board({.order_by = "median_net_return_bps"}),
              (Lines{"1 ann 1 2 1.0 0.0 0.0 2.0 -100.0 20.0 600.0 0.0",
                     "2 bob 1 1 0.0 0.0 0.0 1.0 -300.0 - 100.0 0.0"}));
    EXPECT_EQ(board({.policy_id = "tight", .order_by = "median_net_return_bps", .limit = 1}),
              Lines{"1 ann 1 1 1.0 0.0 0.0 2.0 -100.0 20.0 300.0 0.0"});
}

TEST_F(LeaderboardTest, TheBestComeFirstByEveryColumn) {
    run("p");
    paths("p", "('a','good','X',10,1,20,5,-100), ('b','bad','X',10,1,90,2,-300)");
    run("t");
    trades("t", "('p','a','good',50,false), ('p','b','bad',-50,true)");
    std::string_view orders = kLeaderboardOrders;
    while (!orders.empty()) {
        const std::size_t bar = std::min(orders.find('|'), orders.size());
        const std::string order(orders.substr(0, bar));
        orders.remove_prefix(std::min(bar + 1, orders.size()));
        SCOPED_TRACE(order);
        // By what they have alike, the name decides.
        const bool alike = order == "calls" || order == "trades" || order == "confidence" ||
                           order == "hit_2x_rate";
        const Lines lines = board({.order_by = order});
        ASSERT_EQ(lines.size(), 2U);
        EXPECT_EQ(lines.front().substr(0, 5), alike ? "1 bad" : "1 goo");
    }
}

TEST_F(LeaderboardTest, ConfidenceIsOfWhatTheRankIsMadeOf) {
    run("p");
    paths("p",
          "('a','ann','X',10,1,20,5,-100), ('b','ann','X',10,1,NULL,2,-300), "
          "('c','ann','X',10,1,NULL,2,-300)");
    run("t");
    trades("t",
           "('p1','a','ann',1,true), ('p2','a','ann',1,true), ('p1','d','ann',1,true), "
           "('p2','d','ann',1,true), ('p3','d','ann',1,true)");
    const std::pair<const char*, double> kCases[] = {
        {"median_peak_multiple", 3}, {"hit_2x_rate", 3}, {"median_dd_bps", 3},
        {"median_time_to_2x_ms", 1}, {"trades", 5},      {"median_net_return_bps", 5},
        {"stop_out_rate", 5},        {"calls", 4},       {"confidence", 4},
    };
    for (const auto& [order, n] : kCases) {
        EXPECT_DOUBLE_EQ(confidence({.order_by = order}), std::sqrt(n / (n + 50))) << order;
    }
    EXPECT_DOUBLE_EQ(confidence({}), std::sqrt(3.0 / 53));
    EXPECT_DOUBLE_EQ(confidence({.by = LeaderboardBy::kPolicy}), std::sqrt(2.0 / 52));
    EXPECT_DOUBLE_EQ(confidence({.policy_id = "none", .order_by = "trades"}), 0);
}

TEST_F(LeaderboardTest, OfWhichRunARowIsItsFileSays) {
    run("p");
    file("p", "alerts",
         "SELECT 'elsewhere' AS run_id, 'a' AS call_id, 'ann' AS caller_name, 'X' AS mint, "
         "10::BIGINT AS alert_ts_ms");
    file("p", "trades",
         "SELECT 'copied' AS run_id, 't' AS policy_id, 'a' AS call_id, 5.0::DOUBLE AS "
         "realized_return_bps, false AS stop_out");
    EXPECT_EQ(board({}), Lines{"1 ann 1 1 - - - - - - 5.0 0.0"});
    EXPECT_EQ(notes_, Lines{});
}

TEST_F(LeaderboardTest, ACallWithoutACallerCountsForNobodyKnown) {
    run("p");
    paths("p", "('a',NULL,'X',10,1,30,2,-100), ('b','ann',NULL,10,1,NULL,1,-300)");
    run("t");
    trades("t", "('p','a',NULL,50,false), ('p','b','ann',-50,true)");
    EXPECT_EQ(board({}), (Lines{"1 - 1 1 1.0 0.0 0.0 2.0 -100.0 20.0 50.0 0.0",
                                "2 ann 2 1 0.0 0.0 0.0 1.0 -300.0 - -50.0 1.0"}));
}

TEST_F(LeaderboardTest, ATradeOfACallWithoutAnIdCounts) {
    run("t");
    trades("t", "('p','a','ann',5,false), ('p',NULL,'ann',7,false)");
    EXPECT_EQ(board({}), Lines{"1 ann 2 2 - - - - - - 6.0 0.0"});
}

TEST_F(LeaderboardTest, OfTwoRowsOfACallInAFileTheFirstCounts) {
    run("p");
    std::string values = "('a','ann','X',10,1,30,7,-1)";
    for (int peak = 100; peak > 0; --peak) {
        values += fmt::format(", ('a','ann','X',10,1,30,{},-1)", peak);
    }
    paths("p", values);
    EXPECT_EQ(board({}), Lines{"1 ann 1 0 1.0 1.0 1.0 7.0 -1.0 20.0 - -"});
}

TEST_F(LeaderboardTest, RunsBelowTheChosenOnesCountToo) {
    ledger_.created("search", 1'000);
    ledger_.created("search-fold-1", 2'000, R"(,"parent_run_id":"search")");
    ledger_.created("purse", 3'000);
    for (const char* name : {"search", "search-fold-1", "purse"}) {
        ledger_.append({fmt::format(R"({{"event_type":"run.completed","timestamp_ms":90000,)"
                                    R"("run_id":"{}","summary":{{}},"artifact_paths":{{}}}})",
                                    name)});
    }
    trades("search", "('best','a','ann',10,false)");
    trades("search-fold-1", "('chosen','b','ann',20,true)");
    trades("purse", "('best','b','ann',30,false)");
    const LeaderboardOptions below{.by = LeaderboardBy::kPolicy, .run_ids = {"search"}};
    EXPECT_EQ(board(below),
              (Lines{"1 chosen 1 1 - - - - - - 20.0 1.0", "2 best 1 1 - - - - - - 10.0 0.0"}));
    EXPECT_EQ(board({.by = LeaderboardBy::kPolicy}),
              (Lines{"1 best 2 2 - - - - - - 20.0 0.0", "2 chosen 1 1 - - - - - - 20.0 1.0"}));
}

TEST_F(LeaderboardTest, AnyDuckDbAnswersTheStatementTheSame) {
    run("p");
    paths("p", "('a','ann','X',10,1,30,2,-100), ('b','bob','X',10,1,NULL,1,-300)");
    run("t");
    trades("t", "('p','a','ann',50,false), ('p','b','bob',-50,true)");
    duck::Database database = testing::value_of(duck::Database::open_in_memory());
    duck::Connection other = testing::value_of(database.connect());
    for (const LeaderboardBy by : {LeaderboardBy::kCaller, LeaderboardBy::kPolicy}) {
        const std::string sql = statement({.by = by});
        EXPECT_EQ(lines_of(testing::value_of(other.query(sql))), board({.by = by}));
    }
}

TEST_F(LeaderboardTest, FilesThatCannotBeCountedAreNamedAndLeftOut) {
    run("p");
    paths("p", "('a','ann','X',10,1,20,5,-100)");
    run("gone");
    catalogue("gone", "paths", "gone.parquet");
    run("broken");
    ASSERT_TRUE(os::write_file_atomic(ledger_.root() + "/broken.parquet", "x").has_value());
    catalogue("broken", "paths", "broken.parquet");
    run("other");
    file("other", "trades", "SELECT 'other' AS run_id, 1 AS x");
    run("lonely");
    file("lonely", "trades",
         "SELECT 'p' AS policy_id, 'a' AS call_id, 1.0::DOUBLE AS realized_return_bps, "
         "true AS stop_out");
    run("grown");
    ASSERT_TRUE(os::write_file_atomic(ledger_.root() + "/grown.parquet", "xx").has_value());
    catalogue("grown", "paths", "grown.parquet");
    run("pipe");
    ASSERT_EQ(::mkfifo((ledger_.root() + "/pipe.parquet").c_str(), 0600), 0);
    catalogue("pipe", "paths", "pipe.parquet");
    run("long");
    catalogue("long", "paths", std::string(300, 'a') + ".parquet");
    run("typed");
    file("typed", "alerts",
         "SELECT 'a' AS call_id, 'ann' AS caller_name, 'X' AS mint, '10' AS alert_ts_ms");
    run("named");
    file("named", "trades",
         "SELECT 'p' AS policy_id, 'a' AS call_id, 1.0::DOUBLE AS realized_return_bps, "
         "true AS stop_out, 'x' AS filename");
    EXPECT_EQ(board({}), Lines{"1 ann 1 0 1.0 1.0 1.0 5.0 -100.0 10.0 - -"});
    ASSERT_EQ(notes_.size(), 9U);
    EXPECT_EQ(notes_[0],
              "run named: named-trades.parquet is not counted: it has a column filename, a name "
              "that is needed to say where its rows lie");
    EXPECT_EQ(notes_[1],
              "run typed: typed-alerts.parquet is not counted: column alert_ts_ms is VARCHAR, "
              "expected BIGINT");
    EXPECT_EQ(notes_[2].substr(0, 14), "run long: aaaa");
    EXPECT_NE(notes_[2].find("is not counted: stat "), std::string::npos) << notes_[2];
    EXPECT_EQ(notes_[3],
              "run pipe: pipe.parquet is not counted: it is a pipe or a device, no file");
    EXPECT_EQ(notes_[4],
              "run grown: grown.parquet is not counted: it has 2 bytes, 1 were recorded");
    notes_.erase(notes_.begin(), notes_.begin() + 5);
    EXPECT_EQ(notes_[0],
              "run other: other-trades.parquet is not counted: it has no column "
              "policy_id");
    EXPECT_EQ(notes_[1].substr(0, 47), "run broken: broken.parquet is not counted: read");
    EXPECT_EQ(notes_[2], "run gone: gone.parquet is not counted: the file is missing");
    EXPECT_EQ(notes_[3],
              "run lonely: its trades are not counted: it has no alerts that say whose they are");
}

TEST_F(LeaderboardTest, NothingToCountIsAnErrorThatSaysWhy) {
    run("gone");
    catalogue("gone", "paths", "gone.parquet");
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    const auto board = make_leaderboard(fresh.session, reader_, ledger_.root(), {});
    ASSERT_FALSE(board.has_value());
    EXPECT_EQ(board.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(board.error().message().find("gone.parquet is not counted: the file is missing"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::query
