#include "legacy/value_reader.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/ranges.h>

#include "base/text.h"
#include "json/reader.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kTime = "time";
// In front of a list's name where its items are meant.
constexpr char kListMark = '@';
// Lists may be of lists; deeper than this they are of themselves.
constexpr std::size_t kListDepthMax = 8;

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

bool is_list_name(const toml::node& node) {
    const auto* const text = node.as_string();
    return text != nullptr && text->get().starts_with(kListMark);
}

}  // namespace

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

tl::unexpected<Error> ValueReader::wrong(const toml::node& node, std::string_view what,
                                         std::string_view expected) const {
    return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: found {}, expected {}",
                file_, node.source().begin.line, what, kind_of(node), expected);
}

Status ValueReader::known_keys(const toml::table& table,
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

Result<const toml::node*> ValueReader::list(const toml::node& node, std::string_view what) const {
    const std::string_view name = std::string_view(node.as_string()->get()).substr(1);
    const toml::node* const found = lists_ == nullptr ? nullptr : lists_->get(name);
    if (found != nullptr) return found;
    std::vector<std::string_view> names;
    if (lists_ != nullptr) {
        for (const auto& [key, list] : *lists_) names.emplace_back(key.str());
    }
    const std::string_view nearest = nearest_name(name, names);
    return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: [lists] has no '{}'{}",
                file_, node.source().begin.line, what, printable(name),
                nearest.empty() ? "" : fmt::format(": did you mean '@{}'?", nearest));
}

Result<std::vector<const toml::node*>> ValueReader::items(const toml::node& node,
                                                          std::string_view what,
                                                          std::size_t depth) const {
    if (depth > kListDepthMax) {
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: the list is in itself",
                    file_, node.source().begin.line, what);
    }
    std::vector<const toml::node*> found;
    const auto add = [&](const toml::node& item) -> Status {
        if (!is_list_name(item)) {
            found.push_back(&item);
            return {};
        }
        ASSIGN_OR_RETURN(const toml::node* const named, list(item, what));
        ASSIGN_OR_RETURN(const auto all, items(*named, what, depth + 1));
        found.insert(found.end(), all.begin(), all.end());
        return {};
    };
    if (const toml::array* const array = node.as_array()) {
        for (const toml::node& item : *array) RETURN_IF_ERROR(add(item));
    } else {
        RETURN_IF_ERROR(add(node));
    }
    return found;
}

Result<std::string> ValueReader::text(const toml::node& node, std::string_view what) const {
    const auto* const found = node.as_string();
    if (found == nullptr) return wrong(node, what, "text");
    if (found->get().empty()) {
        return fail(ErrorCode::kInvalidArgument, "mapping {}, line {}: {}: it is empty", file_,
                    node.source().begin.line, what);
    }
    return found->get();
}

Result<std::vector<std::string>> ValueReader::texts(const toml::node* node,
                                                    std::string_view what) const {
    std::vector<std::string> found;
    if (node == nullptr) return found;
    if (!node->is_string() && !node->is_array()) {
        return wrong(*node, what, "text or an array of texts");
    }
    ASSIGN_OR_RETURN(const std::vector<const toml::node*> all, items(*node, what));
    for (const toml::node* const item : all) {
        ASSIGN_OR_RETURN(found.emplace_back(), text(*item, what));
    }
    return found;
}

Result<std::string> ValueReader::constant(const toml::node& node, std::string_view what) const {
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

// An array of columns, or a table of values.
Status ValueReader::object_columns(const toml::node& node, const std::string& what,
                                   ObjectSpec& object) const {
    if (const toml::table* const members = node.as_table()) {
        for (const auto& [key, member] : in_order(*members)) {
            ASSIGN_OR_RETURN(ValueSpec spec,
                             value(*member, fmt::format("{}.{}", what, key->str())));
            object.members.emplace_back(key->str(), std::move(spec));
        }
        return {};
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, texts(&node, what));
    for (const std::string& column : names) {
        object.members.emplace_back(
            column, ValueSpec{{{.kind = ValueTerm::Kind::kColumn, .text = column}}});
    }
    return {};
}

Result<ObjectSpec> ValueReader::object(const toml::table& table, std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"json", "columns", "rest", "except"}));
    ObjectSpec object;
    ASSIGN_OR_RETURN(object.json, texts(table.get("json"), fmt::format("{}.json", what)));
    ASSIGN_OR_RETURN(object.except, texts(table.get("except"), fmt::format("{}.except", what)));
    if (const toml::node* const columns = table.get("columns")) {
        RETURN_IF_ERROR(object_columns(*columns, fmt::format("{}.columns", what), object));
    }
    if (const toml::node* const rest = table.get("rest")) {
        const std::string name = fmt::format("{}.rest", what);
        const std::string word = rest->value_or(std::string());
        if (rest->is_array() || is_list_name(*rest)) {
            ASSIGN_OR_RETURN(object.some, texts(rest, name));
            object.rest = ObjectSpec::Rest::kSome;
        } else if (word == "numbers" || word == "all") {
            object.rest = word == "all" ? ObjectSpec::Rest::kAll : ObjectSpec::Rest::kNumbers;
        } else {
            return wrong(*rest, name, "\"numbers\", \"all\", an array of columns or a list");
        }
    }
    return object;
}

Result<ValueTerm> ValueReader::sql_term(const toml::table& table, std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"sql", "needs", "given", "without"}));
    ValueTerm term{.kind = ValueTerm::Kind::kSql};
    ASSIGN_OR_RETURN(term.text, text(*table.get("sql"), fmt::format("{}.sql", what)));
    ASSIGN_OR_RETURN(term.needs, texts(table.get("needs"), fmt::format("{}.needs", what)));
    ASSIGN_OR_RETURN(term.given, texts(table.get("given"), fmt::format("{}.given", what)));
    ASSIGN_OR_RETURN(term.without, texts(table.get("without"), fmt::format("{}.without", what)));
    return term;
}

Result<ValueTerm> ValueReader::joined_term(const toml::table& table, std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"joined", "after", "unique"}));
    ValueTerm term{.kind = ValueTerm::Kind::kJoined};
    ASSIGN_OR_RETURN(const std::vector<const toml::node*> parts,
                     items(*table.get("joined"), fmt::format("{}.joined", what)));
    for (const toml::node* const part : parts) {
        ASSIGN_OR_RETURN(term.parts.emplace_back(), texts(part, fmt::format("{}.joined", what)));
    }
    if (const toml::node* const after = table.get("after")) {
        ASSIGN_OR_RETURN(term.text, text(*after, fmt::format("{}.after", what)));
    }
    ASSIGN_OR_RETURN(term.is_unique, flag(table, "unique", what));
    return term;
}

Result<ValueTerm> ValueReader::span_term(const toml::table& table, std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"from", "to"}));
    ValueTerm term{.kind = ValueTerm::Kind::kSpan};
    for (const std::string_view end : {"from", "to"}) {
        ASSIGN_OR_RETURN(term.parts.emplace_back(),
                         texts(table.get(end), fmt::format("{}.{}", what, end)));
        if (!term.parts.back().empty()) continue;
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}, line {}: {}: it has no '{}'; expected the columns of two times, "
                    "'from' and 'to'",
                    file_, table.source().begin.line, what, end);
    }
    return term;
}

Result<ValueTerm> ValueReader::constant_term(const toml::table& table,
                                             std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"value", "assumed"}));
    ValueTerm term{.kind = ValueTerm::Kind::kConstant};
    ASSIGN_OR_RETURN(term.text, constant(*table.get("value"), fmt::format("{}.value", what)));
    ASSIGN_OR_RETURN(term.is_assumed, flag(table, "assumed", what));
    return term;
}

// True or false; false where the table does not have it.
Result<bool> ValueReader::flag(const toml::table& table, std::string_view key,
                               std::string_view what) const {
    const toml::node* const node = table.get(key);
    if (node == nullptr) return false;
    const std::optional<bool> value = node->value_exact<bool>();
    if (!value) return wrong(*node, fmt::format("{}.{}", what, key), "true or false");
    return *value;
}

Result<ValueTerm> ValueReader::of_run_term(const toml::table& table, std::string_view what) const {
    RETURN_IF_ERROR(known_keys(table, {"of_run"}));
    if (what != kTime) {
        return fail(ErrorCode::kInvalidArgument,
                    "mapping {}, line {}: {}: of_run is for 'time' alone", file_,
                    table.source().begin.line, what);
    }
    const toml::node& of_run = *table.get("of_run");
    const std::string word = of_run.value_or(std::string());
    if (word != "first" && word != "last") {
        return wrong(of_run, fmt::format("{}.of_run", what), "\"first\" or \"last\"");
    }
    return ValueTerm{.kind = word == "first" ? ValueTerm::Kind::kFirstOfRun
                                             : ValueTerm::Kind::kLastOfRun};
}

Result<ValueTerm> ValueReader::table_term(const toml::table& table, std::string_view what) const {
    if (table.contains("sql")) return sql_term(table, what);
    if (table.contains("joined")) return joined_term(table, what);
    if (table.contains("of_run")) return of_run_term(table, what);
    if (table.contains("from") || table.contains("to")) return span_term(table, what);
    if (table.contains("value")) return constant_term(table, what);
    if (table.contains("json") || table.contains("columns") || table.contains("rest")) {
        ValueTerm term{.kind = ValueTerm::Kind::kObject};
        ASSIGN_OR_RETURN(term.object, object(table, what));
        return term;
    }
    RETURN_IF_ERROR(known_keys(
        table, {"sql", "needs", "given", "without", "value", "assumed", "joined", "after", "unique",
                "from", "to", "of_run", "json", "columns", "rest", "except"}));
    return fail(ErrorCode::kInvalidArgument,
                "mapping {}, line {}: {}: expected a table with one of sql, value, joined, from, "
                "of_run, json, columns, rest",
                file_, table.source().begin.line, what);
}

Result<ValueTerm> ValueReader::term(const toml::node& node, std::string_view what) const {
    if (const toml::table* const table = node.as_table()) {
        ASSIGN_OR_RETURN(ValueTerm found, table_term(*table, what));
        found.line = node.source().begin.line;
        return found;
    }
    if (!node.is_string()) return wrong(node, what, "a column's name or a table");
    ValueTerm term;
    ASSIGN_OR_RETURN(term.text, text(node, what));
    return term;
}

Result<ValueSpec> ValueReader::value(const toml::node& node, std::string_view what) const {
    ValueSpec spec;
    ASSIGN_OR_RETURN(const std::vector<const toml::node*> terms, items(node, what));
    for (const toml::node* const item : terms) {
        ASSIGN_OR_RETURN(spec.terms.emplace_back(), term(*item, what));
    }
    return spec;
}

}  // namespace daybook::legacy
