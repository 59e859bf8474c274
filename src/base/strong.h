// Numbers with a meaning: an offset cannot be passed where a count is expected.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace daybook {

// A number of type T that converts to and from T only when asked.  Each use is a type of its own:
//     using ByteOffset = Strong<std::uint64_t, struct ByteOffsetTag>;
template <typename T, typename Tag>
class Strong {
public:
    using Underlying = T;

    constexpr Strong() = default;
    constexpr explicit Strong(T value) : value_(value) {}

    constexpr T value() const { return value_; }

    constexpr Strong& operator+=(T delta) {
        value_ += delta;
        return *this;
    }
    friend constexpr Strong operator+(Strong a, T delta) { return Strong(a.value_ + delta); }
    friend constexpr auto operator<=>(Strong, Strong) = default;

private:
    T value_{};
};

// A position in a file, in bytes from its beginning.
using ByteOffset = Strong<std::uint64_t, struct ByteOffsetTag>;

// The distance from `b` to `a`, in bytes; `a` must not lie before `b`.
constexpr std::uint64_t operator-(ByteOffset a, ByteOffset b) { return a.value() - b.value(); }

// A point in time: milliseconds since the Unix epoch, UTC, without leap seconds.
using TimestampMs = Strong<std::int64_t, struct TimestampMsTag>;

}  // namespace daybook

template <typename T, typename Tag>
struct std::hash<daybook::Strong<T, Tag>> {
    std::size_t operator()(daybook::Strong<T, Tag> value) const {
        return std::hash<T>{}(value.value());
    }
};
