#include "daybook/ledger.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook {
namespace {

TEST(LedgerTest, OpeningMakesTheLedger) {
    const testing::TempDir temp;
    const Result<Ledger> ledger = Ledger::open(temp / "deep/ledger");
    ASSERT_TRUE(ledger.has_value()) << ledger.error().message();
    EXPECT_EQ(ledger->directory(), temp / "deep/ledger");
    EXPECT_TRUE(std::filesystem::exists(temp / "deep/ledger/ledger.json"));
    EXPECT_TRUE(std::filesystem::exists(temp / "deep/ledger/events/_schema.json"));
}

TEST(LedgerTest, OpeningWithoutCreatingMakesNothing) {
    const testing::TempDir temp;
    EXPECT_EQ(Ledger::open(temp / "ledger", {.create = false}).error().code(),
              ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(temp / "ledger"));
}

TEST(LedgerTest, AnUnwritableDirectoryIsAnErrorThatNamesIt) {
    const testing::TempDir temp;
    // A file in the way stops root, too.
    std::ofstream(temp / "file") << "";
    const Result<Ledger> ledger = Ledger::open(temp / "file/ledger");
    ASSERT_FALSE(ledger.has_value());
    EXPECT_NE(ledger.error().message().find(temp / "file"), std::string::npos);
}

TEST(LedgerTest, RunsAreRecordedWithAllThatTheirSpecSays) {
    const testing::TempDir temp;
    Result<Ledger> ledger = Ledger::open(temp / "ledger");
    ASSERT_TRUE(ledger
                    ->start_run({.type = "policy",
                                 .config = {{"stop", 0.05}},
                                 .data_fingerprint = "f",
                                 .run_id = "r1",
                                 .name = "n",
                                 .experiment = "e",
                                 .parent_run_id = "p",
                                 .tags = {{"stage", "test"}},
                                 .seed = 7})
                    .has_value());
    const std::string created = testing::unstamped_lines(ledger->directory()).at(0);
    for (const char* part : {R"("config":{"stop":0.05})", R"("data_fingerprint":"f")",
                             R"("name":"n")", R"("experiment":"e")", R"("parent_run_id":"p")",
                             R"("tags":{"stage":"test"})", R"("seed":7)"}) {
        EXPECT_NE(created.find(part), std::string::npos) << part << " in " << created;
    }
}

TEST(LedgerTest, ARunIdInTheEnvironmentThatIsNoneStopsNoRun) {
    const testing::TempDir temp;
    std::vector<std::string> warnings;
    Result<Ledger> ledger = Ledger::open(
        temp / "ledger",
        {.on_warning = [&](std::string_view message) { warnings.emplace_back(message); }});
    ::setenv("DAYBOOK_RUN_ID", "a\nb", 1);
    const bool started = ledger->start_run({.type = "t"}) && ledger->start_run({.type = "t"});
    ::unsetenv("DAYBOOK_RUN_ID");
    EXPECT_TRUE(started);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_TRUE(warnings[0].starts_with("DAYBOOK_RUN_ID: ")) << warnings[0];
    for (const std::string& line : testing::log_lines(temp / "ledger")) {
        EXPECT_EQ(line.find("parent_run_id"), std::string::npos) << line;
    }
}

TEST(LedgerTest, ItStaysWhereItWasOpened) {
    const testing::TempDir temp;
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(temp.path());
    Result<Ledger> ledger = Ledger::open("ledger");
    std::filesystem::current_path(before);
    EXPECT_EQ(ledger->directory(), std::filesystem::canonical(temp.path()).string() + "/ledger");
    ASSERT_TRUE(ledger->start_run({.type = "t"}));
    EXPECT_EQ(testing::log_lines(temp / "ledger").size(), 3u);
}

TEST(LedgerTest, EmitJsonAcknowledgesWithIdAndDurability) {
    const testing::TempDir temp;
    Result<Ledger> ledger = Ledger::open(temp / "ledger");
    const Result<Ack> ack = ledger->emit_json(R"({"event_type":"run.started","run_id":"r1"})");
    ASSERT_TRUE(ack.has_value()) << ack.error().message();
    EXPECT_EQ(ack->event_id.size(), 36u);
    EXPECT_EQ(ack->durability, Durability::kProcess);
    EXPECT_EQ(ledger->emit_json("[]").error().code(), ErrorCode::kInvalidArgument);
}

TEST(LedgerTest, BufferedEventsAreWrittenByFlushAndByClosing) {
    const testing::TempDir temp;
    {
        Result<Ledger> ledger = Ledger::open(temp / "ledger", {.background = false});
        const std::string event = R"({"event_type":"run.started","run_id":"r1"})";
        ASSERT_TRUE(ledger->emit_json(event, Durability::kBuffered).has_value());
        EXPECT_EQ(testing::log_lines(temp / "ledger").size(), 0u);
        ASSERT_TRUE(ledger->flush().has_value());
        EXPECT_EQ(testing::log_lines(temp / "ledger").size(), 1u);
        ASSERT_TRUE(ledger->emit_json(event, Durability::kBuffered).has_value());
    }
    EXPECT_EQ(testing::log_lines(temp / "ledger").size(), 2u);
}

TEST(LedgerTest, TwoLedgersOfOneProcessDoNotMix) {
    const testing::TempDir temp;
    Result<Ledger> a = Ledger::open(temp / "a");
    Result<Ledger> b = Ledger::open(temp / "b");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(a->emit_json(R"({"event_type":"run.started","run_id":"a"})").has_value());
        ASSERT_TRUE(b->emit_json(R"({"event_type":"run.started","run_id":"b"})").has_value());
    }
    EXPECT_EQ(testing::unstamped_lines(temp / "a"),
              std::vector<std::string>(3, R"({"event_type":"run.started","run_id":"a"})"));
    EXPECT_EQ(testing::unstamped_lines(temp / "b"),
              std::vector<std::string>(3, R"({"event_type":"run.started","run_id":"b"})"));
}

TEST(LedgerTest, IdsOfAForkedChildAreNotThoseOfItsParent) {
    const testing::TempDir temp;
    Result<Ledger> ledger = Ledger::open(temp / "ledger");
    const std::string event = R"({"event_type":"run.started","run_id":"r1"})";
    ASSERT_TRUE(ledger->emit_json(event).has_value());
    const pid_t child = ::fork();
    if (child == 0) {
        bool ok = true;
        for (int i = 0; i < 100; ++i) ok = ledger->emit_json(event).has_value() && ok;
        ::_exit(ok ? 0 : 1);
    }
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(ledger->emit_json(event).has_value());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    std::set<std::string> ids;
    for (const std::string& line : testing::log_lines(temp / "ledger")) {
        ids.insert(line.substr(line.find("event_id") + 11, 36));
    }
    EXPECT_EQ(ids.size(), 201u);
}

}  // namespace
}  // namespace daybook
