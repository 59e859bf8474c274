#include "cli/run_recorder.h"

#include <sys/resource.h>

#include <vector>

#include <gtest/gtest.h>

#include "ledger/ledger_dir.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

class RunRecorderTest : public ::testing::Test {
protected:
    testing::TempDir dir_;
    std::unique_ptr<ledger::EventLog> log_ =
        ledger::EventLog::open(ledger::LedgerDir(dir_.path()), {.background = false}).value();
    std::vector<std::string> told_;
    RunNotes notes_{[this](std::string_view text) { told_.emplace_back(text); }, false};
};

TEST_F(RunRecorderTest, WhatIsNoEventIsTheProgramsMistake) {
    RunRecorder recorder(log_.get(), "r", notes_);
    EXPECT_TRUE(recorder.emit(event::RunHeartbeat{}));
    const Status refused = recorder.emit_json(R"({"event_type":"metric.recorded","run_id":"r"})");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("metrics"), std::string::npos);
    EXPECT_EQ(recorder.lost(), 0u);
    EXPECT_EQ(told_.size(), 0u);
}

TEST_F(RunRecorderTest, WhatWasRecordedIsSyncedOnce) {
    RunRecorder recorder(log_.get(), "r", notes_);
    const auto syncs = [&] { return log_->stats().syncs; };
    EXPECT_TRUE(recorder.emit(event::RunHeartbeat{}));
    const auto before = syncs();
    recorder.sync();
    EXPECT_EQ(syncs(), before + 1);
    recorder.sync();
    EXPECT_EQ(syncs(), before + 1);
    RunRecorder(nullptr, "r", notes_).sync();
}

TEST_F(RunRecorderTest, WhatTheDiskRefusesIsCountedAndToldOnce) {
    RunRecorder recorder(log_.get(), "r", notes_);
    struct rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit none{.rlim_cur = 1, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    EXPECT_FALSE(recorder.emit(event::RunHeartbeat{}));
    EXPECT_TRUE(recorder.emit_json(R"({"event_type":"run.heartbeat","run_id":"r"})"));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(recorder.lost(), 2u);
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_TRUE(told_.front().starts_with("not recorded: ")) << told_.front();
    EXPECT_TRUE(recorder.emit(event::RunHeartbeat{}));
}

TEST_F(RunRecorderTest, WithoutALedgerEverythingIsLost) {
    RunRecorder recorder(nullptr, "r", notes_);
    EXPECT_FALSE(recorder.emit(event::RunHeartbeat{}));
    EXPECT_TRUE(recorder.emit_json("{}"));
    EXPECT_EQ(recorder.lost(), 2u);
}

TEST_F(RunRecorderTest, OfManyRemarksTheFirstAreTold) {
    for (int i = 0; i < 25; ++i) notes_.remark("odd");
    EXPECT_EQ(told_.size(), 20u);
    notes_.finish();
    EXPECT_EQ(told_.back(), "5 more of such remarks");
    RunNotes quiet([this](std::string_view text) { told_.emplace_back(text); }, true);
    told_.clear();
    quiet.remark("odd");
    quiet.finish();
    quiet.warn("lost");
    EXPECT_EQ(told_, std::vector<std::string>{"lost"});
}

}  // namespace
}  // namespace daybook::cli
