#include "index/fold.h"

#include <algorithm>

#include <rapidcheck.h>

#include "support/index_memory.h"

namespace daybook::index {
namespace {

// A line of a small world: few runs, trials, phases, times and ids, so that events meet.
std::string random_line(int id) {
    const auto pick = [](std::initializer_list<const char*> choices) {
        return std::string(*rc::gen::elementOf(std::vector<const char*>(choices)));
    };
    const int time = *rc::gen::inRange(1, 6);
    const int attempt = *rc::gen::inRange(1, 3);
    std::string type =
        pick({"run.created", "run.started", "run.completed", "run.failed", "run.cancelled",
              "run.interrupted", "run.tagged", "run.deleted", "run.restored", "run.environment",
              "phase.started", "phase.completed", "phase.failed", "trial.recorded",
              "metric.recorded", "artifact.created", "baseline.completed", "own.type"});
    const std::string name = pick({"a", "b"});
    std::string fields;
    if (type == "run.created") fields = R"("run_type":"x","config":{"c":)" + name + R"(1},)";
    fields += fmt::format(R"("attempt":{},"phase_name":"{}","trial_id":"{}","artifact_path":"{}")",
                          attempt, name, name, name);
    if (type == "phase.started" || (type.starts_with("phase") && *rc::gen::arbitrary<bool>())) {
        fields += fmt::format(",\"phase_order\":{}", *rc::gen::inRange(0, 3));
    }
    fields += fmt::format(
        R"(,"duration_ms":{},"tags":{{"k":{}}},"metrics":{{"m":{}}},"params":{{"p":{}}})",
        *rc::gen::inRange(0, 9), *rc::gen::arbitrary<bool>() ? "null" : "\"" + name + "\"",
        *rc::gen::inRange(0, 9), *rc::gen::inRange(0, 9));
    if (*rc::gen::arbitrary<bool>()) fields += ",\"step\":1";
    if (type == "run.failed") fields += R"(,"error":{"phase_name":")" + name + "\"}";
    // A wrong JSON value of `config` would be the line's damage: names are quoted.
    const std::size_t bare = fields.find("{\"c\":");
    if (bare != std::string::npos) fields.replace(bare, 7, "{\"c\":\"" + name + "\",\"n\":");
    return fmt::format(R"({{"event_type":"{}","event_id":"{:04}","timestamp_ms":{},)"
                       R"("run_id":"{}",{}}})",
                       type, id, time, pick({"r", "s"}), fields);
}

TEST(FoldTest, AnyOrderPartitionAndRepetitionGivesTheSameRows) {
    EXPECT_TRUE(rc::check([] {
        const int count = *rc::gen::inRange(1, 40);
        std::vector<std::string> lines;
        for (int i = 0; i < count; ++i) lines.push_back(random_line(i));
        testing::MemoryIndex full;
        full.apply(lines);

        std::vector<std::string> shuffled = lines;
        for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
            shuffled.push_back(*rc::gen::elementOf(lines));
        }
        for (std::size_t i = shuffled.size(); i > 1; --i) {
            std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
        }
        testing::MemoryIndex parts;
        for (std::size_t begin = 0; begin < shuffled.size();) {
            const std::size_t size = *rc::gen::inRange<std::size_t>(1, 12);
            const std::size_t end = std::min(shuffled.size(), begin + size);
            parts.apply({shuffled.begin() + static_cast<std::ptrdiff_t>(begin),
                         shuffled.begin() + static_cast<std::ptrdiff_t>(end)});
            begin = end;
        }
        RC_ASSERT(parts.all_rows() == full.all_rows());
        RC_ASSERT(parts.kept_digest() == full.kept_digest());
        RC_ASSERT(parts.computed_digest() == parts.kept_digest());
    }));
}

std::vector<std::string> sample() {
    return {
        R"({"event_type":"run.started","event_id":"1","timestamp_ms":1,"run_id":"r"})",
        R"({"event_type":"trial.recorded","event_id":"2","timestamp_ms":2,"run_id":"r","trial_id":"t","params":{},"metrics":{}})",
        R"({"event_type":"run.tagged","event_id":"3","timestamp_ms":3,"run_id":"r","tags":{"a":"b"},"note":"n"})",
        R"({"event_type":"own.type","event_id":"4","timestamp_ms":4,"run_id":"r"})",
        R"({"event_type":"phase.completed","event_id":"5","timestamp_ms":5,"run_id":"r","phase_name":"p"})"};
}

TEST(FoldTest, ApplyingAgainChangesNothing) {
    testing::MemoryIndex index;
    index.apply(sample());
    const auto rows = index.all_rows();
    const std::string digest = index.kept_digest();
    const Applied applied = index.apply(sample(), true);
    EXPECT_EQ(applied.duplicates, sample().size());
    EXPECT_EQ(index.all_rows(), rows);
    EXPECT_EQ(index.kept_digest(), digest);
    EXPECT_EQ(index.rows("SELECT count(*) FROM index_events"), std::vector<std::string>{"5"});
}

TEST(FoldTest, ApplyingAgainBringsLostRowsBack) {
    testing::MemoryIndex index;
    index.apply(sample());
    const auto rows = index.all_rows();
    testing::expect_ok(index.connection().execute("DELETE FROM run_tags"));
    index.apply(sample(), true);
    EXPECT_EQ(index.all_rows(), rows);
}

TEST(FoldTest, ALaterCopyWithALesserHashAsksForARebuild) {
    const std::string a =
        R"({"event_type":"own.type","event_id":"1","timestamp_ms":1,"run_id":"r","v":1})";
    const std::string b =
        R"({"event_type":"own.type","event_id":"1","timestamp_ms":2,"run_id":"s","v":2})";
    testing::MemoryIndex both;
    both.apply({a, b});
    const std::vector<std::string> expected = both.all_rows();
    std::size_t rebuilds = 0;
    for (const auto& [first, second] : {std::pair(a, b), std::pair(b, a)}) {
        testing::MemoryIndex index;
        index.apply({first});
        const auto before = index.all_rows();
        const Applied applied = index.apply({second});
        if (applied.displaced.empty()) {
            EXPECT_EQ(applied.conflicts, 1U);
            EXPECT_EQ(index.all_rows(), expected);
            continue;
        }
        ++rebuilds;
        EXPECT_EQ(index.all_rows(), before) << "nothing may have been applied";
        testing::MemoryIndex again;
        again.conflicts() = applied.displaced;
        again.apply({first});
        again.apply({second});
        EXPECT_EQ(again.all_rows(), expected);
    }
    EXPECT_EQ(rebuilds, 1U);
}

TEST(FoldTest, AnIdWithConflictsInSeveralBatchesIsListedOnce) {
    testing::MemoryIndex index;
    for (int version = 0; version < 8; ++version) {
        const std::string line = fmt::format(
            R"({{"event_type":"own.type","event_id":"1","timestamp_ms":1,"run_id":"r","v":{}}})",
            version);
        const Applied applied = index.apply({line});
        for (const auto& [id, content] : applied.displaced) index.conflicts()[id] = content;
    }
    EXPECT_EQ(index.rows("SELECT count(*) FROM index_conflicts"), std::vector<std::string>{"1"});
}

TEST(FoldTest, CursorsDamageAndDigestAreWrittenWithTheRows) {
    testing::MemoryIndex index;
    Batch batch = testing::make_batch({sample()[0], "broken"});
    batch.parts[0].bytes = 77;
    batch.parts[0].lines = 2;
    testing::value_of(index.fold().apply(batch, {}));
    EXPECT_EQ(index.rows("SELECT part, bytes, lines FROM index_parts"),
              std::vector<std::string>{"day=2026-01-01/part-000001 | 77 | 2"});
    EXPECT_EQ(index.rows("SELECT part, length, reason FROM index_damage"),
              std::vector<std::string>{"day=2026-01-01/part-000001 | 6 | no_object"});
    EXPECT_EQ(index.rows("SELECT digest FROM index_meta"),
              std::vector<std::string>{index.kept_digest()});
}

}  // namespace
}  // namespace daybook::index
