#include "lifecycle/bundle_intake.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/object_store.h"
#include "ledger/type_registry.h"
#include "lifecycle/test_bundle.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class IntakeTest : public ::testing::Test {
protected:
    // What is said to a manifest of run r1 and one event of it.
    std::string said(const BundleManifest& manifest, const std::string& line = test_line(1)) {
        BundleIntake intake(IntakeMode::kCheck,
                            testing::value_of(ledger::read_registry(ledger_.dir())), {.now = kNow},
                            nullptr, nullptr, nullptr);
        Status status = intake.manifest(manifest);
        const std::string text = line.substr(0, line.find('\n'));
        if (status) status = intake.event(log::judge_line(text, ByteOffset(0)), 1);
        if (status) status = intake.end();
        new_types_ = intake.new_types();
        return status ? "" : status.error().message();
    }

    static constexpr TimestampMs kNow{1'769'160'000'000};
    TestLedger ledger_;
    BundleManifest manifest_{.runs = {"r1"}};
    std::vector<std::string> new_types_;
};

TEST_F(IntakeTest, AnEventOfAListedRunIsTaken) { EXPECT_EQ(said(manifest_), ""); }

TEST_F(IntakeTest, ARunThatWasRemovedIsRefused) {
    WantedIds wanted;
    wanted.want("0193d5e8-0000-7000-8000-000000000001", "gone");
    const RemovedRuns removed = {{"gone", {"event-1", {}}}};
    const Status refused = check_not_removed({"r1", "gone"}, removed, wanted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(refused.error().message().find("event event-1 says so"), std::string::npos);
    testing::expect_ok(check_not_removed({"r1"}, removed, wanted));
}

TEST_F(IntakeTest, TheLedgerItselfIsNoRun) {
    EXPECT_NE(said({.runs = {"_ledger"}}).find("is no run"), std::string::npos);
}

TEST_F(IntakeTest, TypesOfTheBundleCountForItsEvents) {
    const std::string line =
        R"({"event_type":"desk.fill","event_id":"0193d5e8-0000-7000-8000-000000000001",)"
        R"("timestamp_ms":1769159700250,"run_id":"r1","price":1})";
    EXPECT_NE(said(manifest_, line).find("desk.fill"), std::string::npos);
    manifest_.types = {R"({"title":"desk.fill","x-version":1,"type":"object"})"};
    EXPECT_EQ(said(manifest_, line), "");
    EXPECT_EQ(new_types_, std::vector<std::string>{"desk.fill version 1"});
    manifest_.types = {"7"};
    EXPECT_NE(said(manifest_, line).find("/types"), std::string::npos);
}

TEST_F(IntakeTest, ARunWithoutAnyEventIsRefused) {
    manifest_.runs = {"r1", "r2"};
    EXPECT_EQ(said(manifest_), "manifest.json: /runs: run r2 has no event in the bundle");
}

TEST_F(IntakeTest, TypesThatNoEventUsesAreNoneOfIt) {
    manifest_.types = {R"({"title":"desk.fill","x-version":1,"type":"object"})"};
    EXPECT_EQ(said(manifest_), "");
    EXPECT_EQ(new_types_, std::vector<std::string>{});
}

TEST_F(IntakeTest, FilesLieWhereThoseOfTheRunsLieAndAreNamed) {
    const std::string naming =
        R"({"event_type":"artifact.created","event_id":"0193d5e8-0000-7000-8000-000000000001",)"
        R"("timestamp_ms":1769159700250,"run_id":"r1","artifact_type":"t","size_bytes":1,)"
        R"("artifact_path":"artifacts/runs/r1/f"})";
    manifest_.files = {{"artifacts/runs/r1/f", 1, sha256_hex("x")}, {"events.jsonl", 1, ""}};
    EXPECT_EQ(said(manifest_, naming), "");
    EXPECT_EQ(said(manifest_), "artifacts/runs/r1/f: no event of the bundle names it");
    manifest_.files[0].path = "artifacts/runs/r2/f";
    EXPECT_NE(said(manifest_).find("it is no place of these runs"), std::string::npos);
    manifest_.files[0].path = ledger::object_path(sha256_hex("y"));
    EXPECT_NE(said(manifest_).find("which its name does not say"), std::string::npos);
}

// A reader that takes the first of two names, and one that takes the last, would see two events.
TEST_F(IntakeTest, AnEnvelopeThatCanBeReadInTwoWaysIsRefused) {
    const std::string twice =
        R"({"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-000000000001",)"
        R"("timestamp_ms":1769159700250,"run_id":"r1","tags":{},"run_id":"r2"})";
    EXPECT_NE(said(manifest_, twice), "");
}

TEST_F(IntakeTest, ATimeAheadOfTheClockIsRefused) {
    const std::string ahead =
        R"({"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-000000000001",)"
        R"("timestamp_ms":1779159700250,"run_id":"r1","tags":{}})";
    EXPECT_NE(said(manifest_, ahead).find("/timestamp_ms"), std::string::npos);
}

}  // namespace
}  // namespace daybook::lifecycle
