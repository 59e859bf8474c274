#include "ledger/artifact_facts.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

class ArtifactFactsTest : public ::testing::Test {
protected:
    std::string write(const std::string& name, const std::string& content) const {
        const std::string path = temp_ / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    testing::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
};

TEST_F(ArtifactFactsTest, SizeAndHashCoverEveryBlock) {
    const std::string content(std::string(3'000'000, 'x') + "y");
    const Result<ArtifactFacts> facts = artifact_facts(dir_, write("big", content));
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->size_bytes, 3'000'001);
    EXPECT_EQ(facts->sha256, sha256_hex(content));
}

TEST_F(ArtifactFactsTest, OnlyAPathInsideTheLedgerIsRelative) {
    EXPECT_EQ(artifact_facts(dir_, write("ledger/artifacts/runs/r1/x.parquet", ""))->path,
              "artifacts/runs/r1/x.parquet");
    const std::string beside = write("ledger-2/x", "");
    EXPECT_EQ(artifact_facts(dir_, beside)->path, std::filesystem::canonical(beside));
}

TEST_F(ArtifactFactsTest, ASymbolicLinkIsRecordedAsWhatItLeadsTo) {
    write("ledger/real.csv", "1");
    std::filesystem::create_symlink(temp_ / "ledger/real.csv", temp_ / "link");
    EXPECT_EQ(artifact_facts(dir_, temp_ / "link")->path, "real.csv");
}

TEST_F(ArtifactFactsTest, WhatIsNoFileIsRefusedAndNotWaitedFor) {
    const std::string pipe = temp_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(artifact_facts(dir_, pipe).error().message(),
              "add artifact " + pipe + ": it is a pipe, a socket or a device, expected a file");
    const std::string folder = std::filesystem::canonical(temp_ / ".");
    EXPECT_EQ(artifact_facts(dir_, folder).error().message(),
              "add artifact " + folder + ": it is a directory, expected a file");
    EXPECT_EQ(artifact_facts(dir_, temp_ / "gone").error().code(), ErrorCode::kNotFound);
}

TEST_F(ArtifactFactsTest, TheFormatIsTheExtensionInLowerCase) {
    const std::pair<const char*, std::optional<std::string>> cases[] = {
        {"a.parquet", "parquet"},  {"a.tar.GZ", "gz"},   {"a", std::nullopt},
        {".hidden", std::nullopt}, {"a.", std::nullopt}, {"d.x/a", std::nullopt},
    };
    for (const auto& [name, format] : cases) {
        SCOPED_TRACE(name);
        EXPECT_EQ(artifact_facts(dir_, write(name, ""))->format, format);
    }
}

}  // namespace
}  // namespace daybook::ledger
