// The SQL of a plan: values of a rule as expressions over the rows of one table, which are called
// t.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "duck/type.h"
#include "legacy/catalog.h"
#include "legacy/mapping.h"

namespace daybook::legacy {

// Whether the file and the table have what a rule or a term needs: columns, and tables where there
// is a '.' in the name.
bool meets(const std::vector<std::string>& needs, const Catalog& catalog,
           const CatalogTable& table);

// The expression of a column or of SQL; nullopt: the table does not have it, or it is neither.
std::optional<std::string> term_sql(const ValueTerm& term, const Catalog& catalog,
                                    const CatalogTable& table);

// The first of the terms that is not null, as text; nullopt: the table has none of them.
std::optional<std::string> text_sql(const ValueSpec& value, const Catalog& catalog,
                                    const CatalogTable& table);

// The same for names of runs: a whole number that a DOUBLE holds exactly is "7" and not "7.0".
std::optional<std::string> name_sql(const ValueSpec& value, const Catalog& catalog,
                                    const CatalogTable& table);

// What a choice is made by, in lower case and without white space around it; an empty text is none.
struct ChoiceSql {
    std::string word;   // the first of the terms that the row has
    std::string value;  // the first of them that is in `known`; if none is, the word
};
// nullopt: the table has none of the terms.
std::optional<ChoiceSql> choice_sql(const Choice& choice, const Catalog& catalog,
                                    const CatalogTable& table);

// `table` with a row for each item of the list in `column`: an array, or JSON text of one or of an
// object; what is neither is one item.
CatalogTable spread(const CatalogTable& table, std::size_t column);

// "('a', 'b')", for IN.
std::string in_list(const std::vector<std::string>& texts);

// `expression`, of type `type`, as milliseconds since 1970 (UTC); empty: it is no time.
std::string time_sql(const std::string& expression, const duck::TypeInfo& type);

// Whether `expression`, of type `type`, is a time that is not one of whole milliseconds; empty:
// those of the type are.
std::string is_cut_sql(const std::string& expression, const duck::TypeInfo& type);

// A value of a time, and whether it is the row's own.
struct TimeSql {
    std::string own;        // milliseconds, or NULL: what the row itself has
    std::string of_run;     // "first", "last" or empty: what counts where it has none
    std::string dropped{};  // columns that are no times: "created_at VARCHAR[]"
    std::string text{};     // what the row has there, as text; empty: no column is read
    std::string exact{};    // as text, where `own` is not all of it; empty: it always is
};
// nullopt: the table has no time.  kInvalidArgument: SQL of the mapping does not fit the table.
Result<std::optional<TimeSql>> plan_time(const ValueSpec& value, const Catalog& catalog,
                                         const CatalogTable& table, duck::Connection& connection);

// The types of `expressions` over rows of the table.  kInvalidArgument: DuckDB's message, with the
// expressions.
Result<std::vector<duck::TypeInfo>> types_of(const std::vector<std::string>& expressions,
                                             const CatalogTable& table,
                                             duck::Connection& connection);

}  // namespace daybook::legacy
