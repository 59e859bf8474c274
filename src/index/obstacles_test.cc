#include "index/obstacles.h"

#include <fstream>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

class ObstaclesTest : public ::testing::Test {
protected:
    std::vector<std::string> clear() { return clear_the_way(layout_).value(); }
    std::vector<os::DirEntry> quarantine() { return *os::list_dir(layout_.quarantine_dir()); }
    static void put_file(const std::string& path) {
        ASSERT_TRUE(os::make_dirs(os::parent_path(path)));
        std::ofstream(path) << "mine";
    }

    testing::TempDir dir_;
    IndexLayout layout_{dir_.path()};
};

TEST_F(ObstaclesTest, NothingIsTouchedWhereNothingIsInTheWay) {
    EXPECT_EQ(clear(), std::vector<std::string>());
    ASSERT_TRUE(os::make_dirs(layout_.spill_dir()));
    put_file(layout_.snapshot_path());
    put_file(layout_.work_path());
    put_file(layout_.lock_path());
    EXPECT_EQ(clear(), std::vector<std::string>());
    EXPECT_FALSE(*os::exists(layout_.quarantine_dir()));
}

TEST_F(ObstaclesTest, AFileInThePlaceOfADirectoryIsMovedAway) {
    for (const std::string& path : {layout_.index_dir(), layout_.work_dir(), layout_.spill_dir()}) {
        put_file(path);
        const std::vector<std::string> notes = clear();
        ASSERT_EQ(notes.size(), 1U);
        EXPECT_NE(notes[0].find("it was a file, and a directory belongs there"), std::string::npos);
        EXPECT_FALSE(*os::exists(path));
    }
    EXPECT_EQ(quarantine().size(), 3U);
    const std::string kept = layout_.quarantine_dir() + "/" + quarantine().at(0).name;
    EXPECT_EQ(*os::read_file(kept, 100), "mine");
}

TEST_F(ObstaclesTest, ADirectoryInThePlaceOfAFileIsMovedAwayWithWhatIsInIt) {
    for (const std::string& path :
         {layout_.lock_path(), layout_.snapshot_path(), layout_.work_path()}) {
        put_file(path + "/inner");
    }
    EXPECT_EQ(clear().size(), 3U);
    ASSERT_EQ(quarantine().size(), 3U);
    for (const os::DirEntry& entry : quarantine()) {
        EXPECT_TRUE(*os::exists(layout_.quarantine_dir() + "/" + entry.name + "/inner"));
    }
}

TEST_F(ObstaclesTest, WhatHasBeenSetAsideBeforeIsNotReplaced) {
    for (int i = 1; i <= 20; ++i) {
        put_file(dir_ / "x");
        ASSERT_TRUE(set_aside(layout_, dir_ / "x"));
        ASSERT_EQ(quarantine().size(), static_cast<std::size_t>(i));
    }
}

}  // namespace
}  // namespace daybook::index
