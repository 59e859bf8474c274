// What a Run remembers between its calls.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "daybook/run.h"
#include "event/sink.h"
#include "ledger/ledger_dir.h"

namespace daybook {

struct Run::State {
    event::EventSink& sink;
    const ledger::LedgerDir& dir;
    std::string id;
    // Who attached neither ends the run nor numbers its phases.
    bool attached = false;
    // The process (counted by forks) and the exceptions under way when the run was begun.
    std::uint64_t fork_generation = 0;
    int exceptions = 0;

    std::mutex mutex{};
    bool ended = false;
    struct PhaseUse {
        std::int64_t order = 0;
        std::int64_t next_iteration = 0;
    };
    std::map<std::string, PhaseUse, std::less<>> phases{};
    std::map<std::string, std::int64_t, std::less<>> next_steps{};

    // One event of the run, with nothing to give back but whether it was accepted.
    Status emit(const event::Payload& payload, const event::EmitOptions& options = {});
    // The same for an event that ends the run: once only.
    Status end(const event::Payload& payload);

    struct PhasePlace {
        std::int64_t order = 0;
        std::int64_t iteration = 0;
    };
    Result<PhasePlace> place_phase(std::string_view name, std::optional<std::int64_t> order);
    // The step of a point whose caller gave none: one more than the last of any of its names.
    std::int64_t take_step(const Fields& metrics);
};

struct Phase::State {
    Run::State& run;
    std::string name;
    Run::State::PhasePlace place;
    std::int64_t begun_ns = 0;
    std::uint64_t fork_generation = 0;
    int exceptions = 0;
    bool ended = false;
};

}  // namespace daybook
