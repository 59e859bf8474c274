// Power cuts on real file systems.
//
// Writers run on ext4, xfs or btrfs, whose block device records every write and every flush.  From
// one recording many crash images are made: the operations up to a cut, of which those since the
// last flush are kept, dropped or torn in part.  Each image is mounted, so that the file system
// recovers as it does after a power cut; then the log is looked at, and written to again.  One case
// in eight cuts the power a second time, during that recovery.
//
// A case is a cut.  Its number gives the batch, and within the batch the file system; a recording
// serves all cuts of one batch and file system.  The seed fixes what the writers do and what a cut
// leaves, but not the kernel's timing: a case that fails keeps its image.
//
//     --dir DIR   an existing directory that the rig mounts its files over, unseen by others
//                 (default /mnt)

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "rigs/blockdev_check.h"
#include "rigs/blockdev_crash.h"
#include "support/recording_device.h"
#include "rigs/blockdev_recording.h"
#include "support/disk.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// How many cases of a batch each file system has, and how large its disk is: as small as it takes.
struct Share {
    FileSystem file_system;
    std::uint64_t cases;
    std::uint64_t disk_bytes;
};
constexpr std::array<Share, 3> kShares = {{{FileSystem::kExt4, 75, 32 * kMiB},
                                           {FileSystem::kXfs, 10, 300 * kMiB},
                                           {FileSystem::kBtrfs, 10, 128 * kMiB}}};
constexpr std::uint64_t kBatchCases = 95;
constexpr std::uint64_t kDefaultCases = 4 * kBatchCases;

// Where a case belongs.
struct CaseId {
    std::uint64_t batch = 0;
    std::size_t share = 0;
    bool operator==(const CaseId&) const = default;
};

CaseId case_id(std::uint64_t number) {
    CaseId id{.batch = number / kBatchCases};
    std::uint64_t rest = number % kBatchCases;
    while (rest >= kShares[id.share].cases) rest -= kShares[id.share++].cases;
    return id;
}

class BlockdevRig {
public:
    BlockdevRig(Rig& rig, std::string dir) : rig_(rig), dir_(std::move(dir)) {}

    void run() {
        for (std::uint64_t number = 0; number < rig_.options().count; ++number) {
            if (rig_.gives_up() || os::interrupted()) break;
            if (!rig_.begin_case(number)) continue;
            if (const Status status = run_case(number); !status) {
                rig_.fail(status.error().message());
            }
        }
        rig_.note("recordings", recordings_);
        rig_.note("operations recorded", operations_);
        rig_.note("writers killed", kills_);
        rig_.note("cut twice", cut_twice_);
        rig_.note("promises", total_.promised);
        rig_.note("lines read back", total_.lines);
        rig_.note("torn tails", total_.torn);
        rig_.note("damaged lines", total_.damaged);
        rig_.note("parts with a gap", total_.gaps);
        rig_.note("repaired before the cut", total_.written_over);
        rig_.note("and after it", total_.repaired);
    }

private:
    std::string path(std::string_view name) const { return os::join_path(dir_, name); }

    Status run_case(std::uint64_t number) {
        RETURN_IF_ERROR(prepare(case_id(number)));
        SeededRandom random(rig_.options().seed ^ number << 32);
        const CrashPlan plan = plan_crash(recording_->tape, pick_cut(*recording_, random), random);
        const Restart restart = random.next() % 4 == 0 ? Restart::kReplug : Restart::kReboot;
        const std::string image = path("crash");
        RETURN_IF_ERROR(make_crash_image(recording_->base, image, recording_->tape, plan));
        if (random.next() % 8 != 0) return check(number, *recording_, plan, image, restart);

        ASSIGN_OR_RETURN(const Recording recovery,
                         record_recovery(dir_, *recording_, plan, image, restart));
        ++cut_twice_;
        const CrashPlan second = plan_crash(recovery.tape, pick_cut(recovery, random), random);
        const std::string second_image = path("crash-again");
        RETURN_IF_ERROR(make_crash_image(image, second_image, recovery.tape, second));
        return check(number, recovery, second, second_image, restart);
    }

    // Makes the recording that the case needs, unless it is there.
    Status prepare(const CaseId& id) {
        if (recording_ && recorded_ == id) return {};
        recording_.reset();
        const Share& share = kShares[id.share];
        const std::uint64_t seed = rig_.options().seed ^ (id.batch << 8 | id.share) << 40;
        ASSIGN_OR_RETURN(Recording made,
                         record_writers(dir_, share.file_system, share.disk_bytes, seed));
        recording_ = std::make_unique<Recording>(std::move(made));
        recorded_ = id;
        ++recordings_;
        operations_ += recording_->tape.size();
        kills_ += recording_->log.kills;
        return {};
    }

    // Half of the cuts come right after an acknowledgement, where there is most to lose.
    static std::uint32_t pick_cut(const Recording& recording, RandomSource& random) {
        const std::vector<Promise>& promises = recording.log.promises;
        if (!promises.empty() && random.next() % 2 == 0) {
            return promises[random.next() % promises.size()].tape_size;
        }
        return static_cast<std::uint32_t>(random.next() % (recording.tape.size() + 1ULL));
    }

    Status check(std::uint64_t number, const Recording& recording, const CrashPlan& plan,
                 const std::string& image, Restart restart) {
        const Result<CrashFindings> found = look_at(recording, plan, image, restart);
        if (found && found->problems.empty()) {
            add(*found);
            return {};
        }
        const std::string what =
            found ? fmt::format("{}", fmt::join(found->problems, "\n  ")) : found.error().message();
        return fail(ErrorCode::kCorrupt,
                    "{} ({}), cut after {} of {} operations ({} durable), with {}, {}:\n  {}\n  {}",
                    to_string(recording.file_system), recording.mount_options, plan.cut,
                    recording.tape.size(), plan.durable, to_string(plan.survival),
                    restart == Restart::kReboot ? "rebooted" : "replugged", what,
                    keep_image(number, recording, plan));
    }

    Result<CrashFindings> look_at(const Recording& recording, const CrashPlan& plan,
                                  const std::string& image, Restart restart) const {
        ASSIGN_OR_RETURN(Mount mount, Mount::loop(recording.file_system, image, path("mounted"),
                                                  {.mount = recording.mount_options}));
        ASSIGN_OR_RETURN(CrashFindings found,
                         check_crash(layout_in(mount), recording.log, plan.cut, restart));
        RETURN_IF_ERROR(mount.unmount());
        return found;
    }

    // The image as the crash left it, outside the rig's own mounts; says where it is.
    std::string keep_image(std::uint64_t number, const Recording& recording,
                           const CrashPlan& plan) const {
        const std::string kept =
            fmt::format("/tmp/daybook-blockdev-{}-{}.img", rig_.options().seed, number);
        const Status status = make_crash_image(recording.base, kept, recording.tape, plan);
        return status ? "its image: " + kept : "its image is not kept: " + status.error().message();
    }
    void add(const CrashFindings& found) {
        total_.promised += found.promised;
        total_.lines += found.lines;
        total_.torn += found.torn;
        total_.damaged += found.damaged;
        total_.gaps += found.gaps;
        total_.written_over += found.written_over;
        total_.repaired += found.repaired;
    }

    Rig& rig_;
    std::string dir_;
    std::unique_ptr<Recording> recording_;
    CaseId recorded_;
    std::uint64_t cut_twice_ = 0;
    std::uint64_t recordings_ = 0;
    std::uint64_t operations_ = 0;
    std::uint64_t kills_ = 0;
    CrashFindings total_;
};

int run(int argc, char** argv) {
    Rig rig("blockdev", argc, argv, kDefaultCases);
    constexpr std::array kNeeded = {FileSystem::kExt4, FileSystem::kXfs, FileSystem::kBtrfs};
    if (const std::string problem = mount_problem(kNeeded); !problem.empty()) {
        return rig.cannot_run(problem);
    }
    if (const std::string problem = device_problem(); !problem.empty()) {
        return rig.cannot_run(problem);
    }
    const std::string dir = rig.options().dir.empty() ? "/mnt" : rig.options().dir;
    if (const Status status = enter_private_mounts(dir); !status) {
        return rig.cannot_run(status.error().message());
    }
    os::catch_interrupts();
    BlockdevRig(rig, dir).run();
    if (os::interrupted()) return rig.cannot_run("it was interrupted");
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
