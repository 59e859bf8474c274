#include "selftest/storm.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "log/test_support.h"
#include "selftest/worker.h"

namespace daybook::selftest {
namespace {

TEST(LastAcknowledged, IsTheLastWholeLine) {
    std::string trouble;
    EXPECT_EQ(last_acknowledged("", &trouble), 0u);
    EXPECT_EQ(last_acknowledged("1\n2\n1", &trouble), 2u);
    EXPECT_EQ(trouble, "");
    EXPECT_EQ(last_acknowledged("1\ndaybook: error: no room\n", &trouble), 1u);
    EXPECT_EQ(trouble, "daybook: error: no room");
}

class TakeStock : public log::LogTest {
protected:
    static std::string event(const std::string& name, std::uint64_t seq) {
        std::string line = log::draft_text("id" + std::to_string(seq));
        line += R"(,"trial_id":")" + name + '"';
        log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
        return line;
    }
    StormResult stock(const Acknowledged& acknowledged) {
        return take_stock(ledger_, acknowledged).value();
    }
    ledger::LedgerDir ledger_{layout_.root()};
};

TEST_F(TakeStock, CountsWhatIsThereAndWhatIsNot) {
    put_part(1, event("0.0-1", 1) + event("0.0-2", 2) + event("1.0-1", 3));
    EXPECT_EQ(stock({{"0.0", 2}, {"1.0", 1}}), (StormResult{.events = 3, .acknowledged = 3}));
    // What was not acknowledged may be there, and what was must be.
    EXPECT_EQ(stock({{"0.0", 1}, {"1.0", 0}}), (StormResult{.events = 3, .acknowledged = 1}));
    EXPECT_EQ(stock({{"0.0", 4}, {"2.0", 1}}),
              (StormResult{.events = 3, .acknowledged = 5, .lost = 3}));
}

TEST_F(TakeStock, CountsRepeatedDamagedAndTornLines) {
    put_part(1, event("0.0-1", 1) + event("0.0-1", 2) + "bad\n{\"half");
    ASSERT_TRUE(os::make_dirs(layout_.torn_dir()));
    put_file(layout_.torn_path(log::part_of_today(1), ByteOffset(9)), "half");
    EXPECT_EQ(
        stock({{"0.0", 1}}),
        (StormResult{.events = 2, .acknowledged = 1, .repeated = 1, .damaged = 1, .torn = 2}));
}

TEST_F(TakeStock, AWriterThatFailsIsSaid) {
    // `false` takes any arguments, and fails.
    const StageContext context{
        .dir = dir_.path(), .program = "false", .seed = 1, .budget_ns = 5'000'000'000};
    const Checks checks = run_storm(context, ledger_).value();
    ASSERT_FALSE(checks.empty());
    EXPECT_EQ(checks[0].name, "writers");
    EXPECT_EQ(checks[0].result, "a writer ended with 1: it said nothing");
    EXPECT_EQ(checks[0].verdict, Verdict::kBad);
}

}  // namespace
}  // namespace daybook::selftest
