// A file to which a program appends reports (cli/report_lines.h), one JSON object a line, followed
// while it grows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file.h"

namespace daybook::cli {

class MetricsFile {
public:
    // `found` gets each line that is not empty, from its "{" on, and its number in the file as far
    // as this has read it.
    using Found = std::function<void(std::string_view json, std::uint64_t line)>;

    // What is in the file already is left alone: another run has written it.  The file may be
    // missing.  kInvalidArgument: it is no ordinary file.
    static Result<MetricsFile> follow(std::string path, Found found);

    // Looks for whole lines that have come since.  A file that is shorter than before, or another
    // one, is read from its beginning.
    Status read();
    // The last line may lack its end.
    Status finish();

    const std::string& path() const { return path_; }

private:
    MetricsFile(std::string path, Found found) : path_(std::move(path)), found_(std::move(found)) {}

    void take(std::string_view bytes);
    void end_line();

    std::string path_;
    Found found_;
    std::optional<os::FileIdentity> identity_{};
    std::uint64_t offset_ = 0;
    std::uint64_t lines_ = 0;
    std::string line_;  // one whose end has not come
};

}  // namespace daybook::cli
