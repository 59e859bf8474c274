#include "archive/row_group.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "archive/parquet_encoding.h"
#include "base/check.h"
#include "json/chars.h"
#include "log/line.h"

namespace daybook::archive {
namespace {

using Type = ThriftWriter::Type;

// Numbers of the format.
constexpr int kTypeInt64 = 2;
constexpr int kTypeByteArray = 6;
constexpr int kCodecZstd = 6;
constexpr int kPlain = 0;
constexpr int kRle = 3;
constexpr int kDeltaBinaryPacked = 5;
constexpr int kDeltaLengthByteArray = 6;
constexpr int kRleDictionary = 8;
constexpr int kDataPage = 0;
constexpr int kDictionaryPage = 2;

// Lines of one page: so many that a reader's memory stays small, and a frame worth its head.
constexpr std::size_t kPageBytes = std::size_t{1} << 20;
// However short they are: the length of each takes eight bytes until the page is written.
constexpr std::size_t kPageTexts = std::size_t{1} << 16;
// What is longer is of no use for skipping row groups.
constexpr std::size_t kBoundBytesMax = 128;

bool is_text(std::string_view bytes) {
    return std::memchr(bytes.data(), '\0', bytes.size()) == nullptr &&
           json::utf8_prefix(bytes) == bytes.size();
}

// Which rows have a value, in runs.
class Presence {
public:
    void add(bool present, std::uint64_t rows = 1) {
        if (runs_.empty() || runs_.back().first != present) runs_.emplace_back(present, 0);
        runs_.back().second += rows;
        if (!present) nulls_ += rows;
    }
    std::uint64_t nulls() const { return nulls_; }

    // As definition levels: their size in four bytes, then runs.
    void append_levels(std::string& out) const {
        std::string levels;
        for (const auto& [present, rows] : runs_) {
            append_varint(levels, rows << 1);
            levels.push_back(present ? '\1' : '\0');
        }
        append_u32(out, static_cast<std::uint32_t>(levels.size()));
        out += levels;
    }

private:
    std::vector<std::pair<bool, std::uint64_t>> runs_;
    std::uint64_t nulls_ = 0;
};

// Puts pages behind one another.
class PageWriter {
public:
    PageWriter(Compressor& compressor, ColumnChunk& column)
        : compressor_(compressor), column_(column) {}

    void data(std::string_view page, std::uint64_t rows, int encoding, Effort effort) {
        column_.encoding = encoding;
        column_.values += rows;
        write(page, kDataPage, effort, [&](ThriftWriter& out) {
            out.begin_struct(5);
            out.i32(1, static_cast<std::int32_t>(rows));
            out.i32(2, encoding);
            out.i32(3, kRle);
            out.i32(4, kRle);
            out.end_struct();
        });
    }

    void dictionary(std::string_view page, std::size_t values) {
        write(page, kDictionaryPage, Effort::kNormal, [&](ThriftWriter& out) {
            out.begin_struct(7);
            out.i32(1, static_cast<std::int32_t>(values));
            out.i32(2, kPlain);
            out.end_struct();
        });
        column_.dictionary_bytes = column_.bytes.size();
    }

private:
    template <typename Head>
    void write(std::string_view page, int type, Effort effort, const Head& head) {
        compressed_.clear();
        compressor_.compress(page, effort, compressed_);
        const std::size_t before = column_.bytes.size();
        ThriftWriter out(column_.bytes);
        out.begin_struct();
        out.i32(1, type);
        out.i32(2, static_cast<std::int32_t>(page.size()));
        out.i32(3, static_cast<std::int32_t>(compressed_.size()));
        head(out);
        out.end_struct();
        column_.uncompressed += column_.bytes.size() - before + page.size();
        column_.bytes += compressed_;
    }

    Compressor& compressor_;
    ColumnChunk& column_;
    std::string compressed_;
};

// Texts of which there are few.
class DictionaryColumn {
public:
    explicit DictionaryColumn(bool optional) : optional_(optional) {}

    void add(std::optional<std::string_view> text) {
        presence_.add(text.has_value());
        if (!text) return;
        // Mostly the one before.
        if (indices_.empty() || texts_[indices_.back()] != *text) {
            const auto found = known_.find(*text);
            if (found != known_.end()) {
                indices_.push_back(found->second);
                return;
            }
            texts_.emplace_back(*text);
            const auto index = static_cast<std::uint32_t>(texts_.size() - 1);
            known_.emplace(texts_.back(), index);
            indices_.push_back(index);
            return;
        }
        indices_.push_back(indices_.back());
    }

    void write(Compressor& compressor, std::uint64_t rows, ColumnChunk& column) const {
        PageWriter pages(compressor, column);
        column.nulls = presence_.nulls();
        std::string page;
        if (texts_.empty()) {
            // Not every reader takes a dictionary of nothing.
            presence_.append_levels(page);
            pages.data(page, rows, kPlain, Effort::kNormal);
            return;
        }
        for (const std::string& text : texts_) {
            append_u32(page, static_cast<std::uint32_t>(text.size()));
            page += text;
        }
        pages.dictionary(page, texts_.size());
        page.clear();
        if (optional_) presence_.append_levels(page);
        const unsigned width = bit_width(texts_.size());
        page.push_back(static_cast<char>(width));
        append_hybrid(page, indices_, width);
        pages.data(page, rows, kRleDictionary, Effort::kNormal);
        const auto [least, greatest] = std::minmax_element(texts_.begin(), texts_.end());
        if (least->size() <= kBoundBytesMax) column.least = *least;
        if (greatest->size() <= kBoundBytesMax) column.greatest = *greatest;
    }

private:
    bool optional_;
    Presence presence_;
    std::deque<std::string> texts_;  // whose addresses stay
    std::unordered_map<std::string_view, std::uint32_t> known_;
    std::vector<std::uint32_t> indices_;
};

class NumberColumn {
public:
    explicit NumberColumn(bool optional) : optional_(optional) {}

    void add(std::optional<std::int64_t> value) {
        presence_.add(value.has_value());
        if (value) values_.push_back(*value);
    }

    void write(Compressor& compressor, std::uint64_t rows, ColumnChunk& column) const {
        column.nulls = presence_.nulls();
        std::string page;
        if (optional_) presence_.append_levels(page);
        append_delta(page, values_);
        PageWriter(compressor, column).data(page, rows, kDeltaBinaryPacked, Effort::kNormal);
        if (values_.empty()) return;
        const auto [least, greatest] = std::minmax_element(values_.begin(), values_.end());
        column.least = bytes_of(*least);
        column.greatest = bytes_of(*greatest);
    }

private:
    static std::string bytes_of(std::int64_t value) {
        std::string bytes;
        for (unsigned bits = 0; bits < 64; bits += 8) {
            bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> bits));
        }
        return bytes;
    }

    bool optional_;
    Presence presence_;
    std::vector<std::int64_t> values_;
};

// Texts that are all different, a page at a time.
class TextColumn {
public:
    TextColumn(Compressor& compressor, ColumnChunk& column)
        : compressor_(compressor), column_(column), pages_(compressor, column) {}

    void add(std::optional<std::string_view> text) {
        presence_.add(text.has_value());
        ++rows_;
        if (!text) return;
        lengths_.push_back(static_cast<std::int64_t>(text->size()));
        bytes_ += *text;
        if (bytes_.size() >= kPageBytes || lengths_.size() >= kPageTexts) flush();
    }

    void finish() {
        if (rows_ > 0) flush();
    }

private:
    void flush() {
        if (!effort_ && !bytes_.empty()) effort_ = compressor_.choose(bytes_);
        std::string page;
        page.reserve(bytes_.size() + 4 * lengths_.size() + 64);
        presence_.append_levels(page);
        append_delta(page, lengths_);
        page += bytes_;
        pages_.data(page, rows_, kDeltaLengthByteArray, effort_.value_or(Effort::kFast));
        column_.nulls += presence_.nulls();
        presence_ = {};
        rows_ = 0;
        lengths_.clear();
        bytes_.clear();
    }

    Compressor& compressor_;
    ColumnChunk& column_;
    PageWriter pages_;
    std::optional<Effort> effort_;
    Presence presence_;
    std::uint64_t rows_ = 0;
    std::vector<std::int64_t> lengths_;
    std::string bytes_;
};

ColumnChunk& column_of(RowGroup& group, Field field) {
    return group.columns[static_cast<std::size_t>(field)];
}

// The columns of one row group while it grows.
class Columns {
public:
    Columns(Compressor& compressor, RowGroup& group)
        : compressor_(compressor),
          group_(group),
          event_ids_(compressor, column_of(group, Field::kEventId)),
          lines_(compressor, column_of(group, Field::kLine)),
          damaged_(compressor, column_of(group, Field::kDamagedBytes)) {}

    void add(const log::Line& line, const std::optional<json::Envelope>& envelope) {
        ++group_.rows;
        offsets_.add(static_cast<std::int64_t>(line.offset.value()));
        if (envelope) {
            event_types_.add(envelope->event_type);
            event_ids_.add(envelope->event_id);
            timestamps_.add(envelope->timestamp.value());
            run_ids_.add(envelope->run_id);
        } else {
            event_types_.add(std::nullopt);
            event_ids_.add(std::nullopt);
            timestamps_.add(std::nullopt);
            run_ids_.add(std::nullopt);
        }
        if (is_text(line.text)) {
            lines_.add(line.text);
            damaged_.add(std::nullopt);
        } else {
            lines_.add(std::nullopt);
            damaged_.add(line.text);
        }
    }

    void finish() {
        DictionaryColumn parts(false);
        const std::string name = to_string(group_.part);
        for (std::uint64_t row = 0; row < group_.rows; ++row) parts.add(name);
        parts.write(compressor_, group_.rows, column_of(group_, Field::kPart));
        offsets_.write(compressor_, group_.rows, column_of(group_, Field::kOffset));
        event_types_.write(compressor_, group_.rows, column_of(group_, Field::kEventType));
        timestamps_.write(compressor_, group_.rows, column_of(group_, Field::kTimestamp));
        run_ids_.write(compressor_, group_.rows, column_of(group_, Field::kRunId));
        event_ids_.finish();
        lines_.finish();
        damaged_.finish();
    }

private:
    Compressor& compressor_;
    RowGroup& group_;
    NumberColumn offsets_{false};
    DictionaryColumn event_types_{true};
    DictionaryColumn run_ids_{true};
    NumberColumn timestamps_{true};
    TextColumn event_ids_;
    TextColumn lines_;
    TextColumn damaged_;
};

// All of `text` as a row: of a line that is too long, Line::text is its beginning.
log::Line whole(log::Line line, std::string_view text) {
    line.text = text;
    return line;
}

}  // namespace

const FieldInfo& info_of(Field field) {
    static constexpr std::array<FieldInfo, kFieldCount> kFields{{
        {"part", true, false, false},
        {"offset", false, false, false},
        {"event_type", true, false, true},
        {"event_id", true, false, true},
        {"timestamp_ms", false, false, true},
        {"run_id", true, false, true},
        {"line", true, false, true},
        {"damaged_bytes", false, true, true},
    }};
    return kFields[static_cast<std::size_t>(field)];
}

int physical_type(const FieldInfo& info) {
    return info.is_text || info.is_bytes ? kTypeByteArray : kTypeInt64;
}

bool fits_columns(const json::Envelope& envelope) {
    return is_text(envelope.event_type) && is_text(envelope.event_id) && is_text(envelope.run_id);
}

RowGroup RowGroupEncoder::encode(const LineChunk& chunk) {
    RowGroup group{.part = chunk.part};
    Columns columns(compressor_, group);
    for (const Stretch& stretch : chunk.stretches) {
        std::string_view rest(chunk.bytes.data() + stretch.begin, stretch.end - stretch.begin);
        ByteOffset offset = stretch.offset;
        while (!rest.empty()) {
            const std::size_t newline = rest.find('\n');
            const std::string_view text = rest.substr(0, newline);
            const log::Line line = log::judge_line(text, offset);
            const bool finished = newline != std::string_view::npos;
            std::optional<json::Envelope> envelope;
            // What is unfinished is no event, whatever it looks like.
            if (finished && line.kind != log::LineKind::kDamaged) envelope = envelopes_.read(text);
            if (envelope && !fits_columns(*envelope)) envelope.reset();
            columns.add(whole(line, text), envelope);
            if (!finished) break;
            const log::LineMark mark{line.offset, line.checksum};
            if (!group.first_line) group.first_line = mark;
            group.last_line = mark;
            rest.remove_prefix(newline + 1);
            offset += newline + 1;
        }
    }
    columns.finish();
    return group;
}

void append_column_chunk(ThriftWriter& out, Field field, const ColumnChunk& column,
                         std::uint64_t offset) {
    const FieldInfo& info = info_of(field);
    const bool has_dictionary = column.dictionary_bytes.has_value();
    const auto begin = static_cast<std::int64_t>(offset);
    out.begin_struct();
    out.i64(2, begin);
    out.begin_struct(3);
    out.i32(1, physical_type(info));
    out.list(2, Type::kI32, has_dictionary ? 3 : 2);
    out.element_i32(kRle);
    out.element_i32(column.encoding);
    if (has_dictionary) out.element_i32(kPlain);
    out.list(3, Type::kBinary, 1);
    out.element_binary(info.name);
    out.i32(4, kCodecZstd);
    out.i64(5, static_cast<std::int64_t>(column.values));
    out.i64(6, static_cast<std::int64_t>(column.uncompressed));
    out.i64(7, static_cast<std::int64_t>(column.compressed));
    out.i64(9, begin + static_cast<std::int64_t>(column.dictionary_bytes.value_or(0)));
    if (has_dictionary) out.i64(11, begin);
    out.begin_struct(12);
    out.i64(3, static_cast<std::int64_t>(column.nulls));
    if (column.greatest) out.binary(5, *column.greatest);
    if (column.least) out.binary(6, *column.least);
    out.end_struct();
    out.end_struct();
    out.end_struct();
}

}  // namespace daybook::archive
