#include "base/result.h"

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace daybook {
namespace {

Status refuse() { return fail(ErrorCode::kLimit, "count: got {}, at most {}", 3, 2); }

TEST(Result, FailFormatsItsMessage) {
    EXPECT_EQ(refuse().error(), Error(ErrorCode::kLimit, "count: got 3, at most 2"));
}

TEST(Result, ContextComesBeforeTheMessageAndKeepsTheCode) {
    const Error error = Error(ErrorCode::kIo, "read a: gone").with_context("open ledger");
    EXPECT_EQ(error, Error(ErrorCode::kIo, "open ledger: read a: gone"));
}

TEST(Result, EveryCodeHasANameOfItsOwn) {
    std::set<std::string> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
        names.insert(to_string(static_cast<ErrorCode>(code)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
    EXPECT_TRUE(names.contains("no_space"));
    EXPECT_FALSE(names.contains(""));
}

TEST(Result, ReturnIfErrorPassesTheErrorOnAndNothingElse) {
    const auto passes_on = [](Status status) -> Result<int> {
        RETURN_IF_ERROR(status);
        return 7;
    };
    EXPECT_EQ(passes_on({}), 7);
    EXPECT_EQ(passes_on(refuse()).error(), refuse().error());
}

TEST(Result, AssignOrReturnMovesTheValueOutOrPassesTheErrorOn) {
    const auto unwraps = [](Result<std::unique_ptr<int>> result) -> Result<int> {
        ASSIGN_OR_RETURN(const std::unique_ptr<int> value, std::move(result));
        return *value;
    };
    EXPECT_EQ(unwraps(std::make_unique<int>(5)), 5);
    EXPECT_EQ(unwraps(fail(ErrorCode::kBusy, "held")).error(), Error(ErrorCode::kBusy, "held"));
}

}  // namespace
}  // namespace daybook
