#include "base/signature.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace daybook {
namespace {

// The key of RFC 8032, section 7.1, test 1.
constexpr std::string_view kSecretPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kPublicPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kEllipticSecretPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQDIWXNmaZuUYfgGs\n"
    "yYq29MFtmyOC385wFZKmfcIXJgehRANCAASWPrW+szWiLUuVyzJqD6GQL48AfpUO\n"
    "Ds/RTOWldT4hcHK1qMH6xC/n8jsGS1kcq6xq7/wg16eZbLkD3AizOtY3\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kEllipticPublicPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElj61vrM1oi1Llcsyag+hkC+PAH6V\n"
    "Dg7P0UzlpXU+IXBytajB+sQv5/I7BktZHKusau/8INenmWy5A9wIszrWNw==\n"
    "-----END PUBLIC KEY-----\n";
// An Ed25519 key under a password.
constexpr std::string_view kEncryptedPem =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgo2ZZxrMhCKwICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEESfbko6VH2pM9kYaHzxOVgEQDkX\n"
    "D4PbPRX4QudACILz4LIta0nXoA9J7OkAll9gO5yDejrsp3tjtt+YbMjYqF20cgg5\n"
    "dzzf4BPHlQ6O3SFXpVQ=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

std::string hex(const std::string& bytes) {
    return to_hex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

TEST(SignatureTest, SignsAsTheStandardSays) {
    const SigningKey key = SigningKey::parse(kSecretPem, "k.pem").value();
    EXPECT_EQ(hex(key.public_key()),
              "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    EXPECT_EQ(hex(key.sign("")),
              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
              "39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    EXPECT_EQ(parse_public_key(kPublicPem, "k.pub.pem"), key.public_key());
}

TEST(SignatureTest, HoldsForThatMessageAndThatKeyAlone) {
    const SigningKey key = SigningKey::parse(kSecretPem, "k.pem").value();
    const std::string message = "a message";
    const std::string signature = key.sign(message);
    EXPECT_TRUE(signature_holds(message, signature, key.public_key()));
    EXPECT_FALSE(signature_holds("a massage", signature, key.public_key()));
    for (std::size_t i = 0; i < kSignatureBytes; ++i) {
        std::string other = signature;
        other[i] = static_cast<char>(other[i] ^ 1);
        EXPECT_FALSE(signature_holds(message, other, key.public_key())) << i;
    }
    for (std::size_t i = 0; i < kPublicKeyBytes; ++i) {
        std::string other = key.public_key();
        other[i] = static_cast<char>(other[i] ^ 1);
        EXPECT_FALSE(signature_holds(message, signature, other)) << i;
    }
    EXPECT_FALSE(signature_holds(message, signature.substr(1), key.public_key()));
    EXPECT_FALSE(signature_holds(message, signature, key.public_key() + "x"));
}

TEST(SignatureTest, NewKeysDifferAndSign) {
    const KeyPairPem one = new_key_pair().value();
    const KeyPairPem other = new_key_pair().value();
    EXPECT_NE(one.private_key, other.private_key);
    const std::string signature = SigningKey::parse(one.private_key, "k.pem")->sign("x");
    EXPECT_TRUE(signature_holds("x", signature, *parse_public_key(one.public_key, "k.pub.pem")));
    EXPECT_FALSE(signature_holds("x", signature, *parse_public_key(other.public_key, "k.pub.pem")));
}

std::string refusal_of(std::string_view pem) {
    const auto key = SigningKey::parse(pem, "k.pem");
    return key ? "taken" : key.error().message();
}

TEST(SignatureTest, OtherKeysAreRefusedWithTheReason) {
    EXPECT_EQ(refusal_of(kEncryptedPem),
              "read key k.pem: it is encrypted; write it without a password ('openssl pkey'), and "
              "keep it where only you can read it");
    EXPECT_EQ(refusal_of(kEllipticSecretPem),
              "read key k.pem: it is of the kind EC, expected Ed25519; 'daybook seal --new-key' "
              "makes one");
    EXPECT_EQ(refusal_of(kPublicPem),
              "read key k.pem: there is no private key in PEM form in it; 'daybook seal --new-key' "
              "makes one");
    EXPECT_EQ(refusal_of(""), refusal_of("nonsense"));
    EXPECT_EQ(parse_public_key(kSecretPem, "k.pem").error().message(),
              "read key k.pem: there is no public key in PEM form in it: it is the private one, "
              "which stays with the one who signs; take the file that ends in .pub.pem");
    EXPECT_EQ(parse_public_key("", "k.pem").error().message(),
              "read key k.pem: there is no public key in PEM form in it");
    EXPECT_EQ(parse_public_key(kEllipticPublicPem, "k.pem").error().message(),
              "read key k.pem: it is of the kind EC, expected Ed25519; 'daybook seal --new-key' "
              "makes one");
}

}  // namespace
}  // namespace daybook
