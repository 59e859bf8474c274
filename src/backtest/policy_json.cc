// Policies as JSON: parse_policy() and to_json() of policy.h.
#include "backtest/policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFractionSumMax = 1 + 1e-9;  // 0.1 + 0.2 + 0.7 is a little above 1 in doubles
constexpr int kComboDepthMax = 8;

// A range that a number must lie in, and its words for messages.
struct Range {
    double above;
    double most;
    std::string_view words;
};
constexpr Range kFraction{0, 1, "a fraction above 0 and at most 1"};
constexpr Range kPositive{0, HUGE_VAL, "a number above 0"};
constexpr Range kMultiple{1, HUGE_VAL, "a number above 1"};

std::string found_text(const Json& value) {
    return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

std::string shown(const std::string& pointer) { return pointer.empty() ? "the top" : pointer; }

auto wrong(const std::string& pointer, const Json& found, std::string_view expected) {
    return fail(ErrorCode::kInvalidArgument, "policy: at {}: found {}, expected {}", shown(pointer),
                found_text(found), expected);
}

Status check_keys(const Json& object, const std::string& pointer,
                  std::span<const std::string_view> known) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string_view near = nearest_name(key, known);
        return fail(ErrorCode::kInvalidArgument, "policy: at {}: unknown key '{}'{}; expected {}",
                    shown(pointer), printable(key, 40),
                    near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                    fmt::join(known, ", "));
    }
    return {};
}

Result<double> number(const Json& object, const std::string& pointer, const char* key,
                      const Range& range) {
    const std::string at = pointer + "/" + key;
    const auto found = object.find(key);
    if (found == object.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}: missing, expected {}", at,
                    range.words);
    }
    if (!found->is_number()) return wrong(at, *found, range.words);
    const double value = found->get<double>();
    if (!std::isfinite(value) || value <= range.above || value > range.most) {
        return wrong(at, *found, range.words);
    }
    return value;
}

// Absent and null are the same: nothing.
Result<std::optional<double>> optional_number(const Json& object, const std::string& pointer,
                                              const char* key, const Range& range) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::nullopt;
    ASSIGN_OR_RETURN(const double value, number(object, pointer, key, range));
    return value;
}

Result<Policy> read_policy(const Json& json, const std::string& at, int depth);

Result<FixedStop> read_fixed_stop(const Json& json, const std::string& at) {
    RETURN_IF_ERROR(
        check_keys(json, at, std::array<std::string_view, 3>{"kind", "stopPct", "takeProfitPct"}));
    FixedStop policy;
    ASSIGN_OR_RETURN(policy.stop_pct, number(json, at, "stopPct", kFraction));
    ASSIGN_OR_RETURN(policy.take_profit_pct, optional_number(json, at, "takeProfitPct", kPositive));
    return policy;
}

Result<TimeStop> read_time_stop(const Json& json, const std::string& at) {
    constexpr std::int64_t kHoldMsMax = std::int64_t{100} * 366 * 86'400'000;
    RETURN_IF_ERROR(check_keys(
        json, at, std::array<std::string_view, 3>{"kind", "maxHoldMs", "takeProfitPct"}));
    TimeStop policy;
    const Range range{0, static_cast<double>(kHoldMsMax), "a whole number of ms above 0"};
    ASSIGN_OR_RETURN(const double hold, number(json, at, "maxHoldMs", range));
    if (hold != std::floor(hold)) return wrong(at + "/maxHoldMs", json["maxHoldMs"], range.words);
    policy.max_hold_ms = static_cast<std::int64_t>(hold);
    ASSIGN_OR_RETURN(policy.take_profit_pct, optional_number(json, at, "takeProfitPct", kPositive));
    return policy;
}

Result<TrailingStop> read_trailing_stop(const Json& json, const std::string& at) {
    RETURN_IF_ERROR(check_keys(
        json, at,
        std::array<std::string_view, 4>{"kind", "activationPct", "trailPct", "hardStopPct"}));
    TrailingStop policy;
    ASSIGN_OR_RETURN(policy.activation_pct, number(json, at, "activationPct", kPositive));
    ASSIGN_OR_RETURN(policy.trail_pct, number(json, at, "trailPct", kFraction));
    ASSIGN_OR_RETURN(policy.hard_stop_pct, optional_number(json, at, "hardStopPct", kFraction));
    return policy;
}

Result<Ladder> read_ladder(const Json& json, const std::string& at) {
    RETURN_IF_ERROR(
        check_keys(json, at, std::array<std::string_view, 3>{"kind", "levels", "stopPct"}));
    const auto levels = json.find("levels");
    constexpr std::string_view kLevels = "a list of at least one {multiple, fraction}";
    if (levels == json.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}/levels: missing, expected {}", at,
                    kLevels);
    }
    if (!levels->is_array() || levels->empty()) return wrong(at + "/levels", *levels, kLevels);
    Ladder policy;
    double sum = 0;
    for (std::size_t i = 0; i < levels->size(); ++i) {
        const Json& level = (*levels)[i];
        const std::string level_at = fmt::format("{}/levels/{}", at, i);
        if (!level.is_object()) return wrong(level_at, level, "an object");
        RETURN_IF_ERROR(
            check_keys(level, level_at, std::array<std::string_view, 2>{"multiple", "fraction"}));
        LadderLevel read;
        ASSIGN_OR_RETURN(read.multiple, number(level, level_at, "multiple", kMultiple));
        ASSIGN_OR_RETURN(read.fraction, number(level, level_at, "fraction", kFraction));
        sum += read.fraction;
        policy.levels.push_back(read);
    }
    if (sum > kFractionSumMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "policy: at {}/levels: found fractions that sum to {:.6g}, expected at most 1",
                    at, sum);
    }
    ASSIGN_OR_RETURN(policy.stop_pct, optional_number(json, at, "stopPct", kFraction));
    return policy;
}

Result<Combo> read_combo(const Json& json, const std::string& at, int depth) {
    RETURN_IF_ERROR(check_keys(json, at, std::array<std::string_view, 2>{"kind", "policies"}));
    const auto parts = json.find("policies");
    constexpr std::string_view kParts = "a list of at least one policy";
    if (parts == json.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}/policies: missing, expected {}", at,
                    kParts);
    }
    if (!parts->is_array() || parts->empty()) return wrong(at + "/policies", *parts, kParts);
    if (depth >= kComboDepthMax) {
        return fail(ErrorCode::kLimit, "policy: at {}: combos nest deeper than {}", at,
                    kComboDepthMax);
    }
    Combo policy;
    for (std::size_t i = 0; i < parts->size(); ++i) {
        ASSIGN_OR_RETURN(Policy part,
                         read_policy((*parts)[i], fmt::format("{}/policies/{}", at, i), depth + 1));
        policy.policies.push_back(std::move(part));
    }
    return policy;
}

template <typename Kind>
Result<Policy> as_policy(Result<Kind> kind) {
    if (!kind) return fail(std::move(kind).error());
    return Policy{std::move(*kind)};
}

Result<Policy> read_policy(const Json& json, const std::string& at, int depth) {
    static constexpr std::array<std::string_view, 5> kKinds = {"fixed_stop", "time_stop",
                                                               "trailing_stop", "ladder", "combo"};
    if (!json.is_object()) return wrong(at, json, "an object with a kind");
    const auto kind = json.find("kind");
    if (kind == json.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}/kind: missing, expected one of {}",
                    at, fmt::join(kKinds, ", "));
    }
    const std::string name = kind->is_string() ? kind->get<std::string>() : std::string();
    if (name == "fixed_stop") return as_policy(read_fixed_stop(json, at));
    if (name == "time_stop") return as_policy(read_time_stop(json, at));
    if (name == "trailing_stop") return as_policy(read_trailing_stop(json, at));
    if (name == "ladder") return as_policy(read_ladder(json, at));
    if (name == "combo") return as_policy(read_combo(json, at, depth));
    const std::string_view near = nearest_name(name, kKinds);
    return fail(ErrorCode::kInvalidArgument, "policy: at {}/kind: found {}{}; expected one of {}",
                at, found_text(*kind),
                near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                fmt::join(kKinds, ", "));
}

// The library's reader copes with any depth, but what walks its values afterwards recurses.
Status check_nesting(std::string_view json) {
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
                return fail(ErrorCode::kLimit, "policy: byte {}: nested deeper than {}", i,
                            kNestingMax);
            }
        } else if (c == ']' || c == '}') {
            if (depth > 0) --depth;
        }
    }
    return {};
}

// Watches a text being read, and keeps in `repeated` the first key that an object has twice: of two
// values either might be meant.
Json::parser_callback_t note_repeated_keys(std::string& repeated) {
    const auto objects = std::make_shared<std::vector<std::set<std::string>>>();
    return [&repeated, objects](int, Json::parse_event_t event, Json& value) {
        if (event == Json::parse_event_t::object_start) objects->emplace_back();
        if (event == Json::parse_event_t::object_end) objects->pop_back();
        if (event == Json::parse_event_t::key) {
            const auto& key = value.get_ref<const std::string&>();
            if (!objects->back().insert(key).second && repeated.empty()) repeated = key;
        }
        return true;
    };
}

void put(Json& json, const char* key, const std::optional<double>& value) {
    if (value) json[key] = *value;
}

Json write_policy(const Policy& policy);

struct Writer {
    Json& json;

    void operator()(const FixedStop& p) const {
        json["stopPct"] = p.stop_pct;
        put(json, "takeProfitPct", p.take_profit_pct);
    }
    void operator()(const TimeStop& p) const {
        json["maxHoldMs"] = p.max_hold_ms;
        put(json, "takeProfitPct", p.take_profit_pct);
    }
    void operator()(const TrailingStop& p) const {
        json["activationPct"] = p.activation_pct;
        json["trailPct"] = p.trail_pct;
        put(json, "hardStopPct", p.hard_stop_pct);
    }
    void operator()(const Ladder& p) const {
        json["levels"] = Json::array();
        for (const LadderLevel& level : p.levels) {
            json["levels"].push_back({{"multiple", level.multiple}, {"fraction", level.fraction}});
        }
        put(json, "stopPct", p.stop_pct);
    }
    void operator()(const Combo& p) const {
        json["policies"] = Json::array();
        for (const Policy& part : p.policies) json["policies"].push_back(write_policy(part));
    }
};

Json write_policy(const Policy& policy) {
    Json json;
    json["kind"] = kind_name(policy);
    std::visit(Writer{json}, policy.kind);
    return json;
}

}  // namespace

Result<Policy> parse_policy(std::string_view json) {
    RETURN_IF_ERROR(check_nesting(json));
    try {
        std::string repeated;
        const Json parsed = Json::parse(json, note_repeated_keys(repeated));
        if (!repeated.empty()) {
            return fail(ErrorCode::kInvalidArgument, "policy: the key '{}' stands twice",
                        printable(repeated, 40));
        }
        return read_policy(parsed, "", 0);
    } catch (const Json::exception& error) {
        // The library's messages name line and column: "[json.exception…] parse error at line 1,
        // …"; but a number that no double can hold is an error of another class, without them.
        const std::string_view what = error.what();
        const std::size_t from = what.find("] ");
        return fail(ErrorCode::kInvalidArgument, "policy: not JSON: {}",
                    from == std::string_view::npos ? what : what.substr(from + 2));
    }
}

std::string to_json(const Policy& policy) { return write_policy(policy).dump(); }

}  // namespace daybook::backtest
