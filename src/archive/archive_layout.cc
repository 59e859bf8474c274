#include "archive/archive_layout.h"

#include <charconv>

#include <fmt/format.h>

#include "log/layout.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

constexpr std::string_view kPrefix = "events-";
constexpr std::string_view kSuffix = ".parquet";
constexpr std::size_t kDigitsMin = 6;

}  // namespace

std::string ArchiveLayout::day_dir(Day day) const {
    return fmt::format("{}/day={}", root_, to_string(day));
}
std::string ArchiveLayout::manifest_path(Day day) const { return day_dir(day) + "/manifest.json"; }
std::string ArchiveLayout::file_path(Day day, std::string_view name) const {
    return os::join_path(day_dir(day), name);
}

std::string file_name(FileNumber number) {
    return fmt::format("{}{:06}{}", kPrefix, number.value(), kSuffix);
}

std::optional<FileNumber> parse_file_name(std::string_view name) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
    if (name.size() < kPrefix.size() + kDigitsMin + kSuffix.size()) return std::nullopt;
    const std::string_view digits =
        name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    // One spelling a number.
    if (number == 0 || file_name(FileNumber(number)) != name) return std::nullopt;
    return FileNumber(number);
}

Result<std::vector<Day>> list_days(const ArchiveLayout& layout) {
    std::vector<Day> days;
    const Result<std::vector<os::DirEntry>> entries = os::list_dir(layout.root());
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return days;
    if (!entries) return fail(entries.error());
    for (const os::DirEntry& entry : *entries) {
        const std::optional<Day> day = log::parse_day_dir(entry.name);
        if (day && entry.is_directory) days.push_back(*day);
    }
    return days;
}

}  // namespace daybook::archive
