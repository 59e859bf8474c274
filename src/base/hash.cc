#include "base/hash.h"

#include <openssl/evp.h>

#include <cstring>

// Compiled in, because every line is hashed on its way in, and most lines are short: with the
// caches as a system call leaves them, a call into the shared library costs as much as hashing 300
// bytes.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"

namespace daybook {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// The two digits of every byte.
constexpr auto kHexPairs = [] {
    std::array<char, 512> pairs{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        pairs[2 * byte] = kHexDigits[byte >> 4];
        pairs[2 * byte + 1] = kHexDigits[byte & 15];
    }
    return pairs;
}();

// The value of each lower-case digit; of any other character, one above 15.  A table, because a
// checksum's digits are random: to ask whether each is a letter is to guess wrong at every third.
constexpr auto kHexValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0xff);
    for (std::uint8_t value = 0; value < 16; ++value) {
        values[static_cast<unsigned char>(kHexDigits[value])] = value;
    }
    return values;
}();

}  // namespace

std::uint64_t xxh3_64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Hash128 xxh3_128(std::string_view bytes) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return {.high = hash.high64, .low = hash.low64};
}

Hash128& Hash128::operator+=(const Hash128& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
}

Hash128& Hash128::operator-=(const Hash128& other) {
    const std::uint64_t borrow = low < other.low ? 1 : 0;
    low -= other.low;
    high -= other.high + borrow;
    return *this;
}

std::string Hash128::to_hex() const {
    std::string hex(32, '0');
    write_hex64(high, hex.data());
    write_hex64(low, hex.data() + 16);
    return hex;
}

namespace {

// To look an algorithm up takes OpenSSL a few locks, which is as long as the hash of a short text
// takes.  It stays until the process ends, and so for hashes that are made while it does.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return method;
}

}  // namespace

struct Sha256::Context {
    EVP_MD_CTX* evp = EVP_MD_CTX_new();

    Context() {
        DAYBOOK_CHECK(evp != nullptr && EVP_DigestInit_ex2(evp, sha256_method(), nullptr) == 1);
    }
    ~Context() { EVP_MD_CTX_free(evp); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    DAYBOOK_CHECK(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest{};
    DAYBOOK_CHECK(EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr) == 1);
    return digest;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return to_hex(hash.finish());
}

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
    std::string hex(count * 2, '0');
    write_hex({bytes, count}, hex.data());
    return hex;
}

void write_hex(std::span<const std::uint8_t> bytes, char* out) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::memcpy(out + 2 * i, kHexPairs.data() + 2 * std::size_t{bytes[i]}, 2);
    }
}

void write_hex64(std::uint64_t value, char* out) {
    for (std::size_t i = 8; i-- > 0; value >>= 8) {
        std::memcpy(out + 2 * i, kHexPairs.data() + 2 * (value & 0xff), 2);
    }
}

bool parse_hex64(std::string_view digits, std::uint64_t* value) {
    if (digits.size() != 16) return false;
    std::uint64_t result = 0;
    unsigned seen = 0;
    for (const char c : digits) {
        const unsigned digit = kHexValues[static_cast<unsigned char>(c)];
        seen |= digit;
        result = (result << 4) | (digit & 15);
    }
    if (seen > 15) return false;
    *value = result;
    return true;
}

}  // namespace daybook
