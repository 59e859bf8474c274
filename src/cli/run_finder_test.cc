#include "cli/run_finder.h"

#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

class RunFinderTest : public ::testing::Test {
protected:
    RunFinderTest()
        : dir_(::testing::TempDir() + "daybook_run_finder_" + std::to_string(::getpid())) {}
    ~RunFinderTest() override { EXPECT_TRUE(os::remove_tree(dir_.root())); }

    // A part in the form of another tool, which needs no checksums.
    void part(int number, std::initializer_list<std::string> events) {
        const log::PartId id{.day = Day(20476),
                             .number = log::PartNumber(static_cast<std::uint32_t>(number))};
        std::string bytes;
        for (const std::string& event : events) {
            bytes += R"({"event_type":"run.)" + event + "}\n";
        }
        ASSERT_TRUE(os::make_dirs(dir_.layout().day_dir(id.day)));
        ASSERT_TRUE(os::write_file_atomic(dir_.layout().part_path(id), bytes));
    }
    static std::string envelope(const std::string& type, const std::string& run_id) {
        return type + R"(","event_id":"1_00000000","timestamp_ms":1,"run_id":")" + run_id + '"';
    }

    ledger::LedgerDir dir_;
};

TEST_F(RunFinderTest, ARunThatNoEventNamesIsNotThere) {
    EXPECT_EQ(RunFinder(dir_).find("r1").value(), std::nullopt);
    part(1, {envelope("started", "r2")});
    EXPECT_EQ(RunFinder(dir_).find("r1").value(), std::nullopt);
}

TEST_F(RunFinderTest, ItsConfigurationAndAttemptsComeFromAllParts) {
    part(1, {envelope("created", "r1") + R"(,"config":{"a": 1},"data_fingerprint":"d\u0031")",
             envelope("started", "r1")});
    part(2, {envelope("started", "r1") + R"(,"attempt":3)",
             envelope("started", "r2") + R"(,"attempt":9)"});
    part(3, {envelope("started", "r1") + R"(,"attempt":2)"});
    const auto run = RunFinder(dir_).find("r1").value();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->config_json, R"({"a":1})");
    EXPECT_EQ(run->data_fingerprint, "d1");
    EXPECT_EQ(run->attempt, 3);
    EXPECT_FALSE(run->completed);
}

TEST_F(RunFinderTest, ARunThatWasOnlyCreatedHasNoAttempt) {
    part(1, {envelope("created", "r1")});
    EXPECT_EQ(RunFinder(dir_).find("r1").value()->attempt, 0);
}

TEST_F(RunFinderTest, RunsBelowItAreReadWithIt) {
    part(1, {envelope("created", "r1") + R"(,"run_type":"grid_search","config":{})",
             envelope("started", "r1"), envelope("started", "r1.a") + R"(,"attempt":2)",
             envelope("started", "r10")});
    RunFinder finder(dir_);
    EXPECT_EQ(finder.find("r1").value()->run_type, "grid_search");
    // What comes later is not looked for: the log is not read again.
    part(2, {envelope("started", "r1.b"), envelope("started", "r2")});
    EXPECT_EQ(finder.find("r1.a").value()->attempt, 2);
    EXPECT_EQ(finder.find("r1.b").value(), std::nullopt);
    EXPECT_TRUE(finder.find("r2").value());
    EXPECT_TRUE(finder.find("r10").value());
}

TEST_F(RunFinderTest, ARunWhoseProcessLivesAndHasNotEndedItIsCarriedOn) {
    const os::ProcessIdentity self = os::this_process();
    const std::string owner =
        fmt::format(R"(,"owner":{{"machine_id":"{}","boot_id":"{}","pid_namespace":"{}","pid":{},)"
                    R"("pid_start":{}}})",
                    self.machine_id, self.boot_id, self.pid_namespace, self.pid, self.pid_start);
    const std::string start = envelope("started", "r1") + owner;
    part(1, {start});
    EXPECT_EQ(RunFinder(dir_).find("r1").value()->carried_on_by,
              fmt::format("process {}", self.pid));
    part(2, {envelope("failed", "r1") + R"(,"attempt":1)"});
    EXPECT_EQ(RunFinder(dir_).find("r1").value()->carried_on_by, "");
    // Another attempt is another owner's.
    part(3, {envelope("started", "r1") + R"(,"attempt":2,"owner":{"pid":1})"});
    EXPECT_EQ(RunFinder(dir_).find("r1").value()->carried_on_by, "");
}

TEST_F(RunFinderTest, ACompletedRunIsSaidToBe) {
    part(1, {envelope("started", "r1"), envelope("completed", "r1")});
    EXPECT_TRUE(RunFinder(dir_).find("r1").value()->completed);
}

class ArchivedRunTest : public archive::ArchiveTest {};

TEST_F(ArchivedRunTest, ItsPastIsReadFromArchivesToo) {
    archive({put_part(archive::test_part(1), archive::own_line("r1", 1, "run.started") +
                                                 archive::own_line("r1", 2, "run.completed"))});
    put_part(archive::test_part(2), archive::own_line("r2", 1, "run.started"));
    const auto archived = RunFinder(dir_).find("r1").value();
    ASSERT_TRUE(archived);
    EXPECT_TRUE(archived->completed);
    EXPECT_EQ(archived->attempt, 1);
    EXPECT_FALSE(RunFinder(dir_).find("r2").value()->completed);
    EXPECT_EQ(RunFinder(dir_).find("r3").value(), std::nullopt);
}

}  // namespace
}  // namespace daybook::cli
