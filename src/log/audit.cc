#include "log/audit.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "log/sharing.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

// Follows the numbers of a part's lines and finds the gaps.
class Numbering {
public:
    // `removed`: lines that retention has taken out of the part; their numbers are no gap.
    explicit Numbering(std::span<const RemovedLines> removed) : removed_(removed) {}

    void see(const Line& line) {
        pass_removed(line.offset);
        end_ = line.end();
        if (line.kind == LineKind::kDamaged) {
            ++damaged_since_;
            return;
        }
        if (line.kind != LineKind::kOurs) return;
        synced_ = std::max(synced_, line.synced);
        follow(line.offset, line.seq);
    }

    // After the last line, which ends at `end`.
    void report(const PartId& part, ByteOffset end,
                const std::function<void(Finding)>& on_finding) {
        pass_removed(end);
        for (const Gap& gap : gaps_) {
            const bool lost = gap.first <= synced_;
            on_finding({.kind = lost ? FindingKind::kLost : FindingKind::kMissing,
                        .part = part,
                        .offset = gap.offset,
                        .detail = fmt::format(
                            "{} {} missing before this one, from seq {} on; {}", gap.count,
                            gap.count == 1 ? "line is" : "lines are", gap.first.value(),
                            lost ? fmt::format("synced up to {} is on record", synced_.value())
                                 : "no sync is on record for them"),
                        .seq = gap.first,
                        .lines = gap.count});
        }
        report_cut_end(part, on_finding);
        for (const Disorder& disorder : out_of_order_) {
            on_finding({.kind = FindingKind::kOutOfOrder,
                        .part = part,
                        .offset = disorder.offset,
                        .detail = fmt::format("seq {} follows seq {}", disorder.seq.value(),
                                              disorder.previous.value()),
                        .seq = disorder.seq,
                        .lines = 1});
        }
    }

private:
    // `seq` comes next, at `offset`.
    void follow(ByteOffset offset, Seq seq) {
        if (seq <= last_) {
            out_of_order_.push_back({offset, seq, last_});
        } else {
            const std::uint64_t skipped = seq.value() - last_.value() - 1;
            // A damaged line explains one missing number; it has a finding of its own.
            if (skipped > damaged_since_) {
                gaps_.push_back({offset, last_ + 1, skipped - damaged_since_});
            }
            last_ = seq;
        }
        damaged_since_ = 0;
    }

    // Only the numbers of what was removed are no gap: those before them are held against it.
    void pass_removed(ByteOffset offset) {
        for (; !removed_.empty() && removed_.front().at <= offset; removed_ = removed_.subspan(1)) {
            const RemovedLines& range = removed_.front();
            if (range.last == Seq(0)) continue;  // None of Daybook's own.
            follow(range.at, range.first);
            last_ = std::max(last_, range.last);
        }
    }

    // A record of a sync may name lines that come after all that are left.
    void report_cut_end(const PartId& part, const std::function<void(Finding)>& on_finding) const {
        if (synced_ <= last_) return;
        const std::uint64_t gone = synced_.value() - last_.value();
        // Damaged lines at the end have findings of their own.
        if (gone <= damaged_since_) return;
        on_finding(
            {.kind = FindingKind::kLost,
             .part = part,
             .offset = end_,
             .detail = fmt::format("the part ends at seq {}, but synced up to {} is on record",
                                   last_.value(), synced_.value()),
             .seq = last_ + 1,
             .lines = gone});
    }

    struct Gap {
        ByteOffset offset;  // of the line after it
        Seq first;
        std::uint64_t count;
    };
    struct Disorder {
        ByteOffset offset;
        Seq seq;
        Seq previous;
    };

    std::span<const RemovedLines> removed_;  // those that are still to come
    Seq last_;
    Seq synced_;
    ByteOffset end_;  // of the last line
    std::uint64_t damaged_since_ = 0;
    std::vector<Gap> gaps_;
    std::vector<Disorder> out_of_order_;
};

Result<bool> has_writer(const Layout& layout, const PartId& part) {
    const std::string path = layout.part_path(part);
    const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
    // It is in an archive, or nowhere: nobody writes it.
    if (!fd && fd.error().code() == ErrorCode::kNotFound) return false;
    if (!fd) return fail(fd.error());
    return os::is_locked(fd->get(), path);
}

// What is done about an unfinished line at the part's end.
const char* what_comes_of_it(const Layout& layout, const PartInfo& part) {
    if (part.sealed || part.archived) return "the part was sealed with it";
    // What cannot be found out is not promised.
    const bool shared = sharing_of(layout).value_or(Sharing::kShared) == Sharing::kShared;
    return shared ? "'daybook repair' ends it once it has been quiet for a minute"
                  : "the next writer of the part moves it to torn/";
}

}  // namespace

const char* to_string(FindingKind kind) {
    switch (kind) {
        case FindingKind::kDamaged: return "damaged";
        case FindingKind::kLost: return "lost";
        case FindingKind::kMissing: return "missing";
        case FindingKind::kOutOfOrder: return "out_of_order";
        case FindingKind::kTorn: return "torn";
        case FindingKind::kSyncFailed: return "sync_failed";
    }
    DAYBOOK_CHECK(false);
}

Result<AuditCounts> audit_part(const LogSource& source, const PartInfo& part,
                               const std::function<void(const Line&)>& on_line,
                               const std::function<void(Finding)>& on_finding) {
    // Asked first: a lane that is given up after the look may have been in the middle of a line.
    ASSIGN_OR_RETURN(const bool written_to, has_writer(source.layout(), part.id));
    ASSIGN_OR_RETURN(PartReader reader, PartReader::open(source, part.id));
    AuditCounts counts;
    Numbering numbering(reader.removed());
    while (true) {
        ASSIGN_OR_RETURN(const Line* const line, reader.next_line());
        if (line == nullptr) break;
        numbering.see(*line);
        switch (line->kind) {
            case LineKind::kOurs: ++counts.ours; break;
            case LineKind::kForeign: ++counts.foreign; break;
            case LineKind::kDamaged:
                ++counts.damaged;
                on_finding({.kind = FindingKind::kDamaged,
                            .part = part.id,
                            .offset = line->offset,
                            .length = line->length,
                            .detail = fmt::format("{}: {}", to_string(line->damage),
                                                  printable(line->text))});
                break;
        }
        on_line(*line);
    }
    numbering.report(part.id, reader.offset(), on_finding);

    const std::uint64_t unfinished = reader.size() - reader.offset();
    if (unfinished > 0 && !written_to) {
        on_finding({.kind = FindingKind::kTorn,
                    .part = part.id,
                    .offset = reader.offset(),
                    .length = unfinished,
                    .detail = fmt::format(
                        "an unfinished line: its writer died while writing it, or the end of the "
                        "part was cut off; {}",
                        what_comes_of_it(source.layout(), part))});
    }
    if (part.bad) {
        on_finding(
            {.kind = FindingKind::kSyncFailed,
             .part = part.id,
             .detail = "a sync of this part failed: the device may not hold its last lines"});
    }
    counts.reduced = !reader.removed().empty();
    counts.bytes = reader.size().value();
    return counts;
}

}  // namespace daybook::log
