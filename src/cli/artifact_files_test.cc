#include "cli/artifact_files.h"

#include <sys/stat.h>

#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

using query::CatalogFile;

const std::vector<CatalogFile>& some_files() {
    static const std::vector<CatalogFile> kFiles = {{.type = "alerts", .path = "a/alerts.parquet"},
                                                    {.type = "trades", .path = "a/t1.parquet"},
                                                    {.type = "trades", .path = "a/t2.parquet"}};
    return kFiles;
}

std::string found(std::string_view wanted) {
    const auto file = find_artifact(some_files(), wanted, "show it", "by its path");
    return file ? file->path : file.error().message();
}

TEST(ArtifactFiles, ATypeIsEnoughIfItIsTheOnlyOne) {
    EXPECT_EQ(found("alerts"), "a/alerts.parquet");
    EXPECT_EQ(found("a/t2.parquet"), "a/t2.parquet");
    EXPECT_EQ(found("paths"),
              "show it: the run has no such artifact; it has: alerts, trades, trades");
    EXPECT_EQ(found("trades"),
              "show it: there are 2 of this type; name one by its path:\n"
              "  a/t1.parquet\n  a/t2.parquet");
    EXPECT_EQ(types_of({}), "none");
}

TEST(ArtifactFiles, OnlyAFileIsOpened) {
    const testing::TempDir dir;
    const auto code_of = [](const CatalogFile& file) {
        const Status status = check_artifact(file, "show it");
        return status ? std::nullopt : std::optional(status.error().code());
    };
    ASSERT_TRUE(os::write_file_atomic(dir / "file", "abc").has_value());
    EXPECT_EQ(code_of({.file = dir / "file", .size_bytes = 3}), std::nullopt);
    // Changed, and read all the same.
    EXPECT_EQ(code_of({.file = dir / "file", .size_bytes = 4}), std::nullopt);
    EXPECT_EQ(code_of({.file = dir / "gone"}), ErrorCode::kNotFound);
    EXPECT_EQ(code_of({.file = dir.path()}), ErrorCode::kNotFound);
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(code_of({.file = dir / "pipe"}), ErrorCode::kNotFound);
    EXPECT_EQ(code_of({.file = dir / std::string(300, 'a')}), ErrorCode::kIo);
}

}  // namespace
}  // namespace daybook::cli
