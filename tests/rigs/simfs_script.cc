#include "rigs/simfs_script.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "support/sim_crash.h"

namespace daybook::testing {
namespace {

#define DAYBOOK_SCRIPT_WORDS(identifier, words) std::string_view(words),
constexpr std::array kStartWords = {DAYBOOK_START_LIST(DAYBOOK_SCRIPT_WORDS)};
constexpr std::array kStepWords = {DAYBOOK_STEP_LIST(DAYBOOK_SCRIPT_WORDS)};
#undef DAYBOOK_SCRIPT_WORDS

constexpr std::size_t kLongBytes = 900;
constexpr std::size_t kFragmentBytes = 70;
// With two lines behind them there is room for two more short ones, and not for a long one.
constexpr std::uint64_t kNearlyFullBytes = kPartBytesMax - 1'500;

// The state a script begins in, and what is promised there.
struct Beginning {
    SimTree tree;
    std::vector<Promise> promises;
};

InodeNumber first_part(const SimTree& tree) {
    const std::string path =
        SimLog::layout().part_path({.day = kSimDay, .number = log::PartNumber(1)});
    return tree.find(std::string_view(path).substr(kSimRoot.size())).value();
}

std::string bytes_of(const SimTree& tree, InodeNumber file) {
    return tree.inode(file).bytes().data;
}

Beginning make_beginning(Start start) {
    if (start == Start::kNothing) return {};
    SimLog log{SimTree()};
    DAYBOOK_CHECK(log.append(0, {{}, {}}, Durability::kPower));
    log.close(0);
    SimTree tree = log.fs().tree();
    tree.settle();
    const InodeNumber part = first_part(tree);
    const std::string lines = bytes_of(tree, part);
    std::vector<Promise> promises = log.promises();
    for (Promise& promise : promises) promise.attempted = promise.process = promise.power = 0;
    switch (start) {
        case Start::kNothing:
        case Start::kSynced: break;
        case Start::kUnsynced: {
            tree.set_bytes(part, {.data = lines.substr(0, lines.find('\n') + 1)});
            tree.settle();
            tree.set_bytes(part, {.data = lines});
            promises[1].power = kNever;
            break;
        }
        case Start::kNearlyFull:
            tree.set_bytes(part, {.zeros = kNearlyFullBytes, .data = '\n' + lines});
            tree.settle();
            break;
        case Start::kTorn:
        case Start::kTornDurable:
            tree.set_bytes(part, {.data = lines + lines.substr(0, kFragmentBytes)});
            if (start == Start::kTornDurable) tree.settle();
            break;
        case Start::kBooted: {
            const CrashSpace space(tree);
            tree = space.apply(space.newest());
            break;
        }
    }
    return {.tree = tree, .promises = promises};
}

const Beginning& beginning_of(Start start) {
    static std::array<std::optional<Beginning>, kStartWords.size()> made;
    std::optional<Beginning>& beginning = made[static_cast<std::size_t>(start)];
    if (!beginning) beginning = make_beginning(start);
    return *beginning;
}

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

}  // namespace

std::uint64_t script_count(std::size_t steps) {
    std::uint64_t count = kStartWords.size();
    for (std::size_t i = 0; i < steps; ++i) count *= kStepWords.size();
    return count;
}

Script nth_script(std::size_t steps, std::uint64_t number) {
    Script script{.start = static_cast<Start>(number % kStartWords.size())};
    number /= kStartWords.size();
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
    text += kStartWords[static_cast<std::size_t>(script.start)];
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
        case Step::kLong: (void)log.append(0, {{.bytes = kLongBytes}}, Durability::kProcess); break;
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
            log.fs().set_room(kFragmentBytes);
            (void)log.append(0, {{}}, Durability::kProcess);
            log.fs().mend();
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
                  .problem = log.problem()};
    played.moments.push_back({.number = log.moment(),
                              .tree = log.fs().tree(),
                              .call = os::Call::kClose,
                              .inode = kRootInode,
                              .published = log.published()});
    return played;
}

}  // namespace daybook::testing
