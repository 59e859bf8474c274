#include "json/rules.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

bool ok(Format format, const std::string& text) { return expected_format(format, text).empty(); }

TEST(Rules, ANameHasOneTo256BytesWithoutControlCharacters) {
    EXPECT_FALSE(ok(Format::kName, ""));
    EXPECT_TRUE(ok(Format::kName, "x"));
    EXPECT_TRUE(ok(Format::kName, std::string(256, 'x')));
    EXPECT_FALSE(ok(Format::kName, std::string(257, 'x')));
    EXPECT_FALSE(ok(Format::kName, "a\nb"));
    EXPECT_FALSE(ok(Format::kName, "a\x7f"));
    EXPECT_TRUE(ok(Format::kName, "r\xc3\xa9sum\xc3\xa9"));
}

TEST(Rules, APathHasOneTo4096BytesWithoutControlCharacters) {
    EXPECT_FALSE(ok(Format::kPath, ""));
    EXPECT_TRUE(ok(Format::kPath, std::string(4096, 'x')));
    EXPECT_FALSE(ok(Format::kPath, std::string(4097, 'x')));
    EXPECT_FALSE(ok(Format::kPath, std::string("a\0b", 3)));
}

TEST(Rules, ASha256Is64LowerCaseDigits) {
    EXPECT_TRUE(ok(Format::kSha256, std::string(64, 'a')));
    EXPECT_FALSE(ok(Format::kSha256, std::string(63, 'a')));
    EXPECT_FALSE(ok(Format::kSha256, std::string(65, 'a')));
    EXPECT_FALSE(ok(Format::kSha256, std::string(64, 'A')));
    EXPECT_FALSE(ok(Format::kSha256, std::string(64, 'g')));
}

TEST(Rules, ADateIsADayThatExists) {
    EXPECT_TRUE(ok(Format::kDate, "2026-01-23"));
    EXPECT_FALSE(ok(Format::kDate, "2026-02-30"));
    EXPECT_FALSE(ok(Format::kDate, "23.1.2026"));
}

TEST(Rules, AnyStringIsAString) { EXPECT_TRUE(ok(Format::kAny, std::string("\0\n", 2))); }

TEST(Rules, AllEightNamesOfTheLineAreReserved) {
    for (const char* const name : {"event_type", "event_id", "timestamp_ms", "run_id", "seq",
                                   "synced", "checksum", "schema_version"}) {
        EXPECT_TRUE(is_reserved_name(name)) << name;
    }
    EXPECT_FALSE(is_reserved_name("sequence"));
    EXPECT_FALSE(is_reserved_name(""));
}

TEST(Rules, ChoicesAreListedInOrder) {
    constexpr std::array<std::string_view, 2> kChoices = {"a", "b"};
    EXPECT_EQ(list_choices(kChoices), "one of `a`, `b`");
}

}  // namespace
}  // namespace daybook::json
