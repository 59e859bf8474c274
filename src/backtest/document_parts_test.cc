#include "backtest/document_parts.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace daybook::backtest {
namespace {

TEST(DocumentParts, TextThatIsNotUtf8IsReplaced) {
    EXPECT_EQ(dump({{"name", "a\xff"}}), "{\"name\":\"a\xef\xbf\xbd\"}");
}

TEST(DocumentParts, WhatIsNotThereIsNull) {
    EXPECT_EQ(dump(nullable(std::optional<int>())), "null");
    EXPECT_EQ(dump(nullable(std::optional<int>(7))), "7");
    EXPECT_EQ(aggregates_of({})["mean_return_bps"], nullptr);
}

}  // namespace
}  // namespace daybook::backtest
