#include "backtest/strict_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFractionSumMax = 1 + 1e-9;  // 0.1 + 0.2 + 0.7 is a little above 1 in doubles

std::string shown(const std::string& pointer) { return pointer.empty() ? "the top" : pointer; }

// The library's reader copes with any depth, but what walks its values afterwards recurses.
Status check_nesting(std::string_view subject, std::string_view json) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kNestingMax) {
                return fail(ErrorCode::kLimit, "{}: byte {}: nested deeper than {}", subject, i,
                            kNestingMax);
            }
        } else if (c == ']' || c == '}') {
            if (depth > 0) --depth;
        }
    }
    return {};
}

// Watches a text being read, and keeps the JSON pointer of the first key that an object has twice:
// of two values either might be meant.
class RepeatedKeys {
public:
    const std::optional<std::string>& pointer() const { return pointer_; }

    void see(Json::parse_event_t event, const Json& value) {
        switch (event) {
            case Json::parse_event_t::object_start: open_.push_back({.is_array = false}); break;
            case Json::parse_event_t::array_start: open_.push_back({.is_array = true}); break;
            case Json::parse_event_t::object_end:
            case Json::parse_event_t::array_end:
                open_.pop_back();
                count_item();
                break;
            case Json::parse_event_t::value: count_item(); break;
            case Json::parse_event_t::key: see_key(value.get_ref<const std::string&>()); break;
        }
    }

private:
    struct Container {
        bool is_array;
        std::size_t index = 0;         // of an array: the item being read
        std::string key{};             // of an object: the same
        std::set<std::string> keys{};  // of an object
    };

    void count_item() {
        if (!open_.empty()) ++open_.back().index;
    }
    void see_key(const std::string& key) {
        open_.back().key = key;
        if (open_.back().keys.insert(key).second || pointer_) return;
        pointer_.emplace();
        for (const Container& container : open_) {
            *pointer_ += "/" + (container.is_array ? std::to_string(container.index)
                                                   : printable(container.key, 40));
        }
    }

    std::vector<Container> open_;
    std::optional<std::string> pointer_;
};

// Where the number stands first, outside of strings and of other numbers.
std::size_t place_of(std::string_view number, std::string_view json) {
    bool in_string = false;
    bool in_token = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
            continue;
        }
        if (!in_token && json.substr(i).starts_with(number)) return i;
        in_string = c == '"';
        in_token = std::string_view("+-.0123456789eE").find(c) != std::string_view::npos;
    }
    return json.size();
}

// "[json.exception.out_of_range.406] number overflow parsing '1e400'": the library does not say
// where.
tl::unexpected<Error> refuse_overflow(std::string_view subject, std::string_view json,
                                      std::string_view what) {
    const std::size_t begin = what.find('\'');
    const std::size_t end = what.rfind('\'');
    if (begin == end) return fail(ErrorCode::kInvalidArgument, "{}: {}", subject, what);
    const std::string_view number = what.substr(begin + 1, end - begin - 1);
    const std::string_view before = json.substr(0, place_of(number, json));
    return fail(ErrorCode::kInvalidArgument,
                "{}: at line {}: found {}, expected a number that a double can hold", subject,
                std::count(before.begin(), before.end(), '\n') + 1, printable(number, 40));
}

}  // namespace

std::string found_text(const Json& value) {
    return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

Result<Json> read_strict_json(std::string_view subject, std::string_view json) {
    RETURN_IF_ERROR(check_nesting(subject, json));
    try {
        RepeatedKeys repeated;
        Json parsed = Json::parse(json, [&](int, Json::parse_event_t event, const Json& value) {
            repeated.see(event, value);
            return true;
        });
        if (repeated.pointer()) {
            return fail(ErrorCode::kInvalidArgument,
                        "{}: at {}: found this key twice, expected it once", subject,
                        *repeated.pointer());
        }
        return parsed;
    } catch (const Json::out_of_range& error) {
        return refuse_overflow(subject, json, error.what());
    } catch (const Json::exception& error) {
        // "[json.exception…] parse error at line 1, column 5: …"
        const std::string_view what = error.what();
        const std::size_t from = what.find("] ");
        return fail(ErrorCode::kInvalidArgument, "{}: not JSON: {}", subject,
                    from == std::string_view::npos ? what : what.substr(from + 2));
    }
}

tl::unexpected<Error> refuse_value(std::string_view subject, const std::string& pointer,
                                   const Json& found, std::string_view expected) {
    return fail(ErrorCode::kInvalidArgument, "{}: at {}: found {}, expected {}", subject,
                shown(pointer), found_text(found), expected);
}

Status check_keys(std::string_view subject, const Json& object, const std::string& pointer,
                  std::span<const std::string_view> known) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string_view near = nearest_name(key, known);
        return fail(ErrorCode::kInvalidArgument, "{}: at {}: unknown key '{}'{}; expected {}",
                    subject, shown(pointer), printable(key, 40),
                    near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                    fmt::join(known, ", "));
    }
    return {};
}

Result<double> number_in(std::string_view subject, const Json& value, const std::string& pointer,
                         const NumberRange& range) {
    if (!value.is_number()) return refuse_value(subject, pointer, value, range.words);
    const double number = value.get<double>();
    if (!std::isfinite(number) || number <= range.above || number > range.most ||
        (range.whole && number != std::floor(number))) {
        return refuse_value(subject, pointer, value, range.words);
    }
    return number;
}

Result<std::vector<LadderLevel>> read_levels(std::string_view subject, const Json& levels,
                                             const std::string& pointer) {
    if (!levels.is_array() || levels.empty()) {
        return refuse_value(subject, pointer, levels, kLevelsWords);
    }
    static constexpr std::array<std::string_view, 2> kKeys = {"multiple", "fraction"};
    std::vector<LadderLevel> read;
    double sum = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const Json& level = levels[i];
        const std::string at = fmt::format("{}/{}", pointer, i);
        if (!level.is_object()) return refuse_value(subject, at, level, "an object");
        RETURN_IF_ERROR(check_keys(subject, level, at, kKeys));
        const auto field = [&](const char* key, const NumberRange& range) -> Result<double> {
            const auto found = level.find(key);
            if (found != level.end()) return number_in(subject, *found, at + "/" + key, range);
            return fail(ErrorCode::kInvalidArgument, "{}: at {}/{}: missing, expected {}", subject,
                        at, key, range.words);
        };
        LadderLevel& added = read.emplace_back();
        ASSIGN_OR_RETURN(added.multiple, field("multiple", kMultiple));
        ASSIGN_OR_RETURN(added.fraction, field("fraction", kFraction));
        sum += added.fraction;
    }
    if (sum > kFractionSumMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: at {}: found fractions that sum to {:.6g}, expected at most 1", subject,
                    pointer, sum);
    }
    return read;
}

}  // namespace daybook::backtest
