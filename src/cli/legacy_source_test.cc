#include <gtest/gtest.h>

#include "cli/index_session.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

// That the runs of files come through it is in tests/legacy/.
TEST(LegacySource, IsOneForTheWholeProgramAndHasNothingForALedgerWithoutFiles) {
    query::ExtraSource* const source = extra_source();
    ASSERT_NE(source, nullptr);
    EXPECT_EQ(extra_source(), source);
    const testing::TempDir ledger;
    const auto extra = source->refresh(ledger.path());
    ASSERT_TRUE(extra);
    EXPECT_TRUE(extra->indexes.empty() && extra->notes.empty());
}

}  // namespace
}  // namespace daybook::cli
