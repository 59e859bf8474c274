// A mapping and a file brought together: which query gives the rows of each rule, and what becomes
// of each column.
//
// The queries have these columns, in this order, and then those of the values:
//
//     time BIGINT      milliseconds; null: the row has none
//     run_id VARCHAR
//     rows BIGINT      how many rows of the table it is: those that are alike in all that is read
//     copy BOOLEAN     whether its key names another row too, before it, or there is no key: it is
//                      told from others by its content
//     the parts of the key, as VARCHAR
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "legacy/catalog.h"
#include "legacy/left_out.h"
#include "legacy/mapping.h"
#include "schema/registry.h"
#include "schema/spec.h"

namespace daybook::legacy {

inline constexpr std::size_t kTimeColumn = 0;
inline constexpr std::size_t kRunColumn = 1;
inline constexpr std::size_t kRowsColumn = 2;
inline constexpr std::size_t kCopyColumn = 3;
inline constexpr std::size_t kKeyColumns = 4;

struct PlannedTerm;

// The first of the terms that is not null in the row.
struct PlannedValue {
    std::vector<PlannedTerm> terms;  // no initializer, as in ValueSpec
};

struct PlannedObject {
    std::vector<std::size_t> json{};  // columns of the query
    std::vector<std::pair<std::string, PlannedValue>> members;
    // Whether several members of one name may come together: the last of them counts.
    bool may_repeat = false;
};

struct PlannedTerm {
    ValueTerm::Kind kind = ValueTerm::Kind::kColumn;  // kColumn, kConstant or kObject
    std::size_t column = 0;                           // of the query
    std::string json{};                               // kConstant
    PlannedObject object{};
    bool is_unique = false;  // as ValueTerm has them
    bool is_assumed = false;
};

struct PlannedField {
    std::string name;
    // What the event's type wants there; nullptr: it does not know the field.
    const schema::FieldSpec* spec = nullptr;
    PlannedValue value{};
};

struct PlannedRule {
    std::string table;  // "optimizer.trials_f"
    std::string event;
    std::string sql;
    std::size_t key_parts = 0;
    bool has_key = false;  // else the parts are all null
    std::vector<PlannedField> fields{};
    // What tells rows of the same key apart: the columns of the query, by their names.
    std::vector<std::pair<std::string, std::size_t>> content{};
    // The column of the time that the row itself has.
    std::size_t own_time = kTimeColumn;
    // The column of the run as ids have it; it may have another form in events.
    std::size_t run_in_ids = kRunColumn;
    // The column of what is no time that a row without one has where it should be, as text.
    std::optional<std::size_t> time_text{};
    // The column of the time that the row itself has, as text, where milliseconds do not hold it.
    std::optional<std::size_t> exact_time{};
    // Whether the events end their runs, where they have no time at that of the run's last row.
    bool ends_at_last_row = false;
    std::uint64_t rows = 0;  // of the table, about
    std::size_t line = 0;    // of the rule
};

struct Plan {
    std::vector<PlannedRule> rules{};
    std::vector<std::string> notes{};     // what of the file is in no event, and why
    std::vector<std::string> absent{};    // what the mapping knows and the file does not have
    std::vector<std::string> unmapped{};  // tables that no rule reads
    std::vector<LeftOut> left_out{};  // what of the file is in no event, as far as it has values
};

// `connection` is to the file; its rows are looked at where a key may name several.  `types` are
// the event types that the ledger takes.  kInvalidArgument: nothing of the mapping fits, or a piece
// of SQL does not.
Result<Plan> make_plan(const Mapping& mapping, const Catalog& catalog, duck::Connection& connection,
                       const schema::Registry& types = schema::Registry::builtin());

}  // namespace daybook::legacy
