#include "backtest/splits.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace daybook::backtest {
namespace {

// Fisher and Yates.  The remainder favours small numbers by less than 2^-40 for any number of items
// that fits into memory.
template <typename T>
void shuffle(std::vector<T>& items, std::uint64_t seed) {
    SeededRandom random(seed);
    for (std::size_t left = items.size(); left > 1; --left) {
        std::swap(items[left - 1], items[random.next() % left]);
    }
}

std::size_t share_of(std::size_t count, double share) {
    return static_cast<std::size_t>(std::llround(static_cast<double>(count) * share));
}

// The calls of [train_begin, test_begin) train where their windows allow it, those of
// [test_begin, test_end) test.
Split split_in_time(std::span<const SplitCall> calls, std::size_t train_begin,
                    std::size_t test_begin, std::size_t test_end, std::int64_t embargo_ms) {
    Split split;
    const bool has_test = test_begin < test_end;
    const auto list_of = [&](const SplitCall& call) -> std::vector<std::size_t>& {
        if (!has_test) return split.train;
        const std::int64_t gap_ms = calls[test_begin].call_ms - call.window_end_ms;
        if (gap_ms < 0) return split.purged;
        return gap_ms < embargo_ms ? split.embargoed : split.train;
    };
    for (std::size_t i = train_begin; i < test_begin; ++i) list_of(calls[i]).push_back(i);
    split.test.resize(test_end - test_begin);
    std::iota(split.test.begin(), split.test.end(), test_begin);
    return split;
}

Split split_by_caller(std::span<const SplitCall> calls, const SplitSpec& spec) {
    std::set<std::string_view> names;
    for (const SplitCall& call : calls) names.insert(call.caller);
    std::vector<std::string_view> callers(names.begin(), names.end());
    shuffle(callers, spec.seed);
    callers.resize(share_of(callers.size(), spec.train_share));
    const std::set<std::string_view> training(callers.begin(), callers.end());
    Split split;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        (training.contains(calls[i].caller) ? split.train : split.test).push_back(i);
    }
    return split;
}

Split split_at_random(std::size_t calls, const SplitSpec& spec) {
    std::vector<std::size_t> order(calls);
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(order, spec.seed);
    const auto middle =
        order.begin() + static_cast<std::ptrdiff_t>(share_of(calls, spec.train_share));
    std::sort(order.begin(), middle);
    std::sort(middle, order.end());
    Split split;
    split.train.assign(order.begin(), middle);
    split.test.assign(middle, order.end());
    return split;
}

// Lists are in time order; a window's end is not.
bool sees_the_test(std::span<const SplitCall> calls, const Split& split) {
    if (split.test.empty()) return false;
    const std::int64_t test_begin_ms = calls[split.test.front()].call_ms;
    return std::any_of(split.train.begin(), split.train.end(),
                       [&](std::size_t i) { return calls[i].window_end_ms > test_begin_ms; });
}

Split split_by(std::span<const SplitCall> calls, const SplitSpec& spec) {
    switch (spec.kind) {
        case SplitKind::kTime:
            return split_in_time(calls, 0, share_of(calls.size(), spec.train_share), calls.size(),
                                 spec.embargo_ms);
        case SplitKind::kCaller: return split_by_caller(calls, spec);
        case SplitKind::kRandom: return split_at_random(calls.size(), spec);
    }
    DAYBOOK_CHECK(false);
}

bool in_time_order(std::span<const SplitCall> calls) {
    return std::is_sorted(calls.begin(), calls.end(), [](const SplitCall& a, const SplitCall& b) {
        return a.call_ms < b.call_ms;
    });
}

}  // namespace

const char* to_string(SplitKind kind) {
    switch (kind) {
        case SplitKind::kTime: return "time";
        case SplitKind::kCaller: return "caller";
        case SplitKind::kRandom: return "random";
    }
    DAYBOOK_CHECK(false);
}

const char* to_string(FoldScheme scheme) {
    return scheme == FoldScheme::kAnchored ? "anchored" : "rolling";
}

Result<SplitKind> parse_split_kind(std::string_view text) {
    for (const SplitKind kind : {SplitKind::kTime, SplitKind::kCaller, SplitKind::kRandom}) {
        if (text == to_string(kind)) return kind;
    }
    return fail(ErrorCode::kInvalidArgument, "split: found '{}', expected time, caller or random",
                text);
}

Result<FoldScheme> parse_fold_scheme(std::string_view text) {
    for (const FoldScheme scheme : {FoldScheme::kAnchored, FoldScheme::kRolling}) {
        if (text == to_string(scheme)) return scheme;
    }
    return fail(ErrorCode::kInvalidArgument, "scheme: found '{}', expected anchored or rolling",
                text);
}

Split make_split(std::span<const SplitCall> calls, const SplitSpec& spec) {
    DAYBOOK_CHECK(spec.train_share > 0 && spec.train_share < 1 && spec.embargo_ms >= 0);
    DAYBOOK_CHECK(in_time_order(calls));
    Split split = split_by(calls, spec);
    split.leaky = spec.kind == SplitKind::kRandom || sees_the_test(calls, split);
    return split;
}

std::vector<Split> make_folds(std::span<const SplitCall> calls, const FoldSpec& spec) {
    DAYBOOK_CHECK(spec.folds >= 1 && spec.folds <= kFoldsMax && spec.embargo_ms >= 0);
    DAYBOOK_CHECK(in_time_order(calls));
    const auto folds = static_cast<std::size_t>(spec.folds);
    const auto block_begin = [&](std::size_t block) { return block * calls.size() / (folds + 1); };
    std::vector<Split> splits;
    for (std::size_t fold = 0; fold < folds; ++fold) {
        const std::size_t train_begin =
            spec.scheme == FoldScheme::kAnchored ? 0 : block_begin(fold);
        splits.push_back(split_in_time(calls, train_begin, block_begin(fold + 1),
                                       block_begin(fold + 2), spec.embargo_ms));
    }
    return splits;
}

}  // namespace daybook::backtest
