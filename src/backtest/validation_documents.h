// The JSON documents of what a search is tested with: the `validation` and `overfitting` of its
// configuration and summary, and the documents of a fold's run.  Their schemas are the definitions
// of the same names in schemas/documents/backtest_validation.json.
//
// For .cc files that write documents only.
#pragma once

#include <cstddef>
#include <string>

#include "backtest/document_parts.h"
#include "backtest/documents.h"
#include "backtest/validation.h"

namespace daybook::backtest {

// What was asked for: null for neither.
Document validation_config(const Validation& validation);

// The over-fitting figures of a choice.
Document overfitting_document(const SelectionFigures& selection);

// When the first and the last of some calls were made; none of no calls.
struct CallTimes {
    std::optional<std::int64_t> first_ms;
    std::optional<std::int64_t> last_ms;
};

// One fold, by its number from 1, and the run that recorded it.
struct Fold {
    std::size_t number = 1;
    std::string run_id;
    std::string parent_run_id;
    CallTimes train;
    CallTimes test;
};
// The search's configuration, and which fold of it this is.
std::string fold_config_json(const Fold& fold, const std::string& search_config_json);

// The `validation` of a search's summary: its splits, and `folds` where it walked forward.
// `policy_ids` are those of the search.
std::string validation_json(const Validation& validation, const ValidationResult& result,
                            std::span<const TestedSplit> splits, std::span<const Fold> folds,
                            std::span<const std::string> policy_ids);

// Why a split has come to less than it was made for; nullopt if it has not.
std::optional<std::string> note_of(const TestedSplit& tested);

// A fold's summary: its test as a policy run's, the rest beside it.
std::string fold_summary_json(const Fold& fold, const SummaryHead& parent,
                              const TestedSplit& tested, std::span<const std::string> policy_ids);
// Metrics of the fold's one trial: the chosen policy on the test calls.
std::string fold_metrics_json(const TestedSplit& tested);

// The output_summary of a fold's phases.
std::string train_summary(const TestedSplit& tested, std::size_t policies);
std::string choose_summary(const TestedSplit& tested, std::span<const std::string> policy_ids);
std::string test_summary(const TestedSplit& tested);

}  // namespace daybook::backtest
