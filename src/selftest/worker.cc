#include "selftest/worker.h"

#include <memory>

#include "ledger/event_log.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::selftest {
namespace {

// Mostly short; now and then of many pages, where a kill can leave half of it.
std::size_t padding_of(std::uint32_t number) {
    if (number % 199 == 0) return 100'000;
    if (number % 61 == 0) return 20'000;
    return 40 + number % 200;
}

Status record_events(const WorkerOrder& order,
                     const std::function<void(std::uint32_t)>& acknowledged) {
    ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(ledger::LedgerDir(order.dir)));
    for (std::uint32_t number = 1; number <= kWorkerEvents; ++number) {
        const std::string event =
            fmt::format(R"({{"event_type":"trial.recorded","run_id":"selftest","trial_id":"{}-{}",)"
                        R"("params":{{}},"metrics":{{}},"padding":"{}"}})",
                        order.name, number, std::string(padding_of(number), 'p'));
        RETURN_IF_ERROR(log->emit_json(event, Durability::kProcess));
        acknowledged(number);
    }
    return {};
}

}  // namespace

std::vector<std::string> worker_command(const std::string& program, const WorkerOrder& order) {
    return {program, "selftest", "--worker",      order.mode,
            "--dir", order.dir,  "--worker-name", order.name};
}

LockSeen lock_seen(int exit_code) {
    if (exit_code == 0) return LockSeen::kFree;
    return exit_code == 1 ? LockSeen::kHeld : LockSeen::kFailed;
}

Result<int> run_worker(const WorkerOrder& order,
                       const std::function<void(std::uint32_t)>& acknowledged) {
    if (order.mode == "storm") {
        RETURN_IF_ERROR(record_events(order, acknowledged));
        return 0;
    }
    if (order.mode == "lock") {
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(order.dir, O_RDWR));
        ASSIGN_OR_RETURN(const bool free, os::try_lock(fd.get(), order.dir));
        return free ? 0 : 1;
    }
    return fail(ErrorCode::kInvalidArgument, "--worker: found '{}', expected storm or lock",
                order.mode);
}

}  // namespace daybook::selftest
