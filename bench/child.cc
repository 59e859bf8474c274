#include "child.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace daybook::bench {
namespace {

// What the child sends back; small enough that one write() to a pipe takes it whole.
struct Letter {
    bool measured = false;
    Sample sample;
    char failure[2048] = {};
};

Letter letter_of(const Result<Sample>& sample) {
    Letter letter;
    letter.measured = sample.has_value();
    if (sample) {
        letter.sample = *sample;
    } else {
        const std::string_view message = sample.error().message();
        std::memcpy(letter.failure, message.data(),
                    std::min(message.size(), sizeof letter.failure - 1));
    }
    return letter;
}

double processor_seconds() {
    struct rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace

Result<Sample> in_child(const std::function<Result<Sample>()>& turn) {
    int fds[2];
    if (::pipe(fds) != 0) return fail(os::errno_error(errno, "make", "a pipe"));
    const os::UniqueFd reading(fds[0]);
    os::UniqueFd writing(fds[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return fail(os::errno_error(errno, "fork", "a contender"));
    if (pid == 0) {
        const Letter letter = letter_of(turn());
        const bool sent = ::write(writing.get(), &letter, sizeof letter) == sizeof letter;
        // Not exit(): what the parent has registered or buffered is the parent's to finish.
        ::_exit(sent ? 0 : 1);
    }
    writing.reset();
    Letter letter;
    ssize_t got = 0;
    while ((got = ::read(reading.get(), &letter, sizeof letter)) < 0 && errno == EINTR) {
    }
    struct rusage use{};
    int status = 0;
    while (::wait4(pid, &status, 0, &use) < 0) {
        if (errno != EINTR) return fail(os::errno_error(errno, "wait for", "a contender"));
    }
    if (got != static_cast<ssize_t>(sizeof letter)) {
        return fail(ErrorCode::kInternal, "a contender died with status {:#x}", status);
    }
    if (!letter.measured) return fail(ErrorCode::kInternal, "{}", letter.failure);
    letter.sample.peak_megabytes = static_cast<double>(use.ru_maxrss) / 1024;
    return letter.sample;
}

Result<Sample> seconds_of(const std::function<Status()>& call) {
    const double processor_before = processor_seconds();
    const std::int64_t begin_ns = now_ns();
    RETURN_IF_ERROR(call());
    return Sample{.value = static_cast<double>(now_ns() - begin_ns) / 1e9,
                  .processor_seconds = processor_seconds() - processor_before};
}

}  // namespace daybook::bench
