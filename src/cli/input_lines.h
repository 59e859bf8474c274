// The lines of a stream, many at a time: as fast as they come, and no later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::cli {

struct InputLine {
    std::uint64_t number = 0;  // from 1
    std::string_view text;     // without the newline; cut if it is too long
    bool too_long = false;
};

// Not thread-safe.
class InputLines {
public:
    // Reads from `fd`; lines of more than `line_bytes_max` bytes are passed over in bounded memory.
    InputLines(int fd, std::string name, std::size_t line_bytes_max);

    // The lines that have come: waits for at least one, then takes what is there.  Blank lines are
    // counted but left out, so it may be empty; a last line without a newline counts.  The texts
    // are valid until the next call.  False at the end.
    Result<bool> next(std::vector<InputLine>& lines);

private:
    void split(std::vector<InputLine>& lines);

    int fd_;
    std::string name_;
    std::size_t line_bytes_max_;
    std::string buffer_;
    std::size_t used_ = 0;       // of buffer_, given out by the last call
    std::size_t scanned_ = 0;    // no newline in buffer_[used_, scanned_)
    std::uint64_t number_ = 0;   // of the last line given out
    bool passing_over_ = false;  // the rest of a line that was too long
    bool ended_ = false;
};

}  // namespace daybook::cli
