// What `daybook repair` finds before it decides anything: a look that takes no lock and changes no
// byte.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "json/envelope.h"
#include "ledger/buried_records.h"
#include "ledger/ledger_dir.h"
#include "ledger/stray_files.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/log_source.h"

namespace daybook::ledger {

// Damaged lines that follow each other, or bytes at the end of a part that nobody will continue.
struct DamagedRange {
    log::PartId part{};
    ByteOffset offset{};
    std::uint64_t bytes = 0;  // with the newlines
    std::uint64_t lines = 0;
    std::string reason{};   // of the first line: "bad_checksum"; or "unfinished", "after_seal"
    bool followed = false;  // a good line of Daybook's comes after it
    // Lines that hold something, and no whole record.
    std::uint64_t lost_lines = 0;
    std::string sha256{};
    std::vector<BuriedRecord> records{};
    // Unfinished and quiet, where other tools write as well: `bytes` counts a newline that is still
    // to be appended, lest the next line of theirs is glued to it.
    bool lacks_newline = false;
};

// Numbers that no line of the part has.
struct Gap {
    log::PartId part{};
    ByteOffset begin{};   // where the last good line before them ends
    ByteOffset offset{};  // of the line after them, or the end of the last one
    log::Seq first{};     // the first number without a good line, buried records included
    std::uint64_t lines = 0;
    std::uint64_t damaged = 0;  // damaged lines that stand where these should
    // What is gone for good, [from, to]: without the buried records.
    std::vector<std::pair<log::Seq, log::Seq>> gone{};
    log::Seq synced{};  // the greatest that the part says was synced
};

struct Disorder {
    log::PartId part{};
    ByteOffset offset{};
    log::Seq seq{};
    log::Seq previous{};
};

// An unfinished line at the end of a part.
struct UnfinishedEnd {
    enum class Kind {
        kTorn,     // its writer died: it can be cut off
        kForeign,  // it is another tool's, and may be a whole event
        kQuiet,    // the same, and its writer has left it for a while, or has ended for good
        kFresh,    // another tool may be in the middle of it
        kHeld,     // a writer holds the part, and may be in the middle of it
    };
    Kind kind{};
    log::PartId part{};
    ByteOffset offset{};
    std::uint64_t bytes = 0;
    std::vector<BuriedRecord> records{};
};

// A file in torn/ or quarantine/ with whole records in it.
struct TornFile {
    std::string path;
    log::PartId part{};
    std::vector<BuriedRecord> records{};
    bool temporary = false;  // what another tool had left beside the part
};

// What another tool has left beside a part, `part-000001.jsonl.tmp`: lines that it had not appended
// to the part yet, or not taken away after.
struct LeftTemporary {
    std::string path;
    log::PartId part{};
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::uint64_t lost_lines = 0;  // that hold something, and no whole record
    bool fresh = false;            // written a moment ago: it may be in use
    std::vector<BuriedRecord> records{};
};

// A file that repair does not touch, and why.
struct OddFile {
    std::string path;
    std::string problem;
};

struct RepairFacts {
    std::vector<DamagedRange> ranges{};
    std::vector<Gap> gaps{};
    std::vector<Disorder> disorders{};
    std::vector<UnfinishedEnd> ends{};
    std::vector<TornFile> torn_files{};
    std::vector<LeftTemporary> temporaries{};
    std::vector<StrayFile> strays{};
    std::vector<OddFile> unreadable{};  // parts that cannot be read, files that are broken
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
};

// Calls `function` for every record that was found.
template <typename Function>
void for_each_record(RepairFacts& facts, Function function) {
    for (DamagedRange& range : facts.ranges) {
        for (BuriedRecord& record : range.records) function(range.part, record);
    }
    for (UnfinishedEnd& end : facts.ends) {
        for (BuriedRecord& record : end.records) function(end.part, record);
    }
    for (TornFile& file : facts.torn_files) {
        for (BuriedRecord& record : file.records) function(file.part, record);
    }
    for (LeftTemporary& left : facts.temporaries) {
        for (BuriedRecord& record : left.records) function(left.part, record);
    }
}

// Sees all that a look reads, so that nobody who asks other things of the same log reads it again.
class LogSight {
public:
    virtual ~LogSight() = default;
    virtual void begin(const log::PartId& part) = 0;
    // The lines of the part, one after the other.  `event` is what a good one says, if it is one.
    virtual void see(const log::Line& line, const std::optional<json::Envelope>& event) = 0;
    // After the last part: what the sight reads a second time for itself, the look sees, too. Tells
    // `tell` of each event, and returns the parts of which it did so of all.
    using Tell =
        std::function<void(const log::PartId&, const log::Line&, std::string_view event_id)>;
    virtual Result<std::set<log::PartId>> read_again(const Tell& tell) = 0;
};

// Bytes read and bytes there are; false stops the look with kCancelled.
using LookProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// What earlier repairs dealt with is left out, and so is everything that is as it should be.  The
// parts below events/ are read once; where whole records were found beside their lines, the parts
// whose ids may be theirs are read again, by `sight` or else here.  It may be null.  What archives
// hold is read where something was found that they may explain or have: nothing is found in them,
// and one that cannot be read is passed over.
// kCancelled, and what makes it impossible to look at all: events/ cannot be listed.
Result<RepairFacts> look_for_repairs(const LedgerDir& dir, const log::LogSource& source,
                                     const LookProgress& progress, LogSight* sight = nullptr);

}  // namespace daybook::ledger
