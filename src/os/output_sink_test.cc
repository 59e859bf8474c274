#include "os/output_sink.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

struct Ends {
    UniqueFd read;
    UniqueFd write;
};

Ends pipe_ends() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends socket_ends() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(OutputSink, AFullPipeOrSocketIsNotWaitedForAndStaysAsItIsForOthers) {
    for (const Ends& ends : {pipe_ends(), socket_ends()}) {
        OutputSink sink(ends.write.get());
        const std::string many(1 << 20, 'x');
        std::size_t written = 0;
        while (const std::size_t count = sink.write_some(many).value()) written += count;
        EXPECT_GE(written, 4096u);
        EXPECT_TRUE(sink.has_reader());
        EXPECT_EQ(::fcntl(ends.write.get(), F_GETFL) & O_NONBLOCK, 0);
        std::string buffer(written, ' ');
        EXPECT_GT(::read(ends.read.get(), buffer.data(), buffer.size()), 0);
        EXPECT_GT(sink.write_some("more").value(), 0u);
    }
}

// As another user's pipe cannot be.
TEST(OutputSink, NorIsAPipeThatCannotBeOpenedAgain) {
    const TempDir dir;
    const std::string path = join_path(dir.path(), "fifo");
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    Ends ends;
    ends.read = open_fd(path, O_RDONLY | O_NONBLOCK).value();
    ends.write = open_fd(path, O_WRONLY).value();
    ends.read.reset();  // without a reader it cannot be opened
    OutputSink sink(ends.write.get());
    ends.read = open_fd(path, O_RDONLY | O_NONBLOCK).value();
    EXPECT_EQ(sink.fd(), ends.write.get());
    const std::string many(1 << 20, 'x');
    std::size_t written = 0;
    while (const std::size_t count = sink.write_some(many).value()) written += count;
    EXPECT_GE(written, 4096u);
    std::string buffer(written, ' ');
    EXPECT_EQ(::read(ends.read.get(), buffer.data(), buffer.size()), static_cast<ssize_t>(written));
    EXPECT_EQ(sink.write_some("more").value(), 4u);
}

TEST(OutputSink, AReaderThatHasGoneIsNoError) {
    ::signal(SIGPIPE, SIG_IGN);
    Ends ends = pipe_ends();
    OutputSink before(ends.write.get());
    ends.read.reset();
    OutputSink after(ends.write.get());
    for (OutputSink* const sink : {&before, &after}) {
        EXPECT_EQ(sink->write_some("x").value(), 0u);
        EXPECT_FALSE(sink->has_reader());
    }
}

TEST(OutputSink, WhatCannotBeWrittenIsAnError) {
    const UniqueFd full = open_fd("/dev/full", O_WRONLY).value();
    const auto refused = OutputSink(full.get()).write_some("x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kNoSpace);
    EXPECT_FALSE(OutputSink(-1).write_some("x"));
}

}  // namespace
}  // namespace daybook::os
