// Which calls a policy is chosen on, and which it is then tested on.
//
// A call's trade may look at the bars of its window, so a call chosen on knows of the market up to
// its window's end.  One whose window ends after the test begins would carry prices of the test
// into the choice: it is purged (López de Prado, "Advances in financial machine learning", 2018,
// section 7.4).  An embargo wants more than that: so much time between the two.
//
//     train calls        purged             test calls
//     ●────────┤         ●────────┤
//       ●────────┤           ●─────│──┤     ●────────┤
//                                  ▲  test start: the first test call
//
// Pure functions of plain data; safe to call from all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::backtest {

// The earlier calls, some of the callers, or any calls train; the others test.
enum class SplitKind { kTime, kCaller, kRandom };
// Train on all calls before the test, or on as many as one fold has.
enum class FoldScheme { kAnchored, kRolling };

const char* to_string(SplitKind kind);     // "time", "caller", "random"
const char* to_string(FoldScheme scheme);  // "anchored", "rolling"
Result<SplitKind> parse_split_kind(std::string_view text);
Result<FoldScheme> parse_fold_scheme(std::string_view text);

inline constexpr std::int64_t kFoldsMax = 1000;

struct SplitSpec {
    SplitKind kind = SplitKind::kTime;
    double train_share = 0.7;     // (0, 1), of the calls, or of the callers
    std::uint64_t seed = 0;       // of kCaller and kRandom
    std::int64_t embargo_ms = 0;  // >= 0; of kTime
    bool operator==(const SplitSpec&) const = default;
};

struct FoldSpec {
    std::int64_t folds = 5;  // 1 to kFoldsMax
    FoldScheme scheme = FoldScheme::kAnchored;
    std::int64_t embargo_ms = 0;  // >= 0
    bool operator==(const FoldSpec&) const = default;
};

// What a split needs to know of a call.
struct SplitCall {
    std::string_view caller;
    std::int64_t call_ms = 0;
    std::int64_t window_end_ms = 0;  // end of the last bar that a trade of it may see
};

// Every call is in one list at most; lists are ascending.
struct Split {
    std::vector<std::size_t> train;
    std::vector<std::size_t> test;
    std::vector<std::size_t> purged;     // would train, but the window ends after the test starts
    std::vector<std::size_t> embargoed;  // would train, but the window ends too soon before it
    // What was learned has seen prices of the test's time: a call that trains has a window that
    // ends after the test's first call.  A random split counts as leaky whatever it drew.
    bool leaky = false;
    bool operator==(const Split&) const = default;
};

// Splits calls that are in time order.  Of n calls (or callers) round(n * train_share) train.
// kTime purges; kCaller and kRandom do not, as calls that train and test lie side by side, which
// `leaky` tells.  kCaller answers another question: whether what holds for some holds for others.
Split make_split(std::span<const SplitCall> calls, const SplitSpec& spec);

// Walk-forward: cuts calls that are in time order into folds + 1 blocks of equal counts (they
// differ by one where the calls do not divide).  Fold i tests on block i + 1 and trains on the
// blocks before it (anchored), or on block i alone (rolling), purged.  With fewer calls than blocks
// some folds are empty.
std::vector<Split> make_folds(std::span<const SplitCall> calls, const FoldSpec& spec);

}  // namespace daybook::backtest
