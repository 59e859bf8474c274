#include "archive/manifest_file.h"

#include <string>

#include "os/file.h"

namespace daybook::archive {

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

Status write_manifest(const ArchiveLayout& layout, const Manifest& manifest) {
    return os::write_file_atomic(layout.manifest_path(manifest.day), encode_manifest(manifest));
}

}  // namespace daybook::archive
