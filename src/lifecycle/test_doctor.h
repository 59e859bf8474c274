// What tests of the doctor share: a ledger with a run that is over, and indexed.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "daybook/ledger.h"
#include "daybook/run.h"
#include "index/builder.h"
#include "ledger/event_log.h"
#include "lifecycle/doctor_look.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {

class DoctorLedgerTest : public ::testing::Test {
protected:
    DoctorLedgerTest() {
        Ledger ledger = testing::value_of(Ledger::open(dir_.root()));
        daybook::Run run = testing::value_of(ledger.start_run({.type = "policy"}));
        testing::expect_ok(run.complete());
        build();
    }
    void build() { testing::value_of(index::build(dir_.root(), {.threads = 1})); }
    void emit(const std::string& event) {
        const auto log = testing::value_of(ledger::EventLog::open(dir_, {.background = false}));
        testing::value_of(log->emit_json(event));
    }
    // What is not well, but for what the test's own disk may bring about.
    std::vector<std::string> sick() const {
        const auto plain = [](std::uint64_t bytes) { return std::to_string(bytes) + " B"; };
        std::vector<std::string> found;
        for (const Check& check : judge(look_at_ledger(dir_, clock_), {}, plain)) {
            if (check.health == Health::kOk) continue;
            if (check.name == "file_system" || check.name == "disk") continue;
            found.push_back(check.name + ": " + to_string(check.health));
        }
        return found;
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{system_clock().now()};
};

}  // namespace daybook::lifecycle
