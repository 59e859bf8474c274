#include "os/pages.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

TEST(Pages, AllOfThemCanBeWritten) {
    for (const std::size_t bytes : {std::size_t{4096}, std::size_t{65'536}, std::size_t{2} << 20}) {
        const Pages pages(bytes);
        ASSERT_EQ(pages.size(), bytes);
        std::memset(pages.data(), 0x5a, bytes);
        EXPECT_EQ(pages.data()[bytes - 1], 0x5a);
    }
}

TEST(Pages, LargeOnesAreAlignedToTheirSize) {
    const Pages pages(std::size_t{2} << 20);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.data()) % (std::size_t{2} << 20), 0U);
}

TEST(Pages, TheyMoveWithTheirOwner) {
    Pages first(4096);
    char* const data = first.data();
    Pages second = std::move(first);
    EXPECT_EQ(second.data(), data);
    Pages third(4096);
    third = std::move(second);
    EXPECT_EQ(third.data(), data);
}

}  // namespace
}  // namespace daybook::os
