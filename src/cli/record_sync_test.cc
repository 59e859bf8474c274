#include "cli/record_sync.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"
#include "os/test_support.h"

namespace daybook::cli {
namespace {

TEST(RecordSync, WhatIsRecordedIsSyncedAndWhatWasRefusedTriedAgain) {
    TestRunLedger ledger;
    RunRecorder& recorder = ledger.recorder();
    os::Faults faults;
    const RecordSync sync(recorder);
    recorder.emit(event::RunHeartbeat{});
    const auto syncs_reach = [&](int count) {
        for (int i = 0; i < 1000 && faults.count(os::Call::kFdatasync) < count; ++i) {
            ::usleep(10'000);
        }
        return faults.count(os::Call::kFdatasync) >= count;
    };
    EXPECT_TRUE(syncs_reach(1));
    faults.set_room(0);
    recorder.emit(event::RunHeartbeat{});
    EXPECT_EQ(ledger.lines().size(), 1u);
    faults.set_endless_room();
    EXPECT_TRUE(syncs_reach(2));
    EXPECT_EQ(ledger.lines().size(), 2u);
}

}  // namespace
}  // namespace daybook::cli
