// A git repository of a test's own.
#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "capture/code_state.h"
#include "os/file.h"
#include "os/process.h"
#include "os/read_program.h"
#include "support/temp_dir.h"

namespace daybook::capture {

class RepositoryTest : public ::testing::Test {
protected:
    // Runs a shell's line in the repository; what it prints.
    std::string sh(const std::string& line) const {
        const auto answer = os::read_program(
            {.argv = {"sh", "-ec", line},
             .environment = {std::string("PATH=") + std::getenv("PATH"), "HOME=" + temp_.path(),
                             "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a",
                             "GIT_COMMITTER_EMAIL=a@b", "GIT_CONFIG_NOSYSTEM=1"},
             .directory = root(),
             .bytes_max = 1 << 20,
             .deadline_ns = system_clock().monotonic_ns() + 60'000'000'000});
        EXPECT_TRUE(answer.has_value() && answer->exit_code == 0)
            << line << ": " << (answer ? answer->err : answer.error().message());
        return answer ? answer->out : std::string();
    }
    void SetUp() override {
        ASSERT_TRUE(os::make_dirs(root()).has_value());
        root_ = os::canonical_path(root_);
    }
    // With one commit: a.txt, "one\n".
    void make_repository() const {
        sh("git init -q -b main . && echo one > a.txt && git add . && git commit -q -m first");
    }
    CodeQuestion question(std::int64_t limit_ms = 30'000) const {
        return {.directory = root(),
                .environment = {{"PATH", std::getenv("PATH")}, {"HOME", temp_.path()}},
                .deadline_ns = system_clock().monotonic_ns() + limit_ms * 1'000'000};
    }
    const std::string& root() const { return root_; }
    const testing::TempDir& temp() const { return temp_; }

private:
    testing::TempDir temp_;
    std::string root_ = temp_ / "repository";
};

}  // namespace daybook::capture
