#include "ledger/copies.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "json/envelope.h"
#include "log/scan.h"

namespace daybook::ledger {
namespace {

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
    CopyFinder(const log::Layout& layout, const std::vector<IdPart>& parts,
               const std::function<void(Conflict)>& on_conflict,
               const std::function<void(Conflict)>& on_copy)
        : layout_(layout), parts_(parts), on_conflict_(on_conflict), on_copy_(on_copy) {}

    // Reads a group as often as its ids need that do not fit into the table at once.
    Status read_group(const std::vector<std::size_t>& group, std::size_t capacity) {
        std::uint64_t ids = 0;
        for (const std::size_t index : group) ids += parts_[index].ids.count();
        rounds_ = (ids + capacity - 1) / capacity;
        for (round_ = 0; round_ < rounds_; ++round_) {
            // A little more than the mean: hashes do not fall evenly.
            table_.reset(std::min<std::uint64_t>(ids, ids / rounds_ + ids / rounds_ / 8));
            for (const std::size_t index : group) RETURN_IF_ERROR(read_part(parts_[index]));
        }
        return {};
    }

    std::uint64_t copies() const { return copies_; }

private:
    Status read_part(const IdPart& part) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout_, part.part));
        while (true) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
            if (line == nullptr || line->end() > part.end) return {};
            if (line->kind != log::LineKind::kDamaged) see(part.part, *line);
        }
    }

    void see(const log::PartId& part, const log::Line& line) {
        const std::optional<json::Envelope> envelope = envelopes_.read(line.text);
        if (!envelope) return;
        const Hash128 id = xxh3_128(envelope->event_id);
        if (id.high % rounds_ != round_) return;
        const std::uint64_t content = xxh3_64(line.body);
        const std::optional<std::uint64_t> known = table_.insert(id, content);
        if (!known) return;
        ++copies_;
        const std::function<void(Conflict)>& tell = *known == content ? on_copy_ : on_conflict_;
        if (!tell) return;
        tell({.part = part,
              .offset = line.offset,
              .length = line.text.size(),
              .event_id = std::string(envelope->event_id)});
    }

    const log::Layout& layout_;
    const std::vector<IdPart>& parts_;
    const std::function<void(Conflict)>& on_conflict_;
    const std::function<void(Conflict)>& on_copy_;
    json::EnvelopeReader envelopes_;
    CopyTable table_;
    std::uint64_t rounds_ = 1;
    std::uint64_t round_ = 0;
    std::uint64_t copies_ = 0;
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

Result<std::uint64_t> find_copies(const log::Layout& layout, const std::vector<IdPart>& parts,
                                  const std::function<void(Conflict)>& on_conflict,
                                  std::size_t table_bytes_max,
                                  const std::function<void(Conflict)>& on_copy) {
    CopyFinder finder(layout, parts, on_conflict, on_copy);
    for (const std::vector<std::size_t>& group : suspect_groups(parts)) {
        RETURN_IF_ERROR(finder.read_group(group, CopyTable::capacity(table_bytes_max)));
    }
    return finder.copies();
}

}  // namespace daybook::ledger
