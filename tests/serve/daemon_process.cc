#include "serve/daemon_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/child.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kPatienceNs = 30'000'000'000;
constexpr std::size_t kLogBytesMax = std::size_t{16} << 20;

std::optional<int> exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::int64_t steady_ns() { return system_clock().monotonic_ns(); }

bool sleep_until_deadline(std::int64_t begun_ns) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return steady_ns() - begun_ns < kPatienceNs;
}

HttpAnswer http_exchange(int port, const std::string& request) {
    const os::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const target = reinterpret_cast<const struct sockaddr*>(&address);
    if (::connect(fd.get(), target, sizeof address) != 0) return {};
    for (std::size_t sent = 0; sent < request.size();) {
        const ssize_t count =
            ::send(fd.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
    }
    std::string text;
    char block[16'384];
    ssize_t got = 0;
    while ((got = ::recv(fd.get(), block, sizeof block, 0)) > 0) {
        text.append(block, static_cast<std::size_t>(got));
    }
    HttpAnswer answer;
    const std::size_t head_end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.1 ") || head_end == std::string::npos) return answer;
    answer.status = std::atoi(text.c_str() + 9);
    answer.head = text.substr(0, head_end);
    answer.body = text.substr(head_end + 4);
    return answer;
}

DaemonProcess::DaemonProcess(const std::string& root, const std::vector<std::string>& flags,
                             const std::vector<std::pair<std::string, std::string>>& environment) {
    std::vector<std::string> argv = {DAYBOOK_PROGRAM, "serve",      "--ledger", root,
                                     "--listen",      "127.0.0.1:0"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    pid_ = ::fork();
    if (pid_ == 0) {
        for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
        const int fd = ::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(fd, STDERR_FILENO);
        std::vector<char*> pointers;
        for (std::string& argument : argv) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    const std::string mark = "listening on http://127.0.0.1:";
    (void)eventually([&] {
        const std::string said = log();
        const std::size_t at = said.find(mark);
        if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
            port_ = std::atoi(said.c_str() + at + mark.size());
        }
        return port_ > 0 || wait(0);
    });
}

DaemonProcess::~DaemonProcess() {
    if (exit_code_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

HttpAnswer DaemonProcess::get(const std::string& path) const {
    return http_exchange(port_, fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
}

HttpAnswer DaemonProcess::post(const std::string& path, const std::string& body) const {
    return http_exchange(
        port_, fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                           path, body.size(), body));
}

bool DaemonProcess::becomes(int status, const std::string& text) const {
    HttpAnswer answer;
    const bool came = eventually([&] {
        answer = get("/readyz");
        return answer.status == status && answer.body.find(text) != std::string::npos;
    });
    EXPECT_TRUE(came) << answer.status << " " << answer.body << "\n" << log();
    return came;
}

double DaemonProcess::metric(const std::string& name) const {
    const std::string page = "\n" + get("/metrics").body;
    const std::size_t at = page.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::atof(page.c_str() + at + name.size() + 2);
}

bool DaemonProcess::metric_becomes(const std::string& name, double value) const {
    double last = -1;
    const bool came = eventually([&] {
        last = metric(name);
        return last == value;
    });
    EXPECT_TRUE(came) << name << " is " << last << "\n" << log();
    return came;
}

void DaemonProcess::signal(int number) const { ::kill(pid_, number); }

std::optional<int> DaemonProcess::wait(double seconds) {
    const std::int64_t deadline_ns = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
    while (!exit_code_) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = exit_code_of(status);
        if (exit_code_ || steady_ns() >= deadline_ns) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return exit_code_;
}

std::string DaemonProcess::log() const {
    return os::read_file(log_path_, kLogBytesMax).value_or("");
}

std::string DaemonProcess::log_with(const std::string& text) const {
    (void)eventually([&] { return log().find(text) != std::string::npos; });
    return log();
}

std::pair<int, std::string> run_daybook(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {DAYBOOK_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const TempDir dir;
    const std::string output = dir / "output";
    auto child = os::Child::start(argv, output).value();
    const int code = child.wait().value();
    return {code, os::read_file(output, kLogBytesMax).value_or("")};
}

}  // namespace daybook::testing
