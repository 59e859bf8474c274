#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daybook/daybook.h"
#include "support/temp_dir.h"

namespace daybook::capi {
namespace {

class CLedgerTest : public ::testing::Test {
protected:
    ~CLedgerTest() override {
        daybook_ledger_close(ledger_);
        daybook_error_free(error_);
    }
    daybook_code open(const daybook_ledger_options* options = nullptr) {
        return daybook_ledger_open((temp_ / "ledger").c_str(), options, &ledger_, &error_);
    }

    testing::TempDir temp_;
    daybook_ledger* ledger_ = nullptr;
    daybook_error* error_ = nullptr;
};

TEST_F(CLedgerTest, OpensAndKnowsItsDirectory) {
    ASSERT_EQ(open(), DAYBOOK_OK);
    EXPECT_EQ(error_, nullptr);
    EXPECT_EQ(std::string(daybook_ledger_directory(ledger_)), temp_ / "ledger");
}

TEST_F(CLedgerTest, WhatIsNotThereIsNotMadeIfItIsNotWanted) {
    daybook_ledger_options options = daybook_ledger_options_init();
    options.create = 0;
    EXPECT_EQ(open(&options), DAYBOOK_NOT_FOUND);
    EXPECT_EQ(ledger_, nullptr);
    EXPECT_NE(std::string(daybook_error_message(error_)).find("ledger"), std::string::npos);
}

TEST_F(CLedgerTest, AnEventAsJsonIsAcknowledgedByItsId) {
    ASSERT_EQ(open(), DAYBOOK_OK);
    char id[37] = {};
    EXPECT_EQ(daybook_ledger_emit_json(
                  ledger_, daybook_text("{\"event_type\":\"run.started\",\"run_id\":\"r1\"}"),
                  DAYBOOK_DURABILITY_DEFAULT, id, &error_),
              DAYBOOK_OK);
    EXPECT_EQ(std::strlen(id), 36u);
    EXPECT_EQ(daybook_ledger_flush(ledger_, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_ledger_sync(ledger_, &error_), DAYBOOK_OK);
}

TEST_F(CLedgerTest, AWrongEventIsRefusedWithItsPlace) {
    ASSERT_EQ(open(), DAYBOOK_OK);
    EXPECT_EQ(daybook_ledger_emit_json(
                  ledger_, daybook_text("{\"event_type\":\"run.startd\",\"run_id\":\"r1\"}"),
                  DAYBOOK_DURABILITY_DEFAULT, nullptr, &error_),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_NE(std::string(daybook_error_message(error_)).find("run.started"), std::string::npos)
        << daybook_error_message(error_);
}

TEST_F(CLedgerTest, NullIsRefusedAndNeverFollowed) {
    EXPECT_EQ(daybook_ledger_open(nullptr, nullptr, &ledger_, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_ledger_open("x", nullptr, nullptr, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_ledger_flush(nullptr, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_ledger_sync(nullptr, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_ledger_emit_json(nullptr, daybook_text("{}"), DAYBOOK_DURABILITY_DEFAULT,
                                       nullptr, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    daybook_run* run = nullptr;
    EXPECT_EQ(daybook_ledger_start_run(nullptr, nullptr, &run, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_ledger_attach(nullptr, daybook_text("r"), &run, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(run, nullptr);
    EXPECT_STREQ(daybook_ledger_directory(nullptr), "");
    daybook_ledger_close(nullptr);
}

}  // namespace
}  // namespace daybook::capi
