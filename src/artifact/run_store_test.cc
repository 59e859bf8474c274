#include "artifact/run_store.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "duck/database.h"
#include "os/file.h"

namespace daybook::artifact {
namespace {

class RunStoreTest : public ::testing::Test {
protected:
    RunStoreTest() {
        ledger_ = ::testing::TempDir() + "daybook_run_store_" +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name();
        EXPECT_TRUE(os::remove_tree(ledger_).has_value());
    }
    ~RunStoreTest() override { EXPECT_TRUE(os::remove_tree(ledger_).has_value()); }

    RunStore create(const std::string& run_id = "r1", bool resume = false) {
        auto store = RunStore::create(ledger_, run_id, resume);
        if (!store) ADD_FAILURE() << store.error().message();
        return std::move(*store);
    }
    std::string file(const Stored& stored) {
        return os::read_file(ledger_ + "/" + stored.path, 1 << 24).value();
    }
    std::int64_t number(const std::string& sql) {
        auto rows = connection_.query(sql);
        EXPECT_TRUE(rows.has_value() && rows->next().value());
        return rows->get_int64(0);
    }

    std::string ledger_;
    duck::Database database_ = std::move(*duck::Database::open_in_memory());
    duck::Connection connection_ = std::move(*database_.connect());
};

TEST_F(RunStoreTest, AParquetFileIsDescribedAsItLies) {
    RunStore store = create();
    const Stored stored =
        store.write_parquet(connection_, "trades", "SELECT range AS i FROM range(1000)").value();
    const std::string bytes = file(stored);
    EXPECT_EQ(stored.type, "trades");
    EXPECT_EQ(stored.path, "artifacts/runs/r1/trades.parquet");
    EXPECT_EQ(stored.format, "parquet");
    EXPECT_EQ(stored.rows, 1000u);
    EXPECT_EQ(stored.size_bytes, bytes.size());
    EXPECT_EQ(stored.sha256, sha256_hex(bytes));
    EXPECT_EQ(number("SELECT sum(i)::BIGINT FROM '" + ledger_ + "/" + stored.path + "'"), 499500);
}

TEST_F(RunStoreTest, DiscardingRemovesOnlyADirectoryOfItsOwn) {
    RunStore store = create();
    ASSERT_TRUE(store.write_json("config", "{}").has_value());
    ASSERT_TRUE(create("r1", true).discard().has_value());
    EXPECT_TRUE(os::exists(ledger_ + "/artifacts/runs/r1/config.json").value());
    ASSERT_TRUE(store.discard().has_value());
    EXPECT_FALSE(os::exists(ledger_ + "/artifacts/runs/r1").value());
}

TEST_F(RunStoreTest, TheSameRowsGiveTheSameBytes) {
    const std::string select =
        "SELECT range AS i, 'n' || (range % 7)::VARCHAR AS t, range / 3 AS d FROM range(300000)";
    const Stored a = create("a").write_parquet(connection_, "t", select).value();
    ASSERT_TRUE(connection_.execute("SET threads = 1").has_value());
    const Stored b = create("b").write_parquet(connection_, "t", select).value();
    EXPECT_EQ(a.sha256, b.sha256);
}

TEST_F(RunStoreTest, NothingButWholeFilesIsLeftBehind) {
    RunStore store = create();
    ASSERT_TRUE(store.write_parquet(connection_, "t", "SELECT 1 AS a").has_value());
    ASSERT_TRUE(store.write_json("config", "{}").has_value());
    ASSERT_FALSE(store.write_parquet(connection_, "u", "SELECT error('no')").has_value());
    const auto entries = os::list_dir(ledger_ + "/" + store.directory()).value();
    std::vector<std::string> whole;
    for (const os::DirEntry& entry : entries) {
        if (!entry.name.starts_with('.')) whole.push_back(entry.name);
    }
    EXPECT_EQ(whole, (std::vector<std::string>{"config.json", "t.parquet"}));
}

TEST_F(RunStoreTest, AJsonDocumentEndsInANewline) {
    const Stored stored = create().write_json("summary", R"({"a":1})").value();
    EXPECT_EQ(file(stored), "{\"a\":1}\n");
    EXPECT_EQ(stored.path, "artifacts/runs/r1/summary.json");
    EXPECT_EQ(stored.sha256, sha256_hex("{\"a\":1}\n"));
}

TEST_F(RunStoreTest, ADirectoryThatIsThereIsRefusedUnlessResumed) {
    create("r1");
    const auto again = RunStore::create(ledger_, "r1", false);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(again.error().message().find("run r1"), std::string::npos);
    EXPECT_TRUE(RunStore::create(ledger_, "r1", true).has_value());
}

TEST_F(RunStoreTest, WhatIsWrittenAgainReplacesTheOld) {
    RunStore store = create();
    ASSERT_TRUE(store.write_json("config", R"({"long":"document"})").has_value());
    EXPECT_EQ(file(store.write_json("config", "{}").value()), "{}\n");
    ASSERT_TRUE(store.write_parquet(connection_, "t", "SELECT 1 AS a").has_value());
    const Stored stored = store.write_parquet(connection_, "t", "SELECT 2 AS b, 3 AS c").value();
    EXPECT_EQ(number("SELECT b FROM '" + ledger_ + "/" + stored.path + "'"), 2);
}

TEST_F(RunStoreTest, AnSqlErrorNamesTheFileItWasFor) {
    const auto refused = create().write_parquet(connection_, "t", "SELECT * FROM nothing");
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message().find("r1/t.parquet"), std::string::npos);
}

}  // namespace
}  // namespace daybook::artifact
