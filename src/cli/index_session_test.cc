#include "cli/index_session.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "index/builder.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

class IndexSessionTest : public ::testing::Test {
protected:
    IndexSessionTest()
        : root_(::testing::TempDir() + "daybook_session_" + std::to_string(::getpid())) {
        EXPECT_TRUE(os::make_dirs(root_ + "/events/day=2026-01-23"));
        append("r1");
    }
    ~IndexSessionTest() override { EXPECT_TRUE(os::remove_tree(root_)); }

    void append(const std::string& run_id) {
        events_ += R"({"event_type":"run.started","event_id":"1_)" + run_id +
                   R"(","timestamp_ms":1769126400000,"run_id":")" + run_id + "\"}\n";
        ASSERT_TRUE(
            os::write_file_atomic(root_ + "/events/day=2026-01-23/part-000001.jsonl", events_));
    }
    std::int64_t runs_seen() {
        Result<query::Session> session = open_index(root_);
        if (!session) return -1;
        const InterruptWatch watch(*session);
        Result<duck::Rows> rows = session->query("SELECT count(*) FROM latest_runs");
        return rows && rows->next().value_or(false) ? rows->get_int64(0) : -1;
    }

    std::string root_;
    std::string events_;
};

TEST_F(IndexSessionTest, SeesWhatTheLogHolds) {
    EXPECT_EQ(runs_seen(), 1);
    append("r2");
    EXPECT_EQ(runs_seen(), 2);
}

TEST_F(IndexSessionTest, AnIndexThatIsGoneIsMadeAgain) {
    EXPECT_EQ(runs_seen(), 1);
    ASSERT_TRUE(os::remove_tree(root_ + "/index"));
    EXPECT_EQ(runs_seen(), 1);
}

}  // namespace
}  // namespace daybook::cli
