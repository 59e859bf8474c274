#include "daybook/run.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/result.h"
#include "capture/code_state.h"
#include "capture/settings.h"
#include "event/optional_fields.h"
#include "ledger/artifact_facts.h"
#include "ledger/artifact_layout.h"
#include "ledger/object_store.h"
#include "ledger/environment_recorder.h"
#include "ledger/run_state.h"
#include "json/reader.h"
#include "log/fork_guard.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook {
namespace {

constexpr std::string_view kLeftByException = "left by an exception";

Result<std::optional<event::TrialState>> parse_trial_state(std::optional<std::string_view> state) {
    if (!state) return std::nullopt;
    for (const event::TrialState known :
         {event::TrialState::kComplete, event::TrialState::kPruned, event::TrialState::kFailed}) {
        if (to_string(known) == *state) return known;
    }
    return fail(ErrorCode::kInvalidArgument,
                "record trial: /state: found \"{}\", expected complete, pruned or failed", *state);
}

std::int64_t elapsed_ms(std::int64_t since_ns) {
    return (system_clock().monotonic_ns() - since_ns) / 1'000'000;
}

// "a/b" of "/metrics/a~1b", the JSON pointer of a curve's value (RFC 6901).
std::optional<std::string> metric_named_by(std::string_view pointer) {
    constexpr std::string_view kMetrics = "/metrics/";
    if (!pointer.starts_with(kMetrics)) return std::nullopt;
    std::string name;
    for (std::size_t i = kMetrics.size(); i < pointer.size(); ++i) {
        if (pointer[i] == '~' && i + 1 < pointer.size()) {
            name += pointer[++i] == '1' ? '/' : '~';
        } else {
            name += pointer[i];
        }
    }
    return name;
}

// The names of the fields of `fields`; of JSON that cannot be read those before the fault: it will
// be refused when it is recorded.
std::vector<std::string> names_of(const Fields& fields) {
    std::vector<std::string> names;
    for (const Field& field : fields) names.emplace_back(field.name);
    if (fields.json().empty()) return names;
    json::Reader reader(fields.json());
    std::string_view name;
    if (!reader.enter_object()) return names;
    while (reader.next_field(&name)) {
        names.emplace_back(name);
        reader.skip();
    }
    return names;
}

std::int64_t after(std::int64_t step) {
    return step == std::numeric_limits<std::int64_t>::max() ? step : step + 1;
}

}  // namespace

Run::State::State(ledger::Emitter& run_emitter, std::string_view run_id, bool is_attached)
    : emitter(run_emitter),
      id(run_id),
      attached(is_attached),
      fork_generation(log::fork_generation()),
      exceptions(std::uncaught_exceptions()),
      progress_of_process(std::make_unique<Progress>()) {}

Status Run::State::emit(const event::Payload& payload, const event::EmitOptions& options) {
    ASSIGN_OR_RETURN(const event::Receipt receipt, emitter.emit(id, payload, options));
    (void)receipt;
    return {};
}

Status Run::State::end(const event::Payload& payload) {
    if (!is_ours()) {
        const char* const why = attached
                                    ? "it was attached to; only who started it ends it"
                                    : "this is a forked child; only the process that started it "
                                      "ends it";
        return misused(Error(ErrorCode::kInvalidArgument, fmt::format("end run {}: {}", id, why)));
    }
    Progress& progress = this->progress();
    const bool had_ended = [&] {
        const std::lock_guard lock(progress.mutex);
        const bool had_one = progress.ended && !progress.end_is_lost;
        progress.ended = true;
        progress.end_is_lost = false;
        return had_one;
    }();
    if (had_ended) {
        return misused(Error(ErrorCode::kInvalidArgument,
                             fmt::format("end run {}: it has ended already", id)));
    }
    const auto receipt = emitter.emit(id, payload, {});
    if (!receipt || receipt->is_dropped) {
        // The caller may make room, or say less, and end it again.
        const std::lock_guard lock(progress.mutex);
        progress.ended = receipt.has_value();
        progress.end_is_lost = receipt.has_value();
    }
    if (!receipt) return daybook::fail(receipt.error());
    if (heartbeat != nullptr) heartbeat->stop();
    return {};
}

Fields Run::State::dropped(Field& room) const {
    emitter.retry();
    const std::uint64_t dropped = emitter.dropped(id);
    if (dropped == 0) return {};
    room = {"events_dropped", dropped};
    return std::span<const Field>(&room, 1);
}

Result<Run::State::PhasePlace> Run::State::place_phase(std::string_view name,
                                                       std::optional<std::int64_t> order) {
    if (!is_ours() && !order) {
        return daybook::fail(ErrorCode::kInvalidArgument,
                             "begin phase {}: a run that was attached to needs its order given",
                             name);
    }
    Progress& progress = this->progress();
    const std::lock_guard lock(progress.mutex);
    const auto next_order = static_cast<std::int64_t>(progress.phases.size());
    auto found = progress.phases.find(name);
    if (found == progress.phases.end()) {
        found = progress.phases.emplace(name, PhaseUse{.order = order.value_or(next_order)}).first;
    }
    return PhasePlace{.order = order.value_or(found->second.order),
                      .iteration = found->second.next_iteration++};
}

void Run::State::give_back(std::string_view name, const PhasePlace& place) {
    Progress& progress = this->progress();
    const std::lock_guard lock(progress.mutex);
    const auto found = progress.phases.find(name);
    if (found == progress.phases.end()) return;
    if (found->second.next_iteration != place.iteration + 1) return;
    found->second.next_iteration = place.iteration;
    const auto last_order = static_cast<std::int64_t>(progress.phases.size()) - 1;
    if (place.iteration == 0 && found->second.order == last_order) progress.phases.erase(found);
}

Run::State::StepPlace Run::State::take_step(const Fields& metrics, const Fields& nonfinite,
                                            std::optional<std::int64_t> given) {
    if (!is_ours()) return {.step = given};
    StepPlace place;
    for (std::string& name : names_of(metrics)) place.names.push_back({.name = std::move(name)});
    for (const std::string& pointer : names_of(nonfinite)) {
        if (auto name = metric_named_by(pointer)) place.names.push_back({.name = std::move(*name)});
    }
    Progress& progress = this->progress();
    const std::lock_guard lock(progress.mutex);
    std::int64_t next = 0;
    for (StepPlace::Name& of : place.names) {
        const auto found = progress.next_steps.find(of.name);
        if (found != progress.next_steps.end()) of.next_before = found->second;
        next = std::max(next, of.next_before);
    }
    place.step = given.value_or(next);
    for (const StepPlace::Name& of : place.names) {
        progress.next_steps.insert_or_assign(of.name, std::max(of.next_before, after(*place.step)));
    }
    return place;
}

void Run::State::give_back(const StepPlace& place) {
    Progress& progress = this->progress();
    const std::lock_guard lock(progress.mutex);
    for (const StepPlace::Name& of : place.names) {
        const auto found = progress.next_steps.find(of.name);
        if (found != progress.next_steps.end() && found->second == after(*place.step)) {
            found->second = of.next_before;
        }
    }
}

Phase::Phase(std::unique_ptr<State> state) : state_(std::move(state)) {}
Phase::Phase(Phase&&) noexcept = default;

Phase& Phase::operator=(Phase&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

Phase::~Phase() {
    if (state_ == nullptr || state_->ended || !state_->is_ours()) return;
    // A destructor has nobody to tell; who wants to know ends the phase by name.
    if (std::uncaught_exceptions() > state_->exceptions) {
        (void)fail(kLeftByException);
    } else {
        (void)complete();
    }
}

Status Phase::State::end(const event::Payload& payload) {
    const auto refuse = [&](std::string_view why) {
        return run.misused(Error(ErrorCode::kInvalidArgument,
                                 fmt::format("end phase {} of run {}: {}", name, run.id, why)));
    };
    if (!is_ours()) {
        return refuse("this is a forked child; only the process that began it ends it");
    }
    if (ended.exchange(true)) return refuse("it has ended already");
    if (!is_recorded) return {};
    Status status = run.emit(payload);
    // The caller may make room and end it again.
    if (!status) ended = false;
    return status;
}

Status Phase::complete(const Fields& output_summary) {
    DAYBOOK_CHECK(state_ != nullptr);
    return state_->end(event::PhaseCompleted{.phase_name = state_->name,
                                             .duration_ms = elapsed_ms(state_->begun_ns),
                                             .output_summary = output_summary,
                                             .phase_order = state_->place.order,
                                             .iteration = state_->place.iteration});
}

Status Phase::fail(std::string_view message, const FailureOptions& options) {
    DAYBOOK_CHECK(state_ != nullptr);
    return state_->end(event::PhaseFailed{
        .phase_name = state_->name,
        .error = {.message = message, .kind = options.kind, .trace = options.trace},
        .duration_ms = elapsed_ms(state_->begun_ns),
        .phase_order = state_->place.order,
        .iteration = state_->place.iteration});
}

namespace {

// What it says lives as long as what it is made of.
event::ArtifactCreated artifact_created(const ledger::ArtifactFacts& facts, std::string_view type,
                                        const ArtifactOptions& options) {
    event::ArtifactCreated event{.artifact_type = type,
                                 .artifact_path = facts.path,
                                 .size_bytes = facts.size_bytes,
                                 .sha256 = facts.sha256,
                                 .rows = options.rows,
                                 .trial_id = options.trial_id};
    event.format = options.format;
    if (!event.format && facts.format) event.format = *facts.format;
    return event;
}

}  // namespace

Run::Run(std::unique_ptr<State> state) : state_(std::move(state)) {}
Run::Run(Run&&) noexcept = default;

Run& Run::operator=(Run&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

Run::~Run() {
    if (state_ == nullptr || !state_->is_ours() || state_->progress().ended) return;
    if (std::uncaught_exceptions() > state_->exceptions) {
        (void)fail(kLeftByException);
        return;
    }
    Field dropped;
    const Fields more = state_->dropped(dropped);
    const Field extra[] = {{"implicit_end", true}, dropped};
    (void)state_->end(
        event::RunCompleted{.summary = {},
                            .artifact_paths = {},
                            .extra = std::span<const Field>(extra, more.empty() ? 1 : 2)});
}

const std::string& Run::id() const { return state_->id; }

bool Run::has_ended() const {
    State::Progress& progress = state_->progress();
    const std::lock_guard lock(progress.mutex);
    return progress.ended && !progress.end_is_lost;
}

Result<Phase> Run::phase(std::string_view name, std::optional<std::int64_t> order) {
    const Result<State::PhasePlace> place = state_->place_phase(name, order);
    // Where the host goes on, it does so with a phase of which nothing is recorded.
    const bool has_place = place.has_value();
    if (has_place) {
        Status begun = state_->emit(event::PhaseStarted{
            .phase_name = name, .phase_order = place->order, .iteration = place->iteration});
        if (!begun) {
            state_->give_back(name, *place);
            return daybook::fail(std::move(begun).error());
        }
    } else {
        RETURN_IF_ERROR(state_->not_recorded(place.error()));
    }
    return Phase(
        std::unique_ptr<Phase::State>(new Phase::State{.run = *state_,
                                                       .name = std::string(name),
                                                       .place = place.value_or(State::PhasePlace{}),
                                                       .is_recorded = has_place,
                                                       .begun_ns = system_clock().monotonic_ns(),
                                                       .fork_generation = log::fork_generation(),
                                                       .exceptions = std::uncaught_exceptions()}));
}

Status Run::record_trial(std::string_view trial_id, const Fields& params, const Fields& metrics,
                         const TrialOptions& options) {
    const Result<std::optional<event::TrialState>> trial_state = parse_trial_state(options.state);
    if (!trial_state) return state_->not_recorded(trial_state.error());
    event::TrialRecorded trial{.trial_id = trial_id,
                               .params = params,
                               .metrics = metrics,
                               .state = *trial_state,
                               .feasible = options.feasible,
                               .violations = options.violations,
                               .started_at_ms = options.started_at_ms,
                               .duration_ms = options.duration_ms,
                               .nonfinite = event::unless_empty(options.nonfinite)};
    if (options.error_message) trial.error = event::Failure{.message = *options.error_message};
    return state_->emit(trial, {.durability = options.durability});
}

Status Run::record_metrics(const Fields& metrics, const MetricOptions& options) {
    const State::StepPlace place = state_->take_step(metrics, options.nonfinite, options.step);
    Status status =
        state_->emit(event::MetricRecorded{.metrics = metrics,
                                           .step = place.step,
                                           .trial_id = options.trial_id,
                                           .nonfinite = event::unless_empty(options.nonfinite)},
                     {.durability = options.durability});
    if (!status) state_->give_back(place);
    return status;
}

Status Run::add_artifact(const std::string& path, std::string_view type,
                         const ArtifactOptions& options) {
    if (options.copy) return add_artifact_copy(path, type, options);
    const Result<ledger::ArtifactFacts> facts = ledger::artifact_facts(state_->emitter.dir(), path);
    if (!facts) return state_->not_recorded(facts.error());
    return state_->emit(artifact_created(*facts, type, options));
}

Status Run::add_artifact_copy(const std::string& path, std::string_view type,
                              const ArtifactOptions& options) {
    // Kept until the event is in the log: until then nobody may take the copy for forgotten.
    const Result<ledger::CopiedArtifact> copied =
        ledger::copy_artifact(state_->emitter.dir(), path);
    if (!copied) return state_->not_recorded(copied.error());
    const Field extra[] = {{"original_path", copied->original_path}};
    event::ArtifactCreated event = artifact_created(copied->facts, type, options);
    event.extra = std::span<const Field>(extra);
    return state_->emit(event);
}

Status Run::tag(const Fields& tags) { return state_->emit(event::RunTagged{.tags = tags}); }

Status Run::note(std::string_view text, std::optional<std::string_view> author) {
    return state_->emit(event::RunTagged{.tags = {}, .note = text, .author = author});
}

Status Run::complete(const Fields& summary, const Fields& artifact_paths) {
    Field dropped;
    return state_->end(event::RunCompleted{
        .summary = summary, .artifact_paths = artifact_paths, .extra = state_->dropped(dropped)});
}

Status Run::fail(std::string_view message, const FailureOptions& options) {
    Field dropped;
    return state_->end(
        event::RunFailed{.error = {.message = message,
                                   .kind = options.kind,
                                   .trace = options.trace,
                                   .phase_name = options.phase_name},
                         .summary = event::unless_empty(options.summary),
                         .artifact_paths = event::unless_empty(options.artifact_paths),
                         .extra = state_->dropped(dropped)});
}

Status Run::cancel(std::optional<std::string_view> reason) {
    Field dropped;
    return state_->end(event::RunCancelled{.reason = reason, .extra = state_->dropped(dropped)});
}

Status Run::record_environment(const Fields& packages, std::int64_t limit_ms) {
    const auto refuse = [&](const std::string& why) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("record environment of run {}: {}", id(), why));
    };
    if (limit_ms < 0) {
        return state_->not_recorded(
            refuse(fmt::format("limit_ms: found {}, expected 0 or more", limit_ms)));
    }
    // What is not to be captured is not, whoever asks.
    const auto settings = capture::read_settings(os::environment_variables());
    if (!settings || !settings->enabled) return {};
    if (state_->environment_is_taken.exchange(true)) {
        return state_->misused(refuse("it is recorded once, and has been asked for already"));
    }
    capture::CodeQuestion question =
        capture::ask_about_code(*settings, limit_ms == 0 ? capture::kCodeStateMsMax : limit_ms);
    question.given_up = &state_->environment_is_given_up;
    Status status = ledger::record_environment(state_->emitter, state_->emitter.dir().root(), id(),
                                               question, packages);
    // The caller may try again.
    if (!status) state_->environment_is_taken = false;
    return status;
}

void Run::give_up_environment() { state_->environment_is_given_up = true; }

Result<std::string> Run::artifact_directory() const {
    const std::string& root = state_->emitter.dir().root();
    ASSIGN_OR_RETURN(const std::string below, ledger::run_directory(state_->id));
    std::string directory = os::join_path(root, below);
    RETURN_IF_ERROR(os::make_dirs(directory));
    return os::canonical_path(directory);
}

void Run::count_failure(std::string_view message) {
    count_failure(Error(ErrorCode::kInvalidArgument, std::string(message)));
}

void Run::count_failure(const Error& error) { state_->emitter.count_failure(state_->id, error); }

FailurePolicy Run::failure_policy() const { return state_->emitter.policy(); }

}  // namespace daybook
