// What a Run remembers between its calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/run.h"
#include "ledger/emitter.h"
#include "ledger/heartbeat.h"
#include "log/fork_guard.h"
#include "log/per_process.h"

namespace daybook {

struct Run::State {
    State(ledger::Emitter& run_emitter, std::string_view run_id, bool is_attached);

    ledger::Emitter& emitter;
    std::string id;
    // Who attached neither ends the run nor numbers its phases.
    bool attached = false;
    // The process (counted by forks) and the exceptions under way when the run was begun.
    std::uint64_t fork_generation = 0;
    int exceptions = 0;
    // Somebody records run.environment, or has.
    std::atomic<bool> environment_is_taken = false;
    // Who does is to come to an end.
    std::atomic<bool> environment_is_given_up = false;
    // Null: it sends none.
    std::unique_ptr<ledger::Heartbeat> heartbeat{};

    struct PhaseUse {
        std::int64_t order = 0;
        std::int64_t next_iteration = 0;
    };
    struct Progress {
        std::mutex mutex{};
        bool ended = false;
        // It was not recorded for what is wrong in itself: another one may take its place.
        bool end_is_lost = false;
        std::map<std::string, PhaseUse, std::less<>> phases{};
        std::map<std::string, std::int64_t, std::less<>> next_steps{};
    };
    log::PerProcess<Progress> progress_of_process;
    Progress& progress() const {
        return progress_of_process.get([] { return std::make_unique<Progress>(); });
    }
    // Whether this process began the run, and so knows all of its phases and steps.
    bool is_ours() const { return !attached && fork_generation == log::fork_generation(); }

    // One event of the run, with nothing to give back but whether it was accepted.
    Status emit(const event::Payload& payload, const event::EmitOptions& options = {});
    // The same for an event that ends the run: once only, and only by the process that began it.
    Status end(const event::Payload& payload);
    // What to answer where the call itself is wrong: the failure policy decides.
    Status misused(const Error& error) {
        return emitter.refuse(id, error, ledger::Emitter::Loses::kNothing);
    }
    // The same where an event is lost by it.
    Status not_recorded(const Error& error) {
        return emitter.refuse(id, error, ledger::Emitter::Loses::kEvent);
    }

    struct PhasePlace {
        std::int64_t order = 0;
        std::int64_t iteration = 0;
    };
    Result<PhasePlace> place_phase(std::string_view name, std::optional<std::int64_t> order);
    // The phase was not recorded after all: the place is the next one's, if nobody is behind it.
    void give_back(std::string_view name, const PhasePlace& place);
    struct StepPlace {
        std::optional<std::int64_t> step{};
        struct Name {
            std::string name;
            std::int64_t next_before = 0;
        };
        std::vector<Name> names{};
    };
    // The step of a point: `given`, or one more than the last of any of its names, those of numbers
    // that JSON cannot hold included; unset where other processes may be numbering the same curve.
    StepPlace take_step(const Fields& metrics, const Fields& nonfinite,
                        std::optional<std::int64_t> given);
    // The point was not recorded after all: the step is the next one's, if nobody is behind it.
    void give_back(const StepPlace& place);
    // {"events_dropped": n} if there are any, for the event that ends the run.
    Fields dropped(Field& room) const;
};

struct Phase::State {
    // Once only, and only by the process that began the phase.
    Status end(const event::Payload& payload);
    bool is_ours() const { return fork_generation == log::fork_generation(); }

    Run::State& run;
    std::string name;
    Run::State::PhasePlace place;
    // Unset: it could not be begun, and the failure was counted.
    bool is_recorded = true;
    std::int64_t begun_ns = 0;
    std::uint64_t fork_generation = 0;
    int exceptions = 0;
    std::atomic<bool> ended = false;
};

}  // namespace daybook
