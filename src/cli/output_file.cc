#include "cli/output_file.h"

#include <utility>

#include "os/process.h"
#include "os/publish.h"

namespace daybook::cli {
namespace {

tl::unexpected<Error> already_there(const std::string& path) {
    return fail(ErrorCode::kAlreadyExists,
                "--output {}: there is one already; --force replaces it, another name keeps it",
                path);
}

// What may not be written over; an ordinary value is "nothing in the way".
Status check_target(const std::string& path, bool replace) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> there, os::file_info(path));
    if (!there) return {};
    // A rename would put a file in the place of a device.
    if (!there->is_regular) {
        return fail(ErrorCode::kInvalidArgument,
                    "--output {}: it is {}, expected the name of a file; without --output rows go "
                    "to standard output",
                    path, there->is_directory ? "a directory" : "no ordinary file");
    }
    return replace ? Status() : already_there(path);
}

}  // namespace

OutputFile::OutputFile(std::string path, bool replace)
    : path_(std::move(path)),
      temporary_(fmt::format("{}.tmp-{}", path_, os::this_process().pid)),
      replace_(replace) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, "")),
      replace_(other.replace_),
      fd_(std::move(other.fd_)) {}

OutputFile::~OutputFile() {
    if (!temporary_.empty() && fd_.valid()) (void)os::remove_file(temporary_);
}

Result<OutputFile> OutputFile::create(const std::string& path, bool replace) {
    RETURN_IF_ERROR(check_target(path, replace));
    // A link stays a link: what it leads to is replaced.
    OutputFile file(os::canonical_path(path), replace);
    // What a dead process of this number left behind.
    RETURN_IF_ERROR(os::remove_file(file.temporary_));
    ASSIGN_OR_RETURN(file.fd_, os::open_fd(file.temporary_, O_RDWR | O_CREAT | O_EXCL));
    return file;
}

Status OutputFile::publish() {
    RETURN_IF_ERROR(os::sync_data(fd_.get(), temporary_));
    const Status published =
        os::publish(temporary_, path_, replace_ ? os::NameTaken::kReplace : os::NameTaken::kRefuse);
    if (!published && published.error().code() == ErrorCode::kAlreadyExists) {
        return already_there(path_);
    }
    RETURN_IF_ERROR(published);
    temporary_.clear();
    return os::sync_dir(os::parent_path(path_));
}

Status OutputFile::publish(std::string_view text) {
    const os::WriteOutcome outcome = os::write_all(fd_.get(), text, temporary_);
    if (outcome.error) return fail(*outcome.error);
    return publish();
}

}  // namespace daybook::cli
