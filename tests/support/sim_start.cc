#include "support/sim_start.h"

#include <array>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/limits.h"
#include "support/sim_crash.h"

namespace daybook::testing {
namespace {

constexpr std::array kStartWords = {
#define DAYBOOK_START_WORDS(identifier, words) std::string_view(words),
    DAYBOOK_START_LIST(DAYBOOK_START_WORDS)
#undef DAYBOOK_START_WORDS
};
static_assert(kStartWords.size() == kStarts);

constexpr std::size_t kFragmentBytes = 70;
// With two lines behind them there is room for two more short ones, and not for a long one.
constexpr std::uint64_t kNearlyFullBytes = kPartBytesMax - 1'500;

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

}  // namespace

std::string_view to_string(Start start) { return kStartWords[static_cast<std::size_t>(start)]; }

const Beginning& beginning_of(Start start) {
    static std::array<std::optional<Beginning>, kStartWords.size()> made;
    std::optional<Beginning>& beginning = made[static_cast<std::size_t>(start)];
    if (!beginning) beginning = make_beginning(start);
    return *beginning;
}

}  // namespace daybook::testing
