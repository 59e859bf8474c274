#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "log/layout.h"
#include "log/scan.h"
#include "part_file.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

// What is taken for a name of ours has that one spelling.
void check_names(std::string_view text) {
    const log::Layout layout("");
    if (const std::optional<log::PartId> part = log::parse_part_id(text)) {
        DAYBOOK_CHECK(log::to_string(*part) == text);
        const std::string path = layout.part_path(*part);
        DAYBOOK_CHECK(path == "/events/" + std::string(text) + ".jsonl");
    }
    if (const std::optional<Day> day = log::parse_day_dir(text)) {
        DAYBOOK_CHECK(layout.day_dir(*day) == "/events/" + std::string(text));
    }
    if (const std::optional<log::DayFileName> file = log::parse_day_file(text)) {
        const log::PartId part{.day = Day(0), .number = file->number};
        const std::string path = file->kind == log::DayFile::kPart   ? layout.part_path(part)
                                 : file->kind == log::DayFile::kSeal ? layout.seal_path(part)
                                                                     : layout.bad_path(part);
        DAYBOOK_CHECK(path == "/events/day=1970-01-01/" + std::string(text));
    }
}

std::uint64_t take(std::string_view& input, std::size_t bytes) {
    std::uint64_t number = 0;
    const std::size_t count = std::min(input.size(), bytes);
    std::memcpy(&number, input.data(), count);
    input.remove_prefix(count);
    return number;
}

// The checksum of the line that begins at `offset`; nullopt if no whole line does.
std::optional<std::uint64_t> checksum_at(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size()) return std::nullopt;
    const auto line = log::Scanner(bytes.substr(offset), ByteOffset(offset)).next();
    return line ? std::optional(line->checksum) : std::nullopt;
}

}  // namespace

// A name and a newline; three offsets of two bytes, two checksums of eight; the part's bytes.
void fuzz_cursor(std::string_view input) {
    const std::size_t newline = std::min(input.find('\n'), input.size());
    check_names(input.substr(0, newline));
    input.remove_prefix(std::min(newline + 1, input.size()));

    const PartFile& file = PartFile::instance();
    log::Cursor cursor{.part = file.id(),
                       .offset = ByteOffset(take(input, 2)),
                       .first_line_offset = ByteOffset(take(input, 2)),
                       .first_line_checksum = take(input, 8),
                       .last_line_offset = ByteOffset(take(input, 2)),
                       .last_line_checksum = take(input, 8)};
    const std::string bytes = with_trailers(input);
    file.fill(bytes);
    // A checksum of 0 stands for the right one, which is not guessed.
    if (cursor.first_line_checksum == 0) {
        cursor.first_line_checksum =
            checksum_at(bytes, cursor.first_line_offset.value()).value_or(0);
    }
    if (cursor.last_line_checksum == 0) {
        cursor.last_line_checksum = checksum_at(bytes, cursor.last_line_offset.value()).value_or(0);
    }

    const std::string problem = log::cursor_problem(file.layout(), cursor).value();
    const bool fits = checksum_at(bytes, cursor.first_line_offset.value()) ==
                          std::optional(cursor.first_line_checksum) &&
                      checksum_at(bytes, cursor.last_line_offset.value()) ==
                          std::optional(cursor.last_line_checksum);
    const bool good =
        cursor.offset.value() <= bytes.size() && (cursor.offset == ByteOffset(0) || fits);
    DAYBOOK_CHECK(problem.empty() == good);

    // From anywhere, whole lines are read up to the last newline, and nothing behind it.
    log::PartReader reader = log::PartReader::open(file.layout(), file.id(), cursor.offset).value();
    ByteOffset at = cursor.offset;
    while (const std::optional<log::Line> line = reader.next().value()) {
        DAYBOOK_CHECK(line->offset == at);
        at = line->end();
        DAYBOOK_CHECK(at.value() <= bytes.size() && bytes[at.value() - 1] == '\n');
    }
    DAYBOOK_CHECK(reader.offset() == at);
    if (at.value() < bytes.size()) {
        DAYBOOK_CHECK(bytes.find('\n', at.value()) == std::string::npos);
    }
}

}  // namespace daybook::fuzz
