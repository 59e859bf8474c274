#include "log/fork_guard.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "log/test_support.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

using Ids = std::vector<std::string>;

// Runs `body` in a child and returns its exit code; the child destroys nothing and runs no
// handlers.
template <typename Body>
pid_t start_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);  // A child that hangs is a failure and not the end of all tests.
        ::_exit(body());
    }
    return child;
}
int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
template <typename Body>
int in_child(Body body) {
    return wait_for(start_child(body));
}

class ForkTest : public LogTest {
protected:
    bool is_held(std::uint32_t number) {
        const std::string path = layout_.part_path(part_of_today(number));
        const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
        return os::is_locked(fd.get(), path).value();
    }
    bool accepts(Writer& writer, const std::string& id,
                 Durability durability = Durability::kProcess) {
        return append_all(writer, {{.id = id}}, durability).accepted == 1;
    }
};

TEST_F(ForkTest, TheGenerationGrowsInChildrenOnly) {
    {
        const auto guard = lock_lane_list();
    }  // The handlers come with the first lane.
    const std::uint64_t before = fork_generation();
    EXPECT_EQ(in_child([&] {
                  if (fork_generation() != before + 1) return 1;
                  return in_child([&] { return fork_generation() == before + 2 ? 0 : 1; });
              }),
              0);
    EXPECT_EQ(fork_generation(), before);
}

TEST_F(ForkTest, AChildClosesItsCopiesBeforeItRuns) {
    const auto writer = open_writer();
    append(*writer, "a");
    const std::string path = layout_.part_path(part_of_today(1));
    const os::FileIdentity part = os::file_info(path).value()->identity;
    EXPECT_EQ(in_child([&] {
                  for (int fd = 0; fd < 1024; ++fd) {
                      const auto info = os::file_info(fd, "descriptor");
                      if (info && info->identity == part) return 1;
                  }
                  return 0;
              }),
              0);
    EXPECT_TRUE(is_held(1));
}

TEST_F(ForkTest, ParentAndChildWriteToDifferentParts) {
    const auto writer = open_writer();
    append(*writer, "a");
    EXPECT_EQ(in_child([&] { return accepts(*writer, "child") ? 0 : 1; }), 0);
    append(*writer, "b");
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "child"}));
    EXPECT_EQ(parts().size(), 2U);
    expect_sound();
}

TEST_F(ForkTest, TheChildsEndDoesNotDropTheParentsLock) {
    const auto writer = open_writer();
    append(*writer, "a");
    EXPECT_EQ(in_child([] { return 0; }), 0);
    EXPECT_EQ(in_child([&] { return accepts(*writer, "child") ? 0 : 1; }), 0);
    EXPECT_TRUE(is_held(1));
    append(*open_writer(), "other");
    append(*writer, "b");
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "child", "other"}));
    expect_sound();
}

TEST_F(ForkTest, AChildThatNeverWritesMayDestroyTheWriter) {
    auto writer = open_writer();
    append(*writer, "a");
    append(*writer, "buffered", Durability::kBuffered);
    EXPECT_EQ(in_child([&] {
                  writer.reset();
                  return 0;
              }),
              0);
    EXPECT_TRUE(is_held(1));
    writer.reset();
    EXPECT_EQ(read_ids(), (Ids{"a", "buffered"}));  // Once, by the parent.
}

TEST_F(ForkTest, TheParentsEndFreesItsPartWhileTheChildLives) {
    auto writer = open_writer();
    append(*writer, "a");
    std::array<int, 2> runs{};
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(runs.data()), 0);
    ASSERT_EQ(::pipe(ends.data()), 0);
    char byte = 0;
    const pid_t child = start_child([&] {
        ::close(ends[1]);
        (void)!::write(runs[1], "r", 1);
        return static_cast<int>(::read(ends[0], &byte, 1));
    });
    ASSERT_EQ(::read(runs[0], &byte, 1), 1);
    writer.reset();
    EXPECT_FALSE(is_held(1));
    append(*open_writer(), "b");
    EXPECT_EQ(parts().size(), 1U);
    ::close(ends[1]);
    EXPECT_EQ(wait_for(child), 0);
    for (const int fd : {runs[0], runs[1], ends[0]}) ::close(fd);
}

TEST_F(ForkTest, WhatTheParentBufferedIsNotWrittenTwice) {
    const auto writer = open_writer();
    append(*writer, "a", Durability::kBuffered);
    EXPECT_EQ(in_child([&] {
                  return accepts(*writer, "child", Durability::kBuffered) && writer->flush() ? 0
                                                                                             : 1;
              }),
              0);
    EXPECT_TRUE(writer->flush());
    Ids ids = read_ids();
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, (Ids{"a", "child"}));
}

TEST_F(ForkTest, EveryGenerationHasPartsOfItsOwn) {
    const auto writer = open_writer();
    append(*writer, "0");
    EXPECT_EQ(in_child([&] {
                  if (!accepts(*writer, "1")) return 1;
                  return in_child([&] {
                      if (!accepts(*writer, "2")) return 2;
                      return in_child([&] { return accepts(*writer, "3") ? 0 : 3; });
                  });
              }),
              0);
    append(*writer, "4");
    EXPECT_EQ(read_ids(), (Ids{"0", "4", "1", "2", "3"}));
    expect_sound();
}

TEST_F(ForkTest, AGrandchildWhoseParentNeverWroteBeginsAnewToo) {
    const auto writer = open_writer();
    append(*writer, "0");
    EXPECT_EQ(in_child([&] { return in_child([&] { return accepts(*writer, "2") ? 0 : 2; }); }), 0);
    expect_sound();
    EXPECT_EQ(read_ids(), (Ids{"0", "2"}));
}

TEST_F(ForkTest, TheChildsThreadsShareItsNewBeginning) {
    const auto writer = open_writer();
    append(*writer, "parent");
    EXPECT_EQ(in_child([&] {
                  std::atomic<int> accepted{0};
                  std::vector<std::thread> threads;
                  for (int t = 0; t < 4; ++t) {
                      threads.emplace_back([&] {
                          std::string text = draft_text("child");
                          TimeStamper stamper;
                          const Draft draft{.text = std::span(text), .timestamp = std::nullopt};
                          if (writer->append({&draft, 1}, Durability::kProcess, stamper).accepted) {
                              ++accepted;
                          }
                      });
                  }
                  for (std::thread& thread : threads) thread.join();
                  return accepted == 4 ? 0 : 1;
              }),
              0);
    EXPECT_EQ(parts().size(), 2U);
    EXPECT_EQ(read_ids(), (Ids{"parent", "child", "child", "child", "child"}));
    expect_sound();
}

// Forks that meet every state of a busy writer: its mutex taken, its background thread in a sync,
// lanes being opened and closed.
TEST_F(ForkTest, ForkingAProcessOfManyThreadsLosesNothing) {
    constexpr int kThreads = 3;
    constexpr int kForks = 60;
    const auto writer = Writer::open(layout_, {}).value();
    std::atomic<bool> stop{false};
    std::atomic<int> accepted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            TimeStamper stamper;
            for (int i = 0; !stop; ++i) {
                std::string text = draft_text("parent");
                // Many days: lanes come and go.
                const TimestampMs time = kNoon + -(kDayMs * ((i + t) % 12));
                const Draft draft{.text = std::span(text), .timestamp = time};
                const Durability durability =
                    i % 16 == 0 ? Durability::kPower : Durability::kProcess;
                if (writer->append({&draft, 1}, durability, stamper).accepted == 1) ++accepted;
            }
        });
    }
    int failed = 0;
    for (int i = 0; i < kForks; ++i) {
        failed += in_child([&] {
            for (int n = 0; n < 3; ++n) {
                if (!accepts(*writer, "child")) return 1;
            }
            return 0;
        });
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    const Ids ids = read_ids();
    EXPECT_EQ(std::count(ids.begin(), ids.end(), "parent"), accepted);
    EXPECT_EQ(std::count(ids.begin(), ids.end(), "child"), 3 * kForks);
    expect_sound();
}

TEST_F(ForkTest, AProcessHasALimitOfLanesAndSaysSo) {
    struct rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit enough = {.rlim_cur = before.rlim_max, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &enough), 0);
    std::vector<int> lanes;
    std::optional<ErrorCode> error;
    {
        const auto guard = lock_lane_list();
        while (!error && lanes.size() < 5000) {
            const Result<int> fd = register_lane(os::open_fd("/dev/null", O_RDWR).value());
            if (fd) {
                lanes.push_back(*fd);
            } else {
                error = fd.error().code();
            }
        }
    }
    EXPECT_EQ(error, ErrorCode::kLimit);
    EXPECT_EQ(lanes.size(), 1024U);
    for (const int fd : lanes) close_lane(fd, fork_generation());
    EXPECT_EQ(append(*open_writer(), "a"), std::nullopt);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace daybook::log
