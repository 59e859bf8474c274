// What all commands that run a backtest have in common: the flags of inputs and of the run, and the
// way from them to a run that is recorded, indexed and printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backtest/options.h"
#include "base/result.h"
#include "cli/command.h"
#include "cli/origin.h"

namespace daybook::cli {

class BacktestCommand : public Command {
public:
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

protected:
    explicit BacktestCommand(std::string max_hold = "1440") : max_hold_(std::move(max_hold)) {}

    // Reads the flags; a mistake among them is found before anything is done.
    virtual Status prepare() = 0;
    virtual Result<backtest::RunSummary> backtest(const backtest::RunContext& run_context) = 0;

    // The flags as options.
    Result<backtest::InputOptions> input() const;
    Result<backtest::RunOptions> run_options() const;
    Result<backtest::Execution> execution() const { return backtest::parse_execution(execution_); }
    // All three, into the options of a backtest.
    Status read_common(auto& options) const {
        ASSIGN_OR_RETURN(options.input, input());
        ASSIGN_OR_RETURN(options.run, run_options());
        ASSIGN_OR_RETURN(options.execution, execution());
        return {};
    }

private:
    Result<backtest::RunSummary> backtest_into(const std::string& directory, const Origin& origin,
                                               Context& context);
    static void print(const backtest::RunSummary& summary, Context& context);
    void start_index(const std::string& directory) const;

    std::string calls_;
    std::string candles_;
    std::string interval_ = "1m";
    std::optional<std::string> symbol_;
    std::string max_hold_;
    std::int64_t warm_up_ = 0;
    std::string entry_delay_ = "0";
    std::string calendar_;
    double min_coverage_ = 0.95;
    bool require_full_window_ = false;
    std::string on_bad_data_ = "fail";
    std::string execution_ = "strict";
    std::string from_;
    std::string to_;
    std::optional<std::string> run_id_;
    bool resume_ = false;
    std::optional<std::string> name_;
    std::optional<std::string> experiment_;
    std::vector<std::string> tags_;
    unsigned threads_ = 0;
    bool no_index_ = false;
    bool no_capture_ = false;
};

// The value of --policy: JSON, or the name of a file that holds it.
Result<backtest::Policy> read_policy(const std::string& value);

}  // namespace daybook::cli
