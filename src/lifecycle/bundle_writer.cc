#include "lifecycle/bundle_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "lifecycle/tar.h"
#include "os/publish.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

tl::unexpected<Error> already_there(const std::string& path) {
    return fail(ErrorCode::kAlreadyExists,
                "write {}: there is a file already; name another one, or say --force", path);
}

Status or_no_bundle(const Status& judged) {
    if (judged) return judged;
    return fail(judged.error().code(),
                "export: no import would take the bundle: {}; nothing was written: export fewer "
                "runs at once, or --no-artifacts and the files by themselves",
                judged.error().message());
}

// What may not be written over; an ordinary value is "nothing in the way".
Status check_target(const std::string& path, bool replace) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> there, os::file_info(path));
    if (!there) return {};
    // A rename would put a file in the place of a device.
    if (!there->is_regular) {
        return fail(ErrorCode::kInvalidArgument,
                    "write {}: it is {}, expected the name of a file: a bundle gets its name when "
                    "it is whole; name a file",
                    path, there->is_directory ? "a directory" : "a pipe or a device");
    }
    return replace ? Status() : already_there(path);
}

}  // namespace

Result<std::unique_ptr<BundleWriter>> BundleWriter::open(const std::string& path, bool replace,
                                                         const BundleLimits& limits) {
    RETURN_IF_ERROR(check_target(path, replace));
    // A link stays a link: what it leads to is replaced.
    std::string target = os::canonical_path(path);
    std::string temporary = fmt::format("{}.tmp-{:016x}", target, random_seed());
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(temporary, O_WRONLY | O_CREAT | O_EXCL));
    return std::unique_ptr<BundleWriter>(
        new BundleWriter(std::move(target), std::move(temporary), std::move(fd), replace, limits));
}

BundleWriter::BundleWriter(std::string path, std::string temporary, os::UniqueFd fd, bool replace,
                           const BundleLimits& limits)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      fd_(std::move(fd)),
      replace_(replace),
      limits_(limits),
      stream_(std::make_unique<ZstdWriter>(fd_.get(), temporary_)) {}

BundleWriter::~BundleWriter() {
    if (!is_named_) static_cast<void>(os::remove_file(temporary_));
}

Status BundleWriter::write_member(std::string_view path, std::string_view bytes) {
    RETURN_IF_ERROR(stream_->write(encode_tar_header(path, bytes.size())));
    RETURN_IF_ERROR(stream_->write(bytes));
    return stream_->write(std::string(tar_padding(bytes.size()), '\0'));
}

Status BundleWriter::write_manifest(BundleManifest manifest) {
    manifest_ = std::move(manifest);
    const std::string text = encode_bundle_manifest(manifest_);
    RETURN_IF_ERROR(or_no_bundle(check_bundle_size(manifest_, text.size(), limits_)));
    return write_member(kBundleManifestName, text);
}

Status BundleWriter::write_file(const BundleFile& file, int fd, const std::string& path) {
    RETURN_IF_ERROR(stream_->write(encode_tar_header(file.path, file.bytes)));
    std::string piece(kPieceBytes, '\0');
    Sha256 hash;
    std::uint64_t at = 0;
    while (at < file.bytes) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(file.bytes - at, kPieceBytes));
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd, ByteOffset(at), std::span(piece).first(want), path));
        if (got == 0) break;
        const std::string_view bytes = std::string_view(piece).substr(0, got);
        hash.update(bytes);
        RETURN_IF_ERROR(stream_->write(bytes));
        at += got;
    }
    if (at != file.bytes || to_hex(hash.finish()) != file.sha256) {
        return fail(ErrorCode::kCorrupt, "export {}: it was changed while it was read; try again",
                    path);
    }
    return stream_->write(std::string(tar_padding(file.bytes), '\0'));
}

Status BundleWriter::finish() {
    RETURN_IF_ERROR(stream_->write(encode_tar_end()));
    RETURN_IF_ERROR(stream_->finish());
    RETURN_IF_ERROR(or_no_bundle(check_bundle_ratio(manifest_, stream_->bytes(), limits_)));
    RETURN_IF_ERROR(os::sync_data(fd_.get(), temporary_));
    // What somebody else has put there meanwhile stays.
    const Status published =
        os::publish(temporary_, path_, replace_ ? os::NameTaken::kReplace : os::NameTaken::kRefuse);
    if (!published && published.error().code() == ErrorCode::kAlreadyExists) {
        return already_there(path_);
    }
    RETURN_IF_ERROR(published);
    is_named_ = true;
    return os::sync_dir(os::parent_path(path_));
}

}  // namespace daybook::lifecycle
