#include "cli/legacy_report.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "cli/human.h"
#include "index/publish.h"
#include "legacy/source_copy.h"
#include "query/fresh.h"

namespace daybook::cli {
namespace {

// How many of a kind are shown to people; programs get all of them.
constexpr std::size_t kShownMax = 10;
constexpr std::size_t kLineBytesShown = 400;

Result<std::vector<legacy::RunTime>> run_times(query::Session& session) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT run_id, created_at_ms FROM _latest_runs"));
    std::vector<legacy::RunTime> times;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return times;
        legacy::RunTime& time = times.emplace_back();
        time.run_id = rows.get_string(0);
        if (!rows.is_null(1)) time.created = TimestampMs(rows.get_int64(1));
    }
}

// Why the file cannot be read, as its head shows, or as a question has found out; empty: nobody
// knows of a reason.
std::string why_unreadable(const legacy::Cache& cache, const std::string& path) {
    if (const std::optional<Error> known = cache.source_problem()) return known->message();
    const Result<std::string> problem = index::snapshot_problem(path);
    if (!problem) return problem.error().message();
    return problem->empty() ? "" : fmt::format("read {}: {}", path, *problem);
}

// How the file is now, beside its copy of `version`.
void look_at_file(const legacy::Cache& cache, SourceReport& report) {
    const std::string& path = report.source.path;
    const Result<std::string> version = legacy::source_version(path);
    if (!version) {
        const bool is_gone = version.error().code() == ErrorCode::kNotFound;
        report.state = is_gone ? "missing" : "unreadable";
        report.detail = version.error().message();
        return;
    }
    if (report.cached && *version == report.cached->version) {
        report.state = "current";
        return;
    }
    const auto writer = legacy::source_writer(path);
    report.state = "changed";
    if (!writer) {
        report.state = "unreadable";
        report.detail = writer.error().message();
    } else if (*writer) {
        report.state = "held";
        report.detail = fmt::format("{} has it open for writing", **writer);
    } else if (std::string why = why_unreadable(cache, path); !why.empty()) {
        report.state = "unreadable";
        report.detail = std::move(why);
    }
}

// The file may be as it was, and be read otherwise, or not at all.
void look_at_mapping(const legacy::Cache& cache, SourceReport& report) {
    const bool is_readable = report.state == "current" || report.state == "changed";
    if (!is_readable || !report.cached) return;
    const Result<bool> is_as_wanted = cache.is_read_as_wanted(*report.cached);
    if (!is_as_wanted) {
        report.state = "no mapping";
        report.detail = is_as_wanted.error().message();
        return;
    }
    if (*is_as_wanted) return;
    report.state = "changed";
    report.detail = "its mapping, the types of the ledger or this program are others than before";
    // A question has found out already.
    if (const std::optional<Error> known = cache.source_problem()) {
        report.state = "unreadable";
        report.detail = known->message();
    }
}

std::string json_text(const std::string& text) { return json_cell(Cell(text)); }

std::string json_of(const std::vector<legacy::TableCount>& tables) {
    std::string json = "[";
    for (const legacy::TableCount& table : tables) {
        json += fmt::format("{}{{\"table\":{},\"event\":{},\"rows\":{},\"invalid\":{}}}",
                            json.size() > 1 ? "," : "", json_text(table.table),
                            json_text(table.event), table.rows, table.invalid);
    }
    return json + "]";
}

std::string json_of(const std::vector<std::string>& notes) {
    std::string json = "[";
    for (const std::string& note : notes) json += (json.size() > 1 ? "," : "") + json_text(note);
    return json + "]";
}

std::string json_of(const std::optional<TimestampMs>& time) {
    return time ? fmt::format("{}", time->value()) : "null";
}

std::string json_of(const std::vector<legacy::DisagreeingRun>& runs) {
    std::string json = "[";
    for (const legacy::DisagreeingRun& run : runs) {
        json += fmt::format(
            "{}{{\"run_id\":{},\"kind\":\"{}\",\"created_in_log_ms\":{},"
            "\"created_in_file_ms\":{}}}",
            json.size() > 1 ? "," : "", json_text(run.run_id), to_string(run.kind),
            json_of(run.created_in_log), json_of(run.created_in_file));
    }
    return json + "]";
}

Cell text_or_null(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

Cell cutover_cell(const legacy::Source& source) {
    return source.cutover ? Cell(to_string(*source.cutover)) : Cell();
}

std::vector<Cell> cells_for_programs(const SourceReport& report) {
    const legacy::Source& source = report.source;
    const auto& cached = report.cached;
    const auto& runs = report.runs;
    std::vector<Cell> cells = {source.name,
                               source.path,
                               source.mapping.empty() ? "seed" : source.mapping,
                               cutover_cell(source),
                               text_or_null(source.attached_at),
                               report.state,
                               text_or_null(report.detail)};
    if (cached) {
        cells.insert(cells.end(), {cached->copied_at.value(), cached->bytes, cached->sha256,
                                   cached->runs, cached->events, JsonText{json_of(cached->tables)},
                                   JsonText{json_of(cached->notes)}});
    } else {
        cells.resize(cells.size() + 7);
    }
    if (runs) {
        cells.insert(cells.end(), {runs->in_both, runs->in_file_alone, runs->in_log_alone,
                                   JsonText{json_of(runs->disagreeing)}});
    } else {
        cells.resize(cells.size() + 4);
    }
    return cells;
}

void print_for_programs(const std::vector<SourceReport>& reports, Context& context) {
    const auto rows = context.rows({{"name"},
                                    {"path"},
                                    {"mapping"},
                                    {"cutover"},
                                    {"attached_at"},
                                    {"state"},
                                    {"detail"},
                                    {"copied_at_ms", Unit::kTimeMs},
                                    {"bytes", Unit::kBytes},
                                    {"sha256"},
                                    {"runs"},
                                    {"events"},
                                    {"tables"},
                                    {"notes"},
                                    {"runs_in_both"},
                                    {"runs_in_file_alone"},
                                    {"runs_in_log_alone"},
                                    {"disagreements"}});
    for (const SourceReport& report : reports) rows->row(cells_for_programs(report));
    rows->finish();
}

std::string side(const std::optional<TimestampMs>& created) {
    return created ? human_time(created->value()) : "never";
}

std::string sentence(const legacy::DisagreeingRun& run) {
    switch (run.kind) {
        case legacy::Disagreement::kCreated:
            return fmt::format("{}: created {} in the log and {} in the file: the log decides",
                               run.run_id, side(run.created_in_log), side(run.created_in_file));
        case legacy::Disagreement::kLegacyLate:
            return fmt::format("{}: created {}, and only the file has it", run.run_id,
                               side(run.created_in_file));
        case legacy::Disagreement::kLogEarly:
            return fmt::format("{}: created {}, and only the log has it", run.run_id,
                               side(run.created_in_log));
    }
    return "";
}

void print_list(const std::string& title, const std::vector<std::string>& lines, Context& context) {
    if (lines.empty()) return;
    context.out.print("{}\n", title);
    for (std::size_t i = 0; i < std::min(lines.size(), kShownMax); ++i) {
        // What an old file holds is not fit for a terminal as it is.
        context.out.print("  {}\n", printable(lines[i], kLineBytesShown));
    }
    if (lines.size() > kShownMax) {
        context.out.print("  … and {} more: --format json has them all\n",
                          human_count(lines.size() - kShownMax));
    }
}

void print_details(const SourceReport& report, Context& context) {
    context.out.print("\n{}\n", report.source.name);
    if (!report.detail.empty()) context.out.print("{}: {}\n", report.state, report.detail);
    if (!report.cached) return;
    const auto rows = context.rows({{"table"}, {"event"}, {"rows"}, {"invalid"}});
    for (const legacy::TableCount& table : report.cached->tables) {
        rows->row({table.table, table.event, table.rows,
                   table.invalid > 0 ? Cell(table.invalid) : Cell()});
    }
    rows->finish();
    print_list("not understood, or left out:", report.cached->notes, context);
    if (!report.runs) return;
    context.out.print("runs: {} in both, {} in the file alone, {} in the log alone\n",
                      human_count(report.runs->in_both), human_count(report.runs->in_file_alone),
                      human_count(report.runs->in_log_alone));
    if (report.runs->in_both > 0) {
        context.out.print(
            "of those in both, one answers for each: what the other has of it is in no answer, but "
            "for tags, notes and deletion\n");
    }
    std::vector<std::string> lines;
    for (const legacy::DisagreeingRun& run : report.runs->disagreeing) {
        lines.push_back(sentence(run));
    }
    print_list("on the wrong side of the cut-over:", lines, context);
}

}  // namespace

Result<ExitCode> refuse_file(const Error& error, const Context& context) {
    switch (error.code()) {
        case ErrorCode::kInvalidArgument:
        case ErrorCode::kNotFound: return context.report(error, ExitCode::kUsage);
        default: return fail(error);
    }
}

Result<std::vector<legacy::RunTime>> run_times_of_log(const std::string& root) {
    ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(root));
    return run_times(fresh.session);
}

Result<SourceReport> report_source(const ledger::LedgerDir& dir, const legacy::Source& source,
                                   const std::vector<legacy::RunTime>& log) {
    SourceReport report{.source = source};
    const legacy::Cache cache(dir, source);
    const std::optional<legacy::Cached> cached = cache.published();
    if (cached) report.cached = cached->state;
    look_at_file(cache, report);
    look_at_mapping(cache, report);
    if (!cached) {
        report.state = "no copy";
        const std::optional<Error> problem = cache.source_problem();
        if (report.detail.empty() && problem) report.detail = problem->message();
        return report;
    }
    ASSIGN_OR_RETURN(query::Session session, query::Session::open_file(cached->snapshot));
    ASSIGN_OR_RETURN(std::vector<legacy::RunTime> file, run_times(session));
    report.runs = legacy::check_cutover(log, std::move(file), source.cutover);
    return report;
}

void print_sources(const std::vector<SourceReport>& reports, Context& context) {
    const bool for_people = context.format == Format::kTable || context.format == Format::kMarkdown;
    if (!for_people) return print_for_programs(reports, context);
    const auto rows = context.rows({{"name"},
                                    {"cutover", Unit::kNone, "cut-over"},
                                    {"state"},
                                    {"copied_at_ms", Unit::kTimeMs, "copied (UTC)"},
                                    {"age", Unit::kDurationMs},
                                    {"bytes", Unit::kBytes},
                                    {"runs"},
                                    {"events"},
                                    {"path"}});
    const TimestampMs now = system_clock().now();
    for (const SourceReport& report : reports) {
        std::vector<Cell> cells = {report.source.name, cutover_cell(report.source), report.state};
        if (const auto& cached = report.cached) {
            cells.insert(cells.end(),
                         {cached->copied_at.value(),
                          std::max<std::int64_t>(now.value() - cached->copied_at.value(), 0),
                          cached->bytes, cached->runs, cached->events});
        } else {
            cells.resize(cells.size() + 5);
        }
        cells.emplace_back(report.source.path);
        rows->row(std::move(cells));
    }
    rows->finish();
    for (const SourceReport& report : reports) print_details(report, context);
}

}  // namespace daybook::cli
