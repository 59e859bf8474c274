// Reading lines: over bytes in memory, and over a part's file.
//
// A reader takes no lock and changes no byte.  What follows the last newline is "not yet": a live
// writer may be in the middle of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/log_source.h"
#include "os/file.h"

namespace daybook::log {

// The whole lines of a range of bytes, one after the other.
class Scanner {
public:
    // `bytes` must begin at the start of a line and outlive the lines; `base` is its offset.
    Scanner(std::string_view bytes, ByteOffset base) : rest_(bytes), offset_(base) {}

    // nullopt: no whole line is left.
    std::optional<Line> next();
    // Where the first line that next() has not given begins.
    ByteOffset offset() const { return offset_; }
    // The bytes from there on; after the last whole line, the unfinished one.
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
    ByteOffset offset_;
};

// All parts below events/, by day and number.  A log without events/ has none.
Result<std::vector<PartInfo>> list_parts(const Layout& layout);

// What one day's directory holds.
struct DayListing {
    std::vector<PartInfo> parts;  // by number
    PartNumber greatest;          // of any part or seal; 0 if there is none
};
Result<DayListing> list_day(const Layout& layout, Day day);

// Reads a part in blocks, up to the size it has when it is opened.  Not thread-safe.
//
// Whole lines of a part never change, but an unfinished one may be cut off by the next writer, who
// then writes on from there.  So nothing of an unfinished line is kept from one refresh() to the
// next, and damage is looked at twice before it is reported.
class PartReader {
public:
    // Begins at `from`, which must be the start of a line.  kNotFound if the part has gone.
    static Result<PartReader> open(const LogSource& source, const PartId& part,
                                   ByteOffset from = ByteOffset(0));

    // The next whole line; nullopt at the end.  It stays valid until the next call.
    Result<std::optional<Line>> next();
    // The same without a copy of what is known about the line, for those who read gigabytes:
    // nullptr at the end.
    Result<const Line*> next_line();
    // Looks at the file's size again: lines that have come since are read too.
    Status refresh();

    // Where the first line that next() has not given begins.
    ByteOffset offset() const { return offset_; }
    // The part's size when it was last looked at.  Beyond offset(): an unfinished line.
    ByteOffset size() const { return size_; }
    const PartId& part() const { return part_; }
    // Where retention has taken lines out of the part.
    const std::vector<RemovedLines>& removed() const { return file_.removed; }

private:
    PartReader(OpenPart file, const PartId& part, ByteOffset from)
        : file_(std::move(file)), part_(part), offset_(from) {}
    // The bytes of the buffer that were not given out.
    std::string_view rest() const { return {buffer_.get() + begin_, end_ - begin_}; }
    // Reads more bytes behind those that are not used up; false at the end.
    Result<bool> fill();
    void forget_buffer();
    // Passes over a line that is longer than any line of Daybook's, without holding all of it.
    Result<const Line*> skip_long_line();
    // Whether the file holds the line's bytes still.
    Result<bool> is_still_there(const Line& line) const;

    OpenPart file_;
    PartId part_;
    ByteOffset offset_;  // of the first byte not given out
    ByteOffset size_;
    Line line_{};  // the last one given out
    // Bytes from the file: not a string, which would fill with zeros what is about to be read.
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;    // buffer_[begin_] lies at offset_
    std::size_t end_ = 0;      // what follows is not in use
    std::size_t scanned_ = 0;  // no newline in the first scanned_ bytes from begin_ on
};

// How far a reader has come in a part, with enough of its surroundings to notice that the part is
// no longer the one that was read.
struct Cursor {
    PartId part;
    ByteOffset offset{};  // the first byte not read; the start of a line
    ByteOffset first_line_offset{};
    std::uint64_t first_line_checksum = 0;
    ByteOffset last_line_offset{};
    std::uint64_t last_line_checksum = 0;

    // Takes note of `line`, the next one of the part.
    void advance(const Line& line);
    bool operator==(const Cursor&) const = default;
};

// Whether the part still begins with what `cursor` saw: the empty string, or the reason why not
// ("has gone", "shrank from 4711 to 300 bytes", "differs at offset 120").
Result<std::string> cursor_problem(const LogSource& source, const Cursor& cursor);

}  // namespace daybook::log
