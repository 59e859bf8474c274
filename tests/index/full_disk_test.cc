// A disk that has no room for the index: the last snapshot stays, the error says so, and the next
// build is right.  The disk is a limit of the file size, in a child of its own.

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index/growing_ledger.h"

namespace daybook::testing {
namespace {

// What a builder says that may write no file beyond `bytes`; empty: it was enough.
std::string build_below(const std::string& root, std::uint64_t bytes,
                        const index::BuildOptions& options) {
    const TempDir dir;
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
        const auto report = index::build(root, options);
        if (!report) std::ofstream(dir / "error") << report.error().message().substr(0, bytes);
        ::_exit(report || report.error().code() == ErrorCode::kNoSpace ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    const auto error = os::read_file(dir / "error", 1 << 20);
    return error ? *error : std::string();
}

TEST(IndexFullDisk, TheSnapshotStaysAndTheNextBuildIsRight) {
    GrowingLedger ledger;
    for (int i = 0; i < 60; ++i) ledger.add_run();
    std::string published = value_of(index::build(ledger.root())).digest;
    const auto snapshot = value_of(os::file_info(ledger.layout().snapshot_path()));
    const std::uint64_t size = snapshot->size.value();

    int failures = 0;
    for (const bool full_rebuild : {false, true}) {
        for (const std::uint64_t percent : {0U, 1U, 10U, 25U, 50U, 75U, 90U, 99U}) {
            SCOPED_TRACE(fmt::format("{} {}", full_rebuild, percent));
            for (int i = 0; i < 5; ++i) ledger.add_run();
            const std::string error =
                build_below(ledger.root(), 4096 + size * percent / 100,
                            {.full_rebuild = full_rebuild, .batch_bytes = 100'000});
            if (!error.empty()) {
                ++failures;
                EXPECT_NE(error.find("File too large"), std::string::npos) << error;
                EXPECT_NE(error.find("the snapshot is still the last one"), std::string::npos);
                EXPECT_EQ(ledger.snapshot_digest(), published);
            }
            const index::BuildReport report = value_of(index::build(ledger.root()));
            published = ledger.snapshot_digest();
            EXPECT_EQ(report.digest, published);
        }
        EXPECT_EQ(published, ledger.clean_digest());
    }
    EXPECT_GE(failures, 8);
}

}  // namespace
}  // namespace daybook::testing
