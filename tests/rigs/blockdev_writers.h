// Writers on the recording device: what they try, and what was acknowledged when.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/layout.h"
#include "support/tape.h"

namespace daybook::testing {

struct WriterPlan {
    std::uint64_t seed = 0;
    int processes = 3;
    int threads_each = 2;
    std::uint32_t events_each = 120;  // of a thread
    std::uint64_t kills_max = 12;
};

// A promise that was made: the event is durable.
struct Promise {
    std::string event_id;
    std::uint32_t tape_size = 0;  // when it was made
};

// Half a line that was put at the end of a part, as a writer that dies in its `write` leaves it.
struct Fragment {
    log::PartId part;
    ByteOffset offset;
    std::string bytes;
};

struct WrittenLog {
    std::vector<Promise> promises;
    // A document beside the log is replaced by rename, again and again: the tape's size when
    // version 1, 2, 3… of it was in place for good.
    std::vector<std::uint32_t> document_versions;
    std::vector<Fragment> fragments;
    std::map<log::PartId, std::string> parts;  // their bytes, when all writers had ended
    std::uint64_t kills = 0;
};

// Lets the writers of the plan write to the log of `layout`, whose device records on `tape`.
Result<WrittenLog> run_writers(const log::Layout& layout, const WriterPlan& plan, const Tape& tape);

// The bytes of all parts of a log.
Result<std::map<log::PartId, std::string>> read_parts(const log::Layout& layout);

// Appends events for `day` at durability `power`, each through a writer of its own; all of these
// are open at once, so that they take as many parts.
Status append_together(const log::Layout& layout, const std::vector<std::string>& event_ids,
                       Day day);

// The document of a ledger that is written with os::write_file_atomic(), and its versions.
std::string document_path(const log::Layout& layout);
std::string document_text(std::size_t version);

// The days that the writers write to, from the first on.
inline constexpr int kWriterDays = 4;
Day writer_day(int index);

}  // namespace daybook::testing
