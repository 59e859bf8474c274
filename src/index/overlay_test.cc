#include "index/overlay.h"

#include "index/builder.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

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

}  // namespace
}  // namespace daybook::index
