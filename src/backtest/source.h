// A table of calls or candles, wherever it lies: what SQL needs to read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "duck/type.h"

namespace daybook::backtest {

enum class SourceFormat { kCsv, kParquet, kTable };

struct SourceField {
    std::string name;
    duck::TypeKind kind = duck::TypeKind::kOther;
};

class Source {
public:
    // `what` ("calls", "candles") begins every message.  `path` is a CSV or Parquet file, a glob,
    // the directory of a hive tree, or "FILE.duckdb#table", whose table `calls` is the default.
    // kNotFound: there is no such file; kInvalidArgument: files of two formats, or of none.
    static Result<Source> open(duck::Connection& connection, std::string_view what,
                               const std::string& path);

    // What follows FROM.
    std::string scan() const { return scan_of(files_, ""); }

    // The field that has one of these names, the earlier name first, in any case; null if none has.
    const SourceField* find(std::span<const std::string_view> names) const;
    // The same, or an error that lists what there is: "calls: c.csv: no column …".
    Result<SourceField> require(std::span<const std::string_view> names) const;

    // Rows with the place they came from: a subquery with the columns of scan(), and `daybook_file`
    // and `daybook_row`, its rows from 1.  Slower than scan(), and so for messages only.
    std::string scan_with_places() const;

    // Whether the metadata of a Parquet file have the key; no other source has metadata.
    Result<bool> has_metadata(duck::Connection& connection, std::string_view key) const;

    // That place in words: "c.csv line 7", the first line of the row; "c.parquet row 7".
    std::string place(duck::Connection& connection, const std::string& file,
                      std::int64_t row) const;

    const std::string& what() const { return what_; }
    const std::string& path() const { return path_; }

private:
    Source() = default;
    std::string scan_of(std::span<const std::string> files, std::string_view options) const;

    std::string what_;
    std::string path_;
    SourceFormat format_ = SourceFormat::kCsv;
    std::vector<std::string> files_;
    bool hive_ = false;
    std::string table_;  // kTable: its quoted name
    std::vector<SourceField> fields_;
};

// SQL for the time of `field` in ms since 1970: from a date, a timestamp, ISO 8601 text (UTC if it
// has no zone), or an epoch number, which is seconds below 10^11 and else milliseconds.  NULL where
// it is none of these, or not within the years 0 to 9999.  The session's time zone must be UTC.
std::string time_ms_sql(const SourceField& field);

// SQL for the number in `field`: NULL where there is nothing, NaN where it is not a number.
std::string number_sql(const SourceField& field);

// SQL for `field` as text; never NULL.
std::string text_sql(const SourceField& field);

}  // namespace daybook::backtest
