#include "backtest/csv_records.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

// "1 3": the lines, from 1, with which a record begins.
std::string begins(const std::vector<std::string>& lines) {
    CsvRecords records;
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (records.begins_with(lines[i])) out += (out.empty() ? "" : " ") + std::to_string(i + 1);
    }
    return out;
}

TEST(CsvRecords, EveryLineIsARecordUnlessItIsBlank) {
    EXPECT_EQ(begins({"a,b", "", "1,2", "", "", "3,4"}), "1 3 6");
}

TEST(CsvRecords, AQuotedFieldMayHoldLines) {
    EXPECT_EQ(begins({"a,b", "\"one", "", "two\",2", "3,4"}), "1 2 5");
    EXPECT_EQ(begins({"a,b", "1,\"one", "two\"", "3,4"}), "1 2 4");
}

TEST(CsvRecords, ADoubledQuoteClosesNothing) {
    EXPECT_EQ(begins({"\"he said \"\"no", "\"\"\",1", "2,2"}), "1 3");
    EXPECT_EQ(begins({"\"\",1", "2,2"}), "1 2");
}

TEST(CsvRecords, AQuoteInsideAFieldIsACharacter) {
    EXPECT_EQ(begins({"5\" of rain,1", "2,2"}), "1 2");
}

}  // namespace
}  // namespace daybook::backtest
