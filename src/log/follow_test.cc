#include "log/follow.h"

#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::log {
namespace {

class FollowTest : public LogTest {
protected:
    using Ids = std::vector<std::string>;

    Follower follow(Follower::Start start = Follower::Start::kBeginning) {
        return Follower::open(layout_, start).value();
    }
    // What a poll gives, stopping after `count_max` lines.
    static Ids poll(Follower& follower, std::size_t count_max = 1000) {
        Ids ids;
        const Status status = follower.poll([&](const PartId&, const Line& line) {
            ids.push_back(id_of(line.body));
            return ids.size() < count_max;
        });
        EXPECT_TRUE(status);
        return ids;
    }
};

TEST_F(FollowTest, EveryLineComesOnce) {
    Follower follower = follow();
    EXPECT_EQ(poll(follower), Ids{});
    put_part(1, whole_line("a", 1));
    EXPECT_EQ(poll(follower), Ids{"a"});
    EXPECT_EQ(poll(follower), Ids{});
    put_part(2, whole_line("b", 1));
    put_part(1, whole_line("a", 1) + whole_line("c", 2));
    EXPECT_EQ(poll(follower), (Ids{"c", "b"}));
    EXPECT_EQ(poll(follower), Ids{});
}

TEST_F(FollowTest, FromTheEndOnlyNewLinesComeEvenThoseBegunBefore) {
    const std::string before = whole_line("a", 1);
    const std::string torn = whole_line("b", 2);
    for (std::size_t cut = 0; cut < torn.size(); ++cut) {
        put_part(1, before + torn.substr(0, cut));
        Follower follower = follow(Follower::Start::kEnd);
        put_part(1, before + torn);
        ASSERT_EQ(poll(follower), Ids{"b"}) << cut;
    }
}

TEST_F(FollowTest, TheEndIsFoundBehindAnUnfinishedLineOfAnyLength) {
    for (const std::size_t bytes : {65'535U, 65'536U, 65'537U, 200'000U}) {
        const std::string part = whole_line("a", 1) + whole_line("b", 2, 0, bytes);
        put_part(1, std::string_view(part).substr(0, part.size() - 1));
        Follower follower = follow(Follower::Start::kEnd);
        put_part(1, part);
        ASSERT_EQ(poll(follower), Ids{"b"}) << bytes;
    }
}

TEST_F(FollowTest, TheEndOfAPartWithoutAWholeLineIsItsBeginning) {
    put_part(1, "{\"begun");
    Follower follower = follow(Follower::Start::kEnd);
    put_part(1, whole_line("a", 1));
    EXPECT_EQ(poll(follower), Ids{"a"});
}

TEST_F(FollowTest, AnUnfinishedLineThatIsReplacedLeavesNoTrace) {
    const std::string first = whole_line("a", 1);
    put_part(1, first + "{\"torn");
    Follower follower = follow();
    EXPECT_EQ(poll(follower), Ids{"a"});
    put_part(1, first + whole_line("b", 2));
    EXPECT_EQ(poll(follower), Ids{"b"});
}

TEST_F(FollowTest, StoppingEarlyLosesNothing) {
    put_part(1, whole_line("a", 1) + whole_line("b", 2));
    put_part(2, whole_line("c", 1));
    Follower follower = follow();
    EXPECT_EQ(poll(follower, 1), Ids{"a"});
    EXPECT_EQ(poll(follower, 1), Ids{"b"});
    EXPECT_EQ(poll(follower, 1), Ids{"c"});
    EXPECT_EQ(poll(follower, 1), Ids{});
}

TEST_F(FollowTest, APartThatGoesAwayIsNoError) {
    put_part(1, whole_line("a", 1));
    put_part(2, whole_line("b", 1));
    Follower follower = follow();
    EXPECT_EQ(poll(follower), (Ids{"a", "b"}));
    ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(1))));
    put_part(2, whole_line("b", 1) + whole_line("c", 2));
    EXPECT_EQ(poll(follower), Ids{"c"});
}

// What goes between the listing and the opening is passed over; what cannot be read is an error.
TEST_F(FollowTest, APartThatGoesAfterItWasListedIsPassedOver) {
    put_part(1, whole_line("a", 1));
    os::Faults faults;
    all_parts();
    const int listing = faults.count(os::Call::kOpen);

    faults.fail(os::Call::kOpen, listing + 1, ENOENT);
    Follower from_end = follow(Follower::Start::kEnd);
    EXPECT_EQ(poll(from_end), Ids{"a"});
    Follower follower = follow();
    faults.fail(os::Call::kOpen, listing + 1, ENOENT);
    EXPECT_EQ(poll(follower), Ids{});
    EXPECT_EQ(poll(follower), Ids{"a"});
}

TEST_F(FollowTest, APartThatCannotBeReadIsAnErrorAndNotPassedOver) {
    put_part(1, whole_line("a", 1));
    os::Faults faults;
    all_parts();
    const int listing = faults.count(os::Call::kOpen);

    faults.fail(os::Call::kOpen, listing + 1, EIO);
    EXPECT_EQ(Follower::open(layout_, Follower::Start::kEnd).error().code(), ErrorCode::kIo);
    Follower follower = follow();
    faults.fail(os::Call::kOpen, listing + 1, EIO);
    const auto nothing = [](const PartId&, const Line&) { return true; };
    EXPECT_EQ(follower.poll(nothing).error().code(), ErrorCode::kIo);
    EXPECT_EQ(poll(follower), Ids{"a"});
}

TEST_F(FollowTest, ALedgerMayHaveMorePartsThanAProcessOpenFiles) {
    struct rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    for (std::uint32_t number = 1; number <= 60; ++number) put_part(number, whole_line("a", 1));
    const struct rlimit few = {.rlim_cur = 40, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    Follower follower = follow();
    const std::size_t count = poll(follower).size();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(count, 60U);
}

}  // namespace
}  // namespace daybook::log
