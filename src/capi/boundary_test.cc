#include "capi/boundary.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace daybook::capi {
namespace {

TEST(Boundary, AnErrorBecomesACodeAndAMessage) {
    daybook_error* error = nullptr;
    const daybook_code code = guarded(
        &error, []() -> Status { return fail(ErrorCode::kNoSpace, "write {}: disk full", "x"); });
    EXPECT_EQ(code, DAYBOOK_NO_SPACE);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(daybook_error_code(error), DAYBOOK_NO_SPACE);
    EXPECT_STREQ(daybook_error_message(error), "write x: disk full");
    daybook_error_free(error);
}

TEST(Boundary, WhoDoesNotWantTheErrorGetsTheCode) {
    EXPECT_EQ(guarded(nullptr, []() -> Status { return fail(ErrorCode::kIo, "x"); }), DAYBOOK_IO);
    EXPECT_EQ(guarded(nullptr, [] { return Status(); }), DAYBOOK_OK);
}

TEST(Boundary, NoExceptionGetsThrough) {
    daybook_error* error = nullptr;
    EXPECT_EQ(guarded(&error, []() -> Status { throw std::runtime_error("no memory"); }),
              DAYBOOK_INTERNAL);
    EXPECT_STREQ(daybook_error_message(error), "no memory");
    daybook_error_free(error);
}

TEST(Boundary, SuccessLeavesTheErrorAlone) {
    daybook_error* error = nullptr;
    EXPECT_EQ(guarded(&error, [] { return Status(); }), DAYBOOK_OK);
    EXPECT_EQ(error, nullptr);
}

TEST(Boundary, ANullHandleIsNamed) {
    const int there = 0;
    EXPECT_TRUE(require(&there, "x"));
    EXPECT_EQ(require(nullptr, "daybook_run").error().message(),
              "daybook: found NULL, expected a daybook_run");
}

}  // namespace
}  // namespace daybook::capi
