#include "cli/run_created.h"

#include <gtest/gtest.h>

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
    begins("--parent: ", [](auto& spec) { spec.parent_run_id = "\xff"; });
    begins("--tag k: found ", [](auto& spec) { spec.tags = {{"k", "\xff"}}; });
    begins("--data-fingerprint: found ", [](auto& spec) { spec.data_fingerprint = "\xff"; });
}

TEST(RunCreated, ACommandLineIsRecordedWhateverItsBytes) {
    EXPECT_EQ(command_config({"a", "b c", "\xff\xfe", "--password=x"}),
              R"({"command":["a","b c","\\xff\\xfe","--password=***"]})");
}

}  // namespace
}  // namespace daybook::cli
