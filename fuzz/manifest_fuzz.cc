#include <string>
#include <string_view>

#include "archive/manifest.h"
#include "base/check.h"
#include "targets.h"

namespace daybook::fuzz {

// What is read is written with all that it says, and with the keys that nobody knows.
void fuzz_manifest(std::string_view input) {
    const Result<archive::Manifest> manifest = archive::decode_manifest(input, "manifest.json");
    if (!manifest) {
        DAYBOOK_CHECK(!manifest.error().message().empty());
        return;
    }
    const std::string text = archive::encode_manifest(*manifest);
    const Result<archive::Manifest> again = archive::decode_manifest(text, "manifest.json");
    DAYBOOK_CHECK(again.has_value() && *again == *manifest);
    DAYBOOK_CHECK(archive::encode_manifest(*again) == text);
    for (const archive::ArchivedPart& part : manifest->parts) {
        DAYBOOK_CHECK(manifest->find_part(part.part) == &part);
        DAYBOOK_CHECK(part.readable_bytes() <= archive::kArchivedPartBytesMax);
        for (const log::RemovedLines& lines : archive::removed_lines(part)) {
            DAYBOOK_CHECK(lines.at.value() <= part.readable_bytes());
        }
    }
    for (const archive::ArchiveFile& file : manifest->files) {
        DAYBOOK_CHECK(manifest->find_file(file.name) == &file);
    }
}

}  // namespace daybook::fuzz
