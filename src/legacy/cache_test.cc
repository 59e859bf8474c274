#include "legacy/cache.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "ledger/type_registry.h"
#include "legacy/known_events.h"
#include "legacy/refresh_policy.h"
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
            const std::size_t dash = entry.name.find('-');
            const bool is_numbered = dash != std::string::npos && !entry.name.starts_with("rows-");
            found.push_back(is_numbered ? entry.name.substr(0, dash) : entry.name);
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
    EXPECT_EQ(names(),
              (std::vector<std::string>{"answers", "copy", "lock", "rows-000001", "state.json"}));
    // Nothing has changed: nothing is done.
    EXPECT_EQ(must(cache_.refresh()).snapshot, first.snapshot);

    write_file(file_, test_runs(5, 2));
    EXPECT_EQ(runs_of(must(cache_.refresh())), 7);
    EXPECT_EQ(runs_of(first), 5) << "for who has just learned its name";
    write_file(file_, test_runs(7, 1));
    EXPECT_EQ(runs_of(must(cache_.refresh())), 8);
    EXPECT_EQ(names(), (std::vector<std::string>{"answers", "answers", "copy", "lock",
                                                 "rows-000001", "state.json"}));
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
    EXPECT_EQ(second.state.answers_before, first.state.answers);
    EXPECT_EQ(runs_of(first), 5) << "for who has just learned its name";
    write_file(file_, "DELETE FROM optimizer.runs_d WHERE run_id = 'r1'");
    const Cached third = must(cache_.refresh());
    EXPECT_EQ(runs_of(third), 4);
    EXPECT_EQ(third.state.rows, "rows-000003");
    EXPECT_FALSE(must(os::exists(first.snapshot)));
}

// The seed's own shape: no run says how it ended, and its owner writes trials all the time.
TEST_F(CacheTest, RunsThatGoOnOnlyAddRows) {
    const auto add_trial = [&](const char* run, int number) {
        write_file(file_, fmt::format("INSERT INTO optimizer.trials_f VALUES ('{}', 't{}', {})",
                                      run, number, kTestCreatedMs + 1'000'000 + number));
    };
    const auto ends = [&](const Cached& cached) {
        const duck::Database database =
            must(duck::Database::open(cached.snapshot, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        duck::Rows rows = must(connection.query(fmt::format(
            "SELECT string_agg(run_id || ' ' || (completed_at_ms - {}) || ' ' || "
            "trials, ', ' ORDER BY run_id) FROM runs_status WHERE run_id IN ('r0', 'r1')",
            kTestCreatedMs + 1'000'000)));
        EXPECT_TRUE(must(rows.next()));
        return rows.text(0);
    };
    write_file(file_,
               "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, "
               "created_at_ms BIGINT)");
    add_trial("r0", 1);
    EXPECT_EQ(ends(must(cache_.refresh())), "r0 1 1, r1 2600000 0");
    for (int number = 2; number < 5; ++number) {
        add_trial("r0", number);
        add_trial("r1", 5'000'000 + number);
        const Cached cached = must(cache_.refresh());
        EXPECT_EQ(ends(cached),
                  fmt::format("r0 {0} {0}, r1 {1} {2}", number, 5'000'000 + number, number - 1));
        EXPECT_EQ(cached.state.rows, "rows-000001");
        EXPECT_EQ(cached.state.replaced_ends, 2U * static_cast<unsigned>(number - 1));
    }
    // A row that went is not taken for an end that was replaced, whichever row it is.
    write_file(file_, "DELETE FROM optimizer.trials_f WHERE trial_id = 't2'");
    Cached cached = must(cache_.refresh());
    EXPECT_EQ(ends(cached), "r0 4 3, r1 5000004 3");
    EXPECT_EQ(cached.state.rows, "rows-000002");
    EXPECT_EQ(cached.state.replaced_ends, 0U);
    add_trial("r0", 9);
    EXPECT_EQ(must(cache_.refresh()).state.rows, "rows-000002");
    write_file(file_, "DELETE FROM optimizer.trials_f WHERE trial_id = 't9'");
    cached = must(cache_.refresh());
    EXPECT_EQ(ends(cached), "r0 4 3, r1 5000004 3");
    EXPECT_EQ(cached.state.rows, "rows-000003");
    // One goes and another comes, so that there are as many as before.
    write_file(file_, "DELETE FROM optimizer.trials_f WHERE trial_id = 't3'");
    add_trial("r0", 10);
    cached = must(cache_.refresh());
    EXPECT_EQ(cached.state.rows, "rows-000004");
    EXPECT_EQ(ends(cached), "r0 10 3, r1 5000004 3");
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

TEST_F(CacheTest, WhoMustHaveTheNewestWaitsForWhoeverIsAboutIt) {
    must(cache_.refresh());
    write_file(file_, test_runs(5, 2));
    std::optional<os::LockFile> lock = must(os::LockFile::acquire(cache_.directory() + "/lock", 0));
    expect_note(must(cache_.refresh({.wait_ms = 50, .at_once = true})), "another process");
    std::thread end([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        lock.reset();
    });
    EXPECT_EQ(runs_of(must(cache_.refresh({.at_once = true}))), 7);
    end.join();
}

TEST_F(CacheTest, ThreadsThatFindNoneMakeOne) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(runs_of(must(cache_.refresh())), 5); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(names(),
              (std::vector<std::string>{"answers", "copy", "lock", "rows-000001", "state.json"}));
}

TEST_F(CacheTest, AQuestionLeavesWhatTakesLongToOthers) {
    const Cached first = must(cache_.refresh());
    // As if the file were large.
    CacheState state = first.state;
    state.took_ms = 60'000;
    must(os::write_file_atomic(cache_.directory() + "/state.json", encode_cache_state(state)));
    write_file(file_, test_runs(5, 2));

    ManualClock clock(state.copied_at);
    const RefreshOptions question{.is_question = true, .clock = &clock};
    clock.advance_ms(180'000);
    const Cached older = must(cache_.refresh(question));
    EXPECT_EQ(runs_of(older), 5);
    expect_note(older, "it has changed, and reading it takes about ");
    expect_note(older, ", 3 min old");
    EXPECT_EQ(must(os::list_dir(cache_.directory())).size(), 5U) << "nothing was copied";
    // It has grown, too.
    clock.advance_ms(40 * 60'000);
    EXPECT_EQ(runs_of(must(cache_.refresh(question))), 7);
}

TEST_F(CacheTest, WhoKeepsItUpToDateReadsItHoweverLongThatTakes) {
    CacheState state = must(cache_.refresh()).state;
    state.took_ms = 60'000;
    must(os::write_file_atomic(cache_.directory() + "/state.json", encode_cache_state(state)));
    write_file(file_, test_runs(5, 2));
    EXPECT_EQ(runs_of(must(cache_.refresh())), 7);
    // What was read otherwise is no answer, to questions neither.
    state = must(cache_.refresh()).state;
    state.took_ms = 60'000;
    must(os::write_file_atomic(cache_.directory() + "/state.json", encode_cache_state(state)));
    source_.mapping = temp_ / "my.toml";
    std::ofstream(source_.mapping) << "# mine\n" << kSeedToml;
    EXPECT_EQ(must(Cache(dir_, source_).refresh({.is_question = true})).note, "");
}

TEST_F(CacheTest, HowLongItTookIsKnownWhateverOneWaitedForTheFile) {
    const ManualClock clock{TimestampMs(kTestCreatedMs)};
    EXPECT_EQ(must(cache_.refresh({.clock = &clock})).state.took_ms, 0);
    write_file(file_, test_runs(5, 2));
    const Cached timed = must(cache_.refresh());
    EXPECT_GT(timed.state.took_ms, 0);
    // There was nothing to read: that says nothing of how long reading takes.
    std::filesystem::last_write_time(file_, std::filesystem::file_time_type::clock::now());
    EXPECT_EQ(must(cache_.refresh()).state.took_ms, timed.state.took_ms);
}

// The ledger of the rows then holds rows of two states of the file.
TEST_F(CacheTest, AHalfReadFileIsNeverAnsweredFrom) {
    const Cached first = must(cache_.refresh());
    write_file(file_,
               "UPDATE optimizer.runs_d SET run_type = 'x' WHERE run_id = 'r1';" + test_runs(5, 2));
    std::atomic<bool> is_read = false;
    RefreshOptions stopped{.keep_on = [&] { return !is_read; }};
    stopped.progress = [&](const ImportProgress& progress) { is_read = progress.written > 0; };
    EXPECT_EQ(cache_.refresh(stopped).error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(is_read);
    // The next refresh begins by indexing what is there, and may end there.
    must(KnownEvents::open(cache_.directory() + "/rows-000001"));
    EXPECT_EQ(runs_of(*cache_.published()), 5);
    EXPECT_EQ(cache_.published()->snapshot, first.snapshot);
    EXPECT_EQ(runs_of(must(cache_.refresh())), 7);
}

TEST_F(CacheTest, WhoWaitsWhileItIsRemovedMakesAnother) {
    must(os::make_dirs(cache_.directory()));
    std::optional<os::LockFile> lock = must(os::LockFile::acquire(cache_.directory() + "/lock", 0));
    std::thread waiting([&] { EXPECT_EQ(runs_of(must(cache_.refresh())), 5); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    // As remove() does, for who holds the lock.
    std::filesystem::rename(cache_.directory(), temp_ / "gone");
    std::filesystem::remove_all(temp_ / "gone");
    lock.reset();
    waiting.join();
    EXPECT_EQ(runs_of(*cache_.published()), 5);
}

// The copy, its hash, the plan and the sort: whatever it is about.
TEST_F(CacheTest, AWishToStopIsHeardAtAnyTime) {
    for (int asked = 0;; asked += 3) {
        std::atomic<int> left = asked;
        const auto stopped = cache_.refresh({.keep_on = [&left] { return left-- > 0; }});
        if (stopped) {
            EXPECT_GT(asked, 3);
            break;
        }
        EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled) << stopped.error().message();
        EXPECT_FALSE(cache_.published());
    }
    EXPECT_EQ(runs_of(*cache_.published()), 5);
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
    EXPECT_EQ(names(), (std::vector<std::string>{"answers", "copy", "lock", "refused.json",
                                                 "rows-000001", "state.json"}));
    EXPECT_TRUE(must(os::exists(cache_.directory() + "/" + good.state.copy)));
}

TEST_F(CacheTest, WhatFailedForLackOfRoomIsNotTriedAgainAtOnce) {
    const ManualClock clock{TimestampMs(kTestCreatedMs)};
    must(os::make_dirs(cache_.directory()));
    must(os::write_file_atomic(cache_.directory() + "/refused.json",
                               encode_refusal({.code = ErrorCode::kNoSpace,
                                               .message = "no room",
                                               .failed_at = TimestampMs(kTestCreatedMs)})));
    EXPECT_EQ(cache_.refresh({.clock = &clock}).error().code(), ErrorCode::kNoSpace);
    const ManualClock later{TimestampMs(kTestCreatedMs + kRetryMs)};
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
