#include "legacy/mapping.h"

#include <algorithm>
#include <initializer_list>
#include <sstream>

// Its default is to throw.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/rules.h"
#include "legacy/seed_toml.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

constexpr std::size_t kMappingBytesMax = std::size_t{1} << 20;
constexpr std::string_view kSeedName = "seed";
constexpr std::string_view kTime = "time";
// Every event has it, and only the stream writes it.
constexpr std::string_view kOriginField = "imported_from";

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "text";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a number";
        case toml::node_type::boolean: return "a boolean";
        default: return "a date or time";
    }
}

// The entries of a table as the file has them, which toml++ sorts by name.
std::vector<std::pair<const toml::key*, const toml::node*>> in_order(const toml::table& table) {
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;
    for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        const toml::source_position& first = a.first->source().begin;
        const toml::source_position& second = b.first->source().begin;
        return std::pair(first.line, first.column) < std::pair(second.line, second.column);
    });
    return entries;
}

// Reads the tables of one file; knows which one for the messages.
class MappingReader {
public:
    explicit MappingReader(std::string_view file) : file_(file) {}

    Result<Mapping> mapping(const toml::table& root);

private:
    tl::unexpected<Error> wrong(const toml::node& node, std::string_view what,
                                std::string_view expected) const {
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: found {}, expected {}",
                    file_, node.source().begin.line, what, kind_of(node), expected);
    }
    Status known_keys(const toml::table& table, std::initializer_list<std::string_view> keys) const;
    Result<std::string> text(const toml::node& node, std::string_view what) const;
    // One text, or an array of them.
    Result<std::vector<std::string>> texts(const toml::node* node, std::string_view what) const;
    Result<Rule> rule(const toml::table& table) const;
    Status fields(const toml::node& node, Rule& rule) const;
    Result<ValueSpec> value(const toml::node& node, std::string_view what) const;
    Result<ValueTerm> term(const toml::node& node, std::string_view what) const;
    Result<ValueTerm> table_term(const toml::table& table, std::string_view what) const;
    Result<ObjectSpec> object(const toml::table& table, std::string_view what) const;
    Result<std::string> constant(const toml::node& node, std::string_view what) const;

    std::string file_;
};

Status MappingReader::known_keys(const toml::table& table,
                                 std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, node] : table) {
        if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
        const std::string_view nearest = nearest_name(key.str(), {keys.begin(), keys.size()});
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: unknown key '{}'{}", file_,
                    key.source().begin.line, printable(key.str()),
                    nearest.empty() ? fmt::format("; known are {}", fmt::join(keys, ", "))
                                    : fmt::format(": did you mean '{}'?", nearest));
    }
    return {};
}

Result<std::string> MappingReader::text(const toml::node& node, std::string_view what) const {
    const auto* const found = node.as_string();
    if (found == nullptr) return wrong(node, what, "text");
    if (found->get().empty()) {
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: it is empty", file_,
                    node.source().begin.line, what);
    }
    return found->get();
}

Result<std::vector<std::string>> MappingReader::texts(const toml::node* node,
                                                      std::string_view what) const {
    std::vector<std::string> found;
    if (node == nullptr) return found;
    if (const toml::array* const list = node->as_array()) {
        for (const toml::node& item : *list) {
            ASSIGN_OR_RETURN(found.emplace_back(), text(item, what));
        }
        return found;
    }
    if (!node->is_string()) return wrong(*node, what, "text or an array of texts");
    ASSIGN_OR_RETURN(found.emplace_back(), text(*node, what));
    return found;
}

Result<std::string> MappingReader::constant(const toml::node& node, std::string_view what) const {
    if (node.is_date() || node.is_time() || node.is_date_time()) {
        return wrong(node, what, "text, a number, a boolean, an array or a table");
    }
    std::ostringstream out;
    const auto flags = toml::format_flags::none;
    if (const auto* table = node.as_table()) {
        out << toml::json_formatter(*table, flags);
    } else if (const auto* array = node.as_array()) {
        out << toml::json_formatter(*array, flags);
    } else {
        node.visit([&](const auto& value) {
            if constexpr (toml::is_value<decltype(value)>)
                out << toml::json_formatter(value, flags);
        });
    }
    std::string text;
    RETURN_IF_ERROR(json::minify(std::move(out).str(), text, what));
    return text;
}

Result<ObjectSpec> MappingReader::object(const toml::table& table, std::string_view what) const {
    ObjectSpec object;
    ASSIGN_OR_RETURN(object.json, texts(table.get("json"), fmt::format("{}.json", what)));
    ASSIGN_OR_RETURN(object.except, texts(table.get("except"), fmt::format("{}.except", what)));
    if (const toml::node* const columns = table.get("columns")) {
        const std::string name = fmt::format("{}.columns", what);
        if (const toml::table* const members = columns->as_table()) {
            for (const auto& [key, node] : in_order(*members)) {
                ASSIGN_OR_RETURN(ValueSpec spec,
                                 value(*node, fmt::format("{}.{}", name, key->str())));
                object.members.emplace_back(key->str(), std::move(spec));
            }
        } else {
            ASSIGN_OR_RETURN(const std::vector<std::string> names, texts(columns, name));
            for (const std::string& column : names) {
                object.members.emplace_back(
                    column, ValueSpec{{{.kind = ValueTerm::Kind::kColumn, .text = column}}});
            }
        }
    }
    if (const toml::node* const rest = table.get("rest")) {
        const std::string name = fmt::format("{}.rest", what);
        const std::string word = rest->value_or(std::string());
        if (rest->is_array()) {
            ASSIGN_OR_RETURN(object.some, texts(rest, name));
            object.rest = ObjectSpec::Rest::kSome;
        } else if (word == "numbers" || word == "all") {
            object.rest = word == "all" ? ObjectSpec::Rest::kAll : ObjectSpec::Rest::kNumbers;
        } else {
            return wrong(*rest, name, "\"numbers\", \"all\" or an array of columns");
        }
    }
    return object;
}

Result<ValueTerm> MappingReader::table_term(const toml::table& table, std::string_view what) const {
    ValueTerm term;
    ASSIGN_OR_RETURN(term.needs, texts(table.get("needs"), fmt::format("{}.needs", what)));
    if (const toml::node* const sql = table.get("sql")) {
        RETURN_IF_ERROR(known_keys(table, {"sql", "needs"}));
        term.kind = ValueTerm::Kind::kSql;
        ASSIGN_OR_RETURN(term.text, text(*sql, fmt::format("{}.sql", what)));
        return term;
    }
    if (const toml::node* const constant_node = table.get("value")) {
        RETURN_IF_ERROR(known_keys(table, {"value"}));
        term.kind = ValueTerm::Kind::kConstant;
        ASSIGN_OR_RETURN(term.text, constant(*constant_node, fmt::format("{}.value", what)));
        return term;
    }
    if (const toml::node* const joined = table.get("joined")) {
        RETURN_IF_ERROR(known_keys(table, {"joined", "after"}));
        term.kind = ValueTerm::Kind::kJoined;
        ASSIGN_OR_RETURN(term.needs, texts(joined, fmt::format("{}.joined", what)));
        if (const toml::node* const after = table.get("after")) {
            ASSIGN_OR_RETURN(term.text, text(*after, fmt::format("{}.after", what)));
        }
        return term;
    }
    if (const toml::node* const of_run = table.get("of_run")) {
        RETURN_IF_ERROR(known_keys(table, {"of_run"}));
        if (what != kTime) {
            return fail(ErrorCode::kInvalidArgument,
                        "mapping {}, line {}: {}: of_run is for 'time' alone", file_,
                        table.source().begin.line, what);
        }
        const std::string word = of_run->value_or(std::string());
        if (word != "first" && word != "last") {
            return wrong(*of_run, fmt::format("{}.of_run", what), "\"first\" or \"last\"");
        }
        term.kind = word == "first" ? ValueTerm::Kind::kFirstOfRun : ValueTerm::Kind::kLastOfRun;
        return term;
    }
    if (table.contains("json") || table.contains("columns") || table.contains("rest")) {
        RETURN_IF_ERROR(known_keys(table, {"json", "columns", "rest", "except"}));
        term.kind = ValueTerm::Kind::kObject;
        ASSIGN_OR_RETURN(term.object, object(table, what));
        return term;
    }
    RETURN_IF_ERROR(known_keys(table, {"sql", "needs", "value", "joined", "after", "of_run", "json",
                                       "columns", "rest", "except"}));
    return fail(ErrorCode::kInvalidArgument,
                "mapping {}, line {}: {}: expected a table with one of sql, value, joined, of_run, "
                "json, columns, rest",
                file_, table.source().begin.line, what);
}

Result<ValueTerm> MappingReader::term(const toml::node& node, std::string_view what) const {
    if (const toml::table* const table = node.as_table()) return table_term(*table, what);
    if (!node.is_string()) return wrong(node, what, "a column's name or a table");
    ValueTerm term;
    ASSIGN_OR_RETURN(term.text, text(node, what));
    return term;
}

Result<ValueSpec> MappingReader::value(const toml::node& node, std::string_view what) const {
    ValueSpec spec;
    const toml::array* const list = node.as_array();
    if (list == nullptr) {
        ASSIGN_OR_RETURN(spec.terms.emplace_back(), term(node, what));
        return spec;
    }
    for (const toml::node& item : *list) {
        ASSIGN_OR_RETURN(spec.terms.emplace_back(), term(item, what));
    }
    return spec;
}

Status MappingReader::fields(const toml::node& node, Rule& rule) const {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return wrong(node, "fields", "a table of fields");
    for (const auto& [key, field] : in_order(*table)) {
        const std::string name(key->str());
        if (name.empty() || json::is_reserved_name(name) || name == kOriginField ||
            name == "nonfinite") {
            return fail(ErrorCode::kInvalidArgument,
                        "mapping {}, line {}: fields: '{}' cannot be a field of a mapping: events "
                        "have it anyway",
                        file_, key->source().begin.line, printable(name));
        }
        ASSIGN_OR_RETURN(ValueSpec spec, value(*field, fmt::format("fields.{}", name)));
        rule.fields.emplace_back(name, std::move(spec));
    }
    return {};
}

Result<Rule> MappingReader::rule(const toml::table& table) const {
    RETURN_IF_ERROR(known_keys(
        table, {"from", "event", "needs", "unless", "where", "key", "run_id", "time", "fields"}));
    Rule rule{.line = table.source().begin.line};
    for (const std::string_view key : {"from", "event", "run_id", "time"}) {
        if (table.contains(key)) continue;
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: the rule has no '{}'", file_,
                    rule.line, key);
    }
    ASSIGN_OR_RETURN(rule.from, texts(table.get("from"), "from"));
    ASSIGN_OR_RETURN(rule.event, text(*table.get("event"), "event"));
    ASSIGN_OR_RETURN(rule.needs, texts(table.get("needs"), "needs"));
    ASSIGN_OR_RETURN(rule.unless, texts(table.get("unless"), "unless"));
    if (const toml::node* const where = table.get("where")) {
        ASSIGN_OR_RETURN(rule.where, text(*where, "where"));
    }
    if (const toml::node* const key = table.get("key")) {
        const toml::array* const parts = key->as_array();
        if (parts == nullptr) return wrong(*key, "key", "an array: one value for each part");
        for (const toml::node& part : *parts) {
            ASSIGN_OR_RETURN(rule.key.emplace_back(), value(part, "key"));
        }
    }
    ASSIGN_OR_RETURN(rule.run_id, value(*table.get("run_id"), "run_id"));
    ASSIGN_OR_RETURN(rule.time, value(*table.get("time"), kTime));
    if (const toml::node* const nodes = table.get("fields")) RETURN_IF_ERROR(fields(*nodes, rule));
    return rule;
}

Result<Mapping> MappingReader::mapping(const toml::table& root) {
    RETURN_IF_ERROR(known_keys(root, {"name", "rule"}));
    Mapping mapping;
    if (const toml::node* const name = root.get("name")) {
        ASSIGN_OR_RETURN(mapping.name, text(*name, "name"));
    }
    const toml::node* const node = root.get("rule");
    const toml::array* const rules = node != nullptr ? node->as_array() : nullptr;
    if (rules == nullptr || rules->empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}: it has no rules; expected at least one [[rule]]", file_);
    }
    for (const toml::node& item : *rules) {
        const toml::table* const table = item.as_table();
        if (table == nullptr) return wrong(item, "rule", "a table: [[rule]]");
        ASSIGN_OR_RETURN(mapping.rules.emplace_back(), rule(*table));
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
    return MappingReader(file).mapping(parsed.table());
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
