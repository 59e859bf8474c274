#include "os/program_start.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/error.h"
#include "os/spawn_parts.h"
#include "os/spawn_plan.h"

namespace daybook::os {
namespace {

constexpr int kForwarded[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};
// A pipe of the usual 64 KiB makes program and reader take turns.
constexpr int kPipeBytes = 1 << 20;

Result<Pipe> make_large_pipe() {
    ASSIGN_OR_RETURN(Pipe pipe, make_pipe());
    // What a user may have of these is limited; then the pipe stays as it is.
    (void)::fcntl(pipe.read.get(), F_SETPIPE_SZ, kPipeBytes);
    return pipe;
}

bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// "NAME=value" of this process and of the program alone, whose values win.
std::vector<std::string> environment_of(const ProgramSpec& spec) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string name(text.substr(0, text.find('=')));
        if (!spec.environment.contains(name)) all.emplace_back(text);
    }
    for (const auto& [name, value] : spec.environment) all.push_back(name + "=" + value);
    return all;
}

}  // namespace

Result<WatchedSignals> WatchedSignals::block() {
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : kForwarded) {
        if (!is_ignored(signal)) ::sigaddset(&watched, signal);
    }
    // Where the starter has ignored SIGCHLD, children vanish without a word of how they ended.
    if (is_ignored(SIGCHLD)) ::signal(SIGCHLD, SIG_DFL);
    ::sigaddset(&watched, SIGCHLD);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &watched, &before);
    UniqueFd fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd.valid()) {
        Error error = errno_error(errno, "watch", "signals");
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return fail(std::move(error));
    }
    return WatchedSignals(watched, before, std::move(fd));
}

void WatchedSignals::restore() {
    if (!fd_.valid()) return;
    fd_.reset();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Result<StartedProgram> start_program(const ProgramSpec& spec, const WatchedSignals& signals) {
    ASSIGN_OR_RETURN(Pipe out, make_large_pipe());
    ASSIGN_OR_RETURN(Pipe err, make_large_pipe());
    SpawnPlan plan;
    plan.write_to(out.write.get(), err.write.get());
    plan.reset_signals(signals.set());
    const std::vector<std::string> environment = environment_of(spec);
    StartedProgram started;
    const int error_number =
        ::posix_spawnp(&started.pid, spec.argv[0].c_str(), plan.actions(), plan.attributes(),
                       pointers_to(spec.argv).data(), pointers_to(environment).data());
    if (error_number != 0) return fail(errno_error(error_number, "start", spec.argv[0]));
    started.out = std::move(out.read);
    started.err = std::move(err.read);
    return started;
}

}  // namespace daybook::os
