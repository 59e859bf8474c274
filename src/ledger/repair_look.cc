#include "ledger/repair_look.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "ledger/left_files.h"
#include "ledger/part_walk.h"
#include "ledger/records_in_log.h"
#include "ledger/repairs.h"
#include "ledger/seal_chain.h"
#include "ledger/type_registry.h"
#include "ledger/verify_seals.h"
#include "log/scan.h"
#include "log/tail.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

// A part has at most 100 MiB and one line more; what is damaged can be no longer.
constexpr std::uint64_t kRangeBytesMax = std::uint64_t{256} << 20;
constexpr std::size_t kLinesPerStep = 65'536;

Result<std::string> read_range(const log::Layout& layout, const log::PartId& part,
                               ByteOffset offset, std::uint64_t bytes) {
    const std::string path = layout.part_path(part);
    if (bytes > kRangeBytesMax) {
        return fail(ErrorCode::kLimit,
                    "read {}: {} damaged bytes in a row from offset {}, at most "
                    "{} are looked at",
                    path, bytes, offset.value(), kRangeBytesMax);
    }
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    std::string content(bytes, '\0');
    ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), offset, content, path));
    content.resize(got);
    return content;
}

class Look {
public:
    Look(const LedgerDir& dir, const log::LogSource& source, const LookProgress& progress,
         LogSight* sight)
        : dir_(dir), source_(source), progress_(progress), sight_(sight) {}

    Result<RepairFacts> run() {
        ASSIGN_OR_RETURN(sharing_, log::sharing_of(layout()));
        ASSIGN_OR_RETURN(was_ever_shared_, log::was_ever_shared(layout()));
        ASSIGN_OR_RETURN(seals_, read_seals(layout()));
        ASSIGN_OR_RETURN(parts_, log::list_parts(layout()));
        for (const log::PartInfo& part : parts_) total_ += part.size.value();
        for (const log::PartInfo& part : parts_) {
            const Status read = read_part(part);
            if (!read) RETURN_IF_ERROR(note_unreadable(part, read.error()));
        }
        RETURN_IF_ERROR(open_ranges());
        RETURN_IF_ERROR(look_into_left_files(dir_, now_, facts_));
        subtract_records_from_gaps();
        facts_.parts = parts_.size();
        facts_.bytes = done_;
        if (has_findings()) RETURN_IF_ERROR(read_archives());
        forget_what_is_known();
        RETURN_IF_ERROR(look_for_records());
        RETURN_IF_ERROR(look_beside());
        return std::move(facts_);
    }

private:
    const log::Layout& layout() const { return dir_.layout(); }

    Status read_part(const log::PartInfo& part) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout(), part.id));
        PartWalk walk(part.id, facts_);
        const ByteOffset sealed_end = end_of_seal(part.id);
        const std::uint64_t before = done_;
        ids_.push_back({.part = part.id});
        IdPart& ids = ids_.back();
        std::size_t lines = 0;
        if (sight_ != nullptr) sight_->begin(part.id);
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const found, reader.next_line());
            if (found == nullptr) break;
            const log::Line line = judge_json(*found);
            repairs_.see(line);
            std::optional<json::Envelope> event;
            if (line.kind != log::LineKind::kDamaged) event = envelopes_.read(line.text);
            if (sight_ != nullptr) sight_->see(line, event);
            if (line.offset < sealed_end) {
                walk.see(line);
                if (event) ids.ids.see(event->event_id);
                ids.end = line.end();
            } else {
                see_after_seal(part.id, line);
            }
            done_ = before + line.end().value();
            if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
        }
        walk.finish();
        done_ = before + reader.size().value();
        return see_end(part, reader.offset(), reader.size());
    }

    bool has_findings() {
        bool found = !facts_.ranges.empty() || !facts_.gaps.empty() || !facts_.disorders.empty();
        for_each_record(facts_, [&](const log::PartId&, const BuriedRecord&) { found = true; });
        return found;
    }

    // The notes of earlier repairs, and copies of the records that were found, may have been
    // archived by now.
    Status read_archives() {
        ASSIGN_OR_RETURN(std::vector<log::PartInfo> archived, log::list_parts(source_));
        std::erase_if(archived, [](const log::PartInfo& part) { return !part.archived; });
        for (const log::PartInfo& part : archived) total_ += part.size.value();
        for (const log::PartInfo& part : archived) {
            const Status read = read_archived(part);
            if (!read && read.error().code() == ErrorCode::kCancelled) return read;
        }
        return {};
    }

    Status read_archived(const log::PartInfo& part) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part.id));
        ids_.push_back({.part = part.id});
        IdPart& ids = ids_.back();
        const std::uint64_t before = done_;
        std::size_t lines = 0;
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
            if (line == nullptr) break;
            repairs_.see(*line);
            if (const auto event = event_of(*line, envelopes_)) ids.ids.see(event->event_id);
            ids.end = line->end();
            done_ = before + ids.end.value();
            if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
        }
        return step();
    }

    // Where the part ends as its seal says; of one that is not sealed, nowhere.
    ByteOffset end_of_seal(const log::PartId& part) const {
        const StoredSeal* const seal = seal_of(seals_, part);
        return ByteOffset(seal ? seal->seal.facts.bytes
                               : std::numeric_limits<std::uint64_t>::max());
    }

    // A tool that minds no seal has gone on: what it wrote is to be had elsewhere, too.
    void see_after_seal(const log::PartId& part, const log::Line& line) {
        std::vector<DamagedRange>& ranges = facts_.ranges;
        if (ranges.empty() || ranges.back().part != part ||
            ranges.back().offset + ranges.back().bytes != line.offset) {
            ranges.push_back({.part = part, .offset = line.offset, .reason = "after_seal"});
        }
        ranges.back().bytes += line.length + 1;
        ++ranges.back().lines;
    }

    bool is_quiet(const log::PartInfo& part) const {
        return now_.value() - part.modified_ns / 1'000'000 >= log::kQuietMs;
    }

    Status see_end(const log::PartInfo& part, ByteOffset offset, ByteOffset size) {
        if (offset == size) return {};
        const std::string path = layout().part_path(part.id);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        ASSIGN_OR_RETURN(const bool held, os::is_locked(fd.get(), path));
        UnfinishedEnd end{.kind = UnfinishedEnd::Kind::kHeld,
                          .part = part.id,
                          .offset = offset,
                          .bytes = size - offset};
        if (!held) {
            ASSIGN_OR_RETURN(const std::string bytes,
                             read_range(layout(), part.id, offset, end.bytes));
            // Of a seal's part not one byte is changed any more; nor of one whose sync failed.
            const bool may_be_cut = !part.sealed && !part.bad;
            const log::Tail tail = log::read_tail(fd.get(), path, size, sharing_);
            const bool torn = tail.verdict == log::Tail::Verdict::kTorn;
            const bool foreign = log::judge_line(bytes, offset).kind == log::LineKind::kForeign;
            const bool shared = sharing_ == log::Sharing::kShared && may_be_cut;
            if (shared && !is_quiet(part)) {
                end.kind = UnfinishedEnd::Kind::kFresh;
            } else if (foreign) {
                // Where `adopt --finish` has said that the other tools have ended, nobody else will
                // end the line.
                end.kind = was_ever_shared_ && may_be_cut ? UnfinishedEnd::Kind::kQuiet
                                                          : UnfinishedEnd::Kind::kForeign;
            } else if (torn && may_be_cut) {
                end.kind = UnfinishedEnd::Kind::kTorn;
                end.records = records_.find(bytes, offset);
            } else {
                facts_.ranges.push_back({.part = part.id,
                                         .offset = offset,
                                         .bytes = end.bytes + (shared ? 1 : 0),
                                         .lines = 1,
                                         .reason = "unfinished",
                                         .lacks_newline = shared});
                return {};
            }
        }
        facts_.ends.push_back(std::move(end));
        return {};
    }

    // One part that cannot be read hides no other.
    Status note_unreadable(const log::PartInfo& part, const Error& error) {
        if (error.code() == ErrorCode::kCancelled) return fail(error);
        if (error.code() == ErrorCode::kNotFound) return {};  // It has gone meanwhile.
        facts_.unreadable.push_back({layout().part_path(part.id), error.message()});
        return {};
    }

    // After the records in repaired ranges have been counted: a gap is none if all of its lines
    // were recovered, now or then.
    void forget_what_is_known() {
        std::erase_if(facts_.ranges, [&](const DamagedRange& range) {
            return repairs_.covers(layout(), range.part, range.offset, range.bytes);
        });
        std::erase_if(facts_.gaps, [&](const Gap& gap) {
            const bool explained = gap.gone.empty() && gap.lines <= gap.damaged;
            return explained ||
                   is_noted(log::FindingKind::kMissing, gap.part, gap.offset, gap.first, gap.lines);
        });
        std::erase_if(facts_.disorders, [&](const Disorder& disorder) {
            return is_noted(log::FindingKind::kOutOfOrder, disorder.part, disorder.offset,
                            disorder.seq, 1);
        });
    }

    bool is_noted(log::FindingKind kind, const log::PartId& part, ByteOffset offset, log::Seq seq,
                  std::uint64_t lines) {
        const log::Finding finding{
            .kind = kind, .part = part, .offset = offset, .seq = seq, .lines = lines};
        return !repairs_.explain(layout(), finding).empty();
    }

    Status open_ranges() {
        std::vector<DamagedRange> readable;
        for (DamagedRange& range : facts_.ranges) {
            Result<std::string> bytes = read_range(layout(), range.part, range.offset,
                                                   range.bytes - (range.lacks_newline ? 1 : 0));
            if (bytes && range.lacks_newline) bytes->push_back('\n');
            if (!bytes || bytes->size() != range.bytes) {
                facts_.unreadable.push_back(
                    {layout().part_path(range.part),
                     bytes ? "it became shorter while it was looked at" : bytes.error().message()});
                continue;
            }
            range.sha256 = sha256_hex(*bytes);
            range.records = records_.find(*bytes, range.offset);
            range.lost_lines = count_lost_lines(*bytes, range.offset, range.records);
            readable.push_back(std::move(range));
            RETURN_IF_ERROR(step());
        }
        facts_.ranges = std::move(readable);
        return {};
    }

    void subtract_records_from_gaps() {
        for (Gap& gap : facts_.gaps) {
            std::vector<std::uint64_t> buried;
            for_each_record(facts_, [&](const log::PartId& part, const BuriedRecord& record) {
                if (part != gap.part) return;
                buried.push_back(record.seq.value());
                gap.synced = std::max(gap.synced, record.synced);
            });
            std::sort(buried.begin(), buried.end());
            std::uint64_t from = gap.first.value();
            const std::uint64_t end = from + gap.lines;
            for (const std::uint64_t seq : buried) {
                if (seq < from || seq >= end) continue;
                if (seq > from) gap.gone.emplace_back(log::Seq(from), log::Seq(seq - 1));
                from = seq + 1;
            }
            if (from < end) gap.gone.emplace_back(log::Seq(from), log::Seq(end - 1));
        }
    }

    // Which of the records that were found the log has all the same.
    Status look_for_records() {
        RecordsInLog records(facts_, ids_);
        std::set<log::PartId> seen;
        if (sight_ != nullptr) {
            ASSIGN_OR_RETURN(
                seen, sight_->read_again(
                          [&](const log::PartId& part, const log::Line& line,
                              std::string_view event_id) { records.see(part, line, event_id); }));
        }
        RETURN_IF_ERROR(records.read_others(source_, seen, [this]() -> Status { return step(); }));
        records.mark();
        return {};
    }

    Status look_beside() {
        ASSIGN_OR_RETURN(facts_.strays, find_stray_files(dir_, now_));
        const auto registry = read_registry(dir_);
        if (!registry) {
            facts_.unreadable.push_back({dir_.schema_registry_path(), registry.error().message()});
        }
        return {};
    }

    Status step() const {
        if (!progress_ || progress_(done_, total_)) return {};
        return fail(ErrorCode::kCancelled, "repair {}: stopped while looking; nothing was changed",
                    dir_.root());
    }

    const LedgerDir& dir_;
    const log::LogSource& source_;
    const LookProgress& progress_;
    LogSight* const sight_;
    log::Sharing sharing_ = log::Sharing::kAlone;
    bool was_ever_shared_ = false;
    const TimestampMs now_ = system_clock().now();
    SealFiles seals_;
    RepairFacts facts_;
    std::vector<log::PartInfo> parts_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    Repairs repairs_;
    // Of each part that was read, up to where its seal lets it be trusted.
    std::vector<IdPart> ids_;
    json::EnvelopeReader envelopes_;
    BuriedRecordFinder records_;
};

}  // namespace

Result<RepairFacts> look_for_repairs(const LedgerDir& dir, const log::LogSource& source,
                                     const LookProgress& progress, LogSight* sight) {
    return Look(dir, source, progress, sight).run();
}

}  // namespace daybook::ledger
