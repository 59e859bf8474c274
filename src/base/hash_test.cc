#include "base/hash.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(Xxh3, GivesThePublishedValues) {
    EXPECT_EQ(xxh3_64(""), 0x2d06800538d394c2U);
    EXPECT_EQ(xxh3_64("abc"), 0x78af5f94892f3950U);
    EXPECT_EQ(xxh3_128("").to_hex(), "99aa06d3014798d86001c324468d497f");
    EXPECT_EQ(xxh3_128("abc").to_hex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(Xxh3, EveryFlippedBitChangesIt) {
    std::string bytes(300, 'x');
    const std::uint64_t before = xxh3_64(bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const char whole = bytes[bit / 8];
        bytes[bit / 8] = static_cast<char>(whole ^ (1 << (bit % 8)));
        ASSERT_NE(xxh3_64(bytes), before) << bit;
        bytes[bit / 8] = whole;
    }
}

TEST(Hash128, AdditionCarriesAndSubtractionBorrows) {
    const Hash128 ones{.high = 0, .low = ~std::uint64_t{0}};
    Hash128 sum = ones;
    sum += {.high = 0, .low = 1};
    EXPECT_EQ(sum, (Hash128{.high = 1, .low = 0}));
    sum -= {.high = 0, .low = 1};
    EXPECT_EQ(sum, ones);
}

TEST(Hash128, ASumForgetsWhatIsTakenAwayWhateverTheOrder) {
    const Hash128 a = xxh3_128("a");
    const Hash128 b = xxh3_128("b");
    Hash128 sum = a;
    sum += b;
    Hash128 other = b;
    other += a;
    EXPECT_EQ(sum, other);
    sum -= a;
    EXPECT_EQ(sum, b);
    sum -= b;
    EXPECT_EQ(sum, Hash128{});
}

// FIPS 180-4, appendix B.
TEST(Sha256, GivesThePublishedValues) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesMakeNoDifference) {
    const std::string bytes(1000, 'q');
    for (std::size_t cut = 0; cut <= bytes.size(); cut += 37) {
        Sha256 hash;
        hash.update(std::string_view(bytes).substr(0, cut));
        Sha256 moved = std::move(hash);
        moved.update(std::string_view(bytes).substr(cut));
        ASSERT_EQ(to_hex(moved.finish()), sha256_hex(bytes));
    }
}

TEST(Hex, SixteenDigitsReadBack) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1},
                                      std::uint64_t{0x8c1f0e2d3b4a5968}, ~std::uint64_t{0}}) {
        std::string digits(16, ' ');
        write_hex64(value, digits.data());
        std::uint64_t parsed = value + 1;
        EXPECT_TRUE(parse_hex64(digits, &parsed));
        EXPECT_EQ(parsed, value);
    }
}

TEST(Hex, AnyByteThatIsNoLowerCaseDigitIsRefusedAnywhere) {
    for (std::size_t at = 0; at < 16; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string digits = "0123456789abcdef";
            digits[at] = static_cast<char>(byte);
            std::uint64_t value = 77;
            const bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
            ASSERT_EQ(parse_hex64(digits, &value), digit);
            ASSERT_EQ(value == 77, !digit);  // Left alone unless it is read.
        }
    }
}

TEST(Hex, OtherLengthsAreRefused) {
    std::uint64_t value = 0;
    EXPECT_FALSE(parse_hex64("", &value));
    EXPECT_FALSE(parse_hex64("0123456789abcde", &value));
    EXPECT_FALSE(parse_hex64("0123456789abcdef0", &value));
}

}  // namespace
}  // namespace daybook
