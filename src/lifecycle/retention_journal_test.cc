#include "lifecycle/retention_journal.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/test_support.h"
#include "support/outcome.h"

namespace daybook::lifecycle {
namespace {

const RetentionJournal kJournal{.at = TimestampMs(1'769'126'400'000),
                                .reason = "two weeks",
                                .author = "ada",
                                .summaries = Summaries::kDrop,
                                .runs = {"a", "b \"quoted\""},
                                .days = {{Day(20476), {"e1", "e2"}}, {Day(20477), {"e3"}, {"e0"}}},
                                .days_of_runs = {Day(20475), Day(20476), Day(20477)}};

class RetentionJournalTest : public ::testing::Test {
protected:
    RetentionJournalTest() { testing::expect_ok(os::make_dirs(dir_.archive_dir())); }

    os::TempDir directory_;
    ledger::LedgerDir dir_{directory_.path()};
};

TEST_F(RetentionJournalTest, WhatIsWrittenIsReadBackUntilItIsRemoved) {
    EXPECT_EQ(testing::value_of(read_journal(dir_)), std::nullopt);
    testing::expect_ok(write_journal(dir_, kJournal));
    EXPECT_EQ(testing::value_of(read_journal(dir_)), kJournal);
    testing::expect_ok(remove_journal(dir_));
    EXPECT_EQ(testing::value_of(read_journal(dir_)), std::nullopt);
}

TEST_F(RetentionJournalTest, ATextThatIsNoUtf8DoesNotStopIt) {
    RetentionJournal journal = kJournal;
    journal.reason = "bad \xff byte";
    testing::expect_ok(write_journal(dir_, journal));
    EXPECT_EQ(testing::value_of(read_journal(dir_))->reason, "bad \xEF\xBF\xBD byte");
}

TEST_F(RetentionJournalTest, EveryCutIsRefused) {
    testing::expect_ok(write_journal(dir_, kJournal));
    const std::string text =
        testing::value_of(os::read_file(dir_.retention_journal_path(), 10'000));
    for (std::size_t cut = 0; cut + 2 < text.size(); ++cut) {
        testing::expect_ok(
            os::write_file_atomic(dir_.retention_journal_path(), text.substr(0, cut)));
        const auto read = read_journal(dir_);
        ASSERT_FALSE(read.has_value()) << cut;
        EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt) << cut;
    }
}

TEST_F(RetentionJournalTest, WhatIsNotAsItShouldBeIsNamed) {
    for (const auto& [text, named] : std::vector<std::pair<std::string, std::string>>{
             {R"({"format":2})", "its format is 2"},
             {R"({"format":1})", "`at_ms`: found nothing"},
             {R"({"format":1,"at_ms":1,"summaries":"some"})", "`summaries`: found some"},
             {R"({"format":1,"at_ms":1,"summaries":"keep","runs":[]})", "`runs`: found none"},
             {R"({"format":1,"at_ms":1,"summaries":"keep","runs":["a"],"days":[{"day":"x"}]})",
              "`days`, entry 1: `day`: found x"},
             {R"({"format":1,"at_ms":1,"summaries":"keep","runs":["a"],"days":[{"day":)"
              R"("2026-01-23","event_ids":[]}]})",
              "`event_ids`: found none"},
             {R"({"format":1,"at_ms":1,"summaries":"keep","runs":["a"],"days":[],)"
              R"("days_of_runs":["soon"]})",
              "`days_of_runs`: found soon"}}) {
        testing::expect_ok(os::write_file_atomic(dir_.retention_journal_path(), text));
        const auto read = read_journal(dir_);
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_NE(read.error().message().find(named), std::string::npos) << read.error().message();
        const bool has_cure =
            read.error().message().find("move it out of archive/") != std::string::npos;
        EXPECT_EQ(has_cure, read.error().code() == ErrorCode::kCorrupt) << read.error().message();
    }
}

}  // namespace
}  // namespace daybook::lifecycle
