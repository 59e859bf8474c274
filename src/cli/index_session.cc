#include "cli/index_session.h"

#include <utility>

#include "cli/flags.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/missing_parts.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/lock.h"

namespace daybook::cli {

#ifndef DAYBOOK_LEGACY
// With the module that reads old files it is in legacy_source.cc.
query::ExtraSource* extra_source() { return nullptr; }
#endif

bool has_daemon(const std::string& directory) {
    const std::string lock = ledger::LedgerDir(directory).daemon_lock_path();
    const auto fd = os::open_fd(lock, O_RDWR);
    return fd && os::is_locked(fd->get(), lock).value_or(false);
}

void add_snapshot_only(CLI::App& app, query::FreshOptions& options) {
    app.add_flag("--snapshot-only", options.snapshot_only,
                 "Answer from the published snapshot as it is, without what the log has beyond it");
}

Result<query::Session> open_index(const std::string& directory, query::FreshOptions options) {
    options.keep_on = [] { return !os::interrupted(); };
    options.extra = extra_source();
    options.stale_if_unreadable = true;
    ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(directory, options));
    if (!fresh.note.empty()) report_note(fresh.note);
    if (!fresh.rebuilt.empty()) {
        report_note(fmt::format("the index was rebuilt from the whole log: {}", fresh.rebuilt));
    }
    for (const std::string& mended : fresh.mended) report_note(mended);
    for (const std::string& note : fresh.source_notes) report_note(note);
    // An answer from what is left looks like one from all there is.
    if (const auto missing = lifecycle::missing_parts(ledger::LedgerDir(directory));
        missing && !missing->empty()) {
        report_note(fmt::format("{}: the answer is from what is left; 'daybook doctor' says more",
                                lifecycle::to_text(*missing)));
    }
    return std::move(fresh.session);
}

InterruptWatch::InterruptWatch(query::Session& session)
    : InterruptWatch([&session] { session.interrupt(); }) {}

InterruptWatch::InterruptWatch(std::function<void()> stop)
    : relay_([] { return !os::interrupted(); }, std::move(stop)) {}

}  // namespace daybook::cli
