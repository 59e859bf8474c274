#include "cli/output.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "cli/human.h"
#include "cli/output_table.h"
#include "base/text_width.h"

namespace daybook::cli {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

// The shortest text that reads back as the same number, with a point or exponent: "1.0", not "1".
std::string real_text(double value) {
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string non_finite_name(double value) {
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

class JsonRows final : public RowWriter {
public:
    JsonRows(const std::vector<Column>& columns, bool lines, StandardOutput& out)
        : out_(out), lines_(lines) {
        for (const Column& column : columns) {
            std::string& prefix = prefixes_.emplace_back();
            append_json_string(prefix, column.name);
            prefix += ':';
        }
    }

    void row(std::vector<Cell> cells) override {
        DAYBOOK_CHECK(cells.size() == prefixes_.size());
        std::string text = lines_ ? "{" : rows_++ == 0 ? "[\n {" : ",\n {";
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) text += ',';
            text += prefixes_[i];
            text += json_cell(cells[i]);
        }
        text += lines_ ? "}\n" : "}";
        out_.write(text);
    }

    void finish() override {
        if (!lines_) out_.write(rows_ == 0 ? "[]\n" : "\n]\n");
    }

private:
    StandardOutput& out_;
    bool lines_;
    std::vector<std::string> prefixes_;
    std::size_t rows_ = 0;
};

// RFC 4180, with "\n" for the end of a line.  Null is an empty field, an empty string "".
class CsvRows final : public RowWriter {
public:
    CsvRows(std::vector<Column> columns, StandardOutput& out) : out_(out) {
        std::vector<Cell> names;
        for (Column& column : columns) names.emplace_back(std::move(column.name));
        row(std::move(names));
    }

    void row(std::vector<Cell> cells) override {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) text += ',';
            text += field(cells[i]);
        }
        text += '\n';
        out_.write(text);
    }

    void finish() override {}

private:
    static std::string quoted(std::string_view text) {
        if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
            return std::string(text);
        }
        std::string quoted = "\"";
        for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        return quoted + '"';
    }
    static std::string field(const Cell& cell) {
        if (const auto* text = std::get_if<std::string>(&cell.get())) return quoted(*text);
        if (const auto* json = std::get_if<JsonText>(&cell.get())) return quoted(json->text);
        if (const auto* real = std::get_if<double>(&cell.get()); real && !std::isfinite(*real)) {
            return non_finite_name(*real);
        }
        return cell.is_null() ? "" : json_cell(cell);
    }

    StandardOutput& out_;
};

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
    if (name == "table") return Format::kTable;
    if (name == "json") return Format::kJson;
    if (name == "ndjson") return Format::kNdjson;
    if (name == "csv") return Format::kCsv;
    if (name == "markdown") return Format::kMarkdown;
    if (name == "parquet") return Format::kParquet;
    return std::nullopt;
}

std::string json_cell(const Cell& cell) {
    return std::visit(
        Overloaded{
            [](std::monostate) { return std::string("null"); },
            [](bool value) { return std::string(value ? "true" : "false"); },
            [](std::int64_t value) { return fmt::format("{}", value); },
            [](std::uint64_t value) { return fmt::format("{}", value); },
            [](double value) {
                return std::isfinite(value) ? real_text(value) : '"' + non_finite_name(value) + '"';
            },
            [](const std::string& value) {
                std::string text;
                append_json_string(text, value);
                return text;
            },
            [](const NumberText& value) { return value.text; },
            [](const JsonText& value) { return value.text.empty() ? "null" : value.text; },
        },
        cell.get());
}

std::string human_cell(const Cell& cell, Unit unit) {
    const auto integer = [unit](std::int64_t value) {
        switch (unit) {
            case Unit::kTimeMs: return human_time(value);
            case Unit::kDurationMs: return human_duration(value);
            case Unit::kBytes:
                return value < 0 ? fmt::format("{}", value)
                                 : human_bytes(static_cast<std::uint64_t>(value));
            case Unit::kNone:
            case Unit::kMeasured: break;
        }
        return fmt::format("{}", value);
    };
    return std::visit(Overloaded{
                          [](std::monostate) { return std::string(); },
                          [](bool value) { return std::string(value ? "true" : "false"); },
                          integer,
                          [&](std::uint64_t value) {
                              return value > INT64_MAX ? fmt::format("{}", value)
                                                       : integer(static_cast<std::int64_t>(value));
                          },
                          [&](double value) {
                              if (!std::isfinite(value)) return non_finite_name(value);
                              if (unit == Unit::kDurationMs) return human_milliseconds(value);
                              return unit == Unit::kMeasured ? human_number(value)
                                                             : real_text(value);
                          },
                          [](const std::string& value) { return one_line(value); },
                          [](const NumberText& value) { return value.text; },
                          [](const JsonText& value) { return one_line(value.text); },
                      },
                      cell.get());
}

std::unique_ptr<RowWriter> make_row_writer(Format format, std::vector<Column> columns,
                                           const Style& style, StandardOutput& out) {
    switch (format) {
        case Format::kTable: return make_table_rows(std::move(columns), style, out);
        case Format::kMarkdown: return make_markdown_rows(std::move(columns), out);
        case Format::kCsv: return std::make_unique<CsvRows>(std::move(columns), out);
        case Format::kJson: return std::make_unique<JsonRows>(std::move(columns), false, out);
        case Format::kNdjson: return std::make_unique<JsonRows>(std::move(columns), true, out);
        case Format::kParquet: break;
    }
    DAYBOOK_CHECK(false);
}

}  // namespace daybook::cli
