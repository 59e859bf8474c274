#include "log/follow.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace daybook::log {
namespace {

// Where the last whole line of a part ends: a follower that starts at the end must not start inside
// a line that is being written.
Result<ByteOffset> end_of_lines(const LogSource& source, const PartInfo& part) {
    constexpr std::uint64_t kStepBytes = std::uint64_t{64} << 10;
    // An archive gets nothing new.
    if (part.archived) return part.size;
    ASSIGN_OR_RETURN(const OpenPart file, open_part(source, part.id));
    std::string block;
    for (std::uint64_t end = part.size.value(); end > 0;) {
        const std::uint64_t count = std::min(end, kStepBytes);
        block.resize(count);
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(file.fd.get(), ByteOffset(end - count), block, file.path));
        const std::size_t newline = std::string_view(block).substr(0, got).rfind('\n');
        if (newline != std::string_view::npos) return ByteOffset(end - count + newline + 1);
        end -= count;
    }
    return ByteOffset(0);
}

}  // namespace

Result<Follower> Follower::open(const LogSource& source, Start start) {
    Follower follower(source);
    if (start == Start::kBeginning) return follower;
    ASSIGN_OR_RETURN(const std::vector<PartInfo> parts, list_parts(source));
    for (const PartInfo& part : parts) {
        const Result<ByteOffset> end = end_of_lines(source, part);
        if (!end && end.error().code() == ErrorCode::kNotFound) continue;  // It has just gone.
        if (!end) return fail(end.error());
        follower.offsets_.emplace(part.id, *end);
    }
    return follower;
}

Status Follower::poll(const std::function<bool(const PartId&, const Line&)>& on_line) {
    ASSIGN_OR_RETURN(const std::vector<PartInfo> parts, list_parts(source_));
    for (const PartInfo& part : parts) {
        ByteOffset& offset = offsets_[part.id];
        if (part.size <= offset) continue;
        Result<PartReader> reader = PartReader::open(source_, part.id, offset);
        if (!reader && reader.error().code() == ErrorCode::kNotFound) continue;
        if (!reader) return fail(std::move(reader).error());
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<Line> line, reader->next());
            if (!line) break;
            offset = line->end();
            if (!on_line(part.id, *line)) return {};
        }
    }
    return {};
}

}  // namespace daybook::log
