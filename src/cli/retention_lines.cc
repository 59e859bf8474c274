#include "cli/retention_lines.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/calendar.h"
#include "cli/human.h"
#include "query/runs.h"

namespace daybook::cli {

Result<std::vector<std::string>> retention_lines(query::Session& session,
                                                 const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows, query::run_retentions(session, run_id));
    std::vector<std::string> lines;
    std::optional<std::int64_t> of;  // the retention that is being added up
    std::string day;
    std::string first_event;
    std::int64_t events = 0;
    std::int64_t others = 0;
    const auto add_line = [&] {
        if (!of) return;
        // An event that is about several runs does not say how many events each has had.
        const std::string of_whom = others > 0 ? " of it and others" : "";
        lines.push_back(fmt::format("{}{} removed by retention on {}, event {}",
                                    human_counted(static_cast<std::uint64_t>(events), "event"),
                                    of_whom, day, first_event));
    };
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::int64_t at = rows.get_int64(1);
        if (of != at) {
            add_line();
            of = at;
            day = to_string(day_of(TimestampMs(at)));
            first_event = rows.get_string(0);
            events = others = 0;
        }
        events += std::max<std::int64_t>(rows.get_int64(2), 0);
        others = std::max(others, rows.get_int64(3) - 1);
    }
    add_line();
    return lines;
}

}  // namespace daybook::cli
