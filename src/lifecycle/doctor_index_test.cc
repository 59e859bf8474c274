#include "lifecycle/doctor_look.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle/test_doctor.h"
#include "log/scan.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

using DoctorIndexTest = DoctorLedgerTest;

using Strings = std::vector<std::string>;

TEST_F(DoctorIndexTest, ARunWhoseProcessHasDiedIsFoundAndOneThatHasEndedIsNot) {
    const pid_t child = ::fork();
    if (child == 0) {
        Result<Ledger> ledger = Ledger::open(dir_.root());
        Result<daybook::Run> run =
            ledger->start_run({.type = "policy", .run_id = "lost", .capture = Capture::kNone});
        ::_exit(run ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_EQ(sick(), Strings{"runs: warn"});
    EXPECT_EQ(testing::value_of(look_at_index(dir_, clock_)).dead, Strings{"lost"});
    // Its end stands in the log alone, beyond the snapshot.
    build();
    emit(R"({"event_type":"run.cancelled","run_id":"lost"})");
    EXPECT_EQ(sick(), Strings{});
}

TEST_F(DoctorIndexTest, ARunOfNobodyKnownIsSilentAfterAWeek) {
    emit(R"({"event_type":"run.started","run_id":"claims"})");
    EXPECT_EQ(sick(), Strings{});
    clock_.advance_ms(std::int64_t{8} * 86'400'000);
    const auto found = testing::value_of(look_at_index(dir_, clock_)).uncertain;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].run_id, "claims");
    EXPECT_EQ(found[0].since, found[0].last_event);
    const Strings now_sick = sick();
    EXPECT_NE(std::find(now_sick.begin(), now_sick.end(), "runs: warn"), now_sick.end());
    emit(R"({"event_type":"run.cancelled","run_id":"claims"})");
    EXPECT_TRUE(testing::value_of(look_at_index(dir_, clock_)).uncertain.empty());
}

TEST_F(DoctorIndexTest, DamageIsBadUntilARepairHasDealtWithIt) {
    const auto parts = testing::value_of(log::list_parts(dir_.layout()));
    const std::string name = log::to_string(parts[0].id);
    const std::uint64_t offset = parts[0].size.value();
    std::ofstream(dir_.layout().part_path(parts[0].id), std::ios::app) << "garbage\n";
    build();
    EXPECT_EQ(sick(), Strings{"damage: bad"});
    emit(R"({"event_type":"ledger.repaired","run_id":"_ledger","part":")" + name +
         R"(","offset":)" + std::to_string(offset) + R"(,"bytes":8,"reason":"no_object"})");
    EXPECT_EQ(sick(), Strings{});
}

TEST_F(DoctorIndexTest, AnIndexOfAnotherLogIsSaid) {
    fs::remove_all(dir_.layout().events_dir());
    emit(R"({"event_type":"run.started","run_id":"other"})");
    EXPECT_EQ(sick(), Strings{"index: bad"});
    // The first question makes one.
    fs::remove_all(dir_.index_dir());
    EXPECT_EQ(sick(), Strings{});
}

}  // namespace
}  // namespace daybook::lifecycle
