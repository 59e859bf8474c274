// The sealer and the publisher, killed at every one of their kill points: the next one finishes,
// and everything is as if nobody had been killed.

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crash/step.h"
#include "index/publish.h"
#include "ledger/seal_chain.h"
#include "ledger/test_seals.h"
#include "os/kill_point.h"

namespace daybook::testing {
namespace {

// Every file below `directory`, by name: its mode and its bytes.  Without lock files, which say who
// held them last.
std::map<std::string, std::string> tree(const std::string& directory) {
    std::map<std::string, std::string> files;
    const std::vector<os::DirEntry> entries = os::list_dir(directory).value();
    for (const os::DirEntry& entry : entries) {
        const std::string path = os::join_path(directory, entry.name);
        if (entry.is_directory) {
            files.merge(tree(path));
        } else if (!path.ends_with(".lock")) {
            files[path] = fmt::format("{:o} {}", os::file_info(path).value()->mode,
                                      os::read_file(path, 1 << 20).value());
        }
    }
    return files;
}

// How a step ends whose kill point is due; in builds without them it just does its work.
std::string killed() { return os::kHasKillPoints ? "signal 9" : "exit 0"; }

// Three parts, the first of them torn.
class KilledSealer : public ledger::SealsTest {
protected:
    void prepare() {
        ASSERT_TRUE(os::remove_tree(dir_.root()));
        put_part(ledger::part_of(1), ledger::event_line("a", 1) + R"({"event_ty)");
        put_part(ledger::part_of(2), ledger::event_line("b", 1));
        put_part(ledger::part_of(3), ledger::event_line("c", 1));
    }
    std::string seal(const std::string& kill_at = "") {
        return run_step({"seal", dir_.root()}, kill_at);
    }
    // No part has half a seal, and the chain is whole or one seal ahead of the head.
    void expect_consistent() {
        const ledger::SealFiles files = ledger::read_seals(layout()).value();
        EXPECT_TRUE(files.unreadable.empty());
        const auto end = ledger::chain_end(files, layout());
        EXPECT_TRUE(end) << end.error().message();
        for (const ledger::StoredSeal& stored : files.seals) {
            EXPECT_EQ(stored.seal.sha256, sha256_hex(read(layout().part_path(stored.part))));
        }
    }
};

// What the sealer passes on its way, and how often: its own points, and those of holding a part and
// of cutting its tail.
std::map<std::string, int> points_of_the_sealer() {
    std::map<std::string, int> points = {{"lane.opened", 3},
                                         {"lane.locked", 3},
                                         {"lane.looked_again", 3},
                                         {"lane.evidence_saved", 1},
                                         {"lane.tail_cut", 1}};
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string name(to_string(point));
        if (name.starts_with("sealer.")) points[name] = 3;
    }
    points.at("sealer.lock_taken") = 1;
    points.at("sealer.done") = 1;
    return points;
}

TEST_F(KilledSealer, IsFinishedByTheNextOneAsIfNobodyHadBeenKilled) {
    prepare();
    ASSERT_EQ(seal(), "exit 0");
    const auto expected = tree(dir_.root());
    for (const auto& [point, passages] : points_of_the_sealer()) {
        for (int passage = 1; passage <= passages; ++passage) {
            const std::string kill_at = fmt::format("{}:{}", point, passage);
            SCOPED_TRACE(kill_at);
            prepare();
            EXPECT_EQ(seal(kill_at), killed());
            expect_consistent();
            EXPECT_EQ(seal(), "exit 0");
            EXPECT_EQ(tree(dir_.root()), expected);
        }
    }
}

TEST_F(KilledSealer, ComesToAnEndHoweverOftenItIsKilled) {
    prepare();
    ASSERT_EQ(seal(), "exit 0");
    const auto expected = tree(dir_.root());
    prepare();
    for (const char* point :
         {"sealer.tail_cut", "sealer.mode_set", "sealer.seal_written", "sealer.seal_renamed",
          "sealer.head_written", "sealer.head_renamed"}) {
        EXPECT_EQ(seal(point), killed()) << point;
        expect_consistent();
    }
    EXPECT_EQ(seal(), "exit 0");
    EXPECT_EQ(tree(dir_.root()), expected);
}

class KilledPublisher : public ::testing::Test {
protected:
    void write(const std::string& path, const std::string& bytes) {
        ASSERT_TRUE(os::write_file_atomic(path, bytes));
    }
    std::string publish(std::uint64_t generation, const std::string& kill_at = "") {
        return run_step({"publish", dir_.path(), std::to_string(generation)}, kill_at);
    }

    os::TempDir dir_;
    index::IndexLayout layout_{dir_.path()};
};

TEST_F(KilledPublisher, LeavesASnapshotAndTheNextOneFinishes) {
    ASSERT_TRUE(os::make_dirs(layout_.work_dir()));
    std::uint64_t generation = 0;
    int points = 0;
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string name(to_string(point));
        if (!name.starts_with("publisher.")) continue;
        SCOPED_TRACE(name);
        ++points;
        // As many generations as are kept, so that one is due to go.
        write(layout_.work_path(), "old");
        for (std::size_t i = 0; i < index::kGenerationsKept; ++i) {
            ASSERT_EQ(publish(++generation), "exit 0");
        }
        write(layout_.work_path(), "new");
        write(layout_.snapshot_path() + ".wal", "stray");
        EXPECT_EQ(publish(++generation, name), killed());
        const std::string left = os::read_file(layout_.snapshot_path(), 100).value();
        EXPECT_TRUE(left == "old" || left == "new") << left;

        // A number that a dead builder has used stays used.
        if (index::list_generations(layout_)->back() == index::Generation(generation)) ++generation;
        ASSERT_EQ(publish(generation), "exit 0");
        EXPECT_EQ(os::read_file(layout_.snapshot_path(), 100), "new");
        EXPECT_EQ(index::list_generations(layout_)->size(), index::kGenerationsKept);
        EXPECT_EQ(index::is_published(layout_, index::Generation(generation)), true);
        EXPECT_EQ(os::exists(layout_.snapshot_path() + ".wal"), false);
        EXPECT_EQ(os::list_dir(layout_.work_dir())->size(), 1U) << "nothing unfinished is left";
    }
    EXPECT_EQ(points, 9);
}

}  // namespace
}  // namespace daybook::testing
