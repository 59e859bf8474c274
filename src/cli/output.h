// Rows for people and for programs: one table, five formats; a sixth, parquet, is written by
// cli/rows_target.h.
//
//     RowWriter rows = …make_row_writer(format, {{"run_id"}, {"ms", Unit::kDurationMs}}, …);
//     rows->row({"r1", 1250});        // table: "1.3 s"; all others: 1250
//     rows->finish();
//
// table and markdown are for people: durations, sizes and times in human form, numbers to the
// right. json (one array of objects), ndjson (one object a line) and csv hold raw values: numbers,
// booleans and nulls keep their types, and a column of JSON is embedded as JSON and not as a
// string.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/standard_output.h"

namespace daybook::cli {

enum class Format { kTable, kJson, kNdjson, kCsv, kMarkdown, kParquet };

inline constexpr std::string_view kFormatNames = "table|json|ndjson|csv|markdown";
// Of commands that can write their rows to a file.
inline constexpr std::string_view kFileFormatNames = "table|json|ndjson|csv|markdown|parquet";
// Of commands whose answer is one document.
inline constexpr std::string_view kDocumentFormatNames = "table|json|ndjson";
// nullopt: not one of kFileFormatNames.
std::optional<Format> parse_format(std::string_view name);

// What a column's numbers measure: how the formats for people show them.
enum class Unit {
    kNone,
    kTimeMs,  // since the Unix epoch
    kDurationMs,
    kBytes,
    kMeasured,  // a real number of which six digits are enough
};

struct Column {
    std::string name;  // in machine formats, and the header of tables unless `title` is there
    Unit unit = Unit::kNone;
    std::string title{};
    bool whole = false;  // never cut: an id that will be copied, a bar drawn to scale
    // On a terminal that is too narrow the columns of the highest rank are left out first, those
    // of rank 0 never.
    int drop_rank = 0;
};

// Text that is JSON already.
struct JsonText {
    std::string text;
};

// A number too large or too exact for the types of C++, as it is written.
struct NumberText {
    std::string text;
};

// One value; nothing is null.
class Cell {
public:
    using Variant = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                                 NumberText, std::string, JsonText>;

    Cell() = default;
    Cell(std::nullptr_t) {}
    Cell(std::same_as<bool> auto value) : value_(value) {}
    Cell(std::signed_integral auto value) : value_(std::int64_t{value}) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Cell(T value) : value_(std::uint64_t{value}) {}
    Cell(double value) : value_(value) {}
    Cell(std::string value) : value_(std::move(value)) {}
    Cell(std::string_view value) : value_(std::string(value)) {}
    Cell(const char* value) : value_(std::string(value)) {}
    Cell(NumberText value) : value_(std::move(value)) {}
    Cell(JsonText value) : value_(std::move(value)) {}
    template <typename T>
    Cell(std::optional<T> value) {
        if (value) *this = Cell(*std::move(value));
    }

    const Variant& get() const { return value_; }
    bool is_null() const { return value_.index() == 0; }
    bool is_number() const { return value_.index() >= 2 && value_.index() <= 5; }

private:
    Variant value_;
};

// What the place where the output appears can show.
struct Style {
    bool terminal = false;  // box characters; long cells may be cut to the width
    bool colour = false;    // terminal, and the user has not said NO_COLOR
    int columns = 0;        // the width; 0: unlimited
};

// Takes one row after the other.  json, ndjson and csv are written as they come; table and markdown
// when it is finished, because the widths must be known.
class RowWriter {
public:
    virtual ~RowWriter() = default;
    // `cells` has as many elements as there are columns.
    virtual void row(std::vector<Cell> cells) = 0;
    // After the last row, once.
    virtual void finish() = 0;
};

// `out` must live as long as the writer.  Not for kParquet.
std::unique_ptr<RowWriter> make_row_writer(Format format, std::vector<Column> columns,
                                           const Style& style, StandardOutput& out);

// The value in a format for people, on one line; null is "".
std::string human_cell(const Cell& cell, Unit unit);
// The value as JSON text; numbers that JSON cannot hold are the strings "NaN", "Infinity" and
// "-Infinity".
std::string json_cell(const Cell& cell);

}  // namespace daybook::cli
