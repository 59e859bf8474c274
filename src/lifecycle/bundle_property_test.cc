// Whatever runs a ledger has, those that go through a bundle come out as they went in.

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/nonfinite.h"
#include "lifecycle/export_runs.h"
#include "lifecycle/import_bundle.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

// An event that the schema takes, as Daybook or another tool writes it.
std::string random_event(std::uint64_t number) {
    const auto day = *rc::gen::inRange<std::int64_t>(0, 4);
    const auto run = *rc::gen::inRange(0, 4);
    const auto note = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
    std::string text;
    json::append_string(note, text);
    return fmt::format(
        R"({{"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-{:012x}",)"
        R"("timestamp_ms":{},"run_id":"run {}","tags":{{"n":{}}},"more":[{},null]}})",
        number, 1'769'159'700'250 + day * 86'400'000, run, text, text);
}

void go_through_a_bundle() {
    TestLedger from;
    TestLedger to;
    const testing::TempDir temp;
    std::set<std::string> runs;
    const auto events = *rc::gen::inRange<std::uint64_t>(1, 30);
    std::string foreign;
    {
        Ledger ours = testing::value_of(Ledger::open(from.root(), {.background = false}));
        Ledger theirs = testing::value_of(Ledger::open(to.root(), {.background = false}));
        for (std::uint64_t i = 0; i < events; ++i) {
            const std::string event = random_event(i);
            if (*rc::gen::arbitrary<bool>()) {
                testing::value_of(ours.emit_json(event));
            } else {
                foreign += event + "\n";
            }
            // Some of it is there already.
            if (*rc::gen::inRange(0, 5) == 0) testing::value_of(theirs.emit_json(event));
        }
    }
    from.put("events/day=2026-01-20/part-000009.jsonl", foreign);
    std::map<std::string, std::string> expected;
    const auto chosen = *rc::gen::inRange(0, 4);
    const std::string run = fmt::format("run {}", chosen);
    for (const auto& [id, body] : from.events()) {
        if (body.find("\"run_id\":\"" + run + "\"") != std::string::npos) expected[id] = body;
    }
    if (expected.empty()) return;
    const auto report = testing::value_of(export_runs(from.dir(), {run}, temp / "b"));
    RC_ASSERT(report.events == expected.size());
    testing::value_of(import_bundle(to.dir(), temp / "b"));
    const auto found = to.events();
    for (const auto& [id, body] : expected) RC_ASSERT(found.at(id) == body);
    const auto again = testing::value_of(import_bundle(to.dir(), temp / "b"));
    RC_ASSERT(again.events.written == 0U);
    RC_ASSERT(to.events() == found);
}

TEST(BundleProperty, RunsComeOutAsTheyWentIn) {
    // Each is a few dozen syncs.
    if (std::getenv("RC_PARAMS") == nullptr) ::setenv("RC_PARAMS", "max_success=15", 1);
    EXPECT_TRUE(rc::check("runs come out as they went in", go_through_a_bundle));
}

}  // namespace
}  // namespace daybook::lifecycle
