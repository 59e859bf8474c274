// Ed25519 signatures (RFC 8032), with keys in PEM files as OpenSSL writes them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook {

inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kPublicKeyBytes = 32;

struct KeyPairPem {
    std::string private_key;  // PKCS #8, not encrypted
    std::string public_key;   // SubjectPublicKeyInfo
};
// Drawn from OpenSSL's random generator, which is made for keys.
Result<KeyPairPem> new_key_pair();

// Not thread-safe.
class SigningKey {
public:
    // `path` is for messages.  kInvalidArgument: no private key in PEM; an encrypted one; one of
    // another kind than Ed25519.
    static Result<SigningKey> parse(std::string_view pem, std::string_view path);
    SigningKey(SigningKey&&) noexcept;
    ~SigningKey();

    // kSignatureBytes of them.
    std::string sign(std::string_view message) const;
    // kPublicKeyBytes of them.
    std::string public_key() const;

private:
    struct Key;
    explicit SigningKey(std::unique_ptr<Key> key);
    std::unique_ptr<Key> key_;
};

// The public key in a PEM file, as kPublicKeyBytes bytes.  kInvalidArgument: none, or of another
// kind.
Result<std::string> parse_public_key(std::string_view pem, std::string_view path);

// Whether `signature` is that of `message` by the holder of `public_key`.  Bytes of other lengths
// are no signature and no key.
bool signature_holds(std::string_view message, std::string_view signature,
                     std::string_view public_key);

}  // namespace daybook
