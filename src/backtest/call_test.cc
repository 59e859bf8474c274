#include "backtest/call.h"

#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class CallsTest : public testing::RunTest {
protected:
    CallsTest() { EXPECT_TRUE(connection_.execute("SET TimeZone = 'UTC'").has_value()); }

    // "id@time" of every call, or the error with the test's directory left out.
    std::string read(const std::string& file, const char* from = nullptr,
                     const char* to = nullptr) {
        const auto set = read_calls(connection_, path(file), from ? parse_day(from) : std::nullopt,
                                    to ? parse_day(to) : std::nullopt);
        if (!set) {
            std::string message = set.error().message();
            for (std::size_t at; (at = message.find(directory_ + "/")) != std::string::npos;) {
                message.erase(at, directory_.size() + 1);
            }
            return message;
        }
        std::string out;
        for (const Call& call : set->calls) {
            out += fmt::format("{}@{} ", call.id, call.created_at_ms);
        }
        return out + fmt::format("({} rows, {} duplicates)", set->rows, set->duplicates);
    }
};

TEST_F(CallsTest, TimesAreIsoOrEpochAndUtcWithoutAZone) {
    write("c.csv",
          "id,caller,mint,created_at\n"
          "a,k,S,2024-01-01T00:00:00Z\nb,k,S,2024-01-01T02:00:00.5+02:00\n"
          "c,k,S,2024-01-01 00:00:01\nd,k,S,1704067202\ne,k,S,1704067203000\nf,k,S,2024-01-02\n");
    EXPECT_EQ(read("c.csv"),
              "a@1704067200000 b@1704067200500 c@1704067201000 d@1704067202000 e@1704067203000 "
              "f@1704153600000 (6 rows, 0 duplicates)");
}

TEST_F(CallsTest, EpochsBelowTenToTheEleventhAreSeconds) {
    write("c.csv", "id,caller,mint,created_at\na,k,S,99999999999\nb,k,S,100000000000\n");
    EXPECT_EQ(read("c.csv"), "b@100000000000 a@99999999999000 (2 rows, 0 duplicates)");
}

TEST_F(CallsTest, ColumnsHaveAliasesInAnyCaseAndOrder) {
    for (const char* heading : {"ID,Caller,symbol,created_at", "id,caller,token_address,created_at",
                                "id,caller,MINT,created_at"}) {
        write("c.csv", std::string(heading) + "\na,k,S,1704067200\n");
        EXPECT_EQ(read("c.csv"), "a@1704067200000 (1 rows, 0 duplicates)") << heading;
    }
    write("c.csv", "created_at,chain,mint,id,caller\n1704067200,sol,S,a,k\n");
    EXPECT_EQ(read_calls(connection_, path("c.csv"), {}, {})->calls[0],
              (Call{.id = "a",
                    .caller = "k",
                    .mint = "S",
                    .chain = "sol",
                    .created_at_ms = 1704067200000}));
}

TEST_F(CallsTest, ParquetAndDatabaseTablesAreReadToo) {
    const std::string rows =
        "SELECT 'a' AS id, 'k' AS caller, 'S' AS mint, TIMESTAMP '2024-01-01' AS created_at";
    ASSERT_TRUE(connection_
                    .execute("COPY (" + rows + ") TO '" + path("c.parquet") +
                             "' (FORMAT parquet); ATTACH '" + path("c.duckdb") +
                             "' AS made; CREATE TABLE made.calls AS " + rows +
                             "; CREATE TABLE made.\"other calls\" AS " + rows + "; DETACH made")
                    .has_value());
    EXPECT_EQ(read("c.parquet"), "a@1704067200000 (1 rows, 0 duplicates)");
    EXPECT_EQ(read("c.duckdb"), "a@1704067200000 (1 rows, 0 duplicates)");
    ASSERT_TRUE(connection_.execute("DETACH daybook_calls").has_value());
    EXPECT_EQ(read("c.duckdb#other calls"), "a@1704067200000 (1 rows, 0 duplicates)");
}

TEST_F(CallsTest, TheyAreSortedByTimeThenId) {
    write("c.csv",
          "id,caller,mint,created_at\nb,k,S,1704067200\nz,k,S,1704067199\na,k,S,1704067200\n");
    EXPECT_EQ(read("c.csv"),
              "z@1704067199000 a@1704067200000 b@1704067200000 (3 rows, 0 duplicates)");
}

TEST_F(CallsTest, OfDuplicatesTheEarliestIsKept) {
    write("c.csv",
          "id,caller,mint,created_at\na,k,S,1704067205\na,k,S,1704067201\na,k,S,1704067203\n");
    EXPECT_EQ(read("c.csv"), "a@1704067201000 (3 rows, 2 duplicates)");
}

TEST_F(CallsTest, ADifferentCallUnderOneIdIsAnErrorThatNamesBoth) {
    write("c.csv",
          "id,caller,mint,created_at\na,k,S,1704067200\nb,k,S,1704067200\na,k,T,1704067201\n");
    EXPECT_EQ(read("c.csv"),
              "read calls: two calls have the id 'a': c.csv line 2 (k on S) and c.csv line 4 (k on "
              "T)");
}

TEST_F(CallsTest, DaysSelectBothInclusive) {
    write("c.csv",
          "id,caller,mint,created_at\na,k,S,2024-01-01T23:59:59.999Z\nb,k,S,2024-01-02\n"
          "c,k,S,2024-01-03T23:59:59.999Z\nd,k,S,2024-01-04\n");
    EXPECT_EQ(read("c.csv", "2024-01-02", "2024-01-03"),
              "b@1704153600000 c@1704326399999 (4 rows, 0 duplicates)");
}

TEST_F(CallsTest, AFileWithoutASymbolColumnIsRefused) {
    write("c.csv", "id,caller,created_at\na,k,1704067200\n");
    EXPECT_EQ(read("c.csv"),
              "read calls: c.csv: no column mint or symbol or token_address; found the columns id, "
              "caller, created_at");
}

TEST_F(CallsTest, RowsThatAreNotCallsAreNamedByLine) {
    const std::string good = "id,caller,mint,created_at\na,k,S,1704067200\n";
    write("c.csv", good + "b,k,S,yesterday\n");
    EXPECT_EQ(read("c.csv"),
              "read calls: c.csv line 3: created_at is 'yesterday', expected ISO 8601 or an epoch "
              "number");
    write("c.csv", good + ",k,S,1704067200\n");
    EXPECT_EQ(read("c.csv"), "read calls: c.csv line 3: the id is empty");
    write("c.csv", good + "b,,S,1704067200\n");
    EXPECT_EQ(read("c.csv"), "read calls: c.csv line 3: the caller is empty");
    write("c.csv", good + "b,k,,1704067200\n");
    EXPECT_EQ(read("c.csv"), "read calls: c.csv line 3: the symbol is empty");
}

TEST_F(CallsTest, AFileThatIsNotThereIsNamed) {
    EXPECT_EQ(read("c.csv"),
              "read calls: no CSV or Parquet file is at 'c.csv'; expected a file, a glob, or a "
              "directory of such files");
}

}  // namespace
}  // namespace daybook::backtest
