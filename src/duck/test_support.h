// What the tests of this module share.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "duck/database.h"

namespace daybook::duck {

// The value, or a failed test that shows the error.
template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message();
        std::abort();
    }
    return std::move(*result);
}
inline void must(const Status& status) {
    ASSERT_TRUE(status.has_value()) << status.error().message();
}

// A database in memory and a connection to it.
class DuckTest : public testing::Test {
protected:
    // The first column of the first row, as text.
    std::string text(const std::string& sql) {
        Rows rows = must(connection_.query(sql));
        EXPECT_TRUE(must(rows.next()));
        return rows.text(0);
    }
    std::string json(const std::string& sql) {
        Rows rows = must(connection_.query(sql));
        EXPECT_TRUE(must(rows.next()));
        return rows.json(0);
    }

    Database database_ = must(Database::open_in_memory());
    Connection connection_ = must(database_.connect());
};

}  // namespace daybook::duck
