#include "daybook/ledger.h"

#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/version.h"
#include "event/run_id.h"
#include "ledger/event_log.h"
#include "ledger/run_state.h"
#include "log/fork_guard.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook {
namespace {

std::optional<Fields> unless_empty(const Fields& fields) {
    return fields.empty() ? std::nullopt : std::optional<Fields>(fields);
}

}  // namespace

struct Ledger::State {
    std::unique_ptr<ledger::EventLog> log;
};

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Result<Ledger> Ledger::open(const std::string& directory, const LedgerOptions& options) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<ledger::EventLog> log,
        ledger::EventLog::open(ledger::LedgerDir(directory), {.create = options.create,
                                                              .background = options.background,
                                                              .on_warning = options.on_warning}));
    return Ledger(std::make_unique<State>(State{.log = std::move(log)}));
}

const std::string& Ledger::directory() const { return state_->log->dir().root(); }

Result<Run> Ledger::start_run(const RunSpec& spec) {
    const std::string run_id = spec.run_id
                                   ? std::string(*spec.run_id)
                                   : event::make_run_id(spec.type, system_clock().now(),
                                                        static_cast<std::uint32_t>(random_seed()));
    const os::ProcessIdentity process = os::this_process();
    const std::string user = os::user_name();
    const std::string cwd = os::working_directory();
    const event::RunCreated created{.run_type = spec.type,
                                    .config = spec.config,
                                    .data_fingerprint = spec.data_fingerprint,
                                    .name = spec.name,
                                    .experiment = spec.experiment,
                                    .parent_run_id = spec.parent_run_id,
                                    .tags = unless_empty(spec.tags),
                                    .environment = event::Environment{.host = process.host,
                                                                      .user = user,
                                                                      .cwd = cwd,
                                                                      .daybook_version = version(),
                                                                      .compiler = compiler()},
                                    .seed = spec.seed};
    const event::RunStarted started{.owner = event::Owner{.host = process.host,
                                                          .machine_id = process.machine_id,
                                                          .boot_id = process.boot_id,
                                                          .pid_namespace = process.pid_namespace,
                                                          .pid = process.pid,
                                                          .pid_start = process.pid_start}};

    std::unique_ptr<Run::State> state(new Run::State{.sink = *state_->log,
                                                     .dir = state_->log->dir(),
                                                     .id = run_id,
                                                     .fork_generation = log::fork_generation(),
                                                     .exceptions = std::uncaught_exceptions()});
    RETURN_IF_ERROR(state->emit(created));
    RETURN_IF_ERROR(state->emit(started));
    return Run(std::move(state));
}

Result<Run> Ledger::attach(std::string_view run_id) {
    return Run(
        std::unique_ptr<Run::State>(new Run::State{.sink = *state_->log,
                                                   .dir = state_->log->dir(),
                                                   .id = std::string(run_id),
                                                   .attached = true,
                                                   .fork_generation = log::fork_generation(),
                                                   .exceptions = std::uncaught_exceptions()}));
}

Result<Ack> Ledger::emit_json(std::string_view event, std::optional<Durability> durability) {
    ASSIGN_OR_RETURN(ledger::JsonReceipt receipt, state_->log->emit_json(event, durability));
    return Ack{.event_id = std::move(receipt.event_id), .durability = receipt.durability};
}

Status Ledger::flush() { return state_->log->flush(); }

Status Ledger::sync() { return state_->log->sync(); }

}  // namespace daybook
