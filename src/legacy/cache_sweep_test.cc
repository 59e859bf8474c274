#include "legacy/cache_sweep.h"

#include <gtest/gtest.h>

#include "duck/test_support.h"
#include "legacy/cache.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

class CacheSweepTest : public ::testing::Test {
protected:
    void make(const std::string& name) {
        must(os::make_dirs(folder_ + name));
        must(os::write_file_atomic(folder_ + name + "/incoming.duckdb", "x"));
    }
    std::vector<std::string> sweep_after(std::int64_t minutes) {
        const ManualClock clock{system_clock().now() + minutes * 60'000};
        must(sweep_caches(dir_, {Source{.name = "lab"}}, clock));
        std::vector<std::string> left;
        for (const os::DirEntry& entry : must(os::list_dir(folder_))) left.push_back(entry.name);
        return left;
    }

    testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "ledger"};
    const std::string folder_ = dir_.index_dir() + "/legacy/";
};

TEST_F(CacheSweepTest, WhatNobodyHasBeenAboutForAnHourGoes) {
    for (const char* name : {"lab", "gone", ".import"}) make(name);
    EXPECT_EQ(sweep_after(59), (std::vector<std::string>{".import", "gone", "lab"}));
    EXPECT_EQ(sweep_after(61), std::vector<std::string>{"lab"});
}

TEST_F(CacheSweepTest, WhatIsOnItsWayOutGoesAtOnce) {
    make("lab");
    must(os::rename(folder_ + "lab", removed_cache_path(folder_ + "lab")));
    EXPECT_EQ(sweep_after(0), std::vector<std::string>());
}

TEST_F(CacheSweepTest, WhatSomebodyIsAboutStays) {
    for (const char* name : {"new", ".import"}) make(name);
    const auto attaching = must(os::LockFile::acquire(folder_ + "new/lock", 0));
    const auto importing = must(os::LockFile::acquire(dir_.legacy_lock_path(), 0));
    EXPECT_EQ(sweep_after(61), (std::vector<std::string>{".import", "new"}));
}

TEST_F(CacheSweepTest, WithoutAnyThereIsNothingToDo) {
    must(sweep_caches(dir_, {}, system_clock()));
}

}  // namespace
}  // namespace daybook::legacy
