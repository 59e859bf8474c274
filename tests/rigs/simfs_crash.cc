#include "rigs/simfs_crash.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace daybook::testing {
namespace {

bool has_full_part(const Reading& reading) {
    return std::any_of(reading.parts.begin(), reading.parts.end(), [](const ReadPart& part) {
        return part.unfinished_from >= ByteOffset(kPartBytesMax);
    });
}

}  // namespace

Reading CrashTrial::look(const SimTree& tree) {
    SimFs fs(tree);
    const ScopedSimFs in_force(fs);
    return read_log(fs);
}

std::string CrashTrial::try_crash(const Played& played, const Crash& crash,
                                  const std::optional<CrashSpace::Choice>& choice) {
    story_.clear();
    if (!played.problem.empty()) return played.problem;
    const Moment& moment = played.moments[crash.moment];
    const Aftermath aftermath = let_crash(played.moments, crash, choice, random_);
    ++states_;
    story_ = aftermath.story;
    const SimTree& tree = aftermath.tree;
    const Left left{.tree = tree,
                    .promised = {.events = &played.promises,
                                 .moment = moment.number,
                                 .power_cut = crash.power_cut,
                                 .may_be_damaged = crash.power_cut,
                                 .published = moment.published,
                                 .sealed = &played.sealed},
                    .unmarked_failure = has_unmarked_failure(tree)};
    std::string problem;
    if (leaves_all(played.began, crash)) problem = check_kept(look(played.began), look(tree));
    if (problem.empty()) problem = recover(left);
    return problem.empty() ? "" : problem + '\n' + story_;
}

// Reads what is left, recovers twice, and lets another crash come in between.
std::string CrashTrial::recover(const Left& left) {
    const Reading before = look(left.tree);
    if (std::string problem = check_promises(before, left.promised); !problem.empty()) {
        return "after the crash: " + problem;
    }
    Played recovery;
    Reading once;
    Reading twice;
    {
        SimLog log(left.tree, promises_after(before, left.promised), left.promised.published);
        log.keep_moments();
        // The next writer is all that recovery needs.
        const Durability durability =
            random_.next() % 2 == 0 ? Durability::kPower : Durability::kProcess;
        // The second event puts it on record that the first was synced.
        const bool first = log.append(0, {{}}, durability) && log.append(0, {{}}, durability);
        log.close(0);
        once = read_log(log.fs());
        const bool second = log.append(0, {{}}, durability);
        log.close(0);
        twice = read_log(log.fs());
        if (!first || !second) return "recovery: an event was refused. " + log.problem();
        recovery = {.moments = log.moments(), .promises = log.promises()};
    }
    const Promised promised{.events = &recovery.promises,
                            .may_be_damaged = left.promised.may_be_damaged,
                            .published = left.promised.published};
    std::string problem = check_kept(before, once);
    if (problem.empty()) problem = check_kept(once, twice);
    if (problem.empty()) problem = check_promises(twice, promised);
    if (!problem.empty()) return "after recovery: " + problem;
    // Unless the first recovery has filled its part, the second has nothing to do but to append.
    const bool same = has_full_part(once) ||
                      (once.parts.size() == twice.parts.size() && once.evidence == twice.evidence);
    if (!same) return "recovering twice is not the same as recovering once";
    return crash_recovery(recovery, left, before);
}

std::string CrashTrial::crash_recovery(const Played& recovery, const Left& left,
                                       const Reading& before) {
    if (recovery.moments.empty()) return "";
    Crash crash = draw_crash(recovery.moments, random_);
    if (left.unmarked_failure) crash.power_cut = false;
    const Moment& moment = recovery.moments[crash.moment];
    const Aftermath aftermath = let_crash(recovery.moments, crash, std::nullopt, random_);
    ++states_;
    story_ += "  then, during recovery:\n" + aftermath.story;
    const Promised promised{.events = &recovery.promises,
                            .moment = moment.number,
                            .power_cut = crash.power_cut,
                            .may_be_damaged = crash.power_cut || left.promised.may_be_damaged,
                            .published = left.promised.published};
    const Reading after = look(aftermath.tree);
    std::string problem = check_promises(after, promised);
    // What was on the disk, or in the kernel's hands, is there still, or its evidence is.
    if (problem.empty() && leaves_all(left.tree, crash)) problem = check_kept(before, after);
    if (!problem.empty()) return "after a crash during recovery: " + problem;

    SimLog log(aftermath.tree, promises_after(after, promised), promised.published);
    if (!log.append(0, {{}}, Durability::kPower)) {
        return "recovery after a crash during recovery: an event was refused. " + log.problem();
    }
    log.close(0);
    const Reading in_the_end = read_log(log.fs());
    problem = check_kept(after, in_the_end);
    return problem.empty() ? "" : "after recovery from a crash during recovery: " + problem;
}

}  // namespace daybook::testing
