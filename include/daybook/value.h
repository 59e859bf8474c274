// JSON values as C++ sees them before they are written: views, built without allocating.
//
//     run.record_trial("stop_5", {{"stop", 0.05}, {"kind", "fixed"}}, {{"sharpe", 1.2}});
//
// Everything here borrows: strings, nested lists and JSON texts must live until the call that takes
// them has returned.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook {

struct Field;

// JSON text that is already written.  Checked when it is emitted: it must be one valid JSON value,
// and an object where an object is expected.
struct Json {
    std::string_view text;
};

// The fields of a JSON object, in order: a list, a vector, or ready JSON text.
class Fields {
public:
    constexpr Fields() = default;
    constexpr Fields(std::initializer_list<Field> list);
    constexpr Fields(std::span<const Field> list) : data_(list.data()), size_(list.size()) {}
    constexpr Fields(const std::vector<Field>& list);
    constexpr Fields(Json json) : json_(json.text) {}

    constexpr bool empty() const { return size_ == 0 && json_.empty(); }
    // Ready JSON text in place of a list; empty if there is none.
    constexpr std::string_view json() const { return json_; }
    constexpr const Field* begin() const { return data_; }
    constexpr const Field* end() const;
    constexpr std::size_t size() const { return size_; }

private:
    const Field* data_ = nullptr;
    std::size_t size_ = 0;
    std::string_view json_;
};

// One JSON value.
class Value {
public:
    enum class Kind { kNull, kBool, kInt, kUint, kDouble, kString, kJson, kArray, kObject };

    constexpr Value() {}  // null
    constexpr Value(std::nullptr_t) {}
    constexpr Value(bool value) : kind_(Kind::kBool), bool_(value) {}
    template <std::signed_integral T>
    constexpr Value(T value) : kind_(Kind::kInt), int_(value) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    constexpr Value(T value) : kind_(Kind::kUint), uint_(value) {}
    constexpr Value(double value) : kind_(Kind::kDouble), double_(value) {}
    constexpr Value(const char* value) : kind_(Kind::kString), string_(value) {}
    constexpr Value(std::string_view value) : kind_(Kind::kString), string_(value) {}
    constexpr Value(const std::string& value) : kind_(Kind::kString), string_(value) {}
    constexpr Value(Json json) : kind_(Kind::kJson), string_(json.text) {}
    constexpr Value(std::span<const Value> list) : kind_(Kind::kArray), array_(list) {}
    constexpr Value(const Fields& fields);

    constexpr Kind kind() const { return kind_; }
    // Each may be called only for its own kind.
    constexpr bool as_bool() const { return bool_; }
    constexpr std::int64_t as_int() const { return int_; }
    constexpr std::uint64_t as_uint() const { return uint_; }
    constexpr double as_double() const { return double_; }
    constexpr std::string_view as_string() const { return string_; }  // kString and kJson
    constexpr std::span<const Value> as_array() const { return array_; }
    constexpr const Fields& as_object() const { return object_; }

private:
    Kind kind_ = Kind::kNull;
    union {
        bool bool_;
        std::int64_t int_ = 0;
        std::uint64_t uint_;
        double double_;
        std::string_view string_;
        std::span<const Value> array_;
        Fields object_;
    };
};

struct Field {
    std::string_view name;
    Value value;
};

// Borrowing is this class's promise: the list lives as long as the call it is written in.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
constexpr Fields::Fields(std::initializer_list<Field> list)
    : data_(list.begin()), size_(list.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
constexpr Fields::Fields(const std::vector<Field>& list) : data_(list.data()), size_(list.size()) {}
constexpr const Field* Fields::end() const { return data_ + size_; }

// Here and not in the class: copying a Fields considers its constructor from a span, and what the
// compiler finds out about a span of a Field that is not yet complete it never asks again.
constexpr Value::Value(const Fields& fields) : kind_(Kind::kObject), object_(fields) {}

}  // namespace daybook
