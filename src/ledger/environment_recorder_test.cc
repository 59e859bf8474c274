#include "ledger/environment_recorder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "daybook/ledger.h"
#include "os/file.h"
#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

// A ledger beside a repository with one commit and one change; what the process is in, too.
class EnvironmentRecorderTest : public ::testing::Test {
protected:
    EnvironmentRecorderTest() {
        ::setenv("DAYBOOK_CAPTURE", "all", 1);
        const std::string line =
            "mkdir -p " + code_ + " && cd " + code_ +
            " && git init -q -b main . && echo one > a.txt && git add . && git -c user.name=a -c "
            "user.email=a@b commit -q -m first && echo two >> a.txt";
        EXPECT_EQ(std::system(line.c_str()), 0);
        EXPECT_EQ(::chdir(code_.c_str()), 0);
    }
    ~EnvironmentRecorderTest() override {
        EXPECT_EQ(::chdir(before_.c_str()), 0);
        ::setenv("DAYBOOK_CAPTURE", "off", 1);
    }

    Result<Ledger> open() {
        return Ledger::open(temp_ / "ledger", {.on_warning = [this](std::string_view message) {
                                warnings_.emplace_back(message);
                            }});
    }
    // A filter that never ends keeps git from answering.
    static void make_git_slow() {
        EXPECT_EQ(std::system("git config filter.slow.clean 'sleep 60' &&"
                              "echo '*.txt filter=slow' > .git/info/attributes"),
                  0);
    }
    // The lines of the log that have `text` in them.
    std::vector<std::string> lines_with(const std::string& text) const {
        std::vector<std::string> found;
        for (std::string& line : testing::unstamped_lines(temp_ / "ledger")) {
            if (line.find(text) != std::string::npos) found.push_back(std::move(line));
        }
        return found;
    }

    testing::TempDir temp_;
    const std::string before_ = os::canonical_path(".");
    const std::string code_ = temp_ / "code";
    std::vector<std::string> warnings_;
};

TEST_F(EnvironmentRecorderTest, ARunHasItsProcessAtOnceAndItsCodeWhenTheLedgerIsClosed) {
    {
        Result<Ledger> ledger = open();
        const std::string_view argv[] = {"train", "--token", "hunter2"};
        Result<daybook::Run> run = ledger->start_run(
            {.type = "t", .run_id = "r1", .argv = argv, .versions = {{"python", "3.11.7"}}});
        ASSERT_TRUE(run.has_value());
        const std::string created = lines_with("run.created").at(0);
        for (const char* part : {R"("argv":["train","--token","***"])",
                                 R"("versions":{"python":"3.11.7"})", R"("variables":{)"}) {
            EXPECT_NE(created.find(part), std::string::npos) << part << " in " << created;
        }
        EXPECT_EQ(run->record_environment().error().code(), ErrorCode::kInvalidArgument);
    }
    const std::vector<std::string> environments = lines_with("run.environment");
    ASSERT_EQ(environments.size(), 1U);
    for (const char* part : {R"("version_control":"git")", R"("git_branch":"main")",
                             R"("git_dirty":true)", R"("git_diff_path":"artifacts/code/)"}) {
        EXPECT_NE(environments[0].find(part), std::string::npos) << part << environments[0];
    }
    EXPECT_EQ(environments[0].find("incomplete"), std::string::npos) << environments[0];
    EXPECT_EQ(os::list_dir(temp_ / "ledger/artifacts/code").value().size(), 1U);
    EXPECT_EQ(warnings_, std::vector<std::string>{});
}

TEST_F(EnvironmentRecorderTest, EachOfManyRunsHasOneAndTheyShareTheDiff) {
    constexpr int kRuns = 50;
    {
        Result<Ledger> ledger = open();
        for (int i = 0; i < kRuns; ++i) ASSERT_TRUE(ledger->start_run({.type = "t"}).has_value());
    }
    const std::vector<std::string> environments = lines_with("run.environment");
    std::set<std::string> runs;
    for (const std::string& line : environments) {
        const std::size_t at = line.find("\"run_id\":\"");
        runs.insert(line.substr(at, line.find('"', at + 10) - at));
    }
    EXPECT_EQ(environments.size(), std::size_t{kRuns});
    EXPECT_EQ(runs.size(), std::size_t{kRuns});
    EXPECT_EQ(os::list_dir(temp_ / "ledger/artifacts/code").value().size(), 1U);
}

TEST_F(EnvironmentRecorderTest, WhatIsNotToBeCapturedIsNot) {
    {
        Result<Ledger> ledger = open();
        ASSERT_TRUE(ledger->start_run({.type = "t", .capture = Capture::kNone}).has_value());
        ::setenv("DAYBOOK_CAPTURE", "off", 1);
        Result<daybook::Run> run = ledger->start_run({.type = "t", .capture = Capture::kAtHand});
        EXPECT_TRUE(run->record_environment().has_value());
        ASSERT_TRUE(ledger->start_run({.type = "t"}).has_value());
        EXPECT_EQ(warnings_, std::vector<std::string>{});
        ::setenv("DAYBOOK_CAPTURE", "of", 1);
        ASSERT_TRUE(ledger->start_run({.type = "t"}).has_value());
        ASSERT_TRUE(ledger->start_run({.type = "t"}).has_value());
    }
    EXPECT_EQ(lines_with("run.environment").size(), 0U);
    EXPECT_EQ(lines_with("\"environment\":").size(), 0U);
    EXPECT_FALSE(os::exists(temp_ / "ledger/artifacts/code").value());
    EXPECT_EQ(warnings_,
              std::vector<std::string>{"DAYBOOK_CAPTURE: found 'of', expected all, no-diff or off; "
                                       "what runs start from is not recorded"});
}

TEST_F(EnvironmentRecorderTest, WithoutTheDiffNothingOfTheCodeIsKept) {
    ::setenv("DAYBOOK_CAPTURE", "no-diff", 1);
    ASSERT_TRUE(open()->start_run({.type = "t"}).has_value());
    const std::string line = lines_with("run.environment").at(0);
    EXPECT_NE(line.find(R"("incomplete":["git_diff"])"), std::string::npos) << line;
    EXPECT_FALSE(os::exists(temp_ / "ledger/artifacts/code").value());
}

TEST_F(EnvironmentRecorderTest, TheCallerOfAtHandSetsTheLimitAndWhatIsMissingIsNamed) {
    make_git_slow();
    Result<Ledger> ledger = open();
    Result<daybook::Run> run = ledger->start_run({.type = "t", .capture = Capture::kAtHand});
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    const Field packages[] = {{"numpy", "2.1.0"}};
    EXPECT_TRUE(run->record_environment(std::span<const Field>(packages), 500).has_value());
    EXPECT_LT(system_clock().monotonic_ns() - begun_ns, 9'000'000'000);
    const std::string line = lines_with("run.environment").at(0);
    EXPECT_NE(line.find(R"("packages":{"numpy":"2.1.0"})"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("incomplete":[)"), std::string::npos) << line;
    EXPECT_EQ(run->record_environment().error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(run->record_environment({}, -1).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(EnvironmentRecorderTest, WhatIsGivenUpEndsAtOnceAndSaysSo) {
    make_git_slow();
    Result<Ledger> ledger = open();
    Result<daybook::Run> run = ledger->start_run({.type = "t", .capture = Capture::kAtHand});
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    std::thread gathering([&] { EXPECT_TRUE(run->record_environment().has_value()); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    run->give_up_environment();
    gathering.join();
    EXPECT_LT(system_clock().monotonic_ns() - begun_ns, 5'000'000'000);
    const std::string line = lines_with("run.environment").at(0);
    EXPECT_NE(line.find("the program ended before git had answered"), std::string::npos) << line;
}

TEST_F(EnvironmentRecorderTest, AHostThatGoesElsewhereTakesNothingAlong) {
    {
        Result<Ledger> ledger = Ledger::open("ledger");
        ASSERT_TRUE(ledger->start_run({.type = "t"}).has_value());
        ASSERT_EQ(::chdir(temp_.path().c_str()), 0);
    }
    EXPECT_EQ(os::list_dir(code_ + "/ledger/artifacts/code").value().size(), 1U);
    EXPECT_FALSE(os::exists(temp_ / "ledger").value());
}

// The parent's thread is at work when the child is forked, which then ends, records, and closes.
TEST_F(EnvironmentRecorderTest, AForkedChildDoesNotHangOnItsParentsThread) {
    Result<Ledger> ledger = open();
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(ledger->start_run({.type = "parent"}).has_value());
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::alarm(30);
            const bool ok = ledger->start_run({.type = "child"}).has_value();
            {
                const Ledger closed = *std::move(ledger);
            }
            ::_exit(ok ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0) << "child " << i;
    }
    {
        const Ledger closed = *std::move(ledger);
    }
    EXPECT_EQ(lines_with("run.environment").size(), 40U);
}

TEST_F(EnvironmentRecorderTest, ALedgerThatCannotBeWrittenIsToldOf) {
    std::vector<std::string> told;
    class Refusing final : public event::EventSink {
        Result<event::Receipt> emit(std::string_view, const event::Payload&,
                                    const event::EmitOptions&) override {
            return fail(ErrorCode::kNoSpace, "append: No space left on device");
        }
    } sink;
    {
        EnvironmentRecorder recorder(sink, temp_ / "ledger",
                                     [&](std::string_view message) { told.emplace_back(message); });
        recorder.request("r1", capture::ask_about_code({}));
    }
    EXPECT_EQ(told, std::vector<std::string>{"record the state of the code: append: No space left "
                                             "on device"});
}

}  // namespace
}  // namespace daybook::ledger
