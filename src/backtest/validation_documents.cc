#include "backtest/validation_documents.h"

#include <nlohmann/json.hpp>

namespace daybook::backtest {
namespace {

// A summary is read where the manual is not at hand.
Document formulas() {
    return {
        {"pbo",
         "share of the ways to choose 8 of 16 blocks of calls with omega <= 0.5; omega = rank / "
         "(N + 1) on the other 8 of the policy with the highest mean net return on the 8 (Bailey, "
         "Borwein, Lopez de Prado, Zhu 2017)"},
        {"sharpe", "mean / deviation of the net returns of calls, not annualised"},
        {"expected_maximum_sharpe",
         "sqrt(V) * ((1 - g) * PhiInv(1 - 1/N) + g * PhiInv(1 - 1/(N*e))); V = sharpe_variance, N "
         "= trials, g = 0.5772 (Bailey, Lopez de Prado 2014)"},
        {"deflated_sharpe",
         "Phi((SR - SR0) * sqrt(T - 1) / sqrt(1 - skewness*SR + (kurtosis - 1)/4 * SR^2)); SR = "
         "sharpe, SR0 = expected_maximum_sharpe, T = observations (Bailey, Lopez de Prado 2014)"},
        {"score_loss", "train_score - test_score; relative: divided by |train_score|"}};
}

Document chosen_id(const TestedSplit& tested, std::span<const std::string> policy_ids) {
    return tested.chosen ? Document(policy_ids[*tested.chosen]) : Document(nullptr);
}

std::optional<double> score(const std::optional<Trial>& trial) {
    return trial ? trial->verdict.score : std::nullopt;
}

Document scores_of(std::optional<double> train, std::optional<double> test) {
    const ScoreLoss loss = score_loss(train, test);
    return {{"train_score", nullable(train)},
            {"test_score", nullable(test)},
            {"score_loss", nullable(loss.absolute)},
            {"score_loss_relative", nullable(loss.relative)}};
}

Document counts_of(const Split& split) {
    return {{"calls_train", split.train.size()},
            {"calls_test", split.test.size()},
            {"calls_purged", split.purged.size()},
            {"calls_embargoed", split.embargoed.size()}};
}

Document times_of(const Fold& fold) {
    return {{"train_first_ms", nullable(fold.train.first_ms)},
            {"train_last_ms", nullable(fold.train.last_ms)},
            {"test_first_ms", nullable(fold.test.first_ms)},
            {"test_last_ms", nullable(fold.test.last_ms)}};
}

// Null, not zeros, where there is no trade.
Document figures_of(const TradeAggregates& aggregates) {
    Document document = {{"calls_executed", aggregates.trades}};
    document.update(aggregates_of(aggregates));
    return document;
}

}  // namespace

std::optional<std::string> note_of(const TestedSplit& tested) {
    if (tested.split.train.empty()) return "no call to choose on";
    if (!tested.chosen) return "no feasible policy";
    if (tested.split.test.empty()) return "no call to test on";
    return std::nullopt;
}

Document validation_config(const Validation& validation) {
    if (validation.folds) {
        return {{"kind", "walk_forward"},
                {"folds", validation.folds->folds},
                {"scheme", to_string(validation.folds->scheme)},
                {"embargo_ms", validation.folds->embargo_ms}};
    }
    if (validation.split) {
        return {{"kind", "split"},
                {"split", to_string(validation.split->kind)},
                {"train_share", validation.split->train_share},
                {"seed", validation.split->seed},
                {"embargo_ms", validation.split->embargo_ms}};
    }
    return nullptr;
}

Document overfitting_document(const SelectionFigures& selection) {
    const auto& pbo = selection.pbo;
    const auto& dsr = selection.deflated_sharpe;
    return {{"trials", selection.trials},
            {"pbo", pbo ? Document(pbo->probability) : Document(nullptr)},
            {"pbo_combinations", pbo ? pbo->combinations : 0},
            {"sharpe", dsr ? Document(dsr->chosen.sharpe) : Document(nullptr)},
            {"observations", dsr ? Document(dsr->chosen.observations) : Document(nullptr)},
            {"skewness", dsr ? Document(dsr->chosen.skewness) : Document(nullptr)},
            {"kurtosis", dsr ? Document(dsr->chosen.kurtosis) : Document(nullptr)},
            {"sharpe_variance", nullable(selection.sharpe_variance)},
            {"expected_maximum_sharpe", dsr ? Document(dsr->expected_maximum) : Document(nullptr)},
            {"deflated_sharpe", dsr ? Document(dsr->probability) : Document(nullptr)},
            {"formulas", formulas()}};
}

std::string fold_config_json(const Fold& fold, const std::string& search_config_json) {
    return dump({{"parent_run_id", fold.parent_run_id},
                 {"fold", fold.number},
                 {"search", Document::parse(search_config_json)}});
}

std::string validation_json(const Validation& validation, const ValidationResult& result,
                            std::span<const TestedSplit> splits, std::span<const Fold> folds,
                            std::span<const std::string> policy_ids) {
    Document document = validation_config(validation);
    document.update({{"leaky", result.leaky},
                     {"splits_chosen", result.chosen},
                     {"calls_train", result.calls_train},
                     {"calls_test", result.calls_test},
                     {"calls_purged", result.calls_purged},
                     {"calls_embargoed", result.calls_embargoed}});
    document.update(scores_of(result.train_score, result.test_score));
    document["out_of_sample"] = figures_of(result.out_of_sample);
    if (!validation.folds) {
        document["note"] = nullable(note_of(splits.front()));
        return dump(document);
    }
    document["fold_runs"] = Document::array();
    for (std::size_t i = 0; i < splits.size(); ++i) {
        const TestedSplit& tested = splits[i];
        Document fold = {{"fold", folds[i].number}, {"run_id", folds[i].run_id}};
        fold.update(times_of(folds[i]));
        fold.update(counts_of(tested.split));
        fold["note"] = nullable(note_of(tested));
        fold["policies_feasible"] = tested.feasible;
        fold["policy_id"] = chosen_id(tested, policy_ids);
        fold.update(scores_of(score(tested.train), score(tested.test)));
        document["fold_runs"].push_back(fold);
    }
    return dump(document);
}

std::string fold_summary_json(const Fold& fold, const SummaryHead& parent,
                              const TestedSplit& tested, std::span<const std::string> policy_ids) {
    Document document = {{"run_id", fold.run_id},
                         {"run_type", "policy"},
                         {"parent_run_id", parent.run_id},
                         {"data_fingerprint", parent.data_fingerprint},
                         {"fold", fold.number}};
    if (parent.synthetic) document["synthetic"] = true;
    document.update(times_of(fold));
    document.update(counts_of(tested.split));
    document["note"] = nullable(note_of(tested));
    document["policies_feasible"] = tested.feasible;
    document["policy_id"] = chosen_id(tested, policy_ids);
    document.update(figures_of(tested.test ? tested.test->aggregates : TradeAggregates{}));
    document.update(scores_of(score(tested.train), score(tested.test)));
    document["train"] = tested.train ? figures_of(tested.train->aggregates) : Document(nullptr);
    document["overfitting"] = overfitting_document(tested.selection);
    return dump(document);
}

std::string fold_metrics_json(const TestedSplit& tested) {
    Document document = {{"calls_eligible", tested.split.test.size()}, {"calls_excluded", 0}};
    document.update(figures_of(tested.test->aggregates));
    document["score"] = nullable(score(tested.test));
    document["train_score"] = nullable(score(tested.train));
    return dump(document);
}

std::string train_summary(const TestedSplit& tested, std::size_t policies) {
    Document document = counts_of(tested.split);
    document["policies"] = policies;
    document["policies_feasible"] = tested.feasible;
    return dump(document);
}

std::string choose_summary(const TestedSplit& tested, std::span<const std::string> policy_ids) {
    return dump({{"policy_id", chosen_id(tested, policy_ids)},
                 {"train_score", nullable(score(tested.train))},
                 {"overfitting", overfitting_document(tested.selection)}});
}

std::string test_summary(const TestedSplit& tested) {
    Document document = figures_of(tested.test ? tested.test->aggregates : TradeAggregates{});
    document["test_score"] = nullable(score(tested.test));
    return dump(document);
}

}  // namespace daybook::backtest
