// What the programs that hold a writer may do: run another program, be stopped over midnight, write
// to several ledgers, load the library more than once.

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/test_support.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

using Ids = std::vector<std::string>;

class HostTest : public LogTest {
protected:
    bool is_held(const Layout& layout, std::uint32_t number) {
        const std::string path = layout.part_path(part_of_today(number));
        const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
        return os::is_locked(fd.get(), path).value();
    }
    static int exit_code_of(pid_t child) {
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
};

// The lane is the program's that took it, not that of what it turns into.
TEST_F(HostTest, AProgramThatRunsAnotherInItsPlaceGivesItsLaneUp) {
    std::array<int, 2> running{};
    ASSERT_EQ(::pipe(running.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto writer = open_writer();
        if (append(*writer, "a")) ::_exit(1);
        ::dup2(running[1], STDOUT_FILENO);
        ::execlp("sh", "sh", "-c", "echo; exec sleep 60", nullptr);
        ::_exit(1);
    }
    char byte = 0;
    ASSERT_EQ(::read(running[0], &byte, 1), 1);  // The other program is there.
    EXPECT_FALSE(is_held(layout_, 1));
    append(*open_writer(), "b");
    EXPECT_EQ(parts().size(), 1U);
    EXPECT_EQ(read_ids(), (Ids{"a", "b"}));
    ::kill(child, SIGKILL);
    EXPECT_EQ(exit_code_of(child), 128 + SIGKILL);
    for (const int fd : running) ::close(fd);
}

// Stopped when its time was drawn and before it was written, and let go on the next day: the event
// stands in the part of its own day, and the next one in that of the new day.
TEST_F(HostTest, AProcessThatIsStoppedOverMidnightWritesToTheDayOfItsTime) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::setenv("DAYBOOK_STOP_AT", "writer.before_write", 1);
        os::rearm_kill_points();
        const auto writer = open_writer();
        clock_.step_to(start_of(kToday + 1) + -1);
        if (append(*writer, "before")) ::_exit(1);
        clock_.step_to(start_of(kToday + 2));
        if (append(*writer, "after")) ::_exit(2);
        writer->maintain();
        writer->maintain();
        clock_.advance_ms(120'000);
        writer->maintain();
        ::_exit(is_held(layout_, 1) ? 3 : 0);
    }
    if (os::kHasKillPoints) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
        ASSERT_TRUE(WIFSTOPPED(status));
        EXPECT_TRUE(is_held(layout_, 1)) << "nobody may seal the part under it";
        EXPECT_TRUE(read_ids().empty());
        ::kill(child, SIGCONT);
    }
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_EQ(parts(), (Ids{"day=2026-01-23/part-000001", "day=2026-01-25/part-000001"}));
    EXPECT_EQ(read_ids(), (Ids{"before", "after"}));
    expect_sound();
}

TEST_F(HostTest, SeveralLedgersOfOneProcessDoNotMeet) {
    const Layout other(dir_ / "other");
    const auto first = open_writer();
    const auto second = Writer::open(other, options()).value();
    for (const char* id : {"a", "b"}) {
        append(*first, id);
        append(*second, id + std::string("2"));
    }
    const pid_t child = ::fork();
    if (child == 0) ::_exit(append(*first, "c") || append(*second, "c2") ? 1 : 0);
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_TRUE(is_held(layout_, 1));
    EXPECT_TRUE(is_held(other, 1));
    append(*first, "d");
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "d", "c"}));
    EXPECT_EQ(list_parts(other).value().size(), 2U);
    expect_sound();
}

// A copy of the library, loaded by itself.
class Loaded {
public:
    explicit Loaded(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW)) {
        EXPECT_NE(handle_, nullptr) << ::dlerror();
    }
    bool open(const std::string& directory) const {
        return find<bool(const char*)>("loadable_open")(directory.c_str());
    }
    bool append(const std::string& id) const {
        return find<bool(const char*)>("loadable_append")(id.c_str());
    }
    // Ends the writer and unloads the library.
    void close() const {
        find<void()>("loadable_close")();
        EXPECT_EQ(::dlclose(handle_), 0);
    }

private:
    template <typename Function>
    Function* find(const char* name) const {
        return reinterpret_cast<Function*>(::dlsym(handle_, name));
    }
    void* handle_;
};

TEST_F(HostTest, ALibraryThatIsLoadedTwiceIsTwoWriters) {
    const std::string copy = dir_ / "copy.so";
    std::filesystem::copy_file(DAYBOOK_LOADABLE_WRITER, copy);
    const Loaded first(DAYBOOK_LOADABLE_WRITER);
    const Loaded second(copy);
    ASSERT_TRUE(first.open(layout_.root()) && second.open(layout_.root()));
    EXPECT_TRUE(first.append("a") && second.append("b") && first.append("c"));
    EXPECT_EQ(parts().size(), 2U);

    const pid_t child = ::fork();
    if (child == 0) ::_exit(first.append("d") && second.append("e") ? 0 : 1);
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_EQ(parts().size(), 4U);

    // Whoever forks after the library has gone runs none of its handlers.
    second.close();
    EXPECT_TRUE(first.append("f"));
    const pid_t another = ::fork();
    if (another == 0) ::_exit(first.append("g") ? 0 : 1);
    EXPECT_EQ(exit_code_of(another), 0);
    first.close();
    const pid_t last = ::fork();
    if (last == 0) ::_exit(0);
    EXPECT_EQ(exit_code_of(last), 0);

    Ids ids = read_ids();
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, (Ids{"a", "b", "c", "d", "e", "f", "g"}));
    expect_sound();
}

}  // namespace
}  // namespace daybook::log
