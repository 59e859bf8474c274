#include "os/move.h"

#include <cerrno>
#include <string>
#include <vector>

#include "os/test_support.h"
#include "support/outcome.h"

namespace daybook::os {
namespace {

class MoveTest : public ::testing::Test {
protected:
    MoveTest() { testing::expect_ok(write_file_atomic(from_, "bytes", 0444)); }

    std::string read(const std::string& path) {
        const auto text = read_file(path, 1000);
        return text ? *text : "(none)";
    }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const DirEntry& entry : testing::value_of(list_dir(temp_.path()))) {
            names.push_back(entry.name);
        }
        return names;
    }

    TempDir temp_;
    std::string from_ = temp_ / "from";
    std::string to_ = temp_ / "to";
};

TEST_F(MoveTest, OnOneFileSystemItIsARename) {
    EXPECT_FALSE(testing::value_of(rename_or_copy(from_, to_)));
    EXPECT_EQ(names(), std::vector<std::string>{"to"});
}

TEST_F(MoveTest, BetweenTwoItIsACopyAndTheFileStays) {
    Faults faults;
    faults.fail(Call::kRename, 1, EXDEV);
    EXPECT_TRUE(testing::value_of(rename_or_copy(from_, to_)));
    EXPECT_EQ(faults.count(Call::kFdatasync), 1);
    EXPECT_EQ(read(from_), "bytes");
    EXPECT_EQ(read(to_), "bytes");
    EXPECT_EQ(testing::value_of(file_info(to_))->mode, mode_t{0444});
}

TEST_F(MoveTest, ACopyThatFailsLeavesNothing) {
    {
        Faults faults;
        faults.fail(Call::kRename, 1, EXDEV, true);
        EXPECT_FALSE(rename_or_copy(from_, to_));
    }
    EXPECT_EQ(names(), std::vector<std::string>{"from"});
}

TEST_F(MoveTest, ADirectoryIsNotCopied) {
    const std::string directory = temp_ / "directory";
    testing::expect_ok(make_dirs(directory));
    Faults faults;
    faults.fail(Call::kRename, 1, EXDEV);
    const auto moved = rename_or_copy(directory, to_);
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace daybook::os
