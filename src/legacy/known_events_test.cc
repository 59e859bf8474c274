#include "legacy/known_events.h"

#include <fstream>

#include "index/event_key.h"
#include "ledger/event_log.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kId = "5f1c9a2e-0000-8000-8000-000000000001";

TEST(KnownEvents, AreThoseOfTheLogWithTheHashOfTheirLine) {
    const daybook::testing::TempDir dir;
    const std::string root = dir / "ledger";
    EXPECT_EQ(must(KnownEvents::open(root)).size(), 0U) << "there is no ledger";
    const std::string event = fmt::format(
        "{{\"event_type\":\"run.started\",\"event_id\":\"{}\",\"timestamp_ms\":1700000000000,"
        "\"run_id\":\"r\"",
        kId);
    auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
    must(log->emit_json(event + "}", Durability::kProcess).map([](const auto&) {}));
    must(log->emit_json("{\"event_type\":\"run.started\",\"run_id\":\"own\"}", Durability::kProcess)
             .map([](const auto&) {}));
    const KnownEvents known = must(KnownEvents::open(root));
    EXPECT_EQ(known.size(), 1U) << "an id of version 7 is none of an import";
    EXPECT_EQ(known.content(index::event_key(kId)), xxh3_64(event));
    EXPECT_EQ(known.content(index::event_key("5f1c9a2e-0000-8000-8000-00000000000f")),
              std::nullopt);
    EXPECT_EQ(known.own_runs(), std::unordered_set<std::string>{"own"});
}

TEST(KnownEvents, EndsAtTheLastRowAreTheLatest) {
    const daybook::testing::TempDir dir;
    const std::string root = dir / "ledger";
    auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
    const auto end = [&](const char* run, std::int64_t time, const char* of_run) {
        must(log->emit_json(
                    fmt::format("{{\"event_type\":\"run.completed\",\"run_id\":\"{}\","
                                "\"timestamp_ms\":{},\"summary\":{{}},\"artifact_paths\":{{}},"
                                "\"imported_from\":{{\"source\":\"old\"{}}}}}",
                                run, time, of_run),
                    Durability::kProcess)
                 .map([](const auto&) {}));
    };
    end("goes on", 1'700'000'000'009, ",\"of_run\":\"last\"");
    end("goes on", 1'700'000'000'001, ",\"of_run\":\"last\"");
    end("has its own", 1'700'000'000'002, "");
    // A line of another tool's in which DuckDB finds no JSON.
    const std::string path = root + "/events/day=2023-11-14";
    std::ofstream(path + "/part-000009.jsonl")
        << "{\"event_type\":\"run.failed\",\"event_id\":\"x\",\"timestamp_ms\":1700000000003,"
           "\"run_id\":\"odd\",\"error\":{},\"path\":\"caf\\udce9\"}\n";
    EXPECT_EQ(must(KnownEvents::open(root)).ends_at_last_row(),
              (std::unordered_map<std::string, TimestampMs>{
                  {"goes on", TimestampMs(1'700'000'000'009)}}));
}

}  // namespace
}  // namespace daybook::legacy
