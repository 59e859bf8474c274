#include "legacy/sources.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "duck/test_support.h"
#include "ledger/manifest.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

class SourcesTest : public ::testing::Test {
protected:
    SourcesTest() { must(ledger::read_or_create_manifest(dir_)); }

    std::string text() { return must(os::read_file(dir_.manifest_path(), 100'000)); }
    void put(const std::string& legacy) {
        std::ofstream(dir_.manifest_path())
            << R"({"format":1,"ledger_id":"x","legacy":)" << legacy << "}";
    }

    testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "ledger"};
    const Source lab_{.name = "lab",
                      .path = "/data/lab.duckdb",
                      .mapping = "/etc/lab.toml",
                      .cutover = parse_day("2026-01-23"),
                      .attached_at = "2026-02-01T10:00:00.000Z"};
    const Source old_{.name = "old",
                      .path = "/data/old.duckdb",
                      .mapping = "",
                      .attached_at = "2026-02-02T10:00:00.000Z"};
};

TEST_F(SourcesTest, WhatIsAttachedIsReadBackInItsOrder) {
    EXPECT_TRUE(must(read_sources(dir_)).empty());
    EXPECT_EQ(must(attach_source(dir_, old_)), std::nullopt);
    EXPECT_EQ(must(attach_source(dir_, lab_)), std::nullopt);
    EXPECT_EQ(must(read_sources(dir_)), (std::vector{old_, lab_}));
    EXPECT_EQ(must(find_source(dir_, "lab")), lab_);
}

TEST_F(SourcesTest, ALedgerThatIsNotThereHasNone) {
    EXPECT_TRUE(must(read_sources(ledger::LedgerDir(temp_ / "none"))).empty());
    EXPECT_FALSE(must(os::exists(temp_ / "none")));
}

TEST_F(SourcesTest, TheSameFileAgainGetsItsNewCutoverAndKeepsTheRest) {
    put(R"([{"name":"lab","path":"/data/lab.duckdb","colour":"blue","attached_at":"then"}])");
    const std::optional<Source> before = must(attach_source(dir_, lab_));
    ASSERT_TRUE(before);
    EXPECT_EQ(before->cutover, std::nullopt);
    Source expected = lab_;
    expected.attached_at = "then";
    EXPECT_EQ(must(read_sources(dir_)), std::vector{expected});
    EXPECT_NE(text().find(R"("colour": "blue")"), std::string::npos) << text();
}

TEST_F(SourcesTest, ANameAndAFileBelongTogether) {
    must(attach_source(dir_, lab_));
    const std::string before = text();
    Source other = old_;
    other.name = "lab";
    EXPECT_EQ(attach_source(dir_, other).error().code(), ErrorCode::kAlreadyExists);
    other = lab_;
    other.name = "second";
    const Error error = attach_source(dir_, other).error();
    EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(error.message().find("is attached already, as 'lab'"), std::string::npos);
    EXPECT_EQ(text(), before);
}

TEST_F(SourcesTest, ALinkAndItsTargetAreOneFile) {
    const std::string real = temp_ / "real.duckdb";
    const std::string link = temp_ / "link.duckdb";
    std::ofstream(real) << "x";
    std::filesystem::create_symlink(real, link);
    must(attach_source(dir_, {.name = "lab", .path = real}));
    const Status second = check_attachable(dir_, {.name = "second", .path = link});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
    // Under its name it is the same one, wherever it is found from now on.
    EXPECT_TRUE(must(attach_source(dir_, {.name = "lab", .path = link})));
    EXPECT_EQ(must(read_sources(dir_)).size(), 1U);
    EXPECT_EQ(must(find_source(dir_, "lab")).path, link);
}

TEST_F(SourcesTest, APathThatIsNoTextIsRefused) {
    const Status status = check_attachable(dir_, {.name = "x", .path = "/data/caf\xe9.duckdb"});
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message().find("caf\\xe9.duckdb is not UTF-8"), std::string::npos)
        << status.error().message();
}

TEST_F(SourcesTest, WhatIsDetachedIsGoneAndTheLastOneTakesTheKeyAlong) {
    must(attach_source(dir_, lab_));
    must(attach_source(dir_, old_));
    EXPECT_EQ(must(detach_source(dir_, "lab")), lab_);
    EXPECT_EQ(must(read_sources(dir_)), std::vector{old_});
    EXPECT_EQ(must(detach_source(dir_, "old")), old_);
    EXPECT_EQ(text().find("legacy"), std::string::npos) << text();
}

TEST_F(SourcesTest, ANameThatNoneHasIsToldWithThoseThatThereAre) {
    EXPECT_EQ(detach_source(dir_, "lab").error().code(), ErrorCode::kNotFound);
    must(attach_source(dir_, lab_));
    must(attach_source(dir_, old_));
    const Error error = detach_source(dir_, "lap").error();
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.message(), "legacy: no file is attached as 'lap'; attached: lab, old");
    EXPECT_EQ(find_source(dir_, "lap").error().message(), error.message());
}

TEST_F(SourcesTest, AnEntryThatIsNotAsItShouldBeIsNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"name":"lab"})", "`legacy`: found"},
        {R"([7])", "entry 1: `name`: found nothing"},
        {R"([{"path":"/x"}])", "entry 1: `name`: found nothing, expected a text"},
        {R"([{"name":"../x","path":"/x"}])", R"(entry 1: `name`: found "../x")"},
        {R"([{"name":"a","path":"/x"},{"name":"b"}])", "entry 2: `path`: found nothing"},
        {R"([{"name":"a","path":5}])", "entry 1: `path`: found 5, expected a text"},
        {R"([{"name":"a","path":"/x","mapping":[]}])", "entry 1: `mapping`: found []"},
        {R"([{"name":"a","path":"/x","cutover":"2026-02-30"}])",
         R"(entry 1: `cutover`: found "2026-02-30", expected a day)"},
        {R"([{"name":"a","path":"/x"},{"name":"a","path":"/y"}])",
         R"(entry 2: `name`: found "a", expected a name that no entry before it has)"},
        {R"([{"name":"a","path":"x.duckdb"}])",
         R"(entry 1: `path`: found "x.duckdb", expected an absolute path)"},
        {R"([{"name":"a","path":"/x","mapping":"my.toml"}])", R"(entry 1: `mapping`: found "my)"},
    };
    for (const auto& [legacy, words] : cases) {
        SCOPED_TRACE(legacy);
        put(legacy);
        const Result<std::vector<Source>> sources = read_sources(dir_);
        ASSERT_FALSE(sources);
        EXPECT_EQ(sources.error().code(), ErrorCode::kCorrupt);
        EXPECT_NE(sources.error().message().find(words), std::string::npos)
            << sources.error().message();
        EXPECT_FALSE(attach_source(dir_, old_));
    }
}

TEST_F(SourcesTest, WhatMayBeMissingMayBeNull) {
    put(R"([{"name":"a","path":"/x","mapping":null,"cutover":null}])");
    EXPECT_EQ(must(read_sources(dir_)), (std::vector{Source{.name = "a", .path = "/x"}}));
}

}  // namespace
}  // namespace daybook::legacy
