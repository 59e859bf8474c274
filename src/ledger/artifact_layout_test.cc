#include "ledger/artifact_layout.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

TEST(Layout, PlainIdsAreTheirOwnNames) {
    EXPECT_EQ(run_directory("policy-20260123.A_b=1").value(),
              "artifacts/runs/policy-20260123.A_b=1");
}

TEST(Layout, EveryOtherByteIsEncoded) {
    std::set<std::string> names;
    for (int byte = 0; byte < 256; ++byte) {
        const std::string id = "r" + std::string(1, static_cast<char>(byte));
        const std::string name = run_directory_name(id).value();
        EXPECT_EQ(name.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=-%"),
                  std::string::npos);
        names.insert(name);
    }
    EXPECT_EQ(names.size(), 256u);
    EXPECT_EQ(run_directory_name("a/b c").value(), "a%2Fb%20c");
    EXPECT_EQ(run_directory_name("100%").value(), "100%25");
}

TEST(Layout, NamesOfPlacesAreRefused) {
    for (const char* id : {"", ".", ".."}) {
        const auto refused = run_directory(id);
        ASSERT_FALSE(refused.has_value()) << id;
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(run_directory_name("...").value(), "...");
}

TEST(Layout, LongIdsFitAFileSystemAndStayApart) {
    const std::string a = run_directory_name(std::string(255, '/') + "a").value();
    const std::string b = run_directory_name(std::string(255, '/') + "b").value();
    EXPECT_NE(a, b);
    EXPECT_LE(a.size(), 200u);
}

}  // namespace
}  // namespace daybook::ledger
