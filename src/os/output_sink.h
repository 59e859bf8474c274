// Writing to a descriptor without waiting for its reader; for output_pump.cc.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

// A descriptor that others may share, for whom it goes on to wait: O_NONBLOCK would be theirs, too.
class OutputSink {
public:
    // `to` stays the caller's.
    explicit OutputSink(int to);

    // Writes what is taken at once; 0: fd() must become writable first, or has_reader() is false.
    Result<std::size_t> write_some(std::string_view bytes);
    // False once nobody reads what is written there.
    bool has_reader() const { return has_reader_; }
    // To be waited for.
    int fd() const { return own_.valid() ? own_.get() : to_; }

private:
    enum class Kind {
        kWhole,   // never waits for a reader: a file, /dev/null
        kOwn,     // a pipe or a terminal, opened again for ourselves
        kSocket,  // each call says that it does not wait
        kPieces,  // a pipe that cannot be opened again: what is writable takes PIPE_BUF bytes
    };
    static Kind kind_of(int to);
    ssize_t write_now(std::string_view bytes) const;

    int to_;
    Kind kind_;
    UniqueFd own_;
    bool has_reader_ = true;
};

}  // namespace daybook::os
