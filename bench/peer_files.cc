// The peers that write plain files.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "os/error.h"
#include "os/file.h"
#include "peers.h"

namespace daybook::bench {
namespace {

std::string file_of(const Workspace& workspace, int process) {
    return workspace.path(fmt::format("peers/{}.jsonl", process));
}

// A desk for one file of this process, which its threads share.
using WriteLine = Status (*)(int fd, std::string_view line);

OpenDesk file_desk(const Workspace& workspace, Lines lines, WriteLine write_line) {
    return [&workspace, lines, write_line](int process) -> Result<Desk> {
        const std::string path = file_of(workspace, process);
        ASSIGN_OR_RETURN(os::UniqueFd opened, os::open_fd(path, O_RDWR | O_CREAT | O_APPEND));
        const auto fd = std::make_shared<os::UniqueFd>(std::move(opened));
        return [fd, lines, write_line](int) -> Result<Call> {
            return [fd, lines, write_line](std::size_t i) {
                return write_line(fd->get(), lines[i % lines.size()]);
            };
        };
    };
}

Status checked(bool done, std::string_view attempt) {
    if (!done) return fail(os::errno_error(errno, attempt, "a peer's file"));
    return {};
}

Status plain(int fd, std::string_view line) {
    const ssize_t written = ::write(fd, line.data(), line.size());
    return checked(written == static_cast<ssize_t>(line.size()), "write");
}

Status synced(int fd, std::string_view line) {
    RETURN_IF_ERROR(plain(fd, line));
    return checked(::fdatasync(fd) == 0, "sync");
}

Status locked(int fd, std::string_view line) {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    RETURN_IF_ERROR(checked(::fcntl(fd, F_SETLKW, &lock) == 0, "lock"));
    struct stat status{};
    RETURN_IF_ERROR(checked(::fstat(fd, &status) == 0, "stat"));
    const ssize_t written = ::pwrite(fd, line.data(), line.size(), status.st_size);
    RETURN_IF_ERROR(checked(written == static_cast<ssize_t>(line.size()), "write"));
    lock.l_type = F_UNLCK;
    return checked(::fcntl(fd, F_SETLKW, &lock) == 0, "unlock");
}

}  // namespace

OpenDesk raw_write(const Workspace& workspace, Lines lines) {
    return file_desk(workspace, lines, plain);
}

OpenDesk raw_write_sync(const Workspace& workspace, Lines lines) {
    return file_desk(workspace, lines, synced);
}

OpenDesk locked_write(const Workspace& workspace, Lines lines) {
    return file_desk(workspace, lines, locked);
}

OpenDesk spdlog_flush(const Workspace& workspace, Lines lines) {
    return [&workspace, lines](int process) -> Result<Desk> {
        auto sink =
            std::make_shared<spdlog::sinks::basic_file_sink_mt>(file_of(workspace, process), true);
        const auto logger = std::make_shared<spdlog::logger>("peer", std::move(sink));
        logger->set_pattern("%v");
        logger->flush_on(spdlog::level::info);
        return [logger, lines](int) -> Result<Call> {
            return [logger, lines](std::size_t i) -> Status {
                // spdlog adds the newline itself.
                const std::string_view line = lines[i % lines.size()];
                logger->info(line.substr(0, line.size() - 1));
                return {};
            };
        };
    };
}

Status clear_peers(const Workspace& workspace) {
    ASSIGN_OR_RETURN(const std::string directory, workspace.fresh("peers"));
    return os::make_dirs(directory);
}

}  // namespace daybook::bench
