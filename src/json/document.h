// Reads lines of the log: a thin layer over simdjson's On-Demand parser, and the only header that
// includes it.
//
//     Parser parser;                       // one a thread, used for all lines
//     const bool ok = parser.for_each_field(line, readable_after, [&](std::string_view key, Node
//     value) {
//         if (key == "duration_ms") duration = value.as_int();
//     });
//
// It is lazy: what is not asked for is only skipped, and errors in it may go unseen.  Lines were
// checked when they were written; text from outside goes through json/reader.h first.  If a name is
// repeated each field is given, and the last one is to win.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <simdjson.h>

#include "json/reader.h"

namespace daybook::json {

// How many bytes behind a text must be readable so that it is parsed where it is.
inline constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING;

// A value within the text that a Parser is reading.  To be used before the function that was given
// it returns, and for one purpose: a getter consumes it.  Strings are valid until the Parser's next
// text; raw texts as long as the text itself, if that was padded.
class Node {
public:
    explicit Node(simdjson::ondemand::value value) : value_(value) {}

    Kind kind() {
        switch (value_.type().value_unsafe()) {
            case simdjson::ondemand::json_type::array: return Kind::kArray;
            case simdjson::ondemand::json_type::object: return Kind::kObject;
            case simdjson::ondemand::json_type::number: return Kind::kNumber;
            case simdjson::ondemand::json_type::string: return Kind::kString;
            case simdjson::ondemand::json_type::boolean: return Kind::kBool;
            case simdjson::ondemand::json_type::null: return Kind::kNull;
        }
        return Kind::kError;
    }

    bool is_null() { return kind() == Kind::kNull; }
    // Each is nullopt if the value is something else.
    std::optional<bool> as_bool() { return get(value_.get_bool()); }
    // An integer of 64 bits, written without fraction or exponent.
    std::optional<std::int64_t> as_int() { return get(value_.get_int64()); }
    // Any number; the nearest double.
    std::optional<double> as_double() {
        const std::string_view text = trimmed(value_.raw_json_token());
        const std::optional<double> value = get(value_.get_double());
        // simdjson 3.0 takes only the last 64 bits of a number such as 0.33333333333333333333,
        // whose first digit is 0 and which has more than 19 others: it counts the zeros in their
        // place.
        if (!value || text.size() <= kExactNumberBytes) return value;
        double nearest = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nearest);
        return error == std::errc() && end == text.data() + text.size() ? nearest : *value;
    }
    std::optional<std::string_view> as_string() { return get(value_.get_string()); }

    // The value as it is written; empty if it is malformed.
    std::string_view raw() {
        const Kind found = kind();
        if (found == Kind::kObject) {
            simdjson::ondemand::object object;
            if (value_.get_object().get(object) != simdjson::SUCCESS) return {};
            return trimmed(get(object.raw_json()).value_or(std::string_view()));
        }
        if (found == Kind::kArray) {
            simdjson::ondemand::array array;
            if (value_.get_array().get(array) != simdjson::SUCCESS) return {};
            return trimmed(get(array.raw_json()).value_or(std::string_view()));
        }
        return trimmed(value_.raw_json_token());
    }

    // Calls `function(std::string_view key, Node value)` for each field of an object; false if this
    // is no object or is malformed.  A function that returns bool ends the walk by returning false.
    template <typename Function>
    bool for_each_field(Function&& function) {
        simdjson::ondemand::object object;
        if (value_.get_object().get(object) != simdjson::SUCCESS) return false;
        return walk(object, function);
    }
    // The same; and the object as it is written is first stored in `*raw`.
    template <typename Function>
    bool for_each_field(std::string_view* raw, Function&& function) {
        simdjson::ondemand::object object;
        if (value_.get_object().get(object) != simdjson::SUCCESS) return false;
        if (object.raw_json().get(*raw) != simdjson::SUCCESS) return false;
        *raw = trimmed(*raw);
        bool is_empty = false;
        if (object.reset().get(is_empty) != simdjson::SUCCESS) return false;
        return walk(object, function);
    }
    // Calls `function(Node value)` for each item of an array.
    template <typename Function>
    bool for_each_item(Function&& function) {
        simdjson::ondemand::array array;
        if (value_.get_array().get(array) != simdjson::SUCCESS) return false;
        for (auto item : array) {
            simdjson::ondemand::value value;
            if (std::move(item).get(value) != simdjson::SUCCESS) return false;
            if (!call(function, Node(value))) return true;
        }
        return true;
    }

private:
    friend class Parser;

    // A number of no more bytes than these, one of them its point, has 19 digits at most.
    static constexpr std::size_t kExactNumberBytes = 20;

    // A token's text reaches to the next token.
    static std::string_view trimmed(std::string_view text) {
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' ||
                                 text.back() == '\r')) {
            text.remove_suffix(1);
        }
        return text;
    }

    template <typename T>
    static std::optional<T> get(simdjson::simdjson_result<T> result) {
        T value;
        if (std::move(result).get(value) != simdjson::SUCCESS) return std::nullopt;
        return value;
    }

    template <typename Function, typename... Args>
    static bool call(Function& function, Args&&... args) {
        if constexpr (std::is_same_v<std::invoke_result_t<Function&, Args...>, bool>) {
            return function(std::forward<Args>(args)...);
        } else {
            function(std::forward<Args>(args)...);
            return true;
        }
    }

    template <typename Function>
    static bool walk(simdjson::ondemand::object object, Function& function) {
        for (auto entry : object) {
            simdjson::ondemand::field field;
            if (std::move(entry).get(field) != simdjson::SUCCESS) return false;
            std::string_view key;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
            if (!call(function, key, Node(field.value()))) return true;
        }
        return true;
    }

    simdjson::ondemand::value value_;
};

// Not thread-safe.  Allocates only for a text longer than all before.
class Parser {
public:
    // Calls `function(std::string_view key, Node value)` for each field of the object `text`,
    // behind which `readable_after` bytes may be read (what they hold does not matter; with less
    // than kPadding the text is copied).  False if it is malformed, as far as it was looked at, or
    // no object.  A function that returns bool ends the walk by returning false.
    template <typename Function>
    bool for_each_field(std::string_view text, std::size_t readable_after, Function&& function) {
        if (readable_after < kPadding) {
            copy_.assign(text);
            copy_.append(kPadding, '\0');
            text = std::string_view(copy_.data(), text.size());
        }
        simdjson::ondemand::document document;
        if (parser_.iterate(text, text.size() + kPadding).get(document) != simdjson::SUCCESS) {
            return false;
        }
        simdjson::ondemand::object object;
        if (document.get_object().get(object) != simdjson::SUCCESS) return false;
        return Node::walk(object, function);
    }

private:
    simdjson::ondemand::parser parser_;
    std::string copy_;
};

}  // namespace daybook::json
