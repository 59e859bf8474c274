#include "rigs/simfs_script.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/limits.h"

namespace daybook::testing {
namespace {

constexpr std::array kStepWords = {
#define DAYBOOK_STEP_WORDS(identifier, words) std::string_view(words),
    DAYBOOK_STEP_LIST(DAYBOOK_STEP_WORDS)
#undef DAYBOOK_STEP_WORDS
};
constexpr std::size_t kLessThanALine = 70;
constexpr std::size_t kMoreThanALine = 400;

void append_over_midnight(SimLog& log) {
    const Day today = day_of(log.now());
    const TimestampMs midnight = start_of(today + 1);
    (void)log.append(0, {{.time = midnight + -1}, {.time = midnight}}, Durability::kPower);
}

void turn_day(SimLog& log) {
    log.advance_ms(kDayMs);
    // The lane of a day gone by is given up when it was found unused twice.
    log.maintain();
    log.advance_ms(kLaneDayTurnMs + 1);
    log.maintain();
}

void append_with_faults(SimLog& log, os::Call call, int times) {
    for (int i = 0; i < times; ++i) log.fs().fail(call, 1, EIO);
    (void)log.append(0, {{}}, Durability::kPower);
    log.fs().mend();
}

void append_with_room(SimLog& log, std::uint64_t bytes,
                      const std::vector<SimLog::EventSpec>& events, Durability durability) {
    log.fs().set_room(bytes);
    (void)log.append(0, events, durability);
    log.fs().mend();
}

}  // namespace

std::uint64_t script_count(std::size_t steps) {
    std::uint64_t count = kStarts;
    for (std::size_t i = 0; i < steps; ++i) count *= kStepWords.size();
    return count;
}

Script nth_script(std::size_t steps, std::uint64_t number) {
    Script script{.start = static_cast<Start>(number % kStarts)};
    number /= kStarts;
    for (std::size_t i = 0; i < steps; ++i) {
        script.steps.push_back(static_cast<Step>(number % kStepWords.size()));
        number /= kStepWords.size();
    }
    return script;
}

std::string to_string(const Script& script) {
    std::string text;
    for (const Step step : script.steps) {
        text += text.empty() ? "" : "; ";
        text += kStepWords[static_cast<std::size_t>(step)];
    }
    text += ", from ";
    text += to_string(script.start);
    return text;
}

void take_step(SimLog& log, Step step) {
    switch (step) {
        case Step::kProcess: (void)log.append(0, {{}}, Durability::kProcess); break;
        case Step::kPower: (void)log.append(0, {{}}, Durability::kPower); break;
        case Step::kUnflushed: (void)log.append(0, {{}}, Durability::kBuffered); break;
        case Step::kBuffered:
            (void)log.append(0, {{}, {}}, Durability::kBuffered);
            (void)log.flush(0);
            break;
        case Step::kMidnight: append_over_midnight(log); break;
        case Step::kLong:
            (void)log.append(0, {{.bytes = kLongEventBytes}}, Durability::kProcess);
            break;
        case Step::kSync: (void)log.sync(0); break;
        case Step::kReopen: log.close(0); break;
        case Step::kDayTurn: turn_day(log); break;
        case Step::kMaintain:
            log.advance_ms(kBackgroundSyncMsMax);
            log.maintain();
            break;
        case Step::kOther: (void)log.append(1, {{}}, Durability::kProcess); break;
        case Step::kOtherPower: (void)log.append(1, {{}}, Durability::kPower); break;
        case Step::kFailedSync: append_with_faults(log, os::Call::kFdatasync, 1); break;
        case Step::kFailedSyncs: append_with_faults(log, os::Call::kFdatasync, 9); break;
        case Step::kFailedNames: append_with_faults(log, os::Call::kFsync, 1); break;
        case Step::kTornWrite:
            append_with_room(log, kLessThanALine, {{}}, Durability::kProcess);
            break;
        case Step::kTornBatch:
            append_with_room(log, kMoreThanALine, {{}, {}, {}}, Durability::kProcess);
            break;
        case Step::kLastWords:
            append_with_room(log, 0, {{.may_use_reserve = true}}, Durability::kPower);
            break;
        case Step::kSeal:
            turn_day(log);
            log.advance_ms(kSealAfterDayMs);
            (void)log.seal();
            break;
        case Step::kPublish: (void)log.publish(); break;
    }
}

Played play(const Script& script) {
    const Beginning& beginning = beginning_of(script.start);
    SimLog log(beginning.tree, beginning.promises);
    log.keep_moments();
    for (const Step step : script.steps) take_step(log, step);
    Played played{.began = beginning.tree,
                  .moments = log.moments(),
                  .promises = log.promises(),
                  .sealed = log.sealed(),
                  .problem = log.problem()};
    played.moments.push_back(log.this_moment());
    return played;
}

}  // namespace daybook::testing
