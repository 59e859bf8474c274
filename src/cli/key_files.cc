#include "cli/key_files.h"

#include <fcntl.h>

#include <optional>
#include <string_view>
#include <utility>

#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kSuffix = ".pem";
constexpr std::size_t kKeyBytesMax = std::size_t{64} << 10;

Status write_new(const std::string& path, std::string_view text, mode_t mode) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_EXCL, mode));
    os::WriteOutcome outcome = os::write_all(fd.get(), text, path);
    if (outcome.error) return fail(std::move(*outcome.error));
    return os::sync_data(fd.get(), path);
}

Status refuse_if_there(const std::string& path) {
    ASSIGN_OR_RETURN(const bool there, os::exists(path));
    if (!there) return {};
    return fail(ErrorCode::kAlreadyExists,
                "make a key: {} is there already: a key is never overwritten; choose another name",
                path);
}

}  // namespace

std::string public_key_path(const std::string& path) {
    const bool has_suffix = path.ends_with(kSuffix);
    return path.substr(0, path.size() - (has_suffix ? kSuffix.size() : 0)) + ".pub.pem";
}

Status make_key_files(const std::string& path) {
    const std::string public_path = public_key_path(path);
    RETURN_IF_ERROR(refuse_if_there(path));
    RETURN_IF_ERROR(refuse_if_there(public_path));
    ASSIGN_OR_RETURN(const KeyPairPem pair, new_key_pair());
    RETURN_IF_ERROR(write_new(path, pair.private_key, 0600));
    RETURN_IF_ERROR(write_new(public_path, pair.public_key, 0644));
    return os::sync_dir(os::parent_path(path));
}

Result<PrivateKeyFile> read_private_key(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string pem, os::read_file(path, kKeyBytesMax));
    ASSIGN_OR_RETURN(SigningKey key, SigningKey::parse(pem, path));
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    return PrivateKeyFile{.key = std::move(key),
                          .open_to_others = info && (info->mode & 0077) != 0};
}

Result<std::string> read_public_key(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string pem, os::read_file(path, kKeyBytesMax));
    return parse_public_key(pem, path);
}

}  // namespace daybook::cli
