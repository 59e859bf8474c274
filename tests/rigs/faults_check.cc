// What must be true of a ledger after the faults.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/check.h"
#include "faults_scenario.h"
#include "ledger/sealer.h"
#include "ledger/verify.h"
#include "log/audit.h"
#include "log/scan.h"
#include "log/test_support.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

// A line of an event, and where it lies.
struct Copy {
    log::PartId part;
    ino_t inode = 0;
    std::uint64_t end = 0;
};
using Copies = std::map<std::string, std::vector<Copy>>;

ino_t inode_of(const std::string& path) {
    const auto info = os::file_info(path).value();
    return info ? info->identity.inode : 0;
}

Copies read_back(FaultyLog& log, std::vector<std::string>& problems) {
    Copies copies;
    const std::vector<log::PartInfo> parts = log::list_parts(log.layout()).value();
    for (const log::PartInfo& part : parts) {
        const auto known = log.beginnings().find(part.id);
        const ByteOffset from = known == log.beginnings().end() ? ByteOffset(0) : known->second;
        const ino_t inode = inode_of(log.layout().part_path(part.id));
        log::PartReader reader = log::PartReader::open(log.layout(), part.id, from).value();
        while (const std::optional<log::Line> line = reader.next().value()) {
            if (line->kind == log::LineKind::kOurs) {
                copies[log::id_of(line->body)].push_back({part.id, inode, line->end().value()});
                continue;
            }
            problems.push_back(fmt::format("{} at {}: {}", log::to_string(part.id),
                                           line->offset.value(), log::to_string(line->damage)));
        }
    }
    return copies;
}

bool has_entry(const Durable& durable, const std::string& path) {
    const auto found = durable.entries.find(inode_of(os::parent_path(path)));
    return found != durable.entries.end() &&
           found->second.contains(path.substr(path.rfind('/') + 1));
}

// Why the copy could be lost with the power; nullptr if it could not.
const char* risk_of(const Copy& copy, const Durable& durable, const log::Layout& layout) {
    const auto bytes = durable.bytes.find(copy.inode);
    if (bytes == durable.bytes.end() || bytes->second < copy.end) return "its bytes are not synced";
    if (!has_entry(durable, layout.part_path(copy.part))) return "its part's name is not synced";
    if (!has_entry(durable, layout.day_dir(copy.part.day))) return "its day's name is not synced";
    if (!has_entry(durable, layout.events_dir())) return "the name events/ is not synced";
    return nullptr;
}

void check_events(FaultyLog& log, bool sync_refused, std::vector<std::string>& problems) {
    const Copies copies = read_back(log, problems);
    for (const auto& [id, found] : copies) {
        if (!log.told().attempted.contains(id)) problems.push_back(id + " was never written");
        if (found.size() > 1 && !sync_refused) {
            problems.push_back(fmt::format("{} is there {} times", id, found.size()));
        }
    }
    for (const Told::Accepted& accepted : log.told().accepted) {
        const auto found = copies.find(accepted.id);
        if (found == copies.end()) {
            problems.push_back(accepted.id + " was acknowledged and is lost");
            continue;
        }
        if (accepted.at_power == nullptr) continue;
        const char* risk = nullptr;
        for (const Copy& copy : found->second) {
            risk = risk_of(copy, *accepted.at_power, log.layout());
            if (risk == nullptr) break;
        }
        if (risk != nullptr) {
            problems.push_back(fmt::format("{} was acknowledged at power: {}", accepted.id, risk));
        }
    }
}

// What an audit says of the parts: no more than the faults explain.
void check_findings(FaultyLog& log, bool sync_refused, std::vector<std::string>& problems) {
    const std::vector<log::PartInfo> parts = log::list_parts(log.layout()).value();
    for (const log::PartInfo& part : parts) {
        if (log.beginnings().contains(part.id)) continue;  // Its holes would be found.
        const auto on_finding = [&](const log::Finding& finding) {
            const bool explained = finding.kind == log::FindingKind::kTorn ||
                                   (finding.kind == log::FindingKind::kSyncFailed && sync_refused);
            if (explained) return;
            problems.push_back(fmt::format("{} at {}: {}: {}", log::to_string(finding.part),
                                           finding.offset.value(), log::to_string(finding.kind),
                                           finding.detail));
        };
        const auto counts =
            log::audit_part(log.layout(), part, [](const log::Line&) {}, on_finding);
        if (!counts) problems.push_back(counts.error().message());
    }
}

// Where there are seals: whoever seals next goes on from what is there, and every seal holds.
void check_seals(FaultyLog& log, bool sync_refused, std::vector<std::string>& problems) {
    const ledger::LedgerDir dir(log.directory());
    if (!os::exists(log.layout().seal_lock_path()).value_or(false)) return;
    const auto sealed = ledger::seal_parts(dir, {.clock = &log.clock()});
    if (!sealed) problems.push_back("the next sealer was told: " + sealed.error().message());
    const auto report = ledger::verify(dir, {.deep = true});
    if (!report) return problems.push_back("verify: " + report.error().message());
    for (const ledger::VerifyFinding& finding : report->findings) {
        if (!finding.problem || (finding.kind == "sync_failed" && sync_refused)) continue;
        problems.push_back(
            fmt::format("verify: {}: {}: {}", finding.part, finding.kind, finding.detail));
    }
}

}  // namespace

std::vector<std::string> problems_of(FaultyLog& log, bool sync_refused) {
    std::vector<std::string> problems = log.told().untrue;
    for (const std::string& error : log.told().errors) {
        if (error.find("Interrupted") != std::string::npos) {
            problems.push_back("a caller was told: " + error);
        }
    }
    check_events(log, sync_refused, problems);
    check_findings(log, sync_refused, problems);
    check_seals(log, sync_refused, problems);

    // Whoever comes next can work, and leaves nothing torn in its own part.
    log.told() = {};
    log.open();
    log.append(1, Durability::kProcess);
    log.sync();
    log.close();
    if (log.told().accepted.size() != 1 || !log.told().errors.empty()) {
        problems.push_back(
            fmt::format("the next writer was told: {}", fmt::join(log.told().errors, ", ")));
    }
    return problems;
}

}  // namespace daybook::testing
