// One value of a row on its way into the index: a view, 16 bytes, nothing owned.
#pragma once

#include <cstdint>
#include <string_view>

namespace daybook::index {

class Cell {
public:
    enum class Kind : std::uint8_t { kNull, kBool, kInt, kDouble, kText, kTexts, kNumbers };

    constexpr Cell() = default;  // NULL
    static constexpr Cell boolean(bool value) {
        Cell cell(Kind::kBool);
        cell.int_ = value ? 1 : 0;
        return cell;
    }
    static constexpr Cell integer(std::int64_t value) {
        Cell cell(Kind::kInt);
        cell.int_ = value;
        return cell;
    }
    static constexpr Cell number(double value) {
        Cell cell(Kind::kDouble);
        cell.double_ = value;
        return cell;
    }
    // VARCHAR or JSON.
    static constexpr Cell text(std::string_view value) {
        Cell cell(Kind::kText);
        cell.text_ = value.data();
        cell.size_ = static_cast<std::uint32_t>(value.size());
        return cell;
    }
    // `count` elements of the staging's lists of texts, or of numbers by name, from `begin` on.
    static constexpr Cell texts(std::size_t begin, std::size_t count) {
        return range(Kind::kTexts, begin, count);
    }
    static constexpr Cell numbers(std::size_t begin, std::size_t count) {
        return range(Kind::kNumbers, begin, count);
    }

    constexpr Kind kind() const { return kind_; }
    constexpr bool is_null() const { return kind_ == Kind::kNull; }
    // Each only for its own kind.
    constexpr bool as_bool() const { return int_ != 0; }
    constexpr std::int64_t as_int() const { return int_; }
    constexpr double as_double() const { return double_; }
    constexpr std::string_view as_text() const { return {text_, size_}; }
    constexpr std::size_t begin() const { return static_cast<std::size_t>(int_); }
    constexpr std::size_t count() const { return size_; }

private:
    constexpr explicit Cell(Kind kind) : kind_(kind) {}
    static constexpr Cell range(Kind kind, std::size_t begin, std::size_t count) {
        Cell cell(kind);
        cell.int_ = static_cast<std::int64_t>(begin);
        cell.size_ = static_cast<std::uint32_t>(count);
        return cell;
    }

    union {
        std::int64_t int_ = 0;
        double double_;
        const char* text_;
    };
    std::uint32_t size_ = 0;
    Kind kind_ = Kind::kNull;
};
static_assert(sizeof(Cell) == 16);

}  // namespace daybook::index
