// The builder beside archives that are damaged.

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "index/builder.h"

namespace daybook::index {
namespace {

class BuilderArchiveTest : public archive::ArchiveTest {
protected:
    // Archives days with a run each.
    void archive_days(int count) {
        for (int day = 0; day < count; ++day) {
            archive({put_part(archive::test_part(1, archive::kTestDay + day), run_of(day))});
        }
    }
    static std::string run_of(int day) {
        return archive::own_line("run-" + std::to_string(day), 1, "run.started");
    }
    // Cuts a file in half, and returns what it was.
    static std::string damage(const std::string& path) {
        std::string bytes = testing::value_of(os::read_file(path, std::size_t{1} << 20));
        testing::expect_ok(os::write_file_atomic(path, bytes.substr(0, bytes.size() / 2)));
        return bytes;
    }
    BuildReport build(const BuildOptions& options = {}) {
        return testing::value_of(index::build(dir_.root(), options));
    }
    void expect_corrupt(const BuildOptions& options = {}) {
        const Result<BuildReport> report = index::build(dir_.root(), options);
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt) << report.error().message();
        EXPECT_NE(report.error().message().find("archive/"), std::string::npos)
            << report.error().message();
    }
    // One event was missing, and nothing else was read.
    void expect_one_was_missing() {
        const BuildReport report = build();
        EXPECT_EQ(report.rebuilt, "");
        EXPECT_EQ(report.events, 1U);
        EXPECT_EQ(build({.full_rebuild = true}).digest, report.digest);
    }
};

TEST_F(BuilderArchiveTest, ADamagedManifestCostsNoRow) {
    archive_days(2);
    build();
    const std::string manifest = layout_.manifest_path(archive::kTestDay);
    const std::string whole = damage(manifest);
    expect_corrupt();
    expect_corrupt({.full_rebuild = true});
    testing::expect_ok(os::write_file_atomic(manifest, whole));
    put_part(archive::test_part(1, archive::kTestDay + 2), run_of(2));
    expect_one_was_missing();
}

TEST_F(BuilderArchiveTest, WhatWasReadBeforeADamagedArchiveIsNotReadAgain) {
    archive_days(3);
    const std::string file = layout_.file_path(archive::kTestDay + 2, "events-000001.parquet");
    const std::string whole = damage(file);
    expect_corrupt();
    expect_corrupt();
    testing::expect_ok(os::write_file_atomic(file, whole));
    expect_one_was_missing();
}

}  // namespace
}  // namespace daybook::index
