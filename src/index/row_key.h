// A row of the index, named by its key: what `--explain-row TABLE KEY` takes and --check prints.
//
//     trial_results      run_id=r1,trial_id=t7        or r1,t7
//     metric_points      run_id=r1,trial_id=,name=loss,step=3
//                        without a step its event's id stands for it, as in the table
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/tables.h"

namespace daybook::index {

struct RowKey {
    Table table = Table::kRuns;
    // One for each column of the key, in the table's order.
    std::vector<std::string> values;
    bool operator==(const RowKey&) const = default;

    // The value of the key's column `name`, which must be one.
    std::string_view value_of(std::string_view name) const;
    // "run_id=r1,trial_id=t7".
    std::string to_text() const;
};

// The columns of the table's key, in its order.
std::vector<Column> key_columns(Table table);

// Takes `key` apart: named values in any order, a name ending the value before it, so that values
// may hold commas; or values alone, in the key's order.  kInvalidArgument: no such table, a part of
// the key that is missing or given twice, a number that is none; the message says what is expected.
Result<RowKey> parse_row_key(std::string_view table, std::string_view key);

}  // namespace daybook::index
