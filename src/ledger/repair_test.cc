#include "ledger/repair.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ledger/event_log.h"
#include "ledger/part_survey.h"
#include "ledger/seal.h"
#include "ledger/verify.h"
#include "log/held_part.h"
#include "log/scan.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

using log::whole_line;
namespace fs = std::filesystem;

std::string record(const std::string& id, std::uint64_t seq, std::uint64_t synced = 0) {
    std::string line = whole_line(id, seq, synced);
    line.pop_back();
    return line;
}

// In place of archives: files that have left events/.
class MovedParts final : public log::ArchivedParts {
public:
    void take(const log::Layout& layout, const log::PartInfo& part, const std::string& path) {
        ASSERT_TRUE(os::rename(layout.part_path(part.id), path));
        parts_.push_back(part);
        parts_.back().archived = true;
        paths_[part.id] = path;
    }

    Result<std::vector<log::PartInfo>> list() const override { return parts_; }
    Result<log::OpenPart> open(const log::PartId& part) const override {
        const std::string& path = paths_.at(part);
        ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        return log::OpenPart{.fd = std::move(fd), .path = path, .archived = true};
    }
    Result<std::optional<log::PartEnds>> ends(const log::PartId&) const override {
        return std::nullopt;
    }

private:
    std::vector<log::PartInfo> parts_;
    std::map<log::PartId, std::string> paths_;
};

class RepairTest : public log::LogTest {
protected:
    RepairReport run(bool dry_run = false) {
        Result<RepairReport> report = repair(ledger_, {.dry_run = dry_run, .archives = archives_});
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : RepairReport();
    }
    static std::vector<std::string> steps(const RepairReport& report) {
        std::vector<std::string> words;
        for (const RepairStep& step : report.steps) {
            words.push_back(fmt::format("{} {} {}+{}", to_string(step.action), step.kind,
                                        step.offset.value(), step.bytes));
        }
        return words;
    }
    // Every file below the ledger, by name.
    std::map<std::string, std::string> tree() const {
        std::map<std::string, std::string> files;
        if (!fs::exists(ledger_.root())) return files;
        for (const auto& entry : fs::recursive_directory_iterator(ledger_.root())) {
            if (!entry.is_regular_file()) {
                files[entry.path()] = "directory";
                continue;
            }
            std::ifstream file(entry.path(), std::ios::binary);
            files[entry.path()] = std::string(std::istreambuf_iterator<char>(file), {});
        }
        return files;
    }
    // How often the event is there, in whole lines.
    int copies(const std::string& id) {
        const std::vector<std::string> ids = read_ids();
        return static_cast<int>(std::count(ids.begin(), ids.end(), id));
    }
    VerifyReport verified() { return verify(ledger_).value(); }
    // What a second run finds: nothing that it would do.
    void expect_done() {
        const RepairReport again = run();
        EXPECT_FALSE(again.has_work()) << steps(again).front();
        EXPECT_TRUE(verified().clean());
    }

    LedgerDir ledger_{layout_.root()};
    std::shared_ptr<const log::ArchivedParts> archives_;
};

using Steps = std::vector<std::string>;

TEST_F(RepairTest, AGoodLogIsLeftAlone) {
    put_part(1, whole_line("a", 1) + whole_line("b", 2, 1));
    EXPECT_EQ(steps(run()), Steps{});
    EXPECT_EQ(evidence().size(), 0u);
    EXPECT_FALSE(fs::exists(ledger_.quarantine_dir()));
}

TEST_F(RepairTest, ARecordGluedToAFragmentIsAppendedAgain) {
    const std::string a = whole_line("a", 1);
    const std::string glued = R"({"event_type":"run.sta)" + record("b", 2);
    const std::string before = a + glued + "\n" + whole_line("c", 3);
    put_part(1, before);
    const RepairReport report = run();
    EXPECT_EQ(steps(report), Steps{fmt::format("copy damaged {}+{}", a.size(), glued.size() + 1)});
    EXPECT_EQ(report.recovered, 1u);
    EXPECT_EQ(report.unsaved, 0u);
    EXPECT_EQ(part_bytes(1).substr(0, before.size()), before);
    EXPECT_EQ(copies("b"), 1);
    const std::string kept =
        ledger_.quarantine_dir() + "/2026-01-23.part-000001." + std::to_string(a.size()) + ".bytes";
    EXPECT_EQ(os::read_file(kept, 1 << 20).value(), glued + "\n");
    EXPECT_NE(os::read_file(kept + ".json", 1 << 20).value().find(R"("event_id": "b")"),
              std::string::npos);
    expect_done();
    EXPECT_EQ(copies("b"), 1);
}

TEST_F(RepairTest, ARecordThatIsInTheLogIsNotAppendedAgain) {
    put_part(1, whole_line("a", 1) + "garbage" + record("b", 2) + "\n" + whole_line("b", 3));
    const RepairReport report = run();
    EXPECT_EQ(report.recovered, 0u);
    EXPECT_EQ(copies("b"), 1);
    expect_done();
}

TEST_F(RepairTest, WhatARepairHasSaidAndAppendedCountsWhenItIsArchived) {
    put_part(1, whole_line("a", 1) + "half" + record("b", 2) + "\n" + whole_line("d", 4));
    EXPECT_EQ(run().recovered, 1U);
    const auto archives = std::make_shared<MovedParts>();
    const std::vector<log::PartInfo> parts = log::list_parts(layout_).value();
    for (const log::PartInfo& part : parts) {
        if (part.id.day == log::kToday) continue;
        archives->take(layout_, part,
                       fmt::format("{}/moved-{}", ledger_.root(), part.size.value()));
    }
    EXPECT_TRUE(run(true).has_work());
    archives_ = archives;
    const RepairReport again = run(true);
    EXPECT_EQ(steps(again), Steps{});
    EXPECT_EQ(again.parts, 1U);
}

TEST_F(RepairTest, ARecordThatIsArchivedIsNotAppendedAgain) {
    put_part(1, whole_line("a", 1) + "half" + record("b", 2) + "\n");
    put_part(2, whole_line("b", 1));
    EXPECT_EQ(run(true).recovered, 0U);
    const auto archives = std::make_shared<MovedParts>();
    archives->take(layout_, log::list_parts(layout_).value()[1], ledger_.root() + "/moved");
    EXPECT_EQ(run(true).recovered, 1U);
    archives_ = archives;
    EXPECT_EQ(run(true).recovered, 0U);
}

TEST_F(RepairTest, ARecordThatWasFoundTwiceIsAppendedOnce) {
    put_part(1, "x" + record("b", 1) + "\n" + whole_line("c", 2));
    put_part(2, "y" + record("b", 1) + "\n" + whole_line("d", 2));
    EXPECT_EQ(run().recovered, 1u);
    EXPECT_EQ(copies("b"), 1);
    expect_done();
}

TEST_F(RepairTest, RecordsBetweenNulsAndGluedToEachOtherAreAppendedAgain) {
    put_part(1, whole_line("a", 1) + std::string(4096, '\0') + record("b", 2) + record("c", 3) +
                    std::string(100, '\0') + "\n" + whole_line("d", 4));
    EXPECT_EQ(run().recovered, 2u);
    EXPECT_EQ(copies("b") + copies("c"), 2);
    expect_done();
}

TEST_F(RepairTest, ALineOfAnotherToolsThatHasTheShapeOfAnObjectAndIsNoJsonIsKept) {
    const std::string theirs =
        R"({"event_type":"trial.recorded","event_id":"1769126400000_0000000a",)"
        R"("timestamp_ms":1769126400000,"run_id":"r","metrics":{"x":"b"c}})";
    put_part(1, theirs + "\n" + whole_line("a", 1));
    const RepairReport report = run();
    EXPECT_EQ(report.recovered, 0u);
    bool is_kept = false;
    for (const auto& [path, text] : tree()) {
        is_kept =
            is_kept || (path.find("/quarantine/") != std::string::npos && text == theirs + "\n");
    }
    EXPECT_TRUE(is_kept);
    expect_done();
}

// Python's json writes them: nothing is lost of it, neither what it was nor the event.
TEST_F(RepairTest, AnEventWithNaNIsAppendedAsOneThatReadersTake) {
    const std::string theirs =
        R"({"event_type": "trial.recorded", "timestamp_ms": 1769126400000, "run_id": "r", )"
        R"("trial_id": "t", "params": {}, "metrics": {"x": NaN}, )"
        R"("event_id": "1769126400000_0000000a"})";
    put_part(1, "{\"half" + theirs + "\n" + whole_line("a", 1));
    const RepairReport report = run();
    EXPECT_EQ(report.recovered, 1u);
    bool is_there = false;
    bool is_kept = false;
    for (const auto& [path, text] : tree()) {
        is_there = is_there || text.find(R"("metrics":{"x":null},"event_id":)"
                                         R"("1769126400000_0000000a","nonfinite":{"/metrics/x":)"
                                         R"("NaN"},"seq":)") != std::string::npos;
        is_kept = is_kept || (path.find("/quarantine/") != std::string::npos &&
                              text == "{\"half" + theirs + "\n");
    }
    EXPECT_TRUE(is_there);
    EXPECT_TRUE(is_kept);
    expect_done();
}

TEST_F(RepairTest, ATornTailGoesToTornAndTheRecordInItIsAppended) {
    const std::string a = whole_line("a", 1);
    put_part(1, a + R"({"event_ty)" + record("b", 2));
    const RepairReport report = run();
    EXPECT_EQ(steps(report).front().substr(0, 8), "cut torn");
    EXPECT_EQ(copies("b"), 1);
    ASSERT_EQ(evidence().size(), 1u);
    EXPECT_EQ(evidence().begin()->second, R"({"event_ty)" + record("b", 2));
    EXPECT_EQ(part_bytes(1).substr(0, a.size()), a);
    expect_done();
}

TEST_F(RepairTest, ATornTailWithoutARecordIsCut) {
    const std::string a = whole_line("a", 1);
    put_part(1, a + record("b", 2).substr(0, 40));
    EXPECT_EQ(steps(run()), Steps{fmt::format("cut torn {}+40", a.size())});
    EXPECT_EQ(run().unsaved, 0u);
    ASSERT_EQ(evidence().size(), 1u);
    EXPECT_EQ(evidence().begin()->second, record("b", 2).substr(0, 40));
    expect_done();
}

TEST_F(RepairTest, WhatAWriterCutOffEarlierIsSearchedToo) {
    put_part(1, whole_line("a", 1));
    ASSERT_TRUE(os::make_dirs(layout_.torn_dir()));
    put_file(layout_.torn_path(log::part_of_today(1), ByteOffset(99)), "half" + record("b", 2));
    const RepairReport report = run();
    EXPECT_EQ(steps(report).front().substr(0, 11), "rescue torn");
    EXPECT_EQ(copies("b"), 1);
    expect_done();
}

TEST_F(RepairTest, ATailThatAWriterHoldsIsLeft) {
    put_part(1, whole_line("a", 1) + "{\"event_ty");
    const auto held = log::hold_part(layout_, log::part_of_today(1)).value();
    ASSERT_TRUE(held);
    const RepairReport report = run();
    EXPECT_EQ(steps(report).front().substr(0, 10), "leave held");
    EXPECT_FALSE(report.has_work());
    EXPECT_EQ(part_bytes(1), whole_line("a", 1) + "{\"event_ty");
}

TEST_F(RepairTest, ASealedPartIsNotCut) {
    const std::string bytes = whole_line("a", 1) + "{\"event_ty";
    put_part(1, bytes);
    const log::PartId part = log::part_of_today(1);
    Seal seal;
    seal.part = part;
    seal.facts = survey_part(layout_, part, bytes.size()).value();
    seal.sha256 = sha256_hex(bytes);
    put_file(layout_.seal_path(part), encode_seal(seal));
    EXPECT_EQ(steps(run()), Steps{fmt::format("copy unfinished {}+10", bytes.size() - 10)});
    EXPECT_EQ(part_bytes(1), bytes);
    expect_done();
}

TEST_F(RepairTest, AnotherToolsUnfinishedLineIsLeftForItsOwner) {
    put_part(1, whole_line("a", 1) + R"({"event_type":"x"})");
    const RepairReport report = run();
    EXPECT_EQ(steps(report).front().substr(0, 13), "leave foreign");
    EXPECT_EQ(report.left, 1u);
}

TEST_F(RepairTest, WhatIsGoneIsSaidWithItsNumbers) {
    std::string flipped = whole_line("b", 2);
    flipped[20] = static_cast<char>(flipped[20] ^ 1);
    put_part(1, whole_line("a", 1) + flipped + whole_line("e", 5, 3) + whole_line("g", 7));
    const RepairReport report = run();
    ASSERT_EQ(report.steps.size(), 3u);
    EXPECT_EQ(report.steps[0].kind, "damaged");
    EXPECT_EQ(report.steps[1].kind, "lost");
    EXPECT_EQ(report.steps[1].detail,
              "seq 2 to 4 are gone; synced up to 3 is on record: some were promised to survive "
              "power loss");
    EXPECT_EQ(report.steps[2].kind, "missing");
    EXPECT_EQ(report.steps[2].detail, "seq 6 is gone; no sync is on record for it: never promised");
    EXPECT_EQ(report.unsaved, 4u);
    expect_done();
    EXPECT_EQ(run().unsaved, 0u);
}

TEST_F(RepairTest, DamageAtTheEndIsCountedByItsLines) {
    put_part(1, whole_line("a", 1) + "half" + record("b", 2) + "\nbad\n" + std::string(9, '\0') +
                    "\nworse\n");
    const RepairReport report = run();
    ASSERT_EQ(report.steps.size(), 1u);
    EXPECT_EQ(report.steps[0].detail,
              fmt::format("bad_checksum; 4 lines in a row: t b at offset {} is appended again; no "
                          "whole record in 2 lines",
                          whole_line("a", 1).size() + 4));
    EXPECT_EQ(report.unsaved, 2u);
    expect_done();
}

TEST_F(RepairTest, ABuriedRecordTellsWhatWasSynced) {
    std::string flipped = whole_line("a", 1);
    flipped[20] = static_cast<char>(flipped[20] ^ 1);
    put_part(1, flipped + "half" + record("b", 2, 1) + "\n" + whole_line("c", 3));
    const RepairReport report = run();
    ASSERT_EQ(report.steps.size(), 2u);
    EXPECT_EQ(report.steps[1].detail,
              "seq 1 is gone; synced up to 1 is on record: it was promised to survive power loss");
    expect_done();
}

TEST_F(RepairTest, NewDamageIsNewsAfterARepair) {
    std::string bytes = whole_line("a", 1) + "bad\n" + whole_line("c", 3);
    put_part(1, bytes);
    EXPECT_TRUE(run().has_work());
    EXPECT_TRUE(verified().clean());
    bytes[bytes.find("bad")] = 'B';
    put_part(1, bytes);
    EXPECT_FALSE(verified().clean());
    EXPECT_TRUE(run().has_work());
    EXPECT_TRUE(verified().clean());
    bytes[5] = static_cast<char>(bytes[5] ^ 1);
    put_part(1, bytes);
    EXPECT_FALSE(verified().clean());
}

TEST_F(RepairTest, AStrayTemporaryFileIsKeptInQuarantine) {
    put_part(1, whole_line("a", 1));
    const std::string stray = ledger_.root() + "/ledger.json.tmp-2147483647";
    put_file(stray, "half");
    fs::last_write_time(stray, fs::file_time_type::clock::now() - std::chrono::hours(2));
    EXPECT_EQ(steps(run()), Steps{"move stray 0+0"});
    EXPECT_FALSE(fs::exists(stray));
    int kept = 0;
    for (const auto& entry : fs::directory_iterator(ledger_.quarantine_dir())) {
        if (entry.path().extension() == ".json") continue;
        ++kept;
        EXPECT_EQ(os::read_file(entry.path(), 100).value(), "half");
        EXPECT_TRUE(fs::exists(entry.path().string() + ".json"));
    }
    EXPECT_EQ(kept, 1);
    expect_done();
}

TEST_F(RepairTest, ABrokenRegistryIsNotGuessedAt) {
    put_part(1, whole_line("a", 1));
    put_file(ledger_.schema_registry_path(), "{half");
    const RepairReport report = run();
    EXPECT_EQ(steps(report), Steps{"leave unreadable 0+0"});
    EXPECT_NE(report.steps[0].detail.find("move the file away"), std::string::npos);
    EXPECT_EQ(report.left, 1u);
    EXPECT_EQ(os::read_file(ledger_.schema_registry_path(), 100).value(), "{half");
}

TEST_F(RepairTest, ABrokenOrNewerManifestStopsIt) {
    put_part(1, "bad\n");
    put_file(ledger_.manifest_path(), "{half");
    EXPECT_EQ(repair(ledger_).error().code(), ErrorCode::kCorrupt);
    put_file(ledger_.manifest_path(), R"({"format":2,"ledger_id":"x"})");
    EXPECT_EQ(repair(ledger_).error().code(), ErrorCode::kUnsupported);
    EXPECT_FALSE(fs::exists(ledger_.quarantine_dir()));
}

TEST_F(RepairTest, WhereThereIsNoLedgerItCannotLook) {
    EXPECT_EQ(repair(ledger_).error().code(), ErrorCode::kNotFound);
}

// One of everything.
class WreckTest : public RepairTest {
protected:
    void wreck() {
        fs::remove_all(ledger_.root());
        put_part(1, whole_line("a", 1) + "half" + record("b", 2) + "\n" + whole_line("c", 3, 2) +
                        "bad\n" + whole_line("f", 6) + record("g", 7).substr(0, 50));
        put_part(2, std::string(600, '\0') + record("h", 1) + "\n" + whole_line("i", 2) + "x" +
                        record("j", 3));
        put_file(ledger_.root() + "/ledger.json.tmp-2147483647", "half");
        fs::last_write_time(ledger_.root() + "/ledger.json.tmp-2147483647",
                            fs::file_time_type::clock::now() - std::chrono::hours(2));
    }
    void expect_all_saved() {
        for (const char* id : {"a", "b", "c", "f", "h", "i", "j"}) EXPECT_EQ(copies(id), 1) << id;
        EXPECT_TRUE(verified().clean());
    }
};

TEST_F(WreckTest, ADryRunSaysTheSameAndTouchesNothing) {
    wreck();
    const auto before = tree();
    const RepairReport planned = run(/*dry_run=*/true);
    EXPECT_EQ(tree(), before);
    const RepairReport done = run();
    EXPECT_EQ(steps(planned), steps(done));
    EXPECT_EQ(planned.recovered, 3u);
    EXPECT_EQ(done.unsaved, 2u);
    expect_all_saved();
    expect_done();
}

TEST_F(WreckTest, NothingThatWasThereIsDestroyed) {
    wreck();
    const auto before = tree();
    run();
    std::string after;
    for (const auto& [path, content] : tree()) after += content;
    for (const auto& [path, content] : before) {
        // Of the two torn tails the cut bytes are in torn/.
        const std::size_t whole = content.rfind('\n') + 1;
        EXPECT_NE(after.find(content.substr(0, whole)), std::string::npos) << path;
        EXPECT_NE(after.find(content.substr(whole)), std::string::npos) << path;
    }
}

TEST_F(WreckTest, WhicheverCallFailsItCanBeRunAgain) {
    wreck();
    int calls = 0;
    {
        const os::Faults faults;
        run();
        calls = faults.count();
    }
    ASSERT_GT(calls, 50);
    for (int nth = 1; nth <= calls; ++nth) {
        const int error_number = nth % 2 == 0 ? EIO : ENOSPC;
        SCOPED_TRACE(fmt::format("call {} fails with {}", nth, error_number));
        wreck();
        {
            os::Faults faults;
            faults.fail(nth, error_number);
            (void)repair(ledger_);
        }
        run();
        expect_all_saved();
        expect_done();
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace daybook::ledger
