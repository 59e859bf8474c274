// Disks that are really full.
//
// A case is a small disk (ext4, xfs, a tmpfs, or a limit of the file size), one to four threads
// that share a ledger, and how much room there is.  The threads record at all durabilities until
// the disk refuses, go on while it is full, and once more when room has been made, without opening
// the ledger anew.  Every event that was acknowledged must be there once, no refused one may be,
// and `verify` must have nothing to say.
//
//     --dir DIR   an existing directory that the rig mounts its files over, unseen by others
//                 (default /mnt)

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "base/random.h"
#include "os/error.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "rigs/fulldisk_case.h"
#include "rigs/fulldisk_disk.h"
#include "support/disk.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kDefaultCases = 96;
constexpr std::uint64_t kThreadsMax = 4;
constexpr std::size_t kOutcomeBytesMax = std::size_t{1} << 20;
// A case takes less than a second; one that waits for ever has failed.
constexpr unsigned kCaseSecondsMax = 120;

FullDiskPlan plan_of(std::uint64_t seed, std::uint64_t number) {
    SeededRandom random(seed ^ number << 32);
    FullDiskPlan plan{
        .threads = static_cast<int>(1 + number / kDiskKinds.size() % kThreadsMax),
        .seed = random.next(),
    };
    // Now and then there is hardly any.
    plan.room_bytes = random.next() % 8 == 0 ? random.next() % 8'192 : random.next() % 800'000;
    return plan;
}

class FullDiskRig {
public:
    FullDiskRig(Rig& rig, std::string dir) : rig_(rig), dir_(std::move(dir)) {}

    void run() {
        for (std::uint64_t number = 0; number < rig_.options().count; ++number) {
            if (rig_.gives_up() || os::interrupted()) break;
            if (!rig_.begin_case(number)) continue;
            if (const Status status = run_case(number); !status) {
                rig_.fail(status.error().message());
            }
        }
        rig_.note("acknowledged", total_.acknowledged);
        rig_.note("refused", total_.refused);
        rig_.note("refused but there", total_.refused_but_there);
        rig_.note("failed syncs", total_.failed_syncs);
        rig_.note("runs ended on the full disk", total_.runs_that_ended);
    }

private:
    Status run_case(std::uint64_t number) {
        const DiskKind kind = kDiskKinds[number % kDiskKinds.size()];
        const FullDiskPlan plan = plan_of(rig_.options().seed, number);
        ASSIGN_OR_RETURN(SmallDisk disk, SmallDisk::make(kind, os::join_path(dir_, "image"),
                                                         os::join_path(dir_, "disk")));
        const Status status = run_in_child(disk, plan);
        RETURN_IF_ERROR(disk.unmount());
        if (status) return {};
        return fail(status.error().with_context(fmt::format(
            "{}, {} threads, room for {} bytes", to_string(kind), plan.threads, plan.room_bytes)));
    }

    // A crash must not end the rig, nor a limit outlive the case.
    Status run_in_child(SmallDisk& disk, const FullDiskPlan& plan) {
        const std::string path = os::join_path(dir_, "outcome");
        RETURN_IF_ERROR(os::remove_file(path));
        const pid_t rig = ::getpid();
        const pid_t child = ::fork();
        if (child < 0) return fail(os::errno_error(errno, "start a process for", path));
        if (child == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::alarm(kCaseSecondsMax);
            if (::getppid() != rig) ::_exit(1);
            const Result<FullDiskOutcome> outcome = record_on_full_disk(disk, plan);
            const std::string text = outcome ? to_text(*outcome) : outcome.error().message();
            (void)os::write_file_atomic(path, text);
            ::_exit(outcome ? 0 : 1);
        }
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFSIGNALED(status)) {
            return fail(ErrorCode::kInternal, "it ended with signal {}", WTERMSIG(status));
        }
        ASSIGN_OR_RETURN(const std::string text, os::read_file(path, kOutcomeBytesMax));
        if (WEXITSTATUS(status) != 0) return fail(ErrorCode::kInternal, "{}", text);
        return add(text);
    }

    static std::string to_text(const FullDiskOutcome& outcome) {
        return fmt::format("{} {} {} {} {}\n{}", outcome.acknowledged, outcome.refused,
                           outcome.refused_but_there, outcome.failed_syncs, outcome.runs_that_ended,
                           fmt::join(outcome.problems, "\n  "));
    }

    Status add(const std::string& text) {
        std::istringstream stream(text);
        FullDiskOutcome outcome;
        stream >> outcome.acknowledged >> outcome.refused >> outcome.refused_but_there >>
            outcome.failed_syncs >> outcome.runs_that_ended;
        total_.acknowledged += outcome.acknowledged;
        total_.refused += outcome.refused;
        total_.refused_but_there += outcome.refused_but_there;
        total_.failed_syncs += outcome.failed_syncs;
        total_.runs_that_ended += outcome.runs_that_ended;
        const std::string problems = text.substr(text.find('\n') + 1);
        if (problems.empty()) return {};
        return fail(ErrorCode::kCorrupt, "\n  {}", problems);
    }

    Rig& rig_;
    std::string dir_;
    FullDiskOutcome total_;
};

int run(int argc, char** argv) {
    Rig rig("fulldisk", argc, argv, kDefaultCases);
    constexpr std::array kNeeded = {FileSystem::kExt4, FileSystem::kXfs};
    if (const std::string problem = mount_problem(kNeeded); !problem.empty()) {
        return rig.cannot_run(problem);
    }
    const std::string dir = rig.options().dir.empty() ? "/mnt" : rig.options().dir;
    if (const Status status = enter_private_mounts(dir); !status) {
        return rig.cannot_run(status.error().message());
    }
    os::catch_interrupts();  // SIGXFSZ, too.
    FullDiskRig(rig, dir).run();
    if (os::interrupted()) return rig.cannot_run("it was interrupted");
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
