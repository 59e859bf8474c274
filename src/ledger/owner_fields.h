// The process that makes a run, as `run.started` carries it.
#pragma once

#include "event/events.h"
#include "os/process.h"

namespace daybook::ledger {

// It borrows from `process`.
inline event::Owner owner_fields(const os::ProcessIdentity& process) {
    return {.host = process.host,
            .machine_id = process.machine_id,
            .boot_id = process.boot_id,
            .pid_namespace = process.pid_namespace,
            .pid = process.pid,
            .pid_start = process.pid_start};
}

}  // namespace daybook::ledger
