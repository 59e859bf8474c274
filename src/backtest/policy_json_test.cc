#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "backtest/policy.h"

namespace daybook::backtest {
namespace {

struct Refusal {
    const char* json;
    const char* message;
};

// What the name of a test shows of it.
void PrintTo(const Refusal& test, std::ostream* out) { *out << test.json; }

class PolicyRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(PolicyRefusal, NamesPointerFoundAndExpected) {
    const auto refused = parse_policy(GetParam().json);
    ASSERT_FALSE(refused.has_value()) << GetParam().json;
    EXPECT_EQ(refused.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PolicyRefusal,
    ::testing::Values(
        Refusal{"[1]", "policy: at the top: found [1], expected an object with a kind"},
        Refusal{R"({"stopPct":0.2})",
                "policy: at /kind: missing, expected one of fixed_stop, time_stop, trailing_stop, "
                "ladder, combo"},
        Refusal{R"({"kind":"fixed_stp","stopPct":0.2})",
                "policy: at /kind: found \"fixed_stp\", did you mean 'fixed_stop'?; expected one "
                "of fixed_stop, time_stop, trailing_stop, ladder, combo"},
        Refusal{R"({"kind":7})",
                "policy: at /kind: found 7; expected one of fixed_stop, time_stop, trailing_stop, "
                "ladder, combo"},
        Refusal{R"({"kind":"fixed_stop"})",
                "policy: at /stopPct: missing, expected a fraction above 0 and at most 1"},
        Refusal{R"({"kind":"fixed_stop","stopPct":0})",
                "policy: at /stopPct: found 0, expected a fraction above 0 and at most 1"},
        Refusal{R"({"kind":"fixed_stop","stopPct":1.01})",
                "policy: at /stopPct: found 1.01, expected a fraction above 0 and at most 1"},
        Refusal{R"({"kind":"fixed_stop","stopPct":"0.2"})",
                "policy: at /stopPct: found \"0.2\", expected a fraction above 0 and at most 1"},
        Refusal{R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":-1})",
                "policy: at /takeProfitPct: found -1, expected a number above 0"},
        Refusal{R"({"kind":"fixed_stop","stopPct":0.2,"takeProfit":1})",
                "policy: at the top: unknown key 'takeProfit', did you mean 'takeProfitPct'?; "
                "expected kind, stopPct, takeProfitPct"},
        Refusal{R"({"kind":"time_stop","maxHoldMs":0.5})",
                "policy: at /maxHoldMs: found 0.5, expected a whole number of ms from 1 to "
                "3162240000000 (100 years)"},
        Refusal{R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":2})",
                "policy: at /trailPct: found 2, expected a fraction above 0 and at most 1"},
        Refusal{R"({"kind":"ladder","levels":[]})",
                "policy: at /levels: found [], expected a list of at least one {multiple, "
                "fraction}"},
        Refusal{R"({"kind":"ladder","levels":[{"multiple":1,"fraction":0.5}]})",
                "policy: at /levels/0/multiple: found 1, expected a number above 1"},
        Refusal{R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.5},{"multiple":3}]})",
                "policy: at /levels/1/fraction: missing, expected a fraction above 0 and at most "
                "1"},
        Refusal{R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.7},
                    {"multiple":3,"fraction":0.5}]})",
                "policy: at /levels: found fractions that sum to 1.2, expected at most 1"},
        Refusal{R"({"kind":"combo","policies":[{"kind":"fixed_stop","stopPct":9}]})",
                "policy: at /policies/0/stopPct: found 9, expected a fraction above 0 and at most "
                "1"},
        Refusal{R"({"kind":"fixed_stop","stopPct":1e999})",
                "policy: at line 1: found 1e999, expected a number that a double can hold"},
        Refusal{R"({"kind":"fixed_stop","stopPct":0.1,"stopPct":0.2})",
                "policy: at /stopPct: found this key twice, expected it once"},
        Refusal{R"({"kind":"combo","policies":[{"kind":"fixed_stop","kind":"ladder"}]})",
                "policy: at /policies/0/kind: found this key twice, expected it once"},
        Refusal{R"({"kind":"combo","policies":[]})",
                "policy: at /policies: found [], expected a list of at least one policy"}));

TEST(PolicyJson, EveryKindReadsBackAsItWasWritten) {
    for (const char* json :
         {R"({"kind":"fixed_stop","stopPct":0.2})",
          R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1.0})",
          R"({"kind":"time_stop","maxHoldMs":120000,"takeProfitPct":0.5})",
          R"({"kind":"trailing_stop","activationPct":0.2,"trailPct":0.1,"hardStopPct":0.25})",
          R"({"kind":"ladder","levels":[{"multiple":2.0,"fraction":0.5}],"stopPct":0.2})",
          R"({"kind":"combo","policies":[{"kind":"fixed_stop","stopPct":0.2}]})"}) {
        EXPECT_EQ(to_json(parse_policy(json).value()), json);
    }
}

TEST(PolicyJson, NullIsAbsent) {
    EXPECT_EQ(parse_policy(R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":null})").value(),
              parse_policy(R"({"kind":"fixed_stop","stopPct":0.2})").value());
}

TEST(PolicyJson, FractionsThatSumToOneInDecimalsAreAccepted) {
    EXPECT_TRUE(parse_policy(R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.1},
        {"multiple":3,"fraction":0.2},{"multiple":4,"fraction":0.7}]})")
                    .has_value());
}

TEST(PolicyJson, MalformedTextIsRefusedWithItsPlace) {
    const std::string message = parse_policy("{\"kind\":\n oops}").error().message();
    EXPECT_NE(message.find("policy: not JSON: parse error at line 2, column 2"), std::string::npos)
        << message;
}

TEST(PolicyJson, NestingHasALimit) {
    EXPECT_EQ(parse_policy(std::string(100'000, '[')).error().code(), ErrorCode::kLimit);
    std::string nested = R"({"kind":"fixed_stop","stopPct":0.2})";
    for (int i = 0; i < 9; ++i) nested = R"({"kind":"combo","policies":[)" + nested + "]}";
    EXPECT_EQ(parse_policy(nested).error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace daybook::backtest
