#include "lifecycle/policy.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string refusal(std::string_view text) {
    const auto policy = parse_retention(text, "ledger.json");
    return policy ? "" : policy.error().message();
}

TEST(Retention, ReadsEveryKey) {
    const auto policy = parse_retention(
        R"({"keep_days":90,"keep_bytes":"50 GB","keep_last_runs":1000,
            "keep":["metrics.sharpe > 2","name = 'best'"],"pin_tags":["keep","stage=production"],
            "summaries":"drop","deleted":true,"automatic":true})",
        "ledger.json");
    ASSERT_TRUE(policy.has_value()) << policy.error().message();
    EXPECT_EQ(*policy, (RetentionPolicy{.keep_days = 90,
                                        .keep_bytes = 50'000'000'000U,
                                        .keep_last_runs = 1000U,
                                        .keep = {"metrics.sharpe > 2", "name = 'best'"},
                                        .pin_tags = {"keep", "stage=production"},
                                        .summaries = Summaries::kDrop,
                                        .deleted = true,
                                        .automatic = true}));
}

TEST(Retention, OneTextStandsForAListOfOne) {
    const auto policy = parse_retention(
        R"({"keep_bytes":1000,"keep":"trials > 5","pin_tags":"keep"})", "ledger.json");
    ASSERT_TRUE(policy.has_value()) << policy.error().message();
    EXPECT_EQ(*policy,
              (RetentionPolicy{.keep_bytes = 1000U, .keep = {"trials > 5"}, .pin_tags = {"keep"}}));
}

TEST(Retention, WithoutALimitNothingGoes) {
    EXPECT_FALSE(parse_retention("{}", "").value().has_limit());
    EXPECT_FALSE(parse_retention(R"({"keep":"trials > 5"})", "").value().has_limit());
    EXPECT_TRUE(parse_retention(R"({"keep_days":1})", "").value().has_limit());
    EXPECT_TRUE(parse_retention(R"({"deleted":true})", "").value().has_limit());
}

TEST(Retention, RefusesWithKeyFoundAndExpected) {
    EXPECT_EQ(refusal("[]"), "read ledger.json: `retention`: found [], expected an object");
    EXPECT_EQ(refusal(R"({"keep_day":30})"),
              "read ledger.json: `retention`: `keep_day`: found 30, expected no such key; did you "
              "mean `keep_days`?");
    EXPECT_EQ(refusal(R"({"keep_days":0})"),
              "read ledger.json: `retention`: `keep_days`: found 0, expected a whole number from 1 "
              "to 36500");
    for (const char* days : {"-1", "1.5", "\"30\"", "true", "36501", "[1]", "1e2"}) {
        EXPECT_NE(refusal(fmt::format(R"({{"keep_days":{}}})", days)), "") << days;
    }
    EXPECT_EQ(refusal(R"({"keep_bytes":"50 gigs"})"),
              "read ledger.json: `retention`: `keep_bytes`: found \"50 gigs\", expected a size "
              "such as \"50 GB\", or a number of bytes");
    EXPECT_NE(refusal(R"({"keep_bytes":0})"), "");
    EXPECT_NE(refusal(R"({"keep_last_runs":"all"})"), "");
    EXPECT_NE(refusal(R"({"pin_tags":["keep",1]})"), "");
    EXPECT_NE(refusal(R"({"pin_tags":[""]})"), "");
    EXPECT_EQ(refusal(R"({"summaries":"some"})"),
              "read ledger.json: `retention`: `summaries`: found some, expected \"keep\" or "
              "\"drop\"");
    EXPECT_NE(refusal(R"({"deleted":"yes"})"), "");
}

TEST(Retention, AFilterThatIsNoneIsRefused) {
    const std::string message = refusal(R"({"keep":["trials > 5","statos = 'failed'"]})");
    EXPECT_TRUE(has(message, "`keep`: found statos = 'failed'")) << message;
    EXPECT_TRUE(has(message, "status")) << message;
}

TEST(Retention, ALedgerWithoutAPolicyHasNoLimit) {
    const testing::TempDir directory;
    const ledger::LedgerDir dir(directory.path());
    EXPECT_EQ(read_retention(dir).value(), RetentionPolicy{});
    ASSERT_TRUE(os::write_file_atomic(
        dir.manifest_path(), R"({"format":1,"ledger_id":"x","retention":{"keep_days":7}})"));
    EXPECT_EQ(read_retention(dir).value(), RetentionPolicy{.keep_days = 7});
}

}  // namespace
}  // namespace daybook::lifecycle
