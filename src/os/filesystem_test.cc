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
    "broken line\n"
    "36 25 0:33 / /x rw\n";

TEST(Filesystem, ADisksIsTrusted) {
    const FilesystemTraits traits = traits_from_mountinfo(kMounts, 8, 1);
    EXPECT_EQ(traits.type, "ext4");
    EXPECT_FALSE(traits.network);
    EXPECT_EQ(traits.not_durable, "");
}

TEST(Filesystem, ANetworksIsTold) {
    EXPECT_TRUE(traits_from_mountinfo(kMounts, 0, 28).network);
    EXPECT_TRUE(traits_from_mountinfo(kMounts, 0, 31).network);
}

TEST(Filesystem, OneInMemoryDoesNotSurvivePowerLoss) {
    EXPECT_EQ(traits_from_mountinfo(kMounts, 0, 27).not_durable, "tmpfs keeps files in memory");
    EXPECT_EQ(traits_from_mountinfo(kMounts, 0, 32).not_durable, "ramfs keeps files in memory");
}

TEST(Filesystem, AnOverlayThatDropsSyncsIsToldByItsOptionAndNotByAPath) {
    EXPECT_NE(traits_from_mountinfo(kMounts, 0, 29).not_durable, "");
    EXPECT_EQ(traits_from_mountinfo(kMounts, 0, 30).not_durable, "");
}

TEST(Filesystem, AMountThatIsNotListedIsUnknownAndTrusted) {
    for (const unsigned minor : {33U, 99U}) {
        const FilesystemTraits traits = traits_from_mountinfo(kMounts, 0, minor);
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
