#include "ledger/manifest.h"

#include <fstream>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

TEST(ManifestTest, ADirectoryWithoutOneHasNoLedger) {
    const testing::TempDir temp;
    EXPECT_EQ(read_manifest(LedgerDir(temp.path())).error().code(), ErrorCode::kNotFound);
}

TEST(ManifestTest, WhatIsCreatedIsReadBack) {
    const testing::TempDir temp;
    const LedgerDir dir(temp / "a/b/ledger");
    const Result<Manifest> created = read_or_create_manifest(dir);
    ASSERT_TRUE(created.has_value()) << created.error().message();
    const Result<Manifest> read = read_manifest(dir);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->ledger_id, created->ledger_id);
    EXPECT_EQ(read->created_at, created->created_at);
    EXPECT_EQ(read->ledger_id.size(), 36u);
}

TEST(ManifestTest, ConcurrentCreatorsAgree) {
    const testing::TempDir temp;
    const LedgerDir dir(temp / "ledger");
    std::vector<std::string> ids(8);
    std::vector<std::thread> threads;
    for (std::string& id : ids) {
        threads.emplace_back([&] {
            const Result<Manifest> manifest = read_or_create_manifest(dir);
            if (manifest) id = manifest->ledger_id;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(ids, std::vector<std::string>(8, read_manifest(dir)->ledger_id));
}

TEST(ManifestTest, ANewerFormatIsRefusedAndNothingIsTouched) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    const std::string text = R"({"format":2,"ledger_id":"x","future":true})";
    ASSERT_TRUE(os::write_file_atomic(dir.manifest_path(), text).has_value());
    const Result<Manifest> manifest = read_or_create_manifest(dir);
    ASSERT_FALSE(manifest.has_value());
    EXPECT_EQ(manifest.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(manifest.error().message().find("its format is 2"), std::string::npos);
    EXPECT_EQ(os::read_file(dir.manifest_path(), 1000), text);
    EXPECT_EQ(os::list_dir(temp.path())->size(), 1u);
}

TEST(ManifestTest, UnknownKeysAreAllowed) {
    const Result<Manifest> manifest = parse_manifest(
        R"({"format":1,"ledger_id":"x","retention":{"keep_days":7}})", "ledger.json");
    ASSERT_TRUE(manifest.has_value());
    EXPECT_EQ(manifest->ledger_id, "x");
}

TEST(ManifestTest, EveryMalformedOneIsCorruptAndSaysWhy) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[1]", "not a JSON object"},
        {"{}", "`format`"},
        {R"({"format":"1","ledger_id":"x"})", "`format`"},
        {R"({"format":1.5,"ledger_id":"x"})", "`format`"},
        {R"({"format":1})", "`ledger_id`"},
        {R"({"format":1,"ledger_id":7})", "`ledger_id`"},
        {R"({"format":1,"ledger_id":"x","ledger_id":"y"})", "the key `ledger_id` twice"},
    };
    for (const auto& [text, reason] : cases) {
        SCOPED_TRACE(text);
        const Result<Manifest> manifest = parse_manifest(text, "ledger.json");
        ASSERT_FALSE(manifest.has_value());
        EXPECT_EQ(manifest.error().code(), ErrorCode::kCorrupt);
        EXPECT_NE(manifest.error().message().find(reason), std::string::npos)
            << manifest.error().message();
    }
}

// Puts `value` under the key "legacy"; nullopt takes it away.
Status put(const LedgerDir& dir, const std::optional<std::string>& value) {
    return change_manifest_value(dir, "legacy", [&](const auto&) { return value; });
}

TEST(ManifestValueTest, IsThereOnceItHasBeenPutAndGoneOnceItHasBeenTakenAway) {
    const testing::TempDir temp;
    const LedgerDir dir(temp / "ledger");
    EXPECT_EQ(manifest_value(dir, "legacy").value(), std::nullopt);
    EXPECT_FALSE(os::exists(dir.root()).value());  // To look makes nothing.
    ASSERT_TRUE(put(dir, R"([{"name":"a"}])"));
    EXPECT_EQ(manifest_value(dir, "legacy").value(), R"([{"name":"a"}])");
    EXPECT_EQ(read_manifest(dir)->ledger_id.size(), 36u);
    ASSERT_TRUE(put(dir, std::nullopt));
    EXPECT_EQ(manifest_value(dir, "legacy").value(), std::nullopt);
}

TEST(ManifestValueTest, AllOtherKeysStayAsTheyAreAndWhereTheyAre) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    const std::string head = R"({"retention":{"z":1,"a":[null,0.5]},"format":1,"ledger_id":"x")";
    ASSERT_TRUE(os::write_file_atomic(dir.manifest_path(), head + R"(,"legacy":1,"ö":"ü"})"));
    ASSERT_TRUE(put(dir, "2"));
    const std::string after = os::read_file(dir.manifest_path(), 1000).value();
    std::string compact;
    for (const char c : after) {
        if (c != ' ' && c != '\n') compact += c;
    }
    EXPECT_EQ(compact, head + R"(,"legacy":2,"ö":"ü"})");
}

TEST(ManifestValueTest, ARefusedChangeAndARefusedFileChangeNothing) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    ASSERT_TRUE(read_or_create_manifest(dir));
    const auto text = os::read_file(dir.manifest_path(), 1000);
    const auto refuse = [](const auto&) -> Result<std::optional<std::string>> {
        return fail(ErrorCode::kInvalidArgument, "no");
    };
    EXPECT_EQ(change_manifest_value(dir, "legacy", refuse).error().message(), "no");
    EXPECT_EQ(put(dir, '"' + std::string(1 << 20, 'x') + '"').error().code(), ErrorCode::kLimit);
    EXPECT_EQ(os::read_file(dir.manifest_path(), 1000), text);
    std::ofstream(dir.manifest_path()) << R"({"format":2,"ledger_id":"x"})";
    EXPECT_EQ(put(dir, "1").error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(manifest_value(dir, "legacy").error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(os::read_file(dir.manifest_path(), 1000), R"({"format":2,"ledger_id":"x"})");
}

TEST(ManifestValueTest, AKeyThatIsThereTwiceIsCorruptForWhoAsksAndForWhoWrites) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    const std::pair<const char*, const char*> cases[] = {
        {R"("holds":[1],"holds":[2])", ": found the key `holds` twice"},
        {R"("holds":[1],"h\u006flds":[2])", ": found the key `holds` twice"},
        {R"("holds":[{"run":"a"},{"run":"b","run":"c"}])", ": `holds`: found the key `run` twice"},
        {R"("holds":{"x":{"y":1,"z":[{"y":{}}],"y":2}})", ": `holds`: found the key `y` twice"},
    };
    for (const auto& [fields, expected] : cases) {
        const std::string text = fmt::format(R"({{"format":1,"ledger_id":"x",{}}})", fields);
        SCOPED_TRACE(text);
        ASSERT_TRUE(os::write_file_atomic(dir.manifest_path(), text));
        for (const Status& status :
             {manifest_value(dir, "holds").map([](const auto&) {}), put(dir, "1")}) {
            ASSERT_FALSE(status);
            EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
            EXPECT_NE(status.error().message().find(expected), std::string::npos)
                << status.error().message();
        }
        EXPECT_EQ(os::read_file(dir.manifest_path(), 1000), text);
        // Whoever needs no holds goes on.
        EXPECT_EQ(manifest_value(dir, "retention").value(), std::nullopt);
        EXPECT_TRUE(read_manifest(dir));
    }
}

TEST(ManifestValueTest, TheSameKeyInTwoObjectsIsThereOnceInEach) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    const std::string holds = R"([{"run":"a","x":{"run":"y"}},{"run":"b"}])";
    ASSERT_TRUE(os::write_file_atomic(
        dir.manifest_path(),
        fmt::format(R"({{"format":1,"ledger_id":"x","run":1,"holds":{}}})", holds)));
    EXPECT_EQ(manifest_value(dir, "holds").value(), holds);
    EXPECT_TRUE(put(dir, "1"));
}

TEST(ManifestValueTest, NoChangeOfManyAtOnceIsLost) {
    const testing::TempDir temp;
    const LedgerDir dir(temp / "ledger");
    const auto add_one = [](const std::optional<std::string>& value) {
        return Result<std::optional<std::string>>(
            std::to_string(value ? std::stoi(*value) + 1 : 1));
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10; ++n) EXPECT_TRUE(change_manifest_value(dir, "n", add_one));
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(manifest_value(dir, "n").value(), "40");
}

TEST(CheckFormat, OnlyAnotherFormatAndGarbageAreRefused) {
    const testing::TempDir temp;
    const LedgerDir dir(temp.path());
    EXPECT_TRUE(check_format(dir));
    ASSERT_TRUE(read_or_create_manifest(dir));
    EXPECT_TRUE(check_format(dir));
    std::ofstream(dir.manifest_path()) << R"({"format":2,"ledger_id":"x"})";
    EXPECT_EQ(check_format(dir).error().code(), ErrorCode::kUnsupported);
    std::ofstream(dir.manifest_path()) << "garbage";
    EXPECT_EQ(check_format(dir).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::ledger
