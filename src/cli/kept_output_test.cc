#include "cli/kept_output.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(KeptOutput, WhatFitsIsKeptWhole) {
    KeptOutput kept(10);
    kept.add("01234");
    kept.add("56789");
    EXPECT_EQ(kept.text(), "0123456789");
    EXPECT_EQ(kept.bytes(), 10u);
}

TEST(KeptOutput, OfMoreTheBeginningAndTheEndAreKept) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{26}}) {
        KeptOutput kept(10);
        const std::string all = "abcdefghijklmnopqrstuvwxyz";
        for (std::size_t i = 0; i < all.size(); i += piece) kept.add(all.substr(i, piece));
        EXPECT_EQ(kept.text(), "abcde\n… 16 bytes left out …\nvwxyz") << piece;
        EXPECT_EQ(kept.bytes(), 26u);
    }
}

TEST(KeptOutput, NothingMayBeKept) {
    KeptOutput kept(0);
    kept.add("abc");
    EXPECT_EQ(kept.text(), "\n… 3 bytes left out …\n");
    EXPECT_EQ(KeptOutput(0).text(), "");
}

}  // namespace
}  // namespace daybook::cli
