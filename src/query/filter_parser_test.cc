#include "query/filter_parser.h"

#include <gtest/gtest.h>

#include <fmt/ranges.h>

namespace daybook::query {
namespace {

std::string shown(const Operand& operand) {
    if (const auto* name = std::get_if<FieldName>(&operand)) {
        return fmt::format("{}", fmt::join(name->parts, "."));
    }
    const auto& literal = std::get<Literal>(operand);
    switch (literal.kind) {
        case LiteralKind::kString: return "'" + literal.text + "'";
        case LiteralKind::kDuration: return fmt::format("{}ms", literal.milliseconds);
        case LiteralKind::kNow: return fmt::format("now{:+}ms", literal.milliseconds);
        default: return literal.text;
    }
}

// The tree, each node in brackets.
std::string shown(const Node& node) {
    constexpr const char* kNames[] = {"and", "or", "not", "", "in", "between", "", "null", "field"};
    std::string text =
        "[" + (node.op.empty() ? kNames[static_cast<std::size_t>(node.kind)] : node.op);
    for (const Operand& operand : node.operands) text += " " + shown(operand);
    for (const Node& child : node.children) text += " " + shown(child);
    return text + "]";
}

std::string parsed(std::string_view filter) {
    const Result<Node> node = parse_filter(filter);
    return node ? shown(*node)
                : node.error().message().substr(0, node.error().message().find('\n'));
}

TEST(FilterParser, AndBindsTighterThanOr) {
    EXPECT_EQ(parsed("a = 1 or b = 2 and c = 3"), "[or [= a 1] [and [= b 2] [= c 3]]]");
    EXPECT_EQ(parsed("(a = 1 or b = 2) and not c = 3"), "[and [or [= a 1] [= b 2]] [not [= c 3]]]");
    EXPECT_EQ(parsed("a OR b AND NOT c"), "[or [field a] [and [field b] [not [field c]]]]");
}

TEST(FilterParser, EveryTest) {
    EXPECT_EQ(parsed("a <> -1.5"), "[!= a -1.5]");
    EXPECT_EQ(parsed("5 < metrics.\"a b\""), "[< 5 metrics.a b]");
    EXPECT_EQ(parsed("a in ('x', 2, true)"), "[in a 'x' 2 true]");
    EXPECT_EQ(parsed("a not in (1)"), "[not [in a 1]]");
    EXPECT_EQ(parsed("a between 1 and 2 and b"), "[and [between a 1 2] [field b]]");
    EXPECT_EQ(parsed("a not between 1 and 2"), "[not [between a 1 2]]");
    EXPECT_EQ(parsed("a like 'x%' or a not ilike 'y'"), "[or [like a 'x%'] [not [ilike a 'y']]]");
    EXPECT_EQ(parsed("a ~ 'x' or a !~ 'y'"), "[or [~ a 'x'] [not [!~ a 'y']]]");
    EXPECT_EQ(parsed("a is null or b is not null"), "[or [is a] [is not b]]");
    EXPECT_EQ(parsed("a > now - 7d or a < now"), "[or [> a now-604800000ms] [< a now+0ms]]");
    EXPECT_EQ(parsed("a > 5m"), "[> a 300000ms]");
    EXPECT_EQ(parsed("tags.in = 'x'"), "[= tags.in 'x']");
}

TEST(FilterParser, SaysWhatItFoundAndWhatItExpected) {
    for (const auto& [filter, message] :
         {std::pair("", "column 1: found the end, expected a field"),
          {"a =", "column 4: found the end, expected a value or a field"},
          {"a = 1 b = 2", "column 7: found b, expected and, or, or the end"},
          {"(a = 1", "column 7: found the end, expected and, or, or )"},
          {"a in 1", "column 6: found 1, expected ( and a list of values"},
          {"a in (1", "column 8: found the end, expected , or )"},
          {"a in (failed)", "column 7: found failed, expected a value, such as 'failed'"},
          {"a like b", "column 8: found b, expected a pattern in quotes, such as 'b'"},
          {"a between 1 or 2", "column 13: found or, expected and, and the upper end"},
          {"a is 1", "column 6: found 1, expected null or not null"},
          {"a not 1",
           "column 7: found 1, expected a comparison: =, !=, <, <=, >, >=, ~, in, "
           "between, like, is"},
          {"a not", "column 6: found the end, expected in, between, like or ilike after not"},
          {"a b",
           "column 3: found b, expected a comparison: =, !=, <, <=, >, >=, ~, in, "
           "between, like, is"},
          {"1",
           "column 2: found the end, expected a comparison: =, !=, <, <=, >, >=, ~, in, "
           "between, like, is"},
          {"tags. = 1",
           "column 7: found =, expected a name after the dot; what is no word goes "
           "in double quotes"},
          {"a = - b", "column 7: found b, expected a number after -"},
          {"a > now - 7", "column 11: found 7, expected a duration, such as 7d"},
          {"and", "column 1: found and, expected a field"}}) {
        SCOPED_TRACE(filter);
        EXPECT_EQ(parsed(filter), message);
    }
}

TEST(FilterParser, DeepNestingIsRefusedAndLongChainsAreNot) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '(') + "a = 1" + std::string(levels, ')');
    };
    EXPECT_EQ(parsed(nested(kFilterNestingMax)), "[= a 1]");
    EXPECT_EQ(parsed(nested(kFilterNestingMax + 1)), "column 101: found more than 100 levels");
    std::string nots;
    for (int i = 0; i < 10'000; ++i) nots += "not ";
    EXPECT_EQ(parsed(nots + "a"), "column 401: found more than 100 levels");
    std::string chain = "a";
    for (int i = 0; i < 10'000; ++i) chain += " or a";
    EXPECT_TRUE(parse_filter(chain).has_value());
}

}  // namespace
}  // namespace daybook::query
