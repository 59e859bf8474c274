#include "cli/output_table.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/ranges.h>

#include "base/check.h"
#include "base/text_width.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kGap = "  ";
// A column is never cut to less than this; where that is not enough, lines overflow.
constexpr std::size_t kColumnWidthMin = 16;
constexpr std::size_t kLeftOutNamesMax = 20;

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
        }
        if (limited() && !widths_.empty()) cut_widths();
        std::vector<std::string> titles;
        for (const Column& column : columns_) titles.push_back(title_of(column));
        line(titles, style_.colour ? kBold : "");
        rule();
        for (const std::vector<std::string>& texts : rows_) line(texts, "");
        if (rows_.empty()) out_.write("(no rows)\n");
        if (!left_out.empty()) say_what_is_left_out(left_out);
    }

private:
    // A result of a thousand columns is not to end in a thousand names.
    void say_what_is_left_out(std::vector<std::string>& names) const {
        const std::size_t count = names.size();
        std::string more;
        if (count > kLeftOutNamesMax) {
            names.resize(kLeftOutNamesMax);
            more = fmt::format(" and {} more", count - kLeftOutNamesMax);
        }
        out_.print("(left out, for want of room: {}{})\n", fmt::join(names, ", "), more);
    }

    // The width of a line whose columns take what `width_of` says.
    template <typename WidthOf>
    std::size_t total_width(const WidthOf& width_of) const {
        std::size_t total = 0;
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            if (shown_[i]) total += width_of(i) + (total > 0 ? kGap.size() : 0);
        }
        return total;
    }
    // What a column can be cut to.
    std::size_t least_width(std::size_t column) const {
        return may_be_cut(column) ? std::min(widths_[column], kColumnWidthMin) : widths_[column];
    }

    // The column to leave out next; nullopt if there is room, or none that may go.
    std::optional<std::size_t> least_important() const {
        const auto least_of = [this](std::size_t i) { return least_width(i); };
        if (!limited() || total_width(least_of) <= room()) return std::nullopt;
        std::optional<std::size_t> least;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!shown_[i] || columns_[i].drop_rank == 0) continue;
            if (!least || columns_[i].drop_rank > columns_[*least].drop_rank) least = i;
        }
        return least;
    }

    std::size_t room() const { return static_cast<std::size_t>(style_.columns); }
    bool limited() const { return style_.terminal && style_.columns > 0; }
    // Half a number would be another number.
    bool may_be_cut(std::size_t column) const {
        return shown_[column] && !columns_[column].whole && !to_the_right(column);
    }

    void measure() {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::size_t width = text_width(title_of(columns_[i]));
            for (const auto& texts : rows_) width = std::max(width, text_width(texts[i]));
            widths_.push_back(width);
        }
    }

    // The widest give way first, down to what still says something: no column that may be cut stays
    // wider than the widest one that was cut.
    void cut_widths() {
        const auto at_most = [this](std::size_t level) {
            return total_width([this, level](std::size_t i) {
                return may_be_cut(i) ? std::min(widths_[i], level) : widths_[i];
            });
        };
        std::size_t level = *std::max_element(widths_.begin(), widths_.end());
        if (at_most(level) <= room()) return;
        std::size_t fits = kColumnWidthMin;  // or nothing does
        while (fits + 1 < level) {
            const std::size_t middle = fits + (level - fits) / 2;
            (at_most(middle) <= room() ? fits : level) = middle;
        }
        // What is left of the room goes to the last ones.
        const std::size_t used = at_most(fits);
        std::size_t left = used < room() ? room() - used : 0;
        for (std::size_t i = widths_.size(); i-- > 0;) {
            if (!may_be_cut(i) || widths_[i] <= fits) continue;
            widths_[i] = fits + (left > 0 ? 1 : 0);
            if (left > 0) --left;
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
