#include "base/byte_size.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(ParseByteSize, TakesAWholeNumberAndAUnit) {
    EXPECT_EQ(parse_byte_size("1B"), 1U);
    EXPECT_EQ(parse_byte_size("50 GB"), 50'000'000'000U);
    EXPECT_EQ(parse_byte_size("512MiB"), 536'870'912U);
    EXPECT_EQ(parse_byte_size("1000000 TiB"), 1'000'000U * (std::uint64_t{1} << 40));
    EXPECT_EQ(parse_byte_size("1000000000000B"), 1'000'000'000'000U);
}

TEST(ParseByteSize, RefusesAllElse) {
    for (const char* text :
         {"", "2", "GB", "2gb", "0GB", "-1GB", "1.5GB", "99999999999TB", "2  GB", " 2GB", "2GB "}) {
        EXPECT_FALSE(parse_byte_size(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace daybook
