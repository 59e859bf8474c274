#include "cli/demo_plan.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr const char* kPrices = "examples/data/sp500_daily.csv";

struct NamedPolicy {
    const char* name;
    const char* json;
};

// A good day of an index is one per cent, so these are far tighter than what suits a single share.
constexpr std::array kPolicies = std::to_array<NamedPolicy>({
    {"fixed_stop-3", R"({"kind":"fixed_stop","stopPct":0.03,"takeProfitPct":0.06})"},
    {"fixed_stop-5", R"({"kind":"fixed_stop","stopPct":0.05})"},
    {"time_stop-10", R"({"kind":"time_stop","maxHoldMs":864000000})"},
    {"time_stop-40", R"({"kind":"time_stop","maxHoldMs":3456000000,"takeProfitPct":0.08})"},
    {"trailing_stop-2", R"({"kind":"trailing_stop","activationPct":0.02,"trailPct":0.02})"},
    {"trailing_stop-4",
     R"({"kind":"trailing_stop","activationPct":0.04,"trailPct":0.03,"hardStopPct":0.05})"},
    {"ladder-tight", R"({"kind":"ladder","levels":[{"multiple":1.02,"fraction":0.5},)"
                     R"({"multiple":1.04,"fraction":0.5}],"stopPct":0.04})"},
    {"ladder-wide", R"({"kind":"ladder","levels":[{"multiple":1.03,"fraction":0.4},)"
                    R"({"multiple":1.06,"fraction":0.3},{"multiple":1.1,"fraction":0.3}]})"},
});

// `directory` and all above it.
std::vector<std::string> upwards(std::string directory) {
    std::vector<std::string> all;
    while (!directory.empty() && (all.empty() || all.back() != directory)) {
        all.push_back(directory);
        directory = os::parent_path(directory);
        if (directory == ".") break;
    }
    return all;
}

}  // namespace

std::vector<DemoRun> demo_runs(const std::string& series, const DemoFiles& files) {
    const auto run = [&](std::string name, std::vector<std::string> arguments) {
        const std::string run_id = fmt::format("demo-{}-{}", series, name);
        for (const char* each : {"--interval", "1d", "--symbol", "SPX", "--max-hold", "60",
                                 "--threads", "1", "--experiment", "demo", "--no-index"}) {
            arguments.emplace_back(each);
        }
        for (const std::string& each :
             {std::string("--calls"), files.calls, std::string("--candles"), files.prices,
              std::string("--ledger"), files.ledger, std::string("--run-id"), run_id,
              std::string("--name"), name, std::string("--tag"), "demo=" + series}) {
            arguments.push_back(each);
        }
        return DemoRun{
            .name = std::move(name), .run_id = run_id, .arguments = std::move(arguments)};
    };
    std::vector<DemoRun> runs = {
        run("path-only", {"backtest", "path-only"}),
        run("walk-forward", {"backtest", "optimize", "--space", "daily", "--folds", "5"})};
    for (const auto& [name, json] : kPolicies) {
        runs.push_back(run(name, {"backtest", "policy", "--policy", json}));
    }
    return runs;
}

Result<std::string> find_demo_prices(const std::string& working_directory,
                                     const std::string& program) {
    std::vector<std::string> places = upwards(working_directory);
    for (std::string& place : upwards(os::parent_path(program))) {
        places.push_back(place + "/share/daybook");
        places.push_back(std::move(place));
    }
    for (const std::string& place : places) {
        std::string path = os::join_path(place, kPrices);
        if (os::exists(path).value_or(false)) return path;
    }
    return fail(ErrorCode::kNotFound,
                "find the demo's prices: there is no {} in {}: name the file with --prices",
                kPrices, fmt::join(places, ", "));
}

}  // namespace daybook::cli
