#include "cli/legacy_publish.h"

#include <gtest/gtest.h>

#include "index/builder.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

// That the snapshot shows what is attached, and no longer what is detached, is in tests/legacy/.
class PublishAttachedTest : public ::testing::Test {
protected:
    void publish() {
        Context context;
        EXPECT_TRUE(publish_attached(log_.root(), context));
    }
    std::size_t generations() {
        return index::list_generations(index::IndexLayout(log_.root())).value().size();
    }

    testing::LedgerLines log_;
};

TEST_F(PublishAttachedTest, WithoutASnapshotThereIsNothingToBringUpToDate) {
    log_.created("run", 1);
    publish();
    EXPECT_FALSE(os::exists(ledger::LedgerDir(log_.root()).index_dir()).value());
}

TEST_F(PublishAttachedTest, WhereADaemonIsAtWorkItIsTheDaemons) {
    log_.created("run", 1);
    ASSERT_TRUE(index::build(log_.root()));
    log_.created("another", 2);
    {
        const auto daemon =
            os::LockFile::acquire(ledger::LedgerDir(log_.root()).daemon_lock_path(), 0);
        publish();
        EXPECT_EQ(generations(), 1U);
    }
    publish();
    EXPECT_EQ(generations(), 2U);
}

}  // namespace
}  // namespace daybook::cli
