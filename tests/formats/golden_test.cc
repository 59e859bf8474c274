// Ledgers that earlier versions wrote, kept for ever: today's code reads them as it always has.

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "formats/golden_record.h"
#include "ledger/manifest.h"

namespace daybook::formats {

// A test's name in CTest.
static void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

namespace {

std::string recorded(const Golden& golden, const std::string& name) {
    std::ifstream file(golden.file(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Not EXPECT_EQ on the results: an error is to be said in its words.
void expect_same(const Result<std::string>& found, const Golden& golden, const std::string& name) {
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_EQ(*found, recorded(golden, name)) << golden.file(name);
}

class GoldenTest : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenTest, EveryEventIsReadAsItWasWhenItWasWritten) {
    expect_same(record_events(GetParam().ledger()), GetParam(), "events.txt");
}

TEST_P(GoldenTest, VerifyFindsWhatItFoundThen) {
    expect_same(record_findings(GetParam().ledger()), GetParam(), "findings.txt");
}

TEST_P(GoldenTest, TheIndexHasTheRowsThatWereRecorded) {
    expect_same(record_index(GetParam().ledger()), GetParam(), "index.txt");
}

INSTANTIATE_TEST_SUITE_P(Every, GoldenTest, ::testing::ValuesIn(list_goldens()),
                         [](const auto& variant) {
                             std::string name = variant.param.name;
                             name.at(name.find('-')) = '_';
                             return name;
                         });

TEST(Golden, TheFormatThatIsWrittenTodayHasOne) {
    const std::string name = "format-" + std::to_string(ledger::kLedgerFormat);
    bool found = false;
    for (const Golden& golden : list_goldens()) found = found || golden.name == name;
    EXPECT_TRUE(found) << "run `make golden`, and commit tests/formats/golden/" << name;
}

}  // namespace
}  // namespace daybook::formats
