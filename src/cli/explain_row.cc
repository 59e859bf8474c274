#include "cli/explain_row.h"

#include <optional>

#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "index/row_key.h"
#include "os/interrupt.h"

namespace daybook::cli {

void print_explanation(const index::Explanation& explanation, Context& context) {
    const auto rows = context.rows({{.name = "part", .whole = true},
                                    {"offset"},
                                    {"event_type"},
                                    {.name = "event_id", .whole = true, .drop_rank = 1},
                                    {"timestamp_ms"},
                                    {"won"},
                                    {"lost"}});
    for (const index::ExplainedEvent& event : explanation.events) {
        const auto text_or_null = [](const std::string& text) {
            return text.empty() ? Cell() : Cell(text);
        };
        rows->row({event.part, event.offset.value(), event.event_type, event.event_id,
                   event.timestamp_ms, text_or_null(event.won), text_or_null(event.lost)});
    }
    rows->finish();
    if (context.format != Format::kTable) return;
    for (const std::string& note : explanation.notes) {
        context.out.print("{}\n", printable(note, note.size() * 4));
    }
}

Result<ExitCode> explain_row(const std::string& directory, const std::string& table,
                             const std::string& key, Context& context) {
    const auto row = index::parse_row_key(table, key);
    if (!row) return context.report(row.error(), ExitCode::kUsage);
    std::optional<Progress> progress;
    const auto explanation =
        index::explain(directory, *row, [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "explain", total);
            }
            progress->update(done);
            return !os::interrupted();
        });
    progress.reset();
    if (!explanation) return fail(explanation.error());
    print_explanation(*explanation, context);
    return ExitCode::kOk;
}

}  // namespace daybook::cli
