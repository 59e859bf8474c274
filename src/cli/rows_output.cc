#include "cli/rows_output.h"

#include "os/interrupt.h"

namespace daybook::cli {

using duck::TypeKind;

namespace {

// What is copied from a table, or compared by eye.
bool identifies(std::string_view column) {
    return column.ends_with("_id") || column == "status" || column == "state" ||
           column == "artifact_path";
}

}  // namespace

std::vector<Column> columns_of(const duck::Rows& rows,
                               const std::function<Unit(const std::string& name)>& unit_of) {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        const std::string& name = rows.column_name(i);
        columns.push_back({.name = name,
                           .unit = unit_of ? unit_of(name) : Unit::kNone,
                           .whole = identifies(name)});
    }
    return columns;
}

Cell cell_of(const duck::Rows& rows, std::size_t column) {
    if (rows.is_null(column)) return nullptr;
    const duck::TypeInfo& type = rows.column_type(column);
    switch (type.kind) {
        case TypeKind::kBoolean: return rows.get_bool(column);
        case TypeKind::kTinyint:
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint: return rows.get_int64(column);
        case TypeKind::kUtinyint:
        case TypeKind::kUsmallint:
        case TypeKind::kUinteger:
        case TypeKind::kUbigint: return rows.get_uint64(column);
        case TypeKind::kFloat:
        case TypeKind::kDouble: return rows.get_double(column);
        // Numbers that no C++ type holds: as they are written.
        case TypeKind::kHugeint:
        case TypeKind::kUhugeint:
        case TypeKind::kDecimal: return NumberText{rows.text(column)};
        case TypeKind::kList:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
        case TypeKind::kUnion: return JsonText{rows.json(column)};
        case TypeKind::kVarchar:
            if (type.name == "JSON") return JsonText{std::string(rows.get_string(column))};
            return rows.get_string(column);
        default: return rows.text(column);
    }
}

Result<std::size_t> write_rows(duck::Rows& rows, RowWriter& writer, const StandardOutput& out,
                               const CellOf& cell) {
    std::size_t count = 0;
    for (; !out.failed(); ++count) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        if (os::interrupted()) return fail(ErrorCode::kCancelled, "query: interrupted");
        std::vector<Cell> cells;
        cells.reserve(rows.column_count());
        for (std::size_t i = 0; i < rows.column_count(); ++i) cells.push_back(cell(rows, i));
        writer.row(std::move(cells));
    }
    writer.finish();
    return count;
}

}  // namespace daybook::cli
