#include "os/filesystem.h"

#include <string>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

constexpr const char* kMounts =
    "22 28 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n"
    "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
    "30 25 0:27 / /tmp rw shared:9 - tmpfs tmpfs rw,size=1024k\n"
    "31 25 0:28 / /mnt/n rw - nfs4 host:/export rw,vers=4.2\n"
    "32 25 0:29 / /o rw master:1 propagate_from:2 - overlay overlay rw,lowerdir=/l,volatile\n"
    "33 25 0:30 / /p rw - overlay overlay rw,lowerdir=/l,upperdir=/volatile\n"
    "34 25 0:31 / /s rw - fuse.sshfs host:/ rw\n"
    "35 25 0:32 / /r rw - ramfs none rw\n"
    "38 25 8:3 / /b rw - ext4 /dev/sdb1 rw,nobarrier\n"
    "39 25 8:4 / /c rw - ext3 /dev/sdb2 rw,barrier=0\n"
    "40 25 252:0 / /z rw - ext4 /dev/zram0 rw\n"
    "broken line\n"
    "36 25 0:33 / /x rw\n";

std::string problem(const char* mount_id) {
    return traits_from_mountinfo(kMounts, mount_id).not_durable;
}

TEST(Filesystem, ADisksIsTrusted) {
    const FilesystemTraits traits = traits_from_mountinfo(kMounts, "25");
    EXPECT_EQ(traits.type, "ext4");
    EXPECT_EQ(traits.source, "/dev/sda1");
    EXPECT_EQ(traits.options, "rw,relatime,rw,errors=remount-ro");
    EXPECT_FALSE(traits.network);
    EXPECT_EQ(traits.not_durable, "");
}

TEST(Filesystem, ANetworksIsTold) {
    EXPECT_TRUE(traits_from_mountinfo(kMounts, "31").network);
    EXPECT_TRUE(traits_from_mountinfo(kMounts, "34").network);
}

TEST(Filesystem, OneInMemoryDoesNotSurvivePowerLoss) {
    EXPECT_EQ(problem("30"), "tmpfs keeps files in memory");
    EXPECT_EQ(problem("35"), "ramfs keeps files in memory");
    EXPECT_EQ(problem("40"), "/dev/zram0 is a disk in memory");
}

TEST(Filesystem, AnOverlayThatDropsSyncsIsToldByItsOptionAndNotByAPath) {
    EXPECT_EQ(problem("32"), "the overlay is mounted with `volatile`, which drops syncs");
    EXPECT_EQ(problem("33"), "");
}

TEST(Filesystem, OneWithoutBarriersDoesNotSurvivePowerLoss) {
    EXPECT_EQ(problem("38"),
              "the ext4 is mounted with `nobarrier`, so that a sync does not reach the device");
    EXPECT_EQ(problem("39"),
              "the ext3 is mounted with `barrier=0`, so that a sync does not reach the device");
}

TEST(Filesystem, AMountThatIsNotListedIsUnknownAndTrusted) {
    for (const char* mount_id : {"36", "99", ""}) {
        const FilesystemTraits traits = traits_from_mountinfo(kMounts, mount_id);
        EXPECT_EQ(traits.type, "unknown");
        EXPECT_FALSE(traits.network);
        EXPECT_EQ(traits.not_durable, "");
    }
}

TEST(Filesystem, TheMachinesOwnMountsAreFound) {
    EXPECT_EQ(filesystem_traits("/dev/shm").value().type, "tmpfs");
    EXPECT_EQ(filesystem_traits("/proc").value().type, "proc");
    EXPECT_EQ(filesystem_traits("/no/such/place").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::os
