#include "index/overlay.h"

#include "base/random.h"
#include "index/builder.h"
#include "support/index_memory.h"
#include "support/history_ledger.h"
#include "support/ledger_lines.h"
#include "support/random_events.h"

namespace daybook::index {
namespace {

class OverlayTest : public ::testing::Test {
protected:
    Overlay open() {
        const std::string snapshot = IndexLayout(ledger_.root()).snapshot_path();
        const bool is_there = testing::value_of(os::exists(snapshot));
        return testing::value_of(Overlay::open(ledger_.root(), is_there ? snapshot : "", {}));
    }

    testing::LedgerLines ledger_;
};

TEST_F(OverlayTest, TheTailIsWhatTheSnapshotLacks) {
    ledger_.created("a", 1);
    const std::uint64_t first = open().tail_bytes();
    EXPECT_GT(first, 50U);
    testing::value_of(build(ledger_.root()));
    EXPECT_EQ(open().tail_bytes(), 0U);
    ledger_.created("b", 1);
    EXPECT_EQ(open().tail_bytes(), first);
}

TEST_F(OverlayTest, TheSnapshotAloneAnswersWhenAskedFor) {
    ledger_.created("a", 1);
    testing::value_of(build(ledger_.root()));
    ledger_.created("b", 1);
    Overlay overlay = open();
    testing::expect_ok(overlay.skip_tail());
    auto [database, connection] = std::move(overlay).release();
    duck::Rows rows = testing::value_of(connection.query("SELECT run_id FROM latest_runs"));
    ASSERT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.text(0), "a");
    EXPECT_FALSE(testing::value_of(rows.next()));
}

// All rows but the cursors' and the ledger's own, sorted.
std::vector<std::string> all_rows(duck::Connection& connection) {
    std::vector<std::string> all;
    std::vector<std::string> names(table_names().begin(), table_names().end());
    names.insert(names.end(), {"latest_runs", "run_phase_summary", "run_tree", "trial_values"});
    for (const std::string& name : names) {
        duck::Rows rows =
            testing::value_of(connection.query("SELECT * FROM " + name + " ORDER BY ALL"));
        while (testing::value_of(rows.next())) {
            std::string line = name;
            for (std::size_t i = 0; i < rows.column_count(); ++i) line += " | " + rows.text(i);
            all.push_back(line);
        }
    }
    return all;
}

// The rows of `rows` that `others` lacks: whole vectors are cut short where they are printed.
std::vector<std::string> rows_lacking(std::vector<std::string> others,
                                      std::vector<std::string> rows) {
    std::ranges::sort(others);
    std::ranges::sort(rows);
    std::vector<std::string> lacking;
    std::ranges::set_difference(rows, others, std::back_inserter(lacking));
    return lacking;
}

// A snapshot of the first lines of a history, and the rest of it as the tail: the rows must be
// those of an index of the whole history.
void expect_tail_equals_build(std::uint64_t seed) {
    SeededRandom random(seed);
    const testing::Pick pick = [&](std::uint64_t limit) { return random.next() % limit; };
    testing::RandomHistory history(pick, {});
    const testing::TempDir parent;
    testing::HistoryLedger ledger(parent.path() + "/");
    const std::size_t lines = 1 + pick(60);
    const std::size_t cut = pick(lines + 1);
    for (std::size_t i = 0; i < lines; ++i) {
        if (i == cut) testing::value_of(build(ledger.root()));
        ledger.append(pick(5), history.line());
    }
    const std::string snapshot = cut < lines ? ledger.layout().snapshot_path() : "";
    Overlay overlay = testing::value_of(Overlay::open(ledger.root(), snapshot, {}));
    EXPECT_EQ(overlay.obstacle(), "");
    // Where an indexed event loses to one of the tail, the whole log is applied.
    Status applied = overlay.apply();
    while (!applied) {
        ASSERT_EQ(applied.error().code(), ErrorCode::kCorrupt) << applied.error().message();
        const std::size_t known = overlay.conflicts().size();
        ASSERT_GT(known, 0U);
        overlay = testing::value_of(Overlay::open(ledger.root(), "", {}, overlay.conflicts()));
        applied = overlay.apply();
        ASSERT_TRUE(applied || overlay.conflicts().size() > known);
    }
    auto [database, connection] = std::move(overlay).release();
    const testing::TempDir elsewhere;
    const BuildReport built =
        testing::value_of(build(ledger.root(), {.index_dir = elsewhere / "index"}));
    duck::Database whole =
        testing::value_of(duck::Database::open(built.snapshot, {.read_only = true}));
    duck::Connection expected = testing::value_of(whole.connect());
    const std::vector<std::string> tail_rows = all_rows(connection);
    const std::vector<std::string> built_rows = all_rows(expected);
    EXPECT_EQ(rows_lacking(tail_rows, built_rows), std::vector<std::string>());
    EXPECT_EQ(rows_lacking(built_rows, tail_rows), std::vector<std::string>());
}

TEST(OverlayProperty, ATailOverAnySnapshotIsTheIndexOfTheWholeLog) {
    constexpr std::uint64_t kHistories = 12;
    const std::uint64_t first = random_seed();
    for (std::uint64_t i = 0; i < kHistories; ++i) {
        SCOPED_TRACE(fmt::format("seed {}", first + i));
        expect_tail_equals_build(first + i);
    }
}

}  // namespace
}  // namespace daybook::index
