#include "ledger/ledger_location.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

class LedgerLocationTest : public ::testing::Test {
protected:
    std::string at(const std::string& below) const { return temp_ / below; }
    void make(const std::string& below) { std::filesystem::create_directories(at(below)); }

    testing::TempDir temp_;
};

TEST_F(LedgerLocationTest, TheEnvironmentWinsOverWhatIsFound) {
    make("x/data/ledger");
    EXPECT_EQ(locate_ledger("/b", at("x")).path, "/b");
    EXPECT_EQ(locate_ledger("", at("x")).path, "data/ledger");
}

TEST_F(LedgerLocationTest, TheNearestOneUpwardsIsFound) {
    make("data/ledger");
    make("x/data/ledger");
    make("x/y/z");
    EXPECT_EQ(locate_ledger("", at("x/y/z")).path, at("x/data/ledger"));
    make("w");
    EXPECT_EQ(locate_ledger("", at("w")).path, at("data/ledger"));
}

TEST_F(LedgerLocationTest, WithoutAnyItIsTheOneBelowTheWorkingDirectory) {
    make("x");
    const LedgerLocation location = locate_ledger("", at("x"));
    EXPECT_EQ(location.path, kDefaultLedgerPath);
    EXPECT_EQ(location.reason, "default");
}

}  // namespace
}  // namespace daybook::ledger
