// A value bound to a parameter of a statement.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace daybook::duck {

struct Blob {
    std::string_view bytes;
};

// NULL, BOOLEAN, BIGINT, UBIGINT, DOUBLE, VARCHAR or BLOB.  Text is borrowed until the call that
// takes it has returned.
class Parameter {
public:
    Parameter(std::nullptr_t) {}
    Parameter(bool value) : value_(value) {}
    template <std::signed_integral T>
    Parameter(T value) : value_(static_cast<std::int64_t>(value)) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Parameter(T value) : value_(static_cast<std::uint64_t>(value)) {}
    Parameter(double value) : value_(value) {}
    Parameter(const char* value) : value_(std::string_view(value)) {}
    Parameter(std::string_view value) : value_(value) {}
    Parameter(const std::string& value) : value_(std::string_view(value)) {}
    Parameter(Blob value) : value_(value) {}

    const auto& value() const { return value_; }

private:
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string_view, Blob>
        value_{nullptr};
};

}  // namespace daybook::duck
