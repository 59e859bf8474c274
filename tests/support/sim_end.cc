#include "support/sim_end.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace daybook::testing {
namespace {

std::string in_words(const Moment& moment, const Crash& crash) {
    return fmt::format("{} before {} of '{}' ({} of {} bytes written)",
                       crash.power_cut ? "power cut" : "death of all processes",
                       os::to_string(moment.call), moment.tree.path_of(moment.inode),
                       crash.bytes_written, moment.bytes.size());
}

}  // namespace

Crash draw_crash(const std::vector<Moment>& moments, RandomSource& random) {
    Crash crash{.moment = random.next() % moments.size(), .power_cut = random.next() % 4 != 0};
    const std::size_t bytes = moments[crash.moment].bytes.size();
    if (bytes > 0 && random.next() % 2 == 0) crash.bytes_written = random.next() % (bytes + 1);
    return crash;
}

Aftermath let_crash(const std::vector<Moment>& moments, const Crash& crash,
                    const std::optional<CrashSpace::Choice>& choice, RandomSource& random) {
    const Moment& moment = moments[crash.moment];
    Aftermath left{.tree = moment.tree, .story = "  " + in_words(moment, crash) + '\n'};
    if (crash.bytes_written > 0) {
        SimBytes bytes = left.tree.inode(moment.inode).bytes();
        bytes.write(moment.offset, std::string_view(moment.bytes).substr(0, crash.bytes_written));
        left.tree.set_bytes(moment.inode, std::move(bytes));
    }
    if (!crash.power_cut) return left;
    const CrashSpace space(left.tree);
    const CrashSpace::Choice made = choice ? *choice : space.draw(random);
    left.story += space.describe(made);
    left.tree = space.apply(made);
    return left;
}

bool leaves_all(const SimTree& tree, const Crash& crash) {
    return !crash.power_cut || CrashSpace(tree).count() == 1;
}

bool has_unmarked_failure(const SimTree& tree) {
    for (std::uint32_t number = 0; number < tree.inode_count(); ++number) {
        if (tree.inode(InodeNumber(number)).forgotten == nullptr) continue;
        std::string path = tree.path_of(InodeNumber(number));
        if (!path.ends_with(".jsonl")) continue;
        path.replace(path.rfind('.'), std::string::npos, ".bad");
        if (!tree.find(path)) return true;
    }
    return false;
}

}  // namespace daybook::testing
