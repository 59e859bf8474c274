#include "cli/index_session.h"

#include <chrono>
#include <utility>

#include "cli/flags.h"
#include "os/interrupt.h"

namespace daybook::cli {

#ifndef DAYBOOK_LEGACY
// With the module that reads old files it is in legacy_source.cc.
query::ExtraSource* extra_source() { return nullptr; }
#endif

namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(20);

}  // namespace

void add_snapshot_only(CLI::App& app, query::FreshOptions& options) {
    app.add_flag("--snapshot-only", options.snapshot_only,
                 "Answer from the published snapshot as it is, without what the log has beyond it");
}

Result<query::Session> open_index(const std::string& directory, query::FreshOptions options) {
    options.keep_on = [] { return !os::interrupted(); };
    options.extra = extra_source();
    ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(directory, options));
    if (!fresh.note.empty()) report_note(fresh.note);
    if (!fresh.rebuilt.empty()) {
        report_note(fmt::format("the index was rebuilt from the whole log: {}", fresh.rebuilt));
    }
    for (const std::string& mended : fresh.mended) report_note(mended);
    for (const std::string& note : fresh.source_notes) report_note(note);
    return std::move(fresh.session);
}

InterruptWatch::InterruptWatch(query::Session& session)
    : InterruptWatch([&session] { session.interrupt(); }) {}

InterruptWatch::InterruptWatch(std::function<void()> stop)
    : thread_([this, stop = std::move(stop)] {
          while (!done_.load(std::memory_order_relaxed)) {
              if (os::interrupted()) stop();
              std::this_thread::sleep_for(kLookInterval);
          }
      }) {}

InterruptWatch::~InterruptWatch() {
    done_.store(true, std::memory_order_relaxed);
    thread_.join();
}

}  // namespace daybook::cli
