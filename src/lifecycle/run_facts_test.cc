#include "lifecycle/run_facts.h"

#include "lifecycle/test_retention.h"

namespace daybook::lifecycle {
namespace {

class RunFactsTest : public RetentionTest {
protected:
    LedgerFacts gather(const RetentionPolicy& policy, const std::vector<Hold>& holds = {}) {
        query::FreshSession fresh = testing::value_of(query::open_fresh(dir_.root()));
        return testing::value_of(
            gather_facts(dir_, fresh.session, policy, holds, {.clock = clock_.now()}));
    }
    static const RunFacts& of(const LedgerFacts& facts, std::string_view run_id) {
        for (const RunFacts& run : facts.runs) {
            if (run.run_id == run_id) return run;
        }
        ADD_FAILURE() << run_id << " is not there";
        return facts.runs.at(0);
    }
    static Day day(std::int64_t days_ago) { return day_of(at(days_ago)); }
    // The bytes of the run's lines of these types, newlines included.
    std::uint64_t bytes_of(std::string_view run_id, const std::vector<std::string>& types) {
        std::uint64_t bytes = 0;
        json::EnvelopeReader envelopes;
        for (const std::string& line : log_lines()) {
            const auto envelope = envelopes.read(line);
            const bool counts =
                envelope && envelope->run_id == run_id &&
                std::find(types.begin(), types.end(), envelope->event_type) != types.end();
            if (counts) bytes += line.size() + 1;
        }
        return bytes;
    }
};

TEST_F(RunFactsTest, WhatCouldGoIsCountedAndItsDaysAreKnown) {
    run("old", 40, 2);
    event("run.tagged", "old", at(20), R"(,"tags":{"a":"b"})");
    append();
    archive();
    const LedgerFacts kept = gather({.keep_days = 10});
    const RunFacts& with_summary = of(kept, "old");
    EXPECT_EQ(with_summary.events, 4U);
    EXPECT_EQ(with_summary.bytes, bytes_of("old", {"trial.recorded", "metric.recorded"}));
    EXPECT_GT(with_summary.disk_bytes, 0U);
    EXPECT_LT(with_summary.disk_bytes, kept.disk_bytes);
    EXPECT_EQ(with_summary.days, (std::vector<Day>{day(40), day(39), day(20)}));
    EXPECT_EQ(with_summary.days_cut, (std::vector<Day>{day(40), day(39)}));

    const LedgerFacts dropped = gather({.keep_days = 10, .summaries = Summaries::kDrop});
    EXPECT_EQ(of(dropped, "old").events, 8U);
    EXPECT_EQ(of(dropped, "old").days_cut, of(dropped, "old").days);
}

TEST_F(RunFactsTest, AMarkIsNotTheNewestWork) {
    run("old", 40);
    append();
    const auto before = gather({.keep_days = 10}).newest_work_ms;
    ASSERT_TRUE(before);
    for (const char* const type : {"run.tagged", "run.deleted"}) {
        event(type, "old", at(10),
              type == std::string_view("run.tagged") ? R"(,"tags":{"a":"b"})" : "");
    }
    append();
    EXPECT_EQ(gather({.keep_days = 10}).newest_work_ms, before);
    event("run.started", "later", at(1), "");
    append();
    EXPECT_EQ(gather({.keep_days = 10}).newest_work_ms, at(1).value());
}

TEST_F(RunFactsTest, FiltersAskOfMetricsTagsAndParameters) {
    run("old", 40);
    append();
    for (const std::string filter : {"metrics.nobody_has_it > 2", "tags.a = 'b'", "params.x = 1"}) {
        const LedgerFacts facts =
            gather({.keep_days = 10, .keep = {filter}}, {{.where = filter, .reason = "r"}});
        EXPECT_EQ(of(facts, "old").kept, "") << filter;
        EXPECT_EQ(of(facts, "old").held, "") << filter;
    }
}

TEST_F(RunFactsTest, WhatNoLimitAsksForIsNotMeasured) {
    run("old", 40);
    run("new", 20);
    append();
    archive();
    const LedgerFacts facts = gather({.keep_days = 30});
    EXPECT_EQ(of(facts, "old").events, 2U);
    EXPECT_EQ(of(facts, "new").events, 0U);
    EXPECT_EQ(of(gather({.keep_bytes = 1'000'000'000}), "new").events, 2U) << "any may have to go";
}

TEST_F(RunFactsTest, APartThatTheIndexHasNotReadKeepsItsRuns) {
    run("old", 40);
    append();
    archive();
    testing::value_of(index::build(dir_.root()));
    query::Session session = testing::value_of(query::Session::open(dir_.root()));
    // Archived and not indexed: a part that came from elsewhere.
    const archive::ArchiveLayout layout(dir_);
    run("late", 40);
    event("metric.recorded", "old", at(40) + 9, R"(,"metrics":{"m":1},"step":9)");
    append();
    archive();
    const LedgerFacts facts = testing::value_of(
        gather_facts(dir_, session, {.keep_days = 10}, {}, {.clock = clock_.now()}));
    EXPECT_EQ(of(facts, "old").unindexed, fmt::format("day={}/part-000002", to_string(day(40))));
    EXPECT_EQ(of(gather({.keep_days = 10}), "old").unindexed, "") << "the tail counts as read";
}

TEST_F(RunFactsTest, WhatIsStillInEventsIsNamed) {
    run("sealed", 3);
    run("open", 40);
    append();
    archive();
    event("metric.recorded", "open", at(0), R"(,"metrics":{"m":1},"step":9)");
    append();
    const LedgerFacts facts = gather({.keep_last_runs = 1});
    EXPECT_EQ(of(facts, "sealed").unarchived, fmt::format("day={}/part-000001", to_string(day(3))));
    EXPECT_EQ(of(facts, "sealed").unsealed, "");
    // Today's last event of all is open's: it is asked for only if nothing is to stay.
    EXPECT_EQ(of(gather({.keep_bytes = 1}), "open").unsealed,
              fmt::format("day={}/part-000001", to_string(day(0))));
}

TEST_F(RunFactsTest, HoldsTagsAndFiltersAreTold) {
    run("a", 40);
    run("b", 40);
    event("run.tagged", "b", at(39), R"(,"tags":{"keep":"yes"})");
    event("run.deleted", "b", at(39));
    append();
    archive();
    const LedgerFacts facts =
        gather({.keep_days = 10, .keep = {"trials = 1"}, .pin_tags = {"keep"}},
               {{.run = "a", .reason = "audit"}, {.run = "nobody", .reason = "x"}});
    EXPECT_EQ(of(facts, "a").held, "audit");
    EXPECT_EQ(of(facts, "a").pinned, "");
    EXPECT_EQ(of(facts, "b").held, "");
    EXPECT_EQ(of(facts, "b").pinned, "keep");
    EXPECT_EQ(of(facts, "b").kept, "trials = 1") << "although it is deleted";
    EXPECT_TRUE(of(facts, "b").is_deleted);
    EXPECT_EQ(facts.idle, (std::vector<std::string>{"hold on nobody: there is no such run"}));
}

TEST_F(RunFactsTest, WhatProtectsNoRunIsTold) {
    run("a", 40);
    append();
    const LedgerFacts facts =
        gather({.keep_days = 10, .keep = {"trials > 99"}, .pin_tags = {"kept=yes"}},
               {{.run = "a", .reason = "audit"}, {.where = "trials > 98", .reason = "x"}});
    EXPECT_EQ(facts.idle, (std::vector<std::string>{"hold on trials > 98: no run passes it",
                                                    "pinned tag kept=yes: no run has it",
                                                    "keep trials > 99: no run passes it"}));
}

}  // namespace
}  // namespace daybook::lifecycle
