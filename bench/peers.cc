#include "peers.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "os/error.h"
#include "os/file.h"

namespace daybook::bench {
namespace {

constexpr std::string_view kFile = "peer.jsonl";

Result<Sample> raw_loop(const Workspace& workspace, Lines lines, std::size_t count, bool sync) {
    ASSIGN_OR_RETURN(const std::string path, workspace.fresh(kFile));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_APPEND));
    return measure_calls(count, [&](std::size_t i) -> Status {
        const std::string& line = lines[i % lines.size()];
        if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            return fail(os::errno_error(errno, "write", path));
        }
        if (sync && ::fdatasync(fd.get()) != 0) return fail(os::errno_error(errno, "sync", path));
        return {};
    });
}

}  // namespace

Result<Sample> raw_write(const Workspace& workspace, Lines lines, std::size_t count) {
    return raw_loop(workspace, lines, count, false);
}

Result<Sample> raw_write_sync(const Workspace& workspace, Lines lines, std::size_t count) {
    return raw_loop(workspace, lines, count, true);
}

Result<Sample> spdlog_flush(const Workspace& workspace, Lines lines, std::size_t count) {
    ASSIGN_OR_RETURN(const std::string path, workspace.fresh(kFile));
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, true);
    spdlog::logger logger("peer", std::move(sink));
    logger.set_pattern("%v");
    logger.flush_on(spdlog::level::info);
    return measure_calls(count, [&](std::size_t i) -> Status {
        // spdlog adds the newline itself.
        const std::string_view line = lines[i % lines.size()];
        logger.info(line.substr(0, line.size() - 1));
        return {};
    });
}

}  // namespace daybook::bench
