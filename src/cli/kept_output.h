// What is kept of a program's output: all of it, or where that is too much its beginning and end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::cli {

class KeptOutput {
public:
    // Keeps `bytes_max` bytes at most, a line that says what is missing apart.
    explicit KeptOutput(std::size_t bytes_max) : half_(bytes_max / 2) {}

    void add(std::string_view bytes);
    std::uint64_t bytes() const { return bytes_; }  // that came
    // The beginning, "… N bytes left out …" if any are, and the end.
    std::string text() const;

private:
    std::size_t half_;
    std::uint64_t bytes_ = 0;
    std::string head_;
    std::string tail_;  // up to twice as long as it should be
};

}  // namespace daybook::cli
