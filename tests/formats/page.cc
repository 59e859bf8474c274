#include "formats/page.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include "base/check.h"

namespace daybook::formats {
namespace {

std::string trimmed(std::string_view cell) {
    std::string text;
    for (const char c : cell) {
        if (c != '`') text += c;
    }
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

Page::Page(std::string_view name) {
    std::ifstream file(std::string(DAYBOOK_SOURCE_DIR "/docs/formats/") + std::string(name));
    std::ostringstream text;
    text << file.rdbuf();
    text_ = text.str();
    DAYBOOK_CHECK(!text_.empty());
}

std::string Page::block(std::string_view tag, std::size_t index) const {
    const std::string fence = "\n```" + std::string(tag) + "\n";
    std::size_t begin = text_.find(fence);
    for (; index > 0; --index) begin = text_.find(fence, begin + 1);
    DAYBOOK_CHECK(begin != std::string::npos);
    begin += fence.size();
    return text_.substr(begin, text_.find("\n```", begin) + 1 - begin);
}

std::vector<std::string> Page::row(std::string_view first) const {
    for (const std::string& line : lines_of(text_)) {
        if (!line.starts_with("| ")) continue;
        std::vector<std::string> cells;
        std::size_t begin = 1;
        for (std::size_t end = 0; (end = line.find('|', begin)) != std::string::npos;
             begin = end + 1) {
            cells.push_back(trimmed(std::string_view(line).substr(begin, end - begin)));
        }
        if (!cells.empty() && cells.front() == first) return cells;
    }
    return {};
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string bytes_of_hexdump(std::string_view dump) {
    std::string bytes;
    for (const std::string& line : lines_of(dump)) {
        std::istringstream words(line.substr(0, line.find('|')));
        std::string word;
        words >> word;  // the offset
        while (words >> word) {
            unsigned value = 0;
            std::from_chars(word.data(), word.data() + word.size(), value, 16);
            bytes += static_cast<char>(value);
        }
    }
    return bytes;
}

}  // namespace daybook::formats
