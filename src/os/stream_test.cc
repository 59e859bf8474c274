#include "os/stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/test_support.h"

namespace daybook::os {
namespace {

struct Pipe {
    Pipe() {
        std::array<int, 2> fds{};
        EXPECT_EQ(::pipe(fds.data()), 0);
        reader = UniqueFd(fds[0]);
        writer = UniqueFd(fds[1]);
    }
    UniqueFd reader;
    UniqueFd writer;
};

TEST(ReadSome, ReturnsWhatIsThereWithoutWaitingForMore) {
    Pipe pipe;
    ASSERT_FALSE(write_all(pipe.writer.get(), "abc", "pipe").error);
    std::string buffer(10, '\0');
    ASSERT_EQ(read_some(pipe.reader.get(), buffer, "pipe").value(), 3U);
    EXPECT_EQ(buffer.substr(0, 3), "abc");
}

TEST(StandardStreams, NoFileGetsTheNumberOfAClosedOne) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        for (const int fd : {0, 1, 2}) ::close(fd);
        occupy_standard_streams();
        char byte = 'x';
        const bool refuse =
            ::read(0, &byte, 1) < 0 && ::write(1, &byte, 1) < 0 && ::write(2, &byte, 1) < 0;
        ::_exit(refuse && ::open("/dev/null", O_RDWR) > 2 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ReadSome, IsZeroAtTheEnd) {
    Pipe pipe;
    pipe.writer.reset();
    std::string buffer(10, '\0');
    EXPECT_EQ(read_some(pipe.reader.get(), buffer, "pipe").value(), 0U);
}

TEST(ReadSome, NamesTheStreamInItsErrors) {
    std::string buffer(10, '\0');
    const auto got = read_some(-1, buffer, "standard input");
    ASSERT_FALSE(got);
    EXPECT_NE(got.error().message().find("read standard input: "), std::string::npos);
}

TEST(ReadSome, GoesOnAfterASignalThatIsNoInterrupt) {
    Pipe pipe;
    ASSERT_FALSE(write_all(pipe.writer.get(), "abc", "pipe").error);
    Faults faults;
    faults.fail(Call::kRead, 1, EINTR);
    std::string buffer(10, '\0');
    EXPECT_EQ(read_some(pipe.reader.get(), buffer, "pipe").value(), 3U);
    EXPECT_EQ(faults.count(Call::kRead), 2);
}

TEST(Terminal, ItsWidthIsKnown) {
    const UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_TRUE(terminal.valid());
    const struct winsize size = {.ws_row = 24, .ws_col = 97, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
    EXPECT_TRUE(is_terminal(terminal.get()));
    EXPECT_EQ(terminal_columns(terminal.get()), 97);
}

TEST(Terminal, APipeIsNoneAndHasNoColumns) {
    Pipe pipe;
    EXPECT_FALSE(is_terminal(pipe.reader.get()));
    EXPECT_EQ(terminal_columns(pipe.reader.get()), 0);
}

}  // namespace
}  // namespace daybook::os
