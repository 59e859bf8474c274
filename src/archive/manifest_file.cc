#include "archive/manifest_file.h"

#include <string>

#include "os/file.h"

namespace daybook::archive {
namespace {

Result<std::string> encode_within(const ArchiveLayout& layout, const Manifest& manifest,
                                  std::size_t bytes_max) {
    std::string document = encode_manifest(manifest);
    if (document.size() <= bytes_max) return document;
    return fail(ErrorCode::kLimit,
                "write {}: the manifest would have {} bytes, at most {} are read",
                layout.manifest_path(manifest.day), document.size(), bytes_max);
}

}  // namespace

Result<std::optional<Manifest>> read_manifest(const ArchiveLayout& layout, Day day) {
    const std::string path = layout.manifest_path(day);
    const Result<std::string> text = os::read_file(path, kManifestBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return std::nullopt;
    if (!text) return fail(text.error());
    ASSIGN_OR_RETURN(Manifest manifest, decode_manifest(*text, path));
    if (manifest.day != day) {
        return fail(ErrorCode::kCorrupt,
                    "read {}: field `day` of the manifest: found \"{}\", expected the day of its "
                    "directory",
                    path, to_string(manifest.day));
    }
    return manifest;
}

Status check_manifest_size(const ArchiveLayout& layout, const Manifest& manifest,
                           std::size_t bytes_max) {
    return encode_within(layout, manifest, bytes_max).map([](const std::string&) {});
}

Status write_manifest(const ArchiveLayout& layout, const Manifest& manifest,
                      std::size_t bytes_max) {
    ASSIGN_OR_RETURN(const std::string document, encode_within(layout, manifest, bytes_max));
    return os::write_file_atomic(layout.manifest_path(manifest.day), document);
}

}  // namespace daybook::archive
