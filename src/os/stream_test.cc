#include "os/stream.h"

#include <unistd.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "os/file.h"

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

TEST(Terminal, APipeIsNoneAndHasNoColumns) {
    Pipe pipe;
    EXPECT_FALSE(is_terminal(pipe.reader.get()));
    EXPECT_EQ(terminal_columns(pipe.reader.get()), 0);
}

}  // namespace
}  // namespace daybook::os
