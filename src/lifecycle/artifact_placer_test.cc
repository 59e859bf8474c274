#include "lifecycle/artifact_placer.h"

#include <cerrno>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "lifecycle/test_transfer.h"
#include "os/test_support.h"

namespace daybook::lifecycle {
namespace {

class PlacerTest : public ::testing::Test {
protected:
    Placed place(const std::string& path, std::string_view bytes) {
        testing::expect_ok(placer_.begin(path));
        testing::expect_ok(placer_.write(bytes));
        return testing::value_of(placer_.end());
    }
    Placed look(const std::string& path, const std::string& bytes) {
        return testing::value_of(placer_.look(path, bytes.size(), sha256_hex(bytes)));
    }

    TestLedger ledger_;
    ArtifactPlacer placer_{ledger_.dir()};
};

TEST_F(PlacerTest, AFileComesToItsPlace) {
    EXPECT_EQ(look("artifacts/a/b", "x"), Placed::kNew);
    EXPECT_EQ(place("artifacts/a/b", "x"), Placed::kNew);
    testing::expect_ok(placer_.sync());
    EXPECT_EQ(ledger_.files(),
              (std::map<std::string, std::string>{{"artifacts/a/b", sha256_hex("x")}}));
    EXPECT_EQ(look("artifacts/a/b", "x"), Placed::kThere);
}

TEST_F(PlacerTest, WhatIsThereIsNeverReplaced) {
    ledger_.put("artifacts/a", "mine");
    EXPECT_EQ(look("artifacts/a", "else"), Placed::kConflict);
    EXPECT_EQ(look("artifacts/a", "longer"), Placed::kConflict);
    EXPECT_EQ(place("artifacts/a", "else"), Placed::kConflict);
    EXPECT_EQ(ledger_.read("artifacts/a"), "mine");
    std::filesystem::create_directories(ledger_.path("artifacts/d"));
    EXPECT_EQ(look("artifacts/d", ""), Placed::kConflict);
}

// As exFAT is.
TEST_F(PlacerTest, AFileSystemWithoutLinksWillDo) {
    os::Faults faults;
    faults.fail(os::Call::kLink, 1, EPERM, /*for_good=*/true);
    EXPECT_EQ(place("artifacts/a", "x"), Placed::kNew);
    EXPECT_EQ(place("artifacts/a", "else"), Placed::kConflict);
    EXPECT_EQ(ledger_.files(),
              (std::map<std::string, std::string>{{"artifacts/a", sha256_hex("x")}}));
}

TEST_F(PlacerTest, LeftoversOfAKilledImportAreWrittenOver) {
    ledger_.put("artifacts/.importing", "half of another, and longer");
    EXPECT_EQ(place("artifacts/a", "x"), Placed::kNew);
    EXPECT_EQ(ledger_.read("artifacts/a"), "x");
    EXPECT_EQ(ledger_.read("artifacts/.importing"), "(none)");
}

}  // namespace
}  // namespace daybook::lifecycle
