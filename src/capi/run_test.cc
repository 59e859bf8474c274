#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daybook/daybook.h"
#include "support/temp_dir.h"

namespace daybook::capi {
namespace {

class CRunTest : public ::testing::Test {
protected:
    CRunTest() {
        EXPECT_EQ(daybook_ledger_open((temp_ / "ledger").c_str(), nullptr, &ledger_, &error_),
                  DAYBOOK_OK);
        daybook_run_spec spec = daybook_run_spec_init();
        spec.type = daybook_text("grid_search");
        spec.run_id = daybook_text("r1");
        spec.config = daybook_json("{\"stop\":0.05}");
        spec.has_seed = 1;
        spec.seed = 7;
        EXPECT_EQ(daybook_ledger_start_run(ledger_, &spec, &run_, &error_), DAYBOOK_OK);
    }
    ~CRunTest() override {
        daybook_run_free(run_);
        daybook_ledger_close(ledger_);
        daybook_error_free(error_);
    }
    // All lines of the log.
    std::string log() {
        EXPECT_EQ(daybook_ledger_flush(ledger_, &error_), DAYBOOK_OK);
        std::string lines;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(temp_ / "ledger/events")) {
            if (entry.path().extension() != ".jsonl") continue;
            std::ifstream file(entry.path());
            lines.append(std::istreambuf_iterator<char>(file), {});
        }
        return lines;
    }
    bool has(const std::string& text) { return log().find(text) != std::string::npos; }

    testing::TempDir temp_;
    daybook_ledger* ledger_ = nullptr;
    daybook_run* run_ = nullptr;
    daybook_error* error_ = nullptr;
};

TEST_F(CRunTest, TheStateOfTheCodeIsRecordedOnceByWhoAsksForIt) {
    ::setenv("DAYBOOK_CAPTURE", "all", 1);
    const daybook_str argv[] = {daybook_text("train"), daybook_text("--api-key=hunter2")};
    const daybook_field versions[] = {daybook_string("python", "3.11.7")};
    const daybook_field packages[] = {daybook_string("numpy", "2.1.0")};
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("t");
    spec.run_id = daybook_text("r2");
    spec.capture = DAYBOOK_CAPTURE_AT_HAND;
    spec.argv = argv;
    spec.argc = 2;
    spec.versions = daybook_fields(versions, 1);
    daybook_run* run = nullptr;
    ASSERT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, &error_), DAYBOOK_OK);
    EXPECT_TRUE(has("\"argv\":[\"train\",\"--api-key=***\"]")) << log();
    EXPECT_TRUE(has("\"versions\":{\"python\":\"3.11.7\"}")) << log();
    const daybook_object given = daybook_fields(packages, 1);
    EXPECT_EQ(daybook_run_record_environment(run, given, -1, nullptr), DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_run_record_environment(run, daybook_json("{"), 0, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_FALSE(has("run.environment")) << log();
    EXPECT_EQ(daybook_run_record_environment(run, given, 0, &error_), DAYBOOK_OK);
    EXPECT_TRUE(has("\"packages\":{\"numpy\":\"2.1.0\"}")) << log();
    EXPECT_EQ(daybook_run_record_environment(run, given, 0, nullptr), DAYBOOK_INVALID_ARGUMENT);
    daybook_run_give_up_environment(run);
    daybook_run_give_up_environment(nullptr);
    daybook_run_free(run);

    spec.run_id = daybook_text("r3");
    spec.capture = 9;
    EXPECT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, nullptr), DAYBOOK_INVALID_ARGUMENT);
    ::setenv("DAYBOOK_CAPTURE", "off", 1);
}

TEST_F(CRunTest, SendsHeartbeatsIfItsSpecSaysSo) {
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("t");
    spec.heartbeat_ms = 20;
    daybook_run* run = nullptr;
    ASSERT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, &error_), DAYBOOK_OK);
    EXPECT_TRUE(has("\"heartbeat_ms\":20")) << log();
    for (int i = 0; i < 1000 && !has("run.heartbeat"); ++i) ::usleep(10'000);
    EXPECT_TRUE(has("run.heartbeat")) << log();
    daybook_run_free(run);
    spec.heartbeat_ms = -1;
    EXPECT_EQ(daybook_ledger_start_run(ledger_, &spec, &run, nullptr), DAYBOOK_INVALID_ARGUMENT);
}

TEST_F(CRunTest, StartsWithWhatItsSpecSays) {
    EXPECT_STREQ(daybook_run_id(run_), "r1");
    EXPECT_TRUE(has("\"config\":{\"stop\":0.05}")) << log();
    EXPECT_TRUE(has("\"seed\":7")) << log();
    EXPECT_TRUE(has("\"event_type\":\"run.started\"")) << log();
}

TEST_F(CRunTest, RecordsTrialsWithAllTheyHave) {
    const daybook_field params[] = {daybook_double("stop", 0.05), daybook_string("kind", "fixed")};
    const daybook_field metrics[] = {daybook_double("sharpe", 1.5)};
    const daybook_field nonfinite[] = {daybook_string("/metrics/skew", "NaN")};
    const daybook_str violations[] = {daybook_text("p05_mae")};
    daybook_trial_options options = daybook_trial_options_init();
    options.feasible = 0;
    options.violations = violations;
    options.violations_count = 1;
    options.has_duration_ms = 1;
    options.duration_ms = 12;
    options.nonfinite = daybook_fields(nonfinite, 1);
    EXPECT_EQ(daybook_run_record_trial(run_, daybook_text("t1"), daybook_fields(params, 2),
                                       daybook_fields(metrics, 1), &options, &error_),
              DAYBOOK_OK)
        << daybook_error_message(error_);
    EXPECT_TRUE(has("\"params\":{\"stop\":0.05,\"kind\":\"fixed\"}")) << log();
    EXPECT_TRUE(has("\"violations\":[\"p05_mae\"]")) << log();
    EXPECT_TRUE(has("\"nonfinite\":{\"/metrics/skew\":\"NaN\"}")) << log();
}

TEST_F(CRunTest, ANumberThatJsonCannotHoldIsRefusedWithItsName) {
    const daybook_field metrics[] = {daybook_double("sharpe", std::nan(""))};
    EXPECT_EQ(daybook_run_record_trial(run_, daybook_text("t1"), daybook_no_fields(),
                                       daybook_fields(metrics, 1), nullptr, &error_),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_NE(std::string(daybook_error_message(error_)).find("sharpe"), std::string::npos);
}

TEST_F(CRunTest, RecordsCurvesTagsNotesPhasesAndArtifacts) {
    const daybook_field loss[] = {daybook_double("loss", 0.5)};
    daybook_metric_options at = daybook_metric_options_init();
    at.has_step = 1;
    at.step = 41;
    EXPECT_EQ(daybook_run_record_metrics(run_, daybook_fields(loss, 1), &at, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_run_record_metrics(run_, daybook_fields(loss, 1), nullptr, &error_),
              DAYBOOK_OK);
    EXPECT_TRUE(has("\"step\":41"));
    EXPECT_TRUE(has("\"step\":42"));
    const daybook_field tags[] = {daybook_string("desk", "index")};
    EXPECT_EQ(daybook_run_tag(run_, daybook_fields(tags, 1), &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_run_note(run_, daybook_text("hm"), daybook_text("ann"), &error_), DAYBOOK_OK);
    EXPECT_TRUE(has("\"note\":\"hm\""));

    daybook_phase* phase = nullptr;
    ASSERT_EQ(daybook_run_begin_phase(run_, daybook_text("load"), nullptr, &phase, &error_),
              DAYBOOK_OK);
    EXPECT_EQ(daybook_phase_fail(phase, daybook_text("no data"), nullptr, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_phase_complete(phase, daybook_no_fields(), nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    daybook_phase_free(phase);
    EXPECT_TRUE(has("\"message\":\"no data\""));

    std::ofstream(temp_ / "rows.csv") << "1\n";
    EXPECT_EQ(daybook_run_add_artifact(run_, (temp_ / "rows.csv").c_str(), daybook_text("rows"),
                                       nullptr, &error_),
              DAYBOOK_OK)
        << daybook_error_message(error_);
    EXPECT_TRUE(has("\"format\":\"csv\""));
    EXPECT_EQ(daybook_run_add_artifact(run_, (temp_ / "gone").c_str(), daybook_text("rows"),
                                       nullptr, &error_),
              DAYBOOK_NOT_FOUND);
}

TEST_F(CRunTest, EndsOnce) {
    const daybook_field summary[] = {daybook_int("trials", 3)};
    EXPECT_EQ(daybook_run_complete(run_, daybook_fields(summary, 1), daybook_no_fields(), &error_),
              DAYBOOK_OK);
    EXPECT_EQ(daybook_run_fail(run_, daybook_text("x"), nullptr, &error_),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_TRUE(has("\"summary\":{\"trials\":3}"));
    EXPECT_FALSE(has("run.failed"));
    EXPECT_EQ(daybook_run_has_ended(run_), 1);
}

TEST_F(CRunTest, AnEndThatIsTooLargeForTheLogGivesWayToAnother) {
    daybook_ledger_options options = daybook_ledger_options_init();
    options.failure_policy = DAYBOOK_FAILURE_KEEP;
    daybook_ledger* keeping = nullptr;
    const std::string directory = daybook_ledger_directory(ledger_);
    ASSERT_EQ(daybook_ledger_open(directory.c_str(), &options, &keeping, &error_), DAYBOOK_OK);
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("p");
    daybook_run* run = nullptr;
    ASSERT_EQ(daybook_ledger_start_run(keeping, &spec, &run, &error_), DAYBOOK_OK);
    const std::string large(17 << 20, 'm');
    EXPECT_EQ(daybook_run_fail(run, {large.data(), large.size()}, nullptr, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_run_has_ended(run), 0);
    EXPECT_EQ(daybook_run_fail(run, daybook_text("boom"), nullptr, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_run_has_ended(run), 1);
    EXPECT_EQ(daybook_run_has_ended(nullptr), 0);
    daybook_run_free(run);
    daybook_ledger_close(keeping);
    EXPECT_TRUE(has("\"message\":\"boom\"")) << log();
    EXPECT_FALSE(has("run.completed"));
}

TEST_F(CRunTest, FreedOpenItIsCompletedAndAttachedItIsNot) {
    daybook_run* joined = nullptr;
    ASSERT_EQ(daybook_ledger_attach(ledger_, daybook_text("r1"), &joined, &error_), DAYBOOK_OK);
    daybook_run_free(joined);
    EXPECT_FALSE(has("run.completed"));
    daybook_run_free(run_);
    run_ = nullptr;
    EXPECT_TRUE(has("\"implicit_end\":true")) << log();
}

TEST_F(CRunTest, KnowsWhereItsArtifactsBelong) {
    const char* directory = nullptr;
    ASSERT_EQ(daybook_run_artifact_directory(run_, &directory, &error_), DAYBOOK_OK);
    EXPECT_TRUE(std::string(directory).ends_with("/artifacts/runs/r1")) << directory;
    EXPECT_TRUE(std::filesystem::is_directory(directory));
    const char* again = nullptr;
    ASSERT_EQ(daybook_run_artifact_directory(run_, &again, &error_), DAYBOOK_OK);
    EXPECT_EQ(again, directory);
}

TEST_F(CRunTest, AttachedItIsNotEnded) {
    daybook_run* joined = nullptr;
    ASSERT_EQ(daybook_ledger_attach(ledger_, daybook_text("r1"), &joined, &error_), DAYBOOK_OK);
    EXPECT_EQ(daybook_run_complete(joined, daybook_no_fields(), daybook_no_fields(), &error_),
              DAYBOOK_INVALID_ARGUMENT);
    daybook_run_free(joined);
    EXPECT_FALSE(has("run.completed"));
}

TEST_F(CRunTest, NullIsRefusedAndNeverFollowed) {
    const daybook_object none = daybook_no_fields();
    EXPECT_EQ(daybook_run_record_trial(nullptr, daybook_text("t"), none, none, nullptr, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_run_add_artifact(run_, nullptr, daybook_text("t"), nullptr, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_phase_complete(nullptr, none, nullptr), DAYBOOK_INVALID_ARGUMENT);
    auto* const elsewhere = reinterpret_cast<daybook_phase*>(run_);
    daybook_phase* phase = elsewhere;
    EXPECT_EQ(daybook_run_begin_phase(run_, daybook_text(""), nullptr, &phase, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(phase, elsewhere) << "written on success only";
    const daybook_trial_options zero{};
    EXPECT_EQ(daybook_run_record_trial(run_, daybook_text("t"), none, none, &zero, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_EQ(daybook_run_begin_phase(nullptr, daybook_text("p"), nullptr, nullptr, nullptr),
              DAYBOOK_INVALID_ARGUMENT);
    EXPECT_STREQ(daybook_run_id(nullptr), "");
    daybook_run_free(nullptr);
    daybook_phase_free(nullptr);
}

}  // namespace
}  // namespace daybook::capi
