#include "lifecycle/import_bundle.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "ledger/object_store.h"
#include "lifecycle/export_runs.h"
#include "lifecycle/test_transfer.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

class ImportTest : public ::testing::Test {
protected:
    ExportReport export_to(const TestLedger& ledger, const std::set<std::string>& runs,
                           const ExportOptions& options = {.replace = true}) {
        return testing::value_of(export_runs(ledger.dir(), runs, bundle_, options));
    }
    ImportBundleReport import_into(const TestLedger& ledger,
                                   const ImportBundleOptions& options = {}) {
        return testing::value_of(import_bundle(ledger.dir(), bundle_, options));
    }

    testing::TempDir temp_;
    std::string bundle_ = temp_ / "runs.tar.zst";
    TestLedger from_;
    TestLedger to_;
};

TEST_F(ImportTest, RunsComeWithEveryByteOfTheirEventsAndFiles) {
    from_.add_run("r1", 3, "a,b\n1,2\n");
    from_.add_run("r2", 2);
    const ExportReport out = export_to(from_, {"r1", "r2"});
    EXPECT_EQ(out.events, from_.events().size());
    EXPECT_EQ(out.files, 1U);
    EXPECT_EQ(out.notes, std::vector<std::string>{});

    const ImportBundleReport in = import_into(to_);
    EXPECT_EQ(in.events.written, out.events);
    EXPECT_EQ(in.artifacts.placed, 1U);
    EXPECT_EQ(in.sha256, out.sha256);
    EXPECT_EQ(to_.events(), from_.events());
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "a,b\n1,2\n");
    EXPECT_EQ(to_.count("ledger.imported"), 1U);
}

TEST_F(ImportTest, OtherRunsStay) {
    from_.add_run("r1", 1, "one");
    from_.add_run("r2", 1, "two");
    export_to(from_, {"r2"});
    import_into(to_);
    for (const auto& [id, event] : to_.events()) {
        EXPECT_NE(event.find("\"run_id\":\"r2\""), std::string::npos) << event;
    }
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "(none)");
}

TEST_F(ImportTest, TheSecondImportChangesNothing) {
    from_.add_run("r1", 3, "x");
    export_to(from_, {"r1"});
    import_into(to_);
    const auto files = to_.files();
    const ImportBundleReport again = import_into(to_);
    EXPECT_EQ(again.events.written, 0U);
    EXPECT_EQ(again.events.known, from_.events().size());
    EXPECT_EQ(again.artifacts.there, 1U);
    EXPECT_EQ(again.event_id, "");
    EXPECT_EQ(to_.files(), files);
}

TEST_F(ImportTest, ADryRunCountsAndWritesNothing) {
    from_.add_run("r1", 3, "x");
    export_to(from_, {"r1"});
    const ImportBundleReport report = import_into(to_, {.dry_run = true});
    EXPECT_EQ(report.events.written, from_.events().size());
    EXPECT_EQ(report.artifacts.placed, 1U);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

TEST_F(ImportTest, WithoutArtifactsOnlyEventsCome) {
    from_.add_run("r1", 1, "x");
    const ExportReport out = export_to(from_, {"r1"}, {.artifacts = false});
    EXPECT_EQ(out.files, 0U);
    import_into(to_);
    EXPECT_EQ(to_.events(), from_.events());
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "(none)");
}

TEST_F(ImportTest, AFileThatIsNotWhatItsNameSaysIsReplacedByTheBundles) {
    const std::string place = ledger::object_path(sha256_hex("right"));
    from_.add_run("r1", 1);
    from_.put(place, "right");
    from_.emit(fmt::format(R"({{"event_type":"artifact.created","run_id":"r1","artifact_type":)"
                           R"("t","artifact_path":"{}","size_bytes":5,"sha256":"{}"}})",
                           place, sha256_hex("right")));
    export_to(from_, {"r1"});
    to_.put(place, "wrong");
    const ImportBundleReport asked = import_into(to_, {.dry_run = true});
    EXPECT_EQ(asked.artifacts.placed, 1U);
    EXPECT_EQ(asked.notes.size(), 1U);
    EXPECT_EQ(to_.read(place), "wrong");
    const ImportBundleReport in = import_into(to_);
    EXPECT_FALSE(in.has_conflicts());
    EXPECT_EQ(in.artifacts.placed, 1U);
    ASSERT_EQ(in.notes.size(), 1U);
    EXPECT_NE(in.notes[0].find("quarantine/"), std::string::npos) << in.notes[0];
    EXPECT_EQ(to_.read(place), "right");
    EXPECT_TRUE(import_into(to_).notes.empty());
}

TEST_F(ImportTest, FilesThatTheLedgerHasOtherwiseStayAndAreNamed) {
    from_.add_run("r1", 1, "theirs");
    export_to(from_, {"r1"});
    to_.put("artifacts/runs/r1/curve.csv", "mine!!");
    const ImportBundleReport in = import_into(to_);
    EXPECT_TRUE(in.has_conflicts());
    EXPECT_EQ(in.artifacts.conflict_paths, std::vector<std::string>{"artifacts/runs/r1/curve.csv"});
    EXPECT_EQ(to_.read("artifacts/runs/r1/curve.csv"), "mine!!");
}

TEST_F(ImportTest, EventsThatTheLedgerHasOtherwiseStayAndAreNamed) {
    const std::string id = "0193d5e8-0000-7000-8000-000000000001";
    const auto note = [&](std::string_view text) {
        return fmt::format(R"({{"event_type":"run.tagged","event_id":"{}","timestamp_ms":)"
                           R"(1769159700250,"run_id":"r1","tags":{{"a":"{}"}}}})",
                           id, text);
    };
    from_.emit(note("theirs"));
    to_.emit(note("mine"));
    export_to(from_, {"r1"});
    const auto before = to_.events();
    const ImportBundleReport in = import_into(to_);
    EXPECT_EQ(in.events.changed, 1U);
    EXPECT_EQ(in.events.changed_ids, std::vector<std::string>{id});
    EXPECT_EQ(to_.events(), before);
}

// It would lie on another day, and readers would take one of the two.
TEST_F(ImportTest, AnEventOfAnotherDayReplacesNoneOfTheSameId) {
    const auto note = [](std::int64_t ms, std::string_view text) {
        return fmt::format(R"({{"event_type":"run.tagged","event_id":)"
                           R"("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":{},)"
                           R"("run_id":"r1","tags":{{"a":"{}"}}}})",
                           ms, text);
    };
    // As if it had been written late: id and time are of two days.
    constexpr std::int64_t kMs = 1'769'159'700'250;
    constexpr std::int64_t kDayMs = 86'400'000;
    for (const std::int64_t mine : {kMs, kMs - 40 * kDayMs}) {
        for (const std::int64_t theirs : {kMs, kMs + kDayMs, kMs - 90 * kDayMs}) {
            SCOPED_TRACE(fmt::format("{} {}", mine, theirs));
            TestLedger from;
            TestLedger to;
            from.emit(note(theirs, "theirs"));
            to.emit(note(mine, "mine"));
            export_to(from, {"r1"});
            const auto before = to.events();
            const ImportBundleReport in = import_into(to);
            EXPECT_EQ(in.events.changed, 1U);
            EXPECT_EQ(in.events.written, 0U);
            EXPECT_EQ(to.events(), before);
        }
    }
}

TEST_F(ImportTest, RunsThatWereHereAndGetNewEventsAreNamed) {
    from_.add_run("r1", 1);
    from_.add_run("r2", 1);
    export_to(from_, {"r1", "r2"});
    EXPECT_EQ(import_into(to_).extended_runs, std::vector<std::string>{});
    EXPECT_EQ(import_into(to_).extended_runs, std::vector<std::string>{}) << "nothing new";
    from_.emit(R"({"event_type":"run.tagged","run_id":"r1","tags":{"a":"b"}})");
    export_to(from_, {"r1", "r2"});
    EXPECT_EQ(import_into(to_, {.dry_run = true}).extended_runs, std::vector<std::string>{"r1"});
    EXPECT_EQ(import_into(to_).extended_runs, std::vector<std::string>{"r1"});
}

TEST_F(ImportTest, TypesOfUsersComeAlong) {
    from_.add_run("r1", 0);
    const std::string schema =
        R"({"title":"desk.fill","x-version":1,"type":"object","required":["price"],)"
        R"("properties":{"price":{"type":"number"}}})";
    testing::value_of(ledger::register_type(from_.dir(), schema));
    from_.emit(R"({"event_type":"desk.fill","run_id":"r1","price":1.5})");
    export_to(from_, {"r1"});
    const ImportBundleReport in = import_into(to_);
    EXPECT_EQ(in.types, std::vector<std::string>{"desk.fill version 1"});
    EXPECT_EQ(to_.events(), from_.events());
    to_.emit(R"({"event_type":"desk.fill","run_id":"r2","price":2})");
}

TEST_F(ImportTest, WhoFindsTheLockHeldIsToldHowToWait) {
    from_.add_run("r1", 1);
    export_to(from_, {"r1"});
    to_.add_run("r2", 1);
    const auto lock = testing::value_of(os::LockFile::acquire(to_.dir().lifecycle_lock_path(), 0));
    const auto refused = import_bundle(to_.dir(), bundle_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kBusy);
    EXPECT_NE(refused.error().message().find("--wait SECONDS"), std::string::npos);
}

TEST_F(ImportTest, EachCutOfABundleIsRefusedAndLeavesNoTrace) {
    from_.add_run("r1", 1, "some bytes");
    export_to(from_, {"r1"});
    const std::string whole = testing::value_of(os::read_file(bundle_, 1 << 20));
    for (std::size_t cut = 0; cut < whole.size(); cut += 1 + whole.size() / 200) {
        SCOPED_TRACE(cut);
        testing::expect_ok(os::write_file_atomic(bundle_, whole.substr(0, cut)));
        EXPECT_FALSE(import_bundle(to_.dir(), bundle_));
    }
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

// Some bits of zstd say nothing of the content.
TEST_F(ImportTest, WithEachChangedByteItIsRefusedWithoutATraceOrWhole) {
    from_.add_run("r1", 1, "some bytes");
    export_to(from_, {"r1"});
    const std::string whole = testing::value_of(os::read_file(bundle_, 1 << 20));
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 200) {
        SCOPED_TRACE(at);
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        testing::expect_ok(os::write_file_atomic(bundle_, changed));
        const TestLedger to;
        if (import_bundle(to.dir(), bundle_)) {
            EXPECT_EQ(to.events(), from_.events());
            EXPECT_EQ(to.read("artifacts/runs/r1/curve.csv"), "some bytes");
        } else {
            EXPECT_EQ(to.files(), (std::map<std::string, std::string>{}));
        }
    }
}

}  // namespace
}  // namespace daybook::lifecycle
