// The index, opened for a command that asks it something.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/stop_relay.h"
#include "cli/context.h"
#include "query/extra_source.h"
#include "query/fresh.h"
#include "query/session.h"

namespace daybook::cli {

// What the program reads old files with, that are attached to ledgers; null: it was built without.
query::ExtraSource* extra_source();

// Whether a daemon is at work in the ledger: it brings the index up to date by itself.
bool has_daemon(const std::string& directory);

// Opens the index of the ledger in `directory` with what the log has beyond it; says on standard
// error what was out of the ordinary.
Result<query::Session> open_index(const std::string& directory, query::FreshOptions options = {});

// --snapshot-only.
void add_snapshot_only(CLI::App& app, query::FreshOptions& options);

// While it lives, Ctrl-C stops the session's running query.
class InterruptWatch {
public:
    explicit InterruptWatch(query::Session& session);
    // The same for anything else: `stop` is called from another thread, again and again.
    explicit InterruptWatch(std::function<void()> stop);

private:
    StopRelay relay_;
};

}  // namespace daybook::cli
