// The ledger as a sink of events: checks them, makes their lines, and appends them to the log.
//
// Opening makes the directory, ledger.json and the schema registry where they are missing.  All
// functions may be called from all threads, and in forked children.
#pragma once

#include <array>
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
#include "json/draft.h"
#include "ledger/json_batch.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "ledger/type_registry.h"
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

// The acknowledgement of an event that came as JSON.
struct JsonReceipt {
    std::string event_id;
    Durability durability = Durability::kProcess;
};

// What became of a batch of JSON events.
struct BatchOutcome {
    std::size_t accepted = 0;
    struct Rejection {
        std::size_t index = 0;  // of the event in the batch
        Error error;
    };
    std::vector<Rejection> rejections{};
    // Why the log did not take all the others; `accepted` says how many of them it took, from the
    // front.
    std::optional<Error> log_error{};
};

class EventLog final : public event::EventSink {
public:
    static Result<std::unique_ptr<EventLog>> open(const LedgerDir& dir,
                                                  const EventLogOptions& options = {});

    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions& options = {}) override;

    // Appends an event given as JSON, checked against the schema of its type.  `event_id` and
    // `timestamp_ms` are kept where it has them, else drawn.
    Result<JsonReceipt> emit_json(std::string_view event,
                                  std::optional<Durability> durability = std::nullopt);

    // The same for many, with as few writes as possible; acknowledged at `durability`, or at the
    // strongest that is the default of a type among them.  A rejected event does not stop the
    // others unless `stop_at_rejection`: then those behind it are left alone.
    BatchOutcome emit_json_batch(std::span<const std::string_view> events,
                                 std::optional<Durability> durability, bool stop_at_rejection);

    // An event that came with id and time, as its line will be up to the trailer.
    struct CheckedLine {
        std::size_t index = 0;  // of the event among those given
        std::string event_id;
        std::string_view text;
        TimestampMs timestamp;
    };
    // Which of the lines to append: as many answers as lines.
    using Choose = std::function<Result<std::vector<bool>>(std::span<const CheckedLine>)>;

    // Checks events, which must all have `event_id` and `timestamp_ms`, and appends those that
    // `choose` takes; called once, and not at all if none passes the check.  Acknowledged at
    // `durability`.  An error of `choose` is the outcome's log_error, and nothing is appended.
    BatchOutcome emit_chosen(std::span<const std::string_view> events, Durability durability,
                             const Choose& choose);
    // The same, appending nothing: what would be accepted.
    BatchOutcome check_chosen(std::span<const std::string_view> events, const Choose& choose);

    // Appends events of another log as they were there: texts up to the trailer, which the caller
    // has checked, with their times.
    log::AppendOutcome append_kept(std::span<const log::Draft> events, Durability durability);

    Status flush() { return writer_->flush(); }
    Status sync() { return writer_->sync(); }

    const LedgerDir& dir() const { return dir_; }
    const Manifest& manifest() const { return manifest_; }
    log::WriterStats stats() const { return writer_->stats(); }

private:
    class HoleStamper;
    // Makes ids; used within the writer's mutex only.
    struct IdSource {
        event::EventIdGenerator generator;
        std::uint64_t fork_generation = 0;
        // The digits of the time of the last event: the next ones often have the same.
        TimestampMs written{};
        std::array<char, json::kTimestampHole.size()> digits{};
    };

    EventLog(LedgerDir dir, const EventLogOptions& options, Manifest manifest,
             std::unique_ptr<log::Writer> writer);

    // What can be promised: `wanted`, or a type's default where this file system cannot keep it.
    Result<Durability> promise(std::optional<Durability> wanted, Durability type_default);
    // Checks the events and leaves those in `batch` that `choose` takes.
    BatchOutcome choose(std::span<const std::string_view> events, const Choose& choose,
                        JsonBatch& batch);
    // Appends what `batch` holds; how many of its events were accepted, and why not all.
    log::AppendOutcome append(JsonBatch& batch, Durability durability);

    LedgerDir dir_;
    EventLogOptions options_;
    Manifest manifest_;
    std::unique_ptr<log::Writer> writer_;
    TypeRegistry registry_;
    IdSource ids_;
    std::atomic<bool> warned_ = false;
};

}  // namespace daybook::ledger
