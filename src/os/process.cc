#include "os/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <algorithm>
#include <charconv>
#include <climits>
#include <ctime>
#include <string_view>
#include <thread>

#include "base/calendar.h"
#include "base/check.h"
#include "base/clock.h"
#include "os/error.h"
#include "os/file.h"
#include "os/spawn_parts.h"

namespace daybook::os {
namespace {

// Files under /proc say that they are empty; they are read until they end.
std::string read_small_file(const std::string& path) {
    const Result<UniqueFd> fd = open_fd(path, O_RDONLY);
    if (!fd) return "";
    std::string content(4096, '\0');
    const Result<std::size_t> got = read_at(fd->get(), ByteOffset(0), content, path);
    content.resize(got.value_or(0));
    while (content.ends_with('\n')) content.pop_back();
    return content;
}

std::string read_link(const char* path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(path, target.data(), target.size());
    return length < 0 ? "" : std::string(target.data(), static_cast<std::size_t>(length));
}

// Field 22 of /proc/<pid>/stat: the start, in clock ticks after boot.  The second field is the
// program's name in parentheses and may hold anything, so fields are counted from its end.
std::optional<std::int64_t> start_ticks(std::int64_t pid) {
    const std::string stat = read_small_file(fmt::format("/proc/{}/stat", pid));
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::string_view rest = std::string_view(stat).substr(name_end + 1);
    for (int field = 2; field < 22; ++field) {
        const std::size_t blank = rest.find(' ');
        if (blank == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(blank + 1);
    }
    std::int64_t ticks = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    if (parsed.ec != std::errc()) return std::nullopt;
    return ticks;
}

}  // namespace

ProcessIdentity this_process() {
    const std::int64_t pid = ::getpid();
    return {
        .host = host_name(),
        .machine_id = read_small_file("/etc/machine-id"),
        .boot_id = read_small_file("/proc/sys/kernel/random/boot_id"),
        .pid_namespace = read_link("/proc/self/ns/pid"),
        .pid = pid,
        .pid_start = start_ticks(pid).value_or(0),
    };
}

bool process_exists(std::int64_t pid) {
    return pid > 0 && pid <= INT_MAX && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) < 0) return "unknown";
    return name.data();
}

std::string user_name() {
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
        return found->pw_name;
    }
    return fmt::format("{}", ::getuid());
}

TimestampMs boot_time() {
    struct timespec up{};
    DAYBOOK_CHECK(::clock_gettime(CLOCK_BOOTTIME, &up) == 0);
    return system_clock().now() + -(std::int64_t{up.tv_sec} * 1000 + up.tv_nsec / 1'000'000);
}

std::string process_start_iso8601() {
    const std::int64_t ticks = start_ticks(::getpid()).value_or(0);
    return to_iso8601(boot_time() + ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::string working_directory() {
    std::array<char, PATH_MAX> path{};
    return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "";
}

std::string absolute_path(const std::string& path) {
    const std::string directory = path.starts_with('/') ? "" : working_directory();
    return directory.empty() ? path : join_path(directory, path);
}

std::vector<std::string> command_line() {
    const std::string path = "/proc/self/cmdline";
    std::string all;
    if (const Result<UniqueFd> fd = open_fd(path, O_RDONLY)) {
        std::array<char, 4096> block{};
        while (true) {
            const auto got = read_at(fd->get(), ByteOffset(all.size()), block, path).value_or(0);
            all.append(block.data(), got);
            if (got < block.size()) break;
        }
    }
    std::vector<std::string> words;
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = std::min(all.find('\0', at), all.size());
        words.push_back(all.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

std::vector<std::pair<std::string, std::string>> environment_variables() {
    std::vector<std::pair<std::string, std::string>> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t sign = text.find('=');
        if (sign == std::string_view::npos) continue;
        all.emplace_back(text.substr(0, sign), text.substr(sign + 1));
    }
    return all;
}

std::string executable_path() { return read_link("/proc/self/exe"); }

std::uint64_t peak_memory_bytes() {
    struct rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) < 0) return 0;
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::uint64_t memory_bytes() {
    const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
    const std::uint64_t machine = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // "max" or a number; no file where there are no such groups.
    const std::string limit = read_small_file("/sys/fs/cgroup/memory.max");
    std::uint64_t allowed = 0;
    const auto parsed = std::from_chars(limit.data(), limit.data() + limit.size(), allowed);
    return parsed.ec == std::errc() && allowed > 0 ? std::min(machine, allowed) : machine;
}

unsigned processor_count() {
    const unsigned count = std::thread::hardware_concurrency();
    return count == 0 ? 1 : count;
}

Status spawn_detached(const std::vector<std::string>& argv) {
    DAYBOOK_CHECK(!argv.empty());
    // Made before the fork: a child of a host with threads may allocate nothing.
    const std::vector<char*> arguments = pointers_to(argv);

    // Forked twice: the middle process ends at once and is waited for here, so that the program
    // becomes the child of init.
    const pid_t middle = ::fork();
    if (middle < 0) return fail(errno_error(errno, "start", argv[0]));
    if (middle == 0) {
        ::setsid();
        const pid_t grandchild = ::fork();
        if (grandchild != 0) ::_exit(grandchild < 0 ? 127 : 0);
        const int null_fd = ::open("/dev/null", O_RDWR);
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::dup2(null_fd, stream);
        }
        if (null_fd > STDERR_FILENO) ::close(null_fd);
        // Handlers end with exec, but what is ignored (see catch_interrupts()) would stay so.
        ::signal(SIGPIPE, SIG_DFL);
        ::signal(SIGXFSZ, SIG_DFL);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::kIo, "start {}: the process could not be made", argv[0]);
    }
    return {};
}

void block_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void at_fork(const ForkHandlers& handlers) {
    DAYBOOK_CHECK(::pthread_atfork(handlers.prepare, handlers.in_parent, handlers.in_child) == 0);
}

}  // namespace daybook::os
