// What earlier repairs have dealt with, as their `ledger.repaired` events say.
//
// Damaged bytes stay where they are, so everybody who reads the log meets them again.  A range that
// a repair has dealt with, and that still holds the bytes it held then, is known: it is shown, but
// it is no problem any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "log/audit.h"
#include "log/line.h"
#include "log/log_source.h"

namespace daybook::ledger {

// Gathers while a log is read, and answers when all of it has been.  Not thread-safe.
class Repairs {
public:
    // Takes note of a line; of others than `ledger.repaired` events, nothing.
    void see(const log::Line& line);

    // Whether `bytes` bytes from `offset` on lie in a range that was dealt with, and whose bytes
    // have still the hash that they had then.  A part that cannot be read: false.
    bool covers(const log::LogSource& source, const log::PartId& part, ByteOffset offset,
                std::uint64_t bytes);

    // What was done about a finding, such as "repaired: the bytes are kept in quarantine/…"; empty
    // if nothing was.
    std::string explain(const log::LogSource& source, const log::Finding& finding);

private:
    // One event.
    struct Entry {
        log::PartId part{};
        ByteOffset offset{};
        std::uint64_t bytes = 0;
        std::string reason{};
        std::string evidence_path{};
        std::string sha256{};
        log::Seq first_seq{};
        std::uint64_t lines = 0;
        std::uint64_t events = 0;
        enum class Bytes { kNotCompared, kSame, kOther } compared = Bytes::kNotCompared;
    };
    const Entry* covering(const log::LogSource& source, const log::PartId& part, ByteOffset offset,
                          std::uint64_t bytes);
    const Entry* noted(const log::Finding& finding) const;

    json::Parser parser_;
    std::vector<Entry> entries_;
};

// SHA-256 of a range of a part, as hexadecimal digits.  kIo: the part ends before.
Result<std::string> sha256_of_range(const log::LogSource& source, const log::PartId& part,
                                    ByteOffset offset, std::uint64_t bytes);

}  // namespace daybook::ledger
