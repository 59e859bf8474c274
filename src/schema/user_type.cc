#include "schema/user_type.h"

#include <algorithm>
#include <exception>
#include <optional>

#include <fmt/format.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "base/text.h"
#include "json/rules.h"
#include "schema/own_keywords.h"
#include "schema/schema_nodes.h"
#include "schema/spec.h"

namespace daybook::schema {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kFoundBytesMax = 80;
constexpr std::size_t kPlaceBytesMax = 200;
constexpr int kVersionMax = 1'000'000;

bool is_word(std::string_view word) {
    return !word.empty() && word[0] >= 'a' && word[0] <= 'z' &&
           std::all_of(word.begin(), word.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

// The names and indexes of a context, which valijson writes as `<root>`, `[price]`, `[0]`.
std::vector<std::string> tokens_of(const std::vector<std::string>& context) {
    std::vector<std::string> tokens;
    for (std::size_t i = 1; i < context.size(); ++i) {
        std::string_view token = context[i];
        if (token.starts_with('[') && token.ends_with(']'))
            token = token.substr(1, token.size() - 2);
        tokens.emplace_back(token);
    }
    return tokens;
}

std::string pointer_of(const std::vector<std::string>& tokens) {
    std::string pointer;
    for (const std::string& token : tokens) pointer += "/" + pointer_token(token);
    return pointer;
}

// The subschema for the value at `tokens`, as far as it is reached by names and items alone.
const Tree* subschema(const Tree& schema, const std::vector<std::string>& tokens) {
    const Tree* node = &schema;
    for (const std::string& token : tokens) {
        if (!node->is_object()) return nullptr;
        if (node->contains("properties") && (*node)["properties"].contains(token)) {
            node = &(*node)["properties"][token];
        } else if (node->contains("items")) {
            node = &(*node)["items"];
        } else {
            return nullptr;
        }
    }
    return node->is_object() ? node : nullptr;
}

// What was expected there, in words.
std::string expected(const Tree* node, const std::string& description) {
    if (node != nullptr && node->contains("type") &&
        description.find("'type'") != std::string::npos) {
        const Tree& type = (*node)["type"];
        if (type.is_string()) return type.get<std::string>();
        std::string text;
        for (const Tree& one : type) text += (text.empty() ? "" : " or ") + one.get<std::string>();
        return text;
    }
    if (description.starts_with(kExpected)) return description.substr(kExpected.size());
    std::string text = description;
    if (!text.empty() && text.back() == '.') text.pop_back();
    return fmt::format("what the schema says ({})", text);
}

// The error that says most: the one whose place is deepest, the first of those.
Error explain(valijson::ValidationResults& results, const Tree& schema, const Json& payload) {
    valijson::ValidationResults::Error best;
    valijson::ValidationResults::Error next;
    bool found = false;
    while (results.popError(next)) {
        if (!found || next.context.size() > best.context.size()) best = next;
        found = true;
    }
    constexpr std::string_view kMissing = "Missing required property '";
    const std::vector<std::string> tokens = tokens_of(best.context);
    const std::string pointer = pointer_of(tokens);
    if (best.description.starts_with(kMissing)) {
        const std::size_t end = best.description.rfind('\'');
        const std::string name = best.description.substr(kMissing.size(), end - kMissing.size());
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("check event: {}: missing, expected a value",
                                 printable(pointer + "/" + pointer_token(name), kPlaceBytesMax)));
    }
    const Json::json_pointer place(pointer);
    const std::string text = payload.contains(place) ? payload[place].dump() : payload.dump();
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("check event: {}: found {}, expected {}",
                             pointer.empty() ? "/" : printable(pointer, kPlaceBytesMax),
                             printable(text, kFoundBytesMax),
                             expected(subschema(schema, tokens), best.description)));
}

Status check_shape(const Tree& schema) {
    if (!schema.is_object()) return refuse_type("/", "expected a JSON Schema, an object");
    if (!schema.contains("title") || !schema["title"].is_string()) {
        return refuse_type("/title", "missing, expected the name of the type");
    }
    if (!schema.contains("type") || schema["type"] != Tree("object")) {
        return refuse_type("/type", "expected \"object\": an event's payload is one");
    }
    if (schema.contains("$schema") &&
        schema["$schema"].dump().find("draft-07") == std::string::npos) {
        return refuse_type("/$schema",
                           fmt::format("found {}, expected draft-07", schema["$schema"].dump()));
    }
    if (schema.contains("x-version")) {
        const Tree& version = schema["x-version"];
        if (!version.is_number_integer() || version < Tree(1) || version > Tree(kVersionMax)) {
            return refuse_type("/x-version",
                               fmt::format("expected an integer from 1 to {}", kVersionMax));
        }
    }
    for (const char* const keyword : {"properties", "required"}) {
        if (!schema.contains(keyword)) continue;
        const bool is_list = std::string_view(keyword) == "required";
        if (is_list ? !schema[keyword].is_array() : !schema[keyword].is_object()) {
            return refuse_type(fmt::format("/{}", keyword),
                               is_list ? "expected an array" : "expected an object");
        }
        for (const auto& [key, value] : schema[keyword].items()) {
            const std::string name =
                is_list ? (value.is_string() ? value.get<std::string>() : "") : key;
            if (!json::is_reserved_name(name)) continue;
            return refuse_type(fmt::format("/{}/{}", keyword, key),
                               fmt::format("`{}` is reserved for the event line itself", name));
        }
    }
    return {};
}

// What a check of an event could not come to an end with, or could not be told by.
Status check_content(const Tree& schema, const std::vector<SchemaNode>& nodes) {
    for (const char* const keyword : {"description", "x-compatibility"}) {
        if (schema.contains(keyword) && !schema[keyword].is_string()) {
            return refuse_type(fmt::format("/{}", keyword), "expected a string");
        }
    }
    if (schema.contains("$ref")) {
        return refuse_type("/$ref",
                           "what is beside a reference counts for nothing: expected the schema "
                           "itself, or `allOf`");
    }
    for (const SchemaNode& node : nodes) RETURN_IF_ERROR(check_keywords(node));
    return {};
}

// Integers of 2^63 and more become doubles.
Json in_64_bits(Json tree) {
    if (is_beyond_64_bits(tree)) return tree.get<double>();
    if (tree.is_structured()) {
        for (Json& one : tree) {
            if (one.is_structured() || one.is_number_unsigned()) one = in_64_bits(std::move(one));
        }
    }
    return tree;
}

bool is_reference(const SchemaNode& node) { return node.schema->contains("$ref"); }

// How often schemas are applied is counted …
enum class Count : std::uint8_t {
    kWithReferences,  // … without one each is applied once to a value, at most
    kAlways,
};

// Puts the schemas into the form that valijson is given.
void adapt(const std::vector<SchemaNode>& nodes, Count count) {
    const bool counts =
        count == Count::kAlways || std::any_of(nodes.begin(), nodes.end(), is_reference);
    for (const SchemaNode& node : nodes) {
        // In draft 7 it is a remark, and valijson throws where it meets a value that is no string.
        const auto format = node.schema->find("format");
        if (format != node.schema->end() && format->is_string()) node.schema->erase(format);
        rename_keywords(*node.schema);
    }
    if (!counts) return;
    for (const SchemaNode& node : nodes) {
        if (!is_reference(node)) count_applications(*node.schema);
    }
}

Result<Durability> durability_of(const Tree& schema) {
    if (!schema.contains("x-durability")) return Durability::kProcess;
    for (const Durability one : {Durability::kBuffered, Durability::kProcess, Durability::kPower}) {
        if (schema["x-durability"] == Tree(to_string(one))) return one;
    }
    return refuse_type("/x-durability", "expected \"buffered\", \"process\" or \"power\"");
}

}  // namespace

Status check_type_name(std::string_view name) {
    if (name.size() > kNameBytesMax) {
        return refuse_type(
            "/title", fmt::format("found {} bytes, the limit is {}", name.size(), kNameBytesMax));
    }
    std::string_view rest = name;
    std::size_t words = 0;
    for (bool more = true; more; ++words) {
        const std::size_t dot = rest.find('.');
        more = dot != std::string_view::npos;
        if (!is_word(rest.substr(0, dot))) {
            return refuse_type("/title",
                               fmt::format("found \"{}\", expected words of a-z, 0-9 and _ joined "
                                           "by dots, such as trade.filled",
                                           printable(name)));
        }
        rest.remove_prefix(more ? dot + 1 : rest.size());
    }
    if (words < 2) {
        return refuse_type(
            "/title",
            fmt::format("found \"{}\", expected at least two words, such as {}.added", name, name));
    }
    const std::string_view first = name.substr(0, name.find('.'));
    for (const TypeSpec& type : builtin_types()) {
        if (type.name.substr(0, type.name.find('.')) != first) continue;
        return refuse_type(
            "/title", fmt::format("found \"{}\", but names that begin with `{}.` are Daybook's own",
                                  name, first));
    }
    return {};
}

struct UserType::Compiled {
    valijson::Schema schema;
    std::vector<Pattern> name_patterns;
};

namespace {

Status populate(const Json& plain, valijson::Schema& schema) {
    try {
        const valijson::adapters::NlohmannJsonAdapter adapter(plain);
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        add_keywords(parser);
        parser.populateSchema(adapter, schema);
    } catch (const std::exception& error) {
        return refuse_type("/", fmt::format("not a JSON Schema of draft 7: {}", error.what()));
    }
    return {};
}

// What is wrong with `tree`, which is: the place, where that can be told.
Error explain(const Tree& schema, const Json& tree) {
    const auto untold = [&tree] {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("check event: found {}, expected what the schema says; there is "
                                 "too much of it to tell where it differs",
                                 printable(tree.dump(), kFoundBytesMax)));
    };
    Json plain(schema);
    const Result<std::vector<SchemaNode>> nodes = schema_nodes(plain);
    if (!nodes) return untold();
    adapt(*nodes, Count::kAlways);
    valijson::Schema counting;
    if (!populate(plain, counting)) return untold();
    begin_event(kExplainedApplicationsMax);
    valijson::ValidationResults results;
    try {
        valijson::Validator validator;
        validator.validate(counting, valijson::adapters::NlohmannJsonAdapter(tree), &results);
    } catch (const std::exception&) {
        return untold();
    }
    return explain(results, schema, tree);
}

}  // namespace

UserType::UserType() = default;
UserType::~UserType() = default;

Result<std::shared_ptr<const UserType>> UserType::compile(Tree schema) {
    ASSIGN_OR_RETURN(std::shared_ptr<const UserType> type, load(std::move(schema)));
    if (type->unusable_) return fail(*type->unusable_);
    return type;
}

Result<std::shared_ptr<const UserType>> UserType::load(Tree schema) {
    RETURN_IF_ERROR(check_shape(schema));
    std::shared_ptr<UserType> type(new UserType);
    type->name_ = schema["title"].get<std::string>();
    type->version_ = schema.contains("x-version") ? schema["x-version"].get<int>() : 1;
    RETURN_IF_ERROR(check_type_name(type->name_));
    ASSIGN_OR_RETURN(type->durability_, durability_of(schema));
    auto steps = parse_upcast(schema);
    if (steps) {
        type->upcast_ = std::move(*steps);
        const Status compiled = type->compile_checks(schema);
        if (!compiled) type->unusable_ = compiled.error();
    } else {
        type->unusable_ = steps.error().with_context("register type");
    }
    type->schema_ = std::move(schema);
    return type;
}

Status UserType::compile_checks(const Tree& schema) {
    Json plain(schema);
    ASSIGN_OR_RETURN(const std::vector<SchemaNode> nodes, schema_nodes(plain));
    RETURN_IF_ERROR(check_content(schema, nodes));
    compiled_ = std::make_unique<Compiled>();
    for (const SchemaNode& node : nodes) {
        add_name_patterns(*node.schema, compiled_->name_patterns);
    }
    adapt(nodes, Count::kWithReferences);
    return populate(plain, compiled_->schema);
}

Status UserType::check(std::string_view payload) const {
    if (unusable_) {
        return fail(unusable_->code(),
                    "check event: its type was registered by an earlier version, and cannot be "
                    "checked: {}; register another version of it",
                    unusable_->message());
    }
    try {
        const Json tree = in_64_bits(Json::parse(payload));
        if (!compiled_->name_patterns.empty()) {
            RETURN_IF_ERROR(check_names(compiled_->name_patterns, tree));
        }
        begin_event(kApplicationsMax);
        valijson::Validator validator;
        const valijson::adapters::NlohmannJsonAdapter adapter(tree);
        if (validator.validate(compiled_->schema, adapter, nullptr)) return {};
        // Only now is it worth while to collect what is wrong.
        return fail(explain(schema_, tree));
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInvalidArgument, "check event: it cannot be checked: {}",
                    error.what());
    }
}

}  // namespace daybook::schema
