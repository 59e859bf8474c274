#include "cli/inspect_seal.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

class SealTest : public ::testing::Test {
protected:
    SealTest() : directory_(::testing::TempDir() + "daybook_seal_" + std::to_string(::getpid())) {
        EXPECT_TRUE(os::make_dirs(directory_));
        write("part-000001.jsonl", "{}\n");
    }
    ~SealTest() override { EXPECT_TRUE(os::remove_tree(directory_)); }

    void write(const std::string& name, const std::string& bytes) {
        ASSERT_TRUE(os::write_file_atomic(directory_ + "/" + name, bytes));
    }
    std::string problem_of(const std::string& seal) {
        write("part-000001.seal.json", seal);
        const auto report = examine_seal(directory_ + "/part-000001.seal.json");
        return report ? report->problem : "error: " + report.error().message();
    }
    static std::string seal_of(const std::string& part) {
        return R"({"format":1,"bytes":)" + std::to_string(part.size()) + R"(,"sha256":")" +
               sha256_hex(part) + "\"}\n";
    }

    std::string directory_;
};

TEST_F(SealTest, IsGoodIfThePartIsWhatWasSealed) { EXPECT_EQ(problem_of(seal_of("{}\n")), ""); }

TEST_F(SealTest, NamesWhatDiffers) {
    EXPECT_EQ(problem_of(seal_of("{}\n{}\n")), "the part has 3 bytes, the seal says 6");
    EXPECT_TRUE(problem_of(seal_of("[]\n")).starts_with("the part's SHA-256 is \"ca3d163b"))
        << problem_of(seal_of("[]\n"));
}

TEST_F(SealTest, APartThatHasGoneIsAProblemAndNoError) {
    ASSERT_TRUE(os::remove_file(directory_ + "/part-000001.jsonl"));
    EXPECT_EQ(problem_of(seal_of("{}\n")), "there is no " + directory_ + "/part-000001.jsonl");
}

TEST_F(SealTest, AnotherFormatOrAnotherFileIsAnError) {
    EXPECT_NE(problem_of("{\"format\":2}").find("this version knows format 1"), std::string::npos);
    EXPECT_NE(problem_of("nonsense").find("it is no seal"), std::string::npos);
    EXPECT_FALSE(examine_seal(directory_ + "/part-000001.jsonl"));
}

}  // namespace
}  // namespace daybook::cli
