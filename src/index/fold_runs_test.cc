#include <algorithm>

#include "support/index_memory.h"

namespace daybook::index {
namespace {

// A log as the seed system wrote it: no seq, no checksum, its own ids, no phase_order at the end,
// two parts with different fields and orders of keys.
const std::vector<std::string> kSeedPartA = {
    R"({"event_id": "1769126400000_0a1b2c3d", "event_type": "run.created", "timestamp_ms": 1769126400000, "run_id": "r1", "run_type": "path-only", "config": {"interval": "1m"}, "data_fingerprint": "abc"})",
    R"({"event_id": "1769126400001_0a1b2c3e", "event_type": "run.started", "timestamp_ms": 1769126400001, "run_id": "r1"})",
    R"({"event_id": "1769126400002_0a1b2c3f", "event_type": "phase.started", "timestamp_ms": 1769126400002, "run_id": "r1", "phase_name": "plan", "phase_order": 0})",
    R"({"event_id": "1769126400102_0a1b2c40", "event_type": "phase.completed", "timestamp_ms": 1769126400102, "run_id": "r1", "phase_name": "plan", "duration_ms": 100, "output_summary": {"calls": 5}})"};
const std::vector<std::string> kSeedPartB = {
    R"({"run_id": "r1", "phase_order": 1, "phase_name": "load", "timestamp_ms": 1769126400103, "event_type": "phase.started", "event_id": "1769126400103_ffffffff"})",
    R"({"duration_ms": 7, "output_summary": {}, "run_id": "r1", "phase_name": "load", "timestamp_ms": 1769126400110, "event_type": "phase.completed", "event_id": "1769126400110_ffffffff"})",
    R"({"summary": {"alerts": 5}, "artifact_paths": {"paths": "p.parquet"}, "run_id": "r1", "timestamp_ms": 1769126400200, "event_type": "run.completed", "event_id": "1769126400200_ffffffff"})"};

void expect_seed_rows(testing::MemoryIndex& index) {
    EXPECT_EQ(index.rows("SELECT phase_name, phase_order, started_at_ms, completed_at_ms, "
                         "duration_ms, output_summary_json, status FROM phase_timings ORDER BY 2"),
              (std::vector<std::string>{
                  "plan | 0 | 1769126400002 | 1769126400102 | 100 | {\"calls\": 5} | completed",
                  "load | 1 | 1769126400103 | 1769126400110 | 7 | {} | completed"}));
    EXPECT_EQ(
        index.rows("SELECT run_id, run_type, status, duration_ms, config, summary_json FROM "
                   "latest_runs"),
        std::vector<std::string>{"r1 | path-only | completed | 199 | {\"interval\": \"1m\"} | "
                                 "{\"alerts\": 5}"});
}

TEST(FoldRunsTest, ASeedSystemsLogGivesOneRowAPhaseInEitherOrderOfItsParts) {
    testing::MemoryIndex forwards;
    forwards.apply(kSeedPartA);
    forwards.apply(kSeedPartB);
    expect_seed_rows(forwards);

    testing::MemoryIndex backwards;
    backwards.apply(kSeedPartB);
    backwards.apply(kSeedPartA);
    expect_seed_rows(backwards);
    EXPECT_EQ(backwards.kept_digest(), forwards.kept_digest());
}

TEST(FoldRunsTest, GroupsOfPhasesAreNotMixedUp) {
    // "1 0 a b" could be read in two ways without the length of the run's id.
    testing::MemoryIndex index;
    const auto start = [](int id, const char* run, const char* phase) {
        return fmt::format(R"({{"event_type":"phase.started","event_id":"{}","timestamp_ms":{},)"
                           R"("run_id":"{}","phase_name":"{}","phase_order":0}})",
                           id, id, run, phase);
    };
    index.apply({start(1, "a b", "c"), start(2, "a", "b c"), start(3, "é", "x")});
    index.apply({start(4, "a", "b c"), start(5, "a b", "c"), start(6, "é", "x")});
    EXPECT_EQ(index.rows("SELECT run_id, phase_name, started_at_ms FROM phase_timings ORDER BY 3"),
              (std::vector<std::string>{"a b | c | 1", "a | b c | 2", "é | x | 3"}));
    EXPECT_EQ(index.rows("SELECT count(*) FROM index_phases"), std::vector<std::string>{"3"});
}

}  // namespace
}  // namespace daybook::index
