// What a test expects of a Result and a Status.
#pragma once

#include <cstdlib>
#include <utility>

#include <gtest/gtest.h>

#include "base/result.h"

namespace daybook::testing {

template <typename T>
T value_of(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
    return std::move(*result);
}
inline void expect_ok(const Status& status) {
    EXPECT_TRUE(status.has_value()) << status.error().message();
}

}  // namespace daybook::testing
