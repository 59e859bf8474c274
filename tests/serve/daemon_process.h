// A daemon as a process of its own, and what a test asks of it over HTTP.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/temp_dir.h"

namespace daybook::testing {

struct HttpAnswer {
    int status = 0;  // 0: nobody answered
    std::string head{};
    std::string body{};
};
// Sends `request` byte for byte to a port of this machine.
HttpAnswer http_exchange(int port, const std::string& request);

class DaemonProcess {
public:
    // Starts `daybook serve` on `root` with `flags`, listening to a free port; `environment` is
    // added to the test's own.
    explicit DaemonProcess(
        const std::string& root, const std::vector<std::string>& flags = {},
        const std::vector<std::pair<std::string, std::string>>& environment = {});
    // Kills it if it still runs.
    ~DaemonProcess();
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    HttpAnswer get(const std::string& path) const;
    HttpAnswer post(const std::string& path, const std::string& body = "") const;
    // Whether /readyz comes to answer `status`, with `text` in it, within half a minute.
    bool becomes(int status, const std::string& text = "") const;
    // The value of a metric; -1 if there is none.
    double metric(const std::string& name) const;
    bool metric_becomes(const std::string& name, double value) const;

    void signal(int number) const;
    // Its exit code, 128 + the signal's number if one killed it; nullopt: it still runs after
    // `seconds`.
    std::optional<int> wait(double seconds);
    // What it has said so far.
    std::string log() const;
    // The same, once `text` is in it; what there is after half a minute.
    std::string log_with(const std::string& text) const;
    pid_t pid() const { return pid_; }

private:
    TempDir dir_;
    std::string log_path_ = dir_ / "log";
    pid_t pid_ = -1;
    mutable int port_ = 0;
    std::optional<int> exit_code_;
};

// Waits up to half a minute for `condition`, which is asked every 10 ms.
template <typename Condition>
bool eventually(Condition condition);
bool sleep_until_deadline(std::int64_t begun_ns);
std::int64_t steady_ns();

template <typename Condition>
bool eventually(Condition condition) {
    const std::int64_t begun_ns = steady_ns();
    while (!condition()) {
        if (!sleep_until_deadline(begun_ns)) return false;
    }
    return true;
}

// Runs the program with these arguments; its exit code and what it printed.
std::pair<int, std::string> run_daybook(const std::vector<std::string>& arguments);

}  // namespace daybook::testing
