#include "cli/inspect_place.h"

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::cli {
namespace {

TEST(ParsePlace, TakesOffsetsAndLinesUnlessTheFileIsCalledSo) {
    const os::TempDir dir;
    EXPECT_EQ(parse_place("p.jsonl").value(), (Place{.file = "p.jsonl"}));
    EXPECT_EQ(parse_place("p.jsonl:40").value(),
              (Place{.file = "p.jsonl", .offset = ByteOffset(40)}));
    EXPECT_EQ(parse_place("p.jsonl#3").value(), (Place{.file = "p.jsonl", .line = 3}));
    for (const char* name : {"p:x", "p:", "p#1x", "p:-1"}) {
        EXPECT_EQ(parse_place(name).value(), Place{.file = name});
    }
    const std::string named = dir / "part:7";
    ASSERT_TRUE(os::write_file_atomic(named, "x"));
    EXPECT_EQ(parse_place(named).value(), Place{.file = named});
}

TEST(FindLine, IsTheLineOfAnyOfItsBytes) {
    const std::string_view bytes = "{}\n{\"a\":1}\nhalf";
    const auto offset_of = [&](const Place& place) {
        return find_line(bytes, place).value().line.offset.value();
    };
    for (std::uint64_t at = 0; at < bytes.size(); ++at) {
        const std::uint64_t begin = at < 3 ? 0 : at < 11 ? 3 : 11;
        EXPECT_EQ(offset_of({.file = "f", .offset = ByteOffset(at)}), begin) << at;
    }
    EXPECT_EQ(offset_of({.file = "f"}), 0u);
    EXPECT_EQ(offset_of({.file = "f", .line = 2}), 3u);
    EXPECT_FALSE(find_line(bytes, {.file = "f", .line = 3}).value().finished);
    EXPECT_TRUE(find_line(bytes, {.file = "f", .line = 2}).value().finished);
    EXPECT_FALSE(find_line(bytes, {.file = "f", .line = 4}));
    EXPECT_FALSE(find_line(bytes, {.file = "f", .line = 0}));
    EXPECT_FALSE(find_line(bytes, {.file = "f", .offset = ByteOffset(bytes.size())}));
}

}  // namespace
}  // namespace daybook::cli
