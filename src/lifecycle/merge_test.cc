// Two ledgers become one.

#include "lifecycle/merge.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/sealer.h"
#include "lifecycle/test_transfer.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

class MergeTest : public ::testing::Test {
protected:
    MergeReport merge(const MergeOptions& options = {}) {
        return testing::value_of(merge_ledger(to_.dir(), from_.dir(), options));
    }
    std::map<std::string, std::string> both() const {
        auto all = to_.events();
        all.merge(from_.events());
        return all;
    }
    // Seals what there is, though its day goes on: its parts are of an earlier day.
    void put_sealed_day() {
        from_.emit(R"({"event_type":"run.created","run_id":"old","event_id":)"
                   R"("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":1769159700250,)"
                   R"("run_type":"policy","config":{},"data_fingerprint":""})");
        testing::value_of(ledger::seal_parts(from_.dir(), {}));
        ASSERT_NE(from_.read("events/day=2026-01-23/part-000001.seal.json"), "(none)");
    }

    TestLedger from_;
    TestLedger to_;
};

TEST_F(MergeTest, TheResultIsTheUnion) {
    from_.add_run("theirs", 3, "their file");
    to_.add_run("mine", 2, "my file");
    const auto expected = both();
    const MergeReport report = merge();
    EXPECT_EQ(report.events.written, from_.events().size());
    EXPECT_EQ(report.runs, 1U);
    EXPECT_EQ(to_.events(), expected);
    EXPECT_EQ(to_.read("artifacts/runs/theirs/curve.csv"), "their file");
    EXPECT_EQ(to_.read("artifacts/runs/mine/curve.csv"), "my file");
    EXPECT_EQ(to_.count("ledger.imported"), 1U);
}

TEST_F(MergeTest, TheSecondMergeReadsNothingAndChangesNothing) {
    put_sealed_day();
    from_.add_run("theirs", 3, "x");
    merge();
    const auto files = to_.files();
    const MergeReport again = merge();
    EXPECT_EQ(again.parts, 2U);
    EXPECT_EQ(again.parts_read, 0U);
    EXPECT_EQ(again.bytes_read, 0U);
    EXPECT_EQ(again.event_id, "");
    EXPECT_EQ(to_.files(), files);
}

TEST_F(MergeTest, OfASourceThatHasGrownOnlyWhatIsNewIsRead) {
    put_sealed_day();
    from_.add_run("r1", 50);
    const std::uint64_t first = merge().bytes_read;
    from_.add_run("r2", 1);
    const MergeReport second = merge();
    EXPECT_EQ(second.events.events, 4U);
    EXPECT_EQ(second.events.written, 4U);
    EXPECT_LT(second.bytes_read, first / 2);
    EXPECT_EQ(to_.events(), from_.events());
}

TEST_F(MergeTest, APartThatIsSealedLaterIsRememberedByItsSeal) {
    from_.emit(R"({"event_type":"run.created","run_id":"old","event_id":)"
               R"("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":1769159700250,)"
               R"("run_type":"policy","config":{},"data_fingerprint":""})");
    merge();
    testing::value_of(ledger::seal_parts(from_.dir(), {}));
    EXPECT_EQ(merge().bytes_read, 0U);
    EXPECT_EQ(merge().parts_read, 0U);
}

TEST_F(MergeTest, WithoutItsStateItReadsAllAndStillWritesNothingTwice) {
    from_.add_run("r1", 3, "x");
    merge();
    testing::expect_ok(os::remove_tree(to_.dir().imports_dir()));
    const auto before = to_.events();
    const MergeReport again = merge();
    EXPECT_EQ(again.events.known, from_.events().size());
    EXPECT_EQ(again.artifacts.there, 1U);
    EXPECT_EQ(to_.events(), before);
    EXPECT_EQ(to_.count("ledger.imported"), 1U);
}

// Somebody has put an older copy of events/ back.
TEST_F(MergeTest, AStateThatSaysMoreThanTheLogHasIsNotBelieved) {
    to_.add_run("mine", 1);
    from_.add_run("theirs", 3);
    const auto expected = both();
    const std::string saved = to_.path("saved");
    std::filesystem::copy(to_.path("events"), saved, std::filesystem::copy_options::recursive);
    merge();
    std::filesystem::remove_all(to_.path("events"));
    std::filesystem::rename(saved, to_.path("events"));
    const MergeReport again = merge();
    ASSERT_EQ(again.notes.size(), 1U);
    EXPECT_NE(again.notes[0].find("all of"), std::string::npos) << again.notes[0];
    EXPECT_EQ(to_.events(), expected);
}

TEST_F(MergeTest, FilesThatComeLaterAreTakenLater) {
    from_.add_run("r1", 1, "late");
    std::filesystem::rename(from_.path("artifacts"), from_.path("elsewhere"));
    EXPECT_EQ(merge().missing, 1U);
    std::filesystem::rename(from_.path("elsewhere"), from_.path("artifacts"));
    const MergeReport again = merge();
    EXPECT_EQ(again.parts_read, 0U);
    EXPECT_EQ(again.artifacts.placed, 1U);
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "late");
}

TEST_F(MergeTest, TheTablesThatAConfigurationReadsComeAlong) {
    const std::string table = "artifacts/inputs/" + sha256_hex("calls") + ".parquet";
    from_.emit(fmt::format(R"({{"event_type":"run.created","run_id":"r1","run_type":"policy",)"
                           R"("config":{{"calls":"{}"}},"data_fingerprint":"f"}})",
                           table));
    EXPECT_EQ(merge().missing, 1U);
    from_.put(table, "calls");
    EXPECT_EQ(merge().artifacts.placed, 1U);
    EXPECT_EQ(to_.read(table), "calls");
}

TEST_F(MergeTest, LinksOfTheSourceAreNotFollowed) {
    from_.add_run("r1", 1, "x");
    std::filesystem::remove(from_.path("artifacts/runs/r1/curve.csv"));
    std::filesystem::create_symlink("/etc/hostname", from_.path("artifacts/runs/r1/curve.csv"));
    const MergeReport report = merge();
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "(none)");
}

TEST_F(MergeTest, WhatTheSourceSaysOfItselfStaysThere) {
    from_.emit(R"({"event_type":"ledger.imported","run_id":"_ledger","source":"x","events":1})");
    from_.emit(R"({"event_type":"view.saved","run_id":"_ledger","name":"mine","view":{}})");
    const MergeReport report = merge();
    EXPECT_EQ(report.of_source, 1U);
    EXPECT_EQ(to_.count("view.saved"), 1U);
    EXPECT_EQ(to_.count("ledger.imported"), 1U) << "its own";
}

TEST_F(MergeTest, ALogOfOtherToolsIsMergedToo) {
    from_.put("events/day=2026-01-23/part-000001.jsonl",
              R"({"event_type": "run.tagged", "event_id": "1769159700250_0badcafe", )"
              R"("timestamp_ms": 1769159700250, "run_id": "r1", "tags": {}})"
              "\n");
    EXPECT_EQ(merge().events.written, 1U);
    EXPECT_EQ(merge().bytes_read, 0U);
    EXPECT_EQ(to_.events(), from_.events());
}

TEST_F(MergeTest, DamageStaysWhereItIsAndIsNamed) {
    from_.put("events/day=2026-01-23/part-000001.jsonl", "no event\n");
    from_.add_run("r1", 1);
    const MergeReport report = merge();
    EXPECT_EQ(report.damaged, 1U);
    EXPECT_TRUE(report.has_conflicts());
    EXPECT_EQ(report.notes, std::vector<std::string>{
                                "day=2026-01-23/part-000001 at offset 0: no event that a log "
                                "takes; it stays there"});
    EXPECT_EQ(to_.events(), from_.events());
}

TEST_F(MergeTest, WhatStaysThereIsSaidEachTimeUntilItIsMended) {
    from_.put("events/day=2026-01-23/part-000001.jsonl", "no event\n");
    from_.put("events/day=2026-01-23/part-000002.jsonl",
              R"({"event_type":"run.tagged","event_id":"1769159700250_0badcafe",)"
              R"("timestamp_ms":1769159700250,"run_id":"r","tags":{"a":"theirs"}})"
              "\n");
    to_.emit(R"({"event_type":"run.tagged","event_id":"1769159700250_0badcafe",)"
             R"("timestamp_ms":1769159700250,"run_id":"r","tags":{"a":"mine"}})");
    from_.add_run("r1", 1, "theirs");
    to_.put("artifacts/runs/r1/curve.csv", "mine!!");
    EXPECT_TRUE(merge().has_conflicts());
    for (int round = 0; round < 2; ++round) {
        from_.add_run(fmt::format("later-{}", round), 1);
        const MergeReport again = merge();
        EXPECT_TRUE(again.has_conflicts());
        EXPECT_EQ(again.earlier, (PartTrouble{.changed = 1, .damaged = 1}));
        EXPECT_EQ(again.events.changed, 0U);
        EXPECT_EQ(again.artifacts.conflicts, 1U);
        EXPECT_EQ(again.missing, 0U);
    }
    from_.put("events/day=2026-01-23/part-000001.jsonl", "");
    from_.put("events/day=2026-01-23/part-000002.jsonl", "");
    from_.put("artifacts/runs/r1/curve.csv", "mine!!");
    EXPECT_TRUE(merge().has_conflicts()) << "its event says something else";
    to_.put("artifacts/runs/r1/curve.csv", "theirs");
    EXPECT_FALSE(merge().has_conflicts());
}

TEST_F(MergeTest, ATornFileIsTakenWhenItIsWhole) {
    from_.add_run("r1", 1, "all of its bytes");
    from_.put("artifacts/runs/r1/curve.csv", "all of");
    const MergeReport report = merge();
    EXPECT_EQ(report.damaged_files, 1U);
    EXPECT_TRUE(report.has_conflicts());
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "(none)");
    EXPECT_TRUE(merge().has_conflicts()) << "still";
    from_.put("artifacts/runs/r1/curve.csv", "all of its bytes");
    const MergeReport again = merge();
    EXPECT_EQ(again.artifacts.placed, 1U);
    EXPECT_FALSE(again.has_conflicts());
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "all of its bytes");
}

TEST_F(MergeTest, BehindOneThatDiedWhenItHadSaidSoTheNextOneSaysWhatItBrings) {
    from_.add_run("r1", 1);
    const std::string first = merge().event_id;
    // As it is before the journal goes.
    const std::string state = testing::value_of(os::list_dir(to_.dir().imports_dir())).at(0).name;
    const std::string name = state.substr(7, state.size() - 7 - 5);  // merged-….json
    const MergeState known = testing::value_of(read_merge_state(to_.dir(), name));
    ASSERT_EQ(known.event_id, first);
    to_.put("_imports/under-way-" + name + ".json",
            fmt::format(R"({{"format":1,"event_id":"{}","timestamp_ms":{}}})", first,
                        known.event_at.value()));

    from_.add_run("r2", 1);
    const MergeReport second = merge();
    EXPECT_NE(second.event_id, first);
    EXPECT_EQ(to_.count("ledger.imported"), 2U);
    EXPECT_EQ(testing::value_of(os::list_dir(to_.dir().imports_dir())).size(), 1U);
    EXPECT_EQ(merge().event_id, "");
    EXPECT_EQ(to_.events(), from_.events());
}

TEST_F(MergeTest, WhoFindsTheLockHeldIsToldHowToWait) {
    from_.add_run("r1", 1);
    to_.add_run("r2", 1);
    const auto lock = testing::value_of(os::LockFile::acquire(to_.dir().lifecycle_lock_path(), 0));
    const auto refused = merge_ledger(to_.dir(), from_.dir());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kBusy);
    EXPECT_NE(refused.error().message().find("--wait SECONDS"), std::string::npos);
}

TEST_F(MergeTest, TypesOfUsersComeAlong) {
    from_.add_run("r1", 0);
    testing::value_of(ledger::register_type(
        from_.dir(), R"({"title":"desk.fill","x-version":1,"type":"object"})"));
    from_.emit(R"({"event_type":"desk.fill","run_id":"r1","price":1.5})");
    EXPECT_EQ(merge().types, std::vector<std::string>{"desk.fill version 1"});
    to_.emit(R"({"event_type":"desk.fill","run_id":"r2","price":2})");
}

TEST_F(MergeTest, ADryRunCountsAndWritesNothing) {
    from_.add_run("r1", 1, "x");
    const MergeReport report = merge({.dry_run = true});
    EXPECT_EQ(report.events.written, 5U);
    EXPECT_EQ(report.artifacts.placed, 1U);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

TEST_F(MergeTest, ALedgerIsNotMergedIntoItself) {
    to_.add_run("r1", 1);
    std::filesystem::create_directory_symlink(to_.root(), from_.root());
    const std::string error = error_of(merge_ledger(to_.dir(), from_.dir()));
    EXPECT_NE(error.find("it is this ledger itself"), std::string::npos) << error;
}

TEST_F(MergeTest, WhatIsNoLedgerOrANewerOneIsRefused) {
    EXPECT_NE(error_of(merge_ledger(to_.dir(), from_.dir())).find("there is no ledger here"),
              std::string::npos);
    from_.put("ledger.json", R"({"format":2,"ledger_id":"x","created_at":"y"})");
    const auto refused = merge_ledger(to_.dir(), from_.dir());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

}  // namespace
}  // namespace daybook::lifecycle
