#include "os/output_pump.h"

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

TEST(OutputPump, CopiesUntilTheEnd) {
    Ends from = make_ends();
    const Ends to = make_ends();
    const WakeUp ended = WakeUp::make().value();
    std::string seen;
    OutputPump pump(
        std::move(from.read), to.write.get(), [&](std::string_view b) { seen += b; }, ended);
    put(from.write, std::string("a\0b", 3));
    put(from.write, "c");
    from.write.reset();
    pump.join();
    EXPECT_EQ(seen, std::string("a\0bc", 4));
    std::string copied(16, 'x');
    copied.resize(static_cast<std::size_t>(::read(to.read.get(), copied.data(), copied.size())));
    EXPECT_EQ(copied, seen);
    EXPECT_FALSE(pump.left_open());
}

TEST(OutputPump, LeavesWhatIsStillOpenWhenTheProgramHasEnded) {
    Ends from = make_ends();
    const Ends to = make_ends();
    const WakeUp ended = WakeUp::make().value();
    std::string seen;
    OutputPump pump(
        std::move(from.read), to.write.get(), [&](std::string_view b) { seen += b; }, ended);
    put(from.write, "last words");
    ended.signal();
    pump.join();
    EXPECT_EQ(seen, "last words");
    EXPECT_TRUE(pump.left_open());
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

}  // namespace
}  // namespace daybook::os
