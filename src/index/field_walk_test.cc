#include "index/field_walk.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "json/document.h"

namespace daybook::index {
namespace {

class FieldWalkTest : public ::testing::Test {
protected:
    bool read(std::string_view text, std::span<const FieldRule> rules) {
        const std::string padded = std::string(text) + std::string(json::kPadding, ' ');
        return walk_.read(staging_.arena.keep(padded).substr(0, text.size()), rules, cells_,
                          staging_);
    }

    Staging staging_;
    FieldWalk walk_;
    std::array<Cell, 4> cells_{};
};

constexpr FieldRule kRules[] = {{"text", 0, Read::kText},
                                {"int", 1, Read::kInt},
                                {"bool", 2, Read::kBool},
                                {"json", 3, Read::kJson}};

TEST_F(FieldWalkTest, EnvelopeAndTrailerAreLeftOut) {
    ASSERT_TRUE(read(R"({"event_type":"t","event_id":"i","timestamp_ms":1,"run_id":"r",)"
                     R"("schema_version":2,"seq":1,"synced":1,"checksum":"c"})",
                     kRules));
    EXPECT_TRUE(walk_.extra().is_null());
}

TEST_F(FieldWalkTest, JsonStaysAsItIsWritten) {
    ASSERT_TRUE(read(R"({"json": {"b" : 1.50, "a":[ 1 ]}  ,"text":"x"})", kRules));
    EXPECT_EQ(cells_[3].as_text(), R"({"b" : 1.50, "a":[ 1 ]})");
    EXPECT_EQ(cells_[0].as_text(), "x");
}

TEST_F(FieldWalkTest, OtherFieldsMakeUpExtra) {
    ASSERT_TRUE(read(R"({"z":1,"text":"x","a":{"b":null},"q\"":"w"})", kRules));
    EXPECT_EQ(walk_.extra().as_text(), R"({"z":1,"a":{"b":null},"q\"":"w"})");
}

TEST_F(FieldWalkTest, TheLastOfARepeatedFieldCounts) {
    ASSERT_TRUE(read(R"({"text":"a","int":1,"text":"b"})", kRules));
    EXPECT_EQ(cells_[0].as_text(), "b");
}

TEST_F(FieldWalkTest, OtherTypesBecomeWhatComesNearest) {
    ASSERT_TRUE(read(R"({"text":12.50,"int":3.6,"bool":"yes","json":null})", kRules));
    EXPECT_EQ(cells_[0].as_text(), "12.50");
    EXPECT_EQ(cells_[1].as_int(), 4);
    EXPECT_TRUE(cells_[2].is_null());
    EXPECT_TRUE(cells_[3].is_null());
    ASSERT_TRUE(read(R"({"int":1e300,"bool":true})", kRules));
    EXPECT_TRUE(cells_[1].is_null());
    EXPECT_TRUE(cells_[2].as_bool());
}

TEST_F(FieldWalkTest, EscapesAreResolved) {
    ASSERT_TRUE(read(R"({"text":"a\"\u00e9\n"})", kRules));
    EXPECT_EQ(cells_[0].as_text(), "a\"é\n");
}

TEST_F(FieldWalkTest, MalformedTextIsRefused) {
    EXPECT_FALSE(read(R"({"text":"a")", kRules));
    EXPECT_FALSE(read(R"([1])", kRules));
}

constexpr FieldRule kNumberRules[] = {{"params", 0, Read::kParams},
                                      {"nonfinite", 1, Read::kNonfinite}};

TEST_F(FieldWalkTest, AMapOfManyNumbersKeepsTheLastOfEachName) {
    std::string params = "{";
    for (int i = 0; i < 100; ++i)
        params += "\"n" + std::to_string(i % 40) + "\":" + std::to_string(i) + ",";
    params += "\"end\":0}";
    ASSERT_TRUE(read("{\"params\":" + params + "}", kNumberRules));
    ASSERT_EQ(walk_.params().size(), 41U);
    EXPECT_EQ(walk_.params()[5], (std::pair<std::string_view, double>("n5", 85.0)));
}

TEST_F(FieldWalkTest, NonfiniteNumbersReplaceWhatIsThere) {
    ASSERT_TRUE(read(R"({"nonfinite":{"/params/a":"NaN","/params/b~0c":"Infinity","/x/y":"NaN",)"
                     R"("/params/d":"big"},"params":{"a":1}})",
                     kNumberRules));
    ASSERT_EQ(walk_.params().size(), 2U);
    EXPECT_TRUE(std::isnan(walk_.params()[0].second));
    EXPECT_EQ(walk_.params()[1].first, "b~c");
    EXPECT_TRUE(walk_.metrics().empty());
}

}  // namespace
}  // namespace daybook::index
