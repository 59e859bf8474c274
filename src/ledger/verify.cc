#include "ledger/verify.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "json/envelope.h"
#include "ledger/manifest.h"
#include "ledger/repairs.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

class Verifier {
public:
    Verifier(const LedgerDir& dir, const VerifyProgress& progress)
        : dir_(dir), progress_(progress) {}

    Result<VerifyReport> run() {
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir_.layout()));
        for (const log::PartInfo& part : parts) total_bytes_ += part.size.value();
        for (const log::PartInfo& part : parts) RETURN_IF_ERROR(read_part(part));
        add_audited();
        std::stable_sort(report_.findings.begin(), report_.findings.end(),
                         [](const VerifyFinding& a, const VerifyFinding& b) {
                             return std::tie(a.part, a.offset) < std::tie(b.part, b.offset);
                         });
        return std::move(report_);
    }

private:
    Status read_part(const log::PartInfo& part) {
        const std::uint64_t before = done_bytes_;
        std::uint64_t lines = 0;
        ASSIGN_OR_RETURN(
            const log::AuditCounts counts,
            log::audit_part(
                dir_.layout(), part,
                [&](const log::Line& line) {
                    see_line(part.id, line);
                    if (++lines % 65536 == 0) report_progress(before + line.end().value());
                },
                [&](log::Finding finding) { audited_.push_back(std::move(finding)); }));
        ++report_.parts;
        report_.bytes += counts.bytes;
        report_.events += counts.ours + counts.foreign;
        report_.foreign += counts.foreign;
        done_bytes_ = before + counts.bytes;
        report_progress(done_bytes_);
        return {};
    }

    // Once all of the log is read: what a repair has dealt with is known, and no problem any more.
    void add_audited() {
        for (const log::Finding& finding : audited_) {
            const std::string known = repairs_.explain(dir_.layout(), finding);
            add(finding.part, to_string(finding.kind), finding.offset, finding.length,
                finding.is_problem() && known.empty(),
                known.empty() ? finding.detail : fmt::format("{} ({})", finding.detail, known));
        }
    }

    void see_line(const log::PartId& part, const log::Line& line) {
        if (line.kind == log::LineKind::kDamaged) return;
        repairs_.see(line);
        const std::optional<json::Envelope> envelope = envelope_reader_.read(line.text);
        if (!envelope) {
            add(part, "not_an_event", line.offset, line.text.size(), true,
                fmt::format("no JSON object with event_type, event_id, timestamp_ms and run_id: {}",
                            printable(line.text)));
            return;
        }
        const std::uint64_t content = xxh3_64(line.body);
        const auto [known, is_new] = contents_.emplace(xxh3_128(envelope->event_id), content);
        if (is_new) return;
        ++report_.copies;
        if (known->second == content) return;
        add(part, "conflicting", line.offset, line.text.size(), true,
            fmt::format("event {} is there with other content as well; the one whose content has "
                        "the least XXH3-64 counts",
                        envelope->event_id));
    }

    void add(const log::PartId& part, std::string_view kind, ByteOffset offset,
             std::uint64_t length, bool problem, std::string detail) {
        if (problem) ++report_.problems;
        report_.findings.push_back({.kind = std::string(kind),
                                    .part = log::to_string(part),
                                    .file = dir_.layout().part_path(part),
                                    .offset = offset.value(),
                                    .length = length,
                                    .problem = problem,
                                    .detail = std::move(detail)});
    }

    void report_progress(std::uint64_t done) const {
        if (progress_) progress_(done, total_bytes_);
    }

    struct Hash128Hasher {
        std::size_t operator()(const Hash128& hash) const { return hash.low; }
    };

    const LedgerDir& dir_;
    const VerifyProgress& progress_;
    VerifyReport report_;
    std::uint64_t total_bytes_ = 0;
    std::uint64_t done_bytes_ = 0;
    json::EnvelopeReader envelope_reader_;
    Repairs repairs_;
    std::vector<log::Finding> audited_;
    // The content's hash of every event, by the hash of its id: 24 bytes an event.
    std::unordered_map<Hash128, std::uint64_t, Hash128Hasher> contents_;
};

}  // namespace

Result<VerifyReport> verify(const LedgerDir& dir, const VerifyProgress& progress) {
    // A log that another tool has begun has no ledger.json, and is none the worse for it.
    const Result<Manifest> manifest = read_manifest(dir);
    if (!manifest && manifest.error().code() != ErrorCode::kNotFound) return fail(manifest.error());
    ASSIGN_OR_RETURN(const bool has_events, os::exists(dir.layout().events_dir()));
    if (!manifest && !has_events) {
        return fail(ErrorCode::kNotFound, "verify {}: there is no ledger here", dir.root());
    }
    return Verifier(dir, progress).run();
}

}  // namespace daybook::ledger
