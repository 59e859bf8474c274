// What a ledger does when it cannot record.
#pragma once

namespace daybook {

enum class FailurePolicy {
    // The call says what went wrong, nothing is recorded, the caller decides.
    kReturn,
    // The host goes on: opening and recording succeed.  What the disk or the ledger refuses is kept
    // in memory and tried again: before later events, when a run ends, by flush() and on closing.
    // What cannot be kept, and what is wrong in itself, is counted as dropped; run.completed says
    // how many (`events_dropped`).  The first failure, and what is lost at the end, go to
    // on_warning.  What records no event and is no use of a run, such as flush() and
    // artifact_directory(), fails all the same.
    kKeep,
};

}  // namespace daybook
