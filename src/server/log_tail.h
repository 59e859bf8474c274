// What is new in a part, as far as the daemon must know at once: that a run has ended, and who
// sends heartbeats.  Everything else is the index's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "log/log_source.h"

namespace daybook::server {

struct TailNews {
    bool run_ended = false;
    std::vector<std::string> heartbeats{};  // ids of runs, as often as they come
};

// Reads whole lines behind `from`, up to `bytes_max` bytes, and adds what they say to `news`; where
// the last one ends.  A part that has gone: `from`.
//
// A text that only looks like an end (a word in a configuration) leads to a batch that begins a
// quarter of a second early, so lines are not parsed for it.
Result<ByteOffset> read_tail(const log::LogSource& source, const log::PartId& part, ByteOffset from,
                             std::uint64_t bytes_max, TailNews& news);

// The same for lines in memory.
void look_at_lines(std::string_view lines, json::Parser& parser, TailNews& news);

}  // namespace daybook::server
