// Lines of one part as a row group of Parquet: judged, taken apart, encoded, compressed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/zstd.h"
#include "base/strong.h"
#include "json/envelope.h"
#include "log/layout.h"
#include "log/log_source.h"

namespace daybook::archive {

class ThriftWriter;

// The columns, in the order of the file.
enum class Field : std::uint8_t {
    kPart,
    kOffset,
    kEventType,
    kEventId,
    kTimestamp,
    kRunId,
    kLine,
    kDamagedBytes,
};
inline constexpr std::size_t kFieldCount = 8;

struct FieldInfo {
    const char* name;
    bool is_text;   // BYTE_ARRAY with the annotation of text; otherwise:
    bool is_bytes;  // BYTE_ARRAY without; otherwise INT64
    bool optional;
};
const FieldInfo& info_of(Field field);
// The number that Parquet has for what its values are stored as.
int physical_type(const FieldInfo& info);

// Whole lines that lie side by side in a part.
struct Stretch {
    ByteOffset offset{};    // in the part as it was written
    std::size_t begin = 0;  // in LineChunk::bytes
    std::size_t end = 0;
};

// Lines of one part, each with its newline but for an unfinished one at the part's end.
struct LineChunk {
    log::PartId part;
    std::string bytes{};
    std::vector<Stretch> stretches{};  // by offset
};

struct ColumnChunk {
    std::string bytes{};  // its pages
    std::uint64_t uncompressed = 0;
    std::uint64_t compressed = 0;  // of the pages, once they are written and gone
    std::uint64_t values = 0;
    std::uint64_t nulls = 0;
    std::optional<std::size_t> dictionary_bytes{};  // the pages begin with one of so many bytes
    int encoding = 0;
    // What readers skip row groups by; none of what is long.
    std::optional<std::string> least{};
    std::optional<std::string> greatest{};
};

struct RowGroup {
    log::PartId part;
    std::uint64_t rows = 0;
    std::array<ColumnChunk, kFieldCount> columns{};
    // In offsets of the part as it was written; of lines that end with a newline.
    std::optional<log::LineMark> first_line{};
    std::optional<log::LineMark> last_line{};
};

// Whether the columns can hold it: no text of Parquet holds a NUL.  All of an envelope stands in
// columns, or nothing of it.
bool fits_columns(const json::Envelope& envelope);

// One thread uses it, for many chunks.
class RowGroupEncoder {
public:
    RowGroup encode(const LineChunk& chunk);

private:
    Compressor compressor_;
    json::EnvelopeReader envelopes_;
};

// Appends the column's entry in the footer; its pages begin at `offset` in the file.
void append_column_chunk(ThriftWriter& out, Field field, const ColumnChunk& column,
                         std::uint64_t offset);

}  // namespace daybook::archive
