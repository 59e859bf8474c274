// daybook legacy compare: whether the log says what an attached file says.

#include <cmath>
#include <optional>

#include "base/calendar.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/legacy_comparison.h"
#include "legacy/cache.h"
#include "legacy/sources.h"
#include "os/interrupt.h"
#include "query/fresh.h"

namespace daybook::cli {
namespace {

Result<std::optional<Day>> read_day(const char* flag, const std::string& text) {
    if (text.empty()) return std::nullopt;
    std::optional<Day> day = parse_day(text);
    if (day) return day;
    return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected a day, such as 2026-01-23",
                flag, text);
}

// The attached file called `name`; without a name the only one.
Result<legacy::Source> choose_source(const ledger::LedgerDir& dir, const std::string& name) {
    if (!name.empty()) return legacy::find_source(dir, name);
    ASSIGN_OR_RETURN(std::vector<legacy::Source> sources, legacy::read_sources(dir));
    if (sources.size() == 1) return std::move(sources[0]);
    if (sources.empty()) {
        return fail(ErrorCode::kNotFound,
                    "no file is attached: 'daybook legacy attach FILE' attaches one");
    }
    std::string names;
    for (const legacy::Source& source : sources) {
        names += (names.empty() ? "" : ", ") + source.name;
    }
    return fail(ErrorCode::kInvalidArgument, "found no name, expected one of those attached: {}",
                names);
}

class LegacyCompareCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("NAME", name_, "The attached file (the only one, if there is one)");
        app.add_option("--since", since_, "Only runs created on this UTC day or later")
            ->type_name("DAY");
        app.add_option("--until", until_, "Only runs created on this UTC day or before")
            ->type_name("DAY");
        app.add_option("--tolerance", options_.tolerance,
                       "How far numbers that are no integers may lie apart, relative (1e-9)")
            ->type_name("REL");
        add_count(app, "--time-tolerance", options_.time_tolerance_ms,
                  "How many milliseconds times and durations may lie apart (0)");
        add_count(app, "-n,--limit", options_.listed_max,
                  "List at most so many differences; 0: all (100)");
        add_choice(app, "--format", format_, "table|json|csv", "How to print it (table)");
    }

    Result<ExitCode> run(Context& context) override {
        Result<Sessions> sessions = open(context);
        if (!sessions && sessions.error().code() == ErrorCode::kCancelled) {
            return fail(sessions.error());
        }
        if (!sessions) {
            return context.report(sessions.error().with_context("legacy compare"),
                                  ExitCode::kUsage);
        }
        return compare(*sessions, context);
    }

private:
    struct Sessions {
        ComparedFile what;
        query::Session log;
        query::Session file;
    };

    Result<Sessions> open(Context& context) {
        ASSIGN_OR_RETURN(options_.since, read_day("--since", since_));
        ASSIGN_OR_RETURN(options_.until, read_day("--until", until_));
        if (options_.since && options_.until && *options_.since > *options_.until) {
            return fail(ErrorCode::kInvalidArgument, "found --since {} after --until {}", since_,
                        until_);
        }
        if (!(options_.tolerance >= 0) || !std::isfinite(options_.tolerance)) {
            return fail(ErrorCode::kInvalidArgument, "--tolerance: found {}, expected 0 or more",
                        options_.tolerance);
        }
        context.format = *parse_format(format_);
        ASSIGN_OR_RETURN(const std::string root, context.existing_ledger());
        const ledger::LedgerDir dir(root);
        ASSIGN_OR_RETURN(legacy::Source source, choose_source(dir, name_));
        ASSIGN_OR_RETURN(const legacy::Cached cached,
                         legacy::Cache(dir, source).refresh({.at_once = true, .keep_on = [] {
                                                                 return !os::interrupted();
                                                             }}));
        ComparedFile what{.name = std::move(source.name), .left_out = cached.state.left_out};
        if (!cached.note.empty()) {
            what.older_copy = cached.state.copied_at;
            report_note(cached.note);
        }
        // Without sources: the log's rows alone.
        ASSIGN_OR_RETURN(query::FreshSession log,
                         query::open_fresh(root, {.keep_on = [] { return !os::interrupted(); }}));
        if (!log.note.empty()) report_note(log.note);
        ASSIGN_OR_RETURN(query::Session file, query::Session::open_file(cached.snapshot));
        return Sessions{
            .what = std::move(what), .log = std::move(log.session), .file = std::move(file)};
    }

    Result<ExitCode> compare(Sessions& sessions, Context& context) {
        const InterruptWatch watch([&] {
            sessions.log.interrupt();
            sessions.file.interrupt();
        });
        options_.keep_on = [] { return !os::interrupted(); };
        const Result<legacy::CompareReport> report =
            legacy::compare_indexes(sessions.log, sessions.file, options_);
        if (!report && report.error().code() == ErrorCode::kCancelled) {
            return fail(report.error());
        }
        if (!report) {
            return context.report(report.error().with_context("legacy compare"), ExitCode::kUsage);
        }
        // Equal in what is not the question is no answer to it.
        if (report->runs() == 0) {
            return context.report(
                Error(ErrorCode::kNotFound,
                      "legacy compare: neither the log nor the file has a run of these days"),
                ExitCode::kUsage);
        }
        print_comparison(sessions.what, *report, options_, context);
        if (!report->is_equal() || !sessions.what.left_out.empty()) return ExitCode::kFailed;
        if (sessions.what.older_copy) {
            return context.report(
                Error(ErrorCode::kBusy,
                      "legacy compare: equal to an older copy of the file, which was not to be had "
                      "as it is now"),
                ExitCode::kUsage);
        }
        return ExitCode::kOk;
    }

    std::string name_;
    std::string since_;
    std::string until_;
    std::string format_ = "table";
    legacy::CompareOptions options_;
};

}  // namespace

extern constinit const CommandInfo kLegacyCompareCommand = {
    .name = "legacy compare",
    .summary = "Compares the log with an attached file, row by row and column by column",
    .details =
        "Both are asked for their tables, whoever answers for a run otherwise.  Numbers in JSON\n"
        "are compared as numbers, objects whatever the order of their members, null as absent.\n"
        "What no row of the file keeps, such as an environment or artifacts, is no difference;\n"
        "nor is an end that the file does not tell and that was assumed: both are listed.\n"
        "Programs that write to both draw two times of each event: --time-tolerance says by how\n"
        "much these may differ.\n"
        "What of the file is in no event, of any day, is listed: tables, columns and rows.  A\n"
        "mapping reads them, or names them in 'ignore'.\n"
        "Exit codes: 0 equal, 1 differences, or something of the file is in no event, 2 it could\n"
        "not be looked at: no run is of these days, or the file is held, and an older copy was\n"
        "compared.",
    .examples =
        "daybook legacy compare\n"
        "# the days on which both were written\n"
        "daybook legacy compare optimizer --since 2026-01-23 --until 2026-02-05\n"
        "daybook legacy compare --time-tolerance 5000 --tolerance 1e-6\n"
        "daybook legacy compare --format csv --limit 0 > differences.csv",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyCompareCommand>,
};

}  // namespace daybook::cli
