#include "ledger/type_registry.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

constexpr std::string_view kFill = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "desk.fill", "title": "desk.fill", "x-version": 1, "type": "object",
  "properties": {"price": {"type": "number"}}, "required": ["price"]
})";

class TypeRegistryTest : public ::testing::Test {
protected:
    TypeRegistryTest() { EXPECT_TRUE(create_registry(dir_).has_value()); }

    testing::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
};

TEST_F(TypeRegistryTest, ANewLedgerKnowsTheBuiltInTypes) {
    const Result<schema::Registry> registry = read_registry(dir_);
    ASSERT_TRUE(registry.has_value()) << registry.error().message();
    EXPECT_EQ(registry->newest_version("trial.recorded"), 1);
    EXPECT_EQ(registry->newest_version("desk.fill"), std::nullopt);
}

TEST_F(TypeRegistryTest, CreatingKeepsWhatIsThere) {
    ASSERT_TRUE(register_type(dir_, kFill).has_value());
    ASSERT_TRUE(create_registry(dir_).has_value());
    EXPECT_EQ(read_registry(dir_)->newest_version("desk.fill"), 1);
}

TEST_F(TypeRegistryTest, ARegisteredTypeIsSeenByTheNextReader) {
    const Result<schema::RegisterReport> report = register_type(dir_, kFill);
    ASSERT_TRUE(report.has_value()) << report.error().message();
    EXPECT_EQ(report->type, "desk.fill");
    EXPECT_EQ(report->version, 1);
    EXPECT_EQ(read_registry(dir_)->newest_version("desk.fill"), 1);
}

TEST_F(TypeRegistryTest, RegisteringTheSameAgainChangesNothing) {
    ASSERT_TRUE(register_type(dir_, kFill).has_value());
    const auto before = std::filesystem::last_write_time(dir_.schema_registry_path());
    EXPECT_TRUE(register_type(dir_, kFill)->unchanged);
    EXPECT_EQ(std::filesystem::last_write_time(dir_.schema_registry_path()), before);
}

TEST_F(TypeRegistryTest, ALongLivingProcessFindsAChangeWhenItLooks) {
    TypeRegistry types(dir_);
    EXPECT_EQ((*types.get())->newest_version("trial.recorded"), 1);
    EXPECT_EQ(types.refresh(), true);
    EXPECT_EQ((*types.get())->newest_version("desk.fill"), std::nullopt);
    EXPECT_EQ(types.refresh(), false);
    ASSERT_TRUE(register_type(dir_, kFill).has_value());
    EXPECT_EQ((*types.get())->newest_version("desk.fill"), std::nullopt);
    EXPECT_EQ(types.refresh(), true);
    EXPECT_EQ((*types.get())->newest_version("desk.fill"), 1);
}

TEST_F(TypeRegistryTest, AnUnreadableFileIsAnErrorThatNamesIt) {
    std::ofstream(dir_.schema_registry_path()) << "{";
    const Result<schema::Registry> registry = read_registry(dir_);
    ASSERT_FALSE(registry.has_value());
    EXPECT_EQ(registry.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(registry.error().message().find(dir_.schema_registry_path()), std::string::npos);
    EXPECT_NE(registry.error().message().find("move the file away"), std::string::npos);
}

TEST_F(TypeRegistryTest, AFileOfANewerFormatIsNotToBeMovedAway) {
    std::ofstream(dir_.schema_registry_path()) << R"({"format":99,"types":{}})";
    const Result<schema::Registry> registry = read_registry(dir_);
    ASSERT_FALSE(registry.has_value());
    EXPECT_EQ(registry.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(registry.error().message().find("move the file away"), std::string::npos);
}

TEST_F(TypeRegistryTest, NothingIsRegisteredInALedgerOfAnotherFormat) {
    std::ofstream(dir_.manifest_path()) << R"({"format":2,"ledger_id":"x"})";
    EXPECT_EQ(register_type(dir_, kFill).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(read_registry(dir_)->newest_version("desk.fill"), std::nullopt);
}

}  // namespace
}  // namespace daybook::ledger
