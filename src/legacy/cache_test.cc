#include "legacy/cache.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "ledger/type_registry.h"
#include "legacy/seed_toml.h"
#include "legacy/test_file.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

class CacheTest : public ::testing::Test {
protected:
    CacheTest() { write_file(file_, test_schema() + test_runs(0, 5)); }

    // How many runs the cache answers for.
    std::int64_t runs_of(const Cached& cached) {
        const duck::Database database =
            must(duck::Database::open(cached.snapshot, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        duck::Rows rows = must(connection.query("SELECT count(*) FROM runs_d"));
        EXPECT_TRUE(must(rows.next()));
        return rows.get_int64(0);
    }
    void expect_note(const Cached& cached, const std::string& words) {
        EXPECT_NE(cached.note.find(words), std::string::npos) << cached.note;
        EXPECT_NE(cached.note.find("the answers are those of the copy of 20"), std::string::npos)
            << cached.note;
    }
    std::vector<std::string> names() {
        std::vector<std::string> found;
        for (const os::DirEntry& entry : must(os::list_dir(cache_.directory()))) {
            found.push_back(entry.name.starts_with("copy-") ? "copy" : entry.name);
        }
        return found;
    }

    testing::TempDir temp_;
    const std::string file_ = temp_ / "lab.duckdb";
    const ledger::LedgerDir dir_{temp_ / "ledger"};
    Source source_{.name = "lab", .path = file_};
    Cache cache_{dir_, source_};
};

TEST_F(CacheTest, AnswersForTheFileAsItIs) {
    EXPECT_FALSE(cache_.published());
    const Cached first = must(cache_.refresh());
    EXPECT_EQ(first.note, "");
    EXPECT_EQ(runs_of(first), 5);
    EXPECT_EQ(first.state.runs, 5U);
    EXPECT_EQ(cache_.published()->state, first.state);
    EXPECT_EQ(names(), (std::vector<std::string>{"copy", "lock", "rows-000001", "state.json"}));
    // Nothing has changed: nothing is done.
    EXPECT_EQ(must(cache_.refresh()).snapshot, first.snapshot);

    write_file(file_, test_runs(5, 2));
    EXPECT_EQ(runs_of(must(cache_.refresh())), 7);
    EXPECT_EQ(names(), (std::vector<std::string>{"copy", "lock", "rows-000001", "state.json"}));
}

TEST_F(CacheTest, AFileThatIsOnlyTouchedIsNotReadAgain) {
    const Cached first = must(cache_.refresh());
    std::filesystem::last_write_time(file_, std::filesystem::file_time_type::clock::now());
    const Cached second = must(cache_.refresh());
    EXPECT_NE(second.state.version, first.state.version);
    EXPECT_EQ(second.state.sha256, first.state.sha256);
    EXPECT_EQ(second.snapshot, first.snapshot);
}

TEST_F(CacheTest, RowsThatAreOthersOrGoneMakeTheLedgerAnew) {
    const Cached first = must(cache_.refresh());
    write_file(file_, "UPDATE optimizer.runs_d SET run_type = 'x' WHERE run_id = 'r1'");
    const Cached second = must(cache_.refresh());
    EXPECT_EQ(second.state.rows, "rows-000002");
    EXPECT_EQ(second.state.rows_before, "rows-000001");
    EXPECT_TRUE(must(os::exists(first.snapshot)));  // For who has just learned its name.
    write_file(file_, "DELETE FROM optimizer.runs_d WHERE run_id = 'r1'");
    const Cached third = must(cache_.refresh());
    EXPECT_EQ(runs_of(third), 4);
    EXPECT_EQ(third.state.rows, "rows-000003");
    EXPECT_FALSE(must(os::exists(first.snapshot)));
}

TEST_F(CacheTest, WithoutACopyAnErrorSaysWhy) {
    source_.path = temp_ / "none.duckdb";
    EXPECT_EQ(Cache(dir_, source_).refresh().error().code(), ErrorCode::kNotFound);
    std::ofstream(source_.path) << "text";
    EXPECT_EQ(Cache(dir_, source_).refresh().error().code(), ErrorCode::kCorrupt);
    EXPECT_FALSE(cache_.published());
}

TEST_F(CacheTest, WhateverIsWrongTheLastCopyAnswers) {
    must(cache_.refresh());
    const std::string whole = must(os::read_file(file_, 100'000'000));
    std::ofstream(file_) << "text";
    expect_note(must(cache_.refresh()), "it is no DuckDB database");
    EXPECT_EQ(runs_of(must(cache_.refresh())), 5);
    std::filesystem::remove(file_);
    expect_note(must(cache_.refresh()), "there is no such file");
    std::ofstream(file_, std::ios::binary) << whole;
    EXPECT_EQ(must(cache_.refresh()).note, "");
}

TEST_F(CacheTest, AMappingThatIsAnotherReadsTheCopyAgain) {
    const Cached first = must(cache_.refresh());
    source_.mapping = temp_ / "my.toml";
    EXPECT_FALSE(must(Cache(dir_, source_).refresh()).note.empty());  // There is no such file.
    std::ofstream(source_.mapping) << "# mine\n" << kSeedToml;
    const Cached second = must(Cache(dir_, source_).refresh());
    EXPECT_EQ(second.note, "");
    EXPECT_NE(second.state.recipe, first.state.recipe);
    EXPECT_EQ(runs_of(second), 5);
}

TEST_F(CacheTest, ACacheOfAnotherFileIsNotUsed) {
    must(cache_.refresh());
    source_.path = temp_ / "other.duckdb";
    write_file(source_.path, test_schema() + test_runs(100, 2));
    Cache other(dir_, source_);
    EXPECT_FALSE(other.published());
    EXPECT_EQ(runs_of(must(other.refresh())), 2);
}

TEST_F(CacheTest, WhoComesSecondUsesWhatIsPublished) {
    must(cache_.refresh());
    write_file(file_, test_runs(5, 2));
    {
        const auto lock = os::LockFile::acquire(cache_.directory() + "/lock", 0);
        const Cached older = must(cache_.refresh());
        expect_note(older, "another process is about to read its changes");
        EXPECT_EQ(runs_of(older), 5);
        std::filesystem::remove(cache_.directory() + "/state.json");
        EXPECT_EQ(cache_.refresh({.wait_ms = 50}).error().code(), ErrorCode::kBusy);
        EXPECT_EQ(cache_.refresh({.keep_on = [] { return false; }}).error().code(),
                  ErrorCode::kCancelled);
    }
    EXPECT_EQ(runs_of(must(cache_.refresh())), 7);
}

TEST_F(CacheTest, ThreadsThatFindNoneMakeOne) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(runs_of(must(cache_.refresh())), 5); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(names(), (std::vector<std::string>{"copy", "lock", "rows-000001", "state.json"}));
}

TEST_F(CacheTest, IsGoneOnceItIsRemoved) {
    must(cache_.remove());
    must(cache_.refresh());
    must(cache_.remove());
    EXPECT_FALSE(must(os::exists(cache_.directory())));
    EXPECT_EQ(runs_of(must(cache_.refresh())), 5);
}

TEST_F(CacheTest, WhatCannotBeReadLeavesNoCopiesBehind) {
    source_.mapping = temp_ / "other.toml";
    std::ofstream(source_.mapping) << "[[rule]]\nfrom = 'none'\nevent = 'run.started'\n"
                                      "run_id = 'a'\ntime = 'b'\n";
    EXPECT_EQ(Cache(dir_, source_).refresh().error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(names(), (std::vector<std::string>{"lock", "refused.json"}));

    const Cached good = must(cache_.refresh());
    write_file(file_, test_runs(5, 2));
    // As a process that was killed leaves it.
    must(os::make_dirs(cache_.directory() + "/spill.tmp"));
    const Cached old = must(Cache(dir_, source_).refresh());
    EXPECT_FALSE(old.note.empty());
    EXPECT_FALSE(must(Cache(dir_, source_).is_read_as_wanted(old.state)));
    EXPECT_TRUE(must(cache_.is_read_as_wanted(old.state)));
    EXPECT_EQ(old.state, good.state);
    EXPECT_EQ(names(), (std::vector<std::string>{"copy", "lock", "refused.json", "rows-000001",
                                                 "state.json"}));
    EXPECT_TRUE(must(os::exists(cache_.directory() + "/" + good.state.copy)));
}

TEST_F(CacheTest, WhatFailedForLackOfRoomIsNotTriedAgainAtOnce) {
    const ManualClock clock{TimestampMs(kTestCreatedMs)};
    must(os::make_dirs(cache_.directory()));
    must(os::write_file_atomic(cache_.directory() + "/refused.json",
                               encode_refusal({.code = ErrorCode::kNoSpace,
                                               .message = "no room",
                                               .retry_at = TimestampMs(kTestCreatedMs + 30'000)})));
    EXPECT_EQ(cache_.refresh({.clock = &clock}).error().code(), ErrorCode::kNoSpace);
    const ManualClock later{TimestampMs(kTestCreatedMs + 30'000)};
    EXPECT_EQ(runs_of(must(cache_.refresh({.clock = &later}))), 5);
}

TEST_F(CacheTest, TypesThatTheLedgerHasAreKnownToItsSourcesToo) {
    must(ledger::create_registry(dir_));
    source_.mapping = temp_ / "own.toml";
    std::ofstream(source_.mapping)
        << "[[rule]]\nfrom = 'optimizer.runs_d'\nevent = 'desk.fill'\nkey = ['run_id']\n"
           "run_id = 'run_id'\ntime = 'created_at_ms'\n[rule.fields]\nprice = { value = 1.5 }\n";
    Cache own(dir_, source_);
    const auto refused = own.refresh();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("no event is made of type desk.fill"),
              std::string::npos)
        << refused.error().message();
    must(ledger::register_type(dir_, R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "desk.fill", "title": "desk.fill", "x-version": 1, "type": "object",
        "properties": {"price": {"type": "number"}}, "required": ["price"]})"));
    EXPECT_EQ(must(own.refresh()).state.events, 5U);
}

TEST_F(CacheTest, KeysWithoutEndDoNotMakeItsStateUnreadable) {
    write_file(file_,
               "INSERT INTO optimizer.runs_d SELECT repeat('x', 20000) || i, 'policy', 1, "
               "'{}', 'f' FROM range(150) t(i)");
    EXPECT_EQ(runs_of(must(cache_.refresh())), 5);
}

}  // namespace
}  // namespace daybook::legacy
