#include "ledger/verify_artifacts.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ledger/object_store.h"
#include "ledger/test_seals.h"
#include "ledger/verify.h"

namespace daybook::ledger {
namespace {

class VerifyArtifactsTest : public SealsTest {
protected:
    // An event about `path` with the given content; its id orders it.
    static std::string created(std::uint64_t seq, const std::string& path,
                               const std::string& content, bool with_hash = true,
                               const std::string& id = "") {
        std::string line = fmt::format(
            R"({{"event_type":"artifact.created","event_id":"{}","timestamp_ms":{},)"
            R"("run_id":"r1","artifact_type":"t","artifact_path":"{}","size_bytes":{}{})",
            id.empty() ? fmt::format("{:03}", seq) : id, 20476 * kDayMs, path, content.size(),
            with_hash ? ",\"sha256\":\"" + sha256_hex(content) + "\"" : "");
        log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
        return line;
    }
    std::vector<std::string> findings(bool deep = true) {
        report_ = verify(dir_, {.deep = deep}).value();
        std::vector<std::string> found;
        for (const VerifyFinding& finding : report_.findings) {
            found.push_back(finding.kind + " " + finding.file.substr(dir_.root().size()));
        }
        return found;
    }
    void put_file(const std::string& path, const std::string& content) {
        put(os::join_path(dir_.root(), path), content);
    }

    VerifyReport report_;
};

using Strings = std::vector<std::string>;

TEST_F(VerifyArtifactsTest, FilesThatAreWhatTheirEventsSayAreClean) {
    put_part(part_of(1), created(1, "artifacts/a", "aaa") +
                             created(2, dir_.root() + "/artifacts/b", "bb") +
                             created(3, "artifacts/unhashed", "x", false));
    put_file("artifacts/a", "aaa");
    put_file("artifacts/b", "bb");
    EXPECT_EQ(findings(), Strings{});
    EXPECT_EQ(report_.artifacts, 2U);
}

TEST_F(VerifyArtifactsTest, DiffsThatRunsStartedFromAreComparedOnce) {
    const auto names_diff = [](std::uint64_t seq, const std::string& type,
                               const std::string& content) {
        const std::string sha256 = sha256_hex(content);
        const std::string fields = fmt::format(
            R"("git_diff_sha256":"{}","git_diff_path":"artifacts/code/{}.diff")", sha256, sha256);
        std::string line = fmt::format(
            R"({{"event_type":"{}","event_id":"{:03}","timestamp_ms":{},"run_id":"r{}",{})", type,
            seq, 20476 * kDayMs, seq,
            type == "run.created" ? "\"environment\":{" + fields + "}" : fields);
        log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
        return line;
    };
    put_part(part_of(1), names_diff(1, "run.environment", "one") +
                             names_diff(2, "run.environment", "one") +
                             names_diff(3, "run.created", "two"));
    put_file("artifacts/code/" + sha256_hex("one") + ".diff", "one");
    put_file("artifacts/code/" + sha256_hex("two") + ".diff", "two");
    EXPECT_EQ(findings(), Strings{});
    EXPECT_EQ(report_.artifacts, 2U);
    put_file("artifacts/code/" + sha256_hex("one") + ".diff", "other");
    ASSERT_TRUE(
        os::remove_file(os::join_path(dir_.root(), "artifacts/code/" + sha256_hex("two") + ".diff"))
            .has_value());
    Strings found = findings();
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, (Strings{"artifact_changed /artifacts/code/" + sha256_hex("one") + ".diff",
                              "artifact_missing /artifacts/code/" + sha256_hex("two") + ".diff"}));
}

TEST_F(VerifyArtifactsTest, FilesThatAreMissingOrOtherAreFound) {
    put_part(part_of(1), created(1, "gone", "a") + created(2, "longer", "a") +
                             created(3, "other", "a") + created(4, "directory", "a"));
    put_file("longer", "aa");
    put_file("other", "b");
    put_file("directory/x", "");
    EXPECT_EQ(findings(), (Strings{"artifact_missing /directory", "artifact_missing /gone",
                                   "artifact_changed /longer", "artifact_changed /other"}));
    EXPECT_EQ(report_.findings.at(2).detail,
              "it has 2 bytes, its event says 1; event 002 is about it");
    EXPECT_EQ(report_.findings.at(2).part, "day=2026-01-23/part-000001");
    EXPECT_FALSE(report_.clean());
    EXPECT_EQ(findings(/*deep=*/false), Strings{});
    EXPECT_EQ(report_.artifacts, 0U);
}

TEST_F(VerifyArtifactsTest, RowsOfParquetFilesAreComparedWhereTheyCanBeCounted) {
    const auto with_rows = [](std::uint64_t seq, const std::string& path, const char* format,
                              int rows) {
        std::string line =
            fmt::format(R"({{"event_type":"artifact.created","event_id":"{:03}","timestamp_ms":{},)"
                        R"("run_id":"r1","artifact_type":"t","artifact_path":"{}","size_bytes":1,)"
                        R"("sha256":"{}","rows":{},"format":"{}")",
                        seq, 20476 * kDayMs, path, sha256_hex("a"), rows, format);
        log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
        return line;
    };
    put_part(part_of(1), with_rows(1, "alike", "parquet", 7) +
                             with_rows(2, "broken", "parquet", 7) +
                             with_rows(3, "fewer", "parquet", 8) + with_rows(4, "text", "csv", 8));
    for (const char* path : {"alike", "broken", "fewer", "text"}) put_file(path, "a");
    EXPECT_EQ(findings(), Strings{});
    const auto count = [](const std::string& path) -> Result<std::uint64_t> {
        if (path.ends_with("/broken")) return fail(ErrorCode::kCorrupt, "no footer");
        return 7;
    };
    std::vector<std::string> found;
    report_ = verify(dir_, {.deep = true, .parquet_rows = count}).value();
    for (const VerifyFinding& finding : report_.findings) {
        found.push_back(finding.kind + ": " + finding.detail);
    }
    EXPECT_EQ(
        found,
        (Strings{"artifact_changed: no footer; event 002 is about it",
                 "artifact_changed: it has 7 rows, its event says 8; event 003 is about it"}));
}

TEST_F(VerifyArtifactsTest, WhatKeepsRowsFromBeingCountedIsNotTheFilesFault) {
    std::string line = fmt::format(
        R"({{"event_type":"artifact.created","event_id":"001","timestamp_ms":{},"run_id":"r1",)"
        R"("artifact_type":"t","artifact_path":"a.Parquet","size_bytes":1,"sha256":"{}","rows":7)",
        20476 * kDayMs, sha256_hex("a"));
    log::append_trailer(line, 0, log::Seq(1), log::Seq(0));
    put_part(part_of(1), line);
    put_file("a.Parquet", "a");
    const auto outcome_of = [&](ErrorCode code) {
        return verify(dir_, {.deep = true, .parquet_rows = [code](const std::string&) {
                                 return Result<std::uint64_t>(fail(code, "no"));
                             }});
    };
    for (const ErrorCode code : {ErrorCode::kUnsupported, ErrorCode::kLimit, ErrorCode::kNoSpace,
                                 ErrorCode::kCancelled, ErrorCode::kIo, ErrorCode::kInternal}) {
        const auto report = outcome_of(code);
        ASSERT_FALSE(report.has_value());
        EXPECT_EQ(report.error(),
                  Error(code, fmt::format("count the rows of {}/a.Parquet: no", dir_.root())));
    }
    for (const ErrorCode code :
         {ErrorCode::kCorrupt, ErrorCode::kInvalidArgument, ErrorCode::kNotFound}) {
        EXPECT_EQ(outcome_of(code).value().problems, 1U);
    }
}

TEST_F(VerifyArtifactsTest, APipeIsNoFileAndIsNotWaitedFor) {
    put_part(part_of(1), created(1, "pipe", "a") + created(2, std::string(300, 'a'), "a"));
    ASSERT_EQ(::mkfifo(os::join_path(dir_.root(), "pipe").c_str(), 0600), 0);
    EXPECT_EQ(findings(),
              (Strings{"artifact_missing /" + std::string(300, 'a'), "artifact_missing /pipe"}));
    EXPECT_EQ(report_.findings.at(1).detail,
              "it is a pipe or a device, expected an ordinary file; event 001 is about it");
}

TEST_F(VerifyArtifactsTest, OfSeveralEventsForAPathTheLatestCounts) {
    put_file("a", "new");
    put_part(part_of(1), created(1, "a", "old") + created(2, "a", "new"));
    EXPECT_EQ(findings(), Strings{});
    // Wherever the later one lies: the order is that of time and id.
    put_part(part_of(1), created(1, "b", "", false) + created(2, "a", "new"));
    put_part(part_of(2), created(1, "a", "old", true, "000"));
    EXPECT_EQ(findings(), Strings{});
    // One that has no hash takes the earlier one's place, too.
    put_part(part_of(1), created(1, "a", "old") + created(2, "a", "new", false));
    ASSERT_TRUE(os::remove_file(layout().part_path(part_of(2))));
    EXPECT_EQ(findings(), Strings{});
    EXPECT_EQ(report_.artifacts, 0U);
}

TEST_F(VerifyArtifactsTest, EveryObjectIsHeldAgainstItsName) {
    const std::string good = object_path(sha256_hex("good"));
    const std::string gone = object_path(sha256_hex("gone"));
    const std::string changed = object_path(sha256_hex("changed"));
    const std::string unnamed = object_path(sha256_hex("unnamed"));
    put_part(part_of(1),
             created(1, good, "good") + created(2, gone, "gone") + created(3, changed, "changed"));
    for (const std::string& path : {good, changed, unnamed}) {
        ASSERT_TRUE(os::make_dirs(os::parent_path(os::join_path(dir_.root(), path))));
    }
    put_file(good, "good");
    put_file(changed, "CHANGED");
    put_file(unnamed, "other");
    put_file("artifacts/objects/0badcafe-0.tmp-5", "half");
    Strings found = findings();
    std::sort(found.begin(), found.end());
    Strings expected = {"artifact_changed /" + changed, "artifact_missing /" + gone,
                        "object_changed /" + unnamed};
    EXPECT_EQ(found, expected);
    EXPECT_EQ(report_.problems, 3U);
    EXPECT_EQ(findings(false), Strings{});
}

}  // namespace
}  // namespace daybook::ledger
