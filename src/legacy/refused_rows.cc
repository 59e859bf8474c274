#include "legacy/refused_rows.h"

#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace daybook::legacy {

void RefusedRows::add(InvalidRow row, std::size_t line, std::uint64_t count) {
    const std::string name = fmt::format("{}\n{}", row.origin.table, row.origin.key);
    const std::uint64_t key = xxh3_64(name);
    const auto known = of_key_.find(key);
    const bool is_new = known == of_key_.end();
    std::uint64_t more = count;
    if (!is_new || of_key_.size() < kKeysMax) {
        std::uint64_t& met = of_rule_[xxh3_64(fmt::format("{}\n{}", name, line))];
        std::uint64_t& most = of_key_[key];
        met += count;
        more = met > most ? met - most : 0;
        most += more;
    }
    count_ += more;
    OfTable& table = tables_[row.origin.table];
    // Rows without a time come in any order: the example is the same each time all the same.
    const auto place = [](const InvalidRow& of) {
        return std::tie(of.origin.key, of.event, of.reason);
    };
    if (table.rows == 0 || place(row) < place(table.first)) table.first = row;
    table.rows += more;
    if (is_new && listed_.size() < kListedRowsMax) listed_.push_back(std::move(row));
}

}  // namespace daybook::legacy
