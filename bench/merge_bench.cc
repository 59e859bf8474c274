// Merging ledgers: another one of as many events, and again when little has changed.

#include <fcntl.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "crew.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "lifecycle/merge.h"
#include "log/scan.h"
#include "os/copy.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kMergeEvents = 1'000'000;

// A ledger of its own events.
Status make_ledger(const std::string& directory, std::size_t events, int seed) {
    RETURN_IF_ERROR(run_process({program("bench/generate_events"), directory,
                                 fmt::format("{}", events), fmt::format("{}", seed)}));
    return ledger::read_or_create_manifest(ledger::LedgerDir(directory)).map([](const auto&) {});
}

// `target` becomes a copy of `source`.
Status copy_ledger(const std::string& source, const std::string& target) {
    RETURN_IF_ERROR(os::remove_tree(target));
    const log::Layout from(source);
    const log::Layout to(target);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(from));
    for (const log::PartInfo& part : parts) {
        RETURN_IF_ERROR(os::make_dirs(to.day_dir(part.id.day)));
        RETURN_IF_ERROR(os::copy_file(from.part_path(part.id), to.part_path(part.id), 0644));
    }
    return os::copy_file(source + "/ledger.json", target + "/ledger.json", 0644);
}

Status merge_all(const std::string& target, const std::string& source, std::size_t expected) {
    ASSIGN_OR_RETURN(const lifecycle::MergeReport report,
                     lifecycle::merge_ledger(ledger::LedgerDir(target), ledger::LedgerDir(source)));
    if (report.events.written == expected) return {};
    return fail(ErrorCode::kInternal, "the merge wrote {} events, expected {}",
                report.events.written, expected);
}

}  // namespace

Status bench_merge(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t count = settings.scaled(kMergeEvents);
    ASSIGN_OR_RETURN(const std::string directory, workspace.fresh("merge"));
    const std::string ours = directory + "/ours";
    const std::string theirs = directory + "/theirs";
    const std::string target = directory + "/target";
    RETURN_IF_ERROR(make_ledger(ours, count, 1));
    RETURN_IF_ERROR(make_ledger(theirs, count, 2));
    const std::array contenders = {
        Contender{"merge",
                  [&]() -> Result<Sample> {
                      RETURN_IF_ERROR(copy_ledger(ours, target));
                      return run_once(
                          [&](std::size_t) { return merge_all(target, theirs, count); });
                  }},
        Contender{
            "again",
            [&] { return run_once([&](std::size_t) { return merge_all(target, theirs, 0); }); }},
        // The raw limit: the bytes of both are read, and those of one are written and synced.
        Contender{"copy", [&] {
                      return run_once([&](std::size_t) -> Status {
                          const std::string copy = directory + "/copy";
                          RETURN_IF_ERROR(copy_ledger(theirs, copy));
                          ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts,
                                           log::list_parts(log::Layout(copy)));
                          for (const log::PartInfo& part : parts) {
                              const std::string path = log::Layout(copy).part_path(part.id);
                              ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY));
                              RETURN_IF_ERROR(os::sync_data(fd.get(), path));
                          }
                          return {};
                      });
                  }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("merge of a ledger of {} events into one of as many", count),
                .value = medians[0].value / 1e6,
                .unit = Unit::kSeconds,
                .peer = "a copy of its parts, synced",
                .peer_value = medians[2].value / 1e6,
                .target = at_most(10)});
    report.add(
        {.what = "the same merge again", .value = medians[1].value / 1e6, .unit = Unit::kSeconds});
    return {};
}

}  // namespace daybook::bench
