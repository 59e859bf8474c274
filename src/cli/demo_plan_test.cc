#include "cli/demo_plan.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "backtest/policy.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

const std::vector<DemoRun>& runs() {
    static const std::vector<DemoRun> all =
        demo_runs("s", {.prices = "p.csv", .calls = "c.csv", .ledger = "l"});
    return all;
}

std::string value_of(const DemoRun& run, const std::string& flag) {
    const auto at = std::find(run.arguments.begin(), run.arguments.end(), flag);
    return at == run.arguments.end() ? "" : *(at + 1);
}

TEST(DemoRuns, AreAPathOnlyASearchAndTwoValidPoliciesOfEachCommonKind) {
    std::map<std::string_view, int> kinds;
    int path_only = 0;
    int searches = 0;
    for (const DemoRun& run : runs()) {
        if (run.arguments[1] == "path-only") {
            ++path_only;
            continue;
        }
        if (run.arguments[1] == "optimize") {
            EXPECT_EQ(value_of(run, "--folds"), "5");
            ++searches;
            continue;
        }
        const auto policy = backtest::parse_policy(value_of(run, "--policy"));
        ASSERT_TRUE(policy) << run.name << ": " << policy.error().message();
        ++kinds[kind_name(*policy)];
    }
    EXPECT_EQ(path_only, 1);
    EXPECT_EQ(searches, 1);
    EXPECT_EQ(kinds,
              (std::map<std::string_view, int>{
                  {"fixed_stop", 2}, {"ladder", 2}, {"time_stop", 2}, {"trailing_stop", 2}}));
}

TEST(DemoRuns, HaveIdsOfTheirOwnAndTheSameData) {
    std::set<std::string> ids;
    for (const DemoRun& run : runs()) {
        EXPECT_TRUE(ids.insert(run.run_id).second);
        EXPECT_EQ(value_of(run, "--run-id"), run.run_id);
        EXPECT_EQ(value_of(run, "--candles"), "p.csv");
        EXPECT_EQ(value_of(run, "--ledger"), "l");
        EXPECT_EQ(value_of(run, "--max-hold"), "60");
    }
}

TEST(FindDemoPrices, LooksUpwardsAndBesideTheProgram) {
    const std::string root = ::testing::TempDir() + "daybook_demo_" + std::to_string(::getpid());
    ASSERT_TRUE(os::make_dirs(root + "/a/examples/data"));
    ASSERT_TRUE(os::write_file_atomic(root + "/a/examples/data/sp500_daily.csv", "date\n"));
    const std::string found = root + "/a/examples/data/sp500_daily.csv";
    EXPECT_EQ(find_demo_prices(root + "/a/b/c", "/nowhere/daybook").value(), found);
    EXPECT_EQ(find_demo_prices(root, root + "/a/build/release/daybook").value(), found);
    EXPECT_EQ(find_demo_prices(root, "/nowhere/daybook").error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(os::remove_tree(root));
}

}  // namespace
}  // namespace daybook::cli
