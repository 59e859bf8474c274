// The bytes of a torn tail are in the part or in torn/, whatever happens while it is repaired.

#include <fcntl.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/lane.h"
#include "os/file.h"
#include "support/sim_crash.h"
#include "support/sim_fs.h"
#include "support/sim_log.h"

namespace daybook::testing {
namespace {

const log::PartId kPart{.day = kSimDay, .number = log::PartNumber(1)};
constexpr std::string_view kFragment = R"({"event_type":"t","event_id)";

// A ledger on the disk, whose part ends in a fragment; no torn/ yet.
SimTree torn_ledger() {
    SimLog log{SimTree()};
    EXPECT_TRUE(log.append(0, {{}}, Durability::kPower));
    log.close(0);
    const os::UniqueFd fd =
        os::open_fd(SimLog::layout().part_path(kPart), O_WRONLY | O_APPEND).value();
    EXPECT_FALSE(os::write_all(fd.get(), kFragment, "part").error);
    SimTree tree = log.fs().tree();
    tree.settle();
    return tree;
}

// The file systems before each change that taking the part's lane makes, and after the last.
std::vector<SimTree> moments_of_repair(const SimTree& tree) {
    SimFs fs(tree);
    const ScopedSimFs in_force(fs);
    std::vector<SimTree> moments;
    fs.on_change([&](const SimChange&) { moments.push_back(fs.tree()); });
    EXPECT_TRUE(log::Lane::take(SimLog::layout(), kSimDay, TimestampMs(0)));
    moments.push_back(fs.tree());
    return moments;
}

bool has_fragment(const SimTree& tree) {
    SimFs fs(tree);
    const ScopedSimFs in_force(fs);
    const log::Layout layout = SimLog::layout();
    if (os::read_file(layout.part_path(kPart), 10'000).value().ends_with(kFragment)) return true;
    const auto evidence = os::list_dir(layout.torn_dir());
    if (!evidence) return false;
    for (const os::DirEntry& entry : *evidence) {
        if (os::read_file(layout.torn_dir() + '/' + entry.name, 10'000) == kFragment) return true;
    }
    return false;
}

void expect_to_survive_power_cuts(const SimTree& tree) {
    const CrashSpace space(tree);
    for (std::uint64_t i = 0; i < space.count(); ++i) {
        EXPECT_TRUE(has_fragment(space.apply(space.nth(i)))) << space.describe(space.nth(i));
    }
}

TEST(EvidenceTest, APowerCutAtAnyMomentOfARepairLosesNoByte) {
    const std::vector<SimTree> moments = moments_of_repair(torn_ledger());
    EXPECT_GE(moments.size(), 8U);
    for (const SimTree& moment : moments) expect_to_survive_power_cuts(moment);
}

TEST(EvidenceTest, ARepairThatFollowsOneThatDiedLosesNoByteEither) {
    for (const SimTree& left : moments_of_repair(torn_ledger())) {
        EXPECT_TRUE(has_fragment(left));
        for (const SimTree& moment : moments_of_repair(left)) expect_to_survive_power_cuts(moment);
    }
}

}  // namespace
}  // namespace daybook::testing
