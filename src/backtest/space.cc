#include "backtest/space.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "backtest/strict_json.h"
#include "base/check.h"
#include "base/random.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSubject = "space";
constexpr std::string_view kNone = "none";

template <std::size_t kCount>
Status check_keys(const Json& object, const std::string& at,
                  const std::array<std::string_view, kCount>& known) {
    return backtest::check_keys(kSubject, object, at, known);
}

// A list that may not be empty; `words` says of what.
Result<const Json*> list_at(const Json& object, const std::string& at, const char* key,
                            std::string_view words) {
    const auto found = object.find(key);
    if (found == object.end()) {
        return fail(ErrorCode::kInvalidArgument, "space: at {}/{}: missing, expected {}", at, key,
                    words);
    }
    if (!found->is_array() || found->empty()) {
        return refuse_value(kSubject, at + "/" + key, *found, words);
    }
    return &*found;
}

// The values of a parameter that every policy of the kind has.
Result<std::vector<double>> values(const Json& grid, const std::string& at, const char* key,
                                   const NumberRange& range) {
    ASSIGN_OR_RETURN(const Json* const list,
                     list_at(grid, at, key, fmt::format("a list, each {}", range.words)));
    std::vector<double> read;
    for (std::size_t i = 0; i < list->size(); ++i) {
        ASSIGN_OR_RETURN(const double value, number_in(kSubject, (*list)[i],
                                                       fmt::format("{}/{}/{}", at, key, i), range));
        read.push_back(value);
    }
    return read;
}

// The values of a parameter that may be absent: in the list as "none", or without a list.
using Optional = std::optional<double>;
Result<std::vector<Optional>> optional_values(const Json& grid, const std::string& at,
                                              const char* key, const NumberRange& range) {
    if (!grid.contains(key)) return std::vector<Optional>{std::nullopt};
    const std::string words = fmt::format("{}, or \"none\"", range.words);
    ASSIGN_OR_RETURN(const Json* const list,
                     list_at(grid, at, key, fmt::format("a list, each {}", words)));
    std::vector<Optional> read;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Json& value = (*list)[i];
        if (value == kNone) {
            read.emplace_back();
            continue;
        }
        NumberRange or_none = range;
        or_none.words = words;
        ASSIGN_OR_RETURN(const double number,
                         number_in(kSubject, value, fmt::format("{}/{}/{}", at, key, i), or_none));
        read.emplace_back(number);
    }
    return read;
}

using Policies = std::vector<Policy>;

// Before they are made: what a few lists multiply to may not fit into memory.
Status check_count(std::initializer_list<std::size_t> factors, const std::string& at) {
    std::size_t count = 1;
    for (const std::size_t factor : factors) {
        if (factor > 0 && count > kSpacePoliciesMax / factor) {
            return fail(ErrorCode::kLimit, "space: at {}: found {} policies, expected at most {}",
                        at, fmt::join(factors, " * "), kSpacePoliciesMax);
        }
        count *= factor;
    }
    return {};
}

Result<Policies> read_fixed_stops(const Json& grid, const std::string& at) {
    RETURN_IF_ERROR(
        check_keys(grid, at, std::array<std::string_view, 3>{"kind", "stopPct", "takeProfitPct"}));
    ASSIGN_OR_RETURN(const auto stops, values(grid, at, "stopPct", kFraction));
    ASSIGN_OR_RETURN(const auto profits, optional_values(grid, at, "takeProfitPct", kPositive));
    RETURN_IF_ERROR(check_count({stops.size(), profits.size()}, at));
    Policies policies;
    for (const double stop : stops) {
        for (const Optional& profit : profits) policies.push_back({FixedStop{stop, profit}});
    }
    return policies;
}

Result<Policies> read_time_stops(const Json& grid, const std::string& at) {
    RETURN_IF_ERROR(check_keys(
        grid, at, std::array<std::string_view, 3>{"kind", "maxHoldMs", "takeProfitPct"}));
    ASSIGN_OR_RETURN(const auto holds, values(grid, at, "maxHoldMs", kHoldMs));
    ASSIGN_OR_RETURN(const auto profits, optional_values(grid, at, "takeProfitPct", kPositive));
    RETURN_IF_ERROR(check_count({holds.size(), profits.size()}, at));
    Policies policies;
    for (const double hold : holds) {
        for (const Optional& profit : profits) {
            policies.push_back({TimeStop{static_cast<std::int64_t>(hold), profit}});
        }
    }
    return policies;
}

Result<Policies> read_trailing_stops(const Json& grid, const std::string& at) {
    RETURN_IF_ERROR(check_keys(
        grid, at,
        std::array<std::string_view, 4>{"kind", "activationPct", "trailPct", "hardStopPct"}));
    ASSIGN_OR_RETURN(const auto activations, values(grid, at, "activationPct", kPositive));
    ASSIGN_OR_RETURN(const auto trails, values(grid, at, "trailPct", kFraction));
    ASSIGN_OR_RETURN(const auto stops, optional_values(grid, at, "hardStopPct", kFraction));
    RETURN_IF_ERROR(check_count({activations.size(), trails.size(), stops.size()}, at));
    Policies policies;
    for (const double activation : activations) {
        for (const double trail : trails) {
            for (const Optional& stop : stops) {
                policies.push_back({TrailingStop{activation, trail, stop}});
            }
        }
    }
    return policies;
}

Result<Policies> read_ladders(const Json& grid, const std::string& at) {
    RETURN_IF_ERROR(
        check_keys(grid, at, std::array<std::string_view, 3>{"kind", "levels", "stopPct"}));
    ASSIGN_OR_RETURN(
        const Json* const list,
        list_at(grid, at, "levels", "a list of ladders, each a list of {multiple, fraction}"));
    std::vector<std::vector<LadderLevel>> ladders;
    for (std::size_t i = 0; i < list->size(); ++i) {
        ASSIGN_OR_RETURN(auto levels,
                         read_levels(kSubject, (*list)[i], fmt::format("{}/levels/{}", at, i)));
        ladders.push_back(std::move(levels));
    }
    ASSIGN_OR_RETURN(const auto stops, optional_values(grid, at, "stopPct", kFraction));
    RETURN_IF_ERROR(check_count({ladders.size(), stops.size()}, at));
    Policies policies;
    for (const auto& levels : ladders) {
        for (const Optional& stop : stops) policies.push_back({Ladder{levels, stop}});
    }
    return policies;
}

Result<Policies> read_grid(const Json& grid, const std::string& at, bool inside_combo);

// The alternatives of one part of a combo; an empty one stands for "none".
using Alternatives = std::vector<std::optional<Policy>>;
Result<Alternatives> read_alternatives(const Json& part, const std::string& at) {
    constexpr std::string_view kWords = "a list of grids, or \"none\" among them";
    if (!part.is_array() || part.empty()) return refuse_value(kSubject, at, part, kWords);
    Alternatives alternatives;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == kNone) {
            alternatives.emplace_back();
            continue;
        }
        ASSIGN_OR_RETURN(const Policies policies,
                         read_grid(part[i], fmt::format("{}/{}", at, i), true));
        alternatives.insert(alternatives.end(), policies.begin(), policies.end());
        RETURN_IF_ERROR(check_count({alternatives.size()}, at));
    }
    return alternatives;
}

// Every choice of one alternative a part.
Result<Policies> read_combos(const Json& grid, const std::string& at) {
    RETURN_IF_ERROR(check_keys(grid, at, std::array<std::string_view, 2>{"kind", "policies"}));
    ASSIGN_OR_RETURN(const Json* const parts,
                     list_at(grid, at, "policies", "a list of parts, each a list of grids"));
    std::vector<Combo> combos(1);
    for (std::size_t i = 0; i < parts->size(); ++i) {
        ASSIGN_OR_RETURN(const Alternatives alternatives,
                         read_alternatives((*parts)[i], fmt::format("{}/policies/{}", at, i)));
        RETURN_IF_ERROR(check_count({combos.size(), alternatives.size()}, at));
        std::vector<Combo> longer;
        for (const Combo& combo : combos) {
            for (const auto& alternative : alternatives) {
                longer.push_back(combo);
                if (alternative) longer.back().policies.push_back(*alternative);
            }
        }
        combos = std::move(longer);
    }
    Policies policies;
    for (Combo& combo : combos) {
        if (combo.policies.empty()) {
            return fail(ErrorCode::kInvalidArgument,
                        "space: at {}/policies: found \"none\" in every part, expected a part that "
                        "is always there",
                        at);
        }
        policies.push_back({std::move(combo)});
    }
    return policies;
}

Result<Policies> read_grid(const Json& grid, const std::string& at, bool inside_combo) {
    static constexpr std::array<std::string_view, 5> kKinds = {"fixed_stop", "time_stop",
                                                               "trailing_stop", "ladder", "combo"};
    const auto kinds = std::span(kKinds).first(inside_combo ? kKinds.size() - 1 : kKinds.size());
    if (!grid.is_object()) return refuse_value(kSubject, at, grid, "an object with a kind");
    const auto kind = grid.find("kind");
    if (kind == grid.end()) {
        return fail(ErrorCode::kInvalidArgument, "space: at {}/kind: missing, expected one of {}",
                    at, fmt::join(kinds, ", "));
    }
    const std::string name = kind->is_string() ? kind->get<std::string>() : std::string();
    if (name == "fixed_stop") return read_fixed_stops(grid, at);
    if (name == "time_stop") return read_time_stops(grid, at);
    if (name == "trailing_stop") return read_trailing_stops(grid, at);
    if (name == "ladder") return read_ladders(grid, at);
    if (name == "combo" && !inside_combo) return read_combos(grid, at);
    const std::string_view near = nearest_name(name, kinds);
    return fail(ErrorCode::kInvalidArgument, "space: at {}/kind: found {}{}; expected one of {}",
                at, found_text(*kind),
                near.empty() ? "" : fmt::format(", did you mean '{}'?", near),
                fmt::join(kinds, ", "));
}

// Adds the policies of the grid at `at` to those seen before it.
Status check_distinct(const Policies& policies, const std::string& at,
                      std::map<std::string, std::string>& grid_of_id) {
    for (const Policy& policy : policies) {
        const auto [seen, is_new] = grid_of_id.try_emplace(policy_id(policy), at);
        if (is_new) continue;
        return fail(ErrorCode::kInvalidArgument,
                    "space: at {}: found the policy {} again, expected it once; it is in {} "
                    "already",
                    at, seen->first, seen->second);
    }
    return {};
}

// Unbiased: what would make some numbers likelier than others is drawn again.
std::uint64_t below(RandomSource& random, std::uint64_t bound) {
    const std::uint64_t rejected = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t drawn = random.next();
        if (drawn >= rejected) return drawn % bound;
    }
}

}  // namespace

Result<std::vector<Policy>> parse_space(std::string_view json) {
    ASSIGN_OR_RETURN(const Json space, read_strict_json(kSubject, json));
    if (!space.is_object()) return refuse_value(kSubject, "", space, "an object with grids");
    RETURN_IF_ERROR(check_keys(space, "", std::array<std::string_view, 2>{"description", "grids"}));
    if (const auto text = space.find("description"); text != space.end() && !text->is_string()) {
        return refuse_value(kSubject, "/description", *text, "a string");
    }
    ASSIGN_OR_RETURN(const Json* const grids,
                     list_at(space, "", "grids", "a list of at least one grid"));
    Policies policies;
    std::map<std::string, std::string> grid_of_id;
    for (std::size_t i = 0; i < grids->size(); ++i) {
        const std::string at = fmt::format("/grids/{}", i);
        ASSIGN_OR_RETURN(const Policies of_grid, read_grid((*grids)[i], at, false));
        policies.insert(policies.end(), of_grid.begin(), of_grid.end());
        RETURN_IF_ERROR(check_count({policies.size()}, at));
        RETURN_IF_ERROR(check_distinct(of_grid, at, grid_of_id));
    }
    return policies;
}

SearchSpace unite(const std::vector<Space>& spaces) {
    SearchSpace united;
    std::set<std::string> seen;
    for (const Space& space : spaces) {
        for (const Policy& policy : space.policies) {
            std::string id = policy_id(policy);
            if (!seen.insert(id).second) {
                ++united.repeated;
                continue;
            }
            united.policies.push_back(policy);
            united.ids.push_back(std::move(id));
        }
    }
    return united;
}

// The first steps of the shuffle of Fisher and Yates (Durstenfeld, "Algorithm 235", 1964).
std::vector<std::size_t> draw(std::size_t count, std::size_t trials, std::uint64_t seed) {
    DAYBOOK_CHECK(trials <= count);
    SeededRandom random(seed);
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    for (std::size_t i = 0; i < trials; ++i) {
        std::swap(numbers[i], numbers[i + below(random, count - i)]);
    }
    numbers.resize(trials);
    return numbers;
}

}  // namespace daybook::backtest
