#include "base/signature.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "base/check.h"

namespace daybook {
namespace {

template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Bio bio_of(std::string_view text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    DAYBOOK_CHECK(bio != nullptr);
    return bio;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
}

// OpenSSL would ask the terminal for the password of an encrypted key.
int refuse_password(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

std::string raw_public_key(EVP_PKEY* key) {
    std::string raw(kPublicKeyBytes, '\0');
    std::size_t size = raw.size();
    DAYBOOK_CHECK(EVP_PKEY_get_raw_public_key(key, bytes_of(raw), &size) == 1 &&
                  size == kPublicKeyBytes);
    return raw;
}

tl::unexpected<Error> other_kind(std::string_view path, const EVP_PKEY* key) {
    const char* const name = EVP_PKEY_get0_type_name(key);
    return fail(ErrorCode::kInvalidArgument,
                "read key {}: it is of the kind {}, expected Ed25519; 'daybook seal --new-key' "
                "makes one",
                path, name == nullptr ? "unknown" : name);
}

}  // namespace

struct SigningKey::Key {
    Pkey pkey;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<KeyPairPem> new_key_pair() {
    const Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (key == nullptr) {
        return fail(ErrorCode::kInternal, "make a key: OpenSSL could not draw one");
    }
    const Bio secret(BIO_new(BIO_s_mem()));
    const Bio open(BIO_new(BIO_s_mem()));
    DAYBOOK_CHECK(secret != nullptr && open != nullptr);
    if (PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) != 1 ||
        PEM_write_bio_PUBKEY(open.get(), key.get()) != 1) {
        return fail(ErrorCode::kInternal, "make a key: OpenSSL could not write it");
    }
    return KeyPairPem{.private_key = text_of(secret.get()), .public_key = text_of(open.get())};
}

Result<SigningKey> SigningKey::parse(std::string_view pem, std::string_view path) {
    bool asked = false;
    Pkey key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, refuse_password, &asked));
    // What OpenSSL has to say about it stays in a queue of the thread.
    ERR_clear_error();
    if (asked) {
        return fail(ErrorCode::kInvalidArgument,
                    "read key {}: it is encrypted; write it without a password ('openssl pkey'), "
                    "and keep it where only you can read it",
                    path);
    }
    if (key == nullptr) {
        return fail(ErrorCode::kInvalidArgument,
                    "read key {}: there is no private key in PEM form in it; 'daybook seal "
                    "--new-key' makes one",
                    path);
    }
    if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return other_kind(path, key.get());
    auto held = std::make_unique<Key>();
    held->pkey = std::move(key);
    return SigningKey(std::move(held));
}

std::string SigningKey::sign(std::string_view message) const {
    const DigestContext context(EVP_MD_CTX_new());
    std::string signature(kSignatureBytes, '\0');
    std::size_t size = signature.size();
    DAYBOOK_CHECK(context != nullptr &&
                  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->pkey.get()) ==
                      1 &&
                  EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                                 message.size()) == 1 &&
                  size == kSignatureBytes);
    return signature;
}

std::string SigningKey::public_key() const { return raw_public_key(key_->pkey.get()); }

Result<std::string> parse_public_key(std::string_view pem, std::string_view path) {
    const Pkey key(PEM_read_bio_PUBKEY(bio_of(pem).get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (key == nullptr) {
        const bool is_private = pem.find("PRIVATE KEY") != std::string_view::npos;
        return fail(ErrorCode::kInvalidArgument,
                    "read key {}: there is no public key in PEM form in it{}", path,
                    is_private ? ": it is the private one, which stays with the one who signs; "
                                 "take the file that ends in .pub.pem"
                               : "");
    }
    if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return other_kind(path, key.get());
    return raw_public_key(key.get());
}

bool signature_holds(std::string_view message, std::string_view signature,
                     std::string_view public_key) {
    if (signature.size() != kSignatureBytes || public_key.size() != kPublicKeyBytes) return false;
    const Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key),
                                               public_key.size()));
    const DigestContext context(EVP_MD_CTX_new());
    const bool holds =
        key != nullptr && context != nullptr &&
        EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                         message.size()) == 1;
    ERR_clear_error();
    return holds;
}

}  // namespace daybook
