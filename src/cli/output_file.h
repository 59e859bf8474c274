// The file that --output names: it appears when it is whole, or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file.h"

namespace daybook::cli {

// Written under a name of its own beside it, `<path>.tmp-<pid>`, which is taken away again unless
// the file is published.
class OutputFile {
public:
    // kAlreadyExists: there is a file at `path`, and not `replace`; kInvalidArgument: what is there
    // is no file that could be replaced.
    static Result<OutputFile> create(const std::string& path, bool replace);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();

    int fd() const { return fd_.get(); }
    const std::string& temporary_path() const { return temporary_; }

    // Syncs what was written, gives it its name, and syncs the directory.  kAlreadyExists: somebody
    // else has made a file of that name meanwhile, and not `replace`.
    Status publish();
    // The same for a file that is no more than `text`.
    Status publish(std::string_view text);

private:
    OutputFile(std::string path, bool replace);

    std::string path_;
    std::string temporary_;
    bool replace_;
    os::UniqueFd fd_;
};

}  // namespace daybook::cli
