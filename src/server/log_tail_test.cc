#include "server/log_tail.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::server {
namespace {

using Runs = std::vector<std::string>;

TailNews look(std::string_view lines) {
    TailNews news;
    json::Parser parser;
    look_at_lines(lines, parser, news);
    return news;
}

TEST(LogTail, SeesTheEndsOfRuns) {
    for (const char* type : {"run.completed", "run.failed", "run.cancelled"}) {
        EXPECT_TRUE(look(fmt::format("{{\"a\":1}}\n{{\"event_type\": \"{}\"}}\n", type)).run_ended);
    }
    EXPECT_FALSE(look("{\"event_type\":\"run.started\"}\n").run_ended);
    EXPECT_FALSE(look("").run_ended);
}

TEST(LogTail, SeesWhoSendsHeartbeats) {
    EXPECT_EQ(look("{\"event_type\":\"run.heartbeat\",\"run_id\":\"r1\"}\n"
                   "{\"event_type\":\"run.tagged\",\"note\":\"run.heartbeat\",\"run_id\":\"r2\"}\n"
                   "{\"run_id\":\"r\\u0033\",\"event_type\":\"run.heartbeat\"}\n"
                   "\"run.heartbeat\" and no object\n"
                   "{\"event_type\":\"run.heartbeat\",\"run_id\":\"r4\"}")
                  .heartbeats,
              (Runs{"r1", "r3", "r4"}));
}

class ReadTailTest : public ::testing::Test {
protected:
    void write(const std::string& text) const {
        ASSERT_TRUE(os::make_dirs(layout_.day_dir(part_.day)));
        ASSERT_TRUE(os::write_file_atomic(layout_.part_path(part_), text));
    }
    ByteOffset read(ByteOffset from, std::uint64_t bytes_max = 1'000'000'000) {
        return read_tail(layout_, part_, from, bytes_max, news_).value();
    }

    testing::TempDir dir_;
    log::Layout layout_{dir_.path()};
    log::PartId part_{parse_day("2026-01-01").value(), log::PartNumber(1)};
    TailNews news_;
};

TEST_F(ReadTailTest, StopsAtTheLastWholeLine) {
    write("{\"event_type\":\"run.started\"}\n{\"event_type\":\"run.comp");
    EXPECT_EQ(read(ByteOffset(0)), ByteOffset(29));
    EXPECT_FALSE(news_.run_ended);
    write("{\"event_type\":\"run.started\"}\n{\"event_type\":\"run.completed\"}\n");
    EXPECT_EQ(read(ByteOffset(29)), ByteOffset(60));
    EXPECT_TRUE(news_.run_ended);
    EXPECT_EQ(read(ByteOffset(60)), ByteOffset(60));
}

TEST_F(ReadTailTest, GoesOnBehindABlock) {
    const std::string long_line = "{\"x\":\"" + std::string(3'000'000, 'x') + "\"}\n";
    write(long_line + "{\"event_type\":\"run.failed\"}\n");
    EXPECT_EQ(read(ByteOffset(0)), ByteOffset(long_line.size() + 28));
    EXPECT_TRUE(news_.run_ended);
}

TEST_F(ReadTailTest, APartThatHasGoneHasNoNews) {
    EXPECT_EQ(read(ByteOffset(7)), ByteOffset(7));
    EXPECT_FALSE(news_.run_ended);
}

}  // namespace
}  // namespace daybook::server
