#include <algorithm>

#include <rapidcheck.h>

#include "support/index_memory.h"
#include "support/random_events.h"

namespace daybook::index {
namespace {

constexpr const char* kPart = "day=2026-01-01/part-000001";

std::string field(const std::string& line, const std::string& name) {
    const std::string begin = "\"" + name + "\":\"";
    const std::size_t at = line.find(begin);
    if (at == std::string::npos) return "";
    const std::size_t from = at + begin.size();
    return line.substr(from, line.find('"', from) - from);
}

// What retention leaves of the lines: `kept` types of the runs, and all of the others.
std::vector<std::string> without(const std::vector<std::string>& lines,
                                 const std::vector<std::string>& runs,
                                 const std::vector<std::string>& kept) {
    std::vector<std::string> left;
    for (const std::string& line : lines) {
        const auto is_among = [](const std::vector<std::string>& names, const std::string& name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        // What is no event is no run's.
        const bool is_event = line.find("\"timestamp_ms\":1,\"run_id\":\"run-0\",\"params\":{}}") ==
                                  std::string::npos &&
                              !line.starts_with("half") && line != R"({"run_id":"run-0"})";
        const bool goes = is_event && is_among(runs, field(line, "run_id")) &&
                          !is_among(kept, field(line, "event_type"));
        if (!goes) left.push_back(line);
    }
    return left;
}

const std::vector<std::string> kSkeleton = {
    "run.created",  "run.started",     "run.completed", "run.failed",  "run.cancelled",
    "run.restored", "run.interrupted", "run.tagged",    "run.deleted", "run.environment"};

std::vector<std::string> own_rows(testing::MemoryIndex& index) {
    std::vector<std::string> all;
    for (const char* table : {"index_events", "index_phases", "index_damage"}) {
        for (const std::string& row :
             index.rows(fmt::format("SELECT * FROM {} ORDER BY ALL", table))) {
            all.push_back(fmt::format("{}: {}", table, row));
        }
    }
    return all;
}

TEST(FoldForget, WhatIsLeftIsWhatARebuildMakes) {
    EXPECT_TRUE(rc::check([] {
        testing::RandomHistory history(
            [](std::uint64_t below) { return *rc::gen::inRange<std::uint64_t>(0, below); },
            {.runs = 4, .times = 5, .ms_between_times = 43'200'000, .conflict_in = 0});
        const std::vector<std::string> lines = history.lines(*rc::gen::inRange<std::size_t>(1, 60));
        std::vector<std::string> runs;
        for (const char* run : {"run-0", "run-1", "run-2", "run-3", "never-there"}) {
            if (*rc::gen::arbitrary<bool>()) runs.push_back(run);
        }
        const bool keeps = *rc::gen::arbitrary<bool>();
        const std::vector<std::string> left =
            without(lines, runs, keeps ? kSkeleton : std::vector<std::string>());

        testing::MemoryIndex index;
        index.apply(lines);
        testing::expect_ok(index.fold().forget({.runs = runs, .parts = {{kPart}}}));
        RC_ASSERT(index.kept_digest() == index.computed_digest());
        // Read again in two batches, as a long part is.
        const auto half = left.begin() + static_cast<std::ptrdiff_t>(left.size() / 2);
        index.apply({left.begin(), half});
        index.apply({half, left.end()});

        testing::MemoryIndex rebuilt;
        rebuilt.apply({left.begin(), half});
        rebuilt.apply({half, left.end()});
        RC_ASSERT(index.all_rows() == rebuilt.all_rows());
        RC_ASSERT(index.kept_digest() == rebuilt.kept_digest());
        RC_ASSERT(own_rows(index) == own_rows(rebuilt));
    }));
}

TEST(FoldForget, TellsTheDaysThatRowsWereMadeOn) {
    testing::MemoryIndex index;
    index.apply(
        {R"({"event_type":"run.created","event_id":"1","timestamp_ms":86400000,"run_id":"a"})",
         R"({"event_type":"run.tagged","event_id":"2","timestamp_ms":172800000,"run_id":"a",)"
         R"("tags":{"k":"v"}})",
         R"({"event_type":"trial.recorded","event_id":"3","timestamp_ms":345600001,"run_id":"a",)"
         R"("trial_id":"t","params":{},"metrics":{}})",
         R"({"event_type":"run.created","event_id":"4","timestamp_ms":864000000,"run_id":"b"})"});
    EXPECT_EQ(testing::value_of(index.fold().days_of({"a"})),
              (std::set<Day>{Day(1), Day(2), Day(4)}));
    EXPECT_EQ(testing::value_of(index.fold().days_of({"b", "c"})), (std::set<Day>{Day(10)}));
}

TEST(FoldForget, WhatIsAccountedForIsKept) {
    testing::MemoryIndex index;
    testing::expect_ok(index.fold().forget({.marks = {{"e1", Day(20'000)}, {"e2", Day(1)}}}));
    EXPECT_EQ(index.rows("FROM index_retained ORDER BY ALL"),
              (std::vector<std::string>{"e1 | 2024-10-04", "e2 | 1970-01-02"}));
}

TEST(FoldForget, AnErrorLeavesAllAsItWas) {
    testing::MemoryIndex index;
    index.apply(
        {R"({"event_type":"run.created","event_id":"1","timestamp_ms":86400000,"run_id":"a"})"});
    const std::string digest = index.kept_digest();
    testing::expect_ok(index.connection().execute("ALTER TABLE index_phases RENAME TO hidden"));
    EXPECT_FALSE(index.fold().forget({.runs = {"a"}}).has_value());
    testing::expect_ok(index.connection().execute("ALTER TABLE hidden RENAME TO index_phases"));
    EXPECT_EQ(index.kept_digest(), digest);
    EXPECT_EQ(index.computed_digest(), digest);
}

}  // namespace
}  // namespace daybook::index
