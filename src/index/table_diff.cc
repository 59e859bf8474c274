#include "index/table_diff.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "duck/sql.h"
#include "index/row_hash.h"

namespace daybook::index {
namespace {

constexpr std::uint64_t kRowsBetweenCalls = 16'384;

// Counts rows for whoever watches, and asks whether to go on.
class RowCounter {
public:
    explicit RowCounter(const RowsRead& rows_read) : rows_read_(rows_read) {}

    Status count() {
        if (++rows_ % kRowsBetweenCalls != 0 || !rows_read_ || rows_read_(rows_)) return {};
        return fail(ErrorCode::kCancelled, "compare indexes: stopped after {} rows", rows_);
    }

private:
    const RowsRead& rows_read_;
    std::uint64_t rows_ = 0;
};

// What is compared of one table: columns as text, the key's first.
struct Compared {
    std::string_view table;
    std::vector<std::string> names;
    std::vector<std::string> expressions;
    std::size_t key_columns = 0;

    void add(std::string_view name, Type type = Type::kText) {
        const std::string quoted = duck::quote_identifier(name);
        names.emplace_back(name);
        // A list's own text does not tell "a, b" from "a" and "b".
        expressions.push_back(type == Type::kTexts ? fmt::format("to_json({})::VARCHAR", quoted)
                                                   : fmt::format("{}::VARCHAR", quoted));
    }

    // Rows of one key come in the order of their other columns, so that an index which has a key
    // twice is compared with sense too.
    std::string sql() const {
        std::string columns;
        std::string order;
        for (std::size_t i = 0; i < expressions.size(); ++i) {
            columns += fmt::format("{}{}", i == 0 ? "" : ", ", expressions[i]);
            order += fmt::format("{}{} NULLS FIRST", i == 0 ? "" : ", ", i + 1);
        }
        return fmt::format("SELECT {} FROM {} ORDER BY {}", columns, table, order);
    }
};

// The key first.  A point without a step has its event's id in its place, as row_key.h has it.
Compared compared_key(const TableSpec& table) {
    Compared result{.table = table.name, .names = {}, .expressions = {}};
    for (const Column& column : table.columns) {
        if (column.role != Role::kKey) continue;
        result.add(column.name, column.type);
        if (table.table == Table::kPoints && column.name == "step") {
            result.expressions.back() = "coalesce(step::VARCHAR, _event_id)";
        }
    }
    result.key_columns = result.names.size();
    return result;
}

Compared compared(const TableSpec& table) {
    Compared result = compared_key(table);
    for (const Column& column : table.columns) {
        const bool is_value = column.role != Role::kKey && column.role != Role::kDerived;
        if (is_value) result.add(column.name, column.type);
    }
    return result;
}

// The rows of one side, one after the other.
class Side {
public:
    explicit Side(duck::Rows rows) : rows_(std::move(rows)) {}

    Status advance() {
        ASSIGN_OR_RETURN(has_row_, rows_.next());
        return {};
    }
    bool has_row() const { return has_row_; }
    std::optional<std::string_view> value(std::size_t column) const {
        if (rows_.is_null(column)) return std::nullopt;
        return rows_.get_string(column);
    }

private:
    duck::Rows rows_;
    bool has_row_ = false;
};

std::string key_text(const Compared& table, const Side& side) {
    std::string text;
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        const auto value = side.value(i);
        text += fmt::format("{}{}={}", i == 0 ? "" : ",", table.names[i], value ? *value : "");
    }
    return text;
}

std::optional<std::string> owned(std::optional<std::string_view> value) {
    return value ? std::optional(std::string(*value)) : std::nullopt;
}

// Whose row comes first: below 0 the left one, above 0 the right one, 0 if they have one key.
int order_of(const Compared& table, const Side& left, const Side& right) {
    if (!left.has_row() || !right.has_row()) return left.has_row() ? -1 : 1;
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        const auto a = left.value(i);
        const auto b = right.value(i);
        if (a != b) return a < b ? -1 : 1;
    }
    return 0;
}

Result<std::optional<TableDifference>> compare_rows(const Compared& table, duck::Connection& left,
                                                    duck::Connection& right, RowCounter& counter) {
    ASSIGN_OR_RETURN(duck::Rows left_rows, left.stream(table.sql()));
    ASSIGN_OR_RETURN(duck::Rows right_rows, right.stream(table.sql()));
    Side a(std::move(left_rows));
    Side b(std::move(right_rows));
    while (true) {
        RETURN_IF_ERROR(a.advance());
        RETURN_IF_ERROR(b.advance());
        RETURN_IF_ERROR(counter.count());
        if (!a.has_row() && !b.has_row()) return std::nullopt;
        const int order = order_of(table, a, b);
        TableDifference difference{.table = std::string(table.table),
                                   .key = key_text(table, order <= 0 ? a : b),
                                   .column = {}};
        if (order != 0) return difference;
        for (std::size_t i = table.key_columns; i < table.names.size(); ++i) {
            if (a.value(i) == b.value(i)) continue;
            difference.column = table.names[i];
            difference.left = owned(a.value(i));
            difference.right = owned(b.value(i));
            return difference;
        }
    }
}

// What the builder keeps for itself, with its keys.
struct OwnTable {
    std::string_view name;
    std::vector<std::string_view> key;
};
const std::vector<OwnTable>& own_tables() {
    static const std::vector<OwnTable> tables = {
        {"index_parts", {"part"}},
        {"index_damage", {"part", "offset"}},
        {"index_events", {"id"}},
        {"index_phases", {"run_id", "phase_name", "iteration", "phase_order"}}};
    return tables;
}

Result<Compared> compared(const OwnTable& table, duck::Connection& connection) {
    ASSIGN_OR_RETURN(const duck::Rows rows,
                     connection.query(fmt::format("SELECT * FROM {} LIMIT 0", table.name)));
    Compared result{
        .table = table.name, .names = {}, .expressions = {}, .key_columns = table.key.size()};
    for (const std::string_view name : table.key) result.add(name);
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        const std::string& name = rows.column_name(i);
        if (std::find(table.key.begin(), table.key.end(), name) == table.key.end()) {
            result.add(name);
        }
    }
    return result;
}

// Equal for tables of equal rows, whatever their order.
Result<std::string> fingerprint(const Compared& table, duck::Connection& connection) {
    std::string columns;
    for (const std::string& expression : table.expressions) {
        columns += fmt::format("{}{}", columns.empty() ? "" : ", ", expression);
    }
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query(fmt::format("SELECT count(*) || ' ' || "
                                                  "coalesce(sum(hash({})::HUGEINT), 0) FROM {}",
                                                  columns, table.table)));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    return found ? rows.text(0) : std::string();
}

}  // namespace

Result<TableDigests> table_digests(duck::Connection& connection, const RowsRead& rows_read) {
    TableDigests digests{};
    RowHasher hasher;
    RowCounter counter(rows_read);
    for (const Table table : kTables) {
        const TableSpec& table_spec = spec(table);
        ASSIGN_OR_RETURN(duck::Rows rows,
                         connection.stream(fmt::format(
                             "SELECT {} FROM {}", digest_columns(table_spec), table_spec.name)));
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) break;
            digests[static_cast<std::size_t>(table)] += hasher.hash(table_spec, rows);
            RETURN_IF_ERROR(counter.count());
        }
    }
    return digests;
}

Hash128 sum_of(const TableDigests& digests) {
    Hash128 sum;
    for (const Hash128& digest : digests) sum += digest;
    return sum;
}

Result<std::optional<TableDifference>> first_difference(duck::Connection& left,
                                                        const TableDigests& left_digests,
                                                        duck::Connection& right,
                                                        const TableDigests& right_digests,
                                                        const RowsRead& rows_read) {
    RowCounter counter(rows_read);
    for (const Table table : kTables) {
        const auto i = static_cast<std::size_t>(table);
        if (left_digests[i] == right_digests[i]) continue;
        ASSIGN_OR_RETURN(auto difference,
                         compare_rows(compared(spec(table)), left, right, counter));
        if (difference) return difference;
    }
    return std::nullopt;
}

Result<std::optional<TableDifference>> first_own_difference(duck::Connection& left,
                                                            duck::Connection& right,
                                                            const RowsRead& rows_read) {
    RowCounter counter(rows_read);
    std::vector<Compared> tables;
    for (const Table table : kTables) {
        tables.push_back(compared_key(spec(table)));
        tables.back().add("_hash");
        // In decimal digits a number so long takes DuckDB 0.2 ms.
        tables.back().expressions.back() = "to_hex(_hash)";
        for (const Column& column : spec(table).columns) {
            if (column.role == Role::kDerived) tables.back().add(column.name, column.type);
        }
    }
    for (const OwnTable& table : own_tables()) {
        ASSIGN_OR_RETURN(Compared own, compared(table, left));
        tables.push_back(std::move(own));
    }
    for (const Compared& both : tables) {
        ASSIGN_OR_RETURN(const std::string a, fingerprint(both, left));
        ASSIGN_OR_RETURN(const std::string b, fingerprint(both, right));
        if (a == b) continue;
        ASSIGN_OR_RETURN(auto difference, compare_rows(both, left, right, counter));
        if (difference) return difference;
    }
    return std::nullopt;
}

}  // namespace daybook::index
