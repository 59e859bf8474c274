#include "lifecycle/artifact_names.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

std::vector<std::string> names(std::string_view type, const std::string& fields) {
    ArtifactNames reader;
    std::vector<std::string> found;
    const std::string text = "{\"event_type\":\"x\"," + fields + "}";
    reader.each(type, log::judge_line(text, ByteOffset(0)), [&](const NamedFile& file) {
        found.push_back(file.sha256.empty() ? file.path : file.path + " " + file.sha256);
    });
    return found;
}

using Names = std::vector<std::string>;

TEST(ArtifactNames, EachEventThatNamesFilesIsKnown) {
    EXPECT_EQ(names("artifact.created", R"("artifact_path":"a/\"b")"), Names{"a/\"b"});
    EXPECT_EQ(names("baseline.completed", R"("artifact_path":"a")"), Names{"a"});
    EXPECT_EQ(names("run.environment", R"("git_diff_path":"d")"), Names{"d"});
    EXPECT_EQ(names("run.created", R"("environment":{"git_diff_path":"d"})"), Names{"d"});
    EXPECT_EQ(names("run.completed", R"("artifact_paths":{"x":"a","y":7,"z":"b"})"),
              (Names{"a", "b"}));
    EXPECT_EQ(names("run.failed", R"("artifact_paths":{"x":"a"})"), Names{"a"});
}

TEST(ArtifactNames, WhatAnEventSaysOfTheContentGoesWithThePath) {
    EXPECT_EQ(names("artifact.created", R"("sha256":"h","artifact_path":"a")"), Names{"a h"});
    EXPECT_EQ(names("run.created", R"("environment":{"git_diff_path":"d","git_diff_sha256":"h"})"),
              Names{"d h"});
}

// A table that a configuration reads, an object that an event of the user's own names.
TEST(ArtifactNames, FilesWhoseNamesSayTheirContentAreNamedByAnyField) {
    const std::string digits(64, 'a');
    const std::string table = "artifacts/inputs/" + digits + ".parquet";
    const std::string object = "artifacts/objects/aa/" + digits.substr(2);
    EXPECT_EQ(names("run.created", fmt::format(R"("config":{{"calls":"{}"}})", table)),
              Names{table});
    EXPECT_EQ(names("desk.fill", fmt::format(R"("note":"see {}, please")", object)), Names{object});
    EXPECT_EQ(names("run.created", fmt::format(R"("config":{{"a":"artifacts\/inputs\/{}.parquet",)"
                                               R"("b":"{}"}})",
                                               digits, table)),
              Names{table});
    EXPECT_EQ(names("artifact.created",
                    fmt::format(R"("artifact_path":"{}","sha256":"{}")", object, digits)),
              Names{object + " " + digits});
    EXPECT_EQ(names("desk.fill", R"("note":"artifacts/inputs/short.parquet artifacts/runs/r/f")"),
              Names{});
}

TEST(ArtifactNames, OthersNameNone) {
    EXPECT_EQ(names("run.tagged", R"("artifact_path":"a")"), Names{});
    EXPECT_EQ(names("artifact.created", R"("artifact_path":7)"), Names{});
    EXPECT_EQ(names("run.completed", R"("artifact_paths":"a")"), Names{});
}

}  // namespace
}  // namespace daybook::lifecycle
