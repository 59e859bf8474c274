#include "archive/parquet_encoding.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hash.h"

namespace daybook::archive {
namespace {

// Reads what the encodings have written, as plainly as their specification says it.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t byte() { return static_cast<std::uint8_t>(bytes_.at(at_++)); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
    std::int64_t zigzag() {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
    }
    std::vector<std::uint64_t> packed(std::size_t count, unsigned width) {
        std::vector<std::uint64_t> values(count);
        for (std::size_t bit = 0; bit < count * width; ++bit) {
            const auto source = static_cast<std::uint8_t>(bytes_.at(at_ + bit / 8));
            const std::uint64_t value = (source >> (bit % 8)) & 1;
            values[bit / width] |= value << (bit % width);
        }
        at_ += (count * width + 7) / 8;
        return values;
    }
    bool at_end() const { return at_ == bytes_.size(); }

private:
    std::string bytes_;
    std::size_t at_ = 0;
};

std::vector<std::int64_t> read_delta(const std::string& bytes) {
    Reader reader(bytes);
    const std::uint64_t block = reader.varint();
    const std::uint64_t miniblocks = reader.varint();
    const std::uint64_t count = reader.varint();
    std::vector<std::int64_t> values = {reader.zigzag()};
    const std::uint64_t each = block / miniblocks;
    while (values.size() < count) {
        const std::int64_t least = reader.zigzag();
        std::vector<unsigned> widths;
        for (std::uint64_t i = 0; i < miniblocks; ++i) widths.push_back(reader.byte());
        for (std::uint64_t i = 0; i < miniblocks && values.size() < count; ++i) {
            for (const std::uint64_t above : reader.packed(each, widths[i])) {
                if (values.size() == count) break;
                values.push_back(
                    static_cast<std::int64_t>(static_cast<std::uint64_t>(values.back()) +
                                              static_cast<std::uint64_t>(least) + above));
            }
        }
    }
    EXPECT_TRUE(reader.at_end());
    values.resize(count);
    return values;
}

std::vector<std::uint32_t> read_hybrid(const std::string& bytes, std::size_t count,
                                       unsigned width) {
    Reader reader(bytes);
    std::vector<std::uint32_t> values;
    while (!reader.at_end()) {
        const std::uint64_t head = reader.varint();
        if ((head & 1) == 0) {
            std::uint32_t value = 0;
            for (unsigned bits = 0; bits < width; bits += 8) {
                value |= static_cast<std::uint32_t>(reader.byte()) << bits;
            }
            values.insert(values.end(), head >> 1, value);
        } else {
            for (const std::uint64_t value : reader.packed((head >> 1) * 8, width)) {
                values.push_back(static_cast<std::uint32_t>(value));
            }
        }
    }
    // The last group of eight is filled up.
    EXPECT_LT(values.size(), count + 8);
    values.resize(count);
    return values;
}

RC_GTEST_PROP(ParquetEncoding, DeltasComeBack, (std::vector<std::int64_t> values)) {
    std::string bytes;
    append_delta(bytes, values);
    RC_ASSERT(read_delta(bytes) == values);
}

TEST(ParquetEncoding, DeltasOfEveryLengthAndOfTheExtremesComeBack) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < 300; ++i) {
        std::string bytes;
        append_delta(bytes, values);
        EXPECT_EQ(read_delta(bytes), values) << i;
        values.push_back(i % 3 == 0 ? INT64_MAX : i % 3 == 1 ? INT64_MIN : i * i);
    }
}

RC_GTEST_PROP(ParquetEncoding, RunsAndGroupsComeBack, ()) {
    const auto width = *rc::gen::inRange(1U, 20U);
    std::vector<std::uint32_t> values;
    const auto runs =
        *rc::gen::container<std::vector<std::pair<std::uint32_t, std::size_t>>>(rc::gen::pair(
            rc::gen::inRange<std::uint32_t>(0, 1U << width), rc::gen::inRange<std::size_t>(1, 20)));
    for (const auto& [value, length] : runs) values.insert(values.end(), length, value);
    std::string bytes;
    append_hybrid(bytes, values, width);
    RC_ASSERT(read_hybrid(bytes, values.size(), width) == values);
}

TEST(ParquetEncoding, AWidthHoldsEveryIndex) {
    EXPECT_EQ(bit_width(0), 1U);
    EXPECT_EQ(bit_width(1), 1U);
    EXPECT_EQ(bit_width(2), 1U);
    EXPECT_EQ(bit_width(3), 2U);
    EXPECT_EQ(bit_width(4), 2U);
    EXPECT_EQ(bit_width(5), 3U);
    EXPECT_EQ(bit_width(256), 8U);
    EXPECT_EQ(bit_width(257), 9U);
}

// By the specification of Thrift's compact protocol.
TEST(ThriftWriter, WritesTheBytesOfTheCompactProtocol) {
    std::string bytes;
    ThriftWriter out(bytes);
    out.begin_struct();
    out.i32(1, -1);
    out.i64(3, 300);
    out.boolean(4, true);
    out.boolean(20, false);
    out.binary(21, "ab");
    out.begin_struct(22);
    out.i16(1, 2);
    out.end_struct();
    out.list(23, ThriftWriter::Type::kI32, 2);
    out.element_i32(1);
    out.element_i32(-2);
    out.list(24, ThriftWriter::Type::kBinary, 15);
    out.end_struct();
    EXPECT_EQ(to_hex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
              "1501"      // field 1, i32: -1
              "26d804"    // field 3, i64: 300
              "11"        // field 4: true
              "0228"      // field 20, its id in full: false
              "18026162"  // field 21: two bytes
              "1c140400"  // field 22: a struct of an i16, 2
              "19250203"  // field 23: a list of two i32
              "19f80f"    // field 24: a list of fifteen
              "00");
}

}  // namespace
}  // namespace daybook::archive
