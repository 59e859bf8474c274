// Calls of the kernel that fail: every one that a scenario makes, with every error, once and from
// then on.  Nothing that was acknowledged may be missing afterwards.
//
// The first cases are the loops over all calls of all scenarios.  `count` more are of a writer that
// comes to the disorder which a first fault left, and meets a second one.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "faults_scenario.h"
#include "faults_table.h"
#include "os/file.h"
#include "os/test_support.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::array kErrors = {EIO, ENOSPC, EDQUOT, EINTR, EFBIG, EROFS, ENOMEM};
// An interrupted call is made again, so a signal that never ends would never end.
constexpr int kInterruptions = 50;
// Cases that share a process: one that crashes takes no more than itself with it.
constexpr std::size_t kCasesInAProcess = 500;

struct Case {
    const Scenario* scenario = nullptr;
    Fault fault{};
    Fault before{};  // what put the ledger into disorder, for recovery()
};

int open_descriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

struct Counts {
    std::array<int, os::kCalls> calls{};
};

// Runs one case; `counts`, if given, learns how many calls of each kind were made.
std::vector<std::string> run_case(const Case& one, Counts* counts = nullptr) {
    const os::TempDir dir;
    const int descriptors = open_descriptors();
    std::vector<std::string> problems;
    bool sync_refused = false;
    {
        FaultyLog log(dir / "ledger");
        one.scenario->prepare(log);
        const auto run = [&](const Scenario& scenario, const Fault& fault) {
            const FaultTable table(fault);
            log.set_table(&table);
            scenario.run(log);
            log.close();
            log.set_table(nullptr);
            sync_refused = sync_refused || !table.durable()->refused.empty();
            for (std::size_t i = 0; counts != nullptr && i < os::kCalls; ++i) {
                counts->calls[i] = table.count(static_cast<os::Call>(i));
            }
            if (fault.nth == 0 && !table.durable()->renamed_into.empty()) {
                problems.push_back("a file was renamed, and its directory never synced");
            }
            return table.hit();
        };
        if (one.before.nth > 0) (void)run(disorder(), one.before);
        const bool hit = run(*one.scenario, one.fault);
        if (one.fault.nth > 0 && one.before.nth == 0 && !hit) {
            problems.push_back("the call that was to fail was never made");
        }
        // What was cut short is completed, and nobody is told.
        if (one.fault.nth > 0 && one.fault.times == 0 && one.before.nth == 0) {
            for (const std::string& error : log.told().errors) problems.push_back(error);
        }
        for (std::string& problem : problems_of(log, sync_refused)) {
            problems.push_back(std::move(problem));
        }
    }
    if (open_descriptors() != descriptors) {
        problems.push_back(fmt::format("{} descriptors were open before, {} are now", descriptors,
                                       open_descriptors()));
    }
    return problems;
}

std::string describe(const Case& one) {
    std::string text = fmt::format("{}: {}", one.scenario->name, to_string(one.fault));
    if (one.before.nth > 0) text += fmt::format(", after {}", to_string(one.before));
    return text;
}

// Every fault in a scenario that makes `counts` calls of each kind.
std::vector<Fault> all_faults(const Counts& counts) {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < os::kCalls; ++i) {
        const auto call = static_cast<os::Call>(i);
        const bool moves_bytes = call == os::Call::kWrite || call == os::Call::kPread;
        for (int nth = 1; nth <= counts.calls[i]; ++nth) {
            if (moves_bytes) faults.push_back({call, nth, 0, 0, true});
            for (const int error_number : kErrors) {
                const int many = error_number == EINTR ? kInterruptions : kFromThenOn;
                for (const int times : {1, many}) {
                    faults.push_back({call, nth, error_number, times});
                    if (moves_bytes) faults.push_back({call, nth, error_number, times, true});
                }
            }
        }
    }
    return faults;
}

class FaultsRig {
public:
    FaultsRig(int argc, char** argv) : rig_("faults", argc, argv, 3'000) {}

    int run() {
        std::uint64_t calls = 0;
        for (const Scenario& scenario : scenarios()) {
            Counts counts;
            for (const std::string& problem : run_case({.scenario = &scenario}, &counts)) {
                fmt::print("rig faults: {} with nothing failing: {}\n", scenario.name, problem);
                return 1;
            }
            for (const Fault& fault : all_faults(counts)) {
                cases_.push_back({.scenario = &scenario, .fault = fault});
            }
            for (const int count : counts.calls) calls += static_cast<std::uint64_t>(count);
        }
        const std::size_t loops = cases_.size();
        add_recoveries();
        for (std::size_t i = 0; i < cases_.size() && !rig_.gives_up();) i = run_some(i);
        rig_.note("calls", calls);
        rig_.note("faults in them", loops);
        rig_.note("recoveries", cases_.size() - loops);
        return rig_.finish();
    }

private:
    void add_recoveries() {
        Counts first;
        (void)run_case({.scenario = &disorder()}, &first);
        const std::vector<Fault> before = all_faults(first);
        std::mt19937_64 random(rig_.options().seed);
        while (cases_.size() < SIZE_MAX && recoveries_ < rig_.options().count) {
            const Fault& earlier = before[random() % before.size()];
            Counts second;
            (void)run_case({.scenario = &recovery(), .before = earlier}, &second);
            for (const Fault& fault : all_faults(second)) {
                if (random() % 16 != 0) continue;
                cases_.push_back({.scenario = &recovery(), .fault = fault, .before = earlier});
                ++recoveries_;
            }
        }
    }

    // Runs cases from `begin` on in a process of their own; returns the first one not run.
    std::size_t run_some(std::size_t begin) {
        std::size_t end = std::min(begin + kCasesInAProcess, cases_.size());
        if (rig_.options().only) {
            if (*rig_.options().only >= cases_.size()) return cases_.size();
            begin = *rig_.options().only;
            end = begin + 1;
        }
        std::array<int, 2> fds{};
        DAYBOOK_CHECK(::pipe(fds.data()) == 0);
        const os::UniqueFd reading(fds[0]);
        os::UniqueFd writing(fds[1]);
        const pid_t child = ::fork();
        if (child == 0) {
            for (std::size_t i = begin; i < end; ++i) {
                const std::string text = fmt::format("{}", fmt::join(run_case(cases_[i]), "\n  "));
                DAYBOOK_CHECK(!os::write_all(writing.get(), text + '\0', "the pipe").error);
            }
            std::exit(0);  // Not _exit(): LeakSanitizer looks for leaks at the end.
        }
        writing.reset();
        std::size_t at = begin;
        for (const std::string& text : answers(reading.get())) note(at++, text);
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        if (status != 0 && at < end) note(at++, fmt::format("the process died: {}", status));
        if (status != 0 && at == end) {
            note(at - 1, "the process ended with an error: a leak, or what stands above");
        }
        return rig_.options().only ? cases_.size() : at;
    }

    // What the child says of each of its cases, until it ends.
    static std::vector<std::string> answers(int fd) {
        std::string all;
        std::array<char, 4096> block{};
        ssize_t count = 0;
        while ((count = ::read(fd, block.data(), block.size())) > 0) {
            all.append(block.data(), static_cast<std::size_t>(count));
        }
        std::vector<std::string> found;
        for (std::size_t begin = 0; begin < all.size();) {
            const std::size_t end = all.find('\0', begin);
            if (end == std::string::npos) break;
            found.push_back(all.substr(begin, end - begin));
            begin = end + 1;
        }
        return found;
    }

    void note(std::size_t number, const std::string& problems) {
        (void)rig_.begin_case(number);
        if (!problems.empty()) rig_.fail(describe(cases_[number]) + "\n  " + problems);
    }

    Rig rig_;
    std::vector<Case> cases_;
    std::uint64_t recoveries_ = 0;
};

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::FaultsRig(argc, argv).run(); }
