// daybook plot: a run's equity, phases or trials as a picture, in the terminal or as SVG.

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "artifact/parquet_reader.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/output_file.h"
#include "plot/axis.h"
#include "plot/svg.h"
#include "plot/text.h"
#include "query/catalog.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

// Beyond it, the length of an axis is no double.
constexpr double kValueMax = 1e300;

constexpr int kColumnsMax = 120;
constexpr int kColumnsMin = 40;
constexpr int kColumnsOfFiles = 80;  // where the output is no terminal

// A number of the rows that can be drawn.
std::optional<double> drawable(const duck::Rows& rows, std::size_t column) {
    if (rows.is_null(column)) return std::nullopt;
    const double value = rows.get_double(column);
    // NaN is not within it either.
    if (!(std::abs(value) <= kValueMax)) return std::nullopt;
    return value;
}

// The points of two columns of doubles, and how many rows have none.
struct Points {
    std::vector<plot::Point> points;
    std::size_t left_out = 0;
};

Result<Points> read_points(duck::Rows& rows) {
    Points read;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return read;
        const std::optional<double> x = drawable(rows, 0);
        const std::optional<double> y = drawable(rows, 1);
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
    std::string text = fmt::format("{} {}{}", human_count(read.points.size()), what,
                                   read.points.size() == 1 ? "" : "s");
    if (read.left_out > 0) {
        text += fmt::format("; {} without values that can be drawn left out",
                            human_count(read.left_out));
    }
    return text;
}

// The one file of the type; nullptr: there is none.
Result<const query::CatalogFile*> only_file(const std::vector<query::CatalogFile>& files,
                                            std::string_view type) {
    const query::CatalogFile* found = nullptr;
    for (const query::CatalogFile& file : files) {
        if (file.type != type || file.format != "parquet") continue;
        if (found != nullptr) {
            return fail(ErrorCode::kInvalidArgument,
                        "{} has several artifacts {}: {} and {} are two of them; a plot is of one",
                        file.run_id, type, found->path, file.path);
        }
        found = &file;
    }
    return found;
}

// An artifact `equity`, or the sum of the net returns of `trades` as they were closed.
Result<plot::Figure> equity_figure(query::Session& session, const std::string& root,
                                   const std::string& run_id) {
    ASSIGN_OR_RETURN(const std::vector<query::CatalogFile> files,
                     query::files_of_run(session, root, run_id));
    ASSIGN_OR_RETURN(const query::CatalogFile* const equity, only_file(files, "equity"));
    ASSIGN_OR_RETURN(const query::CatalogFile* const trades, only_file(files, "trades"));
    const query::CatalogFile* const file = equity != nullptr ? equity : trades;
    if (file == nullptr) {
        std::string types;
        for (const auto& other : files) types += (types.empty() ? "" : ", ") + other.type;
        return fail(ErrorCode::kNotFound,
                    "equity of {}: the run has neither equity nor trades as Parquet; it has: {}",
                    run_id, types.empty() ? "none" : types);
    }
    const std::string from = artifact::parquet_scan(std::span(&file->file, 1));
    ASSIGN_OR_RETURN(artifact::ParquetReader reader, artifact::ParquetReader::open());
    const InterruptWatch watch([&reader] { reader.interrupt(); });
    const std::string sql =
        equity != nullptr
            ? fmt::format("SELECT ts_ms::DOUBLE, equity::DOUBLE FROM {} ORDER BY ts_ms", from)
            : fmt::format(
                  "SELECT exit_ts_ms::DOUBLE, sum(realized_return_bps / 100) OVER "
                  "(ORDER BY exit_ts_ms, call_id ROWS UNBOUNDED PRECEDING)::DOUBLE "
                  "FROM {} WHERE isfinite(realized_return_bps) "
                  "ORDER BY exit_ts_ms, call_id",
                  from);
    ASSIGN_OR_RETURN(const query::FileState state, query::look_at(*file));
    if (state == query::FileState::kMissing) {
        return fail(ErrorCode::kNotFound, "equity of {}: its file {} is missing", run_id,
                    file->file);
    }
    Result<duck::Rows> rows = reader.query(sql);
    if (!rows) return fail(rows.error().with_context("read " + file->file));
    ASSIGN_OR_RETURN(Points read, read_points(*rows));
    if (read.points.empty()) {
        return fail(ErrorCode::kNotFound, "equity of {}: {} has no row that can be drawn", run_id,
                    file->path);
    }
    plot::Figure figure{.title = (equity != nullptr ? "Equity of " : "Net return of ") + run_id,
                        .subtitle = points_told(read, equity != nullptr ? "bar" : "trade"),
                        .mark = plot::Mark::kLine,
                        .points = std::move(read.points)};
    fit_axes(figure, "time (UTC)", plot::Scale::kTime,
             equity != nullptr ? "equity" : "sum of net returns, % of a trade's stake");
    return figure;
}

// Phases in the order in which they began; times since the first one did.
Result<plot::Figure> phases_figure(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT phase_name, started_at_ms, coalesce(completed_at_ms, started_at_ms + "
                      "duration_ms), status, iteration FROM phase_timings "
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
        if (!rows.is_null(4) && rows.get_int64(4) > 0) bar.label += " " + rows.text(4);
        last = std::max(last, bar.end);
        figure.bars.push_back(std::move(bar));
    }
    if (figure.bars.empty()) {
        return fail(ErrorCode::kNotFound, "phases of {}: the run has none that began", run_id);
    }
    // In the unit in which people would tell the whole.
    const auto [unit, unit_ms] = last < 10'000       ? std::pair("milliseconds", 1.0)
                                 : last < 600'000    ? std::pair("seconds", 1'000.0)
                                 : last < 36'000'000 ? std::pair("minutes", 60'000.0)
                                                     : std::pair("hours", 3'600'000.0);
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
        session.query("SELECT DISTINCT kind || 's.' || name AS shown FROM trial_values "
                      "WHERE run_id = $1 ORDER BY shown DESC",
                      {run_id}));
    std::vector<std::string> names;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        names.push_back(rows.text(0));
    }
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    return known.empty() ? "none" : known;
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
    ASSIGN_OR_RETURN(Points read, read_points(rows));
    if (read.points.empty()) {
        return fail(ErrorCode::kNotFound, "trials of {}: none has a finite {} and {}", run_id, x,
                    y);
    }
    plot::Figure figure{.title = "Trials of " + run_id,
                        .subtitle = points_told(read, "trial"),
                        .mark = plot::Mark::kDots,
                        .points = std::move(read.points)};
    fit_axes(figure, x, plot::Scale::kNumber, y);
    return figure;
}

class PlotCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("RUN", run_, "An id, its unique beginning, a name, @latest, or @-2")
            ->type_name("RUN")
            ->required();
        add_choice(app, "WHAT", what_, "equity|phases|trials", "What is drawn")->required();
        app.add_option("--x", x_, "trials: what goes to the right, such as params.stopPct")
            ->type_name("NAME");
        app.add_option("--y", y_, "trials: what goes up, such as metrics.score")->type_name("NAME");
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
            if (!usage) return fail(figure.error());
            return context.report(figure.error().with_context("plot"), ExitCode::kUsage);
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
        if (what_ == "equity") return equity_figure(session, directory, run_id);
        if (what_ == "phases") return phases_figure(session, run_id);
        return trials_figure(session, run_id, x_, y_);
    }

    Result<ExitCode> write_svg(const plot::Figure& figure, Context& context) const {
        auto file = OutputFile::create(output_, force_);
        if (!file) return context.report(file.error().with_context("plot"), ExitCode::kUsage);
        StandardOutput out(file->fd(), output_);
        out.write(plot::to_svg(figure));
        out.flush();
        if (out.error()) return fail(*out.error());
        RETURN_IF_ERROR(file->publish());
        return ExitCode::kOk;
    }

    std::string run_;
    std::string what_;
    std::string x_;
    std::string y_;
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
        "returns, as they were closed.  phases: when each ran.  trials: a dot a trial, at two of\n"
        "its numbers, params.NAME or metrics.NAME.  Times are in UTC.",
    .examples =
        "daybook plot @latest equity\n"
        "daybook plot policy-20 equity -o equity.svg\n"
        "daybook plot @latest phases\n"
        "daybook plot @latest trials --x metrics.stop_out_rate --y metrics.mean_return_bps",
    .common_flags = kLedgerFlag,
    .make = make_command<PlotCommand>,
};

}  // namespace daybook::cli
