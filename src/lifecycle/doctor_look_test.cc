#include "lifecycle/doctor_look.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/manifest.h"
#include "ledger/sealer.h"
#include "lifecycle/test_doctor.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

class DoctorLookTest : public DoctorLedgerTest {
protected:
    void write(const std::string& place, const std::string& text) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
};

using Strings = std::vector<std::string>;

TEST_F(DoctorLookTest, AFreshLedgerIsWell) { EXPECT_EQ(sick(), Strings{}); }

TEST_F(DoctorLookTest, LookingChangesNothing) {
    const auto tree = [&] {
        std::vector<std::pair<std::string, std::uintmax_t>> found;
        for (const auto& entry : fs::recursive_directory_iterator(dir_.root())) {
            found.emplace_back(entry.path(), entry.is_regular_file() ? entry.file_size() : 0);
        }
        std::sort(found.begin(), found.end());
        return found;
    };
    const auto before = tree();
    sick();
    EXPECT_EQ(tree(), before);
}

TEST_F(DoctorLookTest, APartThatIsLateIsSaidWhenItsDayIsOverForADay) {
    clock_.advance_ms(3 * kDayMs);
    EXPECT_EQ(sick(), Strings{"seals: warn"});
    testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    EXPECT_EQ(sick(), Strings{});
}

TEST_F(DoctorLookTest, AClockThatIsBehindIsSaid) {
    clock_.step_to(clock_.now() + -kDayMs);
    EXPECT_EQ(sick(), Strings{"clock: bad"});
}

TEST_F(DoctorLookTest, AManifestThatCannotBeReadIsBadAndTheLogIsLookedAt) {
    write("archive/day=2020-01-01/manifest.json", "{");
    const Strings found = sick();
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0], "archive: bad");
}

TEST_F(DoctorLookTest, DocumentsOfOthersAreRead) {
    write("archive/_retention.json", "{}");
    write("backup.json", R"({"destination":"/b","at":"2026-01-01T00:00:00.000Z","losses":0})");
    write("trash/20200101T000000.000Z/entry.json", R"({"at":"2020-01-01T00:00:00.000Z"})");
    testing::expect_ok(ledger::change_manifest_value(dir_, "legacy", [](const auto&) {
        return std::optional<std::string>(R"([{"name":"a","path":"/gone.duckdb"}])");
    }));
    EXPECT_EQ(sick(), (Strings{"trash: warn", "retention: bad", "backup: warn", "legacy: warn"}));
}

TEST_F(DoctorLookTest, TrashOfAClockThatWasAheadIsSaid) {
    write("trash/20990101T000000.000Z/entry.json", R"({"at":"2099-01-01T00:00:00.000Z"})");
    EXPECT_EQ(sick(), Strings{"trash: warn"});
}

}  // namespace
}  // namespace daybook::lifecycle
