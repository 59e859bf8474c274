#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

struct Sheet {
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
};

std::string rendered(Format format, const Sheet& sheet, const Style& style = {}) {
    const std::string path = ::testing::TempDir() + "daybook_output_" + std::to_string(::getpid());
    {
        const Result<os::UniqueFd> fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC);
        EXPECT_TRUE(fd);
        StandardOutput out(fd->get());
        const auto rows = make_row_writer(format, sheet.columns, style, out);
        for (const std::vector<Cell>& row : sheet.rows) rows->row(row);
        rows->finish();
    }
    return os::read_file(path, 1 << 20).value_or("unreadable");
}

Sheet runs() {
    return {
        .columns = {{"run_id"},
                    {"duration_ms", Unit::kDurationMs, "duration"},
                    {"created_at_ms", Unit::kTimeMs, "created"},
                    {"size_bytes", Unit::kBytes, "size"},
                    {"config"}},
        .rows = {{"r1", 1250, 1769126400000, 1536, JsonText{R"({"a":1})"}},
                 {"Zürich", nullptr, nullptr, 12, nullptr}},
    };
}

TEST(Table, ShowsHumanFormsNumbersToTheRightAndNoBlanksAtTheEnd) {
    EXPECT_EQ(rendered(Format::kTable, runs()),
              "run_id  duration              created     size  config\n"
              "------  --------  -------------------  -------  -------\n"
              "r1         1.3 s  2026-01-23 00:00:00  1.5 KiB  {\"a\":1}\n"
              "Zürich                                    12 B\n");
}

TEST(Table, OnATerminalHasARuleAndABoldHeaderUnlessColourIsOff) {
    const Sheet sheet{.columns = {{"a"}}, .rows = {{"x"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .colour = true}),
              "\x1b[1ma\x1b[0m\n─\nx\n");
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true}), "a\n─\nx\n");
}

TEST(Table, IsCutToATerminalsWidthOnly) {
    const Sheet sheet{.columns = {{"name"}, {"note"}},
                      .rows = {{"r1", "a note that is rather long"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 22}),
              "name  note\n────  ────────────────\nr1    a note that is …\n");
    EXPECT_EQ(rendered(Format::kTable, sheet, {.columns = 20}),
              "name  note\n----  --------------------------\nr1    a note that is rather long\n");
}

TEST(Table, KeepsSixteenColumnsOfACellHoweverNarrowTheTerminal) {
    const Sheet sheet{.columns = {{"a"}, {"b"}},
                      .rows = {{"abcdefghijklmnopq", "abcdefghijklmnopq"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 5}),
              "a                 b\n────────────────  ────────────────\n"
              "abcdefghijklmno…  abcdefghijklmno…\n");
}

TEST(Table, NumbersAreNotCut) {
    const Sheet sheet{.columns = {{"n"}}, .rows = {{1234567890123456789}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 5}),
              "                  n\n───────────────────\n1234567890123456789\n");
}

TEST(Table, LeavesTheLeastImportantColumnsOutOfANarrowTerminalAndSaysSo) {
    const Sheet sheet{.columns = {{.name = "tags", .whole = true, .drop_rank = 2},
                                  {.name = "id", .whole = true},
                                  {.name = "type", .whole = true, .drop_rank = 1}},
                      .rows = {{"set=1", "run-1", "policy"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 20}),
              "tags   id     type\n─────  ─────  ──────\nset=1  run-1  policy\n");
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 19}),
              "id     type\n─────  ──────\nrun-1  policy\n"
              "(left out, for want of room: tags)\n");
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 3}),
              "id\n─────\nrun-1\n(left out, for want of room: tags, type)\n");
    EXPECT_EQ(rendered(Format::kTable, sheet, {.columns = 3}),
              "tags   id     type\n-----  -----  ------\nset=1  run-1  policy\n");
}

TEST(Table, WhatIsToStayWholeIsNotCut) {
    const Sheet sheet{.columns = {{.name = "id", .whole = true}, {.name = "note"}},
                      .rows = {{"a-rather-long-id", "a note as long as it"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 20}),
              "id                note\n────────────────  ────────────────\n"
              "a-rather-long-id  a note as long …\n");
}

TEST(Table, OfAThousandColumnsTheFirstStay) {
    Sheet sheet;
    std::vector<Cell> row;
    for (int i = 0; i < 1000; ++i) {
        sheet.columns.push_back({.name = fmt::format("c{}", i), .drop_rank = i});
        row.emplace_back(i);
    }
    sheet.rows.assign(10, row);
    const std::string text = rendered(Format::kTable, sheet, {.terminal = true, .columns = 12});
    EXPECT_TRUE(text.starts_with("c0  c1  c2\n──  ──  ──\n 0   1   2\n")) << text;
    EXPECT_TRUE(text.ends_with("c980 and 977 more)\n")) << text;
}

TEST(Table, AVeryLongTextGivesWayToTheOthers) {
    const Sheet sheet{.columns = {{"a"}, {"b"}, {"c"}},
                      .rows = {{std::string(1'000'000, 'x'), "short", std::string(30, 'y')}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 60}),
              "a                          b      c\n"
              "─────────────────────────  ─────  ──────────────────────────\n"
              "xxxxxxxxxxxxxxxxxxxxxxxx…  short  yyyyyyyyyyyyyyyyyyyyyyyyy…\n");
}

TEST(Table, WideCharactersAreCutBetweenCharacters) {
    const Sheet sheet{.columns = {{.name = "id", .whole = true}, {.name = "note"}},
                      .rows = {{"東京", "本日は晴天なり本日は晴天なり"}, {"e\u0301", "ok"}}};
    EXPECT_EQ(rendered(Format::kTable, sheet, {.terminal = true, .columns = 23}),
              "id    note\n────  ─────────────────\n東京  本日は晴天なり本…\ne\u0301     ok\n");
}

TEST(Table, SaysThatThereAreNoRows) {
    EXPECT_EQ(rendered(Format::kTable, {.columns = {{"run_id"}, {"n"}}, .rows = {}}),
              "run_id  n\n------  -\n(no rows)\n");
}

TEST(Table, CannotBeUsedToSendEscapeSequencesToTheTerminal) {
    const std::string text =
        rendered(Format::kTable, {.columns = {{"a"}}, .rows = {{"\x1b[2J\n"}}});
    EXPECT_EQ(text, "a\n---------\n\\x1b[2J\\n\n");
}

TEST(Json, IsOneArrayOfTypedObjectsWithJsonEmbedded) {
    EXPECT_EQ(rendered(Format::kJson, runs()),
              "[\n"
              " {\"run_id\":\"r1\",\"duration_ms\":1250,\"created_at_ms\":1769126400000,"
              "\"size_bytes\":1536,\"config\":{\"a\":1}},\n"
              " {\"run_id\":\"Zürich\",\"duration_ms\":null,\"created_at_ms\":null,"
              "\"size_bytes\":12,\"config\":null}\n"
              "]\n");
    EXPECT_EQ(rendered(Format::kJson, {.columns = {{"a"}}, .rows = {}}), "[]\n");
}

TEST(Ndjson, IsOneObjectALine) {
    EXPECT_EQ(rendered(Format::kNdjson, {.columns = {{"a"}}, .rows = {{1}, {true}}}),
              "{\"a\":1}\n{\"a\":true}\n");
    EXPECT_EQ(rendered(Format::kNdjson, {.columns = {{"a"}}, .rows = {}}), "");
}

TEST(Csv, QuotesWhatNeedsItAndTellsNullFromEmpty) {
    EXPECT_EQ(rendered(Format::kCsv, {.columns = {{"a,b"}, {"c"}},
                                      .rows = {{"x", 1},
                                               {"say \"hi\"", nullptr},
                                               {"two\nlines", ""},
                                               {JsonText{R"({"a":1,"b":2})"}, 0.5}}}),
              "\"a,b\",c\nx,1\n\"say \"\"hi\"\"\",\n\"two\nlines\",\"\"\n"
              "\"{\"\"a\"\":1,\"\"b\"\":2}\",0.5\n");
}

TEST(Markdown, AlignsNumbersAndEscapesBars) {
    EXPECT_EQ(rendered(Format::kMarkdown,
                       {.columns = {{"a|b"}, {"n"}}, .rows = {{"x|y", 1}, {"<b>", 22}}}),
              "| a\\|b | n |\n| --- | ---: |\n| x\\|y | 1 |\n| \\<b> | 22 |\n");
}

TEST(JsonCell, NumbersReadBackAsWhatTheyWere) {
    EXPECT_EQ(json_cell(0.1), "0.1");
    EXPECT_EQ(json_cell(1.0), "1.0");
    EXPECT_EQ(json_cell(1e300), "1e+300");
    EXPECT_EQ(json_cell(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(json_cell(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(JsonCell, NumbersThatJsonCannotHoldAreNamed) {
    EXPECT_EQ(json_cell(std::nan("")), "\"NaN\"");
    EXPECT_EQ(json_cell(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
}

TEST(JsonCell, StringsAreEscaped) {
    EXPECT_EQ(json_cell("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
}

TEST(HumanCell, MeasuredNumbersAreRoundedAndOthersAreNot) {
    EXPECT_EQ(human_cell(0.123456789, Unit::kMeasured), "0.123457");
    EXPECT_EQ(human_cell(0.123456789, Unit::kNone), "0.123456789");
}

TEST(ParseFormat, KnowsTheSixNamesAndNoOther) {
    EXPECT_EQ(parse_format("table"), Format::kTable);
    EXPECT_EQ(parse_format("json"), Format::kJson);
    EXPECT_EQ(parse_format("ndjson"), Format::kNdjson);
    EXPECT_EQ(parse_format("csv"), Format::kCsv);
    EXPECT_EQ(parse_format("markdown"), Format::kMarkdown);
    EXPECT_EQ(parse_format("parquet"), Format::kParquet);
    EXPECT_EQ(parse_format("Table"), std::nullopt);
    EXPECT_EQ(parse_format(""), std::nullopt);
}

}  // namespace
}  // namespace daybook::cli
