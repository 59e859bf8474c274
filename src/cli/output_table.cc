#include "cli/output_table.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/ranges.h>

#include "base/check.h"
#include "cli/text_width.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kGap = "  ";
// A column is never cut to less than this; where that is not enough, lines overflow.
constexpr std::size_t kColumnWidthMin = 16;

std::string repeated(std::string_view text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += text;
    return result;
}

std::string title_of(const Column& column) {
    return column.title.empty() ? column.name : column.title;
}

// Keeps all rows as text, and knows which columns hold nothing but numbers.
class BufferedRows : public RowWriter {
public:
    explicit BufferedRows(std::vector<Column> columns)
        : columns_(std::move(columns)),
          numeric_(columns_.size(), true),
          any_value_(columns_.size(), false) {}

    void row(std::vector<Cell> cells) override {
        DAYBOOK_CHECK(cells.size() == columns_.size());
        std::vector<std::string>& texts = rows_.emplace_back();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            texts.push_back(human_cell(cells[i], columns_[i].unit));
            if (cells[i].is_null()) continue;
            any_value_[i] = true;
            if (!cells[i].is_number()) numeric_[i] = false;
        }
    }

protected:
    bool to_the_right(std::size_t column) const { return numeric_[column] && any_value_[column]; }

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;

private:
    std::vector<bool> numeric_;
    std::vector<bool> any_value_;
};

class TableRows final : public BufferedRows {
public:
    TableRows(std::vector<Column> columns, const Style& style, StandardOutput& out)
        : BufferedRows(std::move(columns)),
          style_(style),
          out_(out),
          shown_(columns_.size(), true) {}

    void finish() override {
        measure();
        std::vector<std::string> left_out;
        while (const std::optional<std::size_t> least = least_important()) {
            left_out.push_back(title_of(columns_[*least]));
            shown_[*least] = false;
            measure();
        }
        std::vector<std::string> titles;
        for (const Column& column : columns_) titles.push_back(title_of(column));
        line(titles, style_.colour ? kBold : "");
        rule();
        for (const std::vector<std::string>& texts : rows_) line(texts, "");
        if (rows_.empty()) out_.write("(no rows)\n");
        if (!left_out.empty()) {
            out_.print("(left out, for want of room: {})\n", fmt::join(left_out, ", "));
        }
    }

private:
    std::size_t total_width() const {
        std::size_t total = 0;
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            if (shown_[i]) total += widths_[i] + (total > 0 ? kGap.size() : 0);
        }
        return total;
    }

    // The column to leave out next; nullopt if there is room, or none that may go.
    std::optional<std::size_t> least_important() const {
        if (!limited() || total_width() <= static_cast<std::size_t>(style_.columns)) {
            return std::nullopt;
        }
        std::optional<std::size_t> least;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!shown_[i] || columns_[i].drop_rank == 0) continue;
            if (!least || columns_[i].drop_rank > columns_[*least].drop_rank) least = i;
        }
        return least;
    }

    bool limited() const { return style_.terminal && style_.columns > 0; }
    // Half a number would be another number.
    bool may_be_cut(std::size_t column) const {
        return shown_[column] && !columns_[column].whole && !to_the_right(column);
    }

    void measure() {
        widths_.clear();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::size_t width = text_width(title_of(columns_[i]));
            for (const auto& texts : rows_) width = std::max(width, text_width(texts[i]));
            widths_.push_back(width);
        }
        if (!limited()) return;
        // The widest gives way first, down to what still says something.
        for (std::size_t total = total_width(); total > static_cast<std::size_t>(style_.columns);
             --total) {
            std::size_t* widest = nullptr;
            for (std::size_t i = 0; i < widths_.size(); ++i) {
                if (!may_be_cut(i) || widths_[i] <= kColumnWidthMin) continue;
                if (widest == nullptr || widths_[i] > *widest) widest = &widths_[i];
            }
            if (widest == nullptr) break;
            --*widest;
        }
    }

    void line(const std::vector<std::string>& texts, std::string_view colour) {
        std::string text(colour);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (!shown_[i]) continue;
            const std::string cell = cut_to_width(texts[i], widths_[i]);
            const std::size_t padding = widths_[i] - text_width(cell);
            if (i > first_shown()) text += kGap;
            if (to_the_right(i)) {
                text.append(padding, ' ');
                text += cell;
            } else {
                text += cell;
                text.append(padding, ' ');
            }
        }
        // No blanks at the end of a line.
        text.erase(text.find_last_not_of(' ') + 1);
        if (!colour.empty()) text += kPlain;
        out_.write(text + '\n');
    }

    std::size_t first_shown() const {
        return static_cast<std::size_t>(std::find(shown_.begin(), shown_.end(), true) -
                                        shown_.begin());
    }

    void rule() {
        std::string text;
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            if (!shown_[i]) continue;
            if (!text.empty()) text += kGap;
            text += repeated(style_.terminal ? "─" : "-", widths_[i]);
        }
        out_.write(text + '\n');
    }

    Style style_;
    StandardOutput& out_;
    std::vector<bool> shown_;
    std::vector<std::size_t> widths_;
};

class MarkdownRows final : public BufferedRows {
public:
    MarkdownRows(std::vector<Column> columns, StandardOutput& out)
        : BufferedRows(std::move(columns)), out_(out) {}

    void finish() override {
        std::string header = "|";
        std::string rule = "|";
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            header += ' ' + escaped(title_of(columns_[i])) + " |";
            rule += to_the_right(i) ? " ---: |" : " --- |";
        }
        out_.write(header + '\n' + rule + '\n');
        for (const std::vector<std::string>& texts : rows_) {
            std::string text = "|";
            for (const std::string& cell : texts) text += ' ' + escaped(cell) + " |";
            out_.write(text + '\n');
        }
    }

private:
    static std::string escaped(std::string_view text) {
        std::string escaped;
        for (const char c : text) {
            if (c == '|' || c == '\\' || c == '<') escaped += '\\';
            escaped += c;
        }
        return escaped;
    }

    StandardOutput& out_;
};

}  // namespace

std::unique_ptr<RowWriter> make_table_rows(std::vector<Column> columns, const Style& style,
                                           StandardOutput& out) {
    return std::make_unique<TableRows>(std::move(columns), style, out);
}

std::unique_ptr<RowWriter> make_markdown_rows(std::vector<Column> columns, StandardOutput& out) {
    return std::make_unique<MarkdownRows>(std::move(columns), out);
}

}  // namespace daybook::cli
