// A disk that is really full.
//
// Where the machine allows it, the disk is a small tmpfs in a mount namespace of the test's own;
// else it is a file size limit.  The test prints which.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crash/inventory.h"
#include "log/writer.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kDiskBytes = std::uint64_t{1} << 20;

bool mount_small_disk(const std::string& directory) {
    const bool own_namespace =
        ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (!own_namespace) return false;
    // What is mounted here must not reach the rest of the machine.
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    const std::string options = fmt::format("size={}", kDiskBytes);
    return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

// Appends event after event and notes what was acknowledged.
class Appender {
public:
    explicit Appender(const std::string& directory)
        : writer_(log::Writer::open(log::Layout(directory)).value()) {}

    std::optional<ErrorCode> append() {
        const std::uint32_t number = next_++;
        std::string text =
            fmt::format(R"({{"event_type":"trial.recorded","trial_id":"x-{}","padding":"{}")",
                        number, std::string(next_ % 700, 'p'));
        const log::Draft draft{.text = std::span(text), .timestamp = std::nullopt};
        NoStamp stamper;
        log::AppendOutcome outcome = writer_->append({&draft, 1}, Durability::kProcess, stamper);
        if (outcome.accepted == 1) acknowledged_.push_back(number);
        if (!outcome.error) return std::nullopt;
        return outcome.error->code();
    }
    const std::vector<std::uint32_t>& acknowledged() const { return acknowledged_; }

private:
    std::unique_ptr<log::Writer> writer_;
    std::uint32_t next_ = 0;
    std::vector<std::uint32_t> acknowledged_;
};

void expect_all_there(const std::string& directory, const Appender& appender) {
    const Inventory inventory = take_inventory(log::Layout(directory));
    EXPECT_EQ(inventory.problems, std::vector<std::string>{});
    EXPECT_EQ(inventory.torn, 0);
    EXPECT_EQ(inventory.events(), appender.acknowledged().size());
    for (const std::uint32_t number : appender.acknowledged()) {
        EXPECT_EQ(inventory.count("x", number), 1) << number;
    }
}

// Fills the disk, makes room, and so on; `make_room` gives back what it took.
void fill_and_recover(const std::string& directory, const std::function<void()>& make_room) {
    Appender appender(directory);
    std::optional<ErrorCode> refused;
    while (!refused) {
        refused = appender.append();
        ASSERT_LT(appender.acknowledged().size(), kDiskBytes);
    }
    EXPECT_EQ(refused, ErrorCode::kNoSpace);
    for (int i = 0; i < 50; ++i) (void)appender.append();  // It may fit by chance, or not.
    expect_all_there(directory, appender);

    make_room();
    const std::size_t before = appender.acknowledged().size();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(appender.append(), std::nullopt);
    EXPECT_EQ(appender.acknowledged().size(), before + 100);
    expect_all_there(directory, appender);
    EXPECT_LE(take_inventory(log::Layout(directory)).parts, 2);
}

int on_small_disk(const std::string& directory) {
    const std::string filler = directory + "/filler";
    const os::UniqueFd fd = os::open_fd(filler, O_WRONLY | O_CREAT).value();
    EXPECT_FALSE(os::write_all(fd.get(), std::string(kDiskBytes / 2, 'f'), filler).error);
    fill_and_recover(directory,
                     [&] { EXPECT_TRUE(os::truncate(fd.get(), ByteOffset(0), filler)); });
    return ::testing::Test::HasFailure() ? 1 : 0;
}

int below_size_limit(const std::string& directory) {
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit before{};
    if (::getrlimit(RLIMIT_FSIZE, &before) != 0) return 2;
    const struct rlimit small = {.rlim_cur = kDiskBytes / 4, .rlim_max = before.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 2;
    fill_and_recover(directory, [&] { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0); });
    return ::testing::Test::HasFailure() ? 1 : 0;
}

// In a child: neither a mount nor a limit may outlive the test.
template <typename Body>
int in_child(Body body) {
    std::cout.flush();
    const pid_t child = ::fork();
    if (child == 0) {
        const int code = body();
        std::cout.flush();
        ::_exit(code);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(FullDisk, KeepsWhatWasAcknowledgedAndGoesOnWhenThereIsRoom) {
    const TempDir dir;
    EXPECT_EQ(in_child([&] {
                  if (mount_small_disk(dir.path())) {
                      std::cout << "the disk is a tmpfs of " << kDiskBytes << " bytes\n";
                      return on_small_disk(dir.path());
                  }
                  std::cout << "no file system can be mounted here: a file size limit instead\n";
                  return below_size_limit(dir.path());
              }),
              0);
}

TEST(FullDisk, AFileSizeLimitIsTheSame) {
    const TempDir dir;
    EXPECT_EQ(in_child([&] { return below_size_limit(dir.path()); }), 0);
}

}  // namespace
}  // namespace daybook::testing
