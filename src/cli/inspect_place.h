// The line that a user means: FILE, FILE:OFFSET or FILE#LINE, and the bytes of that file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/strong.h"
#include "log/line.h"
#include "os/file.h"

namespace daybook::cli {

struct Place {
    std::string file;
    std::optional<ByteOffset> offset{};
    std::optional<std::uint64_t> line{};  // from 1
    bool operator==(const Place&) const = default;
};
// A file may have a colon in its name: what is there is taken as it is.
Result<Place> parse_place(const std::string& text);

// A file's bytes, mapped: parts are large, and a look at one line reads one page.
class MappedBytes {
public:
    static Result<MappedBytes> map(const std::string& path);
    std::string_view view() const { return file_.bytes(); }

private:
    explicit MappedBytes(os::MappedFile file) : file_(std::move(file)) {}
    os::MappedFile file_;
};

// A line of a part; it may be the unfinished one at the end.
struct FoundLine {
    log::Line line;
    bool finished = true;
};

// The line that `place` means, whichever of its bytes it names; the first one if it says nothing.
Result<FoundLine> find_line(std::string_view bytes, const Place& place);

}  // namespace daybook::cli
