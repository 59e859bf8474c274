#include "snapshot_readers.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "index/builder.h"
#include "index/index_layout.h"
#include "os/error.h"
#include "query/session.h"

namespace daybook::bench {
namespace {

// How many trials more than the last one each snapshot has.
constexpr std::uint64_t kTrials = 10;

// What the processes share.
struct Board {
    std::atomic<std::uint64_t> publications;
    std::atomic<std::uint64_t> opens;
    std::atomic<std::uint64_t> failed;
    std::atomic<std::uint64_t> locked;
    std::atomic<std::uint64_t> wrong;
    std::atomic<bool> over;
    std::atomic<bool> has_problem;
    char problem[1024];

    void note(std::string_view what) {
        if (has_problem.exchange(true)) return;
        std::memcpy(problem, what.data(), std::min(what.size(), sizeof problem - 1));
    }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// The board, in memory that forked children share.
struct Unmap {
    void operator()(Board* board) const { ::munmap(board, sizeof *board); }
};
Result<std::unique_ptr<Board, Unmap>> make_board() {
    void* const memory =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return fail(os::errno_error(errno, "map", "the readers' board"));
    return std::unique_ptr<Board, Unmap>(new (memory) Board());
}

// What a snapshot says of itself.
struct Sight {
    std::uint64_t generation = 0;
    std::uint64_t trials = 0;
    std::uint64_t promised = 0;  // the trials that runs_status counts
};

Result<Sight> look(const index::IndexLayout& layout, bool by_name) {
    const query::SessionOptions options{.threads = 1};
    ASSIGN_OR_RETURN(query::Session session,
                     by_name ? query::Session::open_file(layout.snapshot_path(), options)
                             : query::Session::open(layout.root(), options));
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT (SELECT generation FROM index_meta), "
                                   "(SELECT count(*) FROM trial_results), "
                                   "(SELECT sum(trials)::UBIGINT FROM runs_status)"));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return fail(ErrorCode::kCorrupt, "the snapshot gives no row");
    return Sight{rows.get_uint64(0), rows.get_uint64(1), rows.get_uint64(2)};
}

// One reader's life.
void read_on(const index::IndexLayout& layout, bool by_name, const Sight& first, Board& board) {
    std::uint64_t newest = 0;
    while (!board.over) {
        const Result<Sight> sight = look(layout, by_name);
        ++board.opens;
        if (!sight) {
            ++board.failed;
            if (sight.error().code() == ErrorCode::kBusy) ++board.locked;
            board.note(sight.error().message());
            continue;
        }
        const std::uint64_t expected =
            first.trials + (sight->generation - first.generation) * kTrials;
        if (sight->generation < newest || sight->trials != expected ||
            sight->promised != expected) {
            ++board.wrong;
            board.note(fmt::format("generation {} after {}: {} trials, counted as {}, not {}",
                                   sight->generation, newest, sight->trials, sight->promised,
                                   expected));
        }
        newest = sight->generation;
    }
}

// Leaves the publisher's failure, if there is one, on the board.
void publish_on(Increments& increments, std::size_t publications, std::size_t opens, Board& board) {
    while (board.publications < publications || board.opens < opens) {
        Status published = increments.append(kTrials, Spread::kTenRuns);
        if (published) {
            const Result<index::BuildReport> built = index::build(increments.ledger());
            if (!built) published = fail(built.error());
            if (built && built->events != kTrials) {
                published = fail(ErrorCode::kInternal, "{} events were new", built->events);
            }
        }
        if (!published) {
            ++board.failed;
            board.note(published.error().message());
            break;
        }
        ++board.publications;
    }
    board.over = true;
}

Result<pid_t> start(const std::function<void()>& life) {
    const pid_t pid = ::fork();
    if (pid < 0) return fail(os::errno_error(errno, "fork", "a reader"));
    if (pid > 0) return pid;
    life();
    ::_exit(0);
}

// Waits for all; whether each came to its end by itself.
bool wait_for(const std::vector<pid_t>& pids) {
    bool all_well = true;
    for (const pid_t pid : pids) {
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        all_well = all_well && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return all_well;
}

}  // namespace

Result<Sightings> watch_snapshots(Increments increments, std::size_t publications,
                                  std::size_t opens) {
    ASSIGN_OR_RETURN(const auto board, make_board());
    const index::IndexLayout layout(increments.ledger());
    // The generator's ledger as it is indexed once, with generation 1: of 1,000 events 984 trials.
    const Sight first{.generation = 1,
                      .trials = increments.events() / kEventsPerRun * kTrialsPerRun};
    std::vector<pid_t> pids;
    Status started;
    for (int reader = 0; reader < kReaders && started; ++reader) {
        const Result<pid_t> pid = start([&] { read_on(layout, reader % 2 == 0, first, *board); });
        if (pid) pids.push_back(*pid);
        if (!pid) started = fail(pid.error());
    }
    if (started) {
        const Result<pid_t> pid =
            start([&] { publish_on(increments, publications, opens, *board); });
        if (pid) pids.push_back(*pid);
        if (!pid) started = fail(pid.error());
    }
    if (!started) board->over = true;
    const bool all_well = wait_for(pids);
    RETURN_IF_ERROR(std::move(started));
    if (!all_well) return fail(ErrorCode::kInternal, "a reader or the publisher died");
    return Sightings{.publications = board->publications,
                     .opens = board->opens,
                     .failed = board->failed,
                     .locked = board->locked,
                     .wrong = board->wrong,
                     .first_problem = board->problem};
}

}  // namespace daybook::bench
