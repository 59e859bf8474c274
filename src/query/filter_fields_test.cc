#include "query/filter_fields.h"

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

Result<Field> find(std::vector<std::string> parts, FilterScope scope,
                   const KnownNames& known = {}) {
    return find_field({.parts = std::move(parts)}, scope, known, "filter");
}

std::string mistake(std::vector<std::string> parts, FilterScope scope,
                    const KnownNames& known = {}) {
    const auto field = find(std::move(parts), scope, known);
    return field ? "none" : field.error().message().substr(0, field.error().message().find('\n'));
}

TEST(FilterFields, FieldsHaveTypes) {
    const auto created = find({"created"}, FilterScope::kRuns);
    ASSERT_TRUE(created.has_value());
    EXPECT_EQ(created->type, FieldType::kTime);
    EXPECT_EQ(created->sql, "coalesce(created_at_ms, started_at_ms, last_event_ms)");
    EXPECT_EQ(find({"feasible"}, FilterScope::kTrials)->type, FieldType::kBoolean);
    EXPECT_EQ(find({"tags", "a", "b"}, FilterScope::kRuns)->sql, "tags['a.b']");
    EXPECT_EQ(find({"params", "kind"}, FilterScope::kTrials)->type, FieldType::kAny);
}

TEST(FilterFields, NestedNamesAreAlsoThoseWithADot) {
    EXPECT_EQ(find({"config", "exit", "st/op"}, FilterScope::kRuns)->sql,
              "CASE WHEN json_valid(config) THEN "
              "coalesce(json_extract_string(config, '/exit/st~1op'), "
              "json_extract_string(config, '/exit.st~1op')) END");
}

TEST(FilterFields, AnUnknownFieldNamesTheNearest) {
    EXPECT_EQ(mistake({"stats"}, FilterScope::kRuns),
              "column 1: found stats, expected a field; did you mean status?");
    EXPECT_EQ(mistake({"metric", "sharpe"}, FilterScope::kTrials, {.metrics = {"sharpe"}}),
              "column 1: found metric.sharpe, expected a field; did you mean metrics.sharpe?");
    EXPECT_EQ(
        mistake({"zzzzzzzzzz"}, FilterScope::kTrials),
        "column 1: found zzzzzzzzzz, expected a field; there are trial_id, state, feasible, "
        "violations, recorded, recorded_at_ms, duration, duration_ms, params.NAME, metrics.NAME, "
        "error.NAME");
}

TEST(FilterFields, ANameWithoutItsPrefixIsTheLikeliestSlip) {
    const KnownNames known{.params = {"kind"}, .metrics = {"net bps"}};
    EXPECT_EQ(mistake({"kind"}, FilterScope::kTrials, known),
              "column 1: found kind, expected a field; did you mean params.kind?");
    EXPECT_EQ(mistake({"net bps"}, FilterScope::kTrials, known),
              "column 1: found net bps, expected a field; did you mean metrics.\"net bps\"?");
}

TEST(FilterFields, WhereAllNamesAreKnownAnotherIsRefused) {
    const KnownNames known{.params = {"kind"}, .metrics = {"sharpe"}, .complete = true};
    EXPECT_EQ(mistake({"metrics", "sharp"}, FilterScope::kTrials, known),
              "column 1: found metrics.sharp, which no trial has; did you mean metrics.sharpe?");
    EXPECT_TRUE(find({"metrics", "sharpe"}, FilterScope::kTrials, known).has_value());
    EXPECT_TRUE(find({"metrics", "sharp"}, FilterScope::kTrials).has_value());
}

TEST(FilterFields, APrefixAloneIsNoField) {
    EXPECT_EQ(mistake({"tags"}, FilterScope::kRuns),
              "column 1: found tags, expected tags.NAME: one of its fields");
    EXPECT_TRUE(find({"error"}, FilterScope::kRuns).has_value()) << "its message";
}

}  // namespace
}  // namespace daybook::query
