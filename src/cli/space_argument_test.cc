#include "cli/space_argument.h"

#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

class SpaceArgumentTest : public ::testing::Test {
protected:
    SpaceArgumentTest()
        : directory_(fmt::format("{}daybook_spaces_{}", ::testing::TempDir(), ::getpid())) {
        EXPECT_TRUE(os::remove_tree(directory_).has_value());
        write("share/daybook/spaces/one.json",
              R"({"grids":[{"kind":"fixed_stop","stopPct":[0.1]}]})");
        write("bin/x", "");
    }
    ~SpaceArgumentTest() override { EXPECT_TRUE(os::remove_tree(directory_).has_value()); }

    std::string write(const std::string& name, const std::string& text) {
        const std::string path = directory_ + "/" + name;
        EXPECT_TRUE(os::make_dirs(os::parent_path(path)).has_value());
        EXPECT_TRUE(os::write_file_atomic(path, text).has_value());
        return path;
    }
    std::string shipped() const { return shipped_spaces(directory_ + "/bin"); }

    std::string directory_;
};

TEST_F(SpaceArgumentTest, ShippedSpacesAreFoundBesideTheProgram) {
    const std::string expected = os::canonical_path(directory_ + "/share/daybook/spaces");
    EXPECT_EQ(shipped(), expected);
    EXPECT_EQ(shipped_spaces(directory_ + "/build/dev/../dev"),
              directory_ + "/build/dev/../dev/../share/daybook/spaces");
}

TEST_F(SpaceArgumentTest, ANameIsAShippedSpaceAndAPathAFile) {
    const auto named = read_space("one", shipped()).value();
    EXPECT_EQ(named.name, "one");
    EXPECT_EQ(named.policies.size(), 1u);
    const auto file = read_space(directory_ + "/share/daybook/spaces/one.json", "").value();
    EXPECT_EQ(file, named);
}

TEST_F(SpaceArgumentTest, AnUnknownNameIsRefusedWithThoseThereAre) {
    EXPECT_EQ(read_space("two", shipped()).error().message(),
              "--space: found 'two', expected a file (with a slash or ending in .json), or one of "
              "one in " +
                  shipped());
}

TEST_F(SpaceArgumentTest, AWrongFileIsNamed) {
    const std::string path = write("bad.json", "{}");
    EXPECT_EQ(
        read_space(path, "").error().message(),
        "--space " + path + ": space: at /grids: missing, expected a list of at least one grid");
    EXPECT_EQ(read_space(directory_ + "/no.json", "").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::cli
