#include "ledger/copies.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kLinesPerStep = 65'536;

// The content's hash of events by the hash of their ids.  Open addressing: no more memory than it
// says.
class CopyTable {
public:
    struct Slot {
        Hash128 id;
        std::uint64_t content = 0;
    };
    static constexpr std::size_t kSlotsMin = 1024;

    // How many ids fit into `bytes`: three quarters of the slots may be taken.
    static std::size_t capacity(std::size_t bytes) {
        return std::max(kSlotsMin, std::bit_floor(bytes / sizeof(Slot))) / 4 * 3;
    }

    // Makes room for `ids` of them; all are gone.
    void reset(std::size_t ids) {
        slots_.assign(std::max(kSlotsMin, std::bit_ceil(ids / 3 * 4 + 1)), Slot{});
        taken_ = 0;
    }

    // The content that is there under `id`; nullopt if there was none, and now this one is.
    std::optional<std::uint64_t> insert(Hash128 id, std::uint64_t content) {
        // All zeros stand for an empty slot.
        if (id == Hash128{}) id.low = 1;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = id.low & mask;; at = (at + 1) & mask) {
            Slot& slot = slots_[at];
            if (slot.id == id) return slot.content;
            if (slot.id != Hash128{}) continue;
            slot = {.id = id, .content = content};
            DAYBOOK_CHECK(++taken_ < slots_.size());
            return std::nullopt;
        }
    }

private:
    std::vector<Slot> slots_;
    std::size_t taken_ = 0;
};

class CopyFinder {
public:
    CopyFinder(const log::LogSource& source, const std::vector<IdPart>& parts,
               const std::function<void(Conflict)>& on_conflict, const CopySearch& search)
        : source_(source), parts_(parts), on_conflict_(on_conflict), search_(search) {}

    Status run() {
        const std::vector<std::vector<std::size_t>> groups = suspect_groups(parts_);
        for (const std::vector<std::size_t>& group : groups) {
            for (const std::size_t index : group) {
                total_ += rounds_of(group) * parts_[index].end.value();
            }
        }
        for (const std::vector<std::size_t>& group : groups) RETURN_IF_ERROR(read_group(group));
        return {};
    }

    std::uint64_t copies() const { return copies_; }

private:
    std::uint64_t ids_of(const std::vector<std::size_t>& group) const {
        std::uint64_t ids = 0;
        for (const std::size_t index : group) ids += parts_[index].ids.count();
        return ids;
    }

    // As often as its ids need that do not fit into the table at once.
    std::uint64_t rounds_of(const std::vector<std::size_t>& group) const {
        const std::size_t capacity = CopyTable::capacity(search_.table_bytes_max);
        return (ids_of(group) + capacity - 1) / capacity;
    }

    Status read_group(const std::vector<std::size_t>& group) {
        const std::uint64_t ids = ids_of(group);
        rounds_ = rounds_of(group);
        for (round_ = 0; round_ < rounds_; ++round_) {
            // A little more than the mean: hashes do not fall evenly.
            table_.reset(std::min<std::uint64_t>(ids, ids / rounds_ + ids / rounds_ / 8));
            for (const std::size_t index : group) RETURN_IF_ERROR(read_part(parts_[index]));
        }
        return {};
    }

    Status read_part(const IdPart& part) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part.part));
        const std::uint64_t before = done_;
        std::size_t lines = 0;
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
            if (line == nullptr || line->end() > part.end) return {};
            done_ = before + line->end().value();
            if (++lines % kLinesPerStep == 0 && search_.progress &&
                !search_.progress(done_, total_)) {
                return fail(ErrorCode::kCancelled, "look for copies: stopped");
            }
            if (line->kind != log::LineKind::kDamaged) see(part.part, *line);
        }
    }

    void see(const log::PartId& part, const log::Line& line) {
        const std::optional<json::Envelope> envelope = event_of(line, envelopes_);
        if (!envelope) return;
        if (search_.on_event) search_.on_event(part, line, envelope->event_id);
        const Hash128 id = xxh3_128(envelope->event_id);
        if (id.high % rounds_ != round_) return;
        const std::uint64_t content = xxh3_64(line.body);
        const std::optional<std::uint64_t> known = table_.insert(id, content);
        if (!known) return;
        ++copies_;
        const std::function<void(Conflict)>& tell =
            *known == content ? search_.on_copy : on_conflict_;
        if (!tell) return;
        tell({.part = part,
              .offset = line.offset,
              .length = line.text.size(),
              .event_id = std::string(envelope->event_id)});
    }

    const log::LogSource& source_;
    const std::vector<IdPart>& parts_;
    const std::function<void(Conflict)>& on_conflict_;
    const CopySearch& search_;
    json::EnvelopeReader envelopes_;
    CopyTable table_;
    std::uint64_t rounds_ = 1;
    std::uint64_t round_ = 0;
    std::uint64_t copies_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace

std::vector<std::vector<std::size_t>> suspect_groups(const std::vector<IdPart>& parts) {
    std::vector<std::size_t> by_min;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].ids.count() > 0) by_min.push_back(i);
    }
    std::sort(by_min.begin(), by_min.end(), [&](std::size_t a, std::size_t b) {
        return parts[a].ids.min() < parts[b].ids.min();
    });

    std::vector<std::vector<std::size_t>> groups;
    const std::string* greatest = nullptr;  // of the last group
    for (const std::size_t index : by_min) {
        const IdRange& ids = parts[index].ids;
        if (greatest == nullptr || ids.min() > *greatest) {
            groups.push_back({index});
            greatest = &ids.max();
        } else {
            groups.back().push_back(index);
            if (ids.max() > *greatest) greatest = &ids.max();
        }
    }
    std::erase_if(groups, [&](const std::vector<std::size_t>& group) {
        return group.size() == 1 && parts[group.front()].ids.ascends();
    });
    for (std::vector<std::size_t>& group : groups) std::sort(group.begin(), group.end());
    return groups;
}

Result<std::uint64_t> find_copies(const log::LogSource& source, const std::vector<IdPart>& parts,
                                  const std::function<void(Conflict)>& on_conflict,
                                  const CopySearch& search) {
    CopyFinder finder(source, parts, on_conflict, search);
    RETURN_IF_ERROR(finder.run());
    return finder.copies();
}

}  // namespace daybook::ledger
