#include "cli/run_recorder.h"

#include <vector>

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"
#include "os/test_support.h"

namespace daybook::cli {
namespace {

TEST(RunRecorder, WhatIsNoEventIsTheProgramsMistake) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    recorder.emit(event::RunHeartbeat{});
    const Status refused = recorder.emit_json(R"({"event_type":"metric.recorded","run_id":"r"})");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("metrics"), std::string::npos);
    EXPECT_EQ(recorder.lost(), 0u);
    EXPECT_EQ(ledger.told().size(), 0u);
}

TEST(RunRecorder, AnEventOfOursThatIsRefusedIsLost) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    recorder.emit(event::RunCreated{.run_type = "", .config = Json{"{}"}, .data_fingerprint = ""});
    EXPECT_EQ(recorder.lost(), 1u);
    EXPECT_TRUE(ledger.notes().has_warned());
}

TEST(RunRecorder, WhatWasDeletedFromTheLedgerIsToldThoughNothingIsRefused) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    recorder.emit(event::RunHeartbeat{});
    recorder.sync();
    EXPECT_TRUE(recorder.has_all());
    ASSERT_TRUE(os::remove_tree(ledger.root() + "/events"));
    recorder.emit(event::RunHeartbeat{});
    recorder.sync();
    EXPECT_FALSE(recorder.has_all());
    EXPECT_EQ(recorder.lost(), 0u);
    ASSERT_EQ(ledger.told().size(), 1u);
    EXPECT_NE(ledger.told().front().find("deleted"), std::string::npos);
}

TEST(RunRecorder, SyncCostsNothingIfNothingWasRecorded) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    recorder.emit(event::RunHeartbeat{});
    os::Faults faults;
    recorder.sync();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 1);
    recorder.sync();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 1);
}

TEST(RunRecorder, WhatTheDiskRefusesIsToldOnceAndRecordedLater) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    {
        os::Faults faults;
        faults.set_room(0);
        recorder.emit(event::RunHeartbeat{});
        EXPECT_TRUE(recorder.emit_json(R"({"event_type":"run.heartbeat","run_id":"r"})"));
        EXPECT_EQ(recorder.lost(), 2u);
        recorder.sync();
        ASSERT_EQ(ledger.told().size(), 1u);
        EXPECT_TRUE(ledger.told().front().ends_with("tried again")) << ledger.told().front();
    }
    EXPECT_EQ(recorder.lost(), 0u);
    EXPECT_EQ(ledger.lines().size(), 2u);
}

TEST(RunNotes, OfManyRemarksTheFirstAreTold) {
    std::vector<std::string> told;
    const auto tell = [&](std::string_view text) { told.emplace_back(text); };
    RunNotes notes(tell, false);
    for (int i = 0; i < 25; ++i) notes.remark("odd");
    EXPECT_EQ(told.size(), 20u);
    notes.finish();
    EXPECT_EQ(told.back(), "5 more of such remarks");
    told.clear();
    RunNotes quiet(tell, true);
    quiet.remark("odd");
    quiet.finish();
    quiet.warn("lost");
    EXPECT_EQ(told, std::vector<std::string>{"lost"});
}

}  // namespace
}  // namespace daybook::cli
