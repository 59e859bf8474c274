#include "ledger/verify_seals.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "ledger/file_hash.h"
#include "ledger/manifest.h"
#include "ledger/part_survey.h"
#include "log/sharing.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

VerifyFinding finding_in(const log::Layout& layout, const log::PartId& part, std::string kind,
                         std::string detail) {
    return {.kind = std::move(kind),
            .part = to_string(part),
            .file = layout.part_path(part),
            .detail = std::move(detail)};
}

// A part whose sync had failed may hold other bytes after the next boot than when it was sealed.
std::string excuse(const Seal& seal) {
    return seal.bad ? "; a sync of it had failed before it was sealed" : "";
}

// Numbers that neither a part nor a seal has, below the greatest sealed one of each day.  Where
// other tools write as well, every second one is left free for them.
void add_gaps(const log::Layout& layout, const std::set<log::PartId>& named,
              const std::map<Day, log::PartNumber>& greatest,
              std::vector<VerifyFinding>& findings) {
    // What cannot be found out raises no alarm.
    const bool shared = log::was_ever_shared(layout).value_or(true);
    log::PartId expected{};
    for (const log::PartId& part : named) {
        if (part.day != expected.day) expected = {.day = part.day, .number = log::PartNumber(0)};
        expected.number += 1;
        const auto last = greatest.find(part.day);
        const bool left_free = shared && part.number == expected.number + 1;
        if (part.number > expected.number && !left_free && last != greatest.end() &&
            part.number <= last->second) {
            findings.push_back(finding_in(
                layout, expected, "part_missing",
                fmt::format("there is neither a part nor a seal of the numbers {} to {}, but part "
                            "{} of the day was begun after them",
                            expected.number.value(), part.number.value() - 1,
                            part.number.value())));
        }
        expected.number = part.number;
    }
}

// Where else a part lies that has gone: a copy made beside an archiving may have it there alone.
std::string trace_of(const log::Layout& layout, const log::PartId& part) {
    const std::string trash = LedgerDir(layout.root()).trash_dir();
    const Result<std::vector<os::DirEntry>> entries = os::list_dir(trash);
    if (!entries) return "";
    for (const os::DirEntry& entry : *entries) {
        const log::Layout laid_out(os::join_path(trash, entry.name));
        if (!os::exists(laid_out.part_path(part)).value_or(false)) continue;
        return fmt::format("; trash/{} has it, and 'daybook archive' puts it back", entry.name);
    }
    return "";
}

}  // namespace

const StoredSeal* seal_of(const SealFiles& files, const log::PartId& part) {
    const auto found = std::lower_bound(
        files.seals.begin(), files.seals.end(), part,
        [](const StoredSeal& stored, const log::PartId& id) { return stored.part < id; });
    return found != files.seals.end() && found->part == part ? &*found : nullptr;
}

std::vector<VerifyFinding> check_facts(const log::Layout& layout, const StoredSeal& stored,
                                       const PartFacts& found) {
    const PartFacts& sealed = stored.seal.facts;
    const std::string difference = facts_difference(found, sealed);
    if (difference.empty()) return {};
    const std::string detail = "it is not what was sealed: " + difference + excuse(stored.seal);
    if (found.bytes > sealed.bytes) {
        VerifyFinding grown = finding_in(layout, stored.part, "grown", detail);
        grown.offset = sealed.bytes;
        grown.length = found.bytes - sealed.bytes;
        return {grown};
    }
    if (found.bytes < sealed.bytes) {
        VerifyFinding shrunk = finding_in(layout, stored.part, "shrunk", detail);
        shrunk.offset = found.bytes;
        shrunk.length = sealed.bytes - found.bytes;
        return {shrunk};
    }
    return {finding_in(layout, stored.part, "changed", detail)};
}

Result<std::vector<VerifyFinding>> check_bytes(const log::LogSource& source,
                                               const StoredSeal& stored) {
    ASSIGN_OR_RETURN(const log::OpenPart file, log::open_part(source, stored.part));
    ASSIGN_OR_RETURN(const FileHash hash, hash_file(file.fd.get(), file.path));
    // A retention has been here since the part was read.
    if (!file.removed.empty()) return std::vector<VerifyFinding>{};
    const Seal& seal = stored.seal;
    // Another size has its finding already.
    if (hash.bytes != seal.facts.bytes || hash.sha256 == seal.sha256) {
        return std::vector<VerifyFinding>{};
    }
    return std::vector<VerifyFinding>{
        finding_in(source.layout(), stored.part, "changed",
                   fmt::format("it is not what was sealed: its SHA-256 is {}, the seal says {}{}",
                               hash.sha256, seal.sha256, excuse(seal)))};
}

std::vector<VerifyFinding> check_presence(const log::Layout& layout, const SealFiles& files,
                                          const std::vector<log::PartInfo>& parts) {
    std::set<log::PartId> there;
    for (const log::PartInfo& part : parts) there.insert(part.id);
    std::vector<VerifyFinding> findings;
    std::set<log::PartId> named = there;
    std::map<Day, log::PartNumber> greatest;
    for (const StoredSeal& stored : files.seals) {
        named.insert(stored.part);
        greatest[stored.part.day] = std::max(greatest[stored.part.day], stored.part.number);
        if (there.contains(stored.part)) continue;
        VerifyFinding gone =
            finding_in(layout, stored.part, "part_missing",
                       fmt::format("the part has gone: it was sealed with {} events{}",
                                   stored.seal.facts.events, trace_of(layout, stored.part)));
        gone.length = stored.seal.facts.bytes;
        findings.push_back(std::move(gone));
    }
    for (const UnreadableSeal& unreadable : files.unreadable) named.insert(unreadable.part);
    add_gaps(layout, named, greatest, findings);
    return findings;
}

std::vector<VerifyFinding> check_chain(const log::Layout& layout, const Chain& chain) {
    std::vector<VerifyFinding> findings;
    for (const ChainProblem& problem : chain.problems) {
        const bool in_head = problem.in_head || !problem.part;
        findings.push_back({.kind = problem.kind,
                            .part = problem.part ? to_string(*problem.part) : "",
                            .file = in_head ? layout.head_path() : layout.seal_path(*problem.part),
                            .problem = problem.is_problem(),
                            .detail = problem.detail});
    }
    return findings;
}

std::vector<VerifyFinding> check_signed(const LedgerDir& dir, const VerifyOptions::Signed& expected,
                                        const SealFiles& files, const Chain& chain) {
    const SignedHead& head = expected.head;
    const auto finding = [&](std::string kind, std::string detail) {
        return std::vector<VerifyFinding>{{.kind = std::move(kind),
                                           .part = to_string(head.part),
                                           .file = expected.path,
                                           .detail = std::move(detail)}};
    };
    if (!is_signed_by(head, expected.public_key)) {
        return finding("signature_invalid",
                       "the signature is not that of this key over this document: one of the two "
                       "is another's, or the document was changed");
    }
    const Result<Manifest> manifest = read_manifest(dir);
    const std::string ledger_id = manifest ? manifest->ledger_id : "";
    if (ledger_id != head.ledger_id) {
        return finding(
            "other_ledger",
            fmt::format("the signed head is of the ledger {}, this one "
                        "is {}",
                        head.ledger_id, ledger_id.empty() ? "without an id" : ledger_id));
    }
    std::string problem = signed_history_problem(head, files, chain);
    if (problem.empty()) return {};
    return finding("history_changed", std::move(problem));
}

}  // namespace daybook::ledger
