#include "ledger/emitter.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "event/run_end.h"
#include "json/encode_event.h"

namespace daybook::ledger {
namespace {

// Between two tries: a full disk is asked often enough to notice room, and seldom enough to cost
// the host nothing.
constexpr std::int64_t kPauseMinNs = 50'000'000;
constexpr std::int64_t kPauseMaxNs = 5'000'000'000;

// Whether a later try can succeed.
bool is_passing(ErrorCode code) {
    return code != ErrorCode::kInvalidArgument && code != ErrorCode::kLimit &&
           code != ErrorCode::kUnsupported;
}

bool frames_run(std::string_view type) {
    return type == event::RunCreated::kType || type == event::RunStarted::kType ||
           event::ends_run(type);
}

// In place of an acknowledgement: nothing is promised.
const event::Receipt kNotRecorded{.event_id = {}, .durability = Durability::kBuffered};
const event::Receipt kDropped{
    .event_id = {}, .durability = Durability::kBuffered, .is_dropped = true};

event::EventId draw_id(TimestampMs now) { return event::EventIdGenerator(random_seed()).next(now); }

Result<KeptEvent> to_keep(std::string_view run_id, const event::Payload& payload,
                          const event::EmitOptions& options, TimestampMs now) {
    KeptEvent event{.run_id = std::string(run_id),
                    .durability = options.durability,
                    .frames_run = frames_run(event::type_of(payload)),
                    .ends_run = event::ends_run(event::type_of(payload))};
    ASSIGN_OR_RETURN(const json::Draft draft, json::encode_event(run_id, payload, event.json));
    const TimestampMs time = options.timestamp.value_or(now);
    json::fill(event.json, 0, draft, draw_id(time), time);
    event.json += '}';
    return event;
}

// Nothing has checked the event yet: "" for what is no text, too.
std::string text_of(const nlohmann::json& document, const char* name) {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

struct KeptJson {
    KeptEvent event;
    std::string event_id;
};

// Gives the event the time and the id that it would have had.
KeptJson to_keep(std::string_view json, std::optional<Durability> durability, TimestampMs now) {
    KeptJson kept{.event = {.json = std::string(json), .durability = durability}, .event_id = {}};
    KeptEvent& event = kept.event;
    const auto document = nlohmann::json::parse(json, nullptr, false);
    if (!document.is_object() || document.empty()) return kept;
    event.run_id = text_of(document, "run_id");
    event.frames_run = frames_run(text_of(document, "event_type"));
    kept.event_id = text_of(document, "event_id");
    std::string added;
    if (!document.contains("event_id")) {
        kept.event_id = draw_id(now).to_string();
        added += fmt::format("\"event_id\":\"{}\",", kept.event_id);
    }
    if (!document.contains("timestamp_ms")) {
        added += fmt::format("\"timestamp_ms\":{},", now.value());
    }
    event.json.insert(event.json.find('{') + 1, added);
    return kept;
}

// An end that has been kept says how many events are lost by now, its own keeping included.  The
// number, if it has one, is the last field: Run writes it so.
std::string with_dropped(std::string json, std::uint64_t dropped) {
    constexpr std::string_view kField = ",\"events_dropped\":";
    const std::size_t at = json.rfind(kField);
    const bool has_number =
        at != std::string::npos &&
        json.find_first_not_of("0123456789", at + kField.size()) == json.size() - 1;
    json.erase(has_number ? at : json.size() - 1);
    return fmt::format("{}{}{}}}", json, kField, dropped);
}

}  // namespace

Emitter::Emitter(const LedgerDir& dir, const EmitterOptions& options)
    : dir_(dir), options_(options), state_(std::make_unique<State>(options, false)) {
    // The log warns in the middle of an append, which may be that of a kept event.
    if (options_.log.on_warning) {
        log_warns_ = [this](std::string_view text) { add_message(state(), std::string(text)); };
    }
}

Emitter::State& Emitter::state() const {
    return state_.get([this] { return std::make_unique<State>(options_, log_ != nullptr); });
}

Result<std::unique_ptr<Emitter>> Emitter::open(const LedgerDir& dir,
                                               const EmitterOptions& options) {
    log::watch_forks();
    std::unique_ptr<Emitter> emitter(new Emitter(dir, options));
    State& state = emitter->state();
    const Delivery delivery(*emitter, state);
    const std::lock_guard lock(state.mutex);
    const Status opened = emitter->open_log(state);
    if (!opened && options.policy == FailurePolicy::kReturn) return fail(opened.error());
    return emitter;
}

Emitter::~Emitter() {
    State& state = this->state();
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    if (!state.kept.empty()) retry(state);
    tell_lost(state);
}

void Emitter::tell_lost(State& state) {
    // Accepted, never acknowledged as written, and nobody will try again.
    std::uint64_t unwritten = 0;
    if (log_) {
        if (const Status flushed = log_->flush(); !flushed) {
            note_failure(state, flushed.error());
            state.last_loss = flushed.error();
            unwritten = log_->stats().buffered;
            state.recorded -= unwritten;
        }
    }
    std::uint64_t lost = unwritten;
    if (options_.policy == FailurePolicy::kKeep) lost += state.dropped + state.kept.size();
    if (lost == 0) return;
    add_message(state, fmt::format("{} of this process's events are not in the ledger {}; the last "
                                   "failure: {}",
                                   lost, dir_.root(),
                                   state.last_loss ? state.last_loss->message() : "none"));
}

void Emitter::add_message(State& state, std::string message) {
    const std::lock_guard lock(state.messages_mutex);
    state.messages.push_back(std::move(message));
    state.has_messages.store(true, std::memory_order_release);
}

void Emitter::deliver(State& state) const {
    if (!state.has_messages.load(std::memory_order_acquire)) return;
    std::vector<std::string> messages;
    {
        const std::lock_guard lock(state.messages_mutex);
        messages.swap(state.messages);
        state.has_messages.store(false, std::memory_order_release);
    }
    if (!options_.log.on_warning) return;
    for (const std::string& message : messages) options_.log.on_warning(message);
}

Status Emitter::open_log(State& state) {
    EventLogOptions options = options_.log;
    options.on_warning = log_warns_;
    auto log = EventLog::open(dir_, options);
    if (!log) {
        state.clear = false;
        note_failure(state, log.error());
        if (options_.policy == FailurePolicy::kKeep) note_kept(state, log.error());
        return fail(std::move(log).error());
    }
    log_ = std::move(*log);
    state.clear = state.kept.empty();
    return {};
}

void Emitter::tell(State& state, bool& told, std::string message) {
    if (!std::exchange(told, true)) add_message(state, std::move(message));
}

void Emitter::note_kept(State& state, const Error& error) {
    state.last_loss = error;
    tell(state, state.told_kept, error.message() + "; events are kept in memory and tried again");
}

bool Emitter::is_callers(const Error& error) const {
    return options_.policy == FailurePolicy::kReturn ||
           (options_.return_invalid && !is_passing(error.code()));
}

void Emitter::note_failure(State& state, const Error& error) {
    ++state.failures;
    state.last_failure = error;
}

void Emitter::drop(State& state, std::string_view run_id, const Error& reason) {
    ++state.dropped;
    ++state.dropped_of_run[std::string(run_id)];
    state.last_failure = reason;
    state.last_loss = reason;
    tell(state, state.told_dropped, reason.message() + "; the event is dropped");
}

void Emitter::keep(State& state, KeptEvent event) {
    state.clear = false;
    for (const KeptEvent& gone : state.kept.push(std::move(event))) {
        drop(state, gone.run_id,
             Error(ErrorCode::kLimit,
                   fmt::format("keep events for {}: there are more than {} or {} bytes of them",
                               dir_.root(), options_.kept_events_max, options_.kept_bytes_max)));
    }
}

void Emitter::retry(State& state) {
    if (!log_ && !open_log(state)) return;
    while (!state.kept.empty()) {
        const KeptEvent& oldest = state.kept.front();
        const std::uint64_t dropped = oldest.ends_run ? dropped_of(state, oldest.run_id) : 0;
        const auto receipt = log_->emit_json(
            dropped > 0 ? with_dropped(oldest.json, dropped) : oldest.json, oldest.durability);
        if (!receipt && is_passing(receipt.error().code())) {
            state.last_failure = receipt.error();
            state.last_loss = receipt.error();
            return;
        }
        const KeptEvent event = state.kept.pop();
        if (receipt) {
            ++state.recorded;
            ++state.retried;
        } else {
            drop(state, event.run_id, receipt.error());
        }
    }
    state.pause_ns = 0;
    state.clear = true;
}

void Emitter::retry() {
    State& state = this->state();
    if (state.clear) return;
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    retry(state);
}

void Emitter::tell_of_kept() {
    State& state = this->state();
    const std::lock_guard lock(state.mutex);
    state.told_kept = false;
}

bool Emitter::way_is_clear() {
    State& state = this->state();
    if (state.clear.load(std::memory_order_acquire)) return true;
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    const std::int64_t now_ns = options_.log.clock->monotonic_ns();
    if (now_ns >= state.next_try_ns) {
        retry(state);
        state.pause_ns = std::clamp(state.pause_ns * 2, kPauseMinNs, kPauseMaxNs);
        state.next_try_ns = now_ns + state.pause_ns;
    }
    return state.clear;
}

void Emitter::note_recorded() {
    State& state = this->state();
    state.recorded.fetch_add(1, std::memory_order_relaxed);
    deliver(state);
}

Result<event::Receipt> Emitter::emit(std::string_view run_id, const event::Payload& payload,
                                     const event::EmitOptions& options) {
    if (!way_is_clear()) return settle(run_id, payload, options, std::nullopt);
    auto receipt = log_->emit(run_id, payload, options);
    if (!receipt) return settle(run_id, payload, options, std::move(receipt).error());
    note_recorded();
    return receipt;
}

Result<event::Receipt> Emitter::settle(std::string_view run_id, const event::Payload& payload,
                                       const event::EmitOptions& options,
                                       const std::optional<Error>& error) {
    State& state = this->state();
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    if (error) note_failure(state, *error);
    if (error && is_callers(*error)) return fail(*error);
    if (error && !is_passing(error->code())) {
        drop(state, run_id, *error);
        return kDropped;
    }
    auto event = to_keep(run_id, payload, options, options_.log.clock->now());
    if (!event) {
        // It never came to the log, which would have refused it.
        note_failure(state, event.error());
        if (is_callers(event.error())) return fail(event.error());
        drop(state, run_id, event.error());
        return kDropped;
    }
    if (error) note_kept(state, *error);
    keep(state, std::move(*event));
    return kNotRecorded;
}

Result<JsonReceipt> Emitter::emit_json(std::string_view event,
                                       std::optional<Durability> durability) {
    if (!way_is_clear()) return settle_json(event, durability, std::nullopt);
    auto receipt = log_->emit_json(event, durability);
    if (!receipt) return settle_json(event, durability, std::move(receipt).error());
    note_recorded();
    return receipt;
}

Result<JsonReceipt> Emitter::settle_json(std::string_view event,
                                         std::optional<Durability> durability,
                                         const std::optional<Error>& error) {
    State& state = this->state();
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    if (error) note_failure(state, *error);
    if (error && is_callers(*error)) return fail(*error);
    KeptJson kept = to_keep(event, durability, options_.log.clock->now());
    if (error && !is_passing(error->code())) {
        drop(state, kept.event.run_id, *error);
        return JsonReceipt{.event_id = {}, .durability = Durability::kBuffered};
    }
    if (error) note_kept(state, *error);
    keep(state, std::move(kept.event));
    return JsonReceipt{.event_id = std::move(kept.event_id), .durability = Durability::kBuffered};
}

void Emitter::count_failure(std::string_view run_id, const Error& error) {
    State& state = this->state();
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    note_failure(state, error);
    drop(state, run_id, error);
}

Status Emitter::refuse(std::string_view run_id, const Error& error, Loses loses) {
    State& state = this->state();
    const Delivery delivery(*this, state);
    const std::lock_guard lock(state.mutex);
    note_failure(state, error);
    if (is_callers(error)) return fail(error);
    if (loses == Loses::kEvent) {
        drop(state, run_id, error);
    } else {
        tell(state, state.told_refused, error.message());
    }
    return {};
}

Status Emitter::catch_up() {
    retry();
    State& state = this->state();
    if (state.clear) return {};
    const std::lock_guard lock(state.mutex);
    return fail(state.last_loss->code(), "write {} kept events: {}", state.kept.size(),
                state.last_loss->message());
}

Status Emitter::flush() {
    RETURN_IF_ERROR(catch_up());
    return log_->flush();
}

Status Emitter::sync() {
    RETURN_IF_ERROR(catch_up());
    return log_->sync();
}

LedgerStats Emitter::stats() const {
    State& state = this->state();
    const std::lock_guard lock(state.mutex);
    return {.recorded = state.recorded.load(std::memory_order_relaxed),
            .failures = state.failures,
            .kept = state.kept.size(),
            .retried = state.retried,
            .dropped = state.dropped};
}

std::optional<Error> Emitter::last_failure() const {
    State& state = this->state();
    const std::lock_guard lock(state.mutex);
    return state.last_failure;
}

std::uint64_t Emitter::dropped(std::string_view run_id) const {
    State& state = this->state();
    const std::lock_guard lock(state.mutex);
    return dropped_of(state, run_id);
}

std::uint64_t Emitter::dropped_of(const State& state, std::string_view run_id) {
    const auto found = state.dropped_of_run.find(run_id);
    return found == state.dropped_of_run.end() ? 0 : found->second;
}

}  // namespace daybook::ledger
