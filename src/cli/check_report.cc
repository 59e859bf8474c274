#include "cli/check_report.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kValueBytesMax = 500;

std::string value_text(const std::optional<std::string>& value) {
    return value ? fmt::format("'{}'", printable(*value, kValueBytesMax)) : "NULL";
}

std::string row_text(const index::TableDifference& difference) {
    const std::string key = printable(difference.key, kValueBytesMax);
    return difference.key.empty() ? difference.table
                                  : fmt::format("{}, row {}", difference.table, key);
}

// "trial_results, row run_id=r1,trial_id=t1, column metrics: …"
std::string difference_text(const index::Comparison& comparison) {
    const index::TableDifference& difference = *comparison.difference;
    if (difference.column.empty()) {
        return fmt::format("{}: only one of the {} and a full rebuild has it", row_text(difference),
                           comparison.name);
    }
    return fmt::format("{}, column {}: {} in the {}, {} in a full rebuild", row_text(difference),
                       difference.column, value_text(difference.left), comparison.name,
                       value_text(difference.right));
}

void print_for_people(const index::CheckReport& report, Context& context) {
    for (const index::Comparison& comparison : report.comparisons) {
        if (comparison.difference) {
            context.out.print("{}: differs from the log: {}\n", comparison.name,
                              difference_text(comparison));
        } else {
            context.out.print("{}: equal to a full rebuild of {} of log, digest {}\n",
                              comparison.name, human_bytes(comparison.bytes), comparison.digest);
        }
    }
    if (report.is_equal()) return;
    context.out.print(
        "daybook index --full-rebuild makes the index anew; keep a copy of index/ before, to find "
        "out\nwhat went wrong.\n");
}

}  // namespace

void print_check(const index::CheckReport& report, Context& context) {
    for (const std::string& note : report.notes) report_note(note);
    if (context.format == Format::kTable) return print_for_people(report, context);
    const auto rows = context.rows({{"name"},
                                    {"path"},
                                    {"equal"},
                                    {"bytes", Unit::kBytes},
                                    {"kept_digest"},
                                    {"digest"},
                                    {"rebuilt_digest"},
                                    {"table"},
                                    {"key"},
                                    {"column"},
                                    {"value"},
                                    {"rebuilt_value"}});
    for (const index::Comparison& comparison : report.comparisons) {
        std::vector<Cell> cells = {
            comparison.name,          comparison.path,        !comparison.difference.has_value(),
            comparison.bytes,         comparison.kept_digest, comparison.digest,
            comparison.rebuilt_digest};
        if (const auto& difference = comparison.difference) {
            cells.insert(cells.end(), {difference->table, difference->key,
                                       difference->column.empty() ? Cell() : difference->column,
                                       difference->left, difference->right});
        } else {
            cells.resize(12);
        }
        rows->row(std::move(cells));
    }
    rows->finish();
}

Result<ExitCode> check_index(const std::string& directory, index::CheckOptions options,
                             Context& context) {
    std::optional<Progress> progress;
    std::string current;
    options.progress = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
        if (!progress || current != what) {
            current = what;
            progress.reset();
            progress.emplace(context.error_style, system_clock(), current, total);
        }
        progress->update(done);
        return !os::interrupted();
    };
    const Result<index::CheckReport> report = index::check(directory, options);
    progress.reset();
    if (!report && report.error().code() == ErrorCode::kCancelled) return fail(report.error());
    if (!report) return context.report(report.error(), ExitCode::kUsage);
    print_check(*report, context);
    return report->is_equal() ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace daybook::cli
