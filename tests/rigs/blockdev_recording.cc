#include "rigs/blockdev_recording.h"

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "os/file.h"
#include "support/recording_device.h"

namespace daybook::testing {
namespace {

constexpr std::array<const char*, 2> kExt4BlockBytes = {"1024", "4096"};
// What is promised holds in every mode; how much more survives differs.
constexpr std::array<const char*, 4> kExt4Options = {"", "data=writeback", "data=journal",
                                                     "nodelalloc"};
constexpr int kInterruptedWriters = 2;

// Lets `write` write to the file system on a copy of the recording's base, and records it.
template <typename Write>
Status record(const std::string& dir, Recording& recording, Write write) {
    const std::string live = os::join_path(dir, "live");
    RETURN_IF_ERROR(make_crash_image(recording.base, live, recording.tape, {}));
    ASSIGN_OR_RETURN(const RecordingDevice device,
                     RecordingDevice::start(live, os::join_path(dir, "device"), recording.tape));
    ASSIGN_OR_RETURN(Mount mount, Mount::loop(recording.file_system, device.path(),
                                              os::join_path(dir, "mounted"),
                                              {.mount = recording.mount_options, .direct = true}));
    RETURN_IF_ERROR(write(layout_in(mount)));
    return mount.unmount();
}

// The promises of `log` as they stand after a cut: made before all that follows, or not at all.
WrittenLog after_cut(const WrittenLog& log, std::uint32_t cut) {
    WrittenLog left{.promises = {},
                    .document_versions = log.document_versions,
                    .fragments = log.fragments,
                    .parts = {},
                    .kills = 0};
    for (const Promise& promise : log.promises) {
        if (promise.tape_size <= cut) left.promises.push_back({promise.event_id, 0});
    }
    for (std::uint32_t& version : left.document_versions) {
        version = version <= cut ? 0 : std::numeric_limits<std::uint32_t>::max();
    }
    return left;
}

}  // namespace

log::Layout layout_in(const Mount& mount) { return log::Layout(mount.directory() + "/ledger"); }

Result<Recording> record_writers(const std::string& dir, FileSystem file_system,
                                 std::uint64_t disk_bytes, std::uint64_t seed) {
    SeededRandom random(seed);
    ASSIGN_OR_RETURN(Tape tape, Tape::make());
    Recording recording{.file_system = file_system,
                        .mount_options = "",
                        .base = os::join_path(dir, "base"),
                        .tape = std::move(tape),
                        .log = {}};
    std::vector<std::string> options;
    if (file_system == FileSystem::kExt4) {
        options = {"-b", kExt4BlockBytes[random.next() % kExt4BlockBytes.size()]};
        recording.mount_options = kExt4Options[random.next() % kExt4Options.size()];
    }
    RETURN_IF_ERROR(make_file_system(file_system, recording.base, disk_bytes, options));
    const WriterPlan plan{.seed = random.next()};
    const auto write = [&](const log::Layout& layout) -> Status {
        ASSIGN_OR_RETURN(recording.log, run_writers(layout, plan, recording.tape));
        return {};
    };
    RETURN_IF_ERROR(record(dir, recording, write));
    return recording;
}

Result<Recording> record_recovery(const std::string& dir, const Recording& before,
                                  const CrashPlan& plan, const std::string& crash, Restart kind) {
    ASSIGN_OR_RETURN(Tape tape, Tape::make());
    Recording recording{.file_system = before.file_system,
                        .mount_options = before.mount_options,
                        .base = crash,
                        .tape = std::move(tape),
                        .log = after_cut(before.log, plan.cut)};
    const auto write = [&](const log::Layout& layout) -> Status {
        RETURN_IF_ERROR(restart(layout, kind));
        for (int i = 1; i <= kInterruptedWriters; ++i) {
            const std::string id = fmt::format("interrupted-{}", i);
            RETURN_IF_ERROR(append_together(layout, {id}, writer_day(kWriterDays - 1)));
            recording.log.promises.push_back({id, recording.tape.size()});
        }
        ASSIGN_OR_RETURN(recording.log.parts, read_parts(layout));
        return {};
    };
    RETURN_IF_ERROR(record(dir, recording, write));
    return recording;
}

}  // namespace daybook::testing
