// What tests of the planner share: a table, and rules for it.
#pragma once

#include <string>
#include <string_view>

#include "legacy/plan.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {

class PlannerTest : public LegacyTest {
protected:
    Result<Plan> plan(const std::string& sql, std::string_view mapping) {
        run(sql);
        const duck::Database database = must(duck::Database::open(file_, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        return make_plan(must(parse_mapping(mapping, "m")), must(read_catalog(connection)),
                         connection);
    }
};

inline constexpr std::string_view kTable =
    "CREATE TABLE t (run VARCHAR, ts BIGINT, a DOUBLE, b INTEGER, "
    "c VARCHAR, flag BOOLEAN);";

inline std::string rule(std::string_view rest) {
    return "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n" +
           std::string(rest);
}

}  // namespace daybook::legacy
