// The daemon: how soon an acknowledged event is in the snapshot, and what waiting costs.

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ledger/event_log.h"
#include "os/child.h"
#include "os/file.h"
#include "os/process.h"
#include "query/session.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kEventsPerSecond = 5'000;
constexpr double kWriteSeconds = 5;
constexpr double kIdleSeconds = 10;
constexpr std::chrono::milliseconds kLookInterval(2);
constexpr std::int64_t kPatienceNs = 60'000'000'000;
constexpr std::size_t kLogBytesMax = std::size_t{1} << 20;

// A daemon on a ledger of its own; asked to stop when it goes.
class Daemon {
public:
    static Result<Daemon> start(const std::string& ledger, const std::string& log) {
        ASSIGN_OR_RETURN(
            os::Child child,
            os::Child::start({program("daybook"), "serve", "--ledger", ledger, "--no-http"}, log));
        Daemon daemon(std::move(child), log);
        const std::int64_t begun = now_ns();
        while (now_ns() - begun < kPatienceNs) {
            const std::string said = os::read_file(log, kLogBytesMax).value_or("");
            const std::size_t pid = said.find(", pid ");
            if (pid != std::string::npos && said.find("serving", pid) != std::string::npos) {
                daemon.pid_ = said.substr(pid + 6, said.find('\n', pid) - pid - 6);
                return daemon;
            }
            std::this_thread::sleep_for(kLookInterval);
        }
        return fail(ErrorCode::kInternal, "the daemon did not begin to serve: see {}", log);
    }
    Status stop() {
        child_.interrupt();
        ASSIGN_OR_RETURN(const int code, child_.wait());
        if (code == 0) return {};
        return fail(ErrorCode::kInternal, "the daemon ended with {}: {}", code,
                    os::read_file(log_, kLogBytesMax).value_or(""));
    }
    // The time that its threads have had a processor for.
    Result<std::int64_t> processor_ns() const {
        const std::string tasks = fmt::format("/proc/{}/task", pid_);
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> threads, os::list_dir(tasks));
        std::int64_t sum = 0;
        for (const os::DirEntry& thread : threads) {
            const std::string path = fmt::format("{}/{}/schedstat", tasks, thread.name);
            ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
            std::array<char, 100> text{};
            ASSIGN_OR_RETURN(const std::size_t got,
                             os::read_at(fd.get(), ByteOffset(0), text, path));
            std::int64_t used = 0;
            std::from_chars(text.data(), text.data() + got, used);
            sum += used;
        }
        return sum;
    }

private:
    Daemon(os::Child child, std::string log) : child_(std::move(child)), log_(std::move(log)) {}
    os::Child child_;
    std::string log_;
    std::string pid_;
};

// How many trials the newest snapshot has; 0 if there is none yet.
std::size_t visible_trials(const std::string& ledger) {
    auto session = query::Session::open(ledger, {.threads = 1});
    if (!session) return 0;
    auto rows = session->query("SELECT trials FROM runs_status WHERE run_id = 'bench'");
    if (!rows || !rows->next().value_or(false)) return 0;
    return static_cast<std::size_t>(rows->get_int64(0));
}

// Emits `count` trials, one each 200 us, and notes when each was acknowledged.
Status emit_steadily(ledger::EventLog& log, std::vector<std::atomic<std::int64_t>>& acknowledged) {
    const std::int64_t begun = now_ns();
    for (std::size_t i = 0; i < acknowledged.size(); ++i) {
        const std::int64_t due =
            begun + static_cast<std::int64_t>(i * (1'000'000'000 / kEventsPerSecond));
        if (const std::int64_t wait = due - now_ns(); wait > 0) {
            std::this_thread::sleep_for(std::chrono::nanoseconds(wait));
        }
        const std::string id = fmt::format("t{}", i);
        const auto number = static_cast<double>(i);
        ASSIGN_OR_RETURN(
            const event::Receipt receipt,
            log.emit("bench", event::TrialRecorded{.trial_id = id,
                                                   .params = {{"stop", number}, {"kind", "fixed"}},
                                                   .metrics = {{"sharpe", 1 / (1 + number)}}}));
        (void)receipt;
        acknowledged[i].store(now_ns());
    }
    return {};
}

// From each acknowledgement until a reader of the snapshot had the event, in microseconds.
Result<Sample> until_visible(const Workspace& workspace, std::size_t count) {
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
    ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(ledger::LedgerDir(ledger)));
    ASSIGN_OR_RETURN(const event::Receipt started, log->emit("bench", event::RunStarted{}));
    (void)started;
    ASSIGN_OR_RETURN(Daemon daemon, Daemon::start(ledger, workspace.path("serve.log")));
    std::vector<std::atomic<std::int64_t>> acknowledged(count);
    Status emitted;
    std::thread writer([&] { emitted = emit_steadily(*log, acknowledged); });

    std::vector<double> delays_us;
    const std::string snapshot = ledger + "/index/runs.duckdb";
    std::optional<os::FileInfo> last;
    const std::int64_t deadline = now_ns() + kPatienceNs;
    while (delays_us.size() < count && now_ns() < deadline) {
        std::this_thread::sleep_for(kLookInterval);
        const std::optional<os::FileInfo> info = os::file_info(snapshot).value_or(std::nullopt);
        if (!info || (last && last->identity == info->identity)) continue;
        last = info;
        const std::size_t visible = visible_trials(ledger);
        const std::int64_t now = now_ns();
        while (delays_us.size() < visible) {
            const std::int64_t at = acknowledged[delays_us.size()].load();
            delays_us.push_back(static_cast<double>(now - at) / 1e3);
        }
    }
    writer.join();
    RETURN_IF_ERROR(emitted);
    RETURN_IF_ERROR(daemon.stop());
    if (delays_us.size() < count) {
        return fail(ErrorCode::kInternal, "{} of {} events became visible", delays_us.size(),
                    count);
    }
    Sample sample{.p50_us = quantile(delays_us, 0.5),
                  .p99_us = quantile(delays_us, 0.99),
                  .worst_us = delays_us.back()};
    sample.value = static_cast<double>(last->size.value()) / 1e6;
    return sample;
}

// Milliseconds of a processor that a second costs in which nothing happens.
Result<Sample> idle_cost(const Workspace& workspace, double seconds) {
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
    {
        ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(ledger::LedgerDir(ledger)));
        // A run whose owner lives: it is looked after.
        const os::ProcessIdentity self = os::this_process();
        ASSIGN_OR_RETURN(
            const event::Receipt started,
            log->emit("bench",
                      event::RunStarted{.owner = event::Owner{.boot_id = self.boot_id,
                                                              .pid_namespace = self.pid_namespace,
                                                              .pid = self.pid,
                                                              .pid_start = self.pid_start}}));
        (void)started;
    }
    ASSIGN_OR_RETURN(Daemon daemon, Daemon::start(ledger, workspace.path("serve.log")));
    const std::int64_t begun = now_ns();
    while (visible_trials(ledger) == 0 && now_ns() - begun < 2'000'000'000) {
        std::this_thread::sleep_for(kLookInterval);
    }
    ASSIGN_OR_RETURN(const std::int64_t before, daemon.processor_ns());
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    ASSIGN_OR_RETURN(const std::int64_t after, daemon.processor_ns());
    RETURN_IF_ERROR(daemon.stop());
    return Sample{.value = static_cast<double>(after - before) / 1e6 / seconds};
}

}  // namespace

Status bench_serve(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t count = settings.scaled(
        static_cast<std::size_t>(kWriteSeconds * static_cast<double>(kEventsPerSecond)));
    const std::array contenders = {
        Contender{"visible", [&] { return until_visible(workspace, count); }},
        Contender{"idle", [&] { return idle_cost(workspace, kIdleSeconds * settings.scale); }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    Figure figure{.what = "serve: acknowledged to visible, 5,000/s, p50",
                  .durability = "process",
                  .value = medians[0].p50_us / 1e3,
                  .unit = Unit::kMilliseconds,
                  .target = at_most(300)};
    report.add(figure);
    figure.what = "  p99";
    figure.value = medians[0].p99_us / 1e3;
    figure.target = at_most(1000);
    report.add(figure);
    report.add(
        {.what = "  the snapshot at the end", .value = medians[0].value, .unit = Unit::kMegabytes});
    report.add({.what = "serve: processor time in an idle second",
                .value = medians[1].value,
                .unit = Unit::kMilliseconds,
                .target = at_most(2)});
    return {};
}

}  // namespace daybook::bench
