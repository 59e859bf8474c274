// What the whole lines of a log come to, and what must be true of them after any number of deaths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crash/storm.h"
#include "log/layout.h"
#include "log/scan.h"

namespace daybook::testing {

// Events are told apart by their `trial_id`, "NAME-NUMBER": who wrote them, and which it was.
struct Inventory {
    // By name, then number: how often the event is there.
    std::map<std::string, std::vector<std::uint8_t>, std::less<>> copies;
    std::vector<std::string> problems;  // damaged or foreign lines, numbers out of order
    int parts = 0;
    int torn = 0;  // tails: those in torn/, and those that parts still end with

    int count(std::string_view name, std::uint32_t number) const;
    // Different events.
    std::size_t events() const;
};

// Where to begin in parts whose first lines are known to be good; the others are read whole.
using Beginnings = std::map<log::PartId, ByteOffset>;

Inventory take_inventory(const log::Layout& layout, const Beginnings& beginnings = {});

enum class Copies {
    kNone,     // every event is there once at most
    kHarmless  // a sync failed on the way: what it was for may have been written again
};

// What speaks against "every acknowledged event is there, once, nothing is damaged, and there are
// no more torn tails than kills"; empty if nothing does.
std::vector<std::string> broken_promises(const Inventory& inventory, const StormOutcome& outcome,
                                         Copies copies = Copies::kNone);

// Fails the test if there are any.
void expect_kept(const log::Layout& layout, const StormOutcome& outcome);

}  // namespace daybook::testing
