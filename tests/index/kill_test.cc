// A builder that is killed at any moment leaves the last snapshot, and the next one goes on.
//
// DAYBOOK_CRASH_SEED replays the moments of an earlier run as nearly as the machine allows.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"
#include "index/growing_ledger.h"

namespace daybook::testing {
namespace {

constexpr int kRounds = 24;

// Starts a builder, kills it after `delay`; whether that was before its end.
bool build_and_kill(const std::string& root, const index::BuildOptions& options,
                    std::chrono::microseconds delay) {
    std::cout.flush();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(index::build(root, options) ? 0 : 1);
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    // It may come to its end before, but not to an error.
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

std::uint64_t seed() {
    const char* given = std::getenv("DAYBOOK_CRASH_SEED");
    return given == nullptr ? random_seed() : std::strtoull(given, nullptr, 10);
}

TEST(IndexKill, TheSnapshotStaysAndTheNextBuildIsRight) {
    const std::uint64_t first = seed();
    SCOPED_TRACE("DAYBOOK_CRASH_SEED=" + std::to_string(first));
    SeededRandom random(first);
    GrowingLedger ledger;
    for (int i = 0; i < 60; ++i) ledger.add_run();
    const auto begin = std::chrono::steady_clock::now();
    std::string published = value_of(index::build(ledger.root())).digest;
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);

    int kills = 0;
    for (int round = 0; round < kRounds; ++round) {
        SCOPED_TRACE(round);
        for (int i = 0; i < 10; ++i) ledger.add_run();
        index::BuildOptions options{.full_rebuild = round % 3 == 1,
                                    .batch_bytes = round % 2 == 0 ? 50'000U : 500'000U};
        if (round % 4 == 2) expect_ok(os::remove_tree(ledger.layout().work_dir()));
        if (round % 5 == 3) options.since = parse_day("2026-01-01");
        const auto limit = static_cast<std::uint64_t>(whole.count()) * 4;
        const std::chrono::microseconds delay(random.next() % limit);
        const bool killed = build_and_kill(ledger.root(), options, delay);
        kills += killed ? 1 : 0;
        // The old one, or the new one if the builder came that far.
        const std::string found = ledger.snapshot_digest();
        if (found != published || !killed) {
            EXPECT_EQ(found, ledger.clean_digest());
        }
        published = found;
        if (round % 6 == 5) {
            const index::BuildReport report = value_of(index::build(ledger.root()));
            EXPECT_EQ(report.digest, ledger.clean_digest());
            published = ledger.snapshot_digest();
            EXPECT_EQ(published, report.digest);
        }
    }
    EXPECT_GT(kills, 0);
    std::cout << "seed " << first << ": " << kills << " of " << kRounds << " builders killed\n";
}

}  // namespace
}  // namespace daybook::testing
