// Ledgers with seals, for tests: parts that are written down, and a chain over them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"
#include "base/hash.h"
#include "ledger/ledger_dir.h"
#include "ledger/seal.h"
#include "log/line.h"
#include "os/file.h"
#include "os/test_support.h"

namespace daybook::ledger {

// 2026-01-23, and a moment two hours after its end.
inline constexpr Day kSealDay(20476);
inline constexpr TimestampMs kNextMorning(20477 * kDayMs + 2 * 3'600'000);

inline log::PartId part_of(std::uint32_t number, Day day = kSealDay) {
    return {.day = day, .number = log::PartNumber(number)};
}

// A whole line of Daybook's own; its time is that of the day's noon plus `seq` milliseconds.
inline std::string event_line(std::string_view id, std::uint64_t seq, std::string_view more = "") {
    std::string line = fmt::format(
        R"({{"event_type":"run.tagged","event_id":"{}","timestamp_ms":{},"run_id":"r1"{})", id,
        20476 * kDayMs + kDayMs / 2 + static_cast<std::int64_t>(seq), more);
    log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
    return line;
}

class SealsTest : public ::testing::Test {
protected:
    void put(const std::string& path, std::string_view bytes) {
        ASSERT_TRUE(os::make_dirs(os::parent_path(path)));
        // What is sealed cannot be written to, unless one is root.
        ASSERT_TRUE(os::remove_file(path));
        const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_CREAT | O_EXCL).value();
        ASSERT_FALSE(os::write_all(fd.get(), bytes, path).error);
    }
    void put_part(const log::PartId& part, std::string_view bytes) {
        put(layout().part_path(part), bytes);
    }
    std::string read(const std::string& path) {
        return os::read_file(path, std::size_t{1} << 30).value_or("(none)");
    }

    // Writes a seal that follows the last one, and returns its hash; of a part that need not be
    // there.
    std::string put_seal(const log::PartId& part) {
        Seal seal;
        seal.part = part;
        seal.sha256 = std::string(64, '0');
        seal.previous = newest_;
        const std::string text = encode_seal(seal);
        put(layout().seal_path(part), text);
        newest_ = sha256_hex(text);
        return *newest_;
    }
    void put_head(const log::PartId& part, const std::string& sha256) {
        put(layout().head_path(), encode_head({.part = part, .sha256 = sha256}));
    }

    const log::Layout& layout() const { return dir_.layout(); }

    os::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
    std::optional<std::string> newest_;
};

}  // namespace daybook::ledger
