#include "crew.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "os/error.h"
#include "os/file.h"

namespace daybook::bench {
namespace {

// Without `latencies` the clock is looked at once in so many calls.
constexpr std::size_t kCallsPerLook = 32;
// A worker that has taken so many times is done.
constexpr std::size_t kLatenciesMax = std::size_t{1} << 17;

// What a worker leaves behind, in memory that the processes share.
struct alignas(64) Slip {
    std::int64_t begin_ns;
    std::int64_t end_ns;
    std::size_t calls;
    double p50_us;
    double p99_us;
    double p999_us;
    double worst_us;
    bool done;
    char failure[256];
};

// One slip for each worker.
class Slips {
public:
    static Result<Slips> make(std::size_t count) {
        void* const memory = ::mmap(nullptr, count * sizeof(Slip), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return fail(os::errno_error(errno, "map", "memory for slips"));
        return Slips(static_cast<Slip*>(memory), count);
    }
    Slips(Slips&& other) noexcept : slips_(std::exchange(other.slips_, {})) {}
    Slips& operator=(Slips&&) = delete;
    ~Slips() {
        if (!slips_.empty()) ::munmap(slips_.data(), slips_.size_bytes());
    }

    std::span<Slip> all() const { return slips_; }

private:
    Slips(Slip* first, std::size_t count) : slips_(first, count) {}
    std::span<Slip> slips_;
};

// Ends when every process that holds its writing end has closed it, or died.
struct Pipe {
    os::UniqueFd reading;
    os::UniqueFd writing;

    static Result<Pipe> make() {
        int fds[2];
        if (::pipe(fds) != 0) return fail(os::errno_error(errno, "make", "a pipe"));
        return Pipe{.reading = os::UniqueFd(fds[0]), .writing = os::UniqueFd(fds[1])};
    }
    void wait_for_end() {
        writing.reset();
        char byte = 0;
        while (::read(reading.get(), &byte, 1) < 0 && errno == EINTR) {
        }
    }
};

struct Gates {
    Pipe ready;  // ends when all are ready
    Pipe start;  // ends when the parent lets them go
};

// What one look at the clock takes: the median of many.
double clock_cost_us() {
    std::vector<double> costs(1001);
    for (double& cost : costs) {
        const std::int64_t before = now_ns();
        cost = static_cast<double>(now_ns() - before) / 1e3;
    }
    return quantile(costs, 0.5);
}

Status work_for_rate(const Crew& crew, const Call& call, Slip& slip) {
    slip.begin_ns = now_ns();
    const std::int64_t deadline_ns = slip.begin_ns + static_cast<std::int64_t>(crew.seconds * 1e9);
    do {
        for (std::size_t i = 0; i < kCallsPerLook; ++i) {
            RETURN_IF_ERROR(call(crew.warm_up + slip.calls++));
        }
        slip.end_ns = now_ns();
    } while (slip.end_ns < deadline_ns);
    return {};
}

Status work_for_latencies(const Crew& crew, const Call& call, Slip& slip,
                          std::vector<double>& latencies_us, double clock_us) {
    slip.begin_ns = slip.end_ns = now_ns();
    const std::int64_t deadline_ns = slip.begin_ns + static_cast<std::int64_t>(crew.seconds * 1e9);
    do {
        RETURN_IF_ERROR(call(crew.warm_up + slip.calls));
        const std::int64_t after_ns = now_ns();
        latencies_us[slip.calls++] = static_cast<double>(after_ns - slip.end_ns) / 1e3 - clock_us;
        slip.end_ns = after_ns;
    } while (slip.end_ns < deadline_ns && slip.calls < latencies_us.size());
    latencies_us.resize(slip.calls);
    slip.p50_us = quantile(latencies_us, 0.5);
    slip.p99_us = quantile(latencies_us, 0.99);
    slip.p999_us = quantile(latencies_us, 0.999);
    slip.worst_us = latencies_us.back();  // quantile() has sorted them.
    return {};
}

void note(Slip& slip, const Status& status) {
    if (status) {
        slip.done = true;
        return;
    }
    const std::string_view message = status.error().message();
    std::memcpy(slip.failure, message.data(), std::min(message.size(), sizeof slip.failure - 1));
}

// One worker's life: warm up, say so, wait for the start, work.
Status work(const Crew& crew, const Call& call, Slip& slip, const std::function<void()>& start) {
    // Touched before the start, so that no page fault is taken for a slow call.
    std::vector<double> latencies_us(crew.latencies ? kLatenciesMax : 0, 1.0);
    const double clock_us = crew.latencies ? clock_cost_us() : 0;
    Status warm;
    for (std::size_t i = 0; i < crew.warm_up && warm; ++i) warm = call(i);
    start();
    RETURN_IF_ERROR(std::move(warm));
    if (crew.latencies) return work_for_latencies(crew, call, slip, latencies_us, clock_us);
    return work_for_rate(crew, call, slip);
}

// One process's life.  A single thread works without starting another.
Status work_in_process(const Crew& crew, int process, const OpenDesk& open, std::span<Slip> slips,
                       Gates& gates) {
    ASSIGN_OR_RETURN(const Desk desk, open(process));
    std::vector<Call> calls;
    for (int thread = 0; thread < crew.threads; ++thread) {
        ASSIGN_OR_RETURN(calls.emplace_back(), desk(thread));
    }
    const auto pass_gates = [&gates] {
        gates.ready.writing.reset();
        gates.start.wait_for_end();
    };
    if (crew.threads == 1) {
        note(slips[0], work(crew, calls[0], slips[0], pass_gates));
        return {};
    }
    std::latch ready(crew.threads);
    std::latch start(1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        threads.emplace_back([&, i] {
            note(slips[i], work(crew, calls[i], slips[i], [&] {
                     ready.count_down();
                     start.wait();
                 }));
        });
    }
    ready.wait();
    pass_gates();
    start.count_down();
    for (std::thread& thread : threads) thread.join();
    return {};
}

Result<pid_t> start_process(const Crew& crew, int process, const OpenDesk& open,
                            std::span<Slip> slips, Gates& gates) {
    const pid_t pid = ::fork();
    if (pid < 0) return fail(os::errno_error(errno, "fork", "a worker"));
    if (pid > 0) return pid;
    gates.ready.reading.reset();
    gates.start.writing.reset();
    const Status opened = work_in_process(crew, process, open, slips, gates);
    if (!opened) note(slips[0], opened);
    // Not exit(): what the parent has registered or buffered is the parent's to finish.
    ::_exit(0);
}

Result<Sample> sum_up(std::span<const Slip> slips) {
    Sample sample;
    std::size_t calls = 0;
    std::int64_t begin_ns = slips[0].begin_ns;
    std::int64_t end_ns = slips[0].end_ns;
    for (const Slip& slip : slips) {
        if (!slip.done) {
            const bool said = slip.failure[0] != '\0';
            return fail(ErrorCode::kInternal, "{}", said ? slip.failure : "a worker died");
        }
        calls += slip.calls;
        begin_ns = std::min(begin_ns, slip.begin_ns);
        end_ns = std::max(end_ns, slip.end_ns);
        sample.p50_us = std::max(sample.p50_us, slip.p50_us);
        sample.p99_us = std::max(sample.p99_us, slip.p99_us);
        sample.p999_us = std::max(sample.p999_us, slip.p999_us);
        sample.worst_us = std::max(sample.worst_us, slip.worst_us);
    }
    sample.value = static_cast<double>(calls) * 1e9 / static_cast<double>(end_ns - begin_ns);
    return sample;
}

}  // namespace

Result<Sample> run_crew(const Crew& crew, const OpenDesk& open) {
    const auto threads = static_cast<std::size_t>(crew.threads);
    ASSIGN_OR_RETURN(const Slips slips,
                     Slips::make(static_cast<std::size_t>(crew.processes) * threads));
    ASSIGN_OR_RETURN(Pipe ready, Pipe::make());
    ASSIGN_OR_RETURN(Pipe start, Pipe::make());
    Gates gates{.ready = std::move(ready), .start = std::move(start)};
    std::vector<pid_t> pids;
    std::optional<Error> refused;
    for (int process = 0; process < crew.processes && !refused; ++process) {
        const auto mine = slips.all().subspan(static_cast<std::size_t>(process) * threads, threads);
        Result<pid_t> pid = start_process(crew, process, open, mine, gates);
        if (pid) pids.push_back(*pid);
        if (!pid) refused = std::move(pid).error();
    }
    gates.ready.wait_for_end();
    gates.start.writing.reset();
    for (const pid_t pid : pids) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    if (refused) return fail(std::move(*refused));
    return sum_up(slips.all());
}

Result<Sample> run_worker(double seconds, const OpenDesk& open) {
    ASSIGN_OR_RETURN(const Sample rate, run_crew({.seconds = seconds}, open));
    ASSIGN_OR_RETURN(Sample sample, run_crew({.seconds = seconds, .latencies = true}, open));
    sample.value = rate.value;
    return sample;
}

Result<Sample> run_once(const Call& call, std::size_t warm_up) {
    const auto open = [&call](int) -> Result<Desk> {
        return [&call](int) -> Result<Call> { return call; };
    };
    ASSIGN_OR_RETURN(Sample sample,
                     run_crew({.seconds = 0, .warm_up = warm_up, .latencies = true}, open));
    sample.value = sample.worst_us;
    return sample;
}

}  // namespace daybook::bench
