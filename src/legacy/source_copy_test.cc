#include "legacy/source_copy.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "duck/test_support.h"
#include "os/file.h"
#include "os/syscalls.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

// What happens to the file after the first piece of it has been copied.
std::function<void()>& in_mid_copy() {
    static std::function<void()> action;
    return action;
}

// While it lives, files are copied in pieces, and in_mid_copy() happens behind the first one.
class MidCopy {
public:
    explicit MidCopy(std::function<void()> action) {
        in_mid_copy() = std::move(action);
        table_.clone = [](int, int) {
            errno = EOPNOTSUPP;
            return -1;
        };
        table_.copy_file_range = [](int from, int to, std::size_t count) -> ssize_t {
            const ssize_t copied =
                os::kernel_syscalls().copy_file_range(from, to, std::min<std::size_t>(count, 4096));
            if (auto once = std::exchange(in_mid_copy(), nullptr)) once();
            return copied;
        };
        in_force_.emplace(table_);
    }

private:
    os::Syscalls table_ = os::kernel_syscalls();
    std::optional<os::ScopedSyscalls> in_force_;
};

// A process that has `path` open with DuckDB until it is destroyed.
class Holder {
public:
    Holder(const std::string& path, bool read_only) {
        int open[2];
        EXPECT_EQ(::pipe(open), 0);
        EXPECT_EQ(::pipe(end_), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(end_[1]);
            const auto database = duck::Database::open(path, {.read_only = read_only});
            char byte = database ? 'y' : 'n';
            (void)!::write(open[1], &byte, 1);
            (void)!::read(end_[0], &byte, 1);
            ::_exit(0);
        }
        ::close(end_[0]);
        char byte = 0;
        EXPECT_EQ(::read(open[0], &byte, 1), 1);
        EXPECT_EQ(byte, 'y');
        ::close(open[0]);
        ::close(open[1]);
    }
    ~Holder() { end(); }
    void end() {
        if (pid_ <= 0) return;
        ::close(end_[1]);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    pid_t pid() const { return pid_; }

private:
    int end_[2] = {-1, -1};
    pid_t pid_ = 0;
};

class SourceCopyTest : public ::testing::Test {
protected:
    // A file with 50,000 rows, of several blocks.
    void make(const std::string& path, const duck::DatabaseOptions& options = {}) {
        const duck::Database database = must(duck::Database::open(path, options));
        duck::Connection connection = must(database.connect());
        must(connection.execute(
            "CREATE TABLE t AS SELECT range i, hash(range) h FROM range(50000)"));
        must(connection.execute("CHECKPOINT"));
    }
    // The same, with three rows more that only its write-ahead log has: as its owner's death would
    // leave it.
    void make_with_wal(const std::string& path) {
        const std::string live = dir_ / "live.duckdb";
        make(live);
        const duck::Database database = must(duck::Database::open(live));
        duck::Connection connection = must(database.connect());
        must(
            connection.execute("SET wal_autocheckpoint = '1TB'; INSERT INTO t SELECT -i, 0 "
                               "FROM range(1, 4) x(i)"));
        std::filesystem::copy_file(live, path);
        std::filesystem::copy_file(live + ".wal", path + ".wal");
    }
    std::int64_t rows_of(const std::string& path) {
        const duck::Database database = must(duck::Database::open(path, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        duck::Rows rows = must(connection.query("SELECT count(*) FROM t"));
        EXPECT_TRUE(must(rows.next()));
        return rows.get_int64(0);
    }
    Result<SourceCopy> copy(int wait_ms = 0) {
        return copy_source(file_, target_, {.wait_ms = wait_ms});
    }
    void expect_refused(ErrorCode code, const std::string& words) {
        const Result<SourceCopy> copied = copy();
        ASSERT_FALSE(copied);
        EXPECT_EQ(copied.error().code(), code) << copied.error().message();
        EXPECT_NE(copied.error().message().find(words), std::string::npos)
            << copied.error().message();
        EXPECT_NE(copied.error().message().find(file_), std::string::npos);
    }

    testing::TempDir dir_;
    const std::string file_ = dir_ / "lab.duckdb";
    const std::string target_ = dir_ / "copy.duckdb";
};

TEST_F(SourceCopyTest, HasTheRowsAndTheFileIsAsItWas) {
    make(file_);
    const std::string before = source_version(file_).value();
    const SourceCopy copied = must(copy());
    EXPECT_EQ(rows_of(target_), 50'000);
    EXPECT_EQ(copied.version, before);
    EXPECT_EQ(source_version(file_), before);
    EXPECT_EQ(copied.bytes, std::filesystem::file_size(file_));
    EXPECT_FALSE(copied.had_wal);
    EXPECT_EQ(copied.sha256.size(), 64U);
    EXPECT_EQ(must(copy()).sha256, copied.sha256);
}

TEST_F(SourceCopyTest, HasWhatOnlyTheWriteAheadLogHad) {
    make_with_wal(file_);
    const std::string before = source_version(file_).value();
    const SourceCopy copied = must(copy());
    EXPECT_TRUE(copied.had_wal);
    EXPECT_EQ(rows_of(target_), 50'003);
    EXPECT_FALSE(os::exists(target_ + ".wal").value());
    EXPECT_EQ(source_version(file_), before);
    EXPECT_TRUE(os::exists(file_ + ".wal").value());
    std::filesystem::remove(file_ + ".wal");
    EXPECT_NE(source_version(file_), before);
    EXPECT_NE(must(copy()).sha256, copied.sha256);
    EXPECT_EQ(rows_of(target_), 50'000);
}

TEST_F(SourceCopyTest, FindsTheLogBehindALink) {
    make_with_wal(dir_ / "real.duckdb");
    std::filesystem::create_symlink(dir_ / "real.duckdb", file_);
    EXPECT_TRUE(must(copy()).had_wal);
    EXPECT_EQ(rows_of(target_), 50'003);
}

TEST_F(SourceCopyTest, WhatAnEarlierAttemptHasLeftIsReplaced) {
    make(file_);
    std::ofstream(target_) << std::string(9'000'000, 'x');
    std::ofstream(target_ + ".wal") << "half a log";
    must(copy());
    EXPECT_EQ(rows_of(target_), 50'000);
}

TEST_F(SourceCopyTest, AWriterIsNamedAndWaitedFor) {
    make(file_);
    Holder writer(file_, false);
    expect_refused(ErrorCode::kBusy, "pid " + std::to_string(writer.pid()) + " (");
    std::thread end([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        writer.end();
    });
    EXPECT_TRUE(copy(10'000));
    end.join();
    EXPECT_EQ(rows_of(target_), 50'000);
}

TEST_F(SourceCopyTest, AWishToStopEndsTheWaiting) {
    make(file_);
    const Holder writer(file_, false);
    const Result<SourceCopy> copied =
        copy_source(file_, target_, {.wait_ms = 60'000, .keep_on = [] { return false; }});
    EXPECT_EQ(copied.error().code(), ErrorCode::kCancelled);
}

TEST_F(SourceCopyTest, AWishToStopEndsTheCopyAndTheHash) {
    make(file_);
    for (int asked = 0;; ++asked) {
        std::atomic<int> left = asked;
        const Result<SourceCopy> copied =
            copy_source(file_, target_, {.keep_on = [&left] { return left-- > 0; }});
        if (copied) {
            EXPECT_GE(asked, 1);
            break;
        }
        EXPECT_EQ(copied.error().code(), ErrorCode::kCancelled) << copied.error().message();
    }
}

// The machine that has the file may have another time than this one, and so may who set its times.
TEST_F(SourceCopyTest, AStepOfTheFilesClockIsWaitedForWhateverTheTimesAre) {
    make(file_);
    for (const int hours : {-1, 0, 1}) {
        SCOPED_TRACE(hours);
        std::filesystem::last_write_time(
            file_, std::filesystem::file_time_type::clock::now() + std::chrono::hours(hours));
        const ManualClock clock(system_clock().now() + hours * 3'600'000);
        std::int64_t copied_ns = 0;
        const MidCopy mid_copy([&copied_ns] { copied_ns = system_clock().monotonic_ns(); });
        const std::int64_t begun_ns = system_clock().monotonic_ns();
        must(copy_source(file_, target_, {.clock = &clock}));
        EXPECT_GE(copied_ns - begun_ns, 20'000'000) << "the first piece";
    }
}

// What DuckDB 2.0 leaves that died in the middle of a checkpoint; a real one is in tests/legacy/.
TEST_F(SourceCopyTest, ASecondLogBesideTheFileIsNotPassedOver) {
    make_with_wal(dir_ / "real.duckdb");
    std::filesystem::create_symlink(dir_ / "real.duckdb", file_);
    const std::string before = source_version(file_).value();
    for (const std::string extension : {".wal.checkpoint", ".wal.recovery"}) {
        std::ofstream(dir_ / ("real.duckdb" + extension)) << "rows";
        EXPECT_NE(source_version(file_), before);
        expect_refused(ErrorCode::kBusy, "left rows in ");
        std::filesystem::remove(dir_ / ("real.duckdb" + extension));
    }
    must(copy());
    EXPECT_EQ(rows_of(target_), 50'003);
}

TEST_F(SourceCopyTest, AReaderIsNotInTheWayNorIsACopyInHis) {
    make(file_);
    const Holder reader(file_, true);
    must(copy());
    EXPECT_EQ(rows_of(target_), 50'000);
    const Holder another(file_, true);
}

TEST_F(SourceCopyTest, AChangeInMidCopyIsSeenWhateverItIs) {
    const std::pair<const char*, std::function<void()>> changes[] = {
        {"a byte written",
         [this] {
             std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
             file.seekp(20'000);
             file.put('x');
         }},
        {"grown", [this] { std::ofstream(file_, std::ios::app) << "more"; }},
        {"cut short", [this] { std::filesystem::resize_file(file_, 13'000); }},
        {"replaced by a file of the same size and times",
         [this] {
             std::filesystem::copy_file(file_, dir_ / "new");
             std::filesystem::last_write_time(dir_ / "new",
                                              std::filesystem::last_write_time(file_));
             std::filesystem::rename(dir_ / "new", file_);
         }},
        {"removed", [this] { std::filesystem::remove(file_); }},
        {"a log begun", [this] { std::ofstream(file_ + ".wal") << "log"; }},
    };
    for (const auto& [name, change] : changes) {
        SCOPED_TRACE(name);
        std::filesystem::remove(file_ + ".wal");
        std::filesystem::remove(file_);
        make(file_);
        const MidCopy mid_copy(change);
        expect_refused(ErrorCode::kBusy, "written to or replaced meanwhile");
        EXPECT_FALSE(in_mid_copy()) << "it did not happen";
    }
}

TEST_F(SourceCopyTest, IsMadeAgainWhereTheFileIsReplacedInMidCopy) {
    make(file_);
    make(dir_ / "other.duckdb");
    {
        const duck::Database database = must(duck::Database::open(dir_ / "other.duckdb"));
        must(must(database.connect()).execute("INSERT INTO t VALUES (-1, 0)"));
    }
    const MidCopy mid_copy([this] { std::filesystem::rename(dir_ / "other.duckdb", file_); });
    must(copy(10'000));
    EXPECT_EQ(rows_of(target_), 50'001);
}

TEST_F(SourceCopyTest, AFileCutShortAnywhereIsRefused) {
    make(dir_ / "whole.duckdb");
    const std::uint64_t size = std::filesystem::file_size(dir_ / "whole.duckdb");
    ASSERT_GT(size, 300'000U);
    for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12'287},
                                      std::uint64_t{12'288}, size / 2, size - 4096, size - 1}) {
        SCOPED_TRACE(bytes);
        std::filesystem::copy_file(dir_ / "whole.duckdb", file_,
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(file_, bytes);
        expect_refused(ErrorCode::kCorrupt, fmt::format("{} bytes", bytes));
    }
}

TEST_F(SourceCopyTest, WhatIsNoDuckDbFileIsRefusedAndSaysSo) {
    expect_refused(ErrorCode::kNotFound, "there is no such file");
    std::ofstream(file_) << std::string(100'000, 'x');
    expect_refused(ErrorCode::kCorrupt, "no DuckDB database");
    std::filesystem::remove(file_);
    std::filesystem::create_directory(file_);
    expect_refused(ErrorCode::kInvalidArgument, "found a directory");
    std::filesystem::remove(file_);
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    expect_refused(ErrorCode::kInvalidArgument, "found a device or pipe");
}

TEST_F(SourceCopyTest, AFileOfTheOldestStorageVersionIsCopiedAsItIs) {
    make(file_, {.storage_version = "v0.10.2"});
    must(copy());
    EXPECT_EQ(rows_of(target_), 50'000);
    EXPECT_EQ(os::read_file(target_, 100'000'000), os::read_file(file_, 100'000'000));
}

// A file of a newer storage version, by a DuckDB that writes one, is in tests/legacy/.
TEST_F(SourceCopyTest, ADamagedHeadIsDamageAndNoFailureOfTheDisk) {
    make(file_);
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('x');
    file.close();
    expect_refused(ErrorCode::kCorrupt, "Corrupt database file");
}

}  // namespace
}  // namespace daybook::legacy
