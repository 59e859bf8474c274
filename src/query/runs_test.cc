#include "query/runs.h"

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

std::vector<std::string> column(duck::Rows rows, std::size_t index = 0) {
    std::vector<std::string> values;
    while (testing::value_of(rows.next())) values.push_back(rows.text(index));
    return values;
}

class RunsTest : public ::testing::Test {
protected:
    RunsTest() {
        ledger_.created("alpha-1", 1'000, R"(,"name":"first","tags":{"desk":"a"})");
        ledger_.created("alpha-2", 2'000, R"(,"name":"second","tags":{"desk":"b","it's":"x"})");
        ledger_.created("beta", 3'000, R"(,"name":"second","parent_run_id":"alpha-1")");
        ledger_.append({R"({"event_type":"run.started","timestamp_ms":3500,"run_id":"beta"})"});
    }
    std::vector<std::string> list(const RunFilter& filter) {
        return column(testing::value_of(list_runs(session(), filter)));
    }
    Session& session() {
        if (!fresh_) {
            fresh_ = std::make_unique<FreshSession>(testing::value_of(open_fresh(ledger_.root())));
        }
        return fresh_->session;
    }
    using Ids = std::vector<std::string>;

    testing::LedgerLines ledger_;
    std::unique_ptr<FreshSession> fresh_;
};

TEST_F(RunsTest, RunsAreListedNewestFirst) {
    EXPECT_EQ(list({}), (Ids{"beta", "alpha-2", "alpha-1"}));
    EXPECT_EQ(list({.limit = 1}), Ids{"beta"});
}

TEST_F(RunsTest, ALimitBeyondWhatSqlCanCountIsNone) {
    for (const std::size_t limit : {kRowsMax, kRowsMax + 1, ~std::size_t{0}}) {
        EXPECT_EQ(list({.limit = limit}).size(), 3U);
    }
    EXPECT_EQ(list({.limit = 0}), Ids{});
}

TEST_F(RunsTest, APositionBeyondWhatSqlCanCountIsNotFound) {
    const auto run = resolve_run(session(), "@-18446744073709551615");
    ASSERT_FALSE(run.has_value());
    EXPECT_EQ(run.error().code(), ErrorCode::kNotFound);
}

TEST_F(RunsTest, EachFilterNarrowsTheList) {
    EXPECT_EQ(list({.status = "running"}), Ids{"beta"});
    EXPECT_EQ(list({.run_type = "baseline"}), Ids{});
    EXPECT_EQ(list({.since = TimestampMs(2'000)}), (Ids{"beta", "alpha-2"}));
    EXPECT_EQ(list({.tags = {parse_tag_filter("desk")}}), (Ids{"alpha-2", "alpha-1"}));
    EXPECT_EQ(list({.tags = {parse_tag_filter("desk=b"), parse_tag_filter("it's=x")}}),
              Ids{"alpha-2"});
    EXPECT_EQ(list({.where_sql = "trials = 0 -- and nothing else"}).size(), 3U);
    EXPECT_EQ(list({.status = "it's"}), Ids{});
}

TEST_F(RunsTest, TheFirstFewAreThoseOfTheWholeListWithTheirTags) {
    const std::vector<RunFilter> filters = {
        {},
        {.status = "pending"},
        {.where = "metrics.sharpe > 1 or status = 'running'"},
        {.where = "name = 'second' and config.x is null"},
        {.where = "tags.desk is not null"},
        {.where_sql = "latest_runs.trials = 0"},
    };
    const auto rows = [&](RunFilter filter, std::optional<std::size_t> limit) {
        filter.limit = limit;
        std::vector<std::string> lines;
        duck::Rows found = testing::value_of(list_runs(session(), filter));
        while (testing::value_of(found.next())) {
            std::string line;
            for (std::size_t i = 0; i < found.column_count(); ++i) line += found.text(i) + " | ";
            lines.push_back(line);
        }
        return lines;
    };
    for (std::size_t i = 0; i < filters.size(); ++i) {
        SCOPED_TRACE(i);
        std::vector<std::string> all = rows(filters[i], std::nullopt);
        EXPECT_FALSE(all.empty());
        EXPECT_EQ(rows(filters[i], 100), all);
        if (all.size() > 2) all.resize(2);
        EXPECT_EQ(rows(filters[i], 2), all);
    }
}

TEST_F(RunsTest, WhoAnswersForARunIsAColumnOfItsOwn) {
    for (const std::optional<std::size_t> limit : {std::optional<std::size_t>(), {2}}) {
        const RunFilter filter{
            .where = "source = 'event_log'", .limit = limit, .with_source = true};
        duck::Rows rows = testing::value_of(list_runs(session(), filter));
        EXPECT_EQ(rows.column_name(8), "tags");
        EXPECT_EQ(rows.column_name(9), "source");
        EXPECT_EQ(column(std::move(rows), 9), Ids(limit.value_or(3), "event_log"));
    }
    EXPECT_EQ(list({.where = "source = 'legacy'"}), Ids{});
    EXPECT_EQ(testing::value_of(list_runs(session(), {.limit = 2})).column_count(), 9U);
}

TEST_F(RunsTest, AWrongExpressionIsAnSqlError) {
    const auto rows = list_runs(session(), {.where_sql = "nonsense >"});
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(RunsTest, ARunIsMeantByIdNameBeginningOrPosition) {
    for (const auto& [text, expected] : {std::pair("alpha-1", "alpha-1"),
                                         {"first", "alpha-1"},
                                         {"be", "beta"},
                                         {"@latest", "beta"},
                                         {"@-1", "beta"},
                                         {"@-3", "alpha-1"}}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(testing::value_of(resolve_run(session(), text)), expected);
    }
}

TEST_F(RunsTest, AnAmbiguousRunListsItsCandidates) {
    for (const auto& [text, candidate] : {std::pair("alpha", "alpha-2"), {"second", "beta"}}) {
        const auto run = resolve_run(session(), text);
        ASSERT_FALSE(run.has_value());
        EXPECT_EQ(run.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_NE(run.error().message().find(candidate), std::string::npos);
    }
}

TEST_F(RunsTest, AnUnknownRunNamesTheNearest) {
    const auto run = resolve_run(session(), "alpah-1");
    ASSERT_FALSE(run.has_value());
    EXPECT_EQ(run.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(run.error().message().find("did you mean alpha-"), std::string::npos);
    EXPECT_EQ(resolve_run(session(), "@-9").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(resolve_run(session(), "@first").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(RunsTest, TheDetailsOfARunAreItsOwn) {
    ledger_.append(
        {R"({"event_type":"phase.started","timestamp_ms":4,"run_id":"beta","phase_name":"b","phase_order":1})",
         R"({"event_type":"phase.started","timestamp_ms":5,"run_id":"beta","phase_name":"a","phase_order":0})",
         R"({"event_type":"artifact.created","timestamp_ms":6,"run_id":"beta","artifact_type":"t","artifact_path":"p","size_bytes":1})",
         R"({"event_type":"run.tagged","timestamp_ms":7,"run_id":"beta","note":"look"})",
         R"({"event_type":"run.deleted","timestamp_ms":8,"run_id":"alpha-1"})"});
    EXPECT_EQ(column(testing::value_of(run_phases(session(), "beta")), 1), (Ids{"a", "b"}));
    EXPECT_EQ(column(testing::value_of(run_artifacts(session(), "beta")), 1), Ids{"p"});
    EXPECT_EQ(column(testing::value_of(run_notes(session(), "beta")), 2), Ids{"look"});
    EXPECT_EQ(column(testing::value_of(run_children(session(), "alpha-1"))), Ids{"beta"});
    EXPECT_EQ(column(testing::value_of(run_summary(session(), "alpha-1")), 4), Ids{"true"});
    EXPECT_EQ(column(testing::value_of(run_summary(session(), "beta")), 3), Ids{"running"});
}

}  // namespace
}  // namespace daybook::query
