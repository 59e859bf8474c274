// The days on which the runs of a retention had events: an entry of a manifest's `retained` says so
// under "days", beyond the days out of which lines were removed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "base/calendar.h"

namespace daybook::archive {

// nullopt: the entry does not say, or not as it should.
std::optional<std::vector<Day>> retained_days(const Retained& retained);

// What Retained::other is to be so that it says that.
std::string encode_retained_days(std::span<const Day> days);

}  // namespace daybook::archive
