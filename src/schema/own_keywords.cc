#include "schema/own_keywords.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/exceptions.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>

#include "base/result.h"
#include "base/text.h"
#include "schema/pattern.h"

namespace daybook::schema {
namespace {

using Json = nlohmann::json;
using valijson::adapters::Adapter;

// Of one name and one expression.
constexpr std::uint64_t kNameCost = 2'000'000;
constexpr std::string_view kOwn = "daybook:";
constexpr std::array<std::pair<const char*, const char*>, 4> kNames = {
    {{"pattern", "daybook:pattern"},
     {"multipleOf", "daybook:multipleOf"},
     {"uniqueItems", "daybook:uniqueItems"},
     {"enum", "daybook:enum"}}};
constexpr const char* kCount = "daybook:count";

// Of the event that this thread checks: valijson hands nothing through to a constraint.
struct Spent {
    std::uint64_t applications = 0;
    std::uint64_t applications_max = kApplicationsMax;
    MatchBudget matches{};
};
thread_local Spent spent;

// What valijson makes copies of by itself.
template <typename Self>
class OwnConstraint : public valijson::constraints::PolyConstraint {
public:
    bool validate(const Adapter& target, const std::vector<std::string>& context,
                  valijson::ValidationResults* results) const override {
        if (self().accepts(target)) return true;
        if (results != nullptr) {
            results->pushError(context, std::string(kExpected) + self().expected());
        }
        return false;
    }

private:
    const Self& self() const { return static_cast<const Self&>(*this); }
    Constraint* cloneInto(void* place) const override { return new (place) Self(self()); }
    std::size_t sizeOf() const override { return sizeof(Self); }
};

// What it throws, valijson hands on to who has asked (UserType): there is no other way through.
class PatternConstraint final : public OwnConstraint<PatternConstraint> {
public:
    explicit PatternConstraint(const Adapter& value) : pattern_(compiled(value)) {}

    bool accepts(const Adapter& target) const {
        if (!target.isString()) return true;
        const Result<bool> found = pattern_.is_found_in(target.asString(), spent.matches);
        if (!found) valijson::throwRuntimeError(found.error().message());
        return *found;
    }
    std::string expected() const {
        return fmt::format("a text that matches \"{}\"", printable(pattern_.text(), 80));
    }

private:
    static Pattern compiled(const Adapter& value) {
        Result<Pattern> pattern = Pattern::compile(value.asString());
        if (!pattern) valijson::throwRuntimeError(pattern.error().message());
        return std::move(*pattern);
    }

    Pattern pattern_;
};

// Draft 7, 6.2.1: the value divided by the divisor is an integer.
class MultipleConstraint final : public OwnConstraint<MultipleConstraint> {
public:
    explicit MultipleConstraint(const Adapter& value)
        : is_integer_(value.isInteger()),
          integer_(is_integer_ ? value.asInteger() : 0),
          divisor_(is_integer_ ? static_cast<double>(integer_) : value.asDouble()) {}

    bool accepts(const Adapter& target) const {
        if (!target.isNumber()) return true;
        std::int64_t integer = 0;
        if (is_integer_ && target.isInteger() && target.asInteger(integer)) {
            return integer % integer_ == 0;
        }
        double value = 0;
        if (!target.asDouble(value)) return false;
        // 0.3 is a multiple of 0.1, though neither is what it says: to within an ulp of each.
        const double rest = std::fabs(std::remainder(value, divisor_));
        return rest <= std::fabs(value) * std::numeric_limits<double>::epsilon();
    }
    std::string expected() const { return fmt::format("a multiple of {}", divisor_); }

private:
    bool is_integer_;
    std::int64_t integer_;
    double divisor_;
};

// Appends a text that two values have in common if, and only if, they are the same: 1 and 1.0 are.
void append_canonical(const Adapter& value, std::string& out) {
    double number = 0;
    if (value.isObject()) {
        out += '{';
        // Members come in the order of their names.
        value.applyToObject([&out](const std::string& name, const Adapter& member) {
            out += Json(name).dump(-1, ' ', false, Json::error_handler_t::replace) + ':';
            append_canonical(member, out);
            out += ',';
            return true;
        });
        out += '}';
    } else if (value.isArray()) {
        out += '[';
        value.applyToArray([&out](const Adapter& item) {
            append_canonical(item, out);
            out += ',';
            return true;
        });
        out += ']';
    } else if (value.isString()) {
        out += Json(value.asString()).dump(-1, ' ', false, Json::error_handler_t::replace);
    } else if (value.isInteger()) {
        out += fmt::to_string(value.asInteger());
    } else if (value.isDouble() && value.asDouble(number)) {
        const bool is_whole = std::floor(number) == number && std::fabs(number) < 0x1p63;
        out +=
            is_whole ? fmt::to_string(static_cast<std::int64_t>(number)) : fmt::to_string(number);
    } else if (value.isBool()) {
        out += value.asBool() ? "true" : "false";
    } else {
        out += "null";
    }
}

// valijson compares each item with each other one, and keeps a text of every two that are the same.
class UniqueConstraint final : public OwnConstraint<UniqueConstraint> {
public:
    explicit UniqueConstraint(const Adapter& value) : is_asked_(value.asBool()) {}

    bool accepts(const Adapter& target) const {
        if (!is_asked_ || !target.isArray()) return true;
        std::unordered_set<std::string> seen;
        return target.applyToArray([&seen](const Adapter& item) {
            std::string text;
            append_canonical(item, text);
            return seen.insert(std::move(text)).second;
        });
    }
    std::string expected() const { return "items of which no two are the same"; }

private:
    bool is_asked_;
};

class EnumConstraint final : public OwnConstraint<EnumConstraint> {
public:
    explicit EnumConstraint(const Adapter& value) {
        auto texts = std::make_shared<std::unordered_set<std::string>>();
        value.applyToArray([this, &texts](const Adapter& item) {
            std::string text;
            append_canonical(item, text);
            if (expected_.size() <= kShownBytesMax) expected_ += ',' + text;
            texts->insert(std::move(text));
            return true;
        });
        texts_ = std::move(texts);
    }

    bool accepts(const Adapter& target) const {
        std::string text;
        append_canonical(target, text);
        return texts_->contains(text);
    }
    std::string expected() const {
        return "one of [" + printable(std::string_view(expected_).substr(1), kShownBytesMax) + "]";
    }

private:
    static constexpr std::size_t kShownBytesMax = 80;

    std::shared_ptr<const std::unordered_set<std::string>> texts_;
    std::string expected_;
};

class CountConstraint final : public OwnConstraint<CountConstraint> {
public:
    explicit CountConstraint(const Adapter& /*value*/) {}

    bool accepts(const Adapter& /*target*/) const {
        if (++spent.applications > spent.applications_max) {
            valijson::throwRuntimeError(fmt::format(
                "its schemas would be applied to it more than {} times", spent.applications_max));
        }
        return true;
    }
    std::string expected() const { return {}; }
};

template <typename T>
class Builder final : public valijson::ConstraintBuilder {
public:
    valijson::constraints::Constraint* make(const Adapter& value) const override {
        return std::make_unique<T>(value).release();
    }
};

Status check_pattern(const Json& value, const std::string& at) {
    if (!value.is_string()) return refuse_type(at, "expected a regular expression");
    const Result<Pattern> pattern = Pattern::compile(value.get_ref<const std::string&>());
    return pattern ? Status() : refuse_type(at, pattern.error().message());
}

Status check_multiple(const Json& value, const std::string& at) {
    if (is_beyond_64_bits(value)) {
        return refuse_type(at, fmt::format("found {}, expected less than 2^63", value.dump()));
    }
    if (value.is_number() && value > Json(0)) return {};
    return refuse_type(at,
                       fmt::format("found {}, expected a number above 0", printable(value.dump())));
}

// As valijson compiles it.
Status check_name_pattern(const std::string& text, const std::string& at) {
    RETURN_IF_ERROR(check_pattern(Json(text), at));
    try {
        const std::regex compiled(text);
    } catch (const std::regex_error& error) {
        return refuse_type(at, fmt::format("found \"{}\", which is no regular expression: {}",
                                           printable(text), error.what()));
    }
    return {};
}

Status check_name(const std::vector<Pattern>& patterns, const std::string& name) {
    if (name.size() > kMatchedNameBytesMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "check event: found a name of {} bytes, \"{}\", expected at most {} where the "
                    "type has patternProperties",
                    name.size(), printable(name), kMatchedNameBytesMax);
    }
    for (const Pattern& pattern : patterns) {
        MatchBudget budget{.left = kNameCost};
        const Result<bool> found = pattern.is_found_in(name, budget);
        if (!found) return fail(found.error().with_context("check event"));
    }
    return {};
}

}  // namespace

bool is_beyond_64_bits(const Json& number) {
    return number.is_number_unsigned() && number.get<std::uint64_t>() > INT64_MAX;
}

Status check_keywords(const SchemaNode& node) {
    const Json& schema = *node.schema;
    if (schema.contains("$ref")) return {};
    for (const auto& [keyword, value] : schema.items()) {
        if (!std::string_view(keyword).starts_with(kOwn)) continue;
        return refuse_type(fmt::format("{}/{}", node.at, pointer_token(keyword)),
                           "keywords of this name are Daybook's own");
    }
    if (const auto found = schema.find("pattern"); found != schema.end()) {
        RETURN_IF_ERROR(check_pattern(*found, node.at + "/pattern"));
    }
    if (const auto found = schema.find("multipleOf"); found != schema.end()) {
        RETURN_IF_ERROR(check_multiple(*found, node.at + "/multipleOf"));
    }
    if (const auto found = schema.find("enum"); found != schema.end()) {
        if (!found->is_array() || found->empty()) {
            return refuse_type(node.at + "/enum", fmt::format("found {}, expected a list of values",
                                                              printable(found->dump())));
        }
    }
    if (const auto found = schema.find("uniqueItems"); found != schema.end()) {
        if (!found->is_boolean()) {
            return refuse_type(
                node.at + "/uniqueItems",
                fmt::format("found {}, expected true or false", printable(found->dump())));
        }
    }
    const auto names = schema.find("patternProperties");
    if (names == schema.end() || !names->is_object()) return {};
    for (const auto& [text, one] : names->items()) {
        const std::string at = node.at + "/patternProperties/" + pointer_token(text);
        RETURN_IF_ERROR(check_name_pattern(text, at));
    }
    return {};
}

void add_name_patterns(const Json& schema, std::vector<Pattern>& patterns) {
    const auto names = schema.find("patternProperties");
    if (names == schema.end() || !names->is_object()) return;
    for (const auto& [text, one] : names->items()) {
        Result<Pattern> pattern = Pattern::compile(text, Shortcuts::kNone);
        if (pattern) patterns.push_back(std::move(*pattern));
    }
}

void rename_keywords(Json& schema) {
    for (const auto& [from, to] : kNames) {
        const auto found = schema.find(from);
        if (found == schema.end()) continue;
        Json value = std::move(*found);
        schema.erase(found);
        schema[to] = std::move(value);
    }
}

void count_applications(Json& schema) {
    // Of all keywords valijson looks at `allOf` first, and in it at the first schema: that is one
    // that counts, or comes to one that does.
    const Json counts = Json::array({Json{{kCount, true}}});
    const auto found = schema.find("allOf");
    if (found == schema.end() || *found == Json::array()) {
        schema["allOf"] = counts;
    } else if (found->is_array() && found->front().is_boolean()) {
        Json& first = found->front();
        first = first.get<bool>() ? Json{{"allOf", counts}}
                                  : Json{{"allOf", counts}, {"not", Json::object()}};
    }
}

void begin_event(std::uint64_t applications_max) { spent = {.applications_max = applications_max}; }

Status check_names(const std::vector<Pattern>& patterns, const Json& tree) {
    if (!tree.is_structured()) return {};
    for (const auto& [name, value] : tree.items()) {
        if (tree.is_object()) RETURN_IF_ERROR(check_name(patterns, name));
        RETURN_IF_ERROR(check_names(patterns, value));
    }
    return {};
}

void add_keywords(valijson::SchemaParser& parser) {
    // The parser deletes them.
    parser.addConstraintBuilder(kNames[0].second,
                                std::make_unique<Builder<PatternConstraint>>().release());
    parser.addConstraintBuilder(kNames[1].second,
                                std::make_unique<Builder<MultipleConstraint>>().release());
    parser.addConstraintBuilder(kNames[2].second,
                                std::make_unique<Builder<UniqueConstraint>>().release());
    parser.addConstraintBuilder(kNames[3].second,
                                std::make_unique<Builder<EnumConstraint>>().release());
    parser.addConstraintBuilder(kCount, std::make_unique<Builder<CountConstraint>>().release());
}

}  // namespace daybook::schema
