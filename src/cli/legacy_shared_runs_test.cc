#include "cli/legacy_shared_runs.h"

#include <gtest/gtest.h>

#include "legacy/cache.h"
#include "legacy/test_file.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

using Lines = std::vector<std::string>;

class SharedRunsTest : public ::testing::Test {
protected:
    // Attaches a file of runs, "r<first>" and those after it.
    legacy::Source attach(const std::string& name, int first, int count) {
        const legacy::Source source{.name = name, .path = files_ / (name + ".duckdb")};
        legacy::write_file(source.path, legacy::test_schema() + legacy::test_runs(first, count));
        testing::value_of(legacy::attach_source(dir_, source));
        testing::value_of(legacy::Cache(dir_, source).refresh());
        return source;
    }
    Lines told(const legacy::Source& source) {
        return testing::value_of(tell_shared_runs(dir_, source));
    }

    testing::TempDir files_;
    testing::LedgerLines log_;
    const ledger::LedgerDir dir_{log_.root()};
};

TEST_F(SharedRunsTest, FilesOfTheirOwnRunsShareNothing) {
    log_.created("r1", 1);
    const legacy::Source one = attach("one", 0, 3);
    const legacy::Source two = attach("two", 3, 3);
    EXPECT_EQ(told(one), Lines());
    EXPECT_EQ(told(two), Lines());
}

TEST_F(SharedRunsTest, TheFileThatWasAttachedFirstAnswersForWhatBothHave) {
    log_.created("own", 1);
    const legacy::Source one = attach("one", 0, 3);
    const legacy::Source two = attach("two", 1, 4);
    EXPECT_EQ(told(two), (Lines{"'two' and 'one' both have 2 runs, such as r1: 'one' answers for "
                                "them, which was attached first"}));
    EXPECT_EQ(told(one), (Lines{"'one' and 'two' both have 2 runs, such as r1: 'one' answers for "
                                "them, which was attached first"}));
}

TEST_F(SharedRunsTest, WhatTheLogHasByTheImportOfAnotherFileIsTold) {
    log_.created("r2", 1, R"(,"imported_from":{"source":"old","table":"t","key":"r2"})");
    log_.created("r9", 1, R"(,"imported_from":{"source":"old","table":"t","key":"r9"})");
    EXPECT_EQ(told(attach("one", 0, 3)),
              (Lines{"'one' and the log, by an import of 'old', both have 1 run, such as r2: an "
                     "import of 'one' would bring them in once more"}));
}

// The log has one beginning of each run, whichever of the imports that one is of.
TEST_F(SharedRunsTest, OfTwoImportsNoneIsSaidToBeTheOnlyOne) {
    log_.created("r1", 1, R"(,"imported_from":{"source":"old","table":"t","key":"r1"})");
    log_.created("r2", 1, R"(,"imported_from":{"source":"one","table":"t","key":"r2"})");
    EXPECT_EQ(told(attach("one", 0, 3)),
              (Lines{"'one' and the log, by an import of 'old', both have at least 1 run, such as "
                     "r1: 'one' has been imported too, and the log has their events twice"}));
    EXPECT_EQ(told(attach("two", 2, 1)).at(1),
              "'two' and the log, by an import of 'one', both have at least 1 run, such as r2: an "
              "import of 'two' would bring them in once more");
}

}  // namespace
}  // namespace daybook::cli
