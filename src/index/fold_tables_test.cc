#include "support/index_memory.h"

namespace daybook::index {
namespace {

std::string trial(int id, int time, const char* run, const char* trial_id) {
    return fmt::format(R"({{"event_type":"trial.recorded","event_id":"{}","timestamp_ms":{},)"
                       R"("run_id":"{}","trial_id":"{}","params":{{"id":{}}},"metrics":{{}}}})",
                       id, time, run, trial_id, id);
}

TEST(FoldTablesTest, ALaterBatchReplacesOnlyWhatItBeats) {
    testing::MemoryIndex index;
    index.apply({trial(1, 10, "r", "a"), trial(2, 10, "r", "b"), trial(3, 10, "s", "a")});
    index.apply({trial(4, 11, "r", "a"), trial(5, 9, "r", "b"), trial(6, 1, "r", "c")});
    EXPECT_EQ(index.rows("SELECT run_id, trial_id, params FROM trial_results ORDER BY ALL"),
              (std::vector<std::string>{"r | a | {\"id\":4}", "r | b | {\"id\":2}",
                                        "r | c | {\"id\":6}", "s | a | {\"id\":3}"}));
    EXPECT_EQ(index.rows("SELECT run_id, trials FROM runs_status ORDER BY ALL"),
              (std::vector<std::string>{"r | 3", "s | 1"}));
    EXPECT_EQ(index.kept_digest(), index.computed_digest());
}

TEST(FoldTablesTest, EqualTimesAreSettledByTheId) {
    testing::MemoryIndex index;
    index.apply({trial(5, 10, "r", "a")});
    index.apply({trial(4, 10, "r", "a")});
    EXPECT_EQ(index.rows("SELECT params FROM trial_results"),
              std::vector<std::string>{"{\"id\":5}"});
}

TEST(FoldTablesTest, AnErrorLeavesTheIndexAsItWas) {
    testing::MemoryIndex index;
    index.apply({trial(1, 10, "r", "a")});
    const auto rows = index.all_rows();
    const std::string digest = index.kept_digest();
    testing::expect_ok(index.connection().execute("ALTER TABLE index_parts RENAME TO hidden"));
    Batch batch = testing::make_batch({trial(2, 11, "r", "a")});
    EXPECT_FALSE(index.fold().apply(batch, {}).has_value());
    testing::expect_ok(index.connection().execute("ALTER TABLE hidden RENAME TO index_parts"));
    EXPECT_EQ(index.all_rows(), rows);
    EXPECT_EQ(index.kept_digest(), digest);
}

}  // namespace
}  // namespace daybook::index
