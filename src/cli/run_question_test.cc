#include "cli/run_question.h"

#include <vector>

#include <gtest/gtest.h>

#include "support/ledger_lines.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

std::string started(const std::string& run_id) {
    return R"({"event_type":"run.started","timestamp_ms":1000,"run_id":")" + run_id + "\"}";
}

// What is asked for, "mistake" for a mistake in the command line.
std::vector<std::string> asked(const std::string& directory,
                               const std::vector<std::string>& wanted) {
    Context context;
    context.ledger.flag = directory;
    std::vector<std::string> found;
    const auto ask = [&](const RunQuestion& question) -> Result<ExitCode> {
        EXPECT_EQ(question.directory, directory);
        found = question.run_ids;
        return ExitCode::kFailed;
    };
    const Result<ExitCode> code = ask_about_runs(context, wanted, {}, ask);
    EXPECT_TRUE(code.has_value());
    if (code && *code == ExitCode::kUsage) return {"mistake"};
    EXPECT_EQ(code.value(), ExitCode::kFailed);
    return found;
}

using Ids = std::vector<std::string>;

TEST(AskAboutRuns, RunsAreFoundInTheOrderInWhichTheyAreNamed) {
    testing::LedgerLines ledger;
    ledger.append({started("first"), started("second")});
    EXPECT_EQ(asked(ledger.root(), {"sec", "first"}), (Ids{"second", "first"}));
    EXPECT_EQ(asked(ledger.root(), {"third"}), Ids{"mistake"});
    EXPECT_EQ(asked(testing::TempDir() / "none", {"first"}), Ids{"mistake"});
}

}  // namespace
}  // namespace daybook::cli
