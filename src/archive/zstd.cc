#include "archive/zstd.h"

#include <zstd.h>

#include <algorithm>

#include "base/check.h"

namespace daybook::archive {
namespace {

// Of what choose() is given, what it tries.
constexpr std::size_t kSampleBytes = std::size_t{128} << 10;

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
    const std::size_t result = ZSTD_CCtx_setParameter(context, parameter, value);
    DAYBOOK_CHECK(ZSTD_isError(result) == 0);
}

void configure(ZSTD_CCtx* context, Effort effort) {
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    set(context, ZSTD_c_compressionLevel, effort == Effort::kNormal ? 3 : 1);
    if (effort != Effort::kAlike) return;
    set(context, ZSTD_c_strategy, ZSTD_fast);
    set(context, ZSTD_c_minMatch, 7);
    set(context, ZSTD_c_hashLog, 10);
    set(context, ZSTD_c_windowLog, 19);
}

}  // namespace

struct Compressor::Context {
    ZSTD_CCtx* zstd = ZSTD_createCCtx();
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor() : context_(std::make_unique<Context>()) {
    DAYBOOK_CHECK(context_->zstd != nullptr);
}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

std::size_t Compressor::compress(std::string_view bytes, Effort effort, std::string& out) {
    configure(context_->zstd, effort);
    const std::size_t begin = out.size();
    out.resize(begin + ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compress2(context_->zstd, out.data() + begin, out.size() - begin,
                                            bytes.data(), bytes.size());
    // With room for the worst case, only memory can lack.
    DAYBOOK_CHECK(ZSTD_isError(size) == 0);
    out.resize(begin + size);
    return size;
}

Effort Compressor::choose(std::string_view bytes) {
    const std::string_view sample = bytes.substr(0, kSampleBytes);
    Effort best = Effort::kNormal;
    std::size_t least = SIZE_MAX;
    // Of two that are alike the faster one, which comes first.
    for (const Effort effort : {Effort::kAlike, Effort::kFast, Effort::kNormal}) {
        sample_.clear();
        const std::size_t size = compress(sample, effort, sample_);
        if (size < least) best = effort;
        least = std::min(least, size);
    }
    return best;
}

}  // namespace daybook::archive
