#include "backtest/fingerprint.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/hash.h"

namespace daybook::backtest {
namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are hashed as they lie in memory");
static_assert(std::numeric_limits<double>::is_iec559);

class Hasher {
public:
    void number(std::int64_t value) { raw(&value, sizeof value); }

    // Equal numbers have equal bytes: one zero, one NaN.
    void number(double value) {
        if (value == 0) value = 0.0;
        if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
        raw(&value, sizeof value);
    }

    void text(std::string_view value) {
        number(static_cast<std::int64_t>(value.size()));
        raw(value.data(), value.size());
    }

    std::string finish() {
        flush();
        return to_hex(sha_.finish());
    }

private:
    void raw(const void* bytes, std::size_t count) {
        buffer_.append(static_cast<const char*>(bytes), count);
        if (buffer_.size() >= kBufferBytes) flush();
    }
    void flush() {
        sha_.update(buffer_);
        buffer_.clear();
    }

    static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
    Sha256 sha_;
    std::string buffer_;
};

}  // namespace

std::string data_fingerprint(std::span<const Call> calls, const std::map<std::string, Bars>& bars) {
    Hasher hasher;
    hasher.text("daybook-data-1");
    hasher.number(static_cast<std::int64_t>(calls.size()));
    for (const Call& call : calls) {
        hasher.text(call.id);
        hasher.text(call.caller);
        hasher.text(call.mint);
        hasher.text(call.chain);
        hasher.number(call.created_at_ms);
    }
    hasher.number(static_cast<std::int64_t>(bars.size()));
    for (const auto& [symbol, series] : bars) {
        hasher.text(symbol);
        hasher.number(static_cast<std::int64_t>(series.size()));
        for (std::size_t i = 0; i < series.size(); ++i) {
            hasher.number(series.ts[i]);
            hasher.number(series.open[i]);
            hasher.number(series.high[i]);
            hasher.number(series.low[i]);
            hasher.number(series.close[i]);
            hasher.number(series.volume[i]);
        }
    }
    return hasher.finish();
}

}  // namespace daybook::backtest
