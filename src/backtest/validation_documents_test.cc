#include "backtest/validation_documents.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "backtest/test_search.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::SearchFixture;

// Whether the definition of that name takes the document, and no document with a field more.
bool follows(const std::string& definition, const json& document) {
    std::ifstream file(DAYBOOK_SOURCE_DIR "/schemas/documents/backtest_validation.json");
    json root = json::parse(file);
    root = {{"definitions", root.at("definitions")}, {"$ref", "#/definitions/" + definition}};
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(root), schema);
    const auto takes = [&](const json& value) {
        valijson::Validator validator;
        return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), nullptr);
    };
    json more = document;
    more["surprise"] = 1;
    return takes(document) && !takes(more);
}

class ValidationDocumentsTest : public ::testing::Test {
protected:
    std::vector<TestedSplit> tested(const Validation& validation) const {
        const SearchOutcomes search{matrix_, fixture_.ids, fixture_.constraints, 1};
        std::vector<TestedSplit> out;
        for (const Split& split : plan_splits(validation, fixture_.inputs, fixture_.calls)) {
            out.push_back(test_split(search, split));
        }
        return out;
    }
    json document(const Validation& validation) const {
        const auto splits = tested(validation);
        std::vector<Fold> folds;
        for (std::size_t i = 0; i < splits.size(); ++i) {
            folds.push_back({.number = i + 1,
                             .run_id = "p.fold",
                             .parent_run_id = "p",
                             .train = {},
                             .test = {.first_ms = 1, .last_ms = 2}});
        }
        return json::parse(validation_json(
            validation, sum_up({matrix_, fixture_.ids, fixture_.constraints, 1}, splits), splits,
            folds, fixture_.ids));
    }

    SearchFixture fixture_{140};
    OutcomeMatrix matrix_ = fixture_.outcomes();
};

constexpr Validation kFolds = {
    .split = std::nullopt,
    .folds = FoldSpec{.folds = 2, .scheme = FoldScheme::kRolling, .embargo_ms = 60'000}};
constexpr Validation kSplit = {.split = SplitSpec{.kind = SplitKind::kRandom, .seed = 9},
                               .folds = std::nullopt};

TEST_F(ValidationDocumentsTest, ConfigurationsSayWhatWasAskedFor) {
    EXPECT_EQ(validation_config({}), nullptr);
    EXPECT_EQ(validation_config(kFolds).dump(),
              R"({"kind":"walk_forward","folds":2,"scheme":"rolling","embargo_ms":60000})");
    EXPECT_EQ(validation_config(kSplit).dump(),
              R"({"kind":"split","split":"random","train_share":0.7,"seed":9,"embargo_ms":0})");
    EXPECT_TRUE(follows("walk_forward_config", validation_config(kFolds)));
    EXPECT_TRUE(follows("split_config", validation_config(kSplit)));
}

TEST_F(ValidationDocumentsTest, SummariesFollowTheirSchema) {
    EXPECT_TRUE(follows("walk_forward", document(kFolds)));
    EXPECT_TRUE(follows("split", document(kSplit)));
    fixture_.constraints.min_p05_mae_bps = 0;
    EXPECT_TRUE(follows("walk_forward", document(kFolds)));
}

TEST_F(ValidationDocumentsTest, ARandomSplitIsMarkedLeaky) {
    EXPECT_EQ(document(kSplit)["leaky"], true);
    EXPECT_EQ(document(kFolds)["leaky"], false);
}

TEST_F(ValidationDocumentsTest, AFoldsDocumentsFollowTheirSchema) {
    const Fold fold = {
        .number = 1, .run_id = "p.fold-1", .parent_run_id = "p", .train = {}, .test = {}};
    for (const double least_mae : {-3000.0, 0.0}) {
        fixture_.constraints.min_p05_mae_bps = least_mae;
        const TestedSplit split = tested(kFolds).front();
        SCOPED_TRACE(least_mae);
        EXPECT_EQ(split.chosen.has_value(), least_mae < 0);
        EXPECT_TRUE(follows("fold_config", json::parse(fold_config_json(fold, "{}"))));
        EXPECT_TRUE(
            follows("fold_summary", json::parse(fold_summary_json(fold,
                                                                  {.run_id = "p",
                                                                   .run_type = "walk_forward",
                                                                   .data_fingerprint = "00",
                                                                   .synthetic = true},
                                                                  split, fixture_.ids))));
        EXPECT_TRUE(follows("train", json::parse(train_summary(split, 3))));
        EXPECT_TRUE(follows("choose", json::parse(choose_summary(split, fixture_.ids))));
        EXPECT_TRUE(follows("test", json::parse(test_summary(split))));
        if (split.chosen) {
            EXPECT_TRUE(follows("fold_metrics", json::parse(fold_metrics_json(split))));
        }
    }
}

TEST_F(ValidationDocumentsTest, OverfittingFiguresThatDoNotExistAreNull) {
    const json none = overfitting_document({});
    EXPECT_TRUE(follows("overfitting", none));
    EXPECT_EQ(none["pbo"], nullptr);
    EXPECT_EQ(none["deflated_sharpe"], nullptr);
    const json some =
        overfitting_document({.trials = 2,
                              .pbo = Pbo{.probability = 0.25, .combinations = 12'870},
                              .sharpe_variance = 0.01,
                              .deflated_sharpe = DeflatedSharpe{
                                  .chosen = {.sharpe = 0.2, .observations = 40, .skewness = -1},
                                  .expected_maximum = 0.1,
                                  .probability = 0.9}});
    EXPECT_TRUE(follows("overfitting", some));
    EXPECT_EQ(some["pbo"], 0.25);
    EXPECT_EQ(some["expected_maximum_sharpe"], 0.1);
    EXPECT_EQ(some["deflated_sharpe"], 0.9);
    EXPECT_EQ(some["observations"], 40);
    EXPECT_EQ(some["skewness"], -1);
    EXPECT_EQ(some["kurtosis"], 3);
}

}  // namespace
}  // namespace daybook::backtest
