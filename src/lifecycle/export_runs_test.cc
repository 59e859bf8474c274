#include "lifecycle/export_runs.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "lifecycle/import_bundle.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class ExportTest : public ::testing::Test {
protected:
    ExportReport export_to(const TestLedger& ledger, const std::set<std::string>& runs,
                           const ExportOptions& options = {.replace = true}) {
        return testing::value_of(export_runs(ledger.dir(), runs, bundle_, options));
    }
    ImportBundleReport import_into(const TestLedger& ledger) {
        return testing::value_of(import_bundle(ledger.dir(), bundle_));
    }

    testing::TempDir temp_;
    std::string bundle_ = temp_ / "runs.tar.zst";
    TestLedger from_;
    TestLedger to_;
};

TEST_F(ExportTest, ARunThatIsNotThereLeavesNoBundle) {
    from_.add_run("r1", 1);
    const std::string error = error_of(export_runs(from_.dir(), {"r1", "r9"}, bundle_));
    EXPECT_EQ(error, "export: the log has no event of run r9");
    EXPECT_TRUE(testing::value_of(os::list_dir(temp_.path())).empty());
}

TEST_F(ExportTest, ABundleThatIsThereStaysUnlessItMayBeReplaced) {
    from_.add_run("r1", 1);
    export_to(from_, {"r1"});
    const std::string error = error_of(export_runs(from_.dir(), {"r1"}, bundle_));
    EXPECT_NE(error.find("there is a file already"), std::string::npos) << error;
    export_to(from_, {"r1"}, {.replace = true});
    EXPECT_EQ(testing::value_of(os::list_dir(temp_.path())).size(), 1U);
}

TEST_F(ExportTest, LinesOfOtherToolsKeepTheirBytes) {
    from_.add_run("r1", 1);
    const std::string foreign =
        R"({"event_type": "run.tagged", "event_id": "1769159700250_0badcafe", )"
        R"("timestamp_ms": 1769159700250, "run_id": "r1", "tags": {"k": "v"}})";
    from_.put("events/day=2026-01-23/part-000007.jsonl", foreign + "\n");
    const ExportReport out = export_to(from_, {"r1"});
    EXPECT_EQ(out.notes, std::vector<std::string>{});
    import_into(to_);
    EXPECT_EQ(to_.events(), from_.events());
    EXPECT_EQ(to_.events().count("1769159700250_0badcafe"), 1U);
}

TEST_F(ExportTest, WhatNoImportTakesIsSaid) {
    from_.add_run("r1", 1);
    from_.put("events/day=2026-01-23/part-000007.jsonl",
              R"({"event_type":"run.tagged","event_id":"1769159700250_0badcafe",)"
              R"("timestamp_ms":1769159700250,"run_id":"r1","tags":7})"
              "\n");
    const ExportReport report = export_to(from_, {"r1"});
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_NE(report.notes[0].find("event 1769159700250_0badcafe: check event: /tags"),
              std::string::npos)
        << report.notes[0];
    EXPECT_FALSE(import_bundle(to_.dir(), bundle_));
}

TEST_F(ExportTest, FilesThatCannotComeAlongAreNamed) {
    from_.add_run("r1", 1, "x");
    std::filesystem::remove(from_.path("artifacts/runs/r1/curve.csv"));
    from_.emit(R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"t",)"
               R"("artifact_path":"events/_schema.json","size_bytes":1})");
    from_.emit(R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"t",)"
               R"("artifact_path":"/etc/hostname","size_bytes":1})");
    const ExportReport report = export_to(from_, {"r1"});
    EXPECT_EQ(report.files, 0U);
    EXPECT_EQ(report.notes,
              (std::vector<std::string>{
                  "artifacts/runs/r1/curve.csv: it is not there any more; it is left out",
                  "events/_schema.json: it lies outside artifacts/; it is left out"}));
}

TEST_F(ExportTest, TheTablesThatAConfigurationReadsComeAlong) {
    const std::string table = "artifacts/inputs/" + sha256_hex("calls") + ".parquet";
    from_.put(table, "calls");
    from_.emit(fmt::format(R"({{"event_type":"run.created","run_id":"r1","run_type":"policy",)"
                           R"("config":{{"calls":"{}"}},"data_fingerprint":"f"}})",
                           table));
    EXPECT_EQ(export_to(from_, {"r1"}).files, 1U);
    import_into(to_);
    EXPECT_EQ(to_.read(table), "calls");
    std::filesystem::remove(from_.path(table));
    EXPECT_EQ(export_to(from_, {"r1"}).notes,
              std::vector<std::string>{table + ": it is not there any more; it is left out"});
}

TEST_F(ExportTest, AFileThatIsNotWhatItsNameSaysIsLeftOutAndCounted) {
    const std::string table = "artifacts/inputs/" + sha256_hex("calls") + ".parquet";
    from_.put(table, "others");
    from_.emit(fmt::format(R"({{"event_type":"run.created","run_id":"r1","run_type":"policy",)"
                           R"("config":{{"calls":"{}"}},"data_fingerprint":"f"}})",
                           table));
    const ExportReport report = export_to(from_, {"r1"});
    EXPECT_EQ(report.files, 0U);
    EXPECT_EQ(report.damaged_files, 1U);
    EXPECT_EQ(report.notes, std::vector<std::string>{
                                table + ": its content is not what its name says; it is left out"});
}

TEST_F(ExportTest, NoLinkIsFollowedToAFileOfSomebodyElse) {
    from_.add_run("r1", 1, "x");
    from_.put("elsewhere/curve.csv", "secret");
    std::filesystem::remove_all(from_.path("artifacts/runs/r1"));
    std::filesystem::create_directory_symlink(from_.path("elsewhere"),
                                              from_.path("artifacts/runs/r1"));
    const ExportReport report = export_to(from_, {"r1"});
    EXPECT_EQ(report.files, 0U);
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_NE(report.notes[0].find("a link is in the way"), std::string::npos) << report.notes[0];
}

TEST_F(ExportTest, WhatNoImportWouldTakeIsRefusedByTheSameLimits) {
    from_.add_run("r1", 1, std::string(1 << 20, '\0'));
    for (const BundleLimits& limits :
         {BundleLimits{.manifest_bytes_max = 100}, BundleLimits{.members_max = 1},
          BundleLimits{.bytes_max = 100'000},
          BundleLimits{.ratio_max = 100, .ratio_free_bytes = 100'000}}) {
        const auto refused = export_runs(from_.dir(), {"r1"}, bundle_, {.limits = limits});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::kLimit);
        EXPECT_NE(refused.error().message().find("export: no import would take the bundle: "),
                  std::string::npos)
            << refused.error().message();
        EXPECT_TRUE(testing::value_of(os::list_dir(temp_.path())).empty());
        export_to(from_, {"r1"});
        EXPECT_FALSE(import_bundle(to_.dir(), bundle_, {.limits = limits}));
        std::filesystem::remove(bundle_);
    }
}

// Such as a state that was saved before anything was learned.
TEST_F(ExportTest, AFileOfZerosComesThrough) {
    from_.add_run("r1", 0, "x");
    constexpr std::uintmax_t kBytes = std::uintmax_t{70} << 20;
    std::filesystem::resize_file(from_.path("artifacts/runs/r1/curve.csv"), kBytes);
    EXPECT_LT(export_to(from_, {"r1"}).bytes * 500, kBytes);
    import_into(to_);
    EXPECT_EQ(std::filesystem::file_size(to_.path("artifacts/runs/r1/curve.csv")), kBytes);
}

TEST_F(ExportTest, OneThatIsStoppedLeavesNothing) {
    from_.add_run("r1", 1);
    const auto stopped =
        export_runs(from_.dir(), {"r1"}, bundle_,
                    {.progress = [](std::uint64_t, std::uint64_t) { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(testing::value_of(os::list_dir(temp_.path())).empty());
}

}  // namespace
}  // namespace daybook::lifecycle
