// A repair that is killed, at each of its steps and at random moments, and run again.

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "ledger/repair.h"
#include "ledger/verify.h"
#include "log/test_support.h"
#include "os/child.h"
#include "os/kill_point.h"
#include "os/test_support.h"

namespace daybook::testing {
namespace {

constexpr int kKilled = 128 + 9;

std::string record(const std::string& id, std::uint64_t seq) {
    std::string line = log::whole_line(id, seq);
    line.pop_back();
    return line;
}

class RepairKillTest : public log::LogTest {
protected:
    // Records buried in three ways, damage that holds none, a stray file.
    void wreck() {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        put_part(1, log::whole_line("a", 1) + "half" + record("b", 2) + "\n" +
                        log::whole_line("c", 3, 2) + "bad\n" + log::whole_line("f", 6) +
                        record("g", 7).substr(0, 50));
        put_part(2, log::whole_line("h", 1) + "x" + record("i", 2));
        put_file(layout_.root() + "/ledger.json.tmp-2147483647", "half");
        const std::vector<std::string> age = {"touch", "-d", "2 hours ago",
                                              layout_.root() + "/ledger.json.tmp-2147483647"};
        ASSERT_EQ(os::Child::start(age, dir_ / "output").value().wait().value(), 0);
    }
    os::Child start(const std::string& kill_at) {
        std::vector<std::string> argv = {"env", "DAYBOOK_KILL_AT=" + kill_at, DAYBOOK_REPAIR_ONCE,
                                         layout_.root()};
        return os::Child::start(argv, dir_ / "output").value();
    }
    void expect_saved() {
        std::map<std::string, int> copies;
        for (const std::string& id : read_ids()) ++copies[id];
        for (const char* id : {"a", "b", "c", "f", "h", "i"}) {
            EXPECT_EQ(copies[id], 1) << id;
        }
        EXPECT_TRUE(ledger::verify(ledger::LedgerDir(layout_.root())).value().clean());
    }
    void expect_finishes() {
        EXPECT_EQ(start("").wait().value(), 0);
        expect_saved();
        const auto again = ledger::repair(ledger::LedgerDir(layout_.root()));
        ASSERT_TRUE(again);
        EXPECT_FALSE(again->has_work());
    }
};

TEST_F(RepairKillTest, AtEveryKillPoint) {
    int visited = 0;
    for (const os::KillPoint point : os::all_kill_points()) {
        for (int passage = 1;; ++passage) {
            const std::string at = fmt::format("{}:{}", os::to_string(point), passage);
            SCOPED_TRACE(at);
            wreck();
            const int code = start(at).wait().value();
            if (code != kKilled) {
                EXPECT_EQ(code, 0);
                break;
            }
            ++visited;
            expect_finishes();
            if (HasFailure()) return;
        }
    }
    // Two ranges, one batch of records, five events, one file; and the lanes' own.  A release build
    // has no kill points.
    EXPECT_GE(visited, os::kHasKillPoints ? 15 : 0);
}

TEST_F(RepairKillTest, AtAnyMoment) {
    const std::uint64_t seed = random_seed();
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    int killed = 0;
    for (int round = 0; round < 60; ++round) {
        wreck();
        {
            os::Child child = start("");
            std::this_thread::sleep_for(std::chrono::microseconds(random.next() % 12'000));
            if (!child.poll().value()) ++killed;
        }  // Whoever is not through is killed here.
        expect_finishes();
        if (HasFailure()) return;
    }
    EXPECT_GT(killed, 0);
}

}  // namespace
}  // namespace daybook::testing
