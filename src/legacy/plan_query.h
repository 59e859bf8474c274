// The queries of a plan: how the rows of a rule are read, in their order, and told apart.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "legacy/catalog.h"
#include "legacy/plan.h"
#include "legacy/plan_sql.h"
#include "legacy/rule_planner.h"

namespace daybook::legacy {

// A rule that fits a table, before its query is put together.
struct Draft {
    PlannedRule rule{};  // columns of its fields are counted from 0
    const CatalogTable* table = nullptr;
    const Rule* mapped = nullptr;
    std::string where{};  // empty: every row
    // What decides whether a row is the rule's event; nullopt: all are.
    std::optional<ChoiceSql> choice{};
    std::string run{};
    std::string run_in_ids{};  // empty: the same
    TimeSql time{};
    std::vector<std::string> key{};  // empty: there is none
    std::vector<std::string> values{};
    std::vector<std::string> names{};  // what the values are called in a row's content
    ColumnNames taken{};               // the columns that its events have
};

// " WHERE (…)", or nothing.
std::string where_sql(const Draft& draft);

// Has the rules that assume an end (`end_assumed`) pass by the runs of which another row says
// whether they are over: it is not for a rule without a word to say otherwise.
Status assume_no_known_ends(std::vector<Draft>& drafts, duck::Connection& connection);

// Makes what the queries of rules look up that go by the first or last time of a run: what the rows
// of all drafts say themselves.
Status make_times_of_runs(const std::vector<Draft>& drafts, duck::Connection& connection);

// Puts the queries of one plan together.
class QueryMaker {
public:
    explicit QueryMaker(duck::Connection& connection) : connection_(connection) {}

    // Fills `draft.rule` in.  kInvalidArgument: SQL of the mapping does not fit the table.
    Status complete(Draft& draft);

private:
    // Whether a key names several of the rows that the draft is for.
    Result<bool> key_repeats(const Draft& draft);

    duck::Connection& connection_;
    // Of whole tables, by the question: rules ask the same ones.
    std::map<std::string, bool> repeats_;
};

}  // namespace daybook::legacy
