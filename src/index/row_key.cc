#include "index/row_key.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/text.h"

namespace daybook::index {
namespace {

Result<Table> find_table(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Table table : kTables) {
        names.push_back(spec(table).name);
        if (names.back() == name) return table;
    }
    const std::string_view nearest = nearest_name(name, names);
    if (!nearest.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "find table: found \"{}\", expected a table of the index; did you mean {}?",
                    name, nearest);
    }
    return fail(ErrorCode::kInvalidArgument, "find table: found \"{}\", expected one of {}", name,
                fmt::join(names, ", "));
}

// "run_id=…,trial_id=…"
std::string form_of(const std::vector<Column>& columns) {
    std::string form;
    for (const Column& column : columns) {
        form += fmt::format("{}{}=…", form.empty() ? "" : ",", column.name);
    }
    return form;
}

// The place of "<name>=" in `text` at its beginning or behind a comma, from `from` on.
std::size_t find_name(std::string_view text, std::string_view name, std::size_t from) {
    const std::string wanted = std::string(name) + "=";
    for (std::size_t at = text.find(wanted, from); at != std::string_view::npos;
         at = text.find(wanted, at + 1)) {
        if (at == 0 || text[at - 1] == ',') return at;
    }
    return std::string_view::npos;
}

// What stands before the first "=", if it could be a column's name.
std::string_view leading_name(std::string_view text) {
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos || end == 0) return {};
    const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const std::string_view name = text.substr(0, end);
    return std::all_of(name.begin(), name.end(), is_name) ? name : std::string_view();
}

Result<std::vector<std::string>> parse_named(const std::vector<Column>& columns,
                                             std::string_view text) {
    std::vector<std::pair<std::size_t, std::size_t>> places;  // offset, column
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t at = find_name(text, columns[i].name, 0);
        if (at == std::string_view::npos) {
            return fail(ErrorCode::kInvalidArgument,
                        "read key: found \"{}\" without {}, expected {}", text, columns[i].name,
                        form_of(columns));
        }
        if (find_name(text, columns[i].name, at + 1) != std::string_view::npos) {
            return fail(ErrorCode::kInvalidArgument, "read key: found {} twice in \"{}\"",
                        columns[i].name, text);
        }
        places.emplace_back(at, i);
    }
    std::sort(places.begin(), places.end());
    std::vector<std::string> values(columns.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto [at, column] = places[i];
        const std::size_t begin = at + columns[column].name.size() + 1;
        const std::size_t end = i + 1 < places.size() ? places[i + 1].first - 1 : text.size();
        values[column] = std::string(text.substr(begin, end - begin));
    }
    return values;
}

Result<std::vector<std::string>> parse_in_order(const std::vector<Column>& columns,
                                                std::string_view text) {
    if (columns.size() == 1) return std::vector{std::string(text)};
    std::vector<std::string> values(1);
    for (const char c : text) {
        if (c == ',') {
            values.emplace_back();
        } else {
            values.back() += c;
        }
    }
    if (values.size() == columns.size()) return values;
    return fail(ErrorCode::kInvalidArgument,
                "read key: found {} value{} in \"{}\", expected {}: {} (with names values may hold "
                "commas)",
                values.size(), values.size() == 1 ? "" : "s", text, columns.size(),
                form_of(columns));
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::vector<Column> key_columns(Table table) {
    std::vector<Column> columns;
    for (const Column& column : spec(table).columns) {
        if (column.role == Role::kKey) columns.push_back(column);
    }
    return columns;
}

std::string_view RowKey::value_of(std::string_view name) const {
    const std::vector<Column> columns = key_columns(table);
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    DAYBOOK_CHECK(found != columns.end());
    return values[static_cast<std::size_t>(found - columns.begin())];
}

std::string RowKey::to_text() const {
    const std::vector<Column> columns = key_columns(table);
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        text += fmt::format("{}{}={}", i == 0 ? "" : ",", columns[i].name, values[i]);
    }
    return text;
}

Result<RowKey> parse_row_key(std::string_view table, std::string_view key) {
    ASSIGN_OR_RETURN(const Table found, find_table(table));
    const std::vector<Column> columns = key_columns(found);
    RowKey result{.table = found, .values = {}};
    const std::string_view name = leading_name(key);
    const auto is_named = [&](const Column& column) { return column.name == name; };
    if (std::any_of(columns.begin(), columns.end(), is_named)) {
        ASSIGN_OR_RETURN(result.values, parse_named(columns, key));
    } else if (const auto all = spec(found).columns;
               std::any_of(all.begin(), all.end(), is_named)) {
        return fail(ErrorCode::kInvalidArgument,
                    "read key: {} is no part of the key of {}, expected {}", name, table,
                    form_of(columns));
    } else {
        ASSIGN_OR_RETURN(result.values, parse_in_order(columns, key));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        // A point's step may be an event's id.
        if (columns[i].type != Type::kInt || found == Table::kPoints) continue;
        const auto number = parse_integer(result.values[i]);
        if (number) result.values[i] = std::to_string(*number);
        if (number) continue;
        return fail(ErrorCode::kInvalidArgument, "read key: {}: found \"{}\", expected a number",
                    columns[i].name, result.values[i]);
    }
    return result;
}

}  // namespace daybook::index
