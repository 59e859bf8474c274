#include "ledger/verify.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "json/envelope.h"
#include "ledger/copies.h"
#include "ledger/event_line.h"
#include "ledger/manifest.h"
#include "ledger/part_survey.h"
#include "ledger/repairs.h"
#include "ledger/seal_chain.h"
#include "ledger/verify_artifacts.h"
#include "ledger/verify_seals.h"
#include "log/audit.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

class Verifier {
public:
    Verifier(const LedgerDir& dir, const VerifyOptions& options, const VerifyProgress& progress)
        : dir_(dir),
          options_(options),
          progress_(progress),
          source_(dir.layout(), options.archives) {}

    Result<VerifyReport> run() {
        // Before the parts are listed: a part that is sealed meanwhile counts as not sealed yet.
        ASSIGN_OR_RETURN(seals_, read_seals(dir_.layout()));
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source_));
        add_up(parts);
        for (const log::PartInfo& part : parts) RETURN_IF_ERROR(read_part(part));
        add_audited();
        RETURN_IF_ERROR(look_for_copies());
        check_seals(parts);
        if (options_.check_archives) {
            ASSIGN_OR_RETURN(std::vector<VerifyFinding> findings,
                             options_.check_archives(retained_));
            add_all(std::move(findings));
        }
        if (options_.deep) RETURN_IF_ERROR(look_deeper(parts));
        std::stable_sort(report_.findings.begin(), report_.findings.end(),
                         [](const VerifyFinding& a, const VerifyFinding& b) {
                             return std::tie(a.part, a.offset) < std::tie(b.part, b.offset);
                         });
        return std::move(report_);
    }

private:
    void add_up(const std::vector<log::PartInfo>& parts) {
        for (const log::PartInfo& part : parts) {
            total_bytes_ += part.size.value();
            if (options_.deep && seal_of(seals_, part.id)) total_bytes_ += part.size.value();
        }
        report_.seals = seals_.seals.size();
    }

    Status read_part(const log::PartInfo& part) {
        const StoredSeal* const seal = seal_of(seals_, part.id);
        const std::uint64_t before = done_bytes_;
        std::uint64_t lines = 0;
        IdPart ids{.part = part.id};
        PartSurvey survey;
        const Result<log::AuditCounts> audited = log::audit_part(
            source_, part,
            [&](const log::Line& line) {
                see_line(part.id, line, ids, seal ? &survey : nullptr);
                if (++lines % 65536 == 0) report_progress(before + line.end().value());
            },
            [&](log::Finding finding) { audited_.push_back(std::move(finding)); });
        if (!audited && part.archived && audited.error().code() == ErrorCode::kCorrupt) {
            note_unreadable(part, audited.error());
            return {};
        }
        ASSIGN_OR_RETURN(const log::AuditCounts counts, audited);
        ids_.push_back(std::move(ids));
        // What retention has removed from it is no longer what was sealed; its archive says what
        // is.  It may have done so since the parts were listed.
        if (part.rewrites > 0 || counts.reduced) reduced_.insert(part.id);
        if (seal && !reduced_.contains(part.id)) {
            note_all(check_facts(dir_.layout(), *seal, survey.facts(counts.bytes)), part.id);
        }
        ++report_.parts;
        report_.bytes += counts.bytes;
        done_bytes_ = before + counts.bytes;
        report_progress(done_bytes_);
        return {};
    }

    // An archive that is damaged hides the parts in it; all others are read.
    void note_unreadable(const log::PartInfo& part, const Error& error) {
        unreadable_.insert(part.id);
        add(part.id, "archive_damaged", ByteOffset(0), 0, true, error.message());
        done_bytes_ += part.size.value();
        report_progress(done_bytes_);
    }

    void note_all(std::vector<VerifyFinding> findings, const log::PartId& part) {
        for (VerifyFinding& finding : findings) sealed_.emplace_back(part, std::move(finding));
    }

    // Once all of the log is read: what a repair has dealt with is known, and no problem any more.
    void add_audited() {
        for (auto& [part, finding] : sealed_) {
            const bool known =
                finding.kind == "grown" &&
                repairs_.covers(source_, part, ByteOffset(finding.offset), finding.length);
            if (known) {
                finding.problem = false;
                finding.detail += " (repaired: its events stand elsewhere as well)";
            }
            add_all({std::move(finding)});
        }
        for (const log::Finding& finding : audited_) {
            const std::string known = repairs_.explain(source_, finding);
            add(finding.part, to_string(finding.kind), finding.offset, finding.length,
                finding.is_problem() && known.empty(),
                known.empty() ? finding.detail : fmt::format("{} ({})", finding.detail, known));
        }
    }

    void see_line(const log::PartId& part, const log::Line& line, IdPart& ids, PartSurvey* survey) {
        ids.end = line.end();
        if (line.kind == log::LineKind::kDamaged) return;
        if (const log::Line judged = judge_json(line); judged.kind == log::LineKind::kDamaged) {
            audited_.push_back(
                {.kind = log::FindingKind::kDamaged,
                 .part = part,
                 .offset = line.offset,
                 .length = line.length,
                 .detail = fmt::format("{}: {}", to_string(judged.damage), printable(line.text))});
            return;
        }
        repairs_.see(line);
        const std::optional<json::Envelope> envelope = envelope_reader_.read(line.text);
        if (!envelope) {
            add(part, "not_an_event", line.offset, line.text.size(), true,
                fmt::format("{}: {}", json::why_no_envelope(line.text), printable(line.text)));
            return;
        }
        ++report_.events;
        report_.foreign += line.kind == log::LineKind::kForeign;
        ids.ids.see(envelope->event_id);
        if (envelope->event_type == kRetainedType) {
            retained_.emplace(envelope->event_id, read_retained_event(line.text));
        }
        if (survey) survey->see(*envelope);
        if (options_.deep) artifacts_.see(part, line, *envelope);
    }

    Status look_for_copies() {
        ASSIGN_OR_RETURN(
            report_.copies, find_copies(source_, ids_, [&](const Conflict& conflict) {
                add(conflict.part, "conflicting", conflict.offset, conflict.length, true,
                    fmt::format("event {} is there with other content as well; the one whose "
                                "content has the least XXH3-64 counts",
                                conflict.event_id));
            }));
        return {};
    }

    void check_seals(const std::vector<log::PartInfo>& parts) {
        const Chain chain = examine_chain(seals_, dir_.layout());
        add_all(check_presence(dir_.layout(), seals_, parts));
        add_all(check_chain(dir_.layout(), chain));
        if (options_.signed_head) {
            add_all(check_signed(dir_, *options_.signed_head, seals_, chain));
        }
    }

    Status look_deeper(const std::vector<log::PartInfo>& parts) {
        for (const log::PartInfo& part : parts) {
            const StoredSeal* const seal = seal_of(seals_, part.id);
            if (seal == nullptr || reduced_.contains(part.id) || unreadable_.contains(part.id)) {
                continue;
            }
            ASSIGN_OR_RETURN(std::vector<VerifyFinding> findings, check_bytes(source_, *seal));
            add_all(std::move(findings));
            done_bytes_ += part.size.value();
            report_progress(done_bytes_);
        }
        report_.artifacts = artifacts_.count();
        ASSIGN_OR_RETURN(std::vector<VerifyFinding> findings,
                         artifacts_.check(dir_, options_.parquet_rows));
        add_all(std::move(findings));
        return {};
    }

    void add(const log::PartId& part, std::string_view kind, ByteOffset offset,
             std::uint64_t length, bool problem, std::string detail) {
        add_all({{.kind = std::string(kind),
                  .part = log::to_string(part),
                  .file = dir_.layout().part_path(part),
                  .offset = offset.value(),
                  .length = length,
                  .problem = problem,
                  .detail = std::move(detail)}});
    }

    void add_all(std::vector<VerifyFinding> findings) {
        for (VerifyFinding& finding : findings) {
            if (finding.problem) ++report_.problems;
            report_.findings.push_back(std::move(finding));
        }
    }

    void report_progress(std::uint64_t done) const {
        if (progress_) progress_(done, total_bytes_);
    }

    const LedgerDir& dir_;
    const VerifyOptions& options_;
    const VerifyProgress& progress_;
    const log::LogSource source_;
    VerifyReport report_;
    SealFiles seals_;
    std::vector<IdPart> ids_;  // of every part
    ArtifactCheck artifacts_;
    Repairs repairs_;
    RetainedEvents retained_;
    std::set<log::PartId> unreadable_;  // archived parts whose archive is damaged
    std::set<log::PartId> reduced_;     // parts of which retention has taken lines
    std::vector<log::Finding> audited_;
    std::vector<std::pair<log::PartId, VerifyFinding>> sealed_;
    std::uint64_t total_bytes_ = 0;
    std::uint64_t done_bytes_ = 0;
    json::EnvelopeReader envelope_reader_;
};

}  // namespace

Result<VerifyReport> verify(const LedgerDir& dir, const VerifyOptions& options,
                            const VerifyProgress& progress) {
    // A log that another tool has begun has no ledger.json, and is none the worse for it.
    const Result<Manifest> manifest = read_manifest(dir);
    if (!manifest && manifest.error().code() != ErrorCode::kNotFound) return fail(manifest.error());
    ASSIGN_OR_RETURN(const bool has_events, os::exists(dir.layout().events_dir()));
    if (!manifest && !has_events) {
        return fail(ErrorCode::kNotFound, "verify {}: there is no ledger here", dir.root());
    }
    return Verifier(dir, options, progress).run();
}

}  // namespace daybook::ledger
