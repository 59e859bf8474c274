#include "cli/run_created.h"

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

ProgramRunSpec valid() { return {.run_type = "command", .config_json = "{}"}; }

std::string refusal(std::string_view run_id, const ProgramRunSpec& spec) {
    const Status checked = check_run_created(run_id, spec);
    return checked ? "" : checked.error().message();
}

TEST(RunCreated, WhatCannotBeRecordedIsRefusedByItsFlag) {
    EXPECT_EQ(refusal("r", valid()), "");
    EXPECT_TRUE(refusal(std::string(300, 'x'), valid()).starts_with("--run-id: found "));
    EXPECT_TRUE(refusal("_ledger", valid()).starts_with("--run-id: found "));
    const auto begins = [](std::string_view flag, auto change) {
        ProgramRunSpec spec = valid();
        change(spec);
        const std::string message = refusal("r", spec);
        EXPECT_TRUE(message.starts_with(flag)) << message;
    };
    begins("--type: found ", [](auto& spec) { spec.run_type = ""; });
    begins("--name: found ", [](auto& spec) { spec.name = "\xff"; });
    begins("--experiment: found ", [](auto& spec) { spec.experiment = "\xff"; });
    begins("--parent (or DAYBOOK_RUN_ID): ", [](auto& spec) { spec.parent_run_id = "\xff"; });
    begins("--tag k: found ", [](auto& spec) { spec.tags = {{"k", "\xff"}}; });
    begins("--data-fingerprint: found ", [](auto& spec) { spec.data_fingerprint = "\xff"; });
}

TEST(RunCreated, AnIdWhoseFilesAreThereIsNotNew) {
    const testing::TempDir ledger;
    EXPECT_TRUE(check_run_is_new("r", ledger.path()));
    ASSERT_TRUE(os::make_dirs(ledger / "artifacts/runs/r"));
    EXPECT_EQ(check_run_is_new("r", ledger.path()).error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(check_run_is_new("..", ledger.path()).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(check_run_is_new("r", "/dev/null/ledger"));
}

TEST(RunCreated, AnIdWhoseEventsAreThereIsNotNew) {
    TestRunLedger ledger;
    EXPECT_TRUE(check_run_is_new("r", ledger.root()));
    ledger.recorder().emit(event::RunHeartbeat{});
    const Status refused = check_run_is_new("r", ledger.root());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(refused.error().message().find("its events are in " + ledger.root() + "/events"),
              std::string::npos)
        << refused.error().message();
    EXPECT_TRUE(check_run_is_new("r2", ledger.root()));
}

TEST(RunCreated, ACommandLineIsRecordedWhateverItsBytes) {
    EXPECT_EQ(command_config({"a", "b c", "\xff\xfe", "--password=x"}),
              R"({"command":["a","b c","\\xff\\xfe","--password=***"]})");
}

}  // namespace
}  // namespace daybook::cli
