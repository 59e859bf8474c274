#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "daybook/daybook.h"
#include "support/log_lines.h"
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

TEST_F(CLedgerTest, WithoutADirectoryItIsThatOfTheEnvironment) {
    ::setenv("DAYBOOK_LEDGER", (temp_ / "named").c_str(), 1);
    const daybook_code code = daybook_ledger_open(nullptr, nullptr, &ledger_, &error_);
    ::unsetenv("DAYBOOK_LEDGER");
    ASSERT_EQ(code, DAYBOOK_OK);
    EXPECT_EQ(std::string(daybook_ledger_directory(ledger_)), temp_ / "named");
}

TEST_F(CLedgerTest, ARunThatIsStartedWithinAnotherIsItsChild) {
    ASSERT_EQ(open(), DAYBOOK_OK);
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("policy");
    daybook_run* run = nullptr;
    ::setenv("DAYBOOK_RUN_ID", "outer", 1);
    const daybook_code code = daybook_ledger_start_run(ledger_, &spec, &run, &error_);
    ::unsetenv("DAYBOOK_RUN_ID");
    ASSERT_EQ(code, DAYBOOK_OK);
    daybook_run_free(run);
    std::string all;
    for (const std::string& line : testing::log_lines(temp_ / "ledger")) all += line;
    EXPECT_NE(all.find("\"parent_run_id\":\"outer\""), std::string::npos) << all;
}

// With DAYBOOK_FAILURE_KEEP, everything that could go wrong goes wrong, and the host never hears of
// it but through its statistics.
TEST_F(CLedgerTest, AHostThatDoesNotWantToKnowGoesOn) {
    std::ofstream(temp_ / "ledger") << "no directory";
    std::vector<std::string> warnings;
    daybook_ledger_options options = daybook_ledger_options_init();
    options.failure_policy = DAYBOOK_FAILURE_KEEP;
    options.context = &warnings;
    options.on_warning = [](daybook_str message, void* context) {
        static_cast<std::vector<std::string>*>(context)->emplace_back(message.data, message.size);
    };
    ASSERT_EQ(open(&options), DAYBOOK_OK);
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("policy");
    spec.run_id = daybook_text("r1");
    daybook_run* run = nullptr;
    ASSERT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, &error_), DAYBOOK_OK);
    const daybook_field nan[] = {daybook_double("sharpe", std::nan(""))};
    EXPECT_EQ(daybook_run_record_trial(run, daybook_text("t"), daybook_no_fields(),
                                       daybook_fields(nan, 1), nullptr, &error_),
              DAYBOOK_OK);
    EXPECT_EQ(daybook_run_add_artifact(run, (temp_ / "gone").c_str(), daybook_text("x"), nullptr,
                                       &error_),
              DAYBOOK_OK);
    daybook_run_count_failure(run, daybook_text("config: found a socket"));
    daybook_run* joined = nullptr;
    ASSERT_EQ(daybook_ledger_attach(ledger_, daybook_text("r1"), &joined, &error_), DAYBOOK_OK);
    daybook_phase* phase = nullptr;
    ASSERT_EQ(daybook_run_begin_phase(joined, daybook_text("load"), nullptr, &phase, &error_),
              DAYBOOK_OK);
    EXPECT_EQ(daybook_phase_complete(phase, daybook_no_fields(), &error_), DAYBOOK_OK);
    daybook_phase_free(phase);
    daybook_run_free(joined);

    daybook_ledger_stats stats = daybook_ledger_stats_init();
    daybook_error* last = nullptr;
    ASSERT_EQ(daybook_ledger_get_stats(ledger_, &stats, &last, &error_), DAYBOOK_OK);
    EXPECT_EQ(stats.recorded, 0u);
    EXPECT_EQ(stats.kept, 2u);
    EXPECT_EQ(stats.dropped, 4u);
    EXPECT_NE(last, nullptr);
    daybook_error_free(last);

    std::filesystem::remove(temp_ / "ledger");
    EXPECT_EQ(daybook_run_complete(run, daybook_no_fields(), daybook_no_fields(), &error_),
              DAYBOOK_OK);
    daybook_run_free(run);
    EXPECT_EQ(error_, nullptr);
    const std::vector<std::string> lines = testing::log_lines(temp_ / "ledger");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_NE(lines[2].find("\"events_dropped\":4"), std::string::npos) << lines[2];
    daybook_ledger_close(std::exchange(ledger_, nullptr));
    EXPECT_EQ(warnings.size(), 3u) << "what is kept, what is dropped, what is lost";
}

TEST_F(CLedgerTest, AHostThatDoesNotWantToKnowHasARunOfWhatCouldBeRead) {
    daybook_ledger_options options = daybook_ledger_options_init();
    options.failure_policy = DAYBOOK_FAILURE_KEEP;
    ASSERT_EQ(open(&options), DAYBOOK_OK);
    daybook_field odd = daybook_int("x", 1);
    odd.type = 99;
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("policy");
    spec.config = daybook_fields(&odd, 1);
    spec.capture = 9;
    spec.heartbeat_ms = -1;
    daybook_run* run = nullptr;
    ASSERT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, &error_), DAYBOOK_OK);
    char id[37] = "x";
    EXPECT_EQ(daybook_ledger_emit_json(ledger_, daybook_text("{}"), 9, id, &error_), DAYBOOK_OK);
    EXPECT_STREQ(id, "");
    EXPECT_EQ(daybook_run_complete(run, daybook_no_fields(), daybook_no_fields(), &error_),
              DAYBOOK_OK);
    daybook_run_free(run);
    EXPECT_EQ(error_, nullptr);
    daybook_ledger_stats stats = daybook_ledger_stats_init();
    ASSERT_EQ(daybook_ledger_get_stats(ledger_, &stats, nullptr, &error_), DAYBOOK_OK);
    EXPECT_EQ(stats.recorded, 3u);
    EXPECT_EQ(stats.failures, 4u);
    EXPECT_EQ(stats.dropped, 3u);
    stats.size = 0;
    EXPECT_EQ(daybook_ledger_get_stats(ledger_, &stats, nullptr, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
}

TEST_F(CLedgerTest, NullIsRefusedAndNeverFollowed) {
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
