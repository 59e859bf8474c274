#include "server/daemon.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "ledger/ledger_dir.h"
#include "os/lock.h"
#include "support/temp_dir.h"

namespace daybook::server {
namespace {

// What serve() ends with, in a child: signals stay blocked for ever.
int code_of(const ServeOptions& options) {
    const pid_t child = ::fork();
    if (child == 0) {
        const Status served = serve(options);
        ::_exit(served ? 100 : static_cast<int>(served.error().code()));
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Everything else is tested with the program itself: tests/serve/.
TEST(Daemon, RefusesALedgerThatIsServedAndAnAddressThatIsNone) {
    const testing::TempDir dir;
    ServeOptions options{.root = dir.path(), .listen = "nonsense"};
    EXPECT_EQ(code_of(options), static_cast<int>(ErrorCode::kInvalidArgument));
    options.listen.clear();
    const auto lock = os::LockFile::acquire(ledger::LedgerDir(dir.path()).daemon_lock_path(), 0);
    ASSERT_TRUE(lock);
    EXPECT_EQ(code_of(options), static_cast<int>(ErrorCode::kBusy));
}

}  // namespace
}  // namespace daybook::server
