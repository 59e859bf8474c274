#include "os/copy.h"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/test_support.h"

namespace daybook::os {
namespace {

class CopyTest : public ::testing::Test {
protected:
    CopyTest() { EXPECT_TRUE(write_file_atomic(from_, std::string(30'000'000, 'c'))); }
    // A copy that is stopped after `pieces` of it.
    Status copy(int pieces) {
        return copy_file(from_, to_, 0600, [&pieces] { return pieces-- > 0; });
    }
    std::uint64_t copied() { return file_info(to_).value()->size.value(); }

    TempDir dir_;
    const std::string from_ = dir_ / "from";
    const std::string to_ = dir_ / "to";
};

TEST_F(CopyTest, IsStoppedBetweenTwoPiecesWhateverCopiesThem) {
    for (const int error_number : {0, EXDEV}) {
        SCOPED_TRACE(error_number);
        Faults faults;
        faults.fail(Call::kClone, 1, EOPNOTSUPP);
        if (error_number != 0) faults.fail(Call::kCopyFileRange, 1, error_number);
        const Status stopped = copy(3);
        ASSERT_FALSE(stopped);
        EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
        EXPECT_GT(copied(), 0U);
        EXPECT_LT(copied(), 30'000'000U);
    }
}

TEST_F(CopyTest, IsWholeIfNobodyStopsIt) {
    ASSERT_TRUE(copy(1'000'000));
    EXPECT_EQ(read_file(to_, 40'000'000), read_file(from_, 40'000'000));
}

}  // namespace
}  // namespace daybook::os
