#include "cli/emit_document.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Kind = EmitField::Kind;

std::string document(const std::vector<EmitField>& given, std::string_view event_data = "") {
    const auto text = emit_document(given, event_data);
    return text ? *text : "error: " + text.error().message();
}

TEST(EmitDocument, HoldsTheFieldsInTheOrderOfTheFlags) {
    EXPECT_EQ(document({{"--event-type", "event_type", Kind::kText, "run.\"x\""},
                        {"--size-bytes", "size_bytes", Kind::kNumber, "12"},
                        {"--config", "config", Kind::kJson, "{ \"a\": [1, 2] }"}}),
              R"({"event_type":"run.\"x\"","size_bytes":12,"config":{"a":[1,2]}})");
    EXPECT_EQ(document({}), "{}");
}

TEST(EmitDocument, AddsTheFieldsOfEventData) {
    EXPECT_EQ(document({}, R"({"a": 1})"), R"({"a":1})");
    EXPECT_EQ(document({{"--run-id", "run_id", Kind::kText, "r"}}, R"({"a": {"b": 1}, "c": 2})"),
              R"({"run_id":"r","a":{"b":1},"c":2})");
    EXPECT_EQ(document({{"--run-id", "run_id", Kind::kText, "r"}}, " {} "), R"({"run_id":"r"})");
}

TEST(EmitDocument, NamesTheFlagWhoseValueIsWrong) {
    EXPECT_EQ(document({{"--size-bytes", "size_bytes", Kind::kNumber, "12kB"}}),
              "error: --size-bytes: found '12kB', expected a number");
    EXPECT_EQ(document({{"--size-bytes", "size_bytes", Kind::kNumber, ""}}),
              "error: --size-bytes: found '', expected a number");
    EXPECT_EQ(document({{"--config", "config", Kind::kJson, "{\"a\":\n}"}}),
              "error: parse --config: /a: line 2, column 1: found }, expected a value");
    EXPECT_EQ(document({}, "[1]"), "error: --event-data: found an array, expected an object");
}

TEST(EmitDocument, RefusesAFieldThatIsGivenTwice) {
    EXPECT_EQ(document({{"--run-id", "run_id", Kind::kText, "r"}}, R"({"run_id":"s"})"),
              "error: --event-data: /run_id is also given by --run-id");
}

}  // namespace
}  // namespace daybook::cli
