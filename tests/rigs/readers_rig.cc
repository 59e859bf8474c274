// 32 readers open the snapshot in a loop while it is published again and again: half of them
// through query::Session, half as any DuckDB client opens runs.duckdb, each a process of its own.
//
// No opening may fail, meet a lock, or see rows that do not belong together: each generation has
// the numbers of runs and trials that it was published with, and a reader never goes back in time.
// `count` is the number of openings.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "os/syscalls.h"
#include "query/session.h"
#include "support/history_ledger.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr int kReaders = 32;
constexpr std::uint64_t kGenerationsMax = 4096;
// At least one snapshot in so many openings: 200 in those of the long run.
constexpr std::uint64_t kOpensToPublish = 100;
// What each step of a publication takes.
constexpr auto kStepTime = std::chrono::milliseconds(10);

template <typename Answer>
Answer slowly(Answer answer) {
    const int error = errno;
    std::this_thread::sleep_for(kStepTime);
    errno = error;
    return answer;
}

// A slow disk, so that readers meet what lies between two steps of a publication.
os::Syscalls slow_disk() {
    os::Syscalls table = os::kernel_syscalls();
    table.rename = [](const char* from, const char* to) {
        return slowly(os::kernel_syscalls().rename(from, to));
    };
    table.link = [](const char* from, const char* to) {
        return slowly(os::kernel_syscalls().link(from, to));
    };
    table.unlink = [](const char* path) { return slowly(os::kernel_syscalls().unlink(path)); };
    table.copy_file_range = [](int from, int to, std::size_t count) {
        return slowly(os::kernel_syscalls().copy_file_range(from, to, count));
    };
    return table;
}

// What all processes see.
struct Board {
    // Of generation i: the numbers that its snapshot has.
    std::array<std::atomic<std::uint64_t>, kGenerationsMax> runs{};
    std::array<std::atomic<std::uint64_t>, kGenerationsMax> trials{};
    std::atomic<std::uint64_t> opens = 0;
    std::atomic<std::uint64_t> failed = 0;
    std::atomic<std::uint64_t> locked = 0;  // of those that failed
    std::atomic<std::uint64_t> wrong = 0;
    std::atomic<bool> stop = false;
};

constexpr const char* kCounts =
    "SELECT (SELECT generation FROM index_meta), (SELECT count(*) FROM runs_status), "
    "(SELECT count(*) FROM trial_results), (SELECT sum(trials)::BIGINT FROM runs_status)";

// What one opening has seen.
struct Seen {
    std::uint64_t generation = 0;
    std::uint64_t runs = 0;
    std::uint64_t trials = 0;
    std::uint64_t counted = 0;
};

Result<Seen> seen_in(Result<duck::Rows> rows) {
    if (!rows) return fail(rows.error());
    ASSIGN_OR_RETURN(const bool found, rows->next());
    if (!found) return fail(ErrorCode::kCorrupt, "the snapshot answers with no row");
    return Seen{rows->get_uint64(0), rows->get_uint64(1), rows->get_uint64(2), rows->get_uint64(3)};
}

Result<Seen> look_by_session(const std::string& root) {
    ASSIGN_OR_RETURN(query::Session session, query::Session::open(root, {.threads = 1}));
    return seen_in(session.query(kCounts));
}

Result<Seen> look_as_any_client(const std::string& root) {
    ASSIGN_OR_RETURN(duck::Database database,
                     duck::Database::open(index::IndexLayout(root).snapshot_path(),
                                          {.read_only = true, .threads = 1}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    return seen_in(connection.query(kCounts));
}

void read(const std::string& root, int number, Board& board) {
    std::uint64_t newest = 0;
    while (!board.stop) {
        const Result<Seen> seen =
            number % 2 == 0 ? look_by_session(root) : look_as_any_client(root);
        ++board.opens;
        if (!seen) {
            ++board.failed;
            const std::string& message = seen.error().message();
            const bool is_lock = seen.error().code() == ErrorCode::kBusy ||
                                 message.find("lock") != std::string::npos;
            if (is_lock) ++board.locked;
            fmt::print(stderr, "reader {}: {}\n", number, message);
            continue;
        }
        const bool is_right = seen->generation < kGenerationsMax && seen->generation >= newest &&
                              seen->runs == board.runs[seen->generation] &&
                              seen->trials == board.trials[seen->generation] &&
                              seen->counted == seen->trials;
        newest = seen->generation;
        if (is_right) continue;
        ++board.wrong;
        fmt::print(stderr, "reader {}: generation {} with {} runs, {} trials, {} counted\n", number,
                   seen->generation, seen->runs, seen->trials, seen->counted);
    }
}

class ReadersRig {
public:
    ReadersRig(int argc, char** argv)
        : rig_("readers", argc, argv, 1'000),
          ledger_(rig_.options().dir.empty() ? ::testing::TempDir() : rig_.options().dir + "/") {
        void* const memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        DAYBOOK_CHECK(memory != MAP_FAILED);
        board_ = new (memory) Board;
    }

    int run() {
        (void)rig_.begin_case(0);
        publish();
        for (int i = 0; i < kReaders; ++i) start(i);
        const std::uint64_t opens = rig_.options().count;
        std::uint64_t publications = 0;
        while (board_->opens < opens || publications * kOpensToPublish < opens) {
            // Those that come fast wait for the openings: there is a limit to what the board holds.
            const std::uint64_t due = board_->opens * (kGenerationsMax - 100) / opens;
            if (publications > due) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            if (generation_ + 1 == kGenerationsMax || board_->failed + board_->wrong > 100) break;
            publish();
            ++publications;
        }
        finish(opens, publications);
        return rig_.finish();
    }

private:
    void start(int number) {
        (void)std::fflush(nullptr);
        const pid_t pid = ::fork();
        DAYBOOK_CHECK(pid >= 0);
        if (pid == 0) {
            // Readers in a crowd would leave the publisher no time, and then meet nothing.
            (void)::nice(10);
            read(ledger_.root(), number, *board_);
            ::_exit(0);
        }
        pids_.push_back(pid);
    }

    // A run and a few trials more, and a snapshot of them.
    void publish() {
        ++generation_;
        for (std::uint64_t i = 0; i < 3 + generation_ % 5; ++i) {
            ledger_.append(generation_ % 4,
                           fmt::format(R"({{"event_type":"trial.recorded","event_id":"{}-{}",)"
                                       R"("timestamp_ms":{},"run_id":"run-{}","trial_id":"{}",)"
                                       R"("params":{{"p":1}},"metrics":{{"m":{}}}}})",
                                       generation_, i, generation_, generation_, i, i));
            ++trials_;
        }
        // Before anybody can see it.
        board_->runs[generation_] = generation_;
        board_->trials[generation_] = trials_;
        const auto report = index::build(ledger_.root());
        if (!report) return rig_.fail(report.error().message());
        if (report->generation.value() != generation_) {
            rig_.fail(
                fmt::format("generation {}, expected {}", report->generation.value(), generation_));
        }
    }

    void finish(std::uint64_t opens, std::uint64_t publications) {
        board_->stop = true;
        for (const pid_t pid : pids_) {
            int status = 0;
            while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
            }
            if (status != 0) rig_.fail(fmt::format("a reader ended with status {}", status));
        }
        if (board_->failed + board_->wrong > 0 || board_->opens < opens) {
            rig_.fail(
                fmt::format("of {} openings {} failed, {} of them for a lock, and {} saw wrong "
                            "counts",
                            board_->opens.load(), board_->failed.load(), board_->locked.load(),
                            board_->wrong.load()));
        }
        rig_.note("publications", publications);
        rig_.note("openings", board_->opens);
    }

    Rig rig_;
    const os::Syscalls table_ = slow_disk();
    const os::ScopedSyscalls slow_{table_};
    HistoryLedger ledger_;
    Board* board_ = nullptr;
    std::vector<pid_t> pids_;
    std::uint64_t generation_ = 0;
    std::uint64_t trials_ = 0;
};

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::ReadersRig(argc, argv).run(); }
