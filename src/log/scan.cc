#include "log/scan.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/limits.h"

namespace daybook::log {
namespace {

// Read at once: few enough to be in the processor's cache still when their lines are judged.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::size_t kLongBlockBytes = std::size_t{1} << 20;

// The line at `offset`, read from the file; nullopt if no whole line begins there.
Result<std::optional<std::uint64_t>> checksum_of_line_at(const LogSource& source,
                                                         const PartId& part, ByteOffset offset) {
    ASSIGN_OR_RETURN(PartReader reader, PartReader::open(source, part, offset));
    ASSIGN_OR_RETURN(const std::optional<Line> line, reader.next());
    if (!line) return std::nullopt;
    return line->checksum;
}

// cursor_problem() of a part that an archive holds: as a rule its ends tell, and nothing is
// inflated.
Result<std::string> archived_cursor_problem(const LogSource& source, const Cursor& cursor) {
    if (source.archives() == nullptr) return "has gone";
    ASSIGN_OR_RETURN(const std::optional<PartEnds> ends, source.archives()->ends(cursor.part));
    if (!ends) return "has gone";
    if (ends->size < cursor.offset) {
        return fmt::format("shrank from {} to {} bytes", cursor.offset.value(), ends->size.value());
    }
    if (cursor.offset == ByteOffset(0)) return "";
    if (ends->first != LineMark{cursor.first_line_offset, cursor.first_line_checksum}) {
        return fmt::format("differs at offset {}", cursor.first_line_offset.value());
    }
    if (ends->last == LineMark{cursor.last_line_offset, cursor.last_line_checksum}) return "";
    ASSIGN_OR_RETURN(const std::optional<std::uint64_t> found,
                     checksum_of_line_at(source, cursor.part, cursor.last_line_offset));
    if (found == cursor.last_line_checksum) return "";
    return fmt::format("differs at offset {}", cursor.last_line_offset.value());
}

}  // namespace

std::optional<Line> Scanner::next() {
    const std::size_t newline = rest_.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    const Line line = judge_line(rest_.substr(0, newline), offset_);
    rest_.remove_prefix(newline + 1);
    offset_ = line.end();
    return line;
}

Result<DayListing> list_day(const Layout& layout, Day day) {
    const std::string directory = layout.day_dir(day);
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    DayListing listing;
    std::set<PartNumber> sealed;
    std::set<PartNumber> bad;
    for (const os::DirEntry& entry : entries) {
        const std::optional<DayFileName> name = parse_day_file(entry.name);
        if (!name) continue;
        listing.greatest = std::max(listing.greatest, name->number);
        switch (name->kind) {
            case DayFile::kPart:
                if (entry.is_directory) break;
                listing.parts.push_back({.id = {.day = day, .number = name->number}});
                break;
            case DayFile::kSeal: sealed.insert(name->number); break;
            case DayFile::kBad: bad.insert(name->number); break;
        }
    }
    std::vector<PartInfo> parts;
    for (PartInfo& part : listing.parts) {
        // An error is not taken for absence: a part that is left out would not be read.
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info,
                         os::file_info(layout.part_path(part.id)));
        if (!info) continue;  // It has gone since the listing.
        part.size = info->size;
        part.modified_ns = info->modified_ns;
        part.sealed = sealed.contains(part.id.number);
        part.bad = bad.contains(part.id.number);
        parts.push_back(part);
    }
    listing.parts = std::move(parts);
    std::sort(listing.parts.begin(), listing.parts.end(),
              [](const PartInfo& a, const PartInfo& b) { return a.id < b.id; });
    return listing;
}

Result<std::vector<PartInfo>> list_parts(const Layout& layout) {
    std::vector<PartInfo> parts;
    ASSIGN_OR_RETURN(const bool there, os::exists(layout.events_dir()));
    if (!there) return parts;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(layout.events_dir()));
    for (const os::DirEntry& entry : entries) {
        const std::optional<Day> day = parse_day_dir(entry.name);
        if (!day || !entry.is_directory) continue;
        const Result<DayListing> listing = list_day(layout, *day);
        if (!listing && listing.error().code() == ErrorCode::kNotFound) continue;  // It has gone.
        if (!listing) return fail(listing.error());
        parts.insert(parts.end(), listing->parts.begin(), listing->parts.end());
    }
    return parts;
}

Result<PartReader> PartReader::open(const LogSource& source, const PartId& part, ByteOffset from) {
    ASSIGN_OR_RETURN(OpenPart file, open_part(source, part));
    PartReader reader(std::move(file), part, from);
    RETURN_IF_ERROR(reader.refresh());
    return reader;
}

Status PartReader::refresh() {
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(file_.fd.get(), file_.path));
    size_ = info.size;
    forget_buffer();
    return {};
}

void PartReader::forget_buffer() {
    begin_ = 0;
    end_ = 0;
    scanned_ = 0;
}

Result<std::optional<Line>> PartReader::next() {
    ASSIGN_OR_RETURN(const Line* const line, next_line());
    if (line == nullptr) return std::nullopt;
    return *line;
}

Result<const Line*> PartReader::next_line() {
    while (true) {
        const std::string_view unread = rest();
        const std::string_view unscanned = unread.substr(scanned_);
        if (const void* newline = unscanned.empty()
                                      ? nullptr
                                      : std::memchr(unscanned.data(), '\n', unscanned.size())) {
            const auto length =
                static_cast<std::size_t>(static_cast<const char*>(newline) - unread.data());
            line_ = judge_line(unread.substr(0, length), offset_);
            if (line_.kind == LineKind::kDamaged) [[unlikely]] {
                ASSIGN_OR_RETURN(const bool confirmed, is_still_there(line_));
                if (!confirmed) {
                    RETURN_IF_ERROR(refresh());
                    continue;
                }
            }
            begin_ += length + 1;
            scanned_ = 0;
            offset_ = line_.end();
            return &line_;
        }
        scanned_ = unread.size();
        if (scanned_ >= kLineBytesMax) return skip_long_line();
        ASSIGN_OR_RETURN(const bool more, fill());
        if (!more) return nullptr;
    }
}

Result<bool> PartReader::fill() {
    const std::size_t kept = end_ - begin_;
    const ByteOffset have = offset_ + kept;
    if (have >= size_) return false;
    // Doubling keeps a line of many blocks linear.
    const std::size_t want = std::min<std::uint64_t>(std::max(kBlockBytes, kept), size_ - have);
    if (kept + want > capacity_) {
        capacity_ = kept + std::max(kBlockBytes, kept);
        // Not make_unique, which would fill it with zeros.
        std::unique_ptr<char[]> larger(new char[capacity_]);
        if (kept > 0) std::memcpy(larger.get(), buffer_.get() + begin_, kept);
        buffer_ = std::move(larger);
    } else if (begin_ > 0 && kept > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
    }
    begin_ = 0;
    end_ = kept;
    ASSIGN_OR_RETURN(
        const std::size_t got,
        os::read_at(file_.fd.get(), have, std::span(buffer_.get() + kept, want), file_.path));
    end_ += got;
    return got > 0;
}

Result<const Line*> PartReader::skip_long_line() {
    std::string block(kLongBlockBytes, '\0');
    ByteOffset at = offset_ + rest().size();
    while (at < size_) {
        const std::uint64_t want = std::min<std::uint64_t>(kLongBlockBytes, size_ - at);
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(file_.fd.get(), at, std::span(block).first(want), file_.path));
        if (got == 0) break;
        const std::size_t newline = std::string_view(block).substr(0, got).find('\n');
        if (newline == std::string_view::npos) {
            at += got;
            continue;
        }
        line_ = judge_line(rest(), offset_);
        line_.length = at + newline - offset_;
        begin_ = end_;
        scanned_ = 0;
        offset_ = line_.end();
        return &line_;
    }
    return nullptr;
}

Result<bool> PartReader::is_still_there(const Line& line) const {
    std::string again(line.text.size(), '\0');
    ASSIGN_OR_RETURN(const std::size_t got,
                     os::read_at(file_.fd.get(), line.offset, again, file_.path));
    return got == again.size() && again == line.text;
}

void Cursor::advance(const Line& line) {
    if (offset == ByteOffset(0)) {
        first_line_offset = line.offset;
        first_line_checksum = line.checksum;
    }
    last_line_offset = line.offset;
    last_line_checksum = line.checksum;
    offset = line.end();
}

Result<std::string> cursor_problem(const LogSource& source, const Cursor& cursor) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info,
                     os::file_info(source.layout().part_path(cursor.part)));
    if (!info) return archived_cursor_problem(source, cursor);
    if (info->size < cursor.offset) {
        return fmt::format("shrank from {} to {} bytes", cursor.offset.value(), info->size.value());
    }
    if (cursor.offset == ByteOffset(0)) return "";
    const std::pair<ByteOffset, std::uint64_t> expected[] = {
        {cursor.first_line_offset, cursor.first_line_checksum},
        {cursor.last_line_offset, cursor.last_line_checksum}};
    for (const auto& [offset, checksum] : expected) {
        const Result<std::optional<std::uint64_t>> found =
            checksum_of_line_at(source, cursor.part, offset);
        if (!found && found.error().code() == ErrorCode::kNotFound) return "has gone";
        if (!found) return fail(found.error());
        if (*found != checksum) return fmt::format("differs at offset {}", offset.value());
    }
    return "";
}

}  // namespace daybook::log
