#include "ledger/json_batch.h"

#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

constexpr TimestampMs kNow{1769126400000};

class JsonBatchTest : public ::testing::Test {
protected:
    Status add(std::string_view json) { return batch_.add(json, kNow, types_); }
    std::string text(std::size_t index) {
        const log::Draft& draft = batch_.drafts()[index];
        return {draft.text.data(), draft.text.size()};
    }

    testing::TempDir temp_;
    LedgerDir dir_{temp_.path()};
    TypeRegistry types_{dir_};
    JsonBatch batch_;
};

TEST_F(JsonBatchTest, ADraftHasHolesWhereTheEventIsSilent) {
    ASSERT_TRUE(add(R"({"event_type":"run.started","run_id":"r"})").has_value());
    EXPECT_EQ(
        text(0),
        R"({"event_type":"run.started","event_id":"000000000000000000000000000000000000","timestamp_ms":0000000000000,"run_id":"r")");
    EXPECT_FALSE(batch_.holes()[0].id_given);
    EXPECT_FALSE(batch_.holes()[0].time_given);
    EXPECT_EQ(batch_.drafts()[0].timestamp, std::nullopt);
}

TEST_F(JsonBatchTest, WhatTheEventSaysMovesTheHoleBehindIt) {
    ASSERT_TRUE(
        add(R"({"event_type":"run.started","run_id":"r","event_id":"5_0a1b2c3d"})").has_value());
    EXPECT_EQ(
        text(0),
        R"({"event_type":"run.started","event_id":"5_0a1b2c3d","timestamp_ms":0000000000000,"run_id":"r")");
    EXPECT_EQ(text(0).substr(batch_.holes()[0].draft.timestamp_at, 13), "0000000000000");
    EXPECT_EQ(batch_.event_id(0), "5_0a1b2c3d");
}

TEST_F(JsonBatchTest, ARejectedEventLeavesTheOthersAsTheyWere) {
    ASSERT_TRUE(add(R"({"event_type":"run.started","run_id":"a"})").has_value());
    const std::string first = text(0);
    EXPECT_FALSE(add("{").has_value());
    EXPECT_FALSE(add(R"({"event_type":"run.started"})").has_value());
    ASSERT_TRUE(add(R"({"event_type":"run.started","run_id":"b"})").has_value());
    EXPECT_EQ(batch_.size(), 2u);
    EXPECT_EQ(text(0), first);
}

TEST_F(JsonBatchTest, TheStrongestDefaultCounts) {
    ASSERT_TRUE(add(R"({"event_type":"run.started","run_id":"a"})").has_value());
    EXPECT_EQ(batch_.durability(), Durability::kProcess);
    ASSERT_TRUE(
        add(R"({"event_type":"run.failed","run_id":"a","error":{"message":"x"}})").has_value());
    ASSERT_TRUE(add(R"({"event_type":"run.started","run_id":"a"})").has_value());
    EXPECT_EQ(batch_.durability(), Durability::kPower);
    batch_.clear();
    EXPECT_EQ(batch_.size(), 0u);
    EXPECT_EQ(batch_.durability(), Durability::kProcess);
}

}  // namespace
}  // namespace daybook::ledger
