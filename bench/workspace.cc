#include "workspace.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "measure.h"
#include "os/child.h"
#include "os/error.h"
#include "os/file.h"
#include "os/filesystem.h"
#include "os/process.h"

extern char** environ;

namespace daybook::bench {

Result<Workspace> Workspace::make(const Settings& settings) {
    RETURN_IF_ERROR(os::remove_tree(settings.directory));
    RETURN_IF_ERROR(os::make_dirs(settings.directory));
    ASSIGN_OR_RETURN(const os::FilesystemTraits traits, os::filesystem_traits(settings.directory));
    if (!traits.not_durable.empty()) {
        return fail(ErrorCode::kUnsupported, "measure in {}: {}; name another with --dir",
                    settings.directory, traits.not_durable);
    }
    return Workspace(os::canonical_path(settings.directory));
}

Workspace::~Workspace() {
    // What cannot be removed is under build/, and removed with it.
    if (!directory_.empty()) (void)os::remove_tree(directory_);
}

std::string Workspace::path(std::string_view name) const { return os::join_path(directory_, name); }

Result<std::string> Workspace::fresh(std::string_view name) const {
    std::string path = this->path(name);
    RETURN_IF_ERROR(os::remove_tree(path));
    return path;
}

Result<ProcessUse> run_process(const std::vector<std::string>& argv,
                               const std::string& input_path) {
    std::vector<char*> arguments;
    for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input_path.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    // Kept out of the table, and shown if the program fails.
    const std::string words = program("bench/stderr.txt");
    posix_spawn_file_actions_addopen(&actions, 2, words.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);

    const std::int64_t begin = now_ns();
    pid_t pid = 0;
    const int error =
        ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail(os::errno_error(error, "start", argv[0]));
    int status = 0;
    struct rusage use{};
    while (::wait4(pid, &status, 0, &use) < 0) {
        if (errno != EINTR) return fail(os::errno_error(errno, "wait for", argv[0]));
    }
    const std::int64_t end = now_ns();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::kInternal, "run {}: it ended with status {:#x}: {}",
                    fmt::join(argv, " "), status,
                    os::read_file(words, std::size_t{64} << 10).value_or(""));
    }
    return ProcessUse{.seconds = static_cast<double>(end - begin) / 1e9,
                      .peak_megabytes = static_cast<double>(use.ru_maxrss) / 1024};
}

Result<Ended> run_for_output(const Workspace& workspace, const std::vector<std::string>& argv) {
    const std::string output = workspace.path("program-output");
    ASSIGN_OR_RETURN(os::Child child, os::Child::start(argv, output));
    ASSIGN_OR_RETURN(const int code, child.wait());
    ASSIGN_OR_RETURN(std::string text, os::read_file(output, 1 << 20));
    return Ended{.code = code, .output = std::move(text)};
}

std::string program(std::string_view path) {
    // This program lies in <build>/bench/.
    const std::string build = os::parent_path(os::parent_path(os::executable_path()));
    return os::join_path(build, path);
}

}  // namespace daybook::bench
