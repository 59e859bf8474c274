#include "cli/program_files.h"

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"

namespace daybook::cli {
namespace {

TEST(ProgramFiles, OutputIsKeptAsAnArtifact) {
    TestRunLedger ledger;
    const std::string folder = ledger.root() + "/artifacts/runs/r";
    KeptOutput kept(100);
    ASSERT_TRUE(keep_output(ledger.recorder(), folder, "stdout", kept));
    EXPECT_EQ(ledger.lines_with("artifact.created"), 0u);
    kept.add("hello");
    ASSERT_TRUE(keep_output(ledger.recorder(), folder, "stdout", kept));
    EXPECT_EQ(os::read_file(folder + "/stdout.log", 100).value(), "hello");
    EXPECT_EQ(ledger.lines_with(R"("artifact_path":"artifacts/runs/r/stdout.log")"), 1u);
}

TEST(ProgramFiles, WhatMatchesIsRecordedAndOdditiesAreTold) {
    TestRunLedger ledger;
    const std::string path = ledger.file("a.csv", "1\n");
    const std::string pattern = ledger.root() + "/*.csv";
    const std::string nothing = ledger.root() + "/*.parquet";
    keep_matching(ledger.recorder(), {pattern, nothing}, false, TimestampMs(0), ledger.notes());
    EXPECT_EQ(ledger.lines_with(R"("artifact_type":"file")"), 1u);
    EXPECT_EQ(ledger.told(),
              std::vector<std::string>{"--artifact " + nothing + ": no file matches"});
    const auto info = os::file_info(path).value();
    const TimestampMs later(info->modified_ns / 1'000'000 + 1000);
    keep_matching(ledger.recorder(), {pattern}, false, later, ledger.notes());
    EXPECT_EQ(ledger.told().back(),
              "--artifact " + pattern + ": " + path + " was last written before the run began");
    EXPECT_EQ(ledger.lines_with(R"("artifact_type":"file")"), 2u);
}

TEST(ProgramFiles, ACopyIsWhatIsRecorded) {
    TestRunLedger ledger;
    const std::string path = ledger.file("a.csv", "abc");
    keep_matching(ledger.recorder(), {ledger.root() + "/a.csv"}, true, TimestampMs(0),
                  ledger.notes());
    const std::string object =
        "artifacts/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    EXPECT_EQ(os::read_file(ledger.root() + "/" + object, 100).value(), "abc");
    EXPECT_EQ(ledger.lines_with(R"("artifact_path":")" + object + "\""), 1u);
    EXPECT_EQ(ledger.lines_with(R"("format":"csv","original_path":"a.csv")"), 1u);
}

}  // namespace
}  // namespace daybook::cli
