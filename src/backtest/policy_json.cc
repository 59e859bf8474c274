// Policies as JSON: parse_policy() and to_json() of policy.h.
#include "backtest/policy.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "backtest/strict_json.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kComboDepthMax = 8;

constexpr std::string_view kSubject = "policy";

auto wrong(const std::string& pointer, const Json& found, std::string_view expected) {
    return refuse_value(kSubject, pointer, found, expected);
}

Status check_keys(const Json& object, const std::string& pointer,
                  std::span<const std::string_view> known) {
    return backtest::check_keys(kSubject, object, pointer, known);
}

Result<double> number(const Json& object, const std::string& pointer, const char* key,
                      const NumberRange& range) {
    const std::string at = pointer + "/" + key;
    const auto found = object.find(key);
    if (found == object.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}: missing, expected {}", at,
                    range.words);
    }
    return number_in(kSubject, *found, at, range);
}

// Absent and null are the same: nothing.
Result<std::optional<double>> optional_number(const Json& object, const std::string& pointer,
                                              const char* key, const NumberRange& range) {
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
    RETURN_IF_ERROR(check_keys(
        json, at, std::array<std::string_view, 3>{"kind", "maxHoldMs", "takeProfitPct"}));
    TimeStop policy;
    ASSIGN_OR_RETURN(const double hold, number(json, at, "maxHoldMs", kHoldMs));
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
    if (levels == json.end()) {
        return fail(ErrorCode::kInvalidArgument, "policy: at {}/levels: missing, expected {}", at,
                    kLevelsWords);
    }
    Ladder policy;
    ASSIGN_OR_RETURN(policy.levels, read_levels(kSubject, *levels, at + "/levels"));
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
    ASSIGN_OR_RETURN(const Json parsed, read_strict_json(kSubject, json));
    return read_policy(parsed, "", 0);
}

std::string to_json(const Policy& policy) { return write_policy(policy).dump(); }

Status check_policy(const Policy& policy) {
    ASSIGN_OR_RETURN(const Policy read, parse_policy(to_json(policy)));
    if (read == policy) return {};
    return fail(ErrorCode::kInvalidArgument, "policy: JSON cannot hold a number of {}",
                policy_id(policy));
}

}  // namespace daybook::backtest
