#include "index/log_news.h"

#include <fstream>

#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

constexpr const char* kPart = "day=2026-01-01/part-000003";

class LogNewsTest : public ::testing::Test {
protected:
    void append(const std::string& bytes) {
        testing::expect_ok(os::make_dirs(dir_ / "events/day=2026-01-01"));
        std::ofstream(dir_.path() + "/events/" + kPart + ".jsonl", std::ios::app) << bytes;
    }
    bool news(const BytesRead& read) { return testing::value_of(has_news(dir_.path(), read)); }

    testing::TempDir dir_;
};

TEST_F(LogNewsTest, WithoutALogThereIsNone) { EXPECT_FALSE(news({})); }

TEST_F(LogNewsTest, WholeLinesThatWereNotReadAreNews) {
    append("one\n");
    EXPECT_TRUE(news({}));
    EXPECT_FALSE(news({{kPart, 4}}));
    append("two\n");
    EXPECT_TRUE(news({{kPart, 4}}));
    EXPECT_FALSE(news({{kPart, 8}}));
}

TEST_F(LogNewsTest, AnUnfinishedLineIsNoneHoweverLong) {
    append("half");
    EXPECT_FALSE(news({}));
    append(std::string(200'000, 'x'));
    EXPECT_FALSE(news({}));
    append("\n");
    EXPECT_TRUE(news({}));
}

TEST_F(LogNewsTest, APartThatShrankOrHasGoneIsNews) {
    append("one\n");
    EXPECT_TRUE(news({{kPart, 5}}));
    EXPECT_TRUE(news({{kPart, 4}, {"day=2026-01-01/part-000004", 4}}));
}

}  // namespace
}  // namespace daybook::index
