#include "ledger/repair_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace daybook::ledger {
namespace {

// So many ids are named; the note in quarantine/ names all.
constexpr std::size_t kRecordsNamed = 3;

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// "run.started 019b… at offset 240 is appended again".
std::string describe(const std::vector<BuriedRecord>& records) {
    std::string text;
    for (std::size_t i = 0; i < records.size() && i < kRecordsNamed; ++i) {
        const BuriedRecord& record = records[i];
        text += fmt::format("{}{} {} at offset {} {}", i == 0 ? "" : ", ", record.event_type,
                            record.event_id, record.offset.value(),
                            record.in_log ? "is in the log already" : "is appended again");
    }
    if (records.size() > kRecordsNamed) {
        text += fmt::format(", and {} more", records.size() - kRecordsNamed);
    }
    return text;
}

std::string describe_gone(const Gap& gap) {
    std::string text;
    std::uint64_t count = 0;
    for (const auto& [from, to] : gap.gone) {
        text += text.empty() ? "" : ", ";
        text += from == to ? fmt::format("{}", from.value())
                           : fmt::format("{} to {}", from.value(), to.value());
        count += to.value() - from.value() + 1;
    }
    if (text.empty()) return fmt::format("{} recovered", counted(gap.lines, "line"));
    text = fmt::format("seq {} {} gone", text, count == 1 ? "is" : "are");
    const log::Seq last = gap.gone.back().second;
    const log::Seq first = gap.gone.front().first;
    if (first > gap.synced) {
        return fmt::format("{}; no sync is on record for {}: never promised", text,
                           count == 1 ? "it" : "them");
    }
    const char* which = last > gap.synced ? "some were" : count == 1 ? "it was" : "they were";
    return fmt::format("{}; synced up to {} is on record: {} promised to survive power loss", text,
                       gap.synced.value(), which);
}

class Planner {
public:
    Planner(const LedgerDir& dir, RepairFacts facts) : dir_(dir), facts_(std::move(facts)) {}

    std::vector<RepairStep> run() {
        for (DamagedRange& range : facts_.ranges) add_range(range);
        for (UnfinishedEnd& end : facts_.ends) add_end(end);
        for (TornFile& file : facts_.torn_files) add_torn_file(file);
        for (LeftTemporary& left : facts_.temporaries) add_temporary(left);
        for (const Gap& gap : facts_.gaps) add_gap(gap);
        for (const Disorder& disorder : facts_.disorders) add_disorder(disorder);
        for (const StrayFile& stray : facts_.strays) add_stray(stray);
        for (const OddFile& odd : facts_.unreadable) {
            steps_.push_back({.action = RepairAction::kLeave,
                              .kind = "unreadable",
                              .file = odd.path,
                              .detail = odd.problem,
                              .is_left = true});
        }
        return std::move(steps_);
    }

private:
    RepairStep step_at(RepairAction action, std::string kind, const log::PartId& part,
                       ByteOffset offset, std::uint64_t bytes) const {
        return {.action = action,
                .kind = std::move(kind),
                .file = dir_.layout().part_path(part),
                .part = part,
                .offset = offset,
                .bytes = bytes};
    }

    bool is_in_gap(const DamagedRange& range) const {
        return std::any_of(facts_.gaps.begin(), facts_.gaps.end(), [&](const Gap& gap) {
            return gap.part == range.part && gap.begin <= range.offset &&
                   range.offset + range.bytes <= gap.offset;
        });
    }

    std::string describe_lost(const DamagedRange& range) const {
        if (range.lost_lines == 0) {
            return range.records.empty() ? ": nothing but blanks and NULs" : "";
        }
        if (range.lines == 1) {
            const bool needless = range.followed && !is_in_gap(range);
            return needless ? ": no whole record in it, and no line of Daybook's is missing here"
                            : ": no whole record in it";
        }
        return fmt::format("; no whole record in {}", counted(range.lost_lines, "line"));
    }

    void add_range(DamagedRange& range) {
        const bool unfinished = range.reason == "unfinished";
        const bool after_seal = range.reason == "after_seal";
        const char* const kind = unfinished ? "unfinished" : after_seal ? "after_seal" : "damaged";
        RepairStep step = step_at(RepairAction::kCopy, kind, range.part, range.offset, range.bytes);
        step.reason = range.reason;
        step.lines = range.lines;
        step.sha256 = std::move(range.sha256);
        step.detail = range.lines == 1
                          ? range.reason
                          : fmt::format("{}; {} lines in a row", range.reason, range.lines);
        if (!range.records.empty()) step.detail += ": " + describe(range.records);
        step.detail += describe_lost(range);
        step.records = std::move(range.records);
        step.lacks_newline = range.lacks_newline;
        // An unfinished line was never acknowledged; where good lines go on, the gap between their
        // numbers tells what is gone, if anything is.
        if (!unfinished && !range.followed && !is_in_gap(range)) step.unsaved = range.lost_lines;
        steps_.push_back(std::move(step));
    }

    void add_end(UnfinishedEnd& end) {
        switch (end.kind) {
            case UnfinishedEnd::Kind::kHeld: {
                RepairStep step =
                    step_at(RepairAction::kLeave, "held", end.part, end.offset, end.bytes);
                step.detail =
                    "an unfinished line of a part that a writer holds: it may be in the "
                    "middle of it";
                steps_.push_back(std::move(step));
                return;
            }
            case UnfinishedEnd::Kind::kForeign: {
                RepairStep step =
                    step_at(RepairAction::kLeave, "foreign", end.part, end.offset, end.bytes);
                step.detail =
                    "another tool's line without a newline: append one if its writer "
                    "has ended, and it is read";
                step.is_left = true;
                steps_.push_back(std::move(step));
                return;
            }
            case UnfinishedEnd::Kind::kQuiet: {
                RepairStep step =
                    step_at(RepairAction::kEnd, "foreign", end.part, end.offset, end.bytes);
                step.detail = "another tool's line without a newline: it gets one, and is read";
                steps_.push_back(std::move(step));
                return;
            }
            case UnfinishedEnd::Kind::kFresh: {
                RepairStep step =
                    step_at(RepairAction::kLeave, "fresh", end.part, end.offset, end.bytes);
                step.detail =
                    "an unfinished line, written a moment ago: another tool may be in the middle "
                    "of it; run it again in a minute";
                step.is_left = true;
                steps_.push_back(std::move(step));
                return;
            }
            case UnfinishedEnd::Kind::kTorn: break;
        }
        RepairStep step = step_at(RepairAction::kCut, "torn", end.part, end.offset, end.bytes);
        step.reason = "torn";
        step.lines = 1;
        step.records = std::move(end.records);
        step.detail = step.records.empty() ? "an unfinished line: its writer died while writing it"
                                           : "an unfinished line: " + describe(step.records);
        steps_.push_back(std::move(step));
    }

    void add_torn_file(TornFile& file) {
        std::erase_if(file.records, [](const BuriedRecord& record) { return record.in_log; });
        if (file.records.empty()) return;
        const char* const kind = file.temporary ? "temporary" : "torn";
        RepairStep step = step_at(RepairAction::kRescue, kind, file.part,
                                  file.records.front().offset, file.records.front().body.size());
        step.file = file.path;
        step.reason = kind;
        step.lines = 1;
        step.records = std::move(file.records);
        step.detail = (file.temporary ? "left by another tool: " : "cut off earlier: ") +
                      describe(step.records);
        steps_.push_back(std::move(step));
    }

    void add_temporary(LeftTemporary& left) {
        RepairStep step = step_at(left.fresh ? RepairAction::kLeave : RepairAction::kMove,
                                  "temporary", left.part, ByteOffset(0), left.bytes);
        step.file = left.path;
        step.modified_ns = left.modified_ns;
        step.is_left = left.fresh;
        step.reason = "temporary";
        step.detail = left.records.empty() ? "left by another tool: no event in it"
                                           : "left by another tool: " + describe(left.records);
        if (left.fresh) {
            step.detail =
                "written a moment ago: another tool may be using it; run it again in a minute";
        } else {
            step.lines = left.records.size() + left.lost_lines;
            step.records = std::move(left.records);
        }
        steps_.push_back(std::move(step));
    }

    void add_gap(const Gap& gap) {
        std::uint64_t gone = 0;
        for (const auto& [from, to] : gap.gone) gone += to.value() - from.value() + 1;
        const bool promised = !gap.gone.empty() && gap.gone.front().first <= gap.synced;
        RepairStep step =
            step_at(RepairAction::kNote, promised ? "lost" : "missing", gap.part, gap.offset, 0);
        step.reason = step.kind;
        step.first_seq = gap.first;
        step.lines = gap.lines;
        step.unsaved = gone;
        step.detail = describe_gone(gap);
        steps_.push_back(std::move(step));
    }

    void add_disorder(const Disorder& disorder) {
        RepairStep step =
            step_at(RepairAction::kNote, "out_of_order", disorder.part, disorder.offset, 0);
        step.reason = step.kind;
        step.first_seq = disorder.seq;
        step.lines = 1;
        step.detail = fmt::format("seq {} follows seq {}; the line is good and is read",
                                  disorder.seq.value(), disorder.previous.value());
        steps_.push_back(std::move(step));
    }

    void add_stray(const StrayFile& stray) {
        const bool unknown = stray.kind == StrayKind::kUnknown;
        steps_.push_back({.action = unknown ? RepairAction::kLeave : RepairAction::kMove,
                          .kind = unknown ? "unknown" : "stray",
                          .file = stray.path,
                          .detail = stray.why});
    }

    const LedgerDir& dir_;
    RepairFacts facts_;
    std::vector<RepairStep> steps_;
};

}  // namespace

const char* to_string(RepairAction action) {
    switch (action) {
        case RepairAction::kCut: return "cut";
        case RepairAction::kCopy: return "copy";
        case RepairAction::kRescue: return "rescue";
        case RepairAction::kEnd: return "end";
        case RepairAction::kNote: return "note";
        case RepairAction::kMove: return "move";
        case RepairAction::kLeave: return "leave";
    }
    DAYBOOK_CHECK(false);
}

std::vector<RepairStep> plan_repair(const LedgerDir& dir, RepairFacts facts) {
    return Planner(dir, std::move(facts)).run();
}

}  // namespace daybook::ledger
