// Every file name below archive/.
//
//     archive/day=2026-01-23/events-000001.parquet      what was sealed when the day was archived
//                            events-000002.parquet      and what was sealed later
//                            events-000003.parquet.tmp  being written
//                            manifest.json
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "base/strong.h"
#include "ledger/ledger_dir.h"

namespace daybook::archive {

// 1, 2, 3… within a day.
using FileNumber = Strong<std::uint32_t, struct FileNumberTag>;

// Behind the name of a file that is being written.
inline constexpr std::string_view kUnfinished = ".tmp";

// Where the archives of one ledger are.  Copyable; knows names, touches nothing.
class ArchiveLayout {
public:
    explicit ArchiveLayout(const ledger::LedgerDir& dir) : root_(dir.archive_dir()) {}

    const std::string& root() const { return root_; }
    std::string day_dir(Day day) const;
    std::string manifest_path(Day day) const;
    std::string file_path(Day day, std::string_view name) const;

private:
    std::string root_;
};

// "events-000001.parquet".
std::string file_name(FileNumber number);
// nullopt: not one of ours.
std::optional<FileNumber> parse_file_name(std::string_view name);

// The days that have a directory below archive/, in order.  None without archive/.
Result<std::vector<Day>> list_days(const ArchiveLayout& layout);

}  // namespace daybook::archive
