#include "lifecycle/holds.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

const Hold kOnRun{.run = "r1", .reason = "audit", .author = "ada", .at = "2026-01-23T00:00:00Z"};
const Hold kOnFilter{.where = "tags.case = '17'", .reason = "case 17"};

class HoldsTest : public ::testing::Test {
protected:
    std::vector<Hold> holds() { return testing::value_of(read_holds(dir_)); }
    void write(const std::string& text) {
        testing::expect_ok(os::write_file_atomic(dir_.manifest_path(), text));
    }
    std::string manifest() {
        return testing::value_of(os::read_file(dir_.manifest_path(), 10'000));
    }

    testing::TempDir directory_;
    ledger::LedgerDir dir_{directory_.path()};
};

TEST_F(HoldsTest, WhatIsAddedIsReadBackInItsOrder) {
    EXPECT_EQ(holds(), std::vector<Hold>());
    testing::expect_ok(add_hold(dir_, kOnRun));
    testing::expect_ok(add_hold(dir_, kOnFilter));
    EXPECT_EQ(holds(), (std::vector<Hold>{kOnRun, kOnFilter}));
}

TEST_F(HoldsTest, ASecondOneOnTheSameRunReplacesTheFirst) {
    testing::expect_ok(add_hold(dir_, kOnRun));
    Hold again = kOnRun;
    again.reason = "a longer audit";
    testing::expect_ok(add_hold(dir_, again));
    EXPECT_EQ(holds(), std::vector<Hold>{again});
}

TEST_F(HoldsTest, TheLastOneThatIsLiftedTakesTheKeyAway) {
    testing::expect_ok(add_hold(dir_, kOnRun));
    testing::expect_ok(add_hold(dir_, kOnFilter));
    testing::expect_ok(remove_hold(dir_, "r1", ""));
    EXPECT_EQ(holds(), std::vector<Hold>{kOnFilter});
    testing::expect_ok(remove_hold(dir_, "", "tags.case = '17'"));
    EXPECT_FALSE(has(manifest(), "holds"));
}

TEST_F(HoldsTest, LiftingOneThatIsNotThereNamesThoseThatAre) {
    testing::expect_ok(add_hold(dir_, kOnRun));
    const Status removed = remove_hold(dir_, "r2", "");
    ASSERT_FALSE(removed.has_value());
    EXPECT_EQ(removed.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(removed.error().message(), "unhold: there is no hold on 'r2'; holds: 'r1'");
}

TEST_F(HoldsTest, KeysThatNobodyKnowsAreKept) {
    write(R"({"format":1,"ledger_id":"x","mine":{"a":1},)"
          R"("holds":[{"run":"r0","reason":"r","ticket":7}]})");
    testing::expect_ok(add_hold(dir_, kOnRun));
    EXPECT_TRUE(has(manifest(), "\"ticket\": 7")) << manifest();
    EXPECT_TRUE(has(manifest(), "\"mine\"")) << manifest();
    EXPECT_EQ(holds().size(), 2U);
}

TEST_F(HoldsTest, AnEntryThatSaysNothingIsRefused) {
    for (const char* entry :
         {R"({"reason":"r"})", R"({"run":"a","where":"trials > 1"})", R"({"run":7})", "7",
          R"({"where":"no filter"})", R"({"run":"a","at":1})"}) {
        write(fmt::format(R"({{"format":1,"ledger_id":"x","holds":[{{"run":"r0"}},{}]}})", entry));
        const auto read = read_holds(dir_);
        ASSERT_FALSE(read.has_value()) << entry;
        EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt) << entry;
        EXPECT_TRUE(has(read.error().message(), "`holds`, entry 2")) << read.error().message();
    }
}

TEST_F(HoldsTest, AHoldNeedsATargetAndAReason) {
    EXPECT_EQ(add_hold(dir_, {.reason = "r"}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(add_hold(dir_, {.run = "r1"}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(add_hold(dir_, {.run = "r1", .where = "trials > 1", .reason = "r"}).error().code(),
              ErrorCode::kInvalidArgument);
    EXPECT_FALSE(add_hold(dir_, {.where = "no filter", .reason = "r"}).has_value());
    EXPECT_FALSE(add_hold(dir_, {.run = "r1", .reason = "\xff"}).has_value());
    EXPECT_EQ(holds(), std::vector<Hold>());
}

}  // namespace
}  // namespace daybook::lifecycle
