#include "crash/storm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "log/scan.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr int kReportFd = 3;

// One of the plan's writers: a process at a time, another one after each kill.
class StormWriter {
public:
    StormWriter(const StormPlan& plan, std::string directory, int number)
        : plan_(&plan), directory_(std::move(directory)), number_(number) {}

    bool done() const { return acknowledged_ == plan_->events_each; }
    int report_fd() const { return pipe_.get(); }

    void start(StormOutcome& outcome) {
        name_ = fmt::format("{}.{}", number_, attempt_++);
        outcome.acknowledged[name_] = {.first = acknowledged_ + 1, .last = acknowledged_};
        std::array<int, 2> fds{};
        ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
        pipe_ = os::UniqueFd(fds[0]);
        os::UniqueFd writing_end(fds[1]);

        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        if (writing_end.get() == kReportFd) {
            // dup2 onto itself would leave it to be closed by exec.
            writing_end = os::UniqueFd(::fcntl(writing_end.get(), F_DUPFD_CLOEXEC, kReportFd + 1));
        }
        ::posix_spawn_file_actions_adddup2(&actions, writing_end.get(), kReportFd);
        std::vector<std::string> arguments = {DAYBOOK_STORM_WRITER,
                                              plan_->via,
                                              directory_,
                                              name_,
                                              std::to_string(acknowledged_ + 1),
                                              std::to_string(plan_->events_each)};
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        const int error_number =
            ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ASSERT_EQ(error_number, 0) << std::strerror(error_number);
    }

    void kill() const { ::kill(pid_, SIGKILL); }

    // Takes in what has been reported; false once the process has ended.
    bool read_reports(StormOutcome& outcome) {
        std::array<char, 65'536> bytes{};
        const ssize_t count = ::read(pipe_.get(), bytes.data(), bytes.size());
        if (count < 0) return errno == EINTR;
        unread_.append(bytes.data(), static_cast<std::size_t>(count));
        while (unread_.size() >= sizeof(acknowledged_)) {
            std::memcpy(&acknowledged_, unread_.data(), sizeof(acknowledged_));
            unread_.erase(0, sizeof(acknowledged_));
        }
        outcome.acknowledged[name_].last = acknowledged_;
        return count > 0;
    }

    void bury(StormOutcome& outcome) {
        unread_.clear();
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
            ++outcome.kills;
        } else if (status != 0) {
            ++outcome.failures;
        }
    }

private:
    const StormPlan* plan_;
    std::string directory_;
    int number_;
    int attempt_ = 0;
    std::string name_;
    pid_t pid_ = -1;
    os::UniqueFd pipe_;
    std::string unread_;
    std::uint32_t acknowledged_ = 0;
};

std::string name_of(std::string_view line) {
    constexpr std::string_view kKey = R"("trial_id":")";
    const std::size_t at = line.find(kKey);
    if (at == std::string_view::npos) return "";
    const std::string_view rest = line.substr(at + kKey.size());
    return std::string(rest.substr(0, rest.find('"')));
}

void look_through(const log::Layout& layout, const log::PartId& part, Inventory& inventory) {
    log::PartReader reader = log::PartReader::open(layout, part).value();
    log::Seq last;
    while (const std::optional<log::Line> line = reader.next().value()) {
        const std::string where =
            fmt::format("{} at {}", log::to_string(part), line->offset.value());
        if (line->kind != log::LineKind::kOurs) {
            inventory.problems.push_back(where + ": " + log::to_string(line->damage));
            continue;
        }
        if (line->seq != last + 1) {
            inventory.problems.push_back(
                fmt::format("{}: seq {} after {}", where, line->seq.value(), last.value()));
        }
        last = line->seq;
        ++inventory.copies[name_of(line->body)];
    }
    if (reader.offset() < reader.size()) ++inventory.torn;
}

}  // namespace

StormOutcome run_storm(const std::string& directory, const StormPlan& plan) {
    StormOutcome outcome;
    std::mt19937_64 random(plan.seed);
    std::vector<StormWriter> running;
    for (int i = 0; i < plan.writers; ++i) {
        running.emplace_back(plan, directory, i);
        running.back().start(outcome);
    }
    const auto next_kill = [&] {
        return std::chrono::steady_clock::now() +
               std::chrono::microseconds(plan.kill_interval_us == 0
                                             ? 3'600'000'000
                                             : 1 + random() % plan.kill_interval_us);
    };
    auto kill_at = next_kill();
    while (!running.empty() && outcome.failures == 0) {
        std::vector<pollfd> polled;
        for (const StormWriter& writer : running) {
            polled.push_back({.fd = writer.report_fd(), .events = POLLIN, .revents = 0});
        }
        if (::poll(polled.data(), polled.size(), 1) < 0) continue;
        if (outcome.kills < plan.kills_max && std::chrono::steady_clock::now() >= kill_at) {
            running[random() % running.size()].kill();
            kill_at = next_kill();
        }
        for (std::size_t i = running.size(); i-- > 0;) {
            if (polled[i].revents == 0 || running[i].read_reports(outcome)) continue;
            running[i].bury(outcome);
            if (running[i].done()) {
                running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            } else if (outcome.failures == 0) {
                running[i].start(outcome);
            }
        }
    }
    return outcome;
}

Inventory take_inventory(const log::Layout& layout) {
    Inventory inventory;
    const std::vector<log::PartInfo> parts = log::list_parts(layout).value();
    for (const log::PartInfo& part : parts) look_through(layout, part.id, inventory);
    inventory.parts = static_cast<int>(parts.size());
    if (const auto evidence = os::list_dir(layout.torn_dir())) {
        inventory.torn += static_cast<int>(evidence->size());
    }
    return inventory;
}

void expect_kept(const log::Layout& layout, const StormOutcome& outcome) {
    EXPECT_EQ(outcome.failures, 0);
    const Inventory inventory = take_inventory(layout);
    EXPECT_EQ(inventory.problems, std::vector<std::string>{});
    EXPECT_LE(inventory.torn, outcome.kills);
    for (const auto& [name, copies] : inventory.copies) EXPECT_EQ(copies, 1) << name;
    for (const auto& [writer, acknowledged] : outcome.acknowledged) {
        for (std::uint32_t i = acknowledged.first; i <= acknowledged.last; ++i) {
            const std::string name = fmt::format("{}-{}", writer, i);
            EXPECT_TRUE(inventory.copies.contains(name)) << name << " was acknowledged and is lost";
        }
    }
}

}  // namespace daybook::testing
