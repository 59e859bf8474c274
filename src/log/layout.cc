#include "log/layout.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace daybook::log {
namespace {

constexpr std::string_view kDayPrefix = "day=";
constexpr std::string_view kPartPrefix = "part-";
constexpr std::size_t kPartDigitsMin = 6;

std::string part_stem(PartNumber number) { return fmt::format("part-{:06}", number.value()); }

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// The number after "part-": at least six digits, no more zeros in front than that takes, so that
// one number has one spelling.  Leaves what follows it in `text`.
std::optional<PartNumber> take_part_stem(std::string_view& text) {
    if (!take_prefix(text, kPartPrefix)) return std::nullopt;
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<std::size_t>(parsed.ptr - text.data());
    if (parsed.ec != std::errc() || number == 0 || digits < kPartDigitsMin) return std::nullopt;
    if (digits > kPartDigitsMin && text.front() == '0') return std::nullopt;
    text.remove_prefix(digits);
    return PartNumber(number);
}

}  // namespace

std::string to_string(const PartId& part) {
    return fmt::format("day={}/{}", to_string(part.day), part_stem(part.number));
}

std::optional<PartId> parse_part_id(std::string_view name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<Day> day = parse_day_dir(name.substr(0, slash));
    name.remove_prefix(slash + 1);
    const std::optional<PartNumber> number = take_part_stem(name);
    if (!day || !number || !name.empty()) return std::nullopt;
    return PartId{.day = *day, .number = *number};
}

std::string Layout::events_dir() const { return root_ + "/events"; }

std::string Layout::torn_dir() const { return root_ + "/torn"; }

std::string Layout::reserve_path() const { return root_ + "/events/_reserve"; }

std::string Layout::day_dir(Day day) const {
    return fmt::format("{}/events/day={}", root_, to_string(day));
}

std::string Layout::part_path(const PartId& part) const {
    return fmt::format("{}/{}.jsonl", day_dir(part.day), part_stem(part.number));
}

std::string Layout::seal_path(const PartId& part) const {
    return fmt::format("{}/{}.seal.json", day_dir(part.day), part_stem(part.number));
}

std::string Layout::bad_path(const PartId& part) const {
    return fmt::format("{}/{}.bad", day_dir(part.day), part_stem(part.number));
}

std::string Layout::seal_lock_path() const { return events_dir() + "/_seal.lock"; }

std::string Layout::head_path() const { return events_dir() + "/_head.json"; }

std::string Layout::shared_path() const { return events_dir() + "/_shared"; }

std::string Layout::was_shared_path() const { return events_dir() + "/_was_shared"; }

std::string Layout::torn_path(const PartId& part, ByteOffset offset, int copy) const {
    const std::string suffix = copy == 1 ? "" : fmt::format(".{}", copy);
    return fmt::format("{}/{}.{}.{}{}.bytes", torn_dir(), to_string(part.day),
                       part_stem(part.number), offset.value(), suffix);
}

std::optional<DayFileName> parse_day_file(std::string_view file_name) {
    const std::optional<PartNumber> number = take_part_stem(file_name);
    if (!number) return std::nullopt;
    if (file_name == ".jsonl") return DayFileName{DayFile::kPart, *number};
    if (file_name == ".seal.json") return DayFileName{DayFile::kSeal, *number};
    if (file_name == ".bad") return DayFileName{DayFile::kBad, *number};
    return std::nullopt;
}

std::optional<PartNumber> parse_foreign_temporary(std::string_view file_name) {
    constexpr std::string_view kSuffix = ".tmp";
    if (!file_name.ends_with(kSuffix)) return std::nullopt;
    file_name.remove_suffix(kSuffix.size());
    const std::optional<DayFileName> part = parse_day_file(file_name);
    if (!part || part->kind != DayFile::kPart) return std::nullopt;
    return part->number;
}

std::optional<TornFileName> parse_torn_file(std::string_view file_name) {
    constexpr std::size_t kDayChars = sizeof("2026-01-23") - 1;
    const std::optional<Day> day = parse_day(file_name.substr(0, kDayChars));
    file_name.remove_prefix(std::min(kDayChars, file_name.size()));
    if (!day || !take_prefix(file_name, ".")) return std::nullopt;
    const std::optional<PartNumber> number = take_part_stem(file_name);
    if (!number || !take_prefix(file_name, ".")) return std::nullopt;
    std::uint64_t offset = 0;
    const char* const end = file_name.data() + file_name.size();
    const auto parsed = std::from_chars(file_name.data(), end, offset);
    if (parsed.ec != std::errc()) return std::nullopt;
    file_name.remove_prefix(static_cast<std::size_t>(parsed.ptr - file_name.data()));
    // The number of a copy may stand between.
    if (!file_name.starts_with('.') || !file_name.ends_with(".bytes")) return std::nullopt;
    return TornFileName{.part = {.day = *day, .number = *number}, .offset = ByteOffset(offset)};
}

std::optional<Day> parse_day_dir(std::string_view directory_name) {
    if (!take_prefix(directory_name, kDayPrefix)) return std::nullopt;
    return parse_day(directory_name);
}

}  // namespace daybook::log
