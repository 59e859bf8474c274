#include "lifecycle/lifecycle_lock.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

TEST(LifecycleLock, WhoFindsItHeldIsToldWhoHoldsItAndHowToWait) {
    const testing::TempDir temp;
    const ledger::LedgerDir dir(temp / "ledger");
    testing::expect_ok(os::make_dirs(dir.root()));
    const os::LockFile held = testing::value_of(take_lifecycle_lock(dir, 0));
    const auto second = take_lifecycle_lock(dir, 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
    const std::string message(second.error().message());
    EXPECT_NE(message.find("held by pid "), std::string::npos) << message;
    EXPECT_TRUE(message.ends_with("; '--wait SECONDS' waits until it is free")) << message;
}

}  // namespace
}  // namespace daybook::lifecycle
