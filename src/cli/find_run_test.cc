#include "cli/find_run.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

class FindRunTest : public ::testing::Test {
protected:
    FindRunTest()
        : layout_(::testing::TempDir() + "daybook_find_run_" + std::to_string(::getpid())) {}
    ~FindRunTest() override { EXPECT_TRUE(os::remove_tree(layout_.root())); }

    // A part in the form of another tool, which needs no checksums.
    void part(int number, std::initializer_list<std::string> events) {
        const log::PartId id{.day = Day(20476),
                             .number = log::PartNumber(static_cast<std::uint32_t>(number))};
        std::string bytes;
        for (const std::string& event : events) {
            bytes += R"({"event_type":"run.)" + event + "}\n";
        }
        ASSERT_TRUE(os::make_dirs(layout_.day_dir(id.day)));
        ASSERT_TRUE(os::write_file_atomic(layout_.part_path(id), bytes));
    }
    static std::string envelope(const std::string& type, const std::string& run_id) {
        return type + R"(","event_id":"1_00000000","timestamp_ms":1,"run_id":")" + run_id + '"';
    }

    log::Layout layout_;
};

TEST_F(FindRunTest, ARunThatNoEventNamesIsNotThere) {
    EXPECT_EQ(find_run(layout_, "r1").value(), std::nullopt);
    part(1, {envelope("started", "r2")});
    EXPECT_EQ(find_run(layout_, "r1").value(), std::nullopt);
}

TEST_F(FindRunTest, ItsConfigurationAndAttemptsComeFromAllParts) {
    part(1, {envelope("created", "r1") + R"(,"config":{"a": 1},"data_fingerprint":"d\u0031")",
             envelope("started", "r1")});
    part(2, {envelope("started", "r1") + R"(,"attempt":3)",
             envelope("started", "r2") + R"(,"attempt":9)"});
    part(3, {envelope("started", "r1") + R"(,"attempt":2)"});
    const auto run = find_run(layout_, "r1").value();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->config_json, R"({"a":1})");
    EXPECT_EQ(run->data_fingerprint, "d1");
    EXPECT_EQ(run->attempt, 3);
    EXPECT_FALSE(run->completed);
}

TEST_F(FindRunTest, ARunThatWasOnlyCreatedHasNoAttempt) {
    part(1, {envelope("created", "r1")});
    EXPECT_EQ(find_run(layout_, "r1").value()->attempt, 0);
}

TEST_F(FindRunTest, ACompletedRunIsSaidToBe) {
    part(1, {envelope("started", "r1"), envelope("completed", "r1")});
    EXPECT_TRUE(find_run(layout_, "r1").value()->completed);
}

}  // namespace
}  // namespace daybook::cli
