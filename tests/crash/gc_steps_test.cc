// Artifacts that are added by copy, and their collector: killed at every one of their kill points,
// and many at once.  What an event names is there, whatever happened.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "daybook/ledger.h"
#include "daybook/run.h"
#include "ledger/object_store.h"
#include "ledger/verify.h"
#include "lifecycle/artifact_gc.h"
#include "os/kill_point.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kYearMs = std::int64_t{365} * 24 * 60 * 60 * 1000;

// How a step ends whose kill point is due; in builds without them it just does its work.
std::string killed() { return os::kHasKillPoints ? "signal 9" : "exit 0"; }

std::string end_of(pid_t child) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
    return fmt::format("exit {}", WEXITSTATUS(status));
}

// Does `act` in a process of its own, which is killed at `point`.
pid_t start(const std::function<bool()>& act, const std::string& point = "") {
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (!point.empty()) ::setenv("DAYBOOK_KILL_AT", point.c_str(), 1);
    os::rearm_kill_points();
    ::_exit(act() ? 0 : 1);
}

class GcSteps : public ::testing::Test {
protected:
    void write(const std::string& place, const std::string& text) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    bool has(const std::string& place) const { return fs::exists(fs::path(dir_.root()) / place); }
    // Whether an entry of the trash holds it.
    bool in_trash(const std::string& place) const {
        const fs::path trash = fs::path(dir_.root()) / "trash";
        if (!fs::exists(trash)) return false;
        for (const auto& entry : fs::directory_iterator(trash)) {
            if (fs::exists(entry.path() / place)) return true;
        }
        return false;
    }

    // Records a run with copies of these contents.
    bool record(const std::string& run_id, const std::vector<std::string>& contents) const {
        Result<Ledger> ledger = Ledger::open(dir_.root());
        if (!ledger) return false;
        Result<daybook::Run> run =
            ledger->start_run({.type = "t", .run_id = run_id, .capture = Capture::kNone});
        if (!run) return false;
        for (const std::string& content : contents) {
            const std::string path = temp_ / fmt::format("{}-source", run_id);
            std::ofstream(path, std::ios::binary) << content;
            if (!run->add_artifact(path, "file", {.copy = true})) return false;
        }
        return run->complete().has_value();
    }
    // A year from now everything is old: nothing but the protocol protects what is being added.
    bool collect() const {
        ManualClock clock(system_clock().now() + kYearMs);
        const Result<GcReport> report =
            collect_artifacts(dir_, clock, {.apply = true, .adders_wait_ms = 20});
        return report || report.error().code() == ErrorCode::kBusy;
    }
    std::vector<std::string> problems() const {
        std::vector<std::string> found;
        const auto report = testing::value_of(ledger::verify(dir_, {.deep = true}));
        for (const auto& finding : report.findings) {
            if (finding.problem) found.push_back(finding.kind + " " + finding.detail);
        }
        return found;
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
};

TEST_F(GcSteps, WhoIsKilledWhileAddingLeavesNothingHalf) {
    ASSERT_TRUE(record("before", {"kept"}));
    const std::string object = ledger::object_path(sha256_hex("new"));
    for (const char* point : {"object.written", "object.named"}) {
        SCOPED_TRACE(point);
        EXPECT_EQ(end_of(start([&] { return record("killed", {"new"}); }, point)), killed());
        EXPECT_EQ(problems(), std::vector<std::string>());
        // Nobody names it, so what was left goes; what is named stays.
        ASSERT_TRUE(collect());
        EXPECT_EQ(has(object), !os::kHasKillPoints);
        for (const auto& entry : fs::directory_iterator(dir_.objects_dir())) {
            EXPECT_EQ(entry.path().filename().string().find(".tmp-"), std::string::npos);
        }
        EXPECT_EQ(problems(), std::vector<std::string>());
    }
    EXPECT_TRUE(record("after", {"new"}));
    EXPECT_TRUE(has(object));
    ASSERT_TRUE(collect());
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(GcSteps, ACollectorThatIsKilledIsFinishedByTheNextAndLosesNothing) {
    const std::string lost = ledger::object_path(sha256_hex("lost"));
    const std::string diff = "artifacts/code/" + sha256_hex("diff") + ".diff";
    for (const char* point : {"gc.moved", "gc.done"}) {
        SCOPED_TRACE(point);
        fs::remove_all(dir_.root());
        ASSERT_TRUE(record("r1", {"kept"}));
        write("source", "lost");
        testing::value_of(ledger::add_object(dir_, dir_.root() + "/source"));
        write(diff, "diff");
        write("artifacts/runs/gone/deep/file", "f");
        EXPECT_EQ(end_of(start([&] { return collect(); }, point)), killed());
        EXPECT_EQ(problems(), std::vector<std::string>());
        for (const std::string& path : {lost, diff, std::string("artifacts/runs/gone")}) {
            EXPECT_TRUE(has(path) != in_trash(path)) << path;
        }
        EXPECT_EQ(end_of(start([&] { return collect(); })), "exit 0");
        for (const std::string& path : {lost, diff, std::string("artifacts/runs/gone")}) {
            EXPECT_FALSE(has(path)) << path;
            EXPECT_TRUE(in_trash(path)) << path;
        }
        EXPECT_EQ(problems(), std::vector<std::string>());
    }
}

// Stopped between the copy and its event, for as long as it takes: nobody takes the copy away.
TEST_F(GcSteps, AnObjectStaysWhileItsEventIsOnTheWay) {
    ASSERT_TRUE(record("r1", {}));
    write("source", "slow");
    const std::string object = ledger::object_path(sha256_hex("slow"));
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("DAYBOOK_STOP_AT", "writer.before_write", 1);
        os::rearm_kill_points();
        Result<Ledger> ledger = Ledger::open(dir_.root());
        Result<daybook::Run> run = ledger->attach("r1");
        ::_exit(run->add_artifact(dir_.root() + "/source", "file", {.copy = true}) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
    ASSERT_EQ(WIFSTOPPED(status), os::kHasKillPoints);
    EXPECT_TRUE(has(object));
    EXPECT_TRUE(collect());
    EXPECT_TRUE(has(object));
    if (os::kHasKillPoints) {
        ::kill(child, SIGCONT);
        EXPECT_EQ(end_of(child), "exit 0");
    }
    EXPECT_TRUE(collect());
    EXPECT_TRUE(has(object));
    EXPECT_EQ(problems(), std::vector<std::string>());
}

// Two collectors and four that add, all by the same few contents, some of them killed.
TEST_F(GcSteps, ManyAddersAndCollectorsAtOnceNeverLoseWhatIsNamed) {
    ASSERT_TRUE(record("first", {"a"}));
    const std::vector<std::string> contents = {"a", "b", "c", std::string(200'000, 'd')};
    std::vector<pid_t> children;
    for (int adder = 0; adder < 4; ++adder) {
        children.push_back(start([&, adder] {
            for (int i = 0; i < 20; ++i) {
                std::vector<std::string> mine = contents;
                mine.push_back(fmt::format("mine-{}-{}", adder, i));
                mine.push_back(fmt::format("shared-{}", i));
                if (!record(fmt::format("run-{}-{}", adder, i), mine)) return false;
                ::usleep(2'000);
            }
            return true;
        }));
        // One that dies with an object that no event will ever name.
        children.push_back(
            start([&, adder] { return record(fmt::format("dies-{}", adder), contents); },
                  fmt::format("object.named:{}", adder + 1)));
    }
    for (int collector = 0; collector < 2; ++collector) {
        children.push_back(start([&] {
            for (int i = 0; i < 60; ++i) {
                if (!collect()) return false;
            }
            return true;
        }));
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
        const std::string end = end_of(children[i]);
        // Those that die may find their contents there, and pass no kill point.
        EXPECT_TRUE(end == "exit 0" || end == killed()) << i << ": " << end;
    }
    EXPECT_EQ(problems(), std::vector<std::string>());
    ASSERT_TRUE(collect());
    EXPECT_EQ(problems(), std::vector<std::string>());
}

}  // namespace
}  // namespace daybook::lifecycle
