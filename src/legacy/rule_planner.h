// One rule over one table: which columns its fields take, and what is left for their rests.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "legacy/catalog.h"
#include "legacy/mapping.h"
#include "legacy/plan.h"

namespace daybook::legacy {

using ColumnNames = std::set<std::string, std::less<>>;  // in lower case

// Adds the columns that the SQL of a value reads.
void add_read(const ValueSpec& value, ColumnNames& names);

// One rule over one table.
class RulePlanner {
public:
    RulePlanner(const Rule& rule, const Catalog& catalog, const CatalogTable& table);

    // The fields that the table has something for; the others' names go to `missing`.
    std::vector<PlannedField> fields(std::vector<std::string>& missing);
    // The parts of the key, as SQL; null where the table lacks one.  Empty if it lacks all.
    std::vector<std::string> key() const;
    // The columns that the rule's events have, in lower case; after fields().
    const ColumnNames& taken() const { return taken_; }
    // What the fields' columns are, counted from 0, as SQL.
    std::vector<std::string>& expressions() { return expressions_; }
    // What each of them is called where a row is told from others by what it says: that depends
    // on the mapping and on the column, and on nothing else that the table has.
    std::vector<std::string>& names() { return names_; }

private:
    std::size_t add(const std::string& sql, std::string name);
    PlannedValue value(const ValueSpec& spec);
    PlannedObject object(const ObjectSpec& spec);
    void add_rest(const ObjectSpec& spec, PlannedObject& object);
    void take_numbers(const ValueSpec& spec);

    const Rule& rule_;
    const Catalog& catalog_;
    const CatalogTable& table_;
    ColumnNames named_;
    ColumnNames taken_;
    ColumnNames named_in_full_;  // what fields other than a rest take of every row
    ColumnNames numbers_;        // that a rest of numbers takes
    std::vector<std::string> expressions_;
    std::vector<std::string> names_;
    std::map<std::string, std::size_t> places_;
};

}  // namespace daybook::legacy
