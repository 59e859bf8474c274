#include "ledger/event_log.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/calendar.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/random.h"
#include "event/run_end.h"
#include "json/draft.h"
#include "json/encode_event.h"
#include "log/fork_guard.h"
#include "log/nothing_to_stamp.h"

namespace daybook::ledger {
namespace {

// Times of 13 digits, from 2001 to 2286: a clock outside has never been set.
constexpr TimestampMs kClockMin{1'000'000'000'000};
constexpr TimestampMs kClockMax{9'999'999'999'999};

// A thread's lines in the making; kept, so that nothing is allocated in the steady state.
std::string& line_buffer() {
    thread_local std::string buffer;
    buffer.clear();
    return buffer;
}

// A thread's JSON events; kept for the same reason.
JsonBatch& thread_batch() {
    thread_local JsonBatch batch;
    batch.clear();
    return batch;
}

Status check_timestamp(TimestampMs time, TimestampMs now) {
    if (time.value() <= now.value() + kTimestampAheadMsMax && time >= start_of(kDayMin)) return {};
    return fail(ErrorCode::kInvalidArgument,
                "/timestamp_ms: found {} ({}), expected at most one day ahead of the clock ({})",
                time.value(), to_iso8601(time), to_iso8601(now));
}

}  // namespace

// Gives a draft its id and its time, where the caller has not.
class EventLog::HoleStamper final : public log::Stamper {
public:
    HoleStamper(IdSource& ids, std::span<const Hole> holes) : ids_(ids), holes_(holes) {}

    void stamp(std::size_t index, std::span<char> text, TimestampMs time) override {
        // Two processes must not go on from one state.
        if (ids_.fork_generation != log::fork_generation()) {
            ids_ = {.generator = event::EventIdGenerator(random_seed()),
                    .fork_generation = log::fork_generation()};
        }
        const Hole& hole = holes_[index];
        if (!hole.time_given) write_time(time, text.data() + hole.draft.timestamp_at);
        if (hole.id_given) return;
        last_id_ = ids_.generator.next(time);
        last_id_.write(text.data() + hole.draft.event_id_at);
    }

    const event::EventId& last_id() const { return last_id_; }

private:
    // The clock has been checked: there are exactly 13 digits.
    void write_time(TimestampMs time, char* out) {
        auto& digits = ids_.digits;
        if (time != ids_.written) {
            std::to_chars(digits.data(), digits.data() + digits.size(), time.value());
            ids_.written = time;
        }
        std::memcpy(out, digits.data(), digits.size());
    }

    IdSource& ids_;
    std::span<const Hole> holes_;
    event::EventId last_id_;
};

EventLog::EventLog(LedgerDir dir, const EventLogOptions& options, Manifest manifest,
                   std::unique_ptr<log::Writer> writer)
    : dir_(std::move(dir)),
      options_(options),
      manifest_(std::move(manifest)),
      writer_(std::move(writer)),
      registry_(dir_),
      ids_{.generator = event::EventIdGenerator(random_seed()),
           .fork_generation = log::fork_generation()} {}

Result<std::unique_ptr<EventLog>> EventLog::open(const LedgerDir& dir,
                                                 const EventLogOptions& options) {
    if (options.clock->now() < kClockMin || options.clock->now() > kClockMax) {
        return fail(ErrorCode::kUnsupported,
                    "open ledger {}: this machine's clock says {}; set it first", dir.root(),
                    to_iso8601(options.clock->now()));
    }
    Result<Manifest> manifest = options.create ? read_or_create_manifest(dir) : read_manifest(dir);
    if (!manifest && manifest.error().code() == ErrorCode::kNotFound && !options.create) {
        return fail(ErrorCode::kNotFound,
                    "open ledger {}: there is no ledger here; name another directory, or record a "
                    "first event",
                    dir.root());
    }
    if (!manifest) return fail(std::move(manifest).error());
    if (options.create) RETURN_IF_ERROR(create_registry(dir));
    ASSIGN_OR_RETURN(std::unique_ptr<log::Writer> writer,
                     log::Writer::open(dir.layout(),
                                       {.clock = options.clock, .background = options.background}));
    return std::unique_ptr<EventLog>(
        new EventLog(dir, options, std::move(*manifest), std::move(writer)));
}

Result<Durability> EventLog::promise(std::optional<Durability> wanted, Durability type_default) {
    const Durability durability = wanted.value_or(type_default);
    const std::string& problem = writer_->power_problem();
    if (durability != Durability::kPower || problem.empty()) return durability;
    if (wanted) {
        return fail(ErrorCode::kUnsupported,
                    "promise durability `power` in {}: {}; ask for `process`, or keep the ledger "
                    "on a disk",
                    dir_.root(), problem);
    }
    if (options_.on_warning && !warned_.exchange(true)) {
        options_.on_warning(
            fmt::format("events in {} do not survive power loss: {}", dir_.root(), problem));
    }
    return Durability::kProcess;
}

Result<event::Receipt> EventLog::emit(std::string_view run_id, const event::Payload& payload,
                                      const event::EmitOptions& options) {
    ASSIGN_OR_RETURN(const Durability durability,
                     promise(options.durability, event::default_durability(payload)));
    std::string& line = line_buffer();
    ASSIGN_OR_RETURN(const json::Draft draft, json::encode_event(run_id, payload, line));

    // A time that is given need not have 13 digits, so it is filled in now, with a zero id.
    const bool time_given = options.timestamp.has_value();
    if (time_given) {
        RETURN_IF_ERROR(check_timestamp(*options.timestamp, options_.clock->now()));
        json::fill(line, 0, draft, event::EventId{}, *options.timestamp);
    }
    const Hole hole{.draft = draft, .time_given = time_given};
    HoleStamper stamper(ids_, {&hole, 1});
    const log::Draft to_append{.text = line,
                               .timestamp = options.timestamp,
                               .may_use_reserve = event::ends_run(event::type_of(payload))};
    log::AppendOutcome outcome = writer_->append({&to_append, 1}, durability, stamper);
    if (outcome.error) return fail(std::move(*outcome.error));
    return event::Receipt{.event_id = stamper.last_id(), .durability = durability};
}

log::AppendOutcome EventLog::append(JsonBatch& batch, Durability durability) {
    HoleStamper stamper(ids_, batch.holes());
    return writer_->append(batch.drafts(), durability, stamper);
}

Result<JsonReceipt> EventLog::emit_json(std::string_view event,
                                        std::optional<Durability> durability) {
    JsonBatch& batch = thread_batch();
    RETURN_IF_ERROR(batch.add(event, options_.clock->now(), registry_));
    ASSIGN_OR_RETURN(const Durability promised, promise(durability, batch.durability()));
    log::AppendOutcome outcome = append(batch, promised);
    if (outcome.error) return fail(std::move(*outcome.error));
    return JsonReceipt{.event_id = batch.event_id(0), .durability = promised};
}

BatchOutcome EventLog::emit_json_batch(std::span<const std::string_view> events,
                                       std::optional<Durability> durability,
                                       bool stop_at_rejection) {
    BatchOutcome outcome;
    JsonBatch& batch = thread_batch();
    const TimestampMs now = options_.clock->now();
    for (std::size_t i = 0; i < events.size(); ++i) {
        Status added = batch.add(events[i], now, registry_);
        if (added) continue;
        outcome.rejections.push_back({.index = i, .error = std::move(added).error()});
        if (stop_at_rejection) break;
    }
    if (batch.size() == 0) return outcome;
    const Result<Durability> promised = promise(durability, batch.durability());
    if (!promised) {
        outcome.log_error = promised.error();
        return outcome;
    }
    log::AppendOutcome appended = append(batch, *promised);
    outcome.accepted = appended.accepted;
    outcome.log_error = std::move(appended.error);
    return outcome;
}

BatchOutcome EventLog::choose(std::span<const std::string_view> events, const Choose& choose,
                              JsonBatch& batch) {
    BatchOutcome outcome;
    std::vector<CheckedLine> lines;
    std::vector<std::size_t> indexes;
    const TimestampMs now = options_.clock->now();
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (Status added = batch.add(events[i], now, registry_); !added) {
            outcome.rejections.push_back({.index = i, .error = std::move(added).error()});
            continue;
        }
        const Hole& hole = batch.holes().back();
        DAYBOOK_CHECK(hole.id_given && hole.time_given);
        indexes.push_back(i);
    }
    // Texts of events are where they stay only once all have been added.
    for (std::size_t i = 0; i < batch.size(); ++i) {
        lines.push_back({.index = indexes[i],
                         .event_id = batch.event_id(i),
                         .text = batch.text(i),
                         .timestamp = *batch.timestamp(i)});
    }
    if (lines.empty()) return outcome;
    const Result<std::vector<bool>> chosen = choose(lines);
    if (chosen) {
        batch.retain(*chosen);
    } else {
        outcome.log_error = chosen.error();
        batch.clear();
    }
    return outcome;
}

BatchOutcome EventLog::emit_chosen(std::span<const std::string_view> events, Durability durability,
                                   const Choose& choose_lines) {
    JsonBatch& batch = thread_batch();
    BatchOutcome outcome = choose(events, choose_lines, batch);
    if (batch.size() == 0) return outcome;
    log::AppendOutcome appended = append(batch, durability);
    outcome.accepted = appended.accepted;
    outcome.log_error = std::move(appended.error);
    return outcome;
}

BatchOutcome EventLog::check_chosen(std::span<const std::string_view> events,
                                    const Choose& choose_lines) {
    JsonBatch& batch = thread_batch();
    BatchOutcome outcome = choose(events, choose_lines, batch);
    outcome.accepted = batch.size();
    return outcome;
}

log::AppendOutcome EventLog::append_kept(std::span<const log::Draft> events,
                                         Durability durability) {
    log::NothingToStamp stamper;
    return writer_->append(events, durability, stamper);
}

}  // namespace daybook::ledger
