#include "legacy/cache_state.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

CacheState some_state() {
    return {.source = "/data/lab.duckdb",
            .version = "1:2:3:4:5",
            .bytes = 1234,
            .sha256 = "abc",
            .copied_at = TimestampMs(1'769'126'400'000),
            .copy = "copy-abc.duckdb",
            .rows = "rows-000002",
            .answers = "answers-000002-000001.duckdb",
            .answers_before = "answers-000001-000007.duckdb",
            .took_ms = 1'234,
            .recipe = "events 1",
            .events = 18'000'000'000'000'000'000U,
            .runs = 4,
            .replaced_ends = 3,
            .import_id = "an id",
            .reading = "a hash",
            .tables = {{.table = "t", .event = "trial.recorded", .rows = 8, .invalid = 2}, {}},
            .notes = {"a note", "Größe: \"x\"\n"},
            .left_out = {{.table = "notes", .what = "no rule reads it"}}};
}

TEST(CacheState, IsReadAsItWasWritten) {
    EXPECT_EQ(decode_cache_state(encode_cache_state(some_state())), some_state());
    EXPECT_EQ(decode_cache_state(encode_cache_state(CacheState{})), CacheState{});
}

TEST(CacheState, WhatIsNotAsItShouldBeIsAsGoodAsNone) {
    const std::string text = encode_cache_state(some_state());
    for (std::size_t cut = 0; cut + 2 < text.size(); ++cut) {
        EXPECT_EQ(decode_cache_state(std::string_view(text).substr(0, cut)), std::nullopt) << cut;
    }
    for (const char* field :
         {"format", "source", "version",       "bytes",          "sha256",   "copied_at_ms",
          "copy",   "rows",   "answers",       "answers_before", "took_ms",  "recipe",
          "events", "runs",   "replaced_ends", "import_id",      "reading",  "tables",
          "notes",  "table",  "event",         "invalid",        "left_out", "what"}) {
        std::string broken = text;
        broken.replace(broken.find('"' + std::string(field) + '"') + 1, 1, "_");
        EXPECT_EQ(decode_cache_state(broken), std::nullopt) << field;
    }
    std::string newer = text;
    newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 2");
    EXPECT_EQ(decode_cache_state(newer), std::nullopt);
    for (const char* garbage : {"null", "[]", "7", R"({"format":1})"}) {
        EXPECT_EQ(decode_cache_state(garbage), std::nullopt);
    }
}

TEST(CacheState, ARefusalIsReadAsItWasWritten) {
    const Refusal refusal{"1:2",          "events 1", ErrorCode::kUnsupported, "too new: \"v2\"",
                          TimestampMs(7), 1'234};
    const std::string text = encode_refusal(refusal);
    EXPECT_EQ(decode_refusal(text), refusal);
    for (std::size_t cut = 0; cut + 2 < text.size(); ++cut) {
        EXPECT_EQ(decode_refusal(std::string_view(text).substr(0, cut)), std::nullopt) << cut;
    }
    for (const ErrorCode code : {ErrorCode::kNoSpace, ErrorCode::kBusy, ErrorCode::kIo}) {
        EXPECT_EQ(decode_refusal(encode_refusal({.code = code})), Refusal{.code = code});
    }
    EXPECT_EQ(decode_refusal(encode_refusal({.code = ErrorCode::kCancelled})), std::nullopt);
    EXPECT_FALSE(is_for_good(ErrorCode::kBusy));
}

TEST(CacheState, BytesThatAreNoTextDoNotStopIt) {
    CacheState state = some_state();
    state.notes = {"\xff\xfe"};
    ASSERT_TRUE(decode_cache_state(encode_cache_state(state)));
}

}  // namespace
}  // namespace daybook::legacy
