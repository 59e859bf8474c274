#include "legacy/known_events.h"

#include <array>

#include "index/event_key.h"
#include "ledger/event_log.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kId = "5f1c9a2e-0000-8000-8000-000000000001";

TEST(KnownEvents, AreThoseOfTheLogWithTheHashOfTheirLine) {
    const daybook::testing::TempDir dir;
    const std::string root = dir / "ledger";
    const std::array ids = {index::event_key("5f1c9a2e-0000-8000-8000-00000000000f"),
                            index::event_key(kId)};
    EXPECT_EQ(must(must(open_known_events(root))->contents(ids)),
              (std::vector<std::optional<std::uint64_t>>{std::nullopt, std::nullopt}));
    const std::string event = fmt::format(
        "{{\"event_type\":\"run.started\",\"event_id\":\"{}\",\"timestamp_ms\":1700000000000,"
        "\"run_id\":\"r\"",
        kId);
    must(must(ledger::EventLog::open(ledger::LedgerDir(root)))
             ->emit_json(event + "}", Durability::kProcess)
             .map([](const auto&) {}));
    const auto known = must(open_known_events(root));
    const std::vector<std::optional<std::uint64_t>> expected = {std::nullopt, xxh3_64(event)};
    EXPECT_EQ(must(known->contents(ids)), expected);
    EXPECT_EQ(must(known->contents(ids)), expected) << "asked again";
    EXPECT_TRUE(must(known->contents({})).empty());
}

}  // namespace
}  // namespace daybook::legacy
