// The policy engine on bars in memory: bar steps a second, by one thread and by two.
//
// A bar step is one bar examined for one call under one policy.  The peers are the loop that
// somebody would write first for the same policy, a loop over the bars for the exit and one more
// for the excursions: compiled by the same compiler with the same options, and, where Python has
// numba, by that (engine_peer.py).  NumPy alone is no peer: whole arrays cannot stop at an exit.

#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "backtest/outcomes.h"
#include "base/random.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

using backtest::Bars;
using backtest::BarsView;
using backtest::FixedStop;
using backtest::OutcomeMatrix;
using backtest::Policy;
using backtest::Trade;
using backtest::TrailingStop;

constexpr std::size_t kSymbols = 64;
constexpr std::size_t kBars = 1'440;
constexpr std::size_t kCalls = 4'096;  // as many as several thousand calls of a day's bars

// Prices that wander little, so that nearly every trade sees all of its bars.
std::vector<Bars> make_bars() {
    SeededRandom random(1);
    const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
    std::vector<Bars> all(kSymbols);
    for (Bars& bars : all) {
        double close = 1;
        for (std::size_t i = 0; i < kBars; ++i) {
            const double open = close;
            close = 1 + 0.98 * (close - 1) + 0.01 * (uniform() - 0.5);
            const double high = std::max(open, close) * (1 + 0.002 * uniform());
            const double low = std::min(open, close) * (1 - 0.002 * uniform());
            bars.push(static_cast<std::int64_t>(i) * 60'000, open, high, low, close, 1);
        }
    }
    return all;
}

double bar_steps(const OutcomeMatrix& matrix) {
    double steps = 0;
    for (const backtest::TradeOutcome& outcome : matrix.of_policy(0))
        steps += static_cast<double>(outcome.exit_bar + 1);
    return steps;
}

Sample run_engine(const std::vector<Bars>& bars, const Policy& policy, std::size_t calls,
                  unsigned threads) {
    const backtest::ExecutionModel model{.side_cost = 0.004};
    OutcomeMatrix matrix(1, calls);
    const std::int64_t begin_ns = now_ns();
    matrix.fill(0, 1, threads, [&](std::size_t, std::size_t call) -> std::optional<Trade> {
        return backtest::execute(policy, bars[call % kSymbols].view(), model);
    });
    const double seconds = static_cast<double>(now_ns() - begin_ns) / 1e9;
    return {.value = bar_steps(matrix) / seconds};
}

struct PlainTrade {
    double net = 0;
    double adverse = 0;
    double tail = 0;
    std::size_t exit_bar = 0;
};

// What a trade is worth, once its exit is known.
PlainTrade plain_result(const BarsView& bars, std::size_t exit_bar, double price) {
    const double entry = bars.close[0];
    double low = HUGE_VAL;
    double high = 0;
    for (std::size_t i = 1; i <= exit_bar; ++i) {
        low = std::min(low, bars.low[i]);
        high = std::max(high, bars.high[i]);
    }
    const double gross = (price / entry - 1) * 1e4;
    return {.net = (price * 0.996 / (entry * 1.004) - 1) * 1e4,
            .adverse = std::min(0.0, (low / entry - 1) * 1e4),
            .tail = gross / ((high / entry - 1) * 1e4),
            .exit_bar = exit_bar};
}

PlainTrade plain_fixed_stop(const BarsView& bars, const FixedStop& policy) {
    const double stop = bars.close[0] * (1 - policy.stop_pct);
    const double profit = bars.close[0] * (1 + policy.take_profit_pct.value_or(HUGE_VAL));
    for (std::size_t i = 1; i < bars.size; ++i) {
        if (bars.low[i] <= stop) return plain_result(bars, i, std::min(bars.open[i], stop));
        if (bars.high[i] >= profit) return plain_result(bars, i, std::max(bars.open[i], profit));
    }
    return plain_result(bars, bars.size - 1, bars.close[bars.size - 1]);
}

PlainTrade plain_trailing_stop(const BarsView& bars, const TrailingStop& policy) {
    const double hard = bars.close[0] * (1 - policy.hard_stop_pct.value_or(HUGE_VAL));
    const double activation = bars.close[0] * (1 + policy.activation_pct);
    bool active = false;
    double peak = 0;
    for (std::size_t i = 1; i < bars.size; ++i) {
        const double stop = active ? std::max(hard, peak * (1 - policy.trail_pct)) : hard;
        if (bars.low[i] <= stop) return plain_result(bars, i, std::min(bars.open[i], stop));
        if (bars.high[i] >= activation) active = true;
        if (active) peak = std::max(peak, bars.high[i]);
    }
    return plain_result(bars, bars.size - 1, bars.close[bars.size - 1]);
}

// The bars as engine_peer.py reads them.
Status write_bars(const std::vector<Bars>& all, const std::string& path) {
    std::string bytes;
    for (const Bars& bars : all) {
        const BarsView view = bars.view();
        for (const double* const column : {view.open, view.high, view.low, view.close}) {
            bytes.append(reinterpret_cast<const char*>(column), view.size * sizeof(double));
        }
    }
    return os::write_file_atomic(path, bytes);
}

std::vector<std::string> parameters_of(const Policy& policy) {
    if (const auto* const fixed = std::get_if<FixedStop>(&policy.kind)) {
        return {fmt::format("{}", fixed->stop_pct), fmt::format("{}", *fixed->take_profit_pct)};
    }
    const auto& trailing = std::get<TrailingStop>(policy.kind);
    return {fmt::format("{}", trailing.activation_pct), fmt::format("{}", trailing.trail_pct),
            fmt::format("{}", *trailing.hard_stop_pct)};
}

Result<Ended> run_python(const Workspace& workspace, std::vector<std::string> argv) {
    // Debian's: the first on the PATH may be one without Debian's modules.
    argv.insert(argv.begin(), "/usr/bin/python3");
    return run_for_output(workspace, argv);
}

Result<Sample> run_numba(const Workspace& workspace, const Policy& policy, std::size_t calls,
                         double steps_expected) {
    std::vector<std::string> argv = {DAYBOOK_BENCH_SOURCES "/engine_peer.py",
                                     workspace.path("bars"),
                                     std::string(backtest::kind_name(policy)),
                                     fmt::format("{}", kSymbols),
                                     fmt::format("{}", kBars),
                                     fmt::format("{}", calls)};
    for (std::string& parameter : parameters_of(policy)) argv.push_back(std::move(parameter));
    ASSIGN_OR_RETURN(const Ended ended, run_python(workspace, std::move(argv)));
    if (ended.code != 0) {
        return fail(ErrorCode::kInternal, "engine_peer.py: exit code {}: {}", ended.code,
                    ended.output);
    }
    char* rest = nullptr;
    const double rate = std::strtod(ended.output.c_str(), &rest);
    if (const double steps = std::strtod(rest, nullptr); steps != steps_expected) {
        return fail(ErrorCode::kInternal, "engine_peer.py: it took {} bar steps, expected {}",
                    steps, steps_expected);
    }
    return Sample{.value = rate};
}

Sample run_plain(const std::vector<Bars>& bars, const Policy& policy, std::size_t calls) {
    std::vector<PlainTrade> trades(calls);
    const std::int64_t begin_ns = now_ns();
    for (std::size_t i = 0; i < calls; ++i) {
        const BarsView view = bars[i % kSymbols].view();
        const auto* const fixed = std::get_if<FixedStop>(&policy.kind);
        trades[i] = fixed != nullptr
                        ? plain_fixed_stop(view, *fixed)
                        : plain_trailing_stop(view, std::get<TrailingStop>(policy.kind));
    }
    const double seconds = static_cast<double>(now_ns() - begin_ns) / 1e9;
    double steps = 0;
    for (const PlainTrade& trade : trades) steps += static_cast<double>(trade.exit_bar + 1);
    return {.value = steps / seconds, .step = steps};
}

void add_figures(const Policy& policy, const std::vector<Sample>& medians, Report& report) {
    const auto add = [&](std::string what, const Sample& sample, std::string peer,
                         const Sample& other, Target target) {
        report.add({.what = std::move(what),
                    .value = sample.value,
                    .peer = std::move(peer),
                    .peer_value = other.value,
                    .target = target});
    };
    const Sample& one = medians[0];
    const Sample& two = medians[1];
    const Sample& plain = medians[2];
    add(fmt::format("{}: bar steps, one thread", backtest::kind_name(policy)), one,
        "plain C++ loop", plain, at_least(150e6));
    add("  never slower than that loop", one, "plain C++ loop", plain, ratio_at_least(1));
    if (medians.size() > 3) {
        add("  nor than numba's", one, "the loop in numba", medians[3], ratio_at_least(1));
    }
    add("  two threads", two, "one thread", one, ratio_at_least(1.8));
}

}  // namespace

Status bench_engine(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::vector<Bars> bars = make_bars();
    RETURN_IF_ERROR(write_bars(bars, workspace.path("bars")));
    const std::size_t calls = settings.scaled(kCalls);
    ASSIGN_OR_RETURN(const Ended import, run_python(workspace, {"-c", "import numba"}));
    const bool has_numba = import.code == 0;
    if (!has_numba) {
        report.add_note(
            "no peer in numba: /usr/bin/python3 has none; Debian's python3-numba installs it");
    }
    const std::array policies = {Policy{FixedStop{0.5, 1.0}}, Policy{TrailingStop{0.02, 0.5, 0.6}}};
    for (const Policy& policy : policies) {
        const double steps = run_plain(bars, policy, calls).step;
        std::vector<Contender> contenders = {
            {"one", [&]() -> Result<Sample> { return run_engine(bars, policy, calls, 1); }},
            {"two", [&]() -> Result<Sample> { return run_engine(bars, policy, calls, 2); }},
            {"plain", [&]() -> Result<Sample> { return run_plain(bars, policy, calls); }},
        };
        if (has_numba) {
            contenders.push_back(
                {"numba", [&] { return run_numba(workspace, policy, calls, steps); }});
        }
        ASSIGN_OR_RETURN(const std::vector<Sample> medians,
                         take_turns(contenders, settings.rounds));
        add_figures(policy, medians, report);
    }
    return {};
}

}  // namespace daybook::bench
