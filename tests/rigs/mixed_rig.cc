// 64 writers, 16 readers and an indexer, each a process, work on one ledger for `count` seconds.
// No reader sees an error, the counts of all agree, and no process grows.

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/clock.h"
#include "ledger/verify.h"
#include "mixed_actors.h"
#include "support/rig.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr double kEventsPerSecondMax = 25;
// The log and the index of a long run are to fit on a small disk.
constexpr double kEventsMax = 4'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;

// What a group of processes has in use.
struct Usage {
    std::uint64_t memory_bytes = 0;
    std::uint64_t descriptors = 0;
};

class Group {
public:
    // `slack_bytes` more, all together, is no growth.
    Group(std::string name, std::uint64_t slack_bytes)
        : name_(std::move(name)), slack_bytes_(slack_bytes) {}

    // Starts a process that lives as long as `life` takes.
    void start(const std::function<Status()>& life) {
        const pid_t pid = ::fork();
        DAYBOOK_CHECK(pid >= 0);
        if (pid == 0) {
            const Status status = life();
            if (!status) fmt::print(stderr, "{}: {}\n", name_, status.error().message());
            std::exit(status ? 0 : 1);
        }
        pids_.push_back(pid);
    }

    void sample() {
        Usage usage;
        for (const pid_t pid : pids_) {
            std::ifstream statm(fmt::format("/proc/{}/statm", pid));
            std::uint64_t size = 0;
            std::uint64_t resident = 0;
            statm >> size >> resident;
            usage.memory_bytes += resident * static_cast<std::uint64_t>(::getpagesize());
            std::error_code gone;
            for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fd", pid), gone);
                 !gone && entry != std::filesystem::directory_iterator(); entry.increment(gone)) {
                ++usage.descriptors;
            }
        }
        samples_.push_back(usage);
    }

    // Processes that have ended too early, or ended with an error.
    int ended() { return wait(WNOHANG); }
    int bury() { return wait(0); }

    // Compares the last quarter of the time with the second; the first is the beginning.
    std::optional<std::string> growth() const {
        const Usage before = between(samples_.size() / 4, samples_.size() / 2);
        const Usage after = between(samples_.size() * 3 / 4, samples_.size());
        const std::uint64_t memory_max = before.memory_bytes * 11 / 10 + slack_bytes_;
        if (after.memory_bytes > memory_max) {
            return fmt::format("{}: {} KiB of memory, then {}", name_, before.memory_bytes >> 10,
                               after.memory_bytes >> 10);
        }
        // A writer in sixteen may have met the turn of the day.
        if (after.descriptors > before.descriptors + pids_.size() / 16) {
            return fmt::format("{}: {} descriptors, then {}", name_, before.descriptors,
                               after.descriptors);
        }
        return std::nullopt;
    }

private:
    int wait(int flags) {
        int failures = 0;
        for (pid_t& pid : pids_) {
            int status = 0;
            pid_t got = 0;
            while (pid > 0 && (got = ::waitpid(pid, &status, flags)) < 0 && errno == EINTR) {
            }
            if (pid <= 0 || got == 0) continue;
            pid = 0;
            if (flags == WNOHANG || status != 0) ++failures;
        }
        return failures;
    }

    // Of samples `begin` to `end`: the median of the memory, and the least number of descriptors,
    // since what is open for a moment only is no leak.
    Usage between(std::size_t begin, std::size_t end) const {
        std::vector<std::uint64_t> memory;
        std::vector<std::uint64_t> descriptors;
        for (std::size_t i = begin; i < end; ++i) {
            memory.push_back(samples_[i].memory_bytes);
            descriptors.push_back(samples_[i].descriptors);
        }
        if (memory.empty()) return {};
        std::sort(memory.begin(), memory.end());
        return {memory[memory.size() / 2],
                *std::min_element(descriptors.begin(), descriptors.end())};
    }

    std::string name_;
    std::uint64_t slack_bytes_;
    std::vector<pid_t> pids_;
    std::vector<Usage> samples_;
};

class MixedRig {
public:
    MixedRig(int argc, char** argv)
        : rig_("mixed", argc, argv, 30),
          dir_(rig_.options().dir.empty() ? ::testing::TempDir() : rig_.options().dir + "/"),
          ledger_(dir_ / "ledger") {
        void* const memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        DAYBOOK_CHECK(memory != MAP_FAILED);
        board_ = new (memory) Board;
    }

    int run() {
        (void)rig_.begin_case(0);
        start();
        watch();
        end();
        compare();
        for (const Group* group : {&writers_, &readers_, &indexers_}) {
            if (const auto growth = group->growth()) rig_.fail(*growth);
        }
        return rig_.finish();
    }

private:
    void start() {
        const double seconds = static_cast<double>(rig_.options().count);
        const double rate = std::min(kEventsPerSecondMax, kEventsMax / kWriters / seconds);
        for (std::size_t i = 0; i < kWriters; ++i) {
            writers_.start([&, i] { return write_events(ledger_, *board_, i, rate); });
        }
        for (std::size_t i = 0; i < kReaders; ++i) {
            readers_.start([&, i] { return read_events(ledger_, *board_, i); });
        }
        // Not before there is a ledger.
        while (board_->written[0] == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        indexers_.start([&] { return index_events(ledger_, *board_); });
    }

    void watch() {
        const std::int64_t end_ns = system_clock().monotonic_ns() +
                                    static_cast<std::int64_t>(rig_.options().count) * kSecondNs;
        // As many samples in a long run as in a short one.
        const auto pause = std::chrono::milliseconds(
            std::clamp<std::uint64_t>(rig_.options().count * 1'000 / 400, 100, 60'000));
        while (system_clock().monotonic_ns() < end_ns) {
            std::this_thread::sleep_for(pause);
            for (Group* group : {&writers_, &readers_, &indexers_}) group->sample();
            if (writers_.ended() + readers_.ended() + indexers_.ended() == 0) continue;
            rig_.fail("a process has ended before its time; what it said stands above");
            break;
        }
    }

    void end() {
        board_->writers_stop = true;
        const int writers = writers_.bury();
        board_->readers_stop = true;
        const int others = readers_.bury() + indexers_.bury();
        if (writers + others > 0) {
            rig_.fail(fmt::format("{} processes ended with an error", writers + others));
        }
    }

    void compare() {
        std::uint64_t written = 0;
        for (const auto& one : board_->written) written += one;
        for (std::size_t i = 0; i < kReaders; ++i) {
            if (board_->read[i] == written) continue;
            rig_.fail(
                fmt::format("reader {} saw {} of {} events", i, board_->read[i].load(), written));
        }
        if (board_->indexed != written) {
            rig_.fail(
                fmt::format("the index has {} of {} events", board_->indexed.load(), written));
        }
        const auto report = ledger::verify(ledger::LedgerDir(ledger_));
        if (!report || !report->findings.empty() || report->events != written) {
            rig_.fail(report ? fmt::format("verify: {} events, {} findings", report->events,
                                           report->findings.size())
                             : report.error().message());
        }
        rig_.note("events", written);
        rig_.note("snapshots", board_->snapshots);
    }

    Rig rig_;
    TempDir dir_;
    std::string ledger_;
    Board* board_ = nullptr;
    Group writers_{"writers", std::uint64_t{16} << 20};
    Group readers_{"readers", std::uint64_t{16} << 20};
    // DuckDB keeps what it is allowed to.
    Group indexers_{"indexer", std::uint64_t{256} << 20};
};

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::MixedRig(argc, argv).run(); }
