// A retention that is killed at every one of its kill points: the next one finishes it, and what is
// left is as if nobody had been killed.

#include <filesystem>

#include "crash/step.h"
#include "lifecycle/test_retention.h"
#include "os/kill_point.h"

namespace daybook::testing {
namespace {

using Counts = std::map<std::string, int>;

std::string killed() { return os::kHasKillPoints ? "signal 9" : "exit 0"; }

class KilledRetention : public lifecycle::RetentionTest {
protected:
    // Two runs that go, over three days, and one that stays.
    void SetUp() override {
        run("a", 40, 2);
        run("b", 40, 3);
        run("stays", 20);
        append();
        archive();
        value_of(index::build(dir_.root()));
        std::filesystem::rename(dir_.root(), pristine_);
        prepare();
        before_ = log_counts();
        ASSERT_EQ(retain(), "exit 0");
        expected_ = log_counts();
        ASSERT_EQ(expected_.at("_ledger ledger.retained"), 3);
        expect_sound();
    }
    void prepare() {
        std::filesystem::remove_all(dir_.root());
        std::filesystem::copy(pristine_, dir_.root(), std::filesystem::copy_options::recursive);
    }
    std::string retain(const std::string& kill_at = "") {
        return run_step({dir_.root(), "30", std::to_string(clock_.now().value())}, kill_at);
    }
    // Every line is there once or has gone, and what has gone was to go.
    void expect_nothing_lost() {
        const Counts now = log_counts();
        for (const auto& [what, count] : before_) {
            const auto found = now.find(what);
            const int left = found == now.end() ? 0 : found->second;
            const auto at_end = expected_.find(what);
            EXPECT_LE(left, count) << what;
            EXPECT_GE(left, at_end == expected_.end() ? 0 : at_end->second) << what;
        }
    }

    std::string pristine_ = temp_ / "pristine";
    Counts before_;
    Counts expected_;
};

TEST_F(KilledRetention, IsFinishedByTheNextOneAsIfNobodyHadBeenKilled) {
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string name(to_string(point));
        if (!name.starts_with("retain.")) continue;
        const bool is_of_a_day = name != "retain.journal_written" && name != "retain.forgotten" &&
                                 name != "retain.journal_removed";
        for (int passage = 1; passage <= (is_of_a_day ? 3 : 1); passage += 2) {
            const std::string kill_at = fmt::format("{}:{}", name, passage);
            SCOPED_TRACE(kill_at);
            prepare();
            EXPECT_EQ(retain(kill_at), killed());
            expect_nothing_lost();
            // Who asks meanwhile is answered from what there is.
            EXPECT_EQ(
                rows("SELECT run_id, status FROM latest_runs WHERE run_id <> 'today' "
                     "ORDER BY 1"),
                (std::vector<std::string>{"a | completed", "b | completed", "stays | completed"}));
            EXPECT_EQ(retain(), "exit 0");
            EXPECT_EQ(log_counts(), expected_);
            expect_sound();
        }
    }
}

TEST_F(KilledRetention, ComesToAnEndHoweverOftenItIsKilled) {
    prepare();
    for (const char* point : {"retain.journal_written", "retain.file_written", "retain.file_named",
                              "retain.event_appended", "retain.manifest_written",
                              "retain.file_moved", "retain.day_done", "retain.forgotten"}) {
        EXPECT_EQ(retain(point), killed()) << point;
        expect_nothing_lost();
    }
    EXPECT_EQ(retain(), "exit 0");
    EXPECT_EQ(log_counts(), expected_);
    expect_sound();
}

}  // namespace
}  // namespace daybook::testing
