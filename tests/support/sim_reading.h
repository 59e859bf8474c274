// What can be read from a log on a simulated file system, and whether it keeps what was promised.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "log/layout.h"
#include "log/line.h"
#include "log/scan.h"
#include "support/sim_log.h"
#include "support/sim_seals.h"

namespace daybook::testing {

// A line that reads as an event.
struct ReadEvent {
    ByteOffset offset{};
    log::Seq seq{};
    log::Seq synced{};
    std::string body{};
    bool operator==(const ReadEvent&) const = default;
};

struct ReadPart {
    log::PartId id{};
    std::vector<ReadEvent> events{};
    std::uint64_t damaged = 0;  // lines
    std::vector<std::string> foreign{};
    ByteOffset unfinished_from{};  // where what has no newline begins,
    std::string unfinished{};      // and what it is
};

struct Reading {
    std::vector<ReadPart> parts{};
    std::set<std::string> evidence{};  // contents of the files in torn/
    std::string published{};           // empty: there is no such file
    SealsRead seals{};
    std::string problem{};  // why it could not be read, or what is wrong in itself

    const ReadPart* find(const log::PartId& id) const;
};

// Reads all of it, by the calls that are in force.  Zeros at the beginning of a part are passed
// over: they stand for its many earlier lines.
Reading read_log(const SimFs& fs);

// What was promised at one moment.
struct Promised {
    const std::vector<Promise>* events;
    std::uint32_t moment = kNever;  // kNever: all that was promised in the end
    bool power_cut = false;         // else processes have died
    bool may_be_damaged = false;    // there has been a power cut at some time
    // Parts whose bytes the disk has changed: what they say of numbers need not hold.
    std::set<log::PartId> rotten{};
    Publication published{};
    const std::vector<SealedPart>* sealed = nullptr;  // nullptr: none
};

// Acknowledged is there, what is there was attempted, damage is told from events, no number is
// missing that a `synced` names, and sealed is as it was sealed.  Empty, or what is wrong.
std::string check_promises(const Reading& reading, const Promised& promised);

// Which of `count` events can be read, by index.
std::vector<bool> events_found(const Reading& reading, std::size_t count);

// What could be read before a recovery can be read after it, and no byte has gone without evidence.
std::string check_kept(const Reading& before, const Reading& after);

// What a log that has just been read after a crash promises from then on: to lose nothing of it.
// What was not there can never come.
std::vector<Promise> promises_after(const Reading& reading, const Promised& promised);

}  // namespace daybook::testing
