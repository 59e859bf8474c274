#include "ledger/repair_look.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <unordered_set>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "json/envelope.h"
#include "ledger/foreign_records.h"
#include "ledger/part_walk.h"
#include "ledger/quarantine.h"
#include "ledger/repairs.h"
#include "ledger/seal_chain.h"
#include "ledger/type_registry.h"
#include "ledger/verify_seals.h"
#include "log/rescue.h"
#include "log/scan.h"
#include "log/tail.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

// How Daybook's lines begin.
constexpr std::string_view kOpening = R"({"event_type":")";
// A part has at most 100 MiB and one line more; what is damaged can be no longer.
constexpr std::uint64_t kRangeBytesMax = std::uint64_t{256} << 20;
constexpr std::size_t kLinesPerStep = 65'536;

bool is_blank(std::string_view bytes) {
    return bytes.find_first_not_of(std::string_view("\0 \t\r\n", 5)) == std::string_view::npos;
}

std::uint64_t count_lost_lines(std::string_view bytes, ByteOffset base,
                               const std::vector<BuriedRecord>& records) {
    std::uint64_t lost = 0;
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        const bool has_record = std::any_of(records.begin(), records.end(), [&](const auto& found) {
            return base + begin <= found.offset && found.offset < base + end;
        });
        if (!has_record && !is_blank(bytes.substr(begin, end - begin))) ++lost;
        begin = end + 1;
    }
    return lost;
}

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
    Look(const LedgerDir& dir, const LookProgress& progress) : dir_(dir), progress_(progress) {}

    Result<RepairFacts> run() {
        ASSIGN_OR_RETURN(sharing_, log::sharing_of(layout()));
        ASSIGN_OR_RETURN(seals_, read_seals(layout()));
        ASSIGN_OR_RETURN(parts_, log::list_parts(layout()));
        for (const log::PartInfo& part : parts_) total_ += part.size.value();
        for (const log::PartInfo& part : parts_) {
            const Status read = read_part(part);
            if (!read) RETURN_IF_ERROR(note_unreadable(part, read.error()));
        }
        RETURN_IF_ERROR(open_ranges());
        RETURN_IF_ERROR(look_into_torn());
        RETURN_IF_ERROR(look_into_quarantine());
        RETURN_IF_ERROR(look_into_temporaries());
        subtract_records_from_gaps();
        forget_what_is_known();
        RETURN_IF_ERROR(look_for_copies());
        RETURN_IF_ERROR(look_beside());
        facts_.parts = parts_.size();
        facts_.bytes = done_;
        return std::move(facts_);
    }

private:
    const log::Layout& layout() const { return dir_.layout(); }

    Status read_part(const log::PartInfo& part) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout(), part.id));
        PartWalk walk(part.id, facts_);
        const ByteOffset sealed_end = end_of_seal(part.id);
        const std::uint64_t before = done_;
        std::size_t lines = 0;
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            repairs_.see(*line);
            if (line->offset < sealed_end) {
                walk.see(*line);
            } else {
                see_after_seal(part.id, *line);
            }
            done_ = before + line->end().value();
            if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
        }
        walk.finish();
        return see_end(part, reader.offset(), reader.size());
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
                end.kind = shared ? UnfinishedEnd::Kind::kQuiet : UnfinishedEnd::Kind::kForeign;
            } else if (torn && may_be_cut) {
                end.kind = UnfinishedEnd::Kind::kTorn;
                end.records = records_in(bytes, offset);
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
            range.records = records_in(*bytes, range.offset);
            range.lost_lines = count_lost_lines(*bytes, range.offset, range.records);
            readable.push_back(std::move(range));
            RETURN_IF_ERROR(step());
        }
        facts_.ranges = std::move(readable);
        return {};
    }

    // What was cut off as an unfinished line may hold a whole record, too.
    Status look_into_torn() {
        ASSIGN_OR_RETURN(const bool there, os::exists(layout().torn_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(layout().torn_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::optional<log::TornFileName> name = log::parse_torn_file(entry.name);
            if (!name || entry.is_directory) continue;
            const std::string path = os::join_path(layout().torn_dir(), entry.name);
            const Result<std::string> bytes = os::read_file(path, kRangeBytesMax);
            if (!bytes) {
                facts_.unreadable.push_back({path, bytes.error().message()});
                continue;
            }
            std::vector<BuriedRecord> records = records_in(*bytes, name->offset);
            if (!records.empty()) facts_.torn_files.push_back({path, name->part, records});
        }
        return {};
    }

    // Lines that a tool had left beside a part, and that an earlier repair put away: it may have
    // gone on writing to the file meanwhile.  One that has not grown is passed over.
    Status look_into_quarantine() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.quarantine_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(dir_.quarantine_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::optional<log::PartId> part = quarantined_temporary(entry.name);
            if (!part || entry.is_directory) continue;
            const std::string path = os::join_path(dir_.quarantine_dir(), entry.name);
            // What it held when it was put away has been in the log since.
            ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
            if (info && quarantined_bytes(path) == info->size.value()) continue;
            const Result<std::string> bytes = os::read_file(path, kRangeBytesMax);
            if (!bytes) {
                facts_.unreadable.push_back({path, bytes.error().message()});
                continue;
            }
            std::vector<BuriedRecord> records = records_in(*bytes, ByteOffset(0));
            if (records.empty()) continue;
            facts_.torn_files.push_back({path, *part, std::move(records), true});
        }
        return {};
    }

    Status look_into_temporaries() {
        ASSIGN_OR_RETURN(const bool there, os::exists(layout().events_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto days, os::list_dir(layout().events_dir()));
        for (const os::DirEntry& entry : days) {
            const std::optional<Day> day = log::parse_day_dir(entry.name);
            if (!day || !entry.is_directory) continue;
            ASSIGN_OR_RETURN(const auto files, os::list_dir(layout().day_dir(*day)));
            for (const os::DirEntry& file : files) {
                const auto number = log::parse_foreign_temporary(file.name);
                if (!number || file.is_directory) continue;
                look_into_temporary({.day = *day, .number = *number},
                                    os::join_path(layout().day_dir(*day), file.name));
            }
        }
        return {};
    }

    void look_into_temporary(const log::PartId& part, const std::string& path) {
        const Result<std::optional<os::FileInfo>> info = os::file_info(path);
        const Result<std::string> bytes = os::read_file(path, kRangeBytesMax);
        if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return;
        if (!info || !bytes) {
            facts_.unreadable.push_back(
                {path, info ? bytes.error().message() : info.error().message()});
            return;
        }
        if (!*info) return;
        LeftTemporary left{.path = path,
                           .part = part,
                           .bytes = bytes->size(),
                           .modified_ns = (*info)->modified_ns};
        left.fresh = now_.value() - left.modified_ns / 1'000'000 < log::kQuietMs;
        left.records = records_in(*bytes, ByteOffset(0));
        left.lost_lines = count_lost_lines(*bytes, ByteOffset(0), left.records);
        facts_.temporaries.push_back(std::move(left));
    }

    std::vector<BuriedRecord> records_in(std::string_view bytes, ByteOffset base) {
        std::vector<BuriedRecord> records = our_records_in(bytes, base);
        // Those of other tools stand between.
        const std::size_t ours = records.size();
        std::size_t from = 0;
        for (std::size_t i = 0; i <= ours; ++i) {
            const std::size_t to = i < ours ? records[i].offset - base : bytes.size();
            for (ForeignRecord& found :
                 find_foreign_records(bytes.substr(from, to - from), base + from)) {
                records.push_back({.event_id = std::move(found.event_id),
                                   .event_type = std::move(found.event_type),
                                   .timestamp = found.timestamp,
                                   // Without the brace, as bodies are.
                                   .body = std::string(found.text.substr(0, found.text.size() - 1)),
                                   .offset = found.offset,
                                   .foreign = true});
            }
            if (i < ours) from = to + records[i].length;
        }
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.offset < b.offset; });
        return records;
    }

    std::vector<BuriedRecord> our_records_in(std::string_view bytes, ByteOffset base) {
        std::vector<BuriedRecord> records;
        for (const log::Line& line : log::find_records(bytes, base, kOpening)) {
            const std::optional<json::Envelope> envelope = envelopes_.read(line.text);
            // A checksum that holds over what is no event: nothing that could be appended.
            if (!envelope || !has_day(envelope->timestamp)) continue;
            records.push_back({.event_id = std::string(envelope->event_id),
                               .event_type = std::string(envelope->event_type),
                               .timestamp = envelope->timestamp,
                               .body = std::string(line.body),
                               .seq = line.seq,
                               .synced = line.synced,
                               .offset = line.offset,
                               .length = line.text.size()});
        }
        return records;
    }

    // Calls `function` for every record that was found.
    template <typename Function>
    void for_each_record(Function function) {
        for (DamagedRange& range : facts_.ranges) {
            for (BuriedRecord& record : range.records) function(range.part, record);
        }
        for (UnfinishedEnd& end : facts_.ends) {
            for (BuriedRecord& record : end.records) function(end.part, record);
        }
        for (TornFile& file : facts_.torn_files) {
            for (BuriedRecord& record : file.records) function(file.part, record);
        }
        for (LeftTemporary& left : facts_.temporaries) {
            for (BuriedRecord& record : left.records) function(left.part, record);
        }
    }

    void subtract_records_from_gaps() {
        for (Gap& gap : facts_.gaps) {
            std::vector<std::uint64_t> buried;
            for_each_record([&](const log::PartId& part, const BuriedRecord& record) {
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

    // A second look at the whole log, for the ids that were found; only if some were.
    Status look_for_copies() {
        std::unordered_set<std::string_view> wanted;
        for_each_record([&](const log::PartId&, const BuriedRecord& record) {
            wanted.insert(record.event_id);
        });
        if (wanted.empty()) return {};
        std::unordered_set<std::string> there;
        for (const log::PartInfo& part : parts_) {
            Result<log::PartReader> reader = log::PartReader::open(layout(), part.id);
            if (!reader) continue;  // Said when it was read first.
            const ByteOffset sealed_end = end_of_seal(part.id);
            std::size_t lines = 0;
            while (true) {
                const auto line = reader->next();
                if (!line || !*line || (*line)->offset >= sealed_end) break;
                if (++lines % kLinesPerStep == 0) RETURN_IF_ERROR(step());
                if ((*line)->kind == log::LineKind::kDamaged) continue;
                const auto envelope = envelopes_.read((*line)->text);
                if (envelope && wanted.contains(envelope->event_id)) {
                    there.emplace(envelope->event_id);
                }
            }
        }
        for_each_record([&](const log::PartId&, BuriedRecord& record) {
            // Of a record that was found twice one is enough.
            record.in_log = !there.insert(record.event_id).second;
        });
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
    const LookProgress& progress_;
    log::Sharing sharing_ = log::Sharing::kAlone;
    const TimestampMs now_ = system_clock().now();
    SealFiles seals_;
    RepairFacts facts_;
    std::vector<log::PartInfo> parts_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    Repairs repairs_;
    json::EnvelopeReader envelopes_;
};

}  // namespace

Result<RepairFacts> look_for_repairs(const LedgerDir& dir, const LookProgress& progress) {
    return Look(dir, progress).run();
}

}  // namespace daybook::ledger
