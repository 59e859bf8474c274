// Power cuts on real file systems.
//
// Writers run on ext4, xfs or btrfs, whose block device records every write and every flush.  From
// one recording many crash images are made: the operations up to a cut, of which those since the
// last flush are kept, dropped or torn in part.  Each image is mounted, so that the file system
// recovers as it does after a power cut; then the log is looked at, and written to again.
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
#include "rigs/blockdev_device.h"
#include "rigs/blockdev_writers.h"
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

// What all cuts of one batch and file system are made from.
struct Recording {
    CaseId id;
    std::string base;  // the image that the recording began with
    Tape tape;
    WrittenLog log;
};

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
        const CaseId id = case_id(number);
        if (!recording_ || recording_->id != id) {
            recording_.reset();
            ASSIGN_OR_RETURN(Recording made, record(id));
            recording_ = std::make_unique<Recording>(std::move(made));
        }
        SeededRandom random(rig_.options().seed ^ number << 32);
        const CrashPlan plan = plan_crash(recording_->tape, pick_cut(random), random);
        const Restart restart = random.next() % 4 == 0 ? Restart::kReplug : Restart::kReboot;
        RETURN_IF_ERROR(make_crash_image(recording_->base, path("crash"), recording_->tape, plan));
        const Result<CrashFindings> found = check_image(plan.cut, restart);
        if (found && found->problems.empty()) {
            add(*found);
            return {};
        }
        const std::string what =
            found ? fmt::format("{}", fmt::join(found->problems, "\n  ")) : found.error().message();
        return fail(ErrorCode::kCorrupt,
                    "{}, cut after {} of {} operations ({} durable), with {}, {}:\n  {}\n  {}",
                    to_string(kShares[id.share].file_system), plan.cut, recording_->tape.size(),
                    plan.durable, to_string(plan.survival),
                    restart == Restart::kReboot ? "rebooted" : "replugged", what,
                    keep_image(number, plan));
    }

    // Half of the cuts come right after an acknowledgement, where there is most to lose.
    std::uint32_t pick_cut(RandomSource& random) const {
        const std::vector<Promise>& promises = recording_->log.promises;
        if (!promises.empty() && random.next() % 2 == 0) {
            return promises[random.next() % promises.size()].tape_size;
        }
        return static_cast<std::uint32_t>(random.next() % (recording_->tape.size() + 1ULL));
    }

    Result<Recording> record(const CaseId& id) {
        const Share& share = kShares[id.share];
        SeededRandom random(rig_.options().seed ^ (id.batch << 8 | id.share) << 40);
        ASSIGN_OR_RETURN(Tape tape, Tape::make());
        Recording recording{.id = id, .base = path("base"), .tape = std::move(tape), .log = {}};
        std::vector<std::string> options;
        if (share.file_system == FileSystem::kExt4) {
            options = {"-b", random.next() % 2 == 0 ? "1024" : "4096"};
        }
        RETURN_IF_ERROR(
            make_file_system(share.file_system, recording.base, share.disk_bytes, options));
        RETURN_IF_ERROR(make_crash_image(recording.base, path("live"), recording.tape, {}));
        ASSIGN_OR_RETURN(const RecordingDevice device,
                         RecordingDevice::start(path("live"), path("device"), recording.tape));
        ASSIGN_OR_RETURN(Mount mount,
                         Mount::loop(share.file_system, device.path(), path("mounted")));
        const log::Layout layout(mount.directory() + "/ledger");
        const WriterPlan plan{.seed = random.next()};
        ASSIGN_OR_RETURN(recording.log, run_writers(layout, plan, recording.tape));
        RETURN_IF_ERROR(mount.unmount());
        ++recordings_;
        operations_ += recording.tape.size();
        kills_ += recording.log.kills;
        return recording;
    }

    Result<CrashFindings> check_image(std::uint32_t cut, Restart restart) {
        const FileSystem file_system = kShares[recording_->id.share].file_system;
        ASSIGN_OR_RETURN(Mount mount, Mount::loop(file_system, path("crash"), path("mounted")));
        const log::Layout layout(mount.directory() + "/ledger");
        ASSIGN_OR_RETURN(CrashFindings found, check_crash(layout, recording_->log, cut, restart));
        RETURN_IF_ERROR(mount.unmount());
        return found;
    }

    // The image as the crash left it, outside the rig's own mounts; says where it is.
    std::string keep_image(std::uint64_t number, const CrashPlan& plan) {
        const std::string kept =
            fmt::format("/tmp/daybook-blockdev-{}-{}.img", rig_.options().seed, number);
        Status status = make_crash_image(recording_->base, kept, recording_->tape, plan);
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
    std::uint64_t recordings_ = 0;
    std::uint64_t operations_ = 0;
    std::uint64_t kills_ = 0;
    CrashFindings total_;
};

int run(int argc, char** argv) {
    Rig rig("blockdev", argc, argv, kDefaultCases);
    constexpr std::array kNeeded = {FileSystem::kExt4, FileSystem::kXfs, FileSystem::kBtrfs};
    if (const std::string problem = device_problem(); !problem.empty()) {
        return rig.cannot_run(problem);
    }
    if (const std::string problem = mount_problem(kNeeded); !problem.empty()) {
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
