#include "backtest/splits.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace daybook::backtest {
namespace {

using Indices = std::vector<std::size_t>;

// A call each 10 ms, its window `window_ms` long.
std::vector<SplitCall> calls_with_windows_of(std::int64_t window_ms, std::size_t count) {
    static constexpr std::string_view kCallers[] = {"ann", "bob", "cid"};
    std::vector<SplitCall> calls;
    for (std::size_t i = 0; i < count; ++i) {
        const auto call_ms = static_cast<std::int64_t>(i) * 10;
        calls.push_back(
            {.caller = kCallers[i % 3], .call_ms = call_ms, .window_end_ms = call_ms + window_ms});
    }
    return calls;
}

TEST(Splits, NamesAreReadAndAnythingElseIsRefusedWithWhatThereIs) {
    EXPECT_EQ(*parse_split_kind("time"), SplitKind::kTime);
    EXPECT_EQ(*parse_split_kind("caller"), SplitKind::kCaller);
    EXPECT_EQ(*parse_split_kind("random"), SplitKind::kRandom);
    EXPECT_EQ(*parse_fold_scheme("anchored"), FoldScheme::kAnchored);
    EXPECT_EQ(*parse_fold_scheme("rolling"), FoldScheme::kRolling);
    EXPECT_EQ(parse_split_kind("Time").error().message(),
              "split: found 'Time', expected time, caller or random");
    EXPECT_EQ(parse_fold_scheme("").error().message(),
              "scheme: found '', expected anchored or rolling");
}

TEST(Splits, TimeTrainsOnTheEarlierCalls) {
    EXPECT_EQ(make_split(calls_with_windows_of(5, 6), {.train_share = 0.5}),
              (Split{.train = {0, 1, 2}, .test = {3, 4, 5}, .purged = {}, .embargoed = {}}));
}

// The test starts at 30; windows end at 20, 30 and 40.
TEST(Splits, AWindowThatEndsAfterTheTestStartsIsPurgedAndOneThatEndsThereIsNot) {
    EXPECT_EQ(make_split(calls_with_windows_of(20, 6), {.train_share = 0.5}),
              (Split{.train = {0, 1}, .test = {3, 4, 5}, .purged = {2}, .embargoed = {}}));
}

TEST(Splits, AnEmbargoWantsSoMuchTimeBetween) {
    EXPECT_EQ(make_split(calls_with_windows_of(20, 6), {.train_share = 0.5, .embargo_ms = 10}),
              (Split{.train = {0}, .test = {3, 4, 5}, .purged = {2}, .embargoed = {1}}));
    EXPECT_EQ(make_split(calls_with_windows_of(20, 6), {.train_share = 0.5, .embargo_ms = 11}),
              (Split{.train = {}, .test = {3, 4, 5}, .purged = {2}, .embargoed = {0, 1}}));
}

// Whichever of two calls of one moment came first: a call cannot train for its own moment.
TEST(Splits, CallsOfTheTestsFirstMomentAreNotTrainedOn) {
    std::vector<SplitCall> calls(4, {.caller = "ann", .call_ms = 100, .window_end_ms = 101});
    EXPECT_EQ(make_split(calls, {.train_share = 0.5}),
              (Split{.train = {}, .test = {2, 3}, .purged = {0, 1}, .embargoed = {}}));
}

TEST(Splits, ByCallerAllCallsOfACallerAreOnOneSide) {
    const auto calls = calls_with_windows_of(500, 9);
    const Split split =
        make_split(calls, {.kind = SplitKind::kCaller, .train_share = 0.67, .seed = 4});
    EXPECT_EQ(split.train.size(), 6u);
    EXPECT_EQ(split.test.size(), 3u);
    for (const std::size_t i : split.test) {
        EXPECT_EQ(calls[i].caller, calls[split.test.front()].caller);
    }
    EXPECT_TRUE(split.leaky);
}

TEST(Splits, ByCallerIsLeakyWhereTrainingSawTheTestsTime) {
    for (const bool overlaps : {false, true}) {
        const std::vector<SplitCall> calls = {
            {.caller = "ann", .call_ms = 0, .window_end_ms = overlaps ? 60 : 50},
            {.caller = "bob", .call_ms = 50, .window_end_ms = 90}};
        int leaky = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const Split split =
                make_split(calls, {.kind = SplitKind::kCaller, .train_share = 0.5, .seed = seed});
            const bool ann_trains = split.train == Indices{0};
            EXPECT_EQ(split.leaky, overlaps || !ann_trains) << seed;
            leaky += split.leaky ? 1 : 0;
        }
        EXPECT_GT(leaky, 0);
    }
}

TEST(Splits, EverySeedIsOneChoiceAndSeedsDiffer) {
    const auto calls = calls_with_windows_of(5, 60);
    for (const SplitKind kind : {SplitKind::kCaller, SplitKind::kRandom}) {
        SCOPED_TRACE(to_string(kind));
        std::vector<Split> seen;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const SplitSpec spec = {.kind = kind, .train_share = 0.34, .seed = seed};
            seen.push_back(make_split(calls, spec));
            EXPECT_EQ(seen.back(), make_split(calls, spec));
        }
        EXPECT_GT(std::count_if(seen.begin(), seen.end(),
                                [&](const Split& split) { return split != seen.front(); }),
                  5);
    }
}

TEST(Splits, RandomIsMarkedLeaky) {
    const Split split =
        make_split(calls_with_windows_of(5, 10), {.kind = SplitKind::kRandom, .train_share = 0.3});
    EXPECT_TRUE(split.leaky);
    EXPECT_EQ(split.train.size(), 3u);
    EXPECT_EQ(split.test.size(), 7u);
}

TEST(Splits, AnchoredFoldsTrainOnEverythingBefore) {
    EXPECT_EQ(make_folds(calls_with_windows_of(5, 8), {.folds = 3}),
              (std::vector<Split>{
                  {.train = {0, 1}, .test = {2, 3}, .purged = {}, .embargoed = {}},
                  {.train = {0, 1, 2, 3}, .test = {4, 5}, .purged = {}, .embargoed = {}},
                  {.train = {0, 1, 2, 3, 4, 5}, .test = {6, 7}, .purged = {}, .embargoed = {}}}));
}

TEST(Splits, RollingFoldsTrainOnTheBlockBefore) {
    EXPECT_EQ(
        make_folds(calls_with_windows_of(15, 8), {.folds = 3, .scheme = FoldScheme::kRolling}),
        (std::vector<Split>{{.train = {0}, .test = {2, 3}, .purged = {1}, .embargoed = {}},
                            {.train = {2}, .test = {4, 5}, .purged = {3}, .embargoed = {}},
                            {.train = {4}, .test = {6, 7}, .purged = {5}, .embargoed = {}}}));
}

TEST(Splits, NothingIsSplitIntoNothing) {
    EXPECT_EQ(make_split({}, {}), Split());
    EXPECT_EQ(make_split({}, {.kind = SplitKind::kCaller}), Split());
    EXPECT_EQ(make_folds({}, {.folds = 2}), (std::vector<Split>{{}, {}}));
}

// ---- what holds for all calls
// ----------------------------------------------------------------------

std::vector<SplitCall> any_calls() {
    static constexpr std::string_view kCallers[] = {"ann", "bob", "cid", "dan"};
    std::vector<SplitCall> calls;
    std::int64_t now = 0;
    for (const auto& [step, window] : *rc::gen::container<std::vector<std::pair<int, int>>>(
             rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange(1, 100)))) {
        now += step;
        calls.push_back({.caller = kCallers[static_cast<std::size_t>(window) % 4],
                         .call_ms = now,
                         .window_end_ms = now + window});
    }
    return calls;
}

// Each index of [begin, end) is in one list, and no other index in any.
bool covers(const Split& split, std::size_t begin, std::size_t end) {
    Indices all;
    for (const Indices* list : {&split.train, &split.test, &split.purged, &split.embargoed}) {
        if (!std::is_sorted(list->begin(), list->end())) return false;
        all.insert(all.end(), list->begin(), list->end());
    }
    std::sort(all.begin(), all.end());
    Indices wanted;
    for (std::size_t i = begin; i < end; ++i) wanted.push_back(i);
    return all == wanted;
}

// Written from the definition: a train call's window ends, with the embargo, before every test
// call.
bool keeps_apart(const std::vector<SplitCall>& calls, const Split& split, std::int64_t embargo_ms) {
    const auto ends_before_test = [&](std::size_t train, std::int64_t embargo) {
        return std::all_of(split.test.begin(), split.test.end(), [&](std::size_t test) {
            return calls[train].window_end_ms + embargo <= calls[test].call_ms;
        });
    };
    return std::all_of(split.train.begin(), split.train.end(),
                       [&](std::size_t i) { return ends_before_test(i, embargo_ms); }) &&
           std::none_of(split.purged.begin(), split.purged.end(),
                        [&](std::size_t i) { return ends_before_test(i, 0); }) &&
           std::all_of(split.embargoed.begin(), split.embargoed.end(), [&](std::size_t i) {
               return ends_before_test(i, 0) && !ends_before_test(i, embargo_ms);
           });
}

RC_GTEST_PROP(Splits, InTimeKeepTrainAndTestApart, ()) {
    const std::vector<SplitCall> calls = any_calls();
    const std::int64_t embargo_ms = *rc::gen::inRange(0, 50);
    const Split split = make_split(
        calls, {.train_share = *rc::gen::inRange(1, 100) / 100.0, .embargo_ms = embargo_ms});
    RC_ASSERT(covers(split, 0, calls.size()));
    RC_ASSERT(keeps_apart(calls, split, embargo_ms));
}

RC_GTEST_PROP(Splits, ByCallerOrAtRandomUseEveryCallOnce, ()) {
    const std::vector<SplitCall> calls = any_calls();
    const Split split =
        make_split(calls, {.kind = *rc::gen::element(SplitKind::kCaller, SplitKind::kRandom),
                           .train_share = *rc::gen::inRange(1, 100) / 100.0,
                           .seed = *rc::gen::arbitrary<std::uint64_t>()});
    RC_ASSERT(covers(split, 0, calls.size()));
    RC_ASSERT(split.purged.empty() && split.embargoed.empty());
}

RC_GTEST_PROP(Splits, FoldsTestEqualCountsOnceAndKeepApart, ()) {
    const std::vector<SplitCall> calls = any_calls();
    const std::int64_t embargo_ms = *rc::gen::inRange(0, 50);
    const FoldScheme scheme = *rc::gen::element(FoldScheme::kAnchored, FoldScheme::kRolling);
    const std::int64_t count = *rc::gen::inRange(1, 12);
    const std::vector<Split> folds =
        make_folds(calls, {.folds = count, .scheme = scheme, .embargo_ms = embargo_ms});
    RC_ASSERT(std::ssize(folds) == count);
    std::size_t next_test = calls.size() / (folds.size() + 1);
    std::size_t train_begin = 0;
    for (const Split& fold : folds) {
        const std::size_t test_end = next_test + fold.test.size();
        RC_ASSERT(covers(fold, train_begin, test_end));
        RC_ASSERT(keeps_apart(calls, fold, embargo_ms));
        RC_ASSERT(fold.test.size() - calls.size() / (folds.size() + 1) <= 1);
        if (scheme == FoldScheme::kRolling) train_begin = next_test;
        next_test = test_end;
    }
    RC_ASSERT(next_test == calls.size());
}

}  // namespace
}  // namespace daybook::backtest
