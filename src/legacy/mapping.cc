#include "legacy/mapping.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "json/rules.h"
#include "legacy/event_types.h"
#include "legacy/seed_toml.h"
#include "legacy/value_reader.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

constexpr std::size_t kMappingBytesMax = std::size_t{1} << 20;
constexpr std::string_view kSeedName = "seed";
// Every event has it, and only the stream writes it.
constexpr std::string_view kOriginField = "imported_from";

// One event of a rule, and for which rows it is.
struct Case {
    std::string event;
    Choice choice{};
};

// Reads the tables of one file; knows which one for the messages.
class MappingReader {
public:
    MappingReader(std::string_view file, const toml::table* lists) : values_(file, lists) {}

    Result<Mapping> mapping(const toml::table& root) const;

private:
    Status add_rules(const toml::table& table, Mapping& mapping) const;
    Result<Rule> rule(const toml::table& table) const;
    Result<std::vector<Case>> cases(const toml::node& node) const;
    Status fields(const toml::node& node, Rule& rule) const;
    Result<std::vector<std::string>> words(const toml::node* node, std::string_view what) const;

    ValueReader values_;
};

Result<std::vector<std::string>> MappingReader::words(const toml::node* node,
                                                      std::string_view what) const {
    ASSIGN_OR_RETURN(std::vector<std::string> found, values_.texts(node, what));
    for (std::string& word : found) word = lower_case(word);
    return found;
}

// One event, or a table of those that a value decides between.
Result<std::vector<Case>> MappingReader::cases(const toml::node& node) const {
    std::vector<Case> found;
    const toml::table* const table = node.as_table();
    if (table == nullptr) {
        if (!node.is_string()) return values_.wrong(node, "event", "an event type or a table");
        ASSIGN_OR_RETURN(found.emplace_back().event, values_.text(node, "event"));
        return found;
    }
    RETURN_IF_ERROR(values_.known_keys(*table, {"of", "is", "none"}));
    const toml::node* const of = table->get("of");
    const toml::node* const is = table->get("is");
    const toml::table* const events = is != nullptr ? is->as_table() : nullptr;
    if (of == nullptr || events == nullptr || events->empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}, line {}: event: expected a type, or a table with 'of', a value, "
                    "and 'is', a table of types and the values that mean them",
                    values_.file(), node.source().begin.line);
    }
    Choice choice;
    ASSIGN_OR_RETURN(choice.of, values_.value(*of, "event.of"));
    ASSIGN_OR_RETURN(choice.none, words(table->get("none"), "event.none"));
    for (const auto& [key, meant] : in_order(*events)) {
        Case one{.event = std::string(key->str())};
        ASSIGN_OR_RETURN(one.choice.values, words(meant, fmt::format("event.is.{}", one.event)));
        choice.known.insert(choice.known.end(), one.choice.values.begin(), one.choice.values.end());
        found.push_back(std::move(one));
    }
    choice.known.insert(choice.known.end(), choice.none.begin(), choice.none.end());
    std::vector<std::string> sorted = choice.known;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        twice != sorted.end()) {
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}, line {}: event: '{}' means two of its events", values_.file(),
                    node.source().begin.line, printable(*twice));
    }
    for (Case& one : found) {
        one.choice.of = choice.of;
        one.choice.known = choice.known;
        one.choice.none = choice.none;
    }
    return found;
}

Status MappingReader::fields(const toml::node& node, Rule& rule) const {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return values_.wrong(node, "fields", "a table of fields");
    for (const auto& [key, field] : in_order(*table)) {
        const std::string name(key->str());
        if (name.empty() || json::is_reserved_name(name) || name == kOriginField ||
            name == "nonfinite") {
            return fail(ErrorCode::kInvalidArgument,
                        "mapping {}, line {}: fields: '{}' cannot be a field of a mapping: events "
                        "have it anyway",
                        values_.file(), key->source().begin.line, printable(name));
        }
        // TOML takes what is appended to the file for a part of its last table.
        const bool is_misplaced = name == "ignore" || name == "lists";
        if (is_misplaced) {
            return fail(ErrorCode::kInvalidArgument,
                        "mapping {}, line {}: fields: '{}' is none of a rule: move it above the "
                        "first [[rule]]",
                        values_.file(), key->source().begin.line, name);
        }
        ASSIGN_OR_RETURN(ValueSpec spec, values_.value(*field, fmt::format("fields.{}", name)));
        rule.fields.emplace_back(name, std::move(spec));
    }
    return {};
}

// All but the event.
Result<Rule> MappingReader::rule(const toml::table& table) const {
    RETURN_IF_ERROR(values_.known_keys(table, {"from", "event", "each", "needs", "unless", "where",
                                               "key", "run_id", "time", "fields"}));
    Rule rule{.line = table.source().begin.line, .file = values_.file()};
    for (const std::string_view key : {"from", "event", "run_id", "time"}) {
        if (table.contains(key)) continue;
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: the rule has no '{}'",
                    values_.file(), rule.line, key);
    }
    ASSIGN_OR_RETURN(rule.from, values_.texts(table.get("from"), "from"));
    ASSIGN_OR_RETURN(rule.needs, values_.texts(table.get("needs"), "needs"));
    ASSIGN_OR_RETURN(rule.unless, values_.texts(table.get("unless"), "unless"));
    ASSIGN_OR_RETURN(rule.each, values_.texts(table.get("each"), "each"));
    if (const toml::node* const where = table.get("where")) {
        ASSIGN_OR_RETURN(rule.where, values_.text(*where, "where"));
    }
    if (const toml::node* const key = table.get("key")) {
        const toml::array* const parts = key->as_array();
        if (parts == nullptr) {
            return values_.wrong(*key, "key", "an array: one value for each part");
        }
        for (const toml::node& part : *parts) {
            ASSIGN_OR_RETURN(rule.key.emplace_back(), values_.value(part, "key"));
        }
    }
    ASSIGN_OR_RETURN(rule.run_id, values_.value(*table.get("run_id"), "run_id"));
    ASSIGN_OR_RETURN(rule.time, values_.value(*table.get("time"), "time"));
    if (const toml::node* const nodes = table.get("fields")) RETURN_IF_ERROR(fields(*nodes, rule));
    return rule;
}

Status MappingReader::add_rules(const toml::table& table, Mapping& mapping) const {
    ASSIGN_OR_RETURN(const Rule common, rule(table));
    ASSIGN_OR_RETURN(std::vector<Case> events, cases(*table.get("event")));
    for (const Case& one : events) {
        Rule rule = common;
        rule.event = one.event;
        rule.choice = one.choice;
        // A field of the type of some of them is for those.
        std::erase_if(rule.fields, [&](const auto& field) {
            return field_spec(type_spec(one.event), field.first) == nullptr &&
                   std::any_of(events.begin(), events.end(), [&](const Case& other) {
                       return field_spec(type_spec(other.event), field.first) != nullptr;
                   });
        });
        mapping.rules.push_back(std::move(rule));
    }
    return {};
}

Result<Mapping> MappingReader::mapping(const toml::table& root) const {
    RETURN_IF_ERROR(values_.known_keys(root, {"name", "ignore", "lists", "rule"}));
    Mapping mapping;
    if (const toml::node* const name = root.get("name")) {
        ASSIGN_OR_RETURN(mapping.name, values_.text(*name, "name"));
    }
    ASSIGN_OR_RETURN(mapping.ignore, values_.texts(root.get("ignore"), "ignore"));
    if (const toml::node* const lists = root.get("lists"); lists != nullptr && !lists->is_table()) {
        return values_.wrong(*lists, "lists", "a table of arrays");
    }
    const toml::node* const node = root.get("rule");
    const toml::array* const rules = node != nullptr ? node->as_array() : nullptr;
    if (rules == nullptr || rules->empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}: it has no rules; expected at least one [[rule]]", values_.file());
    }
    for (const toml::node& item : *rules) {
        const toml::table* const table = item.as_table();
        if (table == nullptr) return values_.wrong(item, "rule", "a table: [[rule]]");
        RETURN_IF_ERROR(add_rules(*table, mapping));
    }
    return mapping;
}

}  // namespace

Result<Mapping> parse_mapping(std::string_view toml, std::string_view file) {
    const toml::parse_result parsed = toml::parse(toml, file);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}, column {}: {}", file,
                    error.source().begin.line, error.source().begin.column, error.description());
    }
    const toml::node* const lists = parsed.table().get("lists");
    ASSIGN_OR_RETURN(Mapping mapping,
                     MappingReader(file, lists != nullptr ? lists->as_table() : nullptr)
                         .mapping(parsed.table()));
    mapping.sha256 = sha256_hex(toml);
    return mapping;
}

std::string reading_of(std::string_view path, const Mapping& mapping) {
    return sha256_hex(fmt::format("{}\n{}", path, mapping.sha256));
}

Result<Mapping> load_mapping(const std::string& name) {
    if (name.empty() || name == kSeedName) return parse_mapping(kSeedToml, kSeedName);
    ASSIGN_OR_RETURN(const bool is_there, os::exists(name));
    if (!is_there) {
        return fail(ErrorCode::kNotFound,
                    "mapping {}: there is no such file; expected 'seed', the built-in one, or a "
                    "TOML file",
                    printable(name));
    }
    ASSIGN_OR_RETURN(const std::string text, os::read_file(name, kMappingBytesMax));
    ASSIGN_OR_RETURN(Mapping mapping, parse_mapping(text, name));
    if (mapping.name.empty()) mapping.name = name;
    return mapping;
}

}  // namespace daybook::legacy
