// The ledger as a sink of events: checks them, makes their lines, and appends them to the log.
//
// Opening makes the directory, ledger.json and the schema registry where they are missing.  All
// functions may be called from all threads, and in forked children.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "daybook/durability.h"
#include "event/sink.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "log/writer.h"

namespace daybook::ledger {

struct EventLogOptions {
    // Make the ledger if there is none; else that is kNotFound.
    bool create = true;
    const Clock* clock = &system_clock();
    // As in log::WriterOptions.
    bool background = true;
    // As in daybook::LedgerOptions.
    std::function<void(std::string_view)> on_warning{};
};

class EventLog final : public event::EventSink {
public:
    static Result<std::unique_ptr<EventLog>> open(const LedgerDir& dir,
                                                  const EventLogOptions& options = {});

    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions& options = {}) override;

    Status flush() { return writer_->flush(); }
    Status sync() { return writer_->sync(); }

    const LedgerDir& dir() const { return dir_; }
    const Manifest& manifest() const { return manifest_; }
    log::WriterStats stats() const { return writer_->stats(); }

private:
    class DrawingStamper;
    // Makes ids; used within the writer's mutex only.
    struct IdSource {
        event::EventIdGenerator generator;
        std::uint64_t fork_generation = 0;
    };

    EventLog(LedgerDir dir, const EventLogOptions& options, Manifest manifest,
             std::unique_ptr<log::Writer> writer);

    // What can be promised: `wanted`, or a type's default where this file system cannot keep it.
    Result<Durability> promise(std::optional<Durability> wanted, Durability type_default);

    LedgerDir dir_;
    EventLogOptions options_;
    Manifest manifest_;
    std::unique_ptr<log::Writer> writer_;
    IdSource ids_;
    std::atomic<bool> warned_ = false;
};

}  // namespace daybook::ledger
