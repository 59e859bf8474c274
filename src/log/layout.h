// Every file name below `events/` and `torn/`: what a log can create, in one place.
//
//     <root>/events/_reserve                               room kept for the last words of runs
//     <root>/events/day=2026-01-23/part-000001.jsonl       a part
//                                  part-000001.seal.json   its seal
//                                  part-000001.bad         a sync of this part failed
//     <root>/events/_seal.lock  _head.json                 one sealer at a time; the newest seal
//     <root>/events/_shared  _was_shared                   other tools write here, too, or did
//     <root>/torn/2026-01-23.part-000001.4711.bytes        a torn tail that was cut off at 4711
//                 2026-01-23.part-000001.4711.2.bytes      a second one there
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/calendar.h"
#include "base/strong.h"

namespace daybook::log {

// 1, 2, 3… within a day.
using PartNumber = Strong<std::uint32_t, struct PartNumberTag>;

// A part's name in cursors, reports and archives.
struct PartId {
    Day day;
    PartNumber number;

    auto operator<=>(const PartId&) const = default;
};

// "day=2026-01-23/part-000001".
std::string to_string(const PartId& part);
// The part that such a name means; nullopt for anything else.
std::optional<PartId> parse_part_id(std::string_view name);

// Where the files of one log are.  Copyable; knows names, touches nothing.
class Layout {
public:
    // `root` is the ledger's directory; events/ and torn/ lie directly in it.
    explicit Layout(std::string root) : root_(std::move(root)) {}

    const std::string& root() const { return root_; }
    std::string events_dir() const;
    std::string torn_dir() const;
    std::string reserve_path() const;
    std::string day_dir(Day day) const;
    std::string part_path(const PartId& part) const;
    std::string seal_path(const PartId& part) const;
    std::string bad_path(const PartId& part) const;
    // Held by the one who seals.
    std::string seal_lock_path() const;
    // Names the newest seal.
    std::string head_path() const;
    // There while other tools append to this log as well; and once they do so no more.
    std::string shared_path() const;
    std::string was_shared_path() const;
    // Where the torn tail goes that was cut off at `offset`; `copy` counts from 1, for a part that
    // was torn at the same offset more than once.
    std::string torn_path(const PartId& part, ByteOffset offset, int copy = 1) const;

private:
    std::string root_;
};

// What a file name inside a day's directory means.
enum class DayFile { kPart, kSeal, kBad };
struct DayFileName {
    DayFile kind;
    PartNumber number;
};
// nullopt: not one of ours.
std::optional<DayFileName> parse_day_file(std::string_view file_name);
// "part-000001.jsonl.tmp": what another tool is about to append to that part, or has left behind.
// nullopt: not such a name.
std::optional<PartNumber> parse_foreign_temporary(std::string_view file_name);
// What the name of a file in torn/ says: where its bytes came from.
struct TornFileName {
    PartId part;
    ByteOffset offset;
};
// nullopt: not one of ours.
std::optional<TornFileName> parse_torn_file(std::string_view file_name);
// The day of a directory "day=2026-01-23"; nullopt: not one of ours.
std::optional<Day> parse_day_dir(std::string_view directory_name);

}  // namespace daybook::log
