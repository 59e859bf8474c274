// What lies in a bundle (docs/formats/bundle.md): a tar archive, compressed by zstd, of
//
//     manifest.json     first: what else there is, in this order, with sizes and hashes
//     artifacts/…       files that the events name
//     events.jsonl      last: the lines of whole runs, byte for byte
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kBundleFormat = 1;
inline constexpr std::string_view kBundleManifestName = "manifest.json";
inline constexpr std::string_view kBundleEventsName = "events.jsonl";

struct BundleFile {
    std::string path;
    std::uint64_t bytes = 0;
    std::string sha256;
    bool operator==(const BundleFile&) const = default;
};

struct BundleManifest {
    std::string ledger_id{};    // of the ledger that it comes from
    std::string exported_at{};  // ISO 8601, UTC
    std::vector<std::string> runs{};
    std::uint64_t events = 0;
    // JSON Schemas of the types of these events that are not built in.
    std::vector<std::string> types{};
    std::vector<BundleFile> files{};  // in the order in which they lie there
    bool operator==(const BundleManifest&) const = default;
};

// The document, with its newline.
std::string encode_bundle_manifest(const BundleManifest& manifest);

// kCorrupt: it is no manifest; kUnsupported: one of a newer format.  That its files may lie where
// it says has not been checked.
Result<BundleManifest> decode_bundle_manifest(std::string_view text);

// Refuses a place that is not below artifacts/ (kCorrupt): "..", absolute paths, empty and overlong
// names, control characters.
Status check_artifact_place(std::string_view path);

// Refuses what no import takes: places, files that are named twice or lie below a file, a last file
// that is not events.jsonl (kCorrupt).
Status check_bundle_files(const std::vector<BundleFile>& files);

}  // namespace daybook::lifecycle
