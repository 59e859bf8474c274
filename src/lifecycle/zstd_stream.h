// zstd, piece by piece: what is written goes to a file, what is read comes from a function.  The
// only files that include the library are this one's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace daybook::lifecycle {

// Fills a part of `out`; 0 at the end.
using ReadBytes = std::function<Result<std::size_t>(std::span<char> out)>;
// Bytes of a file, from its beginning on; `fd` must stay open.
ReadBytes read_from(int fd, std::string path);

// Not thread-safe.
class ZstdWriter {
public:
    // `fd` must stay open; `path` is for messages.
    ZstdWriter(int fd, std::string path);
    ~ZstdWriter();
    ZstdWriter(const ZstdWriter&) = delete;
    ZstdWriter& operator=(const ZstdWriter&) = delete;

    Status write(std::string_view bytes);
    // Ends the frame.  Nothing may be written behind it.
    Status finish();

    // Of the compressed bytes; after finish().
    std::uint64_t bytes() const { return bytes_; }
    const std::string& sha256() const { return sha256_; }

private:
    struct Context;
    Status step(std::string_view bytes, bool is_last);

    std::unique_ptr<Context> context_;
    int fd_;
    std::string path_;
    std::string out_;
    Sha256 hash_;
    std::string sha256_{};
    std::uint64_t bytes_ = 0;
};

// Takes no more memory than a window of 128 MiB needs, whatever the frame asks for.  Not
// thread-safe.
class ZstdReader {
public:
    explicit ZstdReader(ReadBytes source);
    ~ZstdReader();
    ZstdReader(const ZstdReader&) = delete;
    ZstdReader& operator=(const ZstdReader&) = delete;

    // Fills `out`, less only at the end of the last frame.  kCorrupt: the bytes are no zstd, are
    // damaged, or end within a frame.
    Result<std::size_t> read(std::span<char> out);

private:
    struct Context;
    std::unique_ptr<Context> context_;
    ReadBytes source_;
    std::string in_;
    std::size_t in_begin_ = 0;
    std::size_t in_end_ = 0;
    bool is_at_end_ = false;  // of the source
    bool is_within_frame_ = false;
};

}  // namespace daybook::lifecycle
