#include "os/output_pump.h"

#include <poll.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

struct Ends {
    UniqueFd read;
    UniqueFd write;
};

Ends make_ends() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void put(const UniqueFd& fd, std::string_view bytes) {
    ASSERT_FALSE(write_all(fd.get(), bytes, "pipe").error);
}

// A pump whose ends the test holds.
class SmallOutputPump : public ::testing::Test {
protected:
    Ends from_ = make_ends();
    Ends to_ = make_ends();
    const WakeUp ended_ = WakeUp::make().value();
    std::string seen_;
    OutputPump pump_{std::move(from_.read), to_.write.get(),
                     [this](std::string_view bytes) { seen_ += bytes; }, ended_};
};

TEST_F(SmallOutputPump, CopiesUntilTheEnd) {
    put(from_.write, std::string("a\0b", 3));
    put(from_.write, "c");
    from_.write.reset();
    pump_.join();
    EXPECT_EQ(seen_, std::string("a\0bc", 4));
    std::string copied(16, 'x');
    copied.resize(static_cast<std::size_t>(::read(to_.read.get(), copied.data(), copied.size())));
    EXPECT_EQ(copied, seen_);
    EXPECT_FALSE(pump_.left_open());
}

TEST_F(SmallOutputPump, LeavesWhatIsStillOpenWhenTheProgramHasEnded) {
    put(from_.write, "last words");
    ended_.signal();
    pump_.join();
    EXPECT_EQ(seen_, "last words");
    EXPECT_TRUE(pump_.left_open());
}

// Whoever shares our output may have made it non-blocking.
TEST(OutputPump, WaitsForAReaderThatIsSlow) {
    Ends from = make_ends();
    Ends to = make_ends();
    ASSERT_EQ(::fcntl(to.write.get(), F_SETFL, O_NONBLOCK), 0);
    const WakeUp ended = WakeUp::make().value();
    std::size_t seen = 0;
    const std::string many(1 << 20, 'x');
    OutputPump pump(
        std::move(from.read), to.write.get(), [&](std::string_view b) { seen += b.size(); }, ended);
    std::thread program([&] {
        put(from.write, many);
        from.write.reset();
    });
    std::string buffer(4096, ' ');
    std::size_t copied = 0;
    while (copied < many.size()) {
        const ssize_t count = ::read(to.read.get(), buffer.data(), buffer.size());
        ASSERT_GT(count, 0);
        copied += static_cast<std::size_t>(count);
    }
    program.join();
    pump.join();
    EXPECT_EQ(seen, many.size());
    EXPECT_FALSE(pump.error());
}

// Reads until `size` bytes have come or there are none for 10 s.
std::size_t read_up_to(const UniqueFd& fd, std::size_t size) {
    std::string buffer(4096, ' ');
    std::size_t got = 0;
    while (got < size) {
        pollfd ready{fd.get(), POLLIN, 0};
        if (::poll(&ready, 1, 10'000) <= 0) break;
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count <= 0) break;
        got += static_cast<std::size_t>(count);
    }
    return got;
}

// The pipe of a program that has written more than its reader's pipe holds, and has ended.
Ends ends_with(std::size_t bytes) {
    Ends from = make_ends();
    EXPECT_GE(::fcntl(from.read.get(), F_SETPIPE_SZ, 1 << 20), static_cast<int>(bytes));
    put(from.write, std::string(bytes, 'x'));
    return from;
}

TEST(OutputPump, WhatTheProgramHasWrittenIsSeenAtItsEndAndReachesASlowReader) {
    constexpr std::size_t kBytes = 700'000;
    Ends from = ends_with(kBytes);
    const Ends to = make_ends();
    const WakeUp ended = WakeUp::make().value();
    std::size_t seen = 0;
    OutputPump pump(
        std::move(from.read), to.write.get(), [&](std::string_view b) { seen += b.size(); }, ended);
    ended.signal();
    pump.wait_until_read();  // nobody has read anything by now
    EXPECT_EQ(seen, kBytes);
    ::usleep(1'300'000);  // longer than children have that outlive the program
    EXPECT_EQ(read_up_to(to.read, kBytes), kBytes);
    pump.join();
    EXPECT_FALSE(pump.error());
}

TEST(OutputPump, AReaderThatStallsIsGivenUpWhereThatIsAskedFor) {
    Ends from = ends_with(700'000);
    const Ends to = make_ends();
    const WakeUp ended = WakeUp::make().value();
    OutputPump pump(std::move(from.read), to.write.get(), [](std::string_view) {}, ended);
    pump.set_patience(200);
    ended.signal();
    pump.join();
    ASSERT_TRUE(pump.error());
    EXPECT_EQ(pump.error()->code(), ErrorCode::kCancelled);
    EXPECT_NE(pump.error()->message().find("its last 634464 bytes are not taken"),
              std::string::npos)
        << pump.error()->message();
}

}  // namespace
}  // namespace daybook::os
