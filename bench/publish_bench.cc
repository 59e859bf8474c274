// Publishing a snapshot: beside `cp`, where blocks can be shared, and under the eyes of readers.

#include <fcntl.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "child.h"
#include "index/index_layout.h"
#include "indexed_ledger.h"
#include "os/file.h"
#include "snapshot_readers.h"
#include "suites.h"
#include "support/disk.h"

namespace daybook::bench {
namespace {

// Their index is about 200 MB.
constexpr std::size_t kEvents = 1'800'000;
constexpr std::uint64_t kDiskBytes = std::uint64_t{8} << 30;
constexpr std::size_t kReaderEvents = 10'000;
constexpr std::size_t kPublications = 200;
constexpr std::size_t kOpens = 20'000;

// Publishes what is indexed once more; in milliseconds.
Result<Sample> publish_again(const std::string& ledger) {
    ASSIGN_OR_RETURN(const Sample sample, build_in_child(ledger, 0, {.republish = true}));
    return Sample{.value = sample.step * 1e3};
}

// `cp`, and a sync of the copy.
Result<Sample> copy_and_sync(const std::string& from, const std::string& to) {
    RETURN_IF_ERROR(os::remove_file(to));
    const auto copy = [&]() -> Status {
        RETURN_IF_ERROR(run_process({"cp", from, to}));
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(to, O_RDONLY));
        return os::sync_data(fd.get(), to);
    };
    ASSIGN_OR_RETURN(const Sample sample, seconds_of(copy));
    return Sample{.value = sample.value * 1e3};
}

Result<double> megabytes_of(const std::string& path) {
    ASSIGN_OR_RETURN(const auto file, os::file_info(path));
    if (!file) return fail(ErrorCode::kNotFound, "{} is not there", path);
    return static_cast<double>(file->size.value()) / 1e6;
}

// The same ledger on a file system of its own that can share blocks between files, in a file on
// this disk.  Runs in a child, with which the mount goes.
Result<Sample> publish_with_reflinks(const Workspace& workspace, testing::FileSystem file_system,
                                     const std::string& ledger, int rounds) {
    const std::string image = workspace.path("image");
    const std::string mounts = workspace.path("mounts");
    RETURN_IF_ERROR(os::make_dirs(mounts));
    RETURN_IF_ERROR(testing::enter_private_mounts(mounts));
    RETURN_IF_ERROR(testing::make_file_system(file_system, image, kDiskBytes));
    ASSIGN_OR_RETURN(const testing::Mount mount,
                     testing::Mount::loop(file_system, image, os::join_path(mounts, "disk")));
    const std::string copy = os::join_path(mount.directory(), "ledger");
    RETURN_IF_ERROR(run_process({"cp", "-r", ledger, copy}));
    RETURN_IF_ERROR(run_process({"sync", "-f", copy}));
    const std::array contenders = {Contender{"publish", [&] { return publish_again(copy); }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, rounds));
    return medians[0];
}

Status add_reflinks(const Workspace& workspace, const Settings& settings, Report& report,
                    const std::string& ledger) {
    for (const auto file_system : {testing::FileSystem::kXfs, testing::FileSystem::kBtrfs}) {
        const std::string what =
            fmt::format("  on {}, which shares blocks", testing::to_string(file_system));
        const std::string problem = testing::mount_problem(std::array{file_system});
        if (!problem.empty()) {
            report.add_note(fmt::format("{}: not measured: {}", what, problem));
            continue;
        }
        ASSIGN_OR_RETURN(const Sample median, in_child([&] {
                             return publish_with_reflinks(workspace, file_system, ledger,
                                                          settings.rounds);
                         }));
        report.add({.what = what,
                    .value = median.value,
                    .unit = Unit::kMilliseconds,
                    .target = at_most(30)});
    }
    return {};
}

}  // namespace

Status bench_publish(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kEvents);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", events));
    RETURN_IF_ERROR(build_in_child(ledger, events));
    const std::string snapshot = index::IndexLayout(ledger).snapshot_path();
    ASSIGN_OR_RETURN(const double megabytes, megabytes_of(snapshot));
    const std::array contenders = {
        Contender{"publish", [&] { return publish_again(ledger); }},
        Contender{"cp", [&] { return copy_and_sync(snapshot, workspace.path("copy")); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("publish an index of {:.0f} MB", megabytes),
                .value = medians[0].value,
                .unit = Unit::kMilliseconds,
                .peer = "cp, and a sync of the copy",
                .peer_value = medians[1].value,
                .target = ratio_at_most(1.2)});
    return add_reflinks(workspace, settings, report, ledger);
}

Status bench_publish_readers(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t opens = settings.scaled(kOpens);
    const std::size_t publications = settings.scaled(kPublications);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", kReaderEvents));
    RETURN_IF_ERROR(build_in_child(ledger, kReaderEvents));
    ASSIGN_OR_RETURN(const Sightings seen,
                     watch_snapshots(Increments(ledger, kReaderEvents), publications, opens));
    const auto add = [&report](std::string what, std::uint64_t count, Target target) {
        report.add({.what = std::move(what),
                    .value = static_cast<double>(count),
                    .unit = Unit::kCount,
                    .target = target});
    };
    add(fmt::format("opens by {} readers, {} publications", kReaders, seen.publications),
        seen.opens, at_least(static_cast<double>(opens)));
    add("  that failed", seen.failed, at_most(0));
    add("  that met a lock", seen.locked, at_most(0));
    add("  with a wrong count", seen.wrong, at_most(0));
    if (!seen.first_problem.empty()) report.add_note(seen.first_problem);
    return {};
}

}  // namespace daybook::bench
