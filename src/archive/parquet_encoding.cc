#include "archive/parquet_encoding.h"

#include <algorithm>
#include <array>
#include <bit>

namespace daybook::archive {
namespace {

// Values in a block of a delta encoding, and in each of its miniblocks.
constexpr std::size_t kBlockValues = 128;
constexpr std::size_t kMiniblocks = 4;
constexpr std::size_t kMiniblockValues = kBlockValues / kMiniblocks;
// Groups of bit-packed values, and runs that are worth breaking one for.
constexpr std::size_t kGroupValues = 8;

// Packs values of up to 64 bits, the lowest bit first.
class BitPacker {
public:
    BitPacker(std::string& out, unsigned width) : out_(out), width_(width) {}

    void put(std::uint64_t value) {
        for (unsigned left = width_; left > 0;) {
            const unsigned take = std::min(left, 8 - filled_);
            const auto mask = static_cast<std::uint64_t>((1U << take) - 1);
            byte_ = static_cast<std::uint8_t>(byte_ | ((value & mask) << filled_));
            value >>= take;
            left -= take;
            filled_ += take;
            if (filled_ == 8) flush();
        }
    }

    // Whole groups of eight values end at a byte, so nothing is left over.
    void flush() {
        if (filled_ == 0) return;
        out_.push_back(static_cast<char>(byte_));
        byte_ = 0;
        filled_ = 0;
    }

private:
    std::string& out_;
    unsigned width_;
    std::uint8_t byte_ = 0;
    unsigned filled_ = 0;
};

// Differences wrap around, as the format has it.
std::int64_t difference(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

void append_delta_block(std::string& out, std::span<const std::int64_t> deltas) {
    const std::int64_t least = *std::min_element(deltas.begin(), deltas.end());
    append_zigzag(out, least);
    std::array<unsigned, kMiniblocks> widths{};
    for (std::size_t i = 0; i < deltas.size(); ++i) {
        const auto above = static_cast<std::uint64_t>(difference(deltas[i], least));
        unsigned& width = widths[i / kMiniblockValues];
        width = std::max(width, static_cast<unsigned>(std::bit_width(above)));
    }
    for (const unsigned width : widths) out.push_back(static_cast<char>(width));
    for (std::size_t m = 0; m * kMiniblockValues < deltas.size(); ++m) {
        BitPacker packer(out, widths[m]);
        for (std::size_t i = m * kMiniblockValues; i < (m + 1) * kMiniblockValues; ++i) {
            const std::int64_t delta = i < deltas.size() ? deltas[i] : least;
            packer.put(static_cast<std::uint64_t>(difference(delta, least)));
        }
        packer.flush();
    }
}

std::size_t run_length(std::span<const std::uint32_t> values) {
    const auto end = std::find_if(values.begin(), values.end(),
                                  [&](std::uint32_t value) { return value != values.front(); });
    return static_cast<std::size_t>(end - values.begin());
}

}  // namespace

void append_u32(std::string& out, std::uint32_t value) {
    for (unsigned bits = 0; bits < 32; bits += 8) out.push_back(static_cast<char>(value >> bits));
}

void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

void append_zigzag(std::string& out, std::int64_t value) {
    append_varint(
        out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void append_delta(std::string& out, std::span<const std::int64_t> values) {
    append_varint(out, kBlockValues);
    append_varint(out, kMiniblocks);
    append_varint(out, values.size());
    append_zigzag(out, values.empty() ? 0 : values.front());
    std::array<std::int64_t, kBlockValues> deltas{};
    for (std::size_t i = 1; i < values.size(); i += kBlockValues) {
        const std::size_t count = std::min(kBlockValues, values.size() - i);
        for (std::size_t j = 0; j < count; ++j) {
            deltas[j] = difference(values[i + j], values[i + j - 1]);
        }
        append_delta_block(out, std::span(deltas).first(count));
    }
}

void append_hybrid(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
    while (!values.empty()) {
        const std::size_t run = run_length(values);
        if (run >= kGroupValues) {
            append_varint(out, run << 1);
            for (unsigned bits = 0; bits < width; bits += 8) {
                out.push_back(static_cast<char>(values.front() >> bits));
            }
            values = values.subspan(run);
            continue;
        }
        // Groups of eight, up to one that begins a run.
        std::size_t count = kGroupValues;
        while (count < values.size() && run_length(values.subspan(count)) < kGroupValues) {
            count += kGroupValues;
        }
        append_varint(out, (count / kGroupValues << 1) | 1);
        BitPacker packer(out, width);
        for (std::size_t i = 0; i < count; ++i) packer.put(i < values.size() ? values[i] : 0);
        packer.flush();
        values = values.subspan(std::min(count, values.size()));
    }
}

unsigned bit_width(std::size_t count) {
    return count <= 2 ? 1 : static_cast<unsigned>(std::bit_width(count - 1));
}

void ThriftWriter::field(int id, int type) {
    const int step = id - last_;
    if (step >= 1 && step <= 15) {
        out_.push_back(static_cast<char>((step << 4) | type));
    } else {
        out_.push_back(static_cast<char>(type));
        append_zigzag(out_, id);
    }
    last_ = id;
}

void ThriftWriter::i16(int id, std::int16_t value) {
    field(id, 4);
    append_zigzag(out_, value);
}

void ThriftWriter::i32(int id, std::int32_t value) {
    field(id, static_cast<int>(Type::kI32));
    append_zigzag(out_, value);
}

void ThriftWriter::i64(int id, std::int64_t value) {
    field(id, static_cast<int>(Type::kI64));
    append_zigzag(out_, value);
}

void ThriftWriter::boolean(int id, bool value) { field(id, value ? 1 : 2); }

void ThriftWriter::binary(int id, std::string_view bytes) {
    field(id, static_cast<int>(Type::kBinary));
    element_binary(bytes);
}

void ThriftWriter::list(int id, Type element, std::size_t count) {
    field(id, static_cast<int>(Type::kList));
    if (count < 15) {
        out_.push_back(static_cast<char>((count << 4) | static_cast<std::uint8_t>(element)));
    } else {
        out_.push_back(static_cast<char>(0xf0 | static_cast<std::uint8_t>(element)));
        append_varint(out_, count);
    }
}

void ThriftWriter::element_i32(std::int32_t value) { append_zigzag(out_, value); }

void ThriftWriter::element_binary(std::string_view bytes) {
    append_varint(out_, bytes.size());
    out_ += bytes;
}

void ThriftWriter::begin_struct(int id) {
    field(id, static_cast<int>(Type::kStruct));
    begin_struct();
}

void ThriftWriter::begin_struct() {
    outer_.push_back(last_);
    last_ = 0;
}

void ThriftWriter::end_struct() {
    out_.push_back('\0');
    last_ = outer_.back();
    outer_.pop_back();
}

}  // namespace daybook::archive
