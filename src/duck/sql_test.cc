#include "duck/sql.h"

#include <gtest/gtest.h>

namespace daybook::duck {
namespace {

TEST(SqlTest, AnIdentifierDoublesItsQuotes) {
    EXPECT_EQ(quote_identifier("a\"b'c"), "\"a\"\"b'c\"");
    EXPECT_EQ(quote_identifier(""), "\"\"");
}

TEST(SqlTest, ALiteralDoublesItsQuotes) { EXPECT_EQ(quote_literal("it's \"x\""), "'it''s \"x\"'"); }

TEST(SqlTest, AnErrorWithAPlaceGivesLineExcerptAndCaret) {
    const SqlError error = parse_sql_error(
        "Parser Error: syntax error at or near \"FORM\"\n\nLINE 12: select * FORM x\n"
        "                  ^");
    EXPECT_EQ(error.summary, "Parser Error: syntax error at or near \"FORM\"");
    EXPECT_EQ(error.line, 12U);
    EXPECT_EQ(error.excerpt, "select * FORM x");
    EXPECT_EQ(error.caret_column, 9U);
}

TEST(SqlTest, AnErrorWithoutAPlaceIsAllSummary) {
    const SqlError error = parse_sql_error("IO Error: disk full");
    EXPECT_EQ(error.summary, "IO Error: disk full");
    EXPECT_EQ(error.line, 0U);
    EXPECT_EQ(error.excerpt, "");
}

TEST(SqlTest, ALineThatIsNoNumberIsNoPlace) {
    EXPECT_EQ(parse_sql_error("Error: x\nLINE up").line, 0U);
    EXPECT_EQ(parse_sql_error("Error: x\nLINE 3").line, 0U);
}

TEST(SqlTest, APlaceNamedTwiceIsKeptOnce) {
    const std::string place = "\n\nLINE 1: x y\n          ^";
    EXPECT_EQ(sql_error("Parser Error: z" + place + place).message(), "Parser Error: z" + place);
    EXPECT_EQ(sql_error("Parser Error: z" + place).message(), "Parser Error: z" + place);
}

TEST(SqlTest, TheCodeFollowsTheKindOfMessage) {
    EXPECT_EQ(sql_error("INTERRUPT Error: Interrupted!").code(), ErrorCode::kCancelled);
    EXPECT_EQ(sql_error("INTERRUPT Error: Interrupted!").message(), "interrupted");
    EXPECT_EQ(sql_error("Out of Memory Error: x").code(), ErrorCode::kLimit);
    EXPECT_EQ(sql_error("Permission Error: x").code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(sql_error("IO Error: Could not set lock on file").code(), ErrorCode::kBusy);
    EXPECT_EQ(sql_error("IO Error: Corrupt database file: computed checksum 1").code(),
              ErrorCode::kCorrupt);
    EXPECT_EQ(sql_error("IO Error: something").code(), ErrorCode::kIo);
    EXPECT_EQ(sql_error("INTERNAL Error: x").code(), ErrorCode::kInternal);
    EXPECT_EQ(sql_error("Binder Error: x").code(), ErrorCode::kInvalidArgument);
}

TEST(SqlTest, AFullDiskIsOneWhateverWasWritten) {
    const std::string full =
        "FATAL Error: Failed to create checkpoint because of error: Could not write file \"a\": "
        "No space left on device";
    EXPECT_EQ(sql_error(full).code(), ErrorCode::kNoSpace);
    EXPECT_EQ(sql_error(full + "\n\nStack Trace:\n0x1").code(), ErrorCode::kNoSpace);
    EXPECT_EQ(sql_error(full + "\n\nStack Trace:\n0x1").message(), full);
    EXPECT_EQ(sql_error("FATAL Error: something else").code(), ErrorCode::kInternal);
}

TEST(SqlTest, AFileThatMayNotBeWrittenIsOneWhateverWasBeingDone) {
    const std::string denied =
        "TransactionContext Error: Failed to commit: Cannot open file \"w.wal\": Permission denied";
    EXPECT_EQ(sql_error(denied).code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(sql_error("IO Error: Cannot open file \"w\": Read-only file system").code(),
              ErrorCode::kPermissionDenied);
    EXPECT_EQ(sql_error("IO Error: Cannot open file \"w\": No such file or directory").code(),
              ErrorCode::kIo);
}

}  // namespace
}  // namespace daybook::duck
