#include "cli/input_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

// Every line of `input`, written to a pipe in pieces of `piece` bytes: "1:text", "3!" if too long.
std::vector<std::string> lines_of(const std::string& input, std::size_t piece,
                                  std::size_t line_bytes_max = 10) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe(fds.data()), 0);
    std::thread writer([&, fd = fds[1]] {
        for (std::size_t at = 0; at < input.size(); at += piece) {
            EXPECT_FALSE(os::write_all(fd, input.substr(at, piece), "pipe").error);
            std::this_thread::yield();
        }
        ::close(fd);
    });
    InputLines reader(fds[0], "input", line_bytes_max);
    std::vector<std::string> all;
    std::vector<InputLine> lines;
    while (reader.next(lines).value_or(false)) {
        for (const InputLine& line : lines) {
            all.push_back(std::to_string(line.number) +
                          (line.too_long ? "!" : ":" + std::string(line.text)));
        }
    }
    writer.join();
    ::close(fds[0]);
    return all;
}

TEST(InputLines, AreTheSameHoweverTheyArrive) {
    const std::string input = "a\nbb\n\n  \nccc\n0123456789\n0123456789a\nd";
    const std::vector<std::string> expected = {"1:a", "2:bb", "5:ccc", "6:0123456789", "7!", "8:d"};
    for (std::size_t piece = 1; piece <= input.size(); ++piece) {
        SCOPED_TRACE(piece);
        EXPECT_EQ(lines_of(input, piece), expected);
    }
}

TEST(InputLines, OfAnEmptyInputThereAreNone) {
    EXPECT_TRUE(lines_of("", 1).empty());
    EXPECT_TRUE(lines_of("\n\n", 1).empty());
}

TEST(InputLines, ALineThatNeverEndsIsToldOnce) {
    EXPECT_EQ(lines_of(std::string(5'000'000, 'x') + "\ny", 100'000),
              (std::vector<std::string>{"1!", "2:y"}));
    EXPECT_EQ(lines_of(std::string(5'000'000, 'x'), 100'000), (std::vector<std::string>{"1!"}));
}

TEST(InputLines, AnErrorOfTheStreamIsPassedOn) {
    InputLines reader(-1, "input", 10);
    std::vector<InputLine> lines;
    EXPECT_FALSE(reader.next(lines));
}

}  // namespace
}  // namespace daybook::cli
