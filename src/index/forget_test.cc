#include "index/forget.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "archive/retained_days.h"
#include "archive/rewrite.h"
#include "archive/test_archive.h"
#include "base/random.h"
#include "index/builder.h"
#include "index/check.h"
#include "index/overlay.h"
#include "os/test_support.h"
#include "support/random_events.h"

namespace daybook::index {
namespace {

constexpr std::int64_t kHalfDayMs = 43'200'000;

// A ledger whose days are archived, and out of which runs are removed.
class RetainedLedger {
public:
    const ledger::LedgerDir& dir() const { return dir_; }

    // Lines as they are, each into a part of its event's day; what is no event comes on day 1.
    void write(const std::vector<std::string>& lines, std::size_t lines_a_part) {
        std::map<Day, std::vector<std::string>> by_day;
        for (const std::string& line : lines) by_day[day_of_line(line)].push_back(line);
        for (const auto& [day, of_day] : by_day) {
            for (std::size_t i = 0; i < of_day.size(); ++i) {
                std::string& text = parts_[{
                    .day = day,
                    .number = log::PartNumber(static_cast<std::uint32_t>(1 + i / lines_a_part))}];
                text += of_day[i] + "\n";
            }
        }
        for (const auto& [part, text] : parts_) {
            const std::string path = dir_.layout().part_path(part);
            testing::expect_ok(os::make_dirs(os::parent_path(path)));
            testing::expect_ok(os::write_file_atomic(path, text));
        }
    }

    void archive() {
        std::map<Day, std::vector<archive::SealedPart>> days;
        for (const auto& [part, text] : parts_) {
            days[part.day].push_back({.part = part,
                                      .path = dir_.layout().part_path(part),
                                      .bytes = text.size(),
                                      .sha256 = sha256_hex(text),
                                      .seal_sha256 = std::string(64, 'a')});
        }
        for (const auto& [day, parts] : days) {
            testing::expect_ok(os::make_dirs(layout_.day_dir(day)));
            const std::string name = archive::file_name(archive::FileNumber(1));
            archive::WrittenFile written = testing::value_of(
                archive::write_archive(layout_.file_path(day, name), name, parts));
            testing::expect_ok(archive::write_manifest(
                layout_, {.day = day, .files = {written.file}, .parts = std::move(written.parts)}));
            for (const archive::SealedPart& part : parts) {
                testing::expect_ok(os::remove_file(part.path));
            }
        }
        parts_.clear();
    }

    std::vector<Day> days() { return testing::value_of(archive::list_days(layout_)); }

    // Removes the runs' events from a day, as a retention does that is decided for all `days`.
    void retain(Day day, const std::vector<std::string>& runs, const archive::RemoveEvent& removes,
                const std::vector<Day>& all_days, const std::string& event_id) {
        archive::Manifest manifest = *testing::value_of(archive::read_manifest(layout_, day));
        bool removed = false;
        for (const archive::ArchiveFile& file : std::vector(manifest.files)) {
            const auto number = testing::value_of(archive::next_file_number(layout_, manifest));
            const auto rewritten =
                testing::value_of(archive::rewrite_file(layout_, manifest, file, number, removes));
            if (rewritten.totals.events_removed == 0) continue;
            if (rewritten.file) {
                const std::string path = layout_.file_path(day, rewritten.file->name);
                testing::expect_ok(os::rename(path + ".tmp", path));
            }
            manifest = archive::with_rewritten(std::move(manifest), file, rewritten);
            removed = true;
        }
        if (!removed) return;
        manifest.retained.push_back({.event_id = event_id,
                                     .at = "2026-01-23T00:00:00.000Z",
                                     .runs = runs,
                                     .summaries = "keep",
                                     .other = archive::encode_retained_days(all_days)});
        testing::expect_ok(archive::write_manifest(layout_, manifest));
    }

    BuildReport build(const BuildOptions& options = {}) {
        return testing::value_of(index::build(dir_.root(), options));
    }
    // What an index that is made anew says.
    std::string rebuilt_digest() {
        const std::string directory = temp_ / fmt::format("anew-{}", ++rebuilds_);
        testing::expect_ok(os::make_dirs(directory));
        return build({.index_dir = directory}).digest;
    }

private:
    static Day day_of_line(const std::string& line) {
        json::EnvelopeReader reader;
        const auto envelope = reader.read(line);
        return envelope ? day_of(envelope->timestamp) : Day(0);
    }

    os::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    archive::ArchiveLayout layout_{dir_};
    std::map<log::PartId, std::string> parts_;
    int rebuilds_ = 0;
};

archive::RemoveEvent all_of(const std::vector<std::string>& runs, bool keeps_ends = false) {
    return [runs, keeps_ends](const archive::ArchivedEvent& event) {
        const bool is_one =
            std::find(runs.begin(), runs.end(), std::string(event.run_id)) != runs.end();
        return is_one && !(keeps_ends && event.event_type.starts_with("run."));
    };
}

// What retention leaves of a random history, round after round.
void check_history(std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SeededRandom random(seed);
    const testing::Pick pick = [&random](std::uint64_t below) { return random.next() % below; };
    testing::RandomHistory history(
        pick, {.runs = 4, .times = 6, .ms_between_times = kHalfDayMs, .conflict_in = 0});
    RetainedLedger ledger;
    ledger.write(history.lines(20 + pick(60)), 2 + pick(6));
    ledger.build();
    ledger.archive();
    const bool keeps_ends = pick(2) == 0;
    for (int round = 0; round < 2; ++round) {
        std::vector<std::string> runs;
        for (const char* run : {"run-0", "run-1", "run-2", "run-3"}) {
            if (pick(3) == 0) runs.emplace_back(run);
        }
        if (runs.empty()) runs.emplace_back("run-1");
        const std::vector<Day> days = ledger.days();
        for (const Day day : days) {
            ledger.retain(day, runs, all_of(runs, keeps_ends), days,
                          fmt::format("retained-{}-{}", round, to_string(day)));
            if (pick(3) != 0) continue;
            // A retention that was cut short here would leave this.
            const BuildReport report = ledger.build();
            EXPECT_EQ(report.rebuilt, "");
            EXPECT_EQ(report.digest, ledger.rebuilt_digest());
        }
        const BuildReport report = ledger.build();
        EXPECT_EQ(report.rebuilt, "");
        EXPECT_EQ(report.digest, ledger.rebuilt_digest());
    }
    const CheckReport check = testing::value_of(index::check(ledger.dir().root()));
    EXPECT_TRUE(check.is_equal());
}

TEST(Forget, AfterEachDayOfARetentionTheIndexIsWhatARebuildMakes) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) check_history(seed);
}

std::string line(std::string_view type, std::string_view id, std::int64_t half_days,
                 std::string_view run_id, std::string_view fields = "") {
    return fmt::format(R"({{"event_type":"{}","event_id":"{}","timestamp_ms":{},"run_id":"{}"{}}})",
                       type, id, half_days * kHalfDayMs, run_id, fields);
}

class ForgetTest : public ::testing::Test {
protected:
    void write_two_runs() {
        ledger_.write({line("run.created", "1", 2, "a"), line("run.started", "2", 2, "a"),
                       line("run.created", "3", 2, "b"),
                       line("run.tagged", "4", 6, "b", R"(,"tags":{"k":"v"})"),
                       line("run.cancelled", "5", 4, "a")},
                      2);
    }
    std::vector<std::string> runs() {
        Overlay overlay = testing::value_of(Overlay::open(
            ledger_.dir().root(), IndexLayout(ledger_.dir().root()).snapshot_path(), {}));
        EXPECT_EQ(overlay.obstacle(), "");
        testing::expect_ok(overlay.apply());
        auto [database, connection] = std::move(overlay).release();
        duck::Rows rows =
            testing::value_of(connection.query("SELECT run_id FROM runs_status ORDER BY 1"));
        std::vector<std::string> ids;
        while (testing::value_of(rows.next())) ids.push_back(rows.text(0));
        return ids;
    }

    RetainedLedger ledger_;
};

TEST_F(ForgetTest, ASnapshotFromBeforeARetentionIsNotAnsweredFrom) {
    write_two_runs();
    ledger_.build();
    ledger_.archive();
    EXPECT_EQ(runs(), (std::vector<std::string>{"a", "b"})) << "archived or not makes no odds";
    ledger_.retain(Day(1), {"a"}, all_of({"a"}), {Day(1), Day(2)}, "e");
    const Overlay overlay = testing::value_of(
        Overlay::open(ledger_.dir().root(), IndexLayout(ledger_.dir().root()).snapshot_path(), {}));
    EXPECT_EQ(overlay.obstacle(), "retention has removed lines of the log");
    const auto checked = index::check(ledger_.dir().root());
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().code(), ErrorCode::kUnsupported);

    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.rebuilt, "");
    EXPECT_EQ(report.events, 1U) << "of the other day's event of a alone";
    EXPECT_EQ(runs(), (std::vector<std::string>{"a", "b"}));
    ledger_.retain(Day(2), {"a"}, all_of({"a"}), {Day(1), Day(2)}, "f");
    ledger_.build();
    EXPECT_EQ(runs(), std::vector<std::string>{"b"});
}

TEST_F(ForgetTest, WhatHasComeSinceTheDecisionIsReadAgain) {
    write_two_runs();
    ledger_.build();
    ledger_.archive();
    // A tag of a, on a day of which the retention knows nothing.
    ledger_.write({line("run.tagged", "6", 20, "a", R"(,"tags":{"late":"yes"})")}, 2);
    ledger_.build();
    for (const Day day : {Day(1), Day(2)}) {
        ledger_.retain(day, {"a"}, all_of({"a"}), {Day(1), Day(2)}, to_string(day));
    }
    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.rebuilt, "");
    EXPECT_EQ(report.digest, ledger_.rebuilt_digest());
    EXPECT_EQ(runs(), (std::vector<std::string>{"a", "b"}));
}

// The first tag is shown by no row: the second one has taken its place.
TEST_F(ForgetTest, EventsThatNoRowShowsAreReadAgainToo) {
    write_two_runs();
    ledger_.build();
    ledger_.archive();
    ledger_.write({line("run.tagged", "6", 20, "a", R"(,"tags":{"late":"yes"})"),
                   line("run.tagged", "7", 24, "a", R"(,"tags":{"late":"no"})")},
                  2);
    ledger_.build();
    for (const Day day : {Day(1), Day(2)}) {
        ledger_.retain(day, {"a"}, all_of({"a"}), {Day(1), Day(2)}, to_string(day));
    }
    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.rebuilt, "");
    EXPECT_EQ(report.digest, ledger_.rebuilt_digest());
    const auto checked = testing::value_of(index::check(ledger_.dir().root()));
    for (const auto& comparison : checked.comparisons) {
        EXPECT_FALSE(comparison.difference.has_value()) << comparison.difference->table;
    }
}

// Whichever content counts: some of them are of the run that goes.
TEST_F(ForgetTest, WhereIdsAreSharedWithRunsThatGoAllIsReadAgain) {
    write_two_runs();
    std::vector<std::string> lines;
    for (const char* id : {"x1", "x2", "x3", "x4", "x5", "x6"}) {
        for (const auto& [run, half_days] : {std::pair("a", 2), std::pair("b", 8)}) {
            lines.push_back(
                line("trial.recorded", id, half_days, run,
                     fmt::format(R"(,"trial_id":"{}","params":{{}},"metrics":{{}})", id)));
        }
    }
    ledger_.write(lines, 20);
    ledger_.build();
    ledger_.archive();
    for (const Day day : {Day(1), Day(2)}) {
        ledger_.retain(day, {"a"}, all_of({"a"}), {Day(1), Day(2)}, to_string(day));
    }
    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.rebuilt,
              "events of runs that were removed have ids that other events have, which count now");
    EXPECT_EQ(report.digest, ledger_.rebuilt_digest());
}

TEST_F(ForgetTest, WhereTheManifestDoesNotSayWhatWentAllIsReadAgain) {
    write_two_runs();
    ledger_.build();
    ledger_.archive();
    ledger_.retain(Day(1), {"a"}, all_of({"a"}), {Day(1), Day(2)}, "e");
    const archive::ArchiveLayout layout(ledger_.dir());
    archive::Manifest manifest = *testing::value_of(archive::read_manifest(layout, Day(1)));
    manifest.retained.clear();
    testing::expect_ok(archive::write_manifest(layout, manifest));
    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.rebuilt,
              "lines of 1970-01-02 have been removed, and its manifest does not say by what");
    EXPECT_EQ(report.digest, ledger_.rebuilt_digest());
}

TEST_F(ForgetTest, EventsThatComeBackCountAgain) {
    write_two_runs();
    ledger_.build();
    ledger_.archive();
    for (const Day day : {Day(1), Day(2)}) {
        ledger_.retain(day, {"a"}, all_of({"a"}), {Day(1), Day(2)}, to_string(day));
    }
    ledger_.build();
    EXPECT_EQ(runs(), std::vector<std::string>{"b"});
    // As an import would write it: the same event, in another part.
    const log::PartId part{.day = Day(1), .number = log::PartNumber(9)};
    testing::expect_ok(os::make_dirs(os::parent_path(ledger_.dir().layout().part_path(part))));
    testing::expect_ok(os::write_file_atomic(ledger_.dir().layout().part_path(part),
                                             line("run.created", "1", 2, "a") + "\n"));
    const BuildReport report = ledger_.build();
    EXPECT_EQ(report.events, 1U);
    EXPECT_EQ(report.duplicates, 0U);
    EXPECT_EQ(report.digest, ledger_.rebuilt_digest());
}

}  // namespace
}  // namespace daybook::index
