#include "legacy/cache_rows.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "legacy/cache.h"
#include "legacy/test_file.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;
namespace fs = std::filesystem;

// What comes of rows that change, go, or are read half, is in cache_test.cc.
class CacheRowsTest : public ::testing::Test {
protected:
    CacheRowsTest() {
        must(os::make_dirs(directory_));
        write_file(temp_ / "lab.duckdb", test_schema() + test_runs(0, 5));
        fs::copy_file(temp_ / "lab.duckdb", directory_ + "/copy-1.duckdb");
    }
    void make() {
        const CacheRecipe recipe =
            must(read_recipe(ledger::LedgerDir(temp_ / "ledger"), {.path = temp_ / "lab.duckdb"}));
        must(make_rows(directory_, "lab", recipe, {}, state_));
    }
    os::FileIdentity identity_of(const std::string& name) {
        return must(os::file_info(directory_ + "/" + name))->identity;
    }
    std::vector<std::string> names() {
        std::vector<std::string> found;
        for (const os::DirEntry& entry : must(os::list_dir(directory_)))
            found.push_back(entry.name);
        return found;
    }

    testing::TempDir temp_;
    const std::string directory_ = temp_ / "cache";
    CacheState state_{.copy = "copy-1.duckdb"};
};

TEST_F(CacheRowsTest, SaysWhatWasFound) {
    make();
    EXPECT_EQ(state_.rows, "rows-000001");
    EXPECT_EQ(state_.answers, "answers-000001.duckdb");
    EXPECT_EQ(state_.runs, 5U);
    EXPECT_FALSE(state_.tables.empty());
    EXPECT_FALSE(state_.recipe.empty());
}

TEST_F(CacheRowsTest, WhatIsTheSameIsNotNamedAgain) {
    make();
    make();
    EXPECT_EQ(state_.answers, "answers-000001.duckdb");
    EXPECT_EQ(state_.answers_before, "");
}

// Its generations are counted from 1 again: what answers may not be taken for the older one.
TEST_F(CacheRowsTest, AnIndexThatWasMadeAnewAnswersUnderANewName) {
    make();
    const os::FileIdentity before = identity_of(state_.answers);
    fs::remove_all(directory_ + "/rows-000001/index");
    make();
    EXPECT_EQ(state_.answers, "answers-000002.duckdb");
    EXPECT_EQ(state_.answers_before, "answers-000001.duckdb");
    EXPECT_NE(identity_of(state_.answers), before);
}

TEST_F(CacheRowsTest, WhatIsNotNamedIsRemoved) {
    make();
    fs::remove_all(directory_ + "/rows-000001/index");
    make();
    for (const char* name : {"incoming.duckdb", "incoming.duckdb.wal", "copy-2.duckdb",
                             "answers-000007.duckdb", "rows-000002", "lock"}) {
        must(os::write_file_atomic(directory_ + "/" + name, "x"));
    }
    must(os::make_dirs(directory_ + "/spill.tmp"));
    must(remove_unnamed(directory_, state_, true));
    EXPECT_EQ(names(),
              (std::vector<std::string>{"answers-000001.duckdb", "answers-000002.duckdb",
                                        "copy-1.duckdb", "lock", "rows-000001", "rows-000002"}));
    must(remove_unnamed(directory_, state_, false));
    EXPECT_FALSE(fs::exists(directory_ + "/rows-000002"));
}

}  // namespace
}  // namespace daybook::legacy
