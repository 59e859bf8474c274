// The key that signs heads: a pair of files, made once.
#pragma once

#include <string>

#include "base/result.h"
#include "base/signature.h"

namespace daybook::cli {

// Where the public key of `path` goes: "KEY.pub.pem" beside "KEY.pem".
std::string public_key_path(const std::string& path);

// Makes a key pair: the private key at `path`, for its owner alone, and the public one beside it.
// kAlreadyExists: one of the two is there; neither is ever overwritten.
Status make_key_files(const std::string& path);

struct PrivateKeyFile {
    SigningKey key;
    bool open_to_others = false;  // somebody else than the owner may read it
};
Result<PrivateKeyFile> read_private_key(const std::string& path);
// The public key's bytes.
Result<std::string> read_public_key(const std::string& path);

}  // namespace daybook::cli
