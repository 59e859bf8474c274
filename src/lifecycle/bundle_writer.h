// Writes a bundle: to a file of another name, which gets its own when all of it is on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/bundle_reader.h"
#include "lifecycle/zstd_stream.h"
#include "os/file.h"

namespace daybook::lifecycle {

// Members come in the order of the manifest.  Destroyed before finish(), it leaves nothing.  Not
// thread-safe.
class BundleWriter {
public:
    // kAlreadyExists: there is a file at `path`, and `replace` is not set; kInvalidArgument: what
    // is there is no file that could be replaced.
    static Result<std::unique_ptr<BundleWriter>> open(const std::string& path, bool replace,
                                                      const BundleLimits& limits = {});
    ~BundleWriter();
    BundleWriter(const BundleWriter&) = delete;
    BundleWriter& operator=(const BundleWriter&) = delete;

    // Once, and first.  kLimit: no reader would take what it lists.
    Status write_manifest(BundleManifest manifest);
    // `file.bytes` bytes of `fd`, from its beginning on, which is open at `path`.  kCorrupt: they
    // are not what `file` says.
    Status write_file(const BundleFile& file, int fd, const std::string& path);
    // Syncs the file and gives it its name.  kLimit: it has become so small that readers take it
    // for a bomb.
    Status finish();

    // Of the bundle; after finish().
    std::uint64_t bytes() const { return stream_->bytes(); }
    const std::string& sha256() const { return stream_->sha256(); }

private:
    BundleWriter(std::string path, std::string temporary, os::UniqueFd fd, bool replace,
                 const BundleLimits& limits);
    Status write_member(std::string_view path, std::string_view bytes);

    std::string path_;
    std::string temporary_;
    os::UniqueFd fd_;
    bool replace_;
    BundleLimits limits_;
    BundleManifest manifest_{};
    bool is_named_ = false;
    std::unique_ptr<ZstdWriter> stream_;
};

}  // namespace daybook::lifecycle
