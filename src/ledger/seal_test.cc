#include "ledger/seal.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

const std::string kHash(64, 'a');

Seal example() {
    return {.part = *log::parse_part_id("day=2026-01-23/part-000001"),
            .facts = {.bytes = 586,
                      .events = 3,
                      .first_event_id = "019be826-9000-70c5-853b-559647364cea",
                      .last_event_id = "say \"x\"",
                      .timestamp_min = TimestampMs(-1),
                      .timestamp_max = TimestampMs(1769126400250)},
            .sha256 = kHash,
            .bad = true,
            .previous = std::string(64, 'b')};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(SealTest, WhatIsWrittenIsReadAgain) {
    EXPECT_EQ(decode_seal(encode_seal(example()), "x"), example());
    const Seal empty{.part = example().part, .sha256 = kHash};
    EXPECT_EQ(decode_seal(encode_seal(empty), "x"), empty);
    EXPECT_EQ(encode_seal(empty),
              R"({"format":1,"part":"day=2026-01-23/part-000001","bytes":0,"events":0,"sha256":")" +
                  kHash +
                  R"(","first_event_id":null,"last_event_id":null,"timestamp_ms_min":null,)"
                  R"("timestamp_ms_max":null,"bad":false,"previous":null})"
                  "\n");
    const Head head{.part = example().part, .sha256 = kHash};
    EXPECT_EQ(decode_head(encode_head(head), "x"), head);
}

TEST(SealTest, UnknownKeysAndOtherOrdersAreRead) {
    const std::string text = encode_seal(example());
    EXPECT_EQ(decode_seal(with(text, R"("bad":true)", R"("new":{"a":1},"bad":true)"), "x"),
              example());
    EXPECT_TRUE(decode_head(
        R"({"sha256":")" + kHash + R"(", "part":"day=2026-01-23/part-000001", "format":1})", "x"));
}

TEST(SealTest, ANewerFormatIsRefused) {
    const auto seal =
        decode_seal(with(encode_seal(example()), R"("format":1)", R"("format":2)"), "p.seal.json");
    EXPECT_EQ(seal.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(seal.error().message().find("p.seal.json: the seal has format 2"), std::string::npos);
    EXPECT_EQ(decode_head(R"({"format":2})", "x").error().code(), ErrorCode::kUnsupported);
}

TEST(SealTest, EveryFieldMustBeThereAndOfItsKind) {
    const std::string text = encode_seal(example());
    const std::vector<std::pair<std::string, std::string>> fields = {
        {"part", R"("day=2026-01-23/part-000001")"},
        {"bytes", "586"},
        {"events", "3"},
        {"sha256", '"' + kHash + '"'},
        {"first_event_id", R"("019be826-9000-70c5-853b-559647364cea")"},
        {"last_event_id", R"("say \"x\"")"},
        {"timestamp_ms_min", "-1"},
        {"timestamp_ms_max", "1769126400250"},
        {"bad", "true"},
        {"previous", '"' + std::string(64, 'b') + '"'},
    };
    for (const auto& [name, value] : fields) {
        SCOPED_TRACE(name);
        const std::string field = '"' + name + "\":" + value;
        for (const std::string& other : {'"' + name + "\":[]", std::string("\"x\":0")}) {
            const auto seal = decode_seal(with(text, field, other), "p.seal.json");
            ASSERT_FALSE(seal) << other;
            EXPECT_EQ(seal.error().code(), ErrorCode::kCorrupt);
            EXPECT_NE(seal.error().message().find("p.seal.json: field `" + name + "`"),
                      std::string::npos)
                << seal.error().message();
        }
    }
    for (const char* text_of_head :
         {R"({"part":"day=2026-01-23/part-000001"})", R"({"sha256":"aa"})", "null", ""}) {
        EXPECT_EQ(decode_head(text_of_head, "x").error().code(), ErrorCode::kCorrupt);
    }
}

TEST(SealTest, EveryCutIsRefused) {
    const std::string text = encode_seal(example());
    // Without its newline it is whole.
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        EXPECT_FALSE(decode_seal(text.substr(0, size), "x")) << size;
    }
}

}  // namespace
}  // namespace daybook::ledger
