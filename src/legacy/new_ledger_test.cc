#include "legacy/new_ledger.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

namespace fs = std::filesystem;

class NewLedgerTest : public ::testing::Test {
protected:
    testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "mistyped/data/ledger"};
};

TEST_F(NewLedgerTest, WhatWasMadeForNothingGoes) {
    {
        const NewLedger traces(dir_);
        fs::create_directories(dir_.index_dir() + "/legacy");
        std::ofstream(dir_.legacy_lock_path()) << "pid 1";
    }
    EXPECT_FALSE(fs::exists(temp_ / "mistyped"));
}

TEST_F(NewLedgerTest, WhatSomethingIsInStays) {
    {
        const NewLedger traces(dir_);
        fs::create_directories(dir_.index_dir() + "/legacy");
        std::ofstream(dir_.manifest_path()) << "{}";
        std::ofstream(dir_.legacy_lock_path()) << "pid 1";
    }
    EXPECT_TRUE(fs::exists(dir_.legacy_lock_path()));
    EXPECT_FALSE(fs::exists(dir_.index_dir()));
}

TEST_F(NewLedgerTest, WhatWasThereStays) {
    fs::create_directories(dir_.root());
    std::ofstream(dir_.legacy_lock_path()) << "pid 1";
    {
        const NewLedger traces(dir_);
        fs::create_directories(dir_.index_dir() + "/legacy");
    }
    EXPECT_TRUE(fs::exists(dir_.legacy_lock_path()));
    EXPECT_FALSE(fs::exists(dir_.index_dir()));
}

}  // namespace
}  // namespace daybook::legacy
