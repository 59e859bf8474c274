// Archiving: how fast, how small, with how much memory; and an index that is built from archives.

#include <fcntl.h>

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/archive_writer.h"
#include "archive/manifest_file.h"
#include "base/clock.h"
#include "child.h"
#include "indexed_ledger.h"
#include "ledger/ledger_dir.h"
#include "ledger/seal_chain.h"
#include "ledger/sealer.h"
#include "lifecycle/archiver.h"
#include "log/scan.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kArchivedEvents = 2'000'000;
constexpr std::size_t kIndexedEvents = 1'000'000;
// As generate_events has it: 2026-01-01.
constexpr Day kFirstDay(20454);

// The generator makes one day; a second one lets two be archived at once, as years of them are.
Status split_days(const log::Layout& layout) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    RETURN_IF_ERROR(os::make_dirs(layout.day_dir(kFirstDay + 1)));
    for (std::size_t i = 1; i < parts.size(); i += 2) {
        const log::PartId moved{.day = kFirstDay + 1, .number = parts[i].id.number};
        RETURN_IF_ERROR(os::rename(layout.part_path(parts[i].id), layout.part_path(moved)));
    }
    return {};
}

Result<std::string> make_sealed_ledger(const Workspace& workspace, std::string_view name,
                                       std::size_t events) {
    ASSIGN_OR_RETURN(std::string ledger, make_ledger(workspace, name, events));
    const ledger::LedgerDir dir(ledger);
    RETURN_IF_ERROR(split_days(dir.layout()));
    const ManualClock clock(start_of(kFirstDay + 365));
    RETURN_IF_ERROR(ledger::seal_parts(dir, {.clock = &clock}));
    return ledger;
}

Result<std::vector<archive::SealedPart>> sealed_parts(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const ledger::SealFiles files, ledger::read_seals(dir.layout()));
    std::vector<archive::SealedPart> parts;
    for (const ledger::StoredSeal& stored : files.seals) {
        parts.push_back({.part = stored.part,
                         .path = dir.layout().part_path(stored.part),
                         .bytes = stored.seal.facts.bytes,
                         .sha256 = stored.seal.sha256,
                         .seal_sha256 = stored.sha256});
    }
    return parts;
}

// One file of all parts, and no look at it.
Result<Sample> write_only(const std::vector<archive::SealedPart>& parts, const std::string& path) {
    return in_child([&] {
        return seconds_of([&]() -> Status {
            RETURN_IF_ERROR(archive::write_archive(path, "events-000001.parquet", parts));
            return {};
        });
    });
}

// All of `daybook archive`; how large it became is told by `archive_bytes`.
Result<Sample> archive_all(const ledger::LedgerDir& dir) {
    return in_child([&] {
        return seconds_of([&]() -> Status {
            const ManualClock clock(start_of(kFirstDay + 365));
            ASSIGN_OR_RETURN(const lifecycle::ArchiveReport report,
                             lifecycle::archive_days(dir, {.clock = &clock}));
            for (const lifecycle::ArchiveOutcome& day : report.days) {
                if (day.state == lifecycle::ArchiveState::kArchived) continue;
                return fail(ErrorCode::kInternal, "archive {}: {}", to_string(day.day), day.detail);
            }
            return {};
        });
    });
}

// The bytes of all Parquet files, as the manifests say.
Result<std::uint64_t> archive_bytes(const ledger::LedgerDir& dir) {
    const archive::ArchiveLayout layout(dir);
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout));
    std::uint64_t bytes = 0;
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout, day));
        if (!manifest) continue;
        for (const archive::ArchiveFile& file : manifest->files) bytes += file.bytes;
    }
    return bytes;
}

// Brings the parts back out of trash/, so that they can be archived again.
Status undo(const ledger::LedgerDir& dir, const std::vector<archive::SealedPart>& parts) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(dir.trash_dir()));
    for (const os::DirEntry& entry : entries) {
        const std::string root = os::join_path(dir.trash_dir(), entry.name);
        for (const archive::SealedPart& part : parts) {
            const std::string from = root + part.path.substr(dir.root().size());
            ASSIGN_OR_RETURN(const bool there, os::exists(from));
            if (there) RETURN_IF_ERROR(os::rename(from, part.path));
        }
    }
    RETURN_IF_ERROR(os::remove_tree(dir.trash_dir()));
    return os::remove_tree(dir.archive_dir());
}

}  // namespace

Status bench_archive(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kArchivedEvents);
    ASSIGN_OR_RETURN(const std::string root, make_sealed_ledger(workspace, "archived", events));
    const ledger::LedgerDir dir(root);
    ASSIGN_OR_RETURN(const std::vector<archive::SealedPart> parts, sealed_parts(dir));
    std::uint64_t bytes = 0;
    for (const archive::SealedPart& part : parts) bytes += part.bytes;
    std::uint64_t archived = 0;
    const std::array contenders = {
        Contender{"write", [&] { return write_only(parts, workspace.path("one.parquet")); }},
        Contender{"archive",
                  [&]() -> Result<Sample> {
                      ASSIGN_OR_RETURN(const Sample sample, archive_all(dir));
                      ASSIGN_OR_RETURN(archived, archive_bytes(dir));
                      RETURN_IF_ERROR(undo(dir, parts));
                      return sample;
                  }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto gb_per_second = [bytes](const Sample& sample) {
        return static_cast<double>(bytes) / 1e9 / sample.value;
    };
    report.add({.what = fmt::format("archive {} events: written, one file", events),
                .value = gb_per_second(medians[0]),
                .unit = Unit::kGbPerSecond,
                .target = at_least(0.2)});
    report.add({.what = "  with read-back, two days at once",
                .value = gb_per_second(medians[1]),
                .unit = Unit::kGbPerSecond});
    report.add({.what = "  size",
                .value = static_cast<double>(archived) / 1e6,
                .unit = Unit::kMegabytes,
                .peer = "JSONL",
                .peer_value = static_cast<double>(bytes) / 1e6,
                .target = ratio_at_most(0.15)});
    report.add({.what = "  peak memory",
                .value = medians[1].peak_megabytes,
                .unit = Unit::kMegabytes,
                .target = at_most(1000)});
    return {};
}

Status bench_index_archived(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kIndexedEvents);
    ASSIGN_OR_RETURN(const std::string from_parts, make_sealed_ledger(workspace, "parts", events));
    ASSIGN_OR_RETURN(const std::string from_archives,
                     make_sealed_ledger(workspace, "archives", events));
    RETURN_IF_ERROR(archive_all(ledger::LedgerDir(from_archives)));
    const auto build = [events](const std::string& ledger) {
        return build_in_child(ledger, events, {.full_rebuild = true});
    };
    const std::array contenders = {
        Contender{"archives", [&] { return build(from_archives); }},
        Contender{"parts", [&] { return build(from_parts); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("full build of {} archived events", events),
                .value = static_cast<double>(events) / medians[0].value,
                .peer = "of the same in parts",
                .peer_value = static_cast<double>(events) / medians[1].value,
                .target = ratio_at_least(0.8)});
    report.add({.what = "  processor time",
                .value = medians[0].processor_seconds,
                .unit = Unit::kSeconds,
                .peer = "of the same in parts",
                .peer_value = medians[1].processor_seconds});
    return {};
}

}  // namespace daybook::bench
