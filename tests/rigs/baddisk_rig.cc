// Disks whose writes and flushes fail.
//
// Threads write to a log on ext4, xfs or btrfs, whose block device answers with EIO for a while,
// once, or for ever.  After a failed write the kernel drops the bytes, reports it once, and calls
// the file clean: a second sync succeeds and proves nothing.  So what was acknowledged at `power`
// is looked for on the device itself, after the file system has been unmounted and mounted again.
//
//     --dir DIR   an existing directory that the rig mounts its files over, unseen by others
//                 (default /mnt)

#include <fcntl.h>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "log/audit.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "rigs/baddisk_writers.h"
#include "support/disk.h"
#include "support/log_events.h"
#include "support/recording_device.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kDefaultCases = 80;
// Mounting takes fewer requests than that, on each of the file systems.
constexpr std::uint64_t kRequestsToMount = 20;
constexpr int kAttemptsToGoOn = 3;

struct Disk {
    FileSystem file_system;
    std::uint64_t bytes;
};
constexpr Disk kExt4Disk = {FileSystem::kExt4, 32 * kMiB};
// Of ten cases; xfs and btrfs take ten times as long.
constexpr std::array<Disk, 10> kDisks = {{kExt4Disk,
                                          kExt4Disk,
                                          kExt4Disk,
                                          kExt4Disk,
                                          {FileSystem::kXfs, 300 * kMiB},
                                          kExt4Disk,
                                          kExt4Disk,
                                          kExt4Disk,
                                          kExt4Disk,
                                          {FileSystem::kBtrfs, 128 * kMiB}}};

DeviceFaults faults_of(RandomSource& random) {
    DeviceFaults faults{.first = kRequestsToMount + random.next() % 150};
    switch (random.next() % 5) {
        case 0:
        case 1: faults.count = 1; break;
        case 2:
        case 3: faults.count = 2 + random.next() % 20; break;
        default: faults.count = DeviceFaults::kForEver;
    }
    const std::uint64_t kinds = random.next() % 3;
    faults.writes = kinds != 0;
    faults.flushes = kinds != 1;
    return faults;
}

class BadDiskRig {
public:
    BadDiskRig(Rig& rig, std::string dir) : rig_(rig), dir_(std::move(dir)) {}

    void run() {
        for (std::uint64_t number = 0; number < rig_.options().count; ++number) {
            if (rig_.gives_up() || os::interrupted()) break;
            if (!rig_.begin_case(number)) continue;
            if (const Status status = run_case(number); !status) {
                rig_.fail(status.error().message());
            }
        }
        rig_.note("promises", promises_);
        rig_.note("refused", refused_);
        rig_.note("bad parts", bad_parts_);
        rig_.note("disks that went on", went_on_);
    }

private:
    std::string path(std::string_view name) const { return os::join_path(dir_, name); }

    Status run_case(std::uint64_t number) {
        SeededRandom random(rig_.options().seed ^ number << 32);
        const Disk& disk = kDisks[number % kDisks.size()];
        const DeviceFaults faults = faults_of(random);
        const BadDiskPlan plan{.threads = static_cast<int>(1 + random.next() % 3),
                               .seed = random.next()};
        RETURN_IF_ERROR(make_file_system(disk.file_system, path("image"), disk.bytes));
        ASSIGN_OR_RETURN(BadDiskLog log, write_to(disk, faults, plan));
        promises_ += log.promised.size();
        refused_ += log.refused;
        const Result<std::vector<std::string>> problems = look_at(disk, plan, log);
        if (problems && problems->empty()) return {};
        return fail(ErrorCode::kCorrupt,
                    "{}, {} threads, EIO for {} requests from request {} on ({}):\n  {}",
                    to_string(disk.file_system), plan.threads,
                    faults.count == DeviceFaults::kForEver ? "all" : std::to_string(faults.count),
                    faults.first,
                    faults.writes ? faults.flushes ? "writes and flushes" : "writes" : "flushes",
                    problems ? fmt::format("{}", fmt::join(*problems, "\n  "))
                             : problems.error().message());
    }

    Result<BadDiskLog> write_to(const Disk& disk, const DeviceFaults& faults,
                                const BadDiskPlan& plan) {
        ASSIGN_OR_RETURN(Tape tape, Tape::make());
        ASSIGN_OR_RETURN(const RecordingDevice device,
                         RecordingDevice::start(path("image"), path("device"), tape, faults));
        ASSIGN_OR_RETURN(Mount mount, Mount::loop(disk.file_system, device.path(), path("mounted"),
                                                  {.direct = true}));
        const log::Layout layout(mount.directory() + "/ledger");
        ASSIGN_OR_RETURN(BadDiskLog log, write_to_bad_disk(layout, plan));
        RETURN_IF_ERROR(go_on(mount, layout, log));
        // The last writes may fail like any others.
        (void)mount.unmount();
        return log;
    }

    // A file system that takes and syncs a file must take an event, too.  Not the first perhaps: to
    // a part's first sync since its bytes were dropped the kernel tells that.
    Status go_on(const Mount& mount, const log::Layout& layout, BadDiskLog& log) {
        Status appended;
        for (int attempt = 0; attempt < kAttemptsToGoOn; ++attempt) {
            if (!os::write_file_atomic(mount.directory() + "/probe", "probe")) return {};
            log.attempted.insert(kAfterwardsId);
            appended = append_afterwards(layout);
            if (!appended) continue;
            ++went_on_;
            log.promised.insert(kAfterwardsId);
            return {};
        }
        return appended;
    }

    // What is on the device.
    Result<std::vector<std::string>> look_at(const Disk& disk, const BadDiskPlan& plan,
                                             const BadDiskLog& log) {
        ASSIGN_OR_RETURN(Mount mount,
                         Mount::loop(disk.file_system, path("image"), path("mounted")));
        const log::Layout layout(mount.directory() + "/ledger");
        std::vector<std::string> problems;
        std::set<std::string> found;
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
        for (const log::PartInfo& part : parts) {
            if (part.bad) ++bad_parts_;
            const auto on_line = [&](const log::Line& line) {
                if (line.kind != log::LineKind::kOurs) return;
                const std::string id = event_id_of(line.body);
                const BadDiskPlan& its_plan = id == kAfterwardsId ? BadDiskPlan() : plan;
                found.insert(id);
                if (!log.attempted.contains(id) || line.body != draft_of(its_plan, id)) {
                    problems.push_back(fmt::format("{} at {}: a line that nobody wrote: {}",
                                                   log::to_string(part.id), line.offset.value(),
                                                   line.text.substr(0, 200)));
                }
            };
            const auto on_finding = [&](const log::Finding& finding) {
                const bool known = finding.kind == log::FindingKind::kLost ||
                                   finding.kind == log::FindingKind::kOutOfOrder;
                if (!known) return;
                problems.push_back(fmt::format("{} at {}: {}: {}", log::to_string(finding.part),
                                               finding.offset.value(), log::to_string(finding.kind),
                                               finding.detail));
            };
            RETURN_IF_ERROR(log::audit_part(layout, part, on_line, on_finding));
        }
        for (const std::string& id : log.promised) {
            if (!found.contains(id)) {
                problems.push_back(id + " was acknowledged at power, and is not on the device");
            }
        }
        RETURN_IF_ERROR(mount.unmount());
        return problems;
    }

    Rig& rig_;
    std::string dir_;
    std::uint64_t promises_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t bad_parts_ = 0;
    std::uint64_t went_on_ = 0;
};

int run(int argc, char** argv) {
    Rig rig("baddisk", argc, argv, kDefaultCases);
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
    BadDiskRig(rig, dir).run();
    if (os::interrupted()) return rig.cannot_run("it was interrupted");
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
