#include "cli/metrics_file.h"

#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

using Lines = std::vector<std::string>;

class MetricsFileTest : public ::testing::Test {
protected:
    void append(std::string_view bytes) const {
        const auto fd = os::open_fd(path_, O_WRONLY | O_CREAT | O_APPEND);
        ASSERT_TRUE(fd);
        ASSERT_FALSE(os::write_all(fd->get(), bytes, path_).error);
    }
    MetricsFile follow() {
        return MetricsFile::follow(path_,
                                   [this](std::string_view json, std::uint64_t line) {
                                       lines_.push_back(fmt::format("{} {}", line, json));
                                   })
            .value();
    }
    // What has been found since the last call.
    Lines found() { return std::exchange(lines_, {}); }

    testing::TempDir dir_;
    std::string path_ = os::join_path(dir_.path(), "metrics.jsonl");
    Lines lines_;
};

TEST_F(MetricsFileTest, WholeLinesAreReadAsTheyCome) {
    MetricsFile file = follow();
    ASSERT_TRUE(file.read());
    EXPECT_EQ(found(), Lines{});
    append("{\"a\":1}\n{\"b\"");
    ASSERT_TRUE(file.read());
    EXPECT_EQ(found(), Lines{"1 {\"a\":1}"});
    append(":2}\r\n\ndaybook: {\"c\":3}\n{\"d\":4}");
    ASSERT_TRUE(file.read());
    EXPECT_EQ(found(), (Lines{"2 {\"b\":2}", "4 {\"c\":3}"}));
    ASSERT_TRUE(file.finish());
    EXPECT_EQ(found(), Lines{"5 {\"d\":4}"});
}

TEST_F(MetricsFileTest, WhatWasThereBeforeIsOfAnotherRun) {
    append("{\"old\":1}\n");
    MetricsFile file = follow();
    append("{\"new\":1}\n");
    ASSERT_TRUE(file.finish());
    EXPECT_EQ(found(), Lines{"1 {\"new\":1}"});
}

TEST_F(MetricsFileTest, AFileThatBeginsAnewIsReadAnew) {
    append("{\"old\":1}\n{\"old\":2}\n");
    MetricsFile file = follow();
    ASSERT_TRUE(os::remove_file(path_));
    append("{\"new\":1}\n");
    ASSERT_TRUE(file.read());
    EXPECT_EQ(found(), Lines{"1 {\"new\":1}"});
    ASSERT_TRUE(os::write_file_atomic(path_, "{}\n"));
    ASSERT_TRUE(file.finish());
    EXPECT_EQ(found(), Lines{"1 {}"});
}

TEST_F(MetricsFileTest, ALineWithoutAnEndTakesNoMoreMemoryThanAnEvent) {
    MetricsFile file = follow();
    const std::string many(std::size_t{20} << 20, 'x');
    append(many);
    std::size_t bytes = 0;
    ASSERT_TRUE(file.read());
    ASSERT_TRUE(file.finish());
    for (const std::string& line : found()) bytes += line.size();
    EXPECT_LT(bytes, std::size_t{17} << 20);
}

TEST_F(MetricsFileTest, ADirectoryIsRefused) {
    const auto refused = MetricsFile::follow(dir_.path(), [](auto, auto) {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("it is a directory, expected a file"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
