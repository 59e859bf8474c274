#include "cli/inspect_place.h"

#include <algorithm>
#include <charconv>

namespace daybook::cli {
namespace {

// The line that holds the byte at `offset`.
Result<FoundLine> line_at(std::string_view bytes, ByteOffset offset, const std::string& file) {
    if (offset.value() >= bytes.size()) {
        return fail(ErrorCode::kInvalidArgument, "inspect {}: offset {} is not below its size, {}",
                    file, offset.value(), bytes.size());
    }
    const std::size_t before =
        offset.value() == 0 ? std::string_view::npos : bytes.rfind('\n', offset.value() - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::size_t end = bytes.find('\n', offset.value());
    const std::string_view text =
        bytes.substr(begin, end == std::string_view::npos ? std::string_view::npos : end - begin);
    return FoundLine{.line = log::judge_line(text, ByteOffset(begin)),
                     .finished = end != std::string_view::npos};
}

// The offset at which line `number` begins.
Result<ByteOffset> begin_of_line(std::string_view bytes, std::uint64_t number,
                                 const std::string& file) {
    std::size_t begin = 0;
    std::uint64_t at = 1;
    for (; at < number && begin < bytes.size(); ++at) {
        const std::size_t end = bytes.find('\n', begin);
        begin = end == std::string_view::npos ? bytes.size() : end + 1;
    }
    if (number > 0 && begin < bytes.size()) return ByteOffset(begin);
    return fail(ErrorCode::kInvalidArgument,
                "inspect {}: there is no line {}: it has {}, counted from 1", file, number,
                number == 0
                    ? static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'))
                    : at - 1);
}

}  // namespace

Result<Place> parse_place(const std::string& text) {
    ASSIGN_OR_RETURN(const bool is_file, os::exists(text));
    const std::size_t sign = text.find_last_of(":#");
    if (is_file || sign == std::string::npos) return Place{.file = text};
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + sign + 1, end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return Place{.file = text};
    if (text[sign] == '#') return Place{.file = text.substr(0, sign), .line = number};
    return Place{.file = text.substr(0, sign), .offset = ByteOffset(number)};
}

Result<MappedBytes> MappedBytes::map(const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), path));
    if (info.is_directory) {
        return fail(ErrorCode::kInvalidArgument, "inspect {}: it is a directory", path);
    }
    ASSIGN_OR_RETURN(os::MappedFile file, os::MappedFile::map(fd.get(), info.size.value(), path));
    return MappedBytes(std::move(file));
}

Result<FoundLine> find_line(std::string_view bytes, const Place& place) {
    ByteOffset offset = place.offset.value_or(ByteOffset(0));
    if (place.line) {
        ASSIGN_OR_RETURN(offset, begin_of_line(bytes, *place.line, place.file));
    }
    return line_at(bytes, offset, place.file);
}

}  // namespace daybook::cli
