#include "backtest/documents.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace daybook::backtest {
namespace {

using nlohmann::json;

// The part of JSON Schema that schemas/documents/ uses.
class Schema {
public:
    explicit Schema(const std::string& name) {
        std::ifstream file(DAYBOOK_SOURCE_DIR "/schemas/documents/" + name);
        root_ = json::parse(file);
    }
    // What is wrong with `document`; empty if nothing is.
    std::string check(const json& document) const { return check(document, root_, ""); }
    std::string check(const json& document, const std::string& definition) const {
        return check(document, root_.at("definitions").at(definition), "");
    }

private:
    static bool has_type(const json& value, const std::string& type) {
        if (type == "object") return value.is_object();
        if (type == "array") return value.is_array();
        if (type == "string") return value.is_string();
        if (type == "boolean") return value.is_boolean();
        if (type == "null") return value.is_null();
        if (type == "integer") return value.is_number_integer();
        return type == "number" && value.is_number();
    }
    static std::string check_number(const json& value, const json& schema) {
        if (!value.is_number()) return "";
        const double number = value.get<double>();
        if (number < schema.value("minimum", number)) return "below minimum";
        if (number > schema.value("maximum", number)) return "above maximum";
        if (number <= schema.value("exclusiveMinimum", number - 1)) return "not above minimum";
        return "";
    }
    std::string check_one_of(const json& value, const json& schema, const std::string& at) const {
        int matches = 0;
        std::string reasons;
        for (const json& option : schema.at("oneOf")) {
            const std::string reason = check(value, option, at);
            matches += reason.empty() ? 1 : 0;
            reasons += "\n" + reason;
        }
        return matches == 1 ? "" : fmt::format("{}: {} options match{}", at, matches, reasons);
    }
    std::string check_object(const json& value, const json& schema, const std::string& at) const {
        for (const auto& name : schema.value("required", json::array())) {
            if (!value.contains(name)) return at + ": lacks " + name.get<std::string>();
        }
        const json properties = schema.value("properties", json::object());
        for (const auto& [name, member] : value.items()) {
            const json additional = schema.value("additionalProperties", json(true));
            if (properties.contains(name)) {
                const std::string reason = check(member, properties[name], at + "/" + name);
                if (!reason.empty()) return reason;
            } else if (additional.is_object()) {
                const std::string reason = check(member, additional, at + "/" + name);
                if (!reason.empty()) return reason;
            } else if (additional == false) {
                return at + ": unknown " + name;
            }
        }
        return "";
    }
    std::string check(const json& value, const json& schema, const std::string& at) const {
        if (schema.contains("$ref")) {
            const auto pointer = schema["$ref"].get<std::string>().substr(1);
            return check(value, root_.at(json::json_pointer(pointer)), at);
        }
        if (schema.contains("oneOf")) return check_one_of(value, schema, at);
        if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(),
                                                 value) == schema["enum"].end()) {
            return at + ": not one of the enum";
        }
        if (schema.contains("type")) {
            const json types =
                schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
            if (std::none_of(types.begin(), types.end(),
                             [&](const json& type) { return has_type(value, type); })) {
                return at + ": of another type";
            }
        }
        if (const std::string reason = check_number(value, schema); !reason.empty()) {
            return at + ": " + reason;
        }
        if (value.is_array() && schema.contains("items")) {
            for (const json& item : value) {
                const std::string reason = check(item, schema["items"], at + "[]");
                if (!reason.empty()) return reason;
            }
        }
        return value.is_object() ? check_object(value, schema, at) : "";
    }

    json root_;
};

PolicyOptions policy_options(const std::string& policy) {
    PolicyOptions options;
    options.input.calls = "calls.csv";
    options.input.candles = "candles/*.parquet";
    options.policy = parse_policy(policy).value();
    return options;
}

const CallCounts kCounts = {
    .selected = 3,
    .duplicates = 1,
    .eligible = 2,
    .excluded = 1,
    .exclusions = {{"bad_data", 0}, {"gap", 1}, {"missing_range", 0}, {"too_new", 0}},
    .without_entry = 0,
    .truncated = 1,
    .bars = 40,
    .bad_bars = 0};
const SummaryHead kHead = {.run_id = "r1", .run_type = "policy", .data_fingerprint = "00"};

TEST(Documents, ConfigurationsFollowTheirSchema) {
    const Schema schema("backtest_config.json");
    EXPECT_EQ(schema.check(json::parse(config_json(PathOnlyOptions{}))), "");
    for (const char* policy :
         {R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1})",
          R"({"kind":"time_stop","maxHoldMs":5})",
          R"({"kind":"trailing_stop","activationPct":0.2,"trailPct":0.1,"hardStopPct":0.2})",
          R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.5}],"stopPct":0.2})",
          R"({"kind":"combo","policies":[{"kind":"combo","policies":[
              {"kind":"fixed_stop","stopPct":0.2}]}]})"}) {
        PolicyOptions options = policy_options(policy);
        EXPECT_EQ(schema.check(json::parse(config_json(options))), "");
        options.input.symbol = "SPX";
        options.input.from = parse_day("2008-01-01");
        options.input.entry_delay = Span::ms(5);
        EXPECT_EQ(schema.check(json::parse(config_json(options))), "");
    }
}

TEST(Documents, PolicySchemaAndParserRefuseTheSame) {
    const Schema schema("policy.json");
    for (const char* policy : {R"({"kind":"fixed_stop"})", R"({"kind":"fixed_stop","stopPct":0})",
                               R"({"kind":"time_stop","maxHoldMs":1.5})",
                               R"({"kind":"ladder","levels":[{"multiple":1,"fraction":1}]})",
                               R"({"kind":"fixed_stop","stopPct":0.1,"x":1})", R"({"kind":"y"})"}) {
        EXPECT_NE(schema.check(json::parse(policy), "policy"), "") << policy;
        EXPECT_FALSE(parse_policy(policy).has_value()) << policy;
    }
}

TEST(Documents, OutputSummariesFollowTheirSchema) {
    const Schema schema("backtest_output_summary.json");
    const Inputs inputs{.calls = {},
                        .calendar = MarketCalendar::always(kIntervals[2]),
                        .windows = {},
                        .candles = {},
                        .fingerprint = {}};
    const std::vector<artifact::Stored> stored = {{.type = "trades",
                                                   .path = "p",
                                                   .format = "parquet",
                                                   .rows = 2,
                                                   .size_bytes = 9,
                                                   .sha256 = ""}};
    const std::pair<const char*, std::string> phases[] = {
        {"plan", plan_summary(inputs, 12)}, {"coverage", coverage_summary(kCounts)},
        {"slice", stored_summary(stored)},  {"load", load_summary(1, 40)},
        {"compute", compute_summary(2)},    {"execute", execute_summary(2, 30)},
        {"store", stored_summary(stored)},  {"aggregate", metrics_json({}, kCounts)}};
    for (const auto& [phase, summary] : phases) {
        EXPECT_EQ(schema.check(json::parse(summary), phase), "") << phase << ": " << summary;
    }
}

TEST(Documents, SummariesFollowTheirSchema) {
    const Schema schema("backtest_summary.json");
    EXPECT_EQ(schema.check(json::parse(summary_json(kHead, kCounts, PathAggregates{}))), "");
    TradeAggregates aggregates;
    aggregates.trades = 2;
    aggregates.mean_return_bps = -1.5;
    EXPECT_EQ(schema.check(
                  json::parse(summary_json(kHead, kCounts, "p", aggregates, {{"stop_loss", 2}}))),
              "");
}

TEST(Documents, ARunWithoutEligibleCallsSaysSo) {
    const json none = json::parse(summary_json(kHead, CallCounts{}, PathAggregates{}));
    EXPECT_EQ(none["note"], "no eligible call");
    const json some = json::parse(summary_json(kHead, kCounts, PathAggregates{}));
    EXPECT_EQ(some["note"], nullptr);
}

TEST(Documents, ConfigurationsAreComparedByMeaning) {
    EXPECT_TRUE(
        check_same_config(R"({"a":1,"b":{"c":2}})", R"({"b":{"c":2.0},"a":1})").has_value());
    EXPECT_EQ(
        check_same_config(R"({"a":1,"b":{"c":2}})", R"({"a":1,"b":{"c":3}})").error().message(),
        "config /b/c: found 3, the run was made with 2");
    EXPECT_EQ(check_same_config(R"({"a":1})", "{}").error().message(),
              "config /a: found nothing, the run was made with 1");
    EXPECT_EQ(check_same_config("torn", "{}").error().code(), ErrorCode::kCorrupt);
}

TEST(Documents, ArtifactPathsAreNamedByTheirType) {
    EXPECT_EQ(artifact_paths_json({{.type = "trades",
                                    .path = "a/t.parquet",
                                    .format = "",
                                    .rows = 0,
                                    .size_bytes = 0,
                                    .sha256 = ""},
                                   {.type = "paths",
                                    .path = "a/p.parquet",
                                    .format = "",
                                    .rows = 0,
                                    .size_bytes = 0,
                                    .sha256 = ""}}),
              R"({"trades":"a/t.parquet","paths":"a/p.parquet"})");
    EXPECT_EQ(artifact_paths_json({}), "{}");
}

}  // namespace
}  // namespace daybook::backtest
