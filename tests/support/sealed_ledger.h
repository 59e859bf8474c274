// Ledgers of days that are over and sealed, for tests of what touches them: archiving, retention,
// collection, backups.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/log_source.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "ledger/ledger_dir.h"
#include "ledger/sealer.h"
#include "log/scan.h"
#include "os/file.h"
#include "support/outcome.h"

namespace daybook::testing {

// 2026-01-23.
inline constexpr Day kLedgerDay(20476);

inline log::PartId ledger_part(std::uint32_t number, Day day = kLedgerDay) {
    return {.day = day, .number = log::PartNumber(number)};
}

// Puts a part, as a writer that is gone has left it.
inline void put_ledger_part(const ledger::LedgerDir& dir, const log::PartId& part,
                            std::string_view bytes) {
    const std::string path = dir.layout().part_path(part);
    expect_ok(os::make_dirs(os::parent_path(path)));
    expect_ok(os::write_file_atomic(path, bytes));
}

// Seals all that may be sealed a year later.
inline void seal_ledger(const ledger::LedgerDir& dir) {
    const ManualClock clock(start_of(kLedgerDay + 365));
    value_of(ledger::seal_parts(dir, {.clock = &clock}));
}

// The bytes of all parts, by name, as readers of the log find them.
inline std::map<std::string, std::string> ledger_bytes(const ledger::LedgerDir& dir) {
    std::map<std::string, std::string> bytes;
    const log::LogSource source = archive::log_source(dir);
    for (const log::PartInfo& part : value_of(log::list_parts(source))) {
        const log::OpenPart opened = value_of(log::open_part(source, part.id));
        std::string text(part.size.value(), '\0');
        const std::size_t got =
            value_of(os::read_at(opened.fd.get(), ByteOffset(0), text, opened.path));
        EXPECT_EQ(got, text.size()) << opened.path;
        bytes[to_string(part.id)] = std::move(text);
    }
    return bytes;
}

}  // namespace daybook::testing
