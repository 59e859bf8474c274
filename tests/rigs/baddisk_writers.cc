#include "rigs/baddisk_writers.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "daybook/durability.h"
#include "log/writer.h"
#include "os/error.h"
#include "support/log_events.h"

namespace daybook::testing {
namespace {

// It takes less than one; a writer that waits for a dead device, or tries again for ever, has
// failed.
constexpr unsigned kSecondsMax = 30;
constexpr TimestampMs kTime(1'769'126'400'000);  // 2026-01-23

enum class Fate : std::uint8_t { kNotTried, kRefused, kAcknowledged, kPromised };
// One for each event, in memory that the rig shares with the writers.
using Fates = std::span<std::atomic<Fate>>;

std::string event_id(int thread, std::uint32_t number) {
    return fmt::format("t{}-{}", thread, number);
}

Status append(log::Writer& writer, std::string text, Durability durability) {
    const log::Draft draft{.text = std::span(text), .timestamp = std::nullopt};
    NoStamp stamper;
    log::AppendOutcome outcome = writer.append({&draft, 1}, durability, stamper);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

void write_all_events(log::Writer& writer, const BadDiskPlan& plan, int thread, Fates fates) {
    SeededRandom random(plan.seed + static_cast<std::uint64_t>(thread));
    for (std::uint32_t number = 0; number < plan.events_each; ++number) {
        const bool power = random.next() % 3 == 0;
        std::string text = draft_of(plan, event_id(thread, number));
        const Status status =
            append(writer, std::move(text), power ? Durability::kPower : Durability::kProcess);
        const std::size_t index = static_cast<std::size_t>(thread) * plan.events_each + number;
        fates[index] = !status ? Fate::kRefused : power ? Fate::kPromised : Fate::kAcknowledged;
        std::this_thread::sleep_for(std::chrono::microseconds(random.next() % 2'000));
    }
}

int write_in_this_process(const log::Layout& layout, const BadDiskPlan& plan, Fates fates) {
    const auto writer = log::Writer::open(layout);
    if (!writer) return 0;  // The disk failed before it began.
    std::vector<std::thread> threads;
    for (int thread = 0; thread < plan.threads; ++thread) {
        threads.emplace_back([&, thread] { write_all_events(**writer, plan, thread, fates); });
    }
    for (std::thread& thread : threads) thread.join();
    return 0;
}

BadDiskLog collect(const BadDiskPlan& plan, Fates fates) {
    BadDiskLog log;
    for (int thread = 0; thread < plan.threads; ++thread) {
        for (std::uint32_t number = 0; number < plan.events_each; ++number) {
            const Fate fate = fates[static_cast<std::size_t>(thread) * plan.events_each + number];
            if (fate == Fate::kNotTried) continue;
            const std::string id = event_id(thread, number);
            log.attempted.insert(id);
            if (fate == Fate::kPromised) log.promised.insert(id);
            if (fate == Fate::kRefused) ++log.refused;
        }
    }
    return log;
}

}  // namespace

Result<BadDiskLog> write_to_bad_disk(const log::Layout& layout, const BadDiskPlan& plan) {
    const std::size_t count = static_cast<std::size_t>(plan.threads) * plan.events_each;
    const std::size_t bytes = count * sizeof(std::atomic<Fate>);
    void* const memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return fail(os::errno_error(errno, "map", "the writers' notes"));
    const Fates fates(static_cast<std::atomic<Fate>*>(memory), count);
    const pid_t rig = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::alarm(kSecondsMax);
        ::_exit(::getppid() == rig ? write_in_this_process(layout, plan, fates) : 0);
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    BadDiskLog log = collect(plan, fates);
    ::munmap(memory, bytes);
    if (child < 0) return fail(ErrorCode::kIo, "start a writer: no process");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return fail(ErrorCode::kInternal, "the writer was still at it after {} s", kSecondsMax);
    }
    if (status != 0) return fail(ErrorCode::kInternal, "the writer ended with status {}", status);
    return log;
}

Status append_afterwards(const log::Layout& layout) {
    ASSIGN_OR_RETURN(const auto writer, log::Writer::open(layout, {.background = false}));
    return append(*writer, draft_of({}, kAfterwardsId), Durability::kPower);
}

std::string draft_of(const BadDiskPlan& plan, std::string_view event_id) {
    SeededRandom random(plan.seed ^ xxh3_64(event_id));
    const std::uint64_t kind = random.next() % 30;
    const std::uint64_t padding = kind == 0  ? 20'000 + random.next() % 60'000
                                  : kind < 4 ? 2'000 + random.next() % 9'000
                                             : random.next() % 400;
    return draft_text(event_id, kTime, padding);
}

}  // namespace daybook::testing
