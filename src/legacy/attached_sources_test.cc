#include "legacy/attached_sources.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "legacy/sources.h"
#include "legacy/test_file.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

class AttachedSourcesTest : public ::testing::Test {
protected:
    void attach(const std::string& name, std::optional<Day> cutover = std::nullopt) {
        must(attach_source(dir_, {.name = name, .path = file(name), .cutover = cutover}));
    }
    std::string file(const std::string& name) { return temp_ / (name + ".duckdb"); }

    testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "ledger"};
    AttachedSources sources_;
};

TEST_F(AttachedSourcesTest, ALedgerWithoutAnyHasNoneAndIsNotTouched) {
    const query::ExtraIndexes none = must(sources_.refresh(dir_.root()));
    EXPECT_TRUE(none.indexes.empty() && none.notes.empty());
    EXPECT_FALSE(std::filesystem::exists(dir_.root()));
}

TEST_F(AttachedSourcesTest, AreGivenInTheirOrderAndOneThatFailsIsNoted) {
    write_file(file("b"), test_schema() + test_runs(0, 2));
    write_file(file("a"), test_schema() + test_runs(2, 2));
    attach("b", parse_day("2026-01-23"));
    attach("gone");
    attach("a");
    const query::ExtraIndexes extra = must(sources_.refresh(dir_.root()));
    ASSERT_EQ(extra.indexes.size(), 2U);
    EXPECT_EQ(extra.indexes[0].name, "b");
    EXPECT_EQ(extra.indexes[0].cutover, parse_day("2026-01-23"));
    EXPECT_TRUE(std::filesystem::exists(extra.indexes[0].snapshot));
    EXPECT_EQ(extra.indexes[1].name, "a");
    ASSERT_EQ(extra.notes.size(), 1U);
    EXPECT_EQ(extra.notes[0], "source 'gone' is not in the answers: read " + file("gone") +
                                  ": there is no such file");
}

TEST_F(AttachedSourcesTest, AnOlderCopyIsNotedAndAnswers) {
    write_file(file("a"), test_schema() + test_runs(0, 2));
    attach("a");
    must(sources_.refresh(dir_.root()));
    std::filesystem::remove(file("a"));
    const query::ExtraIndexes extra = must(sources_.refresh(dir_.root()));
    EXPECT_EQ(extra.indexes.size(), 1U);
    ASSERT_EQ(extra.notes.size(), 1U);
    EXPECT_NE(extra.notes[0].find("source 'a': read"), std::string::npos) << extra.notes[0];
}

TEST_F(AttachedSourcesTest, WhatIsAttachedNoMoreIsSweptAwayWhereItIsNoQuestion) {
    const std::string left = dir_.index_dir() + "/legacy/.removed-a-1";
    std::filesystem::create_directories(left);
    must(sources_.refresh(dir_.root()));
    EXPECT_TRUE(std::filesystem::exists(left));
    must(sources_.refresh(dir_.root(), {.effort = query::Effort::kUpkeep}));
    EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(AttachedSourcesTest, AWishToStopIsNoNote) {
    write_file(file("a"), test_schema() + test_runs(0, 2));
    attach("a");
    const auto stopped = sources_.refresh(dir_.root(), {.keep_on = [] { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace daybook::legacy
