// Events that are in a log more than once.
//
// The ids that Daybook draws ascend within a part.  So whoever has read all parts knows by the
// least and the greatest id of each which of them can share an id at all; only those are read
// again, and their ids compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/log_source.h"

namespace daybook::ledger {

// What the closer look may hold at once; with more ids than fit it reads the parts more often.
inline constexpr std::size_t kCopyTableBytesMax = std::size_t{192} << 20;

// The ids of one part.
class IdRange {
public:
    void see(std::string_view id) {
        if (count_++ == 0) {
            min_.assign(id);
            max_.assign(id);
        } else if (id > max_) {
            max_.assign(id);
        } else {
            ascends_ = false;
            if (id < min_) min_.assign(id);
        }
    }

    std::uint64_t count() const { return count_; }
    // Whether each id is greater than the one before it: none is there twice.
    bool ascends() const { return ascends_; }
    // Of a part without ids both are empty.
    const std::string& min() const { return min_; }
    const std::string& max() const { return max_; }

private:
    std::uint64_t count_ = 0;
    bool ascends_ = true;
    std::string min_;
    std::string max_;
};

// A part as it was read.
struct IdPart {
    log::PartId part;
    ByteOffset end{};  // what follows was not read
    IdRange ids{};
};

// The parts that may hold an id twice, in groups that have no id in common: indexes into `parts`,
// ascending within a group.
std::vector<std::vector<std::size_t>> suspect_groups(const std::vector<IdPart>& parts);

// A line whose id an earlier line has with other content, in the order of `parts`.
struct Conflict {
    log::PartId part;
    ByteOffset offset{};
    std::uint64_t length = 0;  // without the newline
    std::string event_id{};
};

struct CopySearch {
    std::size_t table_bytes_max = kCopyTableBytesMax;
    // For copies with the same content.
    std::function<void(Conflict)> on_copy{};
    // For every event that is read; more often than once where the table does not hold all.
    std::function<void(const log::PartId&, const log::Line&, std::string_view event_id)> on_event{};
    // Bytes read, and bytes that are to be read; false ends the search with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
};

// Reads the suspect parts, in groups, and calls `on_conflict`.  Returns how many events are copies,
// alike or not, of one before them.
Result<std::uint64_t> find_copies(const log::LogSource& source, const std::vector<IdPart>& parts,
                                  const std::function<void(Conflict)>& on_conflict,
                                  const CopySearch& search = {});

}  // namespace daybook::ledger
