// The three hashes of the formats: XXH3-64 for lines, XXH3-128 for rows, SHA-256 for files.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace daybook {

// XXH3-64, unseeded, of `bytes`: the checksum of a line.
std::uint64_t xxh3_64(std::string_view bytes);

// 128 bits that add up modulo 2^128, so that a set's digest does not depend on its order.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    Hash128& operator+=(const Hash128& other);
    Hash128& operator-=(const Hash128& other);
    // 32 lower-case hex digits, high half first.
    std::string to_hex() const;
    auto operator<=>(const Hash128&) const = default;
};

// XXH3-128, unseeded, of `bytes`: the hash of an index row.
Hash128 xxh3_128(std::string_view bytes);

using Sha256Digest = std::array<std::uint8_t, 32>;

// SHA-256 of what update() is given, piece by piece.  Not thread-safe.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::string_view bytes);
    // The digest of everything so far; the object may not be used afterwards.
    Sha256Digest finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

// SHA-256 of `bytes` as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

// Lower-case hex digits of `bytes`, high nibble first.
std::string to_hex(const std::uint8_t* bytes, std::size_t count);
inline std::string to_hex(const Sha256Digest& digest) {
    return to_hex(digest.data(), digest.size());
}

// Writes `bytes` as lower-case hex digits, two a byte.
void write_hex(std::span<const std::uint8_t> bytes, char* out);
// Writes `value` as 16 lower-case hex digits to `out[0..15]`.
void write_hex64(std::uint64_t value, char* out);
// The value of 16 lower-case hex digits; false if any character is something else.
bool parse_hex64(std::string_view digits, std::uint64_t* value);

}  // namespace daybook
