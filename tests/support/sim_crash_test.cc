#include "support/sim_crash.h"

#include <fcntl.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/sim_fs.h"

namespace daybook::testing {
namespace {

// All files, by path.
using Picture = std::map<std::string, std::string>;

void look(const SimTree& tree, InodeNumber directory, const std::string& path, Picture& picture) {
    for (const auto& [name, number] : tree.inode(directory).entries) {
        const std::string below = path.empty() ? name : path + '/' + name;
        if (tree.inode(number).is_directory) {
            picture[below] = "directory";
            look(tree, number, below, picture);
            continue;
        }
        const SimBytes& bytes = tree.inode(number).bytes();
        std::string content(bytes.size(), '\0');
        (void)bytes.read(0, content.data(), content.size());
        picture[below] = content;
    }
}

class CrashTest : public ::testing::Test {
protected:
    static os::UniqueFd open(const std::string& path, int flags = O_RDWR | O_APPEND | O_CREAT) {
        return os::open_fd(path, flags).value();
    }
    static void write(const os::UniqueFd& fd, std::string_view text) {
        ASSERT_FALSE(os::write_all(fd.get(), text, "a").error);
    }
    // A file whose name is durable.
    os::UniqueFd begin_file() {
        os::UniqueFd fd = open("/sim/a");
        EXPECT_TRUE(os::sync_dir("/sim"));
        return fd;
    }
    // All that a power cut may leave.
    std::set<Picture> pictures() const {
        const CrashSpace space(fs_.tree());
        std::set<Picture> all;
        for (std::uint64_t i = 0; i < space.count(); ++i) {
            Picture picture;
            look(space.apply(space.nth(i)), kRootInode, "", picture);
            all.insert(picture);
        }
        return all;
    }
    // The same of the one file `a`; nullopt: it is not there.
    std::set<std::optional<std::string>> contents() const {
        std::set<std::optional<std::string>> all;
        for (const Picture& picture : pictures()) {
            const auto found = picture.find("a");
            if (found == picture.end()) {
                all.insert(std::nullopt);
            } else {
                all.insert(found->second);
            }
        }
        return all;
    }

    SimFs fs_;
    ScopedSimFs in_force_{fs_};
};

TEST_F(CrashTest, ASyncedFileOfANameThatIsNotDurableMayBeGone) {
    const os::UniqueFd fd = open("/sim/a");
    write(fd, "one\n");
    ASSERT_TRUE(os::sync_data(fd.get(), "a"));
    EXPECT_EQ(pictures(), (std::set<Picture>{{}, {{"a", "one\n"}}}));
    ASSERT_TRUE(os::sync_dir("/sim"));
    EXPECT_EQ(pictures(), (std::set<Picture>{{{"a", "one\n"}}}));
}

TEST_F(CrashTest, BytesThatAreNotSyncedMayBeThereMissingCutOrNul) {
    const os::UniqueFd fd = begin_file();
    write(fd, "one\n");
    ASSERT_TRUE(os::sync_data(fd.get(), "a"));
    write(fd, "two\n");
    write(fd, "six\n");
    const std::string nuls4(4, '\0');
    EXPECT_EQ(contents(), (std::set<std::optional<std::string>>{
                              "one\n", "one\ntwo\n", "one\ntwo\nsix\n", "one\n" + nuls4,
                              "one\n" + nuls4 + nuls4, "one\ntwo\n" + nuls4}));
}

TEST_F(CrashTest, EachSectorIsTornForItself) {
    const os::UniqueFd fd = begin_file();
    const std::string a(kSectorBytes, 'a');
    const std::string b(kSectorBytes, 'b');
    const std::string nuls(kSectorBytes, '\0');
    write(fd, a + b);
    const auto all = contents();
    EXPECT_TRUE(all.contains(a + nuls));
    EXPECT_TRUE(all.contains(nuls + b));
    // Old, stale or new, of two sectors; and the empty file.
    EXPECT_EQ(all.size(), 3U * 3U + 1U);
}

TEST_F(CrashTest, ACutThatIsNotSyncedMayBeUndone) {
    const os::UniqueFd fd = begin_file();
    write(fd, "one\ntwo");
    ASSERT_TRUE(os::sync_data(fd.get(), "a"));
    ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(4), "a"));
    const std::string nuls(3, '\0');
    EXPECT_EQ(contents(),
              (std::set<std::optional<std::string>>{"one\ntwo", "one\n", "one\n" + nuls}));
}

TEST_F(CrashTest, ARenameIsDurableByTheDirectoryAloneAndLosesNothing) {
    const os::UniqueFd old = begin_file();
    write(old, "old");
    ASSERT_TRUE(os::sync_data(old.get(), "a"));
    const os::UniqueFd fd = open("/sim/b");
    write(fd, "new");
    ASSERT_TRUE(os::sync_data(fd.get(), "b"));
    ASSERT_TRUE(os::sync_dir("/sim"));
    ASSERT_TRUE(os::rename("/sim/b", "/sim/a"));
    EXPECT_EQ(pictures(),
              (std::set<Picture>{
                  {{"a", "old"}, {"b", "new"}}, {{"a", "new"}, {"b", "new"}}, {{"a", "new"}}}));
    ASSERT_TRUE(os::sync_dir("/sim"));
    EXPECT_EQ(pictures(), (std::set<Picture>{{{"a", "new"}}}));
}

TEST_F(CrashTest, ARenameBeforeTheSyncMayGiveTheNewNameToNothing) {
    const os::UniqueFd fd = open("/sim/b");
    write(fd, "new");
    ASSERT_TRUE(os::rename("/sim/b", "/sim/a"));
    ASSERT_TRUE(os::sync_dir("/sim"));
    EXPECT_TRUE(contents().contains(""));
    EXPECT_TRUE(contents().contains(std::string(3, '\0')));
}

TEST_F(CrashTest, WithADirectoryAllBelowIsLost) {
    ASSERT_TRUE(os::make_dirs("/sim/d/e"));
    const os::UniqueFd fd = open("/sim/d/e/a");
    ASSERT_TRUE(os::sync_data(fd.get(), "a"));
    ASSERT_TRUE(os::sync_dir("/sim/d/e"));
    ASSERT_TRUE(os::sync_dir("/sim/d"));
    EXPECT_EQ(pictures(),
              (std::set<Picture>{{}, {{"d", "directory"}, {"d/e", "directory"}, {"d/e/a", ""}}}));
}

TEST_F(CrashTest, AfterAFailedSyncOnlySectorsWrittenAnewBecomeDurable) {
    const os::UniqueFd fd = begin_file();
    const std::string first(kSectorBytes, 'a');
    const std::string nuls(kSectorBytes, '\0');
    fs_.fail(os::Call::kFdatasync, 1, EIO);
    write(fd, first);
    EXPECT_FALSE(os::sync_data(fd.get(), "a"));
    EXPECT_TRUE(os::sync_data(fd.get(), "a"));
    EXPECT_TRUE(contents().contains(nuls));
    write(fd, "new");
    EXPECT_TRUE(os::sync_data(fd.get(), "a"));
    const auto left = contents();
    EXPECT_TRUE(left.contains(nuls + "new"));
    EXPECT_TRUE(left.contains(first + "new"));
    EXPECT_FALSE(left.contains(first));
    EXPECT_EQ(os::read_file("/sim/a", 1000).value(), first + "new") << "while the machine is up";
}

TEST_F(CrashTest, ADeathOfTheProcessesLosesNothingButTheirLocks) {
    const os::UniqueFd fd = open("/sim/a");
    write(fd, "one\n");
    SimFs after(fs_.tree());
    Picture picture;
    look(after.tree(), kRootInode, "", picture);
    EXPECT_EQ(picture, (Picture{{"a", "one\n"}}));
}

TEST_F(CrashTest, DrawnChoicesAreAmongThoseThatCanBeCounted) {
    const os::UniqueFd fd = open("/sim/a");
    write(fd, "one\n");
    write(fd, std::string(600, 'x'));
    const CrashSpace space(fs_.tree());
    std::set<CrashSpace::Choice> all;
    for (std::uint64_t i = 0; i < space.count(); ++i) all.insert(space.nth(i));
    EXPECT_EQ(all.size(), space.count());
    SeededRandom random(1);
    std::set<CrashSpace::Choice> drawn;
    for (int i = 0; i < 10'000; ++i) drawn.insert(space.draw(random));
    EXPECT_EQ(drawn, all);
    EXPECT_TRUE(all.contains(space.oldest()));
    EXPECT_TRUE(all.contains(space.newest()));
}

}  // namespace
}  // namespace daybook::testing
