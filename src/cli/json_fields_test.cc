#include "cli/json_fields.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

std::string joined(std::string_view json, int levels_max = 4) {
    std::string text;
    for (const EventField& field : flattened_fields(json, levels_max)) {
        text += field.name + '=' + field.json + ';';
    }
    return text;
}

TEST(FlattenedFields, AreTheLeavesUnderDottedNames) {
    EXPECT_EQ(joined(R"({"a":{"b":1,"c":{"d":"x"}},"e":[{"f":2}],"g":null})"),
              R"(a.b=1;a.c.d="x";e=[{"f":2}];g=null;)");
}

TEST(FlattenedFields, AnEmptyObjectAndOneTooDeepAreLeaves) {
    EXPECT_EQ(joined(R"({"a":{}})"), "a={};");
    EXPECT_EQ(joined(R"({"a":{"b":{"c":1}}})", 2), R"(a.b={"c":1};)");
}

TEST(FlattenedFields, OfSomethingElseThereAreNone) {
    EXPECT_EQ(joined("[1]"), "");
    EXPECT_EQ(joined(""), "");
}

TEST(LeafText, ReadsAsPeopleWriteIt) {
    EXPECT_EQ(leaf_text(R"("a \"b\"")"), "a \"b\"");
    EXPECT_EQ(leaf_text("0.1234567891"), "0.123457");
    EXPECT_EQ(leaf_text("1795483111025"), "1795483111025");
    EXPECT_EQ(leaf_text("true"), "true");
    EXPECT_EQ(leaf_text("null"), "");
    EXPECT_EQ(leaf_text("[1.0]"), "[1.0]");
    EXPECT_EQ(leaf_text(R"([{"a":1},{"a":2}])"), R"([{"a":1},{"a":2}])");
    EXPECT_EQ(leaf_text(R"([{"a":1},{"a":")" + std::string(200, 'x') + "\"}]"),
              "2 of them; --format json has them");
    EXPECT_EQ(leaf_text("2241670000.5", "hold_ms"), "25d 23h");
    EXPECT_EQ(leaf_text("1500", "hold_ms"), "1.5 s");
    EXPECT_EQ(leaf_text("1500", "created_at_ms"), "1500");
    EXPECT_EQ(leaf_text("8687616", "peak_bytes"), "8.3 MiB");
    EXPECT_EQ(leaf_text("0", "summary.read_bytes"), "0 B");
    EXPECT_EQ(leaf_text("-5", "read_bytes"), "-5");
    EXPECT_EQ(leaf_text("1536.5", "mean_bytes"), "1536.5");
    EXPECT_EQ(leaf_text("8687616", "bytes_read"), "8687616");
}

TEST(IsDurationMs, TellsMomentsFromDurations) {
    EXPECT_TRUE(is_duration_ms("duration_ms"));
    EXPECT_TRUE(is_duration_ms("summary.mean_hold_ms"));
    for (const char* name : {"created_at_ms", "timestamp_ms", "entry_time_ms", "last_event_ms",
                             "test_first_ms", "items", "_m", ""}) {
        EXPECT_FALSE(is_duration_ms(name)) << name;
    }
}

TEST(JsonFields, FormulasAreKnownByTheirPlace) {
    EXPECT_TRUE(is_formula("overfitting.formulas.pbo"));
    EXPECT_TRUE(is_formula("formulas.pbo"));
    EXPECT_FALSE(is_formula("formulas"));
    EXPECT_FALSE(is_formula("overfitting.pbo"));
}

}  // namespace
}  // namespace daybook::cli
