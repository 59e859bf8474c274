// What a page of docs/formats/ shows: its fenced blocks and the cells of its tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daybook::formats {

class Page {
public:
    // A file of docs/formats/.
    explicit Page(std::string_view name);

    // The contents of the `index`th block fenced as ```tag.
    std::string block(std::string_view tag, std::size_t index = 0) const;
    // The cells of the table row whose first cell is `first`, backticks left out.
    std::vector<std::string> row(std::string_view first) const;
    bool contains(std::string_view text) const { return text_.find(text) != std::string::npos; }

private:
    std::string text_;
};

// The lines of `text`, each without its newline.
std::vector<std::string> lines_of(std::string_view text);

// The bytes that a block in the form of `hexdump -C` shows.
std::string bytes_of_hexdump(std::string_view dump);

}  // namespace daybook::formats
