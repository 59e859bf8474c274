#include "archive/manifest.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "support/outcome.h"

namespace daybook::archive {
namespace {

const std::string kSha(64, 'a');
const std::string kOther(64, 'b');

Manifest full_manifest() {
    const Day day(20476);
    Manifest manifest{.day = day};
    manifest.files = {{.name = "events-000001.parquet", .bytes = 7, .sha256 = kSha, .rows = 3}};
    ArchivedPart whole{.part = {.day = day, .number = log::PartNumber(1)},
                       .file = "events-000001.parquet",
                       .bytes = 100,
                       .lines = 3,
                       .seal_sha256 = kSha,
                       .sha256 = kOther};
    whole.first_line = log::LineMark{ByteOffset(0), 0x0123456789abcdef};
    whole.last_line = log::LineMark{ByteOffset(60), 1};
    ArchivedPart touched{.part = {.day = day, .number = log::PartNumber(2)},
                         .bytes = 50,
                         .lines = 1,
                         .seal_sha256 = kSha,
                         .sha256 = kOther};
    touched.rewrites = 1;
    touched.left_sha256 = kSha;
    touched.removed = {{.offset = ByteOffset(0),
                        .length = 50,
                        .lines = 1,
                        .first_seq = log::Seq(1),
                        .last_seq = log::Seq(1),
                        .sha256 = kOther,
                        .event_id = "e1"}};
    manifest.parts = {whole, touched};
    manifest.retained = {{.event_id = "e1",
                          .at = "2026-02-01T00:00:00.000Z",
                          .runs = {"r1", "r\"2"},
                          .summaries = "keep"}};
    return manifest;
}

std::string message_of(const std::string& text) {
    const auto manifest = decode_manifest(text, "m.json");
    return manifest ? "(none)" : manifest.error().message();
}

// The full manifest's text with a change in it.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = encode_manifest(full_manifest());
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(ArchiveManifest, WhatIsWrittenIsRead) {
    const Manifest manifest = full_manifest();
    EXPECT_EQ(testing::value_of(decode_manifest(encode_manifest(manifest), "m.json")), manifest);
    EXPECT_EQ(testing::value_of(decode_manifest(encode_manifest({}), "m.json")), Manifest{});
}

TEST(ArchiveManifest, KeysOfALaterVersionAreKept) {
    std::string text = changed("\"rows\":3", "\"rows\":3,\"f\":[1]");
    const auto add = [&](const std::string& before, const std::string& what) {
        const std::size_t at = text.find(before);
        ASSERT_NE(at, std::string::npos) << before;
        text.insert(at, what);
    };
    add("\"lines\":3", "\"p\":null,");
    add("\"lines\":1,\"first_seq\"", "\"r\":{\"x\":1},");
    add("\"runs\"", "\"t\":true,");
    add("\"files\"", "\"top\":\"ü\",");
    const Manifest manifest = testing::value_of(decode_manifest(text, "m.json"));
    EXPECT_EQ(manifest.other, R"({"top":"ü"})");
    EXPECT_EQ(manifest.files[0].other, R"({"f":[1]})");
    EXPECT_EQ(manifest.parts[0].other, R"({"p":null})");
    EXPECT_EQ(manifest.parts[1].removed[0].other, R"({"r":{"x":1}})");
    EXPECT_EQ(manifest.retained[0].other, R"({"t":true})");
    EXPECT_EQ(testing::value_of(decode_manifest(encode_manifest(manifest), "m.json")), manifest);
}

TEST(ArchiveManifest, ANewerFormatIsRefused) {
    const auto manifest = decode_manifest(changed("\"format\":1", "\"format\":2"), "m.json");
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(manifest.error().message(),
              "read m.json: the manifest has format 2, this version of Daybook knows format 1; "
              "nothing was changed: use a newer version");
}

TEST(ArchiveManifest, AnErrorNamesTheFileAndTheField) {
    const std::string cure = "; put the manifest of a copy back, with the files it names";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"no JSON",
         "read m.json: it is no manifest: found text that is no JSON, expected a JSON object"},
        {"[]", "read m.json: it is no manifest: found array, expected a JSON object"},
        {"{}", "read m.json: field `format` of the manifest: found nothing, expected 1"},
        {changed("\"day\":\"2026-01-23\"", "\"day\":\"2026-01-32\""),
         "read m.json: field `day` of the manifest: found \"2026-01-32\", expected a day, such as "
         "\"2026-01-23\""},
        {changed("\"bytes\":7", "\"bytes\":-7"),
         "read m.json: field `files[0].bytes` of the manifest: found -7, expected a whole number, "
         "0 or more"},
        {changed("\"name\":\"events", "\"name\":\"../events"),
         "read m.json: field `files[0].name` of the manifest: found \"../events-000001.parquet\", "
         "expected the name of a file beside the manifest"},
        {changed(kOther, "B"),
         "read m.json: field `parts[0].sha256` of the manifest: found \"B\", expected 64 "
         "lower-case hexadecimal digits"},
        {changed("part-000002", "part-2"),
         "read m.json: field `parts[1].part` of the manifest: found \"day=2026-01-23/part-2\", "
         "expected a part's name, such as \"day=2026-01-23/part-000001\""},
        {changed("\"bytes\":100", "\"bytes\":1073741825"),
         "read m.json: field `parts[0].bytes` of the manifest: found 1073741825, expected at most "
         "1073741824"},
        {changed("0123456789abcdef", "0123"),
         "read m.json: field `first_line.checksum` of the manifest: found \"0123\", expected 16 "
         "lower-case hexadecimal digits"},
        {changed("\"left_bytes\":0", "\"left_bytes\":1"),
         "read m.json: field `parts[1].left_bytes` of the manifest: found 1, expected the part's "
         "bytes less those removed"},
        {changed("\"length\":50", "\"length\":51"),
         "read m.json: field `parts[1].removed` of the manifest: found "
         "[{\"offset\":0,\"length\":51,\"lines\":1,\"first_seq\":1,\"last_seq\":1,\"sha256\":"
         "\"bbbbb…, expected ranges of the part, by offset, apart"},
        {changed("\"runs\":[\"r1\"", "\"runs\":[1"),
         "read m.json: field `retained[0].runs` of the manifest: found [1,\"r\\\"2\"], expected an "
         "array of strings"},
    };
    for (const auto& [text, message] : cases) EXPECT_EQ(message_of(text), message + cure);
}

TEST(ArchiveManifest, NestingHasALimit) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    const auto with_key = [&](const std::string& before, std::size_t levels) {
        return changed(before, "\"x\":" + nested(levels) + "," + before);
    };
    // The manifest itself, its array and its entries are levels as well.
    const std::vector<std::pair<std::string, std::size_t>> places = {
        {"\"files\"", 1},
        {"\"rows\"", 3},
        {"\"lines\":3", 3},
        {"\"lines\":1,\"first_seq\"", 5},
        {"\"runs\"", 3}};
    for (const auto& [before, around] : places) {
        SCOPED_TRACE(before);
        EXPECT_EQ(message_of(with_key(before, kNestingMax - around)), "(none)");
        for (const std::size_t levels : {kNestingMax - around + 1, std::size_t{200'000}}) {
            EXPECT_EQ(message_of(with_key(before, levels)),
                      "read m.json: it is no manifest: found arrays and objects nested more than "
                      "64 levels deep, expected a JSON object; put the manifest of a copy back, "
                      "with the files it names");
        }
    }
    EXPECT_NE(message_of(std::string(200'000, '[')), "(none)");
}

TEST(ArchiveManifest, FilesAreFoundByName) {
    Manifest manifest;
    for (std::uint32_t number = 2; number <= 6; number += 2) {
        manifest.files.push_back({.name = fmt::format("events-{:06}.parquet", number)});
    }
    for (std::uint32_t number = 1; number <= 7; ++number) {
        const std::string name = fmt::format("events-{:06}.parquet", number);
        const ArchiveFile* const found = manifest.find_file(name);
        EXPECT_EQ(found == nullptr ? "" : found->name, number % 2 == 0 && number < 7 ? name : "");
    }
    EXPECT_EQ(manifest.find_file(""), nullptr);
}

TEST(ArchiveManifest, PartsOfOtherDaysAndFilesThatAreNotListedAreRefused) {
    EXPECT_NE(message_of(changed("day=2026-01-23/part-000002", "day=2026-01-24/part-000002"))
                  .find("field `parts`"),
              std::string::npos);
    EXPECT_NE(message_of(changed("part-000002", "part-000001")).find("field `parts`"),
              std::string::npos);
    EXPECT_NE(message_of(changed("\"file\":\"events-000001", "\"file\":\"events-000002"))
                  .find("in one of `files`"),
              std::string::npos);
}

TEST(ArchiveManifest, NoCutOfAManifestIsTakenForOne) {
    const std::string text = encode_manifest(full_manifest());
    // But for the newline at its end.
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        EXPECT_FALSE(decode_manifest(text.substr(0, size), "m.json")) << size;
    }
}

TEST(ArchiveManifest, RemovedLinesLieWhereTheyWouldBeInWhatIsLeft) {
    ArchivedPart part{.part = {}, .bytes = 100};
    part.removed = {{.offset = ByteOffset(10), .length = 5, .lines = 1},
                    {.offset = ByteOffset(15), .length = 5, .lines = 1},
                    {.offset = ByteOffset(40), .length = 10, .lines = 2}};
    std::vector<std::uint64_t> places;
    for (const log::RemovedLines& lines : removed_lines(part)) places.push_back(lines.at.value());
    EXPECT_EQ(places, (std::vector<std::uint64_t>{10, 10, 30}));
}

}  // namespace
}  // namespace daybook::archive
