#include "index/registry_upcaster.h"

#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

constexpr const char* kFirst =
    R"({"title":"my.trade","x-version":1,)"
    R"("type":"object","additionalProperties":false,"properties":{"px":{"type":"number"}},"required":["px"]})";
constexpr const char* kSecond =
    R"({"title":"my.trade","x-version":2,)"
    R"("type":"object","additionalProperties":false,"properties":{"price":{"type":"number"}},"required":["price"],)"
    R"("x-upcast":[{"op":"rename","path":"/px","to":"price"}]})";
constexpr const char* kThird =
    R"({"title":"my.trade","x-version":3,)"
    R"("type":"object","additionalProperties":false,"properties":{"price":{"type":"number"},"side":{"type":"string"}},)"
    R"("required":["price"]})";

class RegistryUpcasterTest : public ::testing::Test {
protected:
    RegistryUpcasterTest() {
        testing::expect_ok(os::make_dirs(dir_ / "events"));
        testing::expect_ok(ledger::create_registry(ledger_dir_));
    }
    void register_type(const char* schema) {
        const auto report = ledger::register_type(ledger_dir_, schema);
        ASSERT_TRUE(report.has_value()) << report.error().message();
        ASSERT_TRUE(report->breaks.empty()) << report->breaks.front();
    }
    LedgerUpcaster look() { return testing::value_of(registry_upcaster(dir_.path())); }

    testing::TempDir dir_;
    ledger::LedgerDir ledger_dir_{dir_.path()};
};

TEST_F(RegistryUpcasterTest, ALedgerWithoutOlderVersionsNeedsNone) {
    EXPECT_EQ(look().upcaster, nullptr);
    EXPECT_EQ(look().id, "");
    register_type(kFirst);
    EXPECT_EQ(look().id, "");
    const testing::TempDir without_registry;
    EXPECT_EQ(testing::value_of(registry_upcaster(without_registry.path())).id, "");
}

TEST_F(RegistryUpcasterTest, OlderEventsGetTheNewestForm) {
    register_type(kFirst);
    register_type(kSecond);
    const LedgerUpcaster ledger = look();
    ASSERT_NE(ledger.upcaster, nullptr);
    EXPECT_TRUE(ledger.upcaster->applies("my.trade", 1));
    EXPECT_FALSE(ledger.upcaster->applies("my.trade", 2));
    EXPECT_EQ(testing::value_of(ledger.upcaster->upcast("my.trade", 1, R"({"px":1.5})")),
              R"({"price":1.5})");
}

TEST_F(RegistryUpcasterTest, TheIdChangesWithWhatIsDoneAndWithNothingElse) {
    register_type(kFirst);
    register_type(kSecond);
    const std::string id = look().id;
    EXPECT_EQ(id.size(), 32U);
    // Events of version 2 are of version 3 as they are.
    register_type(kThird);
    EXPECT_EQ(look().id, id);
    register_type(
        R"({"title":"my.trade","x-version":4,)"
        R"("type":"object","additionalProperties":false,"properties":{"price":{"type":"number"},"side":{"type":"string"},)"
        R"("venue":{"type":"string"}},"required":["price","venue"],)"
        R"("x-upcast":[{"op":"default","path":"/venue","value":"x"}]})");
    EXPECT_NE(look().id, id);
}

}  // namespace
}  // namespace daybook::index
