// daybook plot: a run's equity, phases or trials as a picture, in the terminal or as SVG.

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "artifact/parquet_reader.h"
#include "base/text.h"
#include "cli/artifact_files.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/output_file.h"
#include "cli/run_question.h"
#include "plot/axis.h"
#include "plot/svg.h"
#include "plot/text.h"
#include "query/catalog.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

constexpr int kColumnsMax = 120;
constexpr int kColumnsMin = 40;
constexpr int kColumnsOfFiles = 80;  // where the output is no terminal

// A number of the rows that has a place on an axis.
std::optional<double> drawable(const duck::Rows& rows, std::size_t column, plot::Scale scale) {
    if (rows.is_null(column)) return std::nullopt;
    const double value = rows.get_double(column);
    return plot::has_place(scale, value) ? std::optional(value) : std::nullopt;
}

// The points of two columns of doubles, and how many rows have none.
struct Points {
    std::vector<plot::Point> points;
    std::size_t left_out = 0;
};

Result<Points> read_points(duck::Rows& rows, plot::Scale x_scale) {
    Points read;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return read;
        const std::optional<double> x = drawable(rows, 0, x_scale);
        const std::optional<double> y = drawable(rows, 1, plot::Scale::kNumber);
        if (x && y) {
            read.points.push_back({*x, *y});
        } else {
            ++read.left_out;
        }
    }
}

void fit_axes(plot::Figure& figure, std::string x_title, plot::Scale x_scale, std::string y_title) {
    const auto by_x = [](const auto& a, const auto& b) { return a.x < b.x; };
    const auto by_y = [](const auto& a, const auto& b) { return a.y < b.y; };
    const auto [left, right] =
        std::minmax_element(figure.points.begin(), figure.points.end(), by_x);
    const auto [low, high] = std::minmax_element(figure.points.begin(), figure.points.end(), by_y);
    figure.x = plot::axis_over(std::move(x_title), x_scale, left->x, right->x);
    figure.y = plot::axis_over(std::move(y_title), plot::Scale::kNumber, low->y, high->y);
}

std::string points_told(const Points& read, std::string_view what) {
    std::string text = human_counted(read.points.size(), what);
    if (read.left_out > 0) {
        text += fmt::format("; {} without values that can be drawn left out",
                            human_count(read.left_out));
    }
    return text;
}

// How an artifact is drawn as equity.
struct EquitySource {
    query::CatalogFile file{};
    bool is_equity = false;  // else trades
    bool is_search = false;  // which has chosen the policy on calls among those traded
};

// The artifact `wanted` (a path or a type), or if that is empty the one `equity`, or else `trades`.
Result<EquitySource> equity_source(query::Session& session, const std::string& root,
                                   const std::string& run_id, const std::string& wanted) {
    ASSIGN_OR_RETURN(const std::vector<query::CatalogFile> all,
                     query::files_of_run(session, root, run_id));
    std::vector<query::CatalogFile> parquet;
    std::copy_if(all.begin(), all.end(), std::back_inserter(parquet),
                 [](const query::CatalogFile& file) { return file.format == "parquet"; });
    const auto has = [&](std::string_view type) {
        return std::any_of(parquet.begin(), parquet.end(),
                           [&](const query::CatalogFile& file) { return file.type == type; });
    };
    const std::string chosen = !wanted.empty() ? wanted
                               : has("equity") ? "equity"
                               : has("trades") ? "trades"
                                               : "";
    const std::string attempt = "equity of " + run_id;
    if (chosen.empty()) {
        return fail(ErrorCode::kNotFound,
                    "{}: the run has neither equity nor trades as Parquet; it has: {}", attempt,
                    types_of(all));
    }
    ASSIGN_OR_RETURN(query::CatalogFile file,
                     find_artifact(parquet, chosen, fmt::format("{}: {}", attempt, chosen),
                                   "by its path, with --artifact"));
    if (file.type != "equity" && file.type != "trades") {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: {} is of type {}; only equity and trades are drawn", attempt, file.path,
                    file.type);
    }
    RETURN_IF_ERROR(check_artifact(file, attempt));
    const bool is_equity = file.type == "equity";
    const bool is_search = std::any_of(all.begin(), all.end(), [](const query::CatalogFile& other) {
        return other.type == "frontier";
    });
    return EquitySource{.file = std::move(file), .is_equity = is_equity, .is_search = is_search};
}

bool is_number(std::string_view type) {
    static constexpr std::string_view kNumbers[] = {
        "TINYINT", "SMALLINT", "INTEGER",   "BIGINT",   "HUGEINT", "FLOAT",
        "DOUBLE",  "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    };
    return type.starts_with("DECIMAL") || std::ranges::find(kNumbers, type) != std::end(kNumbers);
}

// Whether the file has what is drawn: numbers in both columns.
Status require_numbers(artifact::ParquetReader& reader, const query::CatalogFile& file,
                       std::initializer_list<std::string_view> wanted) {
    ASSIGN_OR_RETURN(const std::vector<artifact::ParquetColumn> columns, reader.columns(file.file));
    for (const std::string_view name : wanted) {
        const auto found = std::ranges::find(columns, name, &artifact::ParquetColumn::name);
        if (found == columns.end()) {
            std::vector<std::string> names;
            for (const artifact::ParquetColumn& column : columns) names.push_back(column.name);
            return fail(ErrorCode::kUnsupported, "{} has no column {}; it has: {}", file.file, name,
                        listed(names));
        }
        if (!is_number(found->type)) {
            return fail(ErrorCode::kUnsupported, "{}: column {} is {}, expected a number",
                        file.file, name, found->type);
        }
    }
    return {};
}

// Times and values of an artifact `equity`, or the sum of the net returns of `trades` as they were
// closed; a trade without a finite one has none, and adds nothing.
Result<Points> equity_points(artifact::ParquetReader& reader, const EquitySource& source) {
    RETURN_IF_ERROR(source.is_equity ? require_numbers(reader, source.file, {"ts_ms", "equity"})
                                     : require_numbers(reader, source.file,
                                                       {"exit_ts_ms", "realized_return_bps"}));
    const std::string from = artifact::parquet_scan(std::span(&source.file.file, 1));
    const std::string sql =
        source.is_equity
            ? fmt::format(
                  "SELECT ts_ms::DOUBLE, equity::DOUBLE FROM (SELECT ts_ms, equity, "
                  "row_number() OVER () AS place FROM {}) ORDER BY ts_ms, place",
                  from)
            : fmt::format(
                  "SELECT closed, CASE WHEN isfinite(net) THEN sum(net) FILTER "
                  "(WHERE isfinite(net)) OVER (ORDER BY closed, place ROWS UNBOUNDED PRECEDING) "
                  "END FROM (SELECT exit_ts_ms::DOUBLE AS closed, "
                  "realized_return_bps::DOUBLE / 100 AS net, row_number() OVER () AS place "
                  "FROM {}) ORDER BY closed, place",
                  from);
    Result<duck::Rows> rows = reader.query(sql);
    if (!rows) return fail(rows.error().with_context("read " + source.file.file));
    return read_points(*rows, plot::Scale::kTime);
}

Result<plot::Figure> equity_figure(query::Session& session, const std::string& root,
                                   const std::string& run_id, const std::string& wanted) {
    ASSIGN_OR_RETURN(const EquitySource source, equity_source(session, root, run_id, wanted));
    ASSIGN_OR_RETURN(artifact::ParquetReader reader, artifact::ParquetReader::open());
    const InterruptWatch watch([&reader] { reader.interrupt(); });
    Result<Points> read = equity_points(reader, source);
    if (!read) return fail(read.error().with_context("equity of " + run_id));
    if (read->points.empty()) {
        if (read->left_out == 0) {
            return fail(ErrorCode::kNotFound, "equity of {}: {} has no row: nothing was traded",
                        run_id, source.file.path);
        }
        return fail(ErrorCode::kNotFound,
                    "equity of {}: {} has no row that can be drawn; {} is milliseconds since 1970",
                    run_id, source.file.path, source.is_equity ? "ts_ms" : "exit_ts_ms");
    }
    plot::Figure figure{.title = (source.is_equity ? "Equity of " : "Net return of ") + run_id,
                        .subtitle = points_told(*read, source.is_equity ? "bar" : "trade"),
                        .mark = plot::Mark::kLine,
                        .points = std::move(read->points)};
    if (source.is_search) figure.subtitle += "; their policy was chosen on calls among these";
    fit_axes(figure, "time (UTC)", plot::Scale::kTime,
             source.is_equity ? "equity, in the currency of the prices"
                              : "sum of net returns, % of a trade's stake");
    return figure;
}

// The unit in which people would tell durations of up to `longest_ms`, and how long it is.
struct TimeUnit {
    std::string_view name;
    double ms = 1;
};
TimeUnit time_unit_of(double longest_ms) {
    if (longest_ms < 10'000) return {"milliseconds", 1};
    if (longest_ms < 600'000) return {"seconds", 1'000};
    if (longest_ms < 36'000'000) return {"minutes", 60'000};
    return {"hours", 3'600'000};
}

// Phases in the order in which they began; times since the first one did.
Result<plot::Figure> phases_figure(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        // A phase that did not end lasted until its run did, if that was the same attempt.
        session.query("SELECT phase_name, started_at_ms, coalesce(completed_at_ms, started_at_ms + "
                      "duration_ms, (SELECT greatest(ended_at_ms, phase_timings.started_at_ms) "
                      "FROM runs_status s WHERE s.run_id = $1 AND phase_timings.started_at_ms >= "
                      "_attempt_started_ms AND ended_at_ms IS NOT NULL)), status, iteration FROM "
                      "phase_timings "
                      "WHERE run_id = $1 AND started_at_ms IS NOT NULL "
                      "ORDER BY started_at_ms, phase_order, iteration, phase_name",
                      {run_id}));
    plot::Figure figure{.title = "Phases of " + run_id, .mark = plot::Mark::kBars};
    std::optional<std::int64_t> first;
    double last = 0;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::int64_t started = rows.get_int64(1);
        if (!first) first = started;
        const std::int64_t ended = rows.is_null(2) ? started : rows.get_int64(2);
        plot::Bar bar{.label = rows.text(0),
                      .begin = static_cast<double>(started - *first),
                      .end = static_cast<double>(ended - *first),
                      .note = rows.is_null(2) ? rows.text(3) : human_duration(ended - started)};
        if (!rows.is_null(2) && rows.text(3) != "completed") bar.note += ", " + rows.text(3);
        if (!rows.is_null(4) && rows.get_int64(4) > 0) bar.label += " " + rows.text(4);
        last = std::max(last, bar.end);
        figure.bars.push_back(std::move(bar));
    }
    if (figure.bars.empty()) {
        return fail(ErrorCode::kNotFound, "phases of {}: the run has none that began", run_id);
    }
    const auto [unit, unit_ms] = time_unit_of(last);
    for (plot::Bar& bar : figure.bars) {
        bar.begin /= unit_ms;
        bar.end /= unit_ms;
    }
    figure.subtitle =
        fmt::format("{} phase{}, {} in all", figure.bars.size(), figure.bars.size() == 1 ? "" : "s",
                    human_duration(static_cast<std::int64_t>(last)));
    figure.x = plot::Axis{.title = fmt::format("{} since the first began", unit),
                          .low = 0,
                          .high = std::max(last / unit_ms, 1.0)};
    return figure;
}

// "params.trailPct": of which kind in trial_values, and the name there.
struct TrialColumn {
    std::string kind;
    std::string name;
};

Result<std::string> known_columns(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT DISTINCT kind || 's.' || name, kind, name FROM trial_values "
                      "WHERE run_id = $1 ORDER BY kind DESC, name",
                      {run_id}));
    std::vector<std::string> names;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        names.push_back(rows.text(0));
    }
    return listed(names);
}

Result<TrialColumn> trial_column(query::Session& session, const std::string& run_id,
                                 std::string_view flag, const std::string& text) {
    TrialColumn column;
    if (text.starts_with("params.")) column = {"param", text.substr(7)};
    if (text.starts_with("metrics.")) column = {"metric", text.substr(8)};
    ASSIGN_OR_RETURN(duck::Rows rows, session.query("SELECT count(*) FROM trial_values "
                                                    "WHERE run_id = $1 AND kind = $2 AND name = $3",
                                                    {run_id, column.kind, column.name}));
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (more && rows.get_int64(0) > 0) return column;
    ASSIGN_OR_RETURN(const std::string known, known_columns(session, run_id));
    if (text.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "{} is needed: a number that trials of {} have; there are: {}", flag, run_id,
                    known);
    }
    return fail(ErrorCode::kInvalidArgument, "{} {}: no trial of {} has this number; there are: {}",
                flag, printable(text), run_id, known);
}

// The title of an axis of trials: the name with the unit that it ends with.  Durations, in
// milliseconds, are scaled to the unit in which people would tell them.
std::string name_with_unit(const std::string& name, std::vector<plot::Point>& points,
                           double plot::Point::* coordinate) {
    if (name.ends_with("_bps")) return name + ", bps";
    if (name.ends_with("_rate")) return name + ", share";
    if (name.ends_with("_ts_ms") || !(name.ends_with("_ms") || name.ends_with("Ms"))) return name;
    double longest = 0;
    for (const plot::Point& point : points) {
        longest = std::max(longest, std::abs(point.*coordinate));
    }
    const TimeUnit unit = time_unit_of(longest);
    for (plot::Point& point : points) point.*coordinate /= unit.ms;
    return fmt::format("{}, in {}", name, unit.name);
}

Result<plot::Figure> trials_figure(query::Session& session, const std::string& run_id,
                                   const std::string& x, const std::string& y) {
    ASSIGN_OR_RETURN(const TrialColumn x_column, trial_column(session, run_id, "--x", x));
    ASSIGN_OR_RETURN(const TrialColumn y_column, trial_column(session, run_id, "--y", y));
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("WITH a AS (SELECT trial_id, value FROM trial_values WHERE run_id = $1 AND "
                      "kind = $2 AND name = $3), "
                      "b AS (SELECT trial_id, value FROM trial_values WHERE run_id = $1 AND "
                      "kind = $4 AND name = $5) "
                      "SELECT a.value, b.value FROM trial_results t LEFT JOIN a USING (trial_id) "
                      "LEFT JOIN b USING (trial_id) WHERE t.run_id = $1 ORDER BY t.trial_id",
                      {run_id, x_column.kind, x_column.name, y_column.kind, y_column.name}));
    ASSIGN_OR_RETURN(Points read, read_points(rows, plot::Scale::kNumber));
    if (read.points.empty()) {
        return fail(ErrorCode::kNotFound, "trials of {}: none has a finite {} and {}", run_id, x,
                    y);
    }
    plot::Figure figure{.title = "Trials of " + run_id,
                        .subtitle = points_told(read, "trial"),
                        .mark = plot::Mark::kDots,
                        .points = std::move(read.points)};
    const std::string x_title = name_with_unit(x, figure.points, &plot::Point::x);
    const std::string y_title = name_with_unit(y, figure.points, &plot::Point::y);
    fit_axes(figure, x_title, plot::Scale::kNumber, y_title);
    return figure;
}

class PlotCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        add_choice(app, "WHAT", what_, "equity|phases|trials", "What is drawn")->required();
        app.add_option("--x", x_, "trials: what goes to the right, such as params.stopPct")
            ->type_name("NAME");
        app.add_option("--y", y_, "trials: what goes up, such as metrics.score")->type_name("NAME");
        app.add_option("--artifact", artifact_,
                       "equity: which artifact is drawn, by its path, where there are several")
            ->type_name("ARTIFACT");
        app.add_option("-o,--output", output_, "Write it as SVG to this file, name.svg")
            ->type_name("FILE");
        app.add_flag("--force", force_, "Replace the file if there is one");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        const std::string mistake = mistake_in_flags();
        if (!mistake.empty()) {
            return context.report(Error(ErrorCode::kInvalidArgument, "plot: " + mistake),
                                  ExitCode::kUsage);
        }
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const auto figure = make_figure(*directory);
        if (!figure) {
            const ErrorCode code = figure.error().code();
            const bool usage = code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArgument;
            const Error error = figure.error().with_context("plot");
            return usage ? context.report(error, ExitCode::kUsage) : Result<ExitCode>(fail(error));
        }
        if (!output_.empty()) return write_svg(*figure, context);
        const int width = context.style.terminal && context.style.columns > 0
                              ? std::clamp(context.style.columns, kColumnsMin, kColumnsMax)
                              : kColumnsOfFiles;
        context.out.write(plot::to_text(*figure, {.columns = static_cast<std::size_t>(width)},
                                        context.style.terminal));
        return ExitCode::kOk;
    }

private:
    std::string mistake_in_flags() const {
        if (what_ != "trials" && !(x_.empty() && y_.empty())) {
            return fmt::format("--x and --y are for trials, not for {}", what_);
        }
        if (what_ != "equity" && !artifact_.empty()) {
            return fmt::format("--artifact is for equity, not for {}", what_);
        }
        if (!output_.empty() && !output_.ends_with(".svg")) {
            return fmt::format(
                "--output {}: plots are written as SVG: give the file a name that "
                "ends in .svg",
                printable(output_));
        }
        return "";
    }

    Result<plot::Figure> make_figure(const std::string& directory) {
        ASSIGN_OR_RETURN(query::Session session, open_index(directory, fresh_));
        const InterruptWatch watch(session);
        ASSIGN_OR_RETURN(const std::string run_id, query::resolve_run(session, run_));
        if (what_ == "equity") return equity_figure(session, directory, run_id, artifact_);
        if (what_ == "phases") return phases_figure(session, run_id);
        return trials_figure(session, run_id, x_, y_);
    }

    Result<ExitCode> write_svg(const plot::Figure& figure, Context& context) const {
        auto file = OutputFile::create(output_, force_);
        if (!file) return context.report(file.error().with_context("plot"), ExitCode::kUsage);
        RETURN_IF_ERROR(file->publish(plot::to_svg(figure)));
        return ExitCode::kOk;
    }

    std::string run_;
    std::string what_;
    std::string x_;
    std::string y_;
    std::string artifact_;
    std::string output_;
    bool force_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kPlotCommand = {
    .name = "plot",
    .summary = "Draws a run's equity, phases or trials, in the terminal or as SVG",
    .details =
        "equity: the artifact of that type; of a run without one the sum of its trades' net\n"
        "returns, as they were closed; of several, the one that --artifact names.  phases: when\n"
        "each ran.  trials: a dot a trial, at two of its numbers, params.NAME or metrics.NAME.\n"
        "Times are in UTC.",
    .examples =
        "daybook plot @latest equity\n"
        "daybook plot policy-20 equity -o equity.svg\n"
        "daybook plot @latest phases\n"
        "daybook plot @latest trials --x metrics.stop_out_rate --y metrics.mean_return_bps",
    .common_flags = kLedgerFlag,
    .make = make_command<PlotCommand>,
};

}  // namespace daybook::cli
