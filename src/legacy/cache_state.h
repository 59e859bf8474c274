// index/legacy/<source>/state.json: what the cache of a legacy file holds, and of which state of
// the file (docs/formats/ledger.md).
//
// It is replaced by rename when all that it names is complete.  All of the cache is derived: what
// cannot be read here is as good as not there, and made anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "legacy/left_out.h"

namespace daybook::legacy {

// What a rule of the mapping has found.
struct TableCount {
    std::string table{};  // "optimizer.trials_f"
    std::string event{};  // "trial.recorded"
    std::uint64_t rows = 0;
    std::uint64_t invalid = 0;  // of these, rows that could not become events
    bool operator==(const TableCount&) const = default;
};

struct CacheState {
    std::string source{};  // the legacy file's path
    // Of the file when it was copied: source_version().
    std::string version{};
    std::uint64_t bytes = 0;
    std::string sha256{};
    TimestampMs copied_at{};
    std::string copy{};  // the copy's file name
    std::string rows{};  // the folder of the ledger that its rows became
    // The file that answers: the index of that ledger, as it was when all rows were in it.  And the
    // one before, which stays for readers who have just learned its name; empty: there is none.
    std::string answers{};
    std::string answers_before{};
    // How long it took to copy and read the file, the last time that there was something to read.
    std::int64_t took_ms = 0;
    // By what the rows became events: whoever would do it otherwise does it again.
    std::string recipe{};
    std::uint64_t events = 0;
    std::uint64_t runs = 0;
    // Ends in the ledger that later ones have come after (EventStream::ends_at_last_row()): events
    // that the file does not make any more.
    std::uint64_t replaced_ends = 0;
    // ImportReport::import_id
    std::string import_id{};
    // reading_of() the file and the mapping
    std::string reading{};
    std::vector<TableCount> tables{};
    // What in the file was not understood or left out.
    std::vector<std::string> notes{};
    // What of the file is in no event.
    std::vector<LeftOut> left_out{};
    bool operator==(const CacheState&) const = default;
};

// Why a state of the file could not be read: what would be found out again by copying it again.
struct Refusal {
    std::string version{};  // source_version()
    std::string reader{};   // by what it could not be read: program and recipe
    ErrorCode code = ErrorCode::kCorrupt;
    std::string message{};
    TimestampMs failed_at{};
    std::int64_t took_ms = 0;  // to find out
    bool operator==(const Refusal&) const = default;
};

// Whether `code` says that the file itself is at fault, so that another attempt would end alike.
bool is_for_good(ErrorCode code);
// Whether it says that things may be otherwise after a while, and that trying costs a lot.
bool is_for_now(ErrorCode code);

std::string encode_refusal(const Refusal& refusal);
// nullopt: `text` is no refusal.
std::optional<Refusal> decode_refusal(std::string_view text);

std::string encode_cache_state(const CacheState& state);
// nullopt: `text` is no such state, or one of another version.
std::optional<CacheState> decode_cache_state(std::string_view text);

}  // namespace daybook::legacy
