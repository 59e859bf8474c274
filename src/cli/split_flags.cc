#include "cli/split_flags.h"

#include "backtest/interval.h"
#include "cli/flags.h"

namespace daybook::cli {

void SplitFlags::declare(CLI::App& app) {
    add_choice(app, "--split", split_, "time|caller|random",
               "Choose on some of the calls, test on the others");
    app.add_option("--train", train_, "Share of the calls, or callers, to choose on (0.7)")
        ->type_name("SHARE");
    app.add_option("--folds", folds_, "Walk forward: choose and test so many times, each a run")
        ->type_name("N");
    add_choice(app, "--scheme", scheme_, "anchored|rolling",
               "Choose on all calls before the test, or on the fold before it (anchored)");
    app.add_option("--embargo", embargo_, "Time between the windows chosen on and the test (0)")
        ->type_name("TIME");
}

Result<backtest::Validation> SplitFlags::read(std::uint64_t seed) const {
    if (!split_.empty() && folds_) {
        return fail(ErrorCode::kInvalidArgument,
                    "--split, --folds: found both, expected one way to test");
    }
    if (train_ && split_.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "--train: found without --split, expected --split time, caller or random");
    }
    if (!scheme_.empty() && !folds_) {
        return fail(ErrorCode::kInvalidArgument,
                    "--scheme: found without --folds, expected their number");
    }
    if (!embargo_.empty() && !folds_ && split_ != "time") {
        return fail(ErrorCode::kInvalidArgument,
                    "--embargo: found without --folds or --split time, expected a test that comes "
                    "after the calls chosen on");
    }
    backtest::Validation validation;
    if (!split_.empty()) {
        ASSIGN_OR_RETURN(validation.split, read_split(seed));
    }
    if (folds_) {
        ASSIGN_OR_RETURN(validation.folds, read_folds());
    }
    return validation;
}

Result<backtest::SplitSpec> SplitFlags::read_split(std::uint64_t seed) const {
    backtest::SplitSpec spec{.seed = seed};
    ASSIGN_OR_RETURN(spec.kind, backtest::parse_split_kind(split_));
    if (train_) spec.train_share = *train_;
    if (!(spec.train_share > 0 && spec.train_share < 1)) {
        return fail(ErrorCode::kInvalidArgument,
                    "--train: found '{}', expected a share above 0 and below 1", spec.train_share);
    }
    ASSIGN_OR_RETURN(spec.embargo_ms, read_embargo());
    return spec;
}

Result<backtest::FoldSpec> SplitFlags::read_folds() const {
    backtest::FoldSpec spec{.folds = *folds_};
    if (spec.folds < 1 || spec.folds > backtest::kFoldsMax) {
        return fail(ErrorCode::kInvalidArgument, "--folds: found '{}', expected 1 to {}",
                    spec.folds, backtest::kFoldsMax);
    }
    if (!scheme_.empty()) {
        ASSIGN_OR_RETURN(spec.scheme, backtest::parse_fold_scheme(scheme_));
    }
    ASSIGN_OR_RETURN(spec.embargo_ms, read_embargo());
    return spec;
}

// A number of bars is no length of time where the calendar has holes.
Result<std::int64_t> SplitFlags::read_embargo() const {
    if (embargo_.empty()) return 0;
    const auto span = backtest::parse_span(embargo_);
    if (!span) return fail(span.error().with_context("--embargo"));
    if (span->counts_bars() && span->value() != 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "--embargo: found '{}', expected a time such as 5d", embargo_);
    }
    return span->value();
}

}  // namespace daybook::cli
