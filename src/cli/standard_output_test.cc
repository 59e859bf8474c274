#include "cli/standard_output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

class PipeOutput : public ::testing::Test {
protected:
    PipeOutput() {
        ::signal(SIGPIPE, SIG_IGN);
        std::array<int, 2> fds{};
        EXPECT_EQ(::pipe(fds.data()), 0);
        reader_ = os::UniqueFd(fds[0]);
        writer_ = os::UniqueFd(fds[1]);
    }
    std::string arrived() {
        std::string bytes(1000, '\0');
        ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
        const ssize_t got = ::read(reader_.get(), bytes.data(), bytes.size());
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    os::UniqueFd reader_;
    os::UniqueFd writer_;
};

TEST_F(PipeOutput, NothingArrivesBeforeTheFlushAndAllOfItAfterwards) {
    StandardOutput out(writer_.get());
    out.write("a");
    out.print("{}-{}", 1, 2);
    EXPECT_EQ(arrived(), "");
    out.flush();
    EXPECT_EQ(arrived(), "a1-2");
    EXPECT_FALSE(out.failed());
}

TEST_F(PipeOutput, TheDestructorFlushes) {
    {
        StandardOutput(writer_.get()).write("bye");
    }
    EXPECT_EQ(arrived(), "bye");
}

TEST_F(PipeOutput, AClosedPipeIsToldFromOtherErrors) {
    reader_.reset();
    StandardOutput out(writer_.get());
    out.write("x");
    out.flush();
    EXPECT_TRUE(out.failed());
    EXPECT_TRUE(out.pipe_closed());
}

TEST(StandardOutput, AFullDeviceIsAnErrorThatStays) {
    const Result<os::UniqueFd> full = os::open_fd("/dev/full", O_WRONLY);
    ASSERT_TRUE(full);
    StandardOutput out(full->get());
    out.write("x");
    EXPECT_FALSE(out.failed());
    out.flush();
    ASSERT_TRUE(out.failed());
    EXPECT_FALSE(out.pipe_closed());
    EXPECT_EQ(out.error()->code(), ErrorCode::kNoSpace);
    EXPECT_NE(out.error()->message().find("standard output"), std::string::npos);
    out.write("y");
    out.flush();
    EXPECT_EQ(out.error()->code(), ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace daybook::cli
