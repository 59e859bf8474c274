// What the rig of power cuts (blockdev_rig.cc) lets survive of a tape.

#include <fcntl.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "rigs/blockdev_crash.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kSeeds = 100;

std::string lines(char c) { return std::string(1'499, c) + "\n" + std::string(36, '\0'); }
std::string structure(char c) { return "\x01" + std::string(8'191, c); }

class CrashImageTest : public ::testing::Test {
protected:
    // Writes of files and of structures, before a flush and after it.
    CrashImageTest() {
        write(0, lines('a'));
        EXPECT_TRUE(tape_.record_flush());
        write(1'024, lines('b'));
        write(65'536, structure('c'));
        write(8'704, lines('d'));
    }
    void write(std::uint64_t offset, const std::string& bytes) {
        EXPECT_TRUE(tape_.record_write(offset, bytes));
    }
    std::vector<Piece> pieces(Survival survival, std::uint64_t seed) const {
        return surviving_pieces(
            tape_, {.cut = tape_.size(), .durable = 2, .survival = survival, .seed = seed});
    }
    Piece whole(std::uint32_t index) const {
        return {.offset = tape_.op(index).offset, .bytes = tape_.bytes(tape_.op(index))};
    }
    // What of the operation is in `pieces`, as the offsets of its bytes that are.
    std::set<std::uint64_t> kept(std::uint32_t index, const std::vector<Piece>& pieces) const {
        std::set<std::uint64_t> offsets;
        const std::string_view all = whole(index).bytes;
        for (const Piece& piece : pieces) {
            const std::uint64_t at = piece.offset - whole(index).offset;
            if (piece.offset < whole(index).offset || at >= all.size()) continue;
            EXPECT_EQ(all.substr(at, piece.bytes.size()), piece.bytes);
            for (std::uint64_t i = 0; i < piece.bytes.size(); ++i) offsets.insert(piece.offset + i);
        }
        return offsets;
    }

    Tape tape_ = Tape::make().value();
};

TEST_F(CrashImageTest, DurableIsWhatCameBeforeTheLastFlushThatWasCompleted) {
    SeededRandom random(1);
    std::vector<std::uint32_t> durable;
    for (std::uint32_t cut = 0; cut <= tape_.size(); ++cut) {
        durable.push_back(plan_crash(tape_, cut, random).durable);
    }
    EXPECT_EQ(durable, (std::vector<std::uint32_t>{0, 0, 2, 2, 2, 2}));
}

TEST_F(CrashImageTest, AllWritesOrNoneSurvive) {
    EXPECT_EQ(pieces(Survival::kAll, 1), (std::vector<Piece>{whole(2), whole(3), whole(4)}));
    EXPECT_EQ(pieces(Survival::kNone, 1), std::vector<Piece>{});
}

TEST_F(CrashImageTest, EveryChoiceOfWholeWritesOccurs) {
    std::set<std::vector<std::uint64_t>> some;
    std::set<std::vector<std::uint64_t>> later;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const auto offsets = [&](Survival survival) {
            std::vector<std::uint64_t> found;
            for (const Piece& piece : pieces(survival, seed)) found.push_back(piece.offset);
            return found;
        };
        some.insert(offsets(Survival::kSomeWrites));
        later.insert(offsets(Survival::kLaterWrites));
    }
    EXPECT_EQ(some.size(), 8U);
    EXPECT_EQ(later, (std::set<std::vector<std::uint64_t>>{{}, {8'704}, {65'536, 8'704}}));
}

TEST_F(CrashImageTest, FilesAreTornAtSectorsAndStructuresAtBlocks) {
    std::set<std::size_t> sizes_of_lines;
    std::set<std::size_t> sizes_of_structures;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const std::vector<Piece> found = pieces(Survival::kSomeSectors, seed);
        sizes_of_lines.insert(kept(2, found).size());
        sizes_of_structures.insert(kept(3, found).size());
    }
    EXPECT_EQ(sizes_of_lines, (std::set<std::size_t>{0, 512, 1'024, 1'536}));
    EXPECT_EQ(sizes_of_structures, (std::set<std::size_t>{0, 4'096, 8'192}));
}

TEST_F(CrashImageTest, OnlyTheLastWriteIsTorn) {
    std::set<std::set<std::uint64_t>> begins;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const std::vector<Piece> found = pieces(Survival::kTornLast, seed);
        EXPECT_EQ(kept(2, found).size(), whole(2).bytes.size());
        EXPECT_EQ(kept(3, found).size(), whole(3).bytes.size());
        const std::set<std::uint64_t> last = kept(4, found);
        begins.insert({*last.begin() - 8'704, *last.rbegin() - 8'704});
    }
    // Its first sector or two, or its last one or two.
    EXPECT_EQ(begins, (std::set<std::set<std::uint64_t>>{
                          {0, 511}, {0, 1'023}, {512, 1'535}, {1'024, 1'535}}));
}

TEST_F(CrashImageTest, TheImageIsTheBaseWithWhatIsThere) {
    const TempDir dir;
    const std::string base = dir / "base";
    const std::string image = dir / "image";
    {
        const os::UniqueFd fd = os::open_fd(base, O_WRONLY | O_CREAT).value();
        ASSERT_FALSE(os::write_all(fd.get(), "base", base).error);
        ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(100'000), base));
    }
    const CrashPlan plan{.cut = 5, .durable = 2, .survival = Survival::kAll, .seed = 1};
    ASSERT_TRUE(make_crash_image(base, image, tape_, plan));
    std::string expected = "base" + std::string(99'996, '\0');
    for (const std::uint32_t index : {0U, 2U, 3U, 4U}) {
        const Piece piece = whole(index);
        expected.replace(piece.offset, piece.bytes.size(), piece.bytes);
    }
    EXPECT_TRUE(os::read_file(image, 1 << 20).value() == expected);
}

}  // namespace
}  // namespace daybook::testing
