// Callers and policies, ranked over the runs of a ledger.
//
// What is counted: of all completed runs chosen, each call's path once and each policy's trade of a
// call once, from the newest run that has it.  A call is its caller, id, symbol and time: another
// file of calls may use the same ids for others.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact/parquet_reader.h"
#include "base/result.h"
#include "query/session.h"

namespace daybook::query {

enum class LeaderboardBy { kCaller, kPolicy };

// What a leaderboard can be ordered by, as "a|b|c".
inline constexpr std::string_view kLeaderboardOrders =
    "calls|trades|hit_2x_rate|hit_3x_rate|hit_4x_rate|median_peak_multiple|median_dd_bps|"
    "median_time_to_2x_ms|median_net_return_bps|stop_out_rate|confidence";

struct LeaderboardOptions {
    LeaderboardBy by = LeaderboardBy::kCaller;
    std::vector<std::string> run_ids{};  // these and all runs below them; empty: all
    std::string experiment{};            // empty: whichever
    std::string policy_id{};             // only trades of this policy; empty: of all
    std::size_t calls_min = 1;
    // One of kLeaderboardOrders, the best first: a time to 2x and a stop-out rate are better when
    // they are less.  Empty: the median net return of policies, and of callers where no run has
    // measured paths; else the median peak of callers.
    std::string order_by{};
    std::optional<std::size_t> limit{};
};

struct Leaderboard {
    // One statement over the files, with nothing left out: any DuckDB answers it.  Its columns:
    // rank, caller or policy, and kLeaderboardOrders.  Quantiles are of type 7; a rate or a median
    // of nothing is null; confidence is sqrt(n / (n + 50)), where n is how many paths or trades
    // the order is made of; of `calls` and `confidence`, how many calls.
    std::string sql{};
    std::string order_column{};  // what decides the rank
    // Files that are not counted, and why.
    std::vector<std::string> notes{};
};

// Looks up the files, and at their columns.  Of which run a row is, the catalogue says of its file;
// what the row says of it is not asked.  kNotFound: no run that was chosen has any.
Result<Leaderboard> make_leaderboard(Session& session, artifact::ParquetReader& reader,
                                     const std::string& root, const LeaderboardOptions& options);

}  // namespace daybook::query
