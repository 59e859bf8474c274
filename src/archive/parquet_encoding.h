// The encodings of Parquet that an archive uses, and Thrift's compact protocol, in which Parquet
// writes what it knows of its pages.  Each function appends to `out`.
//
// https://parquet.apache.org/docs/file-format/data-pages/encodings/
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::archive {

// Thrift: field by field, in ascending order of their ids.
class ThriftWriter {
public:
    enum class Type : std::uint8_t { kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };

    explicit ThriftWriter(std::string& out) : out_(out) {}

    void i16(int id, std::int16_t value);
    void i32(int id, std::int32_t value);
    void i64(int id, std::int64_t value);
    void boolean(int id, bool value);
    void binary(int id, std::string_view bytes);
    // Its elements follow: by element_i32() and so on, or structs.
    void list(int id, Type element, std::size_t count);
    void element_i32(std::int32_t value);
    void element_binary(std::string_view bytes);
    // A field that is a struct; without an id, an element of a list.
    void begin_struct(int id);
    void begin_struct();
    void end_struct();

private:
    void field(int id, int type);

    std::string& out_;
    int last_ = 0;
    std::vector<int> outer_;
};

// 32 bits, the lowest byte first.
void append_u32(std::string& out, std::uint32_t value);
void append_varint(std::string& out, std::uint64_t value);
void append_zigzag(std::string& out, std::int64_t value);

// DELTA_BINARY_PACKED, for INT64 and INT32 alike as long as differences fit into the type.
void append_delta(std::string& out, std::span<const std::int64_t> values);

// The hybrid of runs and bit-packed groups, with `width` bits a value.
void append_hybrid(std::string& out, std::span<const std::uint32_t> values, unsigned width);

// How many bits hold every number below `count`; at least 1.
unsigned bit_width(std::size_t count);

}  // namespace daybook::archive
