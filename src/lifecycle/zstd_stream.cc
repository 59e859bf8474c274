#include "lifecycle/zstd_stream.h"

#include <utility>

#include <zstd.h>

#include "base/check.h"
#include "os/file.h"
#include "os/stream.h"

namespace daybook::lifecycle {
namespace {

constexpr int kLevel = 3;
// 128 MiB: what level 3 never needs, and the most that a reader gives.
constexpr int kWindowLogMax = 27;
constexpr std::size_t kBufferBytes = std::size_t{1} << 17;

}  // namespace

ReadBytes read_from(int fd, std::string path) {
    // Read by place: whoever shares the descriptor is not disturbed.
    return [fd, path = std::move(path),
            at = ByteOffset(0)](std::span<char> out) mutable -> Result<std::size_t> {
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd, at, out, path));
        at += got;
        return got;
    };
}

struct ZstdWriter::Context {
    ZSTD_CCtx* stream = ZSTD_createCCtx();
    ~Context() { ZSTD_freeCCtx(stream); }
};

ZstdWriter::ZstdWriter(int fd, std::string path)
    : context_(std::make_unique<Context>()), fd_(fd), path_(std::move(path)) {
    DAYBOOK_CHECK(context_->stream != nullptr);
    out_.resize(kBufferBytes);
    ZSTD_CCtx_setParameter(context_->stream, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_->stream, ZSTD_c_checksumFlag, 1);
}

ZstdWriter::~ZstdWriter() = default;

Status ZstdWriter::step(std::string_view bytes, bool is_last) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
        ZSTD_outBuffer out{out_.data(), out_.size(), 0};
        const std::size_t left = ZSTD_compressStream2(context_->stream, &out, &in,
                                                      is_last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) != 0) {
            return fail(ErrorCode::kInternal, "compress {}: {}", path_, ZSTD_getErrorName(left));
        }
        const std::string_view made(out_.data(), out.pos);
        os::WriteOutcome written = os::write_all(fd_, made, path_);
        if (written.error) return fail(std::move(*written.error));
        hash_.update(made);
        bytes_ += made.size();
        if (is_last ? left == 0 : in.pos == in.size) return {};
    }
}

Status ZstdWriter::write(std::string_view bytes) { return step(bytes, false); }

Status ZstdWriter::finish() {
    RETURN_IF_ERROR(step({}, true));
    sha256_ = to_hex(hash_.finish());
    return {};
}

struct ZstdReader::Context {
    ZSTD_DCtx* stream = ZSTD_createDCtx();
    ~Context() { ZSTD_freeDCtx(stream); }
};

ZstdReader::ZstdReader(ReadBytes source)
    : context_(std::make_unique<Context>()), source_(std::move(source)) {
    DAYBOOK_CHECK(context_->stream != nullptr);
    in_.resize(kBufferBytes);
    ZSTD_DCtx_setParameter(context_->stream, ZSTD_d_windowLogMax, kWindowLogMax);
}

ZstdReader::~ZstdReader() = default;

Result<std::size_t> ZstdReader::read(std::span<char> out) {
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    while (made.pos < made.size) {
        if (in_begin_ == in_end_ && !is_at_end_) {
            ASSIGN_OR_RETURN(in_end_, source_(in_));
            in_begin_ = 0;
            is_at_end_ = in_end_ == 0;
        }
        if (is_at_end_ && !is_within_frame_) break;
        ZSTD_inBuffer in{in_.data(), in_end_, in_begin_};
        const std::size_t made_before = made.pos;
        const std::size_t left = ZSTD_decompressStream(context_->stream, &made, &in);
        if (ZSTD_isError(left) != 0) {
            return fail(ErrorCode::kCorrupt, "it is no zstd, or damaged: {}",
                        ZSTD_getErrorName(left));
        }
        in_begin_ = in.pos;
        is_within_frame_ = left != 0;
        // What the library still holds comes without further input.
        if (is_at_end_ && is_within_frame_ && made.pos == made_before) {
            return fail(ErrorCode::kCorrupt, "it ends within compressed bytes: it was cut");
        }
    }
    return made.pos;
}

}  // namespace daybook::lifecycle
