#include "lifecycle/trashed_parts.h"

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::lifecycle {
namespace {

using archive::own_line;
using archive::test_part;

class TrashedPartsTest : public archive::ArchiveTest {
protected:
    void trash_and_seal(const log::PartId& part) {
        const std::string path = log::Layout(entry_).part_path(part);
        testing::expect_ok(os::make_dirs(os::parent_path(path)));
        testing::expect_ok(os::write_file_atomic(path, own_line("r1", 1)));
        const std::string seal = dir_.layout().seal_path(part);
        testing::expect_ok(os::make_dirs(os::parent_path(seal)));
        testing::expect_ok(os::write_file_atomic(seal, "{}"));
    }
    std::vector<std::string> lost() {
        std::vector<std::string> names;
        for (const LostPart& part : testing::value_of(lost_parts(dir_, entry_))) {
            names.push_back(to_string(part.part));
        }
        return names;
    }

    std::string entry_ = dir_.trash_dir() + "/20260201T000000.000Z";
};

TEST_F(TrashedPartsTest, OnlyWhatIsSealedAndNowhereElseIsLost) {
    EXPECT_TRUE(lost().empty());
    archive({put_part(test_part(1), own_line("r1", 1))});
    put_part(test_part(2), own_line("r1", 1));
    for (std::uint32_t number = 1; number <= 4; ++number) trash_and_seal(test_part(number));
    testing::expect_ok(os::remove_file(dir_.layout().seal_path(test_part(3))));
    EXPECT_EQ(lost(), std::vector<std::string>{"day=2026-01-23/part-000004"});
}

}  // namespace
}  // namespace daybook::lifecycle
