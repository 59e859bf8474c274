#include "index/registry_upcaster.h"

#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

TEST(RegistryUpcasterTest, ALedgerWithoutOlderVersionsNeedsNone) {
    const testing::TempDir dir;
    EXPECT_EQ(testing::value_of(registry_upcaster(dir.path())), nullptr);
}

TEST(RegistryUpcasterTest, OlderEventsGetTheNewestForm) {
    const testing::TempDir dir;
    const ledger::LedgerDir ledger_dir(dir.path());
    testing::expect_ok(os::make_dirs(dir / "events"));
    testing::expect_ok(ledger::create_registry(ledger_dir));
    for (
        const char* schema :
        {R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"my.trade","x-version":1,"type":"object","properties":{"px":{"type":"number"}},"required":["px"]})",
         R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"my.trade","x-version":2,"type":"object","properties":{"price":{"type":"number"}},"required":["price"],"x-upcast":[{"op":"rename","path":"/px","to":"price"}]})"}) {
        const auto report = ledger::register_type(ledger_dir, schema);
        ASSERT_TRUE(report.has_value()) << report.error().message();
        ASSERT_TRUE(report->breaks.empty()) << report->breaks.front();
    }
    const auto upcaster = testing::value_of(registry_upcaster(dir.path()));
    ASSERT_NE(upcaster, nullptr);
    EXPECT_TRUE(upcaster->applies("my.trade", 1));
    EXPECT_FALSE(upcaster->applies("my.trade", 2));
    EXPECT_EQ(testing::value_of(upcaster->upcast("my.trade", 1, R"({"px":1.5})")),
              R"({"price":1.5})");
}

}  // namespace
}  // namespace daybook::index
