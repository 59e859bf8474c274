#include "backtest/space.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

std::string shipped(const std::string& name) {
    std::ifstream file(DAYBOOK_SOURCE_DIR "/share/daybook/spaces/" + name + ".json");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> ids(const std::string& json) {
    const auto policies = parse_space(json);
    if (!policies) return {policies.error().message()};
    std::vector<std::string> out;
    for (const Policy& policy : *policies) out.push_back(policy_id(policy));
    return out;
}

std::string refusal(const std::string& json) {
    const auto policies = parse_space(json);
    return policies ? "" : policies.error().message();
}
std::string grid_refusal(const std::string& grid) { return refusal(R"({"grids":[)" + grid + "]}"); }

using Names = std::vector<std::string>;

TEST(Space, TheShippedSpacesHaveTheirPolicies) {
    const auto classic = ids(shipped("classic"));
    EXPECT_EQ(classic.size(), 108u);
    EXPECT_EQ(classic.front(), "fixed_stop_0.05_0.5");
    EXPECT_EQ(classic.back(), "ladder_3x0.5-5x0.5_0.25");
    const auto combos = ids(shipped("combos"));
    EXPECT_EQ(combos.size(), 432u);
    EXPECT_EQ(combos[1],
              "combo_(trailing_stop_0.5_0.1_0.15)_(ladder_2x0.5-3x0.3-4x0.2_none)_"
              "(time_stop_7200000_none)");
    EXPECT_EQ(ids(shipped("daily")).size(), 94u);
    const std::vector<Space> both = {{"classic", parse_space(shipped("classic")).value()},
                                     {"combos", parse_space(shipped("combos")).value()}};
    EXPECT_EQ(unite(both).policies.size(), 540u);
}

TEST(Space, SchemaAndParserAgree) {
    const testing::Schema schema("space.json");
    for (const char* name : {"classic", "combos", "daily"}) {
        EXPECT_EQ(schema.check(nlohmann::json::parse(shipped(name))), "") << name;
    }
    for (const char* grid :
         {R"({"kind":"fixed_stop"})", R"({"kind":"fixed_stop","stopPct":0.1})",
          R"({"kind":"fixed_stop","stopPct":[0]})", R"({"kind":"fixed_stop","stopPct":["none"]})",
          R"({"kind":"time_stop","maxHoldMs":[1.5]})", R"({"kind":"y"})",
          R"({"kind":"time_stop","maxHoldMs":[4000000000000]})",
          R"({"kind":"ladder","levels":[{"multiple":2,"fraction":1}]})",
          R"({"kind":"combo","policies":[[{"kind":"combo"}]]})",
          R"({"kind":"trailing_stop","activationPct":[1],"trailPct":[0.1],"x":1})"}) {
        const std::string space = fmt::format(R"({{"grids":[{}]}})", grid);
        EXPECT_NE(schema.check(nlohmann::json::parse(space)), "") << grid;
        EXPECT_FALSE(parse_space(space).has_value()) << grid;
    }
}

TEST(Space, PoliciesComeInDeclaredOrder) {
    EXPECT_EQ(ids(R"({"grids":[{"kind":"fixed_stop","stopPct":[0.2,0.1],"takeProfitPct":["none",1]},
                                 {"kind":"trailing_stop","activationPct":[1],"trailPct":[0.1]}]})"),
              (Names{"fixed_stop_0.2_none", "fixed_stop_0.2_1", "fixed_stop_0.1_none",
                     "fixed_stop_0.1_1", "trailing_stop_1_0.1_none"}));
}

TEST(Space, ACombosPartMayBeAbsent) {
    EXPECT_EQ(
        ids(R"({"grids":[{"kind":"combo","policies":[
                      [{"kind":"fixed_stop","stopPct":[0.1]}],
                      [{"kind":"time_stop","maxHoldMs":[5]},"none"]]}]})"),
        (Names{"combo_(fixed_stop_0.1_none)_(time_stop_5_none)", "combo_(fixed_stop_0.1_none)"}));
}

TEST(Space, AWrongFileIsRefusedWithPlaceFoundAndExpected) {
    EXPECT_EQ(refusal("[]"), "space: at the top: found [], expected an object with grids");
    EXPECT_EQ(refusal("{}"), "space: at /grids: missing, expected a list of at least one grid");
    EXPECT_EQ(refusal(R"({"grids":[]})"),
              "space: at /grids: found [], expected a list of at least one grid");
    EXPECT_EQ(refusal(R"({"grid":[]})"),
              "space: at the top: unknown key 'grid', did you mean 'grids'?; expected description, "
              "grids");
    EXPECT_EQ(refusal(R"({"grids":[],"grids":[]})"),
              "space: at /grids: found this key twice, expected it once");
    EXPECT_EQ(refusal(R"({"description":1,"grids":[]})"),
              "space: at /description: found 1, expected a string");
    EXPECT_TRUE(refusal("{").starts_with("space: not JSON: parse error at line 1"));
    EXPECT_TRUE(refusal(std::string(100, '[')).starts_with("space: byte 64: nested deeper"));
}

TEST(Space, AWrongGridIsRefusedWithPlaceFoundAndExpected) {
    EXPECT_EQ(grid_refusal("5"), "space: at /grids/0: found 5, expected an object with a kind");
    EXPECT_EQ(grid_refusal("{}"),
              "space: at /grids/0/kind: missing, expected one of fixed_stop, time_stop, "
              "trailing_stop, ladder, combo");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stp"})"),
              "space: at /grids/0/kind: found \"fixed_stp\", did you mean 'fixed_stop'?; expected "
              "one of fixed_stop, time_stop, trailing_stop, ladder, combo");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop"})"),
              "space: at /grids/0/stopPct: missing, expected a list, each a fraction above 0 and "
              "at most 1");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop","stopPct":0.1})"),
              "space: at /grids/0/stopPct: found 0.1, expected a list, each a fraction above 0 and "
              "at most 1");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop","stopPct":[0.1,0]})"),
              "space: at /grids/0/stopPct/1: found 0, expected a fraction above 0 and at most 1");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop","stopPct":["none"]})"),
              "space: at /grids/0/stopPct/0: found \"none\", expected a fraction above 0 and at "
              "most 1");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop","stopPct":[1],"takeProfitPct":["non"]})"),
              "space: at /grids/0/takeProfitPct/0: found \"non\", expected a number above 0, or "
              "\"none\"");
    EXPECT_EQ(grid_refusal(R"({"kind":"time_stop","maxHoldMs":[1.5]})"),
              "space: at /grids/0/maxHoldMs/0: found 1.5, expected a whole number of ms from 1 "
              "to 3162240000000 (100 years)");
    EXPECT_EQ(grid_refusal(R"({"kind":"time_stop","maxHoldMs":[1],"stopPct":[1]})"),
              "space: at /grids/0: unknown key 'stopPct'; expected kind, maxHoldMs, takeProfitPct");
    EXPECT_EQ(grid_refusal(R"({"kind":"ladder","levels":[[{"multiple":1,"fraction":1}]]})"),
              "space: at /grids/0/levels/0/0/multiple: found 1, expected a number above 1");
    EXPECT_EQ(grid_refusal(R"({"kind":"ladder","levels":[{"multiple":2,"fraction":1}]})"),
              "space: at /grids/0/levels/0: found {\"multiple\":2,\"fraction\":1}, expected a list "
              "of at least one {multiple, fraction}");
    EXPECT_EQ(grid_refusal(R"({"kind":"fixed_stop","stopPct":[0.1,0.1]})"),
              "space: at /grids/0: found the policy fixed_stop_0.1_none again, expected it once; "
              "it is in /grids/0 already");
}

TEST(Space, AWrongComboIsRefusedWithPlaceFoundAndExpected) {
    EXPECT_EQ(grid_refusal(R"({"kind":"combo","policies":[["none"]]})"),
              "space: at /grids/0/policies: found \"none\" in every part, expected a part that is "
              "always there");
    EXPECT_EQ(
        grid_refusal(R"({"kind":"combo","policies":["none"]})"),
        "space: at /grids/0/policies/0: found \"none\", expected a list of grids, or \"none\" "
        "among them");
    EXPECT_EQ(grid_refusal(R"({"kind":"combo","policies":[[{"kind":"combo"}]]})"),
              "space: at /grids/0/policies/0/0/kind: found \"combo\"; expected one of fixed_stop, "
              "time_stop, trailing_stop, ladder");
}

TEST(Space, TooManyPoliciesAreRefusedBeforeTheyAreMade) {
    std::string list = "[1";
    for (int i = 2; i <= 400; ++i) list += fmt::format(",{}", i);
    const std::string part = R"([{"kind":"time_stop","maxHoldMs":)" + list + "]}]";
    EXPECT_EQ(grid_refusal(R"({"kind":"combo","policies":[)" + part + "," + part + "]}"),
              "space: at /grids/0: found 400 * 400 policies, expected at most 100000");
    const std::string profits = R"(,"takeProfitPct":)" + list + "]";
    EXPECT_EQ(grid_refusal(R"({"kind":"time_stop","maxHoldMs":)" + list + "]" + profits + "}"),
              "space: at /grids/0: found 400 * 400 policies, expected at most 100000");
    EXPECT_EQ(grid_refusal(R"({"kind":"trailing_stop","trailPct":[0.1],"activationPct":)" + list +
                           R"(],"hardStopPct":[0.1]})"),
              "");
}

TEST(Space, APolicyOfTwoSpacesIsTriedOnce) {
    const Policy a{FixedStop{0.1, {}}};
    const Policy b{FixedStop{0.2, {}}};
    const SearchSpace united = unite({{"x", {b}}, {"y", {a, b}}});
    EXPECT_EQ(united.ids, (Names{"fixed_stop_0.2_none", "fixed_stop_0.1_none"}));
    EXPECT_EQ(united.repeated, 1u);
}

TEST(Draw, IsOfDifferentNumbersAndTheSameForASeed) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto drawn = draw(20, 20, seed);
        EXPECT_EQ(std::set<std::size_t>(drawn.begin(), drawn.end()).size(), 20u);
        EXPECT_LT(*std::max_element(drawn.begin(), drawn.end()), 20u);
        EXPECT_EQ(draw(20, 20, seed), drawn);
        EXPECT_TRUE(std::ranges::equal(draw(20, 7, seed), std::span(drawn).first(7)));
    }
    EXPECT_NE(draw(20, 20, 1), draw(20, 20, 2));
    EXPECT_TRUE(draw(0, 0, 1).empty());
}

TEST(Draw, EveryNumberIsAsLikely) {
    std::array<int, 5> count{};
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) ++count[draw(5, 1, seed)[0]];
    for (const int each : count) EXPECT_NEAR(each, 2'000, 200);  // five standard deviations
}

}  // namespace
}  // namespace daybook::backtest
