// A ledger of a test's own, written to as producers do.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/process.h"
#include "support/temp_dir.h"

namespace daybook::server {

class TestLedger {
public:
    const std::string& root() const { return dir_.path(); }

    // `rest` are the fields behind the envelope: R"("attempt":2)".
    void emit(std::string_view type, std::string_view run_id, std::string_view rest = "") const {
        const auto receipt =
            log_->emit_json(fmt::format(R"({{"event_type":"{}","run_id":"{}"{}{}}})", type, run_id,
                                        rest.empty() ? "" : ",", rest));
        ASSERT_TRUE(receipt) << receipt.error().message();
    }
    void start(std::string_view run_id, const os::ProcessIdentity& owner) const {
        emit("run.started", run_id,
             fmt::format(R"("owner":{{"host":"{}","machine_id":"{}","boot_id":"{}",)"
                         R"("pid_namespace":"{}","pid":{},"pid_start":{}}})",
                         owner.host, owner.machine_id, owner.boot_id, owner.pid_namespace,
                         owner.pid, owner.pid_start));
    }
    // Whoever had this process's pid before it.
    static os::ProcessIdentity dead_owner() {
        os::ProcessIdentity owner = os::this_process();
        --owner.pid_start;
        return owner;
    }

private:
    testing::TempDir dir_;
    std::unique_ptr<ledger::EventLog> log_ =
        ledger::EventLog::open(ledger::LedgerDir(dir_.path()), {.background = false}).value();
};

}  // namespace daybook::server
