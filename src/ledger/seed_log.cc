#include "ledger/seed_log.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/calendar.h"
#include "base/hash.h"
#include "base/text.h"
#include "event/event_id.h"
#include "json/envelope.h"
#include "json/nonfinite.h"
#include "ledger/copies.h"
#include "ledger/foreign_records.h"
#include "ledger/repair_look.h"
#include "ledger/repairs.h"
#include "ledger/stray_files.h"
#include "ledger/type_registry.h"

namespace daybook::ledger {
namespace {

// An emitter whose write was met by another one's is told of an error, and its caller tries again.
constexpr std::int64_t kLookAlikeMs = 10'000;
constexpr std::size_t kSeedIdHexChars = 8;

bool is_seed_id(std::string_view id) {
    return id.size() > kSeedIdHexChars && id[id.size() - kSeedIdHexChars - 1] == '_' &&
           event::is_event_id(id);
}

// What of an event is left when its id and its time are taken out.
std::uint64_t likeness_of(std::string_view line, const json::Envelope& event) {
    std::string rest(line);
    for (const std::string& own :
         {std::string(event.event_id), fmt::format("{}", event.timestamp.value())}) {
        const std::size_t at = rest.find(own);
        if (at != std::string::npos) rest.erase(at, own.size());
    }
    return xxh3_64(rest);
}

// The events just before, to find those that are alike.
class Recent {
public:
    struct Seen {
        std::uint64_t likeness = 0;
        TimestampMs time{};
        std::string id{};
    };
    // One that is like `event` but for its id; none: nullptr.
    const Seen* find(const Seen& event) const {
        const auto found = std::find_if(ring_.begin(), ring_.end(), [&](const Seen& seen) {
            return seen.likeness == event.likeness && seen.id != event.id && !seen.id.empty() &&
                   std::abs(seen.time.value() - event.time.value()) <= kLookAlikeMs;
        });
        return found == ring_.end() ? nullptr : &*found;
    }
    void add(Seen event) {
        ring_[next_] = std::move(event);
        next_ = (next_ + 1) % ring_.size();
    }

private:
    std::array<Seen, 64> ring_{};
    std::size_t next_ = 0;
};

// Sees what the look of a repair reads, and asks for more.
class SeedLogLook final : LogSight {
public:
    SeedLogLook(const LedgerDir& dir, TimestampMs now, const SeedLogProgress& progress)
        : dir_(dir), now_(now), progress_(progress) {}

    Result<SeedLogReport> run() {
        ASSIGN_OR_RETURN(registry_, read_registry(dir_));
        // Once by the look of a repair, and where parts may share ids by that for copies.
        const LookProgress first = [this](std::uint64_t done, std::uint64_t total) {
            total_ = total;
            return !progress_ || progress_(done, 2 * total);
        };
        Result<RepairFacts> facts = look_for_repairs(dir_, dir_.layout(), first, this);
        if (!facts && facts.error().code() == ErrorCode::kCancelled) return stopped();
        RETURN_IF_ERROR(facts);
        settle_damage();
        add_facts(*facts);
        RETURN_IF_ERROR(add_unread());
        std::stable_sort(report_.findings.begin(), report_.findings.end(),
                         [](const VerifyFinding& a, const VerifyFinding& b) {
                             return std::tie(a.part, a.offset) < std::tie(b.part, b.offset);
                         });
        for (const VerifyFinding& finding : report_.findings) report_.problems += finding.problem;
        return std::move(report_);
    }

private:
    void begin(const log::PartId& part) override {
        ids_.push_back({.part = part});
        recent_ = Recent();
        ++report_.parts;
    }

    void see(const log::Line& line, const std::optional<json::Envelope>& event) override {
        repairs_.see(line);
        ids_.back().end = line.end();
        const log::PartId& part = ids_.back().part;
        if (line.kind == log::LineKind::kDamaged) {
            see_damage(part, line);
        } else {
            see_event(part, line, event);
        }
    }

    void see_damage(const log::PartId& part, const log::Line& line) {
        if (line.damage == log::Damage::kEmpty) {
            add(part, "empty", line.offset, 0, true, "a line without a byte");
            return;
        }
        const std::vector<ForeignRecord> records = find_foreign_records(line.text, line.offset);
        std::string inside;
        for (const ForeignRecord& record : records) {
            inside += fmt::format("{}{} {} at offset {}", inside.empty() ? "" : ", ",
                                  record.event_type, record.event_id, record.offset.value());
        }
        const bool glued = !records.empty();
        add(part, glued ? "glued" : "damaged", line.offset, line.length, true,
            glued ? "events that no reader finds: " + inside
                  : fmt::format("{}: {}", to_string(line.damage), printable(line.text)));
    }

    void see_event(const log::PartId& part, const log::Line& line,
                   const std::optional<json::Envelope>& event) {
        const bool foreign = line.kind == log::LineKind::kForeign;
        // As Daybook reads it.
        std::optional<std::string> converted;
        if (event && foreign) {
            converted = json::event_without_nonfinite(line.text, event->event_type);
        }
        if (!event) {
            add(part, "not_an_event", line.offset, line.length, true,
                fmt::format("{}: {}", json::why_no_envelope(line.text), printable(line.text)));
            return;
        }
        ++report_.events;
        ++report_.types[std::string(event->event_type)];
        ids_.back().ids.see(event->event_id);
        if (converted) {
            add(part, "nonfinite", line.offset, line.length, false,
                "NaN or infinities, which JSON lacks: Daybook reads what they were, other readers "
                "may refuse the line");
        }
        if (!has_day(event->timestamp) || day_of(event->timestamp) != part.day) {
            add(part, "wrong_day", line.offset, line.length, false,
                has_day(event->timestamp)
                    ? fmt::format("its time is {}", to_iso8601(event->timestamp))
                    : fmt::format("its timestamp_ms, {}, is on no day", event->timestamp.value()));
        }
        if (!foreign) return;
        ++report_.foreign;
        see_foreign(part, line, *event, converted ? *converted : line.text);
    }

    void see_foreign(const log::PartId& part, const log::Line& line, const json::Envelope& event,
                     std::string_view json) {
        report_.seed_ids += is_seed_id(event.event_id);
        if (!event::is_event_id(event.event_id)) {
            add(part, "odd_id", line.offset, line.length, false,
                "its event_id is " + printable(event.event_id));
        } else if (!registry_->newest_version(event.event_type)) {
            add(part, "unknown_type", line.offset, line.length, false,
                fmt::format("{} is not registered: 'daybook schema register' does it",
                            printable(event.event_type)));
        } else if (const auto checked = registry_->check(json, now_, scratch_); !checked) {
            add(part, "wrong_type", line.offset, line.length, false, checked.error().message());
        }
        if (!has_day(event.timestamp)) return;
        Recent::Seen seen{.likeness = likeness_of(line.text, event),
                          .time = event.timestamp,
                          .id = std::string(event.event_id)};
        if (const Recent::Seen* const like = recent_.find(seen)) {
            add(part, "look_alike", line.offset, line.length, false,
                fmt::format("{} is like {}, but for its id and its time: sent twice?",
                            event.event_id, like->id));
        }
        recent_.add(std::move(seen));
    }

    // Once all of the log is read: what a repair has dealt with is known, and no problem any more.
    void settle_damage() {
        for (VerifyFinding& finding : report_.findings) {
            const std::optional<log::PartId> part = log::parse_part_id(finding.part);
            const bool is_damage =
                finding.kind == "glued" || finding.kind == "damaged" || finding.kind == "empty";
            if (!part || !is_damage ||
                !repairs_.covers(dir_.layout(), *part, ByteOffset(finding.offset),
                                 finding.length)) {
                continue;
            }
            finding.problem = false;
            finding.detail += " (repaired)";
        }
    }

    Result<std::set<log::PartId>> read_again(const Tell& tell) override {
        const auto on_copy = [this](const char* kind, bool problem, const char* what) {
            return [=, this](const Conflict& copy) {
                add(copy.part, kind, copy.offset, copy.length, problem,
                    fmt::format("event {} {}", copy.event_id, what));
            };
        };
        const CopySearch search{
            .on_copy = on_copy("copy", false, "is there already: it counts once"),
            .on_event = tell,
            .progress = [this](std::uint64_t done, std::uint64_t total) {
                const double part = static_cast<double>(done) / static_cast<double>(total);
                const auto half = static_cast<std::uint64_t>(part * static_cast<double>(total_));
                return !progress_ || progress_(total_ + half, 2 * total_);
            }};
        ASSIGN_OR_RETURN(report_.copies, find_copies(dir_.layout(), ids_,
                                                     on_copy("conflicting", true,
                                                             "is there with other content as well"),
                                                     search));
        std::set<log::PartId> read;
        for (const std::vector<std::size_t>& group : suspect_groups(ids_)) {
            for (const std::size_t index : group) read.insert(ids_[index].part);
        }
        return read;
    }

    // What would be brought back, what ends without a newline, and what lies beside the parts.
    void add_facts(const RepairFacts& facts) {
        report_.bytes = facts.bytes;
        for (const DamagedRange& range : facts.ranges) {
            count_recoverable(range.records);
            if (range.reason != "unfinished") continue;
            add(range.part, "unfinished", range.offset, range.bytes, true,
                "the part ends in the middle of a line");
        }
        for (const UnfinishedEnd& end : facts.ends) add_end(end);
        for (const TornFile& file : facts.torn_files) count_recoverable(file.records);
        for (const LeftTemporary& left : facts.temporaries) add_temporary(left);
        for (const OddFile& odd : facts.unreadable) {
            report_.findings.push_back(
                {.kind = "unreadable", .file = odd.path, .detail = odd.problem});
        }
    }

    void add_end(const UnfinishedEnd& end) {
        switch (end.kind) {
            case UnfinishedEnd::Kind::kForeign:
            case UnfinishedEnd::Kind::kQuiet:
                add(end.part, "no_newline", end.offset, end.bytes, true,
                    "the last line has no newline: the next one is glued to it");
                return;
            case UnfinishedEnd::Kind::kTorn:
                add(end.part, "unfinished", end.offset, end.bytes, true,
                    "the part ends in the middle of a line");
                count_recoverable(end.records);
                return;
            case UnfinishedEnd::Kind::kFresh:
            case UnfinishedEnd::Kind::kHeld:
                add(end.part, "unfinished", end.offset, end.bytes, false,
                    "the part ends in the middle of a line: somebody may be writing it");
                return;
        }
    }

    void add_temporary(const LeftTemporary& left) {
        const std::uint64_t missing = count_recoverable(left.records);
        const std::uint64_t there = left.records.size() - missing;
        report_.in_use += left.fresh ? 1 : 0;
        report_.findings.push_back(
            {.kind = "temporary",
             .part = log::to_string(left.part),
             .file = left.path,
             .length = left.bytes,
             .problem = missing > 0 && !left.fresh,
             .detail = fmt::format("left by another tool: {} of its events are only here, {} are "
                                   "in the log{}",
                                   missing, there, left.fresh ? "; it may still be in use" : "")});
    }

    // What looks like a log to its owner, and is none to a reader: a part that was compressed, or
    // lies in a directory that is called otherwise.
    Status add_unread() {
        ASSIGN_OR_RETURN(const std::vector<StrayFile> files, find_stray_files(dir_, now_));
        for (const StrayFile& stray : files) {
            if (stray.kind != StrayKind::kUnknown) continue;
            // Desktops and network file systems leave hidden files anywhere.
            const bool is_hidden = stray.path[stray.path.rfind('/') + 1] == '.';
            report_.findings.push_back(
                {.kind = "unread", .file = stray.path, .problem = !is_hidden, .detail = stray.why});
        }
        return {};
    }

    std::uint64_t count_recoverable(const std::vector<BuriedRecord>& records) {
        const auto missing = static_cast<std::uint64_t>(
            std::count_if(records.begin(), records.end(),
                          [](const BuriedRecord& record) { return !record.in_log; }));
        report_.recoverable += missing;
        return missing;
    }

    void add(const log::PartId& part, std::string_view kind, ByteOffset offset,
             std::uint64_t length, bool problem, std::string detail) {
        // A log of millions of events of a type that is not registered is not to hide what counts.
        if (!problem && ++harmless_[std::string(kind)] > kFindingsKeptMax) {
            ++report_.left_out[std::string(kind)];
            return;
        }
        report_.findings.push_back({.kind = std::string(kind),
                                    .part = log::to_string(part),
                                    .file = dir_.layout().part_path(part),
                                    .offset = offset.value(),
                                    .length = length,
                                    .problem = problem,
                                    .detail = std::move(detail)});
    }

    tl::unexpected<Error> stopped() const {
        return fail(ErrorCode::kCancelled, "adopt {}: stopped while reading the log; run it again",
                    dir_.root());
    }

    const LedgerDir& dir_;
    const TimestampMs now_;
    const SeedLogProgress& progress_;
    std::optional<schema::Registry> registry_;
    schema::Scratch scratch_;
    Repairs repairs_;
    std::vector<IdPart> ids_;
    Recent recent_;
    SeedLogReport report_;
    std::map<std::string, std::uint64_t> harmless_;  // findings that are no problems, by kind
    std::uint64_t total_ = 0;                        // bytes of the log
};

}  // namespace

Result<SeedLogReport> look_at_seed_log(const LedgerDir& dir, TimestampMs now,
                                       const SeedLogProgress& progress) {
    return SeedLogLook(dir, now, progress).run();
}

}  // namespace daybook::ledger
