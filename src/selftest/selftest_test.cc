#include "selftest/selftest.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::selftest {
namespace {

Traits traits(const std::string& not_durable) {
    return {.filesystem = {.type = "ext4", .source = "/dev/sda1", .not_durable = not_durable}};
}
Speed speed(std::int64_t sync_ns) {
    Speed speed;
    speed.sync = {.count = 1, .p50_ns = sync_ns};
    speed.process = {.count = 1, .p50_ns = 1'200};
    speed.power = {.count = 1, .p50_ns = 3'100'000};
    return speed;
}

TEST(SelfTestVerdict, SaysWhatIsKeptAndWhatItCosts) {
    EXPECT_EQ(verdict_of("/data", traits(""), speed(3'000'000), {}),
              "Daybook keeps its promises on /data (ext4, /dev/sda1): what was acknowledged "
              "outlives the death of any process, and at `power` what this device says it has "
              "written. An event costs 1.2 µs at `process`, 3.1 ms at `power`.");
}

TEST(SelfTestVerdict, SaysThatADeviceAnswersTooSoon) {
    EXPECT_NE(verdict_of("/data", traits(""), speed(9'000), {}).find("after 9.0 µs, before it can"),
              std::string::npos);
}

TEST(SelfTestVerdict, SaysThatPowerLossIsNotSurvived) {
    const std::string verdict = verdict_of("/data", traits("it is memory"), speed(1), {});
    EXPECT_NE(verdict.find("but for power loss"), std::string::npos);
    EXPECT_NE(verdict.find("but it is memory"), std::string::npos);
    // That memory answers at once is no news.
    EXPECT_EQ(verdict.find("before it can have"), std::string::npos);
}

TEST(SelfTestVerdict, SaysWhatIsBad) {
    const Checks checks = {{.name = "locks", .result = "do not hold", .verdict = Verdict::kBad},
                           {.name = "reflinks", .result = "none", .verdict = Verdict::kNote}};
    EXPECT_EQ(verdict_of("/data", traits(""), speed(1), checks),
              "Do not keep a ledger on /data (ext4, /dev/sda1): locks: do not hold.");
}

TEST(SelfTest, LeavesNothingBehindAndStopsWhereNothingCanBeKept) {
    const os::TempDir dir;
    // `false` takes any arguments and fails as one who finds the lock held, even when it is free.
    const Report report = run({.dir = dir.path(), .program = "false", .seconds = 1}).value();
    EXPECT_FALSE(report.keeps_promises);
    EXPECT_FALSE(report.survives_power);
    for (const Check& check : report.checks) EXPECT_EQ(check.stage, "traits");
    EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SelfTest, KeepsItsDirectoryIfItIsAskedTo) {
    const os::TempDir dir;
    const Report report =
        run({.dir = dir.path(), .program = "false", .seconds = 1, .keep = true}).value();
    EXPECT_TRUE(std::filesystem::is_directory(report.directory));
}

TEST(SelfTest, CleansUpWhenItIsStopped) {
    const os::TempDir dir;
    const std::atomic<bool> stop{true};
    EXPECT_EQ(run({.dir = dir.path(), .program = "false", .stop = &stop}).error().code(),
              ErrorCode::kCancelled);
    EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SelfTest, CannotLookWhereThereIsNothing) {
    EXPECT_EQ(run({.dir = "/nowhere/at/all", .program = "false"}).error().code(),
              ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::selftest
