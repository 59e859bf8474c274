#include "daybook/ledger.h"

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "capture/code_state.h"
#include "capture/process_state.h"
#include "capture/settings.h"
#include "event/optional_fields.h"
#include "event/run_id.h"
#include "ledger/emitter.h"
#include "ledger/environment_recorder.h"
#include "ledger/ledger_location.h"
#include "ledger/outer_run.h"
#include "ledger/owner_fields.h"
#include "ledger/run_state.h"
#include "os/environment.h"
#include "os/process.h"

namespace daybook {

struct Ledger::State {
    explicit State(std::unique_ptr<ledger::Emitter> opened,
                   std::function<void(std::string_view)> on_warning)
        : emitter(std::move(opened)),
          warn(std::move(on_warning)),
          environments(*emitter, emitter->dir().root(), warn) {}

    // What is to be captured of a run.
    capture::Settings settings(const capture::Environment& environment, Capture wanted);
    // The run that this process was started for, such as by `daybook run`.
    std::optional<std::string> outer_run();
    // How often a run that asks for `wanted` sends heartbeats.
    Result<std::int64_t> heartbeat_ms(std::int64_t wanted);

    std::unique_ptr<ledger::Emitter> emitter;
    std::function<void(std::string_view)> warn;
    std::atomic<bool> has_warned = false;
    std::atomic<bool> has_warned_of_outer = false;
    ledger::EnvironmentRecorder environments;
};

// A slip in a variable stops no run, but nothing is captured that the user may have wanted off.
capture::Settings Ledger::State::settings(const capture::Environment& environment, Capture wanted) {
    constexpr capture::Settings kOff{.enabled = false, .diff = false};
    if (wanted == Capture::kNone) return kOff;
    const Result<capture::Settings> settings = capture::read_settings(environment);
    if (settings) return *settings;
    if (warn && !has_warned.exchange(true)) {
        warn(settings.error().message() + "; what runs start from is not recorded");
    }
    return kOff;
}

// What somebody else has put into a variable stops no run.
std::optional<std::string> Ledger::State::outer_run() {
    Result<std::optional<std::string>> outer =
        ledger::outer_run(os::environment_variable("DAYBOOK_RUN_ID"));
    if (outer) return std::move(*outer);
    if (warn && !has_warned_of_outer.exchange(true)) {
        warn(outer.error().message() + "; runs are recorded without a parent");
    }
    return std::nullopt;
}

Result<std::int64_t> Ledger::State::heartbeat_ms(std::int64_t wanted) {
    if (wanted >= 0) return wanted;
    RETURN_IF_ERROR(emitter->refuse(
        "",
        Error(ErrorCode::kInvalidArgument,
              fmt::format("start run: heartbeat_ms: found {}, expected 1 or more, or 0 for none",
                          wanted)),
        ledger::Emitter::Loses::kNothing));
    return 0;
}

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Result<Ledger> Ledger::open(const std::string& directory, const LedgerOptions& options) {
    std::string root = directory.empty()
                           ? ledger::locate_ledger(os::environment_variable("DAYBOOK_LEDGER"),
                                                   os::working_directory())
                                 .path
                           : directory;
    // The host may change its directory while it records.
    root = os::absolute_path(root);
    ASSIGN_OR_RETURN(
        std::unique_ptr<ledger::Emitter> emitter,
        ledger::Emitter::open(ledger::LedgerDir(root), {.log = {.create = options.create,
                                                                .background = options.background,
                                                                .on_warning = options.on_warning},
                                                        .policy = options.failure_policy,
                                                        .kept_events_max = options.kept_events_max,
                                                        .kept_bytes_max = options.kept_bytes_max}));
    return Ledger(std::make_unique<State>(std::move(emitter), options.on_warning));
}

const std::string& Ledger::directory() const { return state_->emitter->dir().root(); }

Result<Run> Ledger::start_run(const RunSpec& spec) {
    ASSIGN_OR_RETURN(const std::int64_t heartbeat_ms, state_->heartbeat_ms(spec.heartbeat_ms));
    const std::string run_id = spec.run_id
                                   ? std::string(*spec.run_id)
                                   : event::make_run_id(spec.type, system_clock().now(),
                                                        static_cast<std::uint32_t>(random_seed()));
    const os::ProcessIdentity process = os::this_process();
    const capture::Environment variables = os::environment_variables();
    const capture::Settings settings = state_->settings(variables, spec.capture);
    std::optional<capture::ProcessState> here;
    if (settings.enabled) here.emplace(variables, spec.argv);
    const std::optional<std::string> outer = state_->outer_run();
    std::optional<std::string_view> parent = spec.parent_run_id;
    if (!parent && outer) parent = *outer;
    event::RunCreated created{.run_type = spec.type,
                              .config = spec.config,
                              .data_fingerprint = spec.data_fingerprint,
                              .name = spec.name,
                              .experiment = spec.experiment,
                              .parent_run_id = parent,
                              .tags = event::unless_empty(spec.tags),
                              .seed = spec.seed};
    if (here) created.environment = here->environment(spec.versions);
    event::Owner owner = ledger::owner_fields(process);
    if (heartbeat_ms > 0) owner.heartbeat_ms = heartbeat_ms;
    const event::RunStarted started{.owner = owner};

    auto state = std::make_unique<Run::State>(*state_->emitter, run_id, false);
    RETURN_IF_ERROR(state->emit(created));
    RETURN_IF_ERROR(state->emit(started));
    if (heartbeat_ms > 0) {
        state->heartbeat = std::make_unique<ledger::Heartbeat>(*state_->emitter, run_id,
                                                               heartbeat_ms, state_->warn);
    }
    if (settings.enabled && spec.capture == Capture::kAll) {
        state->environment_is_taken = true;
        state_->environments.request(run_id, capture::ask_about_code(settings));
    }
    return Run(std::move(state));
}

Result<Run> Ledger::attach(std::string_view run_id) {
    return Run(std::make_unique<Run::State>(*state_->emitter, run_id, true));
}

Result<Ack> Ledger::emit_json(std::string_view event, std::optional<Durability> durability) {
    ASSIGN_OR_RETURN(ledger::JsonReceipt receipt, state_->emitter->emit_json(event, durability));
    return Ack{.event_id = std::move(receipt.event_id), .durability = receipt.durability};
}

Status Ledger::flush() { return state_->emitter->flush(); }

Status Ledger::sync() { return state_->emitter->sync(); }

void Ledger::count_failure(const Error& error) { state_->emitter->count_failure("", error); }

FailurePolicy Ledger::failure_policy() const { return state_->emitter->policy(); }

LedgerStats Ledger::stats() const { return state_->emitter->stats(); }

std::optional<Error> Ledger::last_failure() const { return state_->emitter->last_failure(); }

}  // namespace daybook
