#include "cli/ledger_location.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

class LedgerLocationTest : public ::testing::Test {
protected:
    LedgerLocationTest()
        : root_(os::canonical_path(::testing::TempDir()) + "/daybook_location_" +
                std::to_string(::getpid())) {
        make("");
    }
    ~LedgerLocationTest() override { EXPECT_TRUE(os::remove_tree(root_)); }

    std::string at(const std::string& below) const { return root_ + "/" + below; }
    void make(const std::string& below) { ASSERT_TRUE(os::make_dirs(at(below))); }
    std::string error_of(const LedgerQuestion& question) const {
        const auto found = locate_existing_ledger(question);
        return found ? "found " + *found : found.error().message();
    }

    std::string root_;
};

TEST_F(LedgerLocationTest, TheFlagWinsOverTheEnvironmentAndThatOverWhatIsFound) {
    make("data/ledger");
    LedgerQuestion question{.flag = "/a", .environment = "/b", .working_directory = root_};
    EXPECT_EQ(locate_ledger(question).path, "/a");
    question.flag.clear();
    EXPECT_EQ(locate_ledger(question).path, "/b");
    question.environment.clear();
    EXPECT_EQ(locate_ledger(question).path, "data/ledger");
}

TEST_F(LedgerLocationTest, ALedgerIsWhatHasEventsOrAConfiguration) {
    make("other/events");
    make("ours");
    ASSERT_TRUE(os::write_file_atomic(at("ours/ledger.json"), "{}"));
    EXPECT_EQ(error_of({.flag = at("other")}), "found " + at("other"));
    EXPECT_EQ(error_of({.flag = at("ours")}), "found " + at("ours"));
}

TEST_F(LedgerLocationTest, WhoOnlyReadsIsToldWhatWasLookedForAndWhatToDo) {
    EXPECT_EQ(
        error_of({.working_directory = root_}),
        "find the ledger: there is no data/ledger in " + root_ +
            " or any directory above it: name one with --ledger DIR or DAYBOOK_LEDGER; a ledger "
            "is made by the first event that is emitted into it, see 'daybook emit --help'");
    EXPECT_EQ(error_of({.environment = at("none")}),
              "open the ledger " + at("none") +
                  " (from DAYBOOK_LEDGER): it does not exist: a ledger is made by the first event "
                  "that is emitted into it, see 'daybook emit --help'");
    make("empty");
    EXPECT_NE(error_of({.flag = at("empty")}).find("holds neither ledger.json nor events/"),
              std::string::npos);
    ASSERT_TRUE(os::write_file_atomic(at("file"), "x"));
    EXPECT_EQ(error_of({.flag = at("file")}),
              "open the ledger " + at("file") + " (from --ledger): it is no directory");
}

}  // namespace
}  // namespace daybook::cli
