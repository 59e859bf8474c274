// Reads a bundle and believes nothing of it: whatever is given on has been checked against the
// manifest first, and the manifest against the rules.
//
// All of it streams: memory is bounded by a line, the manifest, and the window of zstd.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/zstd_stream.h"
#include "log/line.h"

namespace daybook::lifecycle {

// What no bundle may exceed.
struct BundleLimits {
    std::uint64_t manifest_bytes_max = std::uint64_t{64} << 20;
    std::uint64_t members_max = 200'000;
    std::uint64_t bytes_max = std::uint64_t{1} << 42;  // of all members
    // How many bytes one byte of the bundle may become, of one that becomes more than
    // `ratio_free_bytes`.  Events shrink to a tenth, and zeros to a ten-thousandth: an honest
    // bundle may have an array of them, and so much has room on any disk.
    std::uint64_t ratio_max = 500;
    std::uint64_t ratio_free_bytes = std::uint64_t{1} << 30;
};

// Whoever writes a bundle judges it as whoever reads it will.
//
// kLimit: the manifest, `manifest_bytes` long, or what it lists is too much.
Status check_bundle_size(const BundleManifest& manifest, std::uint64_t manifest_bytes,
                         const BundleLimits& limits);
// kLimit: so few bytes may not become so many.
Status check_bundle_ratio(const BundleManifest& manifest, std::uint64_t compressed_bytes,
                          const BundleLimits& limits);

// Takes what is read, in the order of the bundle.  An error ends the reading and is passed on.
class BundleHandler {
public:
    virtual ~BundleHandler() = default;
    // Paths, sizes and limits have been checked.
    virtual Status manifest(const BundleManifest& manifest) = 0;
    // A file below artifacts/: its bytes in pieces, and the end when size and SHA-256 have been
    // found right.
    virtual Status begin_file(const BundleFile& file) = 0;
    virtual Status file_bytes(std::string_view bytes) = 0;
    virtual Status end_file(const BundleFile& file) = 0;
    // A line of events.jsonl, the `number`th from 1, which is none of damage.  Valid during the
    // call.
    virtual Status event(const log::Line& line, std::uint64_t number) = 0;
};

// Reads the bundle that `source` gives, `compressed_bytes` long.  kCorrupt, kLimit: it is refused,
// and the message names the member and what is wrong with it.
Status read_bundle(ReadBytes source, std::uint64_t compressed_bytes, BundleHandler& handler,
                   const BundleLimits& limits = {});

}  // namespace daybook::lifecycle
