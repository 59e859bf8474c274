#include "lifecycle/lifecycle_lock.h"

#include <utility>

namespace daybook::lifecycle {

Result<os::LockFile> take_lifecycle_lock(const ledger::LedgerDir& dir, int wait_ms) {
    Result<os::LockFile> lock = os::LockFile::acquire(dir.lifecycle_lock_path(), wait_ms);
    if (lock || lock.error().code() != ErrorCode::kBusy) return lock;
    return fail(ErrorCode::kBusy, "{}; '--wait SECONDS' waits until it is free",
                lock.error().message());
}

}  // namespace daybook::lifecycle
