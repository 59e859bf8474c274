#include "ledger/document_json.h"

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

Document document(std::string_view text) {
    return Document::parse(text, {.path = "x.json", .name = "thing", .cure = "; mend it"}).value();
}

template <typename T>
std::string message_of(const Result<T>& result) {
    return result ? "fine" : result.error().message();
}

TEST(DocumentTest, FieldsAreReadByTheirKinds) {
    const Document found = document(
        R"({"n":7,"t":-5,"b":true,"s":"x","p":"day=2026-01-23/part-000001","h":"0aff","z":null,)"
        R"("unknown":[1]})");
    EXPECT_EQ(found.count("n"), 7U);
    EXPECT_EQ(found.time("t"), TimestampMs(-5));
    EXPECT_EQ(found.boolean("b"), true);
    EXPECT_EQ(found.text("s"), "x");
    EXPECT_EQ(to_string(*found.part("p")), "day=2026-01-23/part-000001");
    EXPECT_EQ(found.hex("h", 4), "0aff");
    EXPECT_EQ(found.time_or_null("z").value(), std::optional<TimestampMs>());
    EXPECT_EQ(found.time_or_null("t").value(), std::optional(TimestampMs(-5)));
    EXPECT_EQ(found.text_or_null("z").value(), std::optional<std::string>());
    EXPECT_EQ(found.text_or_null("s").value(), std::optional<std::string>("x"));
    EXPECT_EQ(found.hex_or_null("z", 4).value(), std::optional<std::string>());
    EXPECT_EQ(found.hex_or_null("h", 4).value(), std::optional<std::string>("0aff"));
}

TEST(DocumentTest, WhateverElseIsRefusedWithFileFieldFoundExpectedAndCure) {
    const Document found =
        document(R"({"n":-7,"t":1.5,"b":1,"s":2,"p":"day=1/part-1","h":"0AFF","k":"0a"})");
    EXPECT_EQ(message_of(found.count("n")),
              "read x.json: field `n` of the thing: found -7, expected a whole number, 0 or more; "
              "mend it");
    EXPECT_EQ(message_of(found.count("missing")),
              "read x.json: field `missing` of the thing: found nothing, expected a whole number, "
              "0 or more; mend it");
    EXPECT_EQ(message_of(found.time("t")),
              "read x.json: field `t` of the thing: found 1.5, expected milliseconds since 1970, a "
              "whole number; mend it");
    EXPECT_FALSE(document(R"({"t":9223372036854775808})").time("t"));
    EXPECT_EQ(document(R"({"t":9223372036854775807})").time("t"), TimestampMs(INT64_MAX));
    EXPECT_EQ(message_of(found.boolean("b")),
              "read x.json: field `b` of the thing: found 1, expected true or false; mend it");
    EXPECT_EQ(message_of(found.text_or_null("s")),
              "read x.json: field `s` of the thing: found 2, expected a string; mend it");
    EXPECT_EQ(message_of(found.part("p")),
              "read x.json: field `p` of the thing: found \"day=1/part-1\", expected a part's "
              "name, such as \"day=2026-01-23/part-000001\"; mend it");
    EXPECT_EQ(message_of(found.hex("h", 4)),
              "read x.json: field `h` of the thing: found \"0AFF\", expected 4 lower-case "
              "hexadecimal digits; mend it");
    EXPECT_EQ(message_of(found.hex_or_null("k", 4)),
              "read x.json: field `k` of the thing: found \"0a\", expected 4 lower-case "
              "hexadecimal digits; mend it");
}

TEST(DocumentTest, OnlyAnObjectIsADocument) {
    for (const auto& [text, found] :
         {std::pair("", "text that is no JSON"), std::pair("{\"a\":", "text that is no JSON"),
          std::pair("[1]", "array"), std::pair("7", "number")}) {
        const auto parsed =
            Document::parse(text, {.path = "x.json", .name = "thing", .cure = "; mend it"});
        EXPECT_EQ(message_of(parsed), fmt::format("read x.json: it is no thing: found {}, expected "
                                                  "a JSON object; mend it",
                                                  found));
    }
}

TEST(DocumentTest, ANewerFormatIsRefusedAndNothingElseIsAFormat) {
    EXPECT_TRUE(document(R"({"format":1})").check_format(1));
    const Status newer = document(R"({"format":2})").check_format(1);
    EXPECT_EQ(newer.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(newer.error().message(),
              "read x.json: the thing has format 2, this version of Daybook knows format 1; "
              "nothing was changed: use a newer version");
    for (const char* text : {"{}", R"({"format":"1"})", R"({"format":0})", R"({"format":1.5})"}) {
        const Status status = document(text).check_format(1);
        ASSERT_FALSE(status) << text;
        EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt) << text;
        EXPECT_NE(status.error().message().find("field `format`"), std::string::npos) << text;
    }
}

TEST(DocumentTest, AnyBytesBecomeAJsonString) {
    EXPECT_EQ(json_string("a\"b"), R"("a\"b")");
    EXPECT_EQ(json_string("a\xff"), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace daybook::ledger
