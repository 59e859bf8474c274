// daybook stats: what the ledger holds, what it takes, and how it grows.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "lifecycle/stats.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

using lifecycle::StatsBy;

Cell time_cell(const std::optional<TimestampMs>& time) {
    return time ? Cell(time->value()) : Cell();
}

class StatsCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_choice(app, "--by", by_, "day|type|run", "What a row is of (day)");
        add_count(app, "-n,--limit", limit_, "At most so many types or runs, the largest (20)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const StatsBy by = by_ == "type"  ? StatsBy::kType
                           : by_ == "run" ? StatsBy::kRun
                                          : StatsBy::kDay;
        std::optional<Progress> progress;
        const auto stats = lifecycle::gather_stats(
            ledger::LedgerDir(*directory), system_clock(),
            {.by = by,
             .rows_max = by == StatsBy::kDay ? 0 : limit_,
             .progress = [&](std::uint64_t done, std::uint64_t total) {
                 if (!progress) {
                     progress.emplace(context.error_style, system_clock(), "stats", total);
                 }
                 progress->update(done);
                 return !os::interrupted();
             }});
        progress.reset();
        if (!stats) return fail(stats.error());
        if (context.format == Format::kJson) {
            print_json(*stats, by, context);
        } else {
            print_rows(*stats, by, context);
        }
        return ExitCode::kOk;
    }

private:
    static std::vector<Column> columns(StatsBy by) {
        std::vector<Column> found;
        const char* const name = by == StatsBy::kDay    ? "day"
                                 : by == StatsBy::kType ? "event_type"
                                                        : "run_id";
        found.push_back({.name = name, .whole = true});
        found.push_back({.name = "events"});
        found.push_back({.name = "log_bytes", .unit = Unit::kBytes, .title = "log"});
        found.push_back(
            {.name = "bytes_per_event", .unit = Unit::kMeasured, .title = "bytes/event"});
        if (by == StatsBy::kDay) {
            found.push_back({.name = "disk_bytes", .unit = Unit::kBytes, .title = "on disk"});
        }
        if (by != StatsBy::kType) {
            found.push_back({.name = "artifact_bytes", .unit = Unit::kBytes, .title = "artifacts"});
        }
        if (by == StatsBy::kRun) {
            found.push_back({.name = "first_event_ms", .unit = Unit::kTimeMs, .drop_rank = 2});
            found.push_back({.name = "last_event_ms", .unit = Unit::kTimeMs, .drop_rank = 1});
        }
        return found;
    }

    static std::vector<Cell> cells(const lifecycle::StatsRow& row, StatsBy by) {
        std::vector<Cell> found = {row.name, row.events, row.bytes, per_event(row)};
        if (by == StatsBy::kDay) found.emplace_back(row.disk);
        if (by != StatsBy::kType) found.emplace_back(row.artifacts);
        if (by == StatsBy::kRun) {
            found.push_back(time_cell(row.first));
            found.push_back(time_cell(row.last));
        }
        return found;
    }

    static Cell per_event(const lifecycle::StatsRow& row) {
        if (row.events == 0) return {};
        const double exact = static_cast<double>(row.bytes) / static_cast<double>(row.events);
        return Cell(static_cast<double>(static_cast<std::int64_t>(exact * 10 + 0.5)) / 10);
    }

    void print_rows(const lifecycle::Stats& stats, StatsBy by, Context& context) const {
        const auto rows = context.rows(columns(by));
        for (const lifecycle::StatsRow& row : stats.rows) rows->row(cells(row, by));
        rows->finish();
        if (context.format != Format::kTable) return;
        if (stats.rows_left > 0) {
            context.out.print("… and {} more: --limit 0 shows all\n", human_count(stats.rows_left));
        }
        context.out.print("\n{} events, {} of log", human_count(stats.events),
                          human_bytes(stats.bytes));
        if (stats.events > 0) {
            context.out.print(", {:.1f} bytes an event",
                              static_cast<double>(stats.bytes) / static_cast<double>(stats.events));
        }
        context.out.print("\n\n");
        const auto usage = context.rows({{.name = "on disk"}, {"size", Unit::kBytes}});
        for (const auto& [name, bytes] : areas(stats.usage)) usage->row({name, bytes});
        usage->finish();
        context.out.print("\nDisk: {}\n", lifecycle::to_text(stats.forecast, human_bytes));
    }

    static std::vector<std::pair<const char*, std::uint64_t>> areas(
        const lifecycle::DiskUsage& usage) {
        return {{"parts", usage.parts}, {"archive", usage.archives},
                {"index", usage.index}, {"artifacts", usage.artifacts},
                {"trash", usage.trash}, {"evidence", usage.evidence},
                {"other", usage.other}, {"total", usage.total()}};
    }

    // One object: what the table says beside its rows belongs to the answer.
    static void print_json(const lifecycle::Stats& stats, StatsBy by, Context& context) {
        const std::vector<Column> names = columns(by);
        std::string rows;
        for (const lifecycle::StatsRow& row : stats.rows) {
            const std::vector<Cell> values = cells(row, by);
            rows += rows.empty() ? "\n    {" : ",\n    {";
            for (std::size_t i = 0; i < values.size(); ++i) {
                rows += fmt::format("{}\"{}\":{}", i == 0 ? "" : ",", names[i].name,
                                    json_cell(values[i]));
            }
            rows += '}';
        }
        std::string disk;
        for (const auto& [name, bytes] : areas(stats.usage)) {
            disk += fmt::format("{}\"{}_bytes\":{}", disk.empty() ? "" : ",", name, bytes);
        }
        const lifecycle::Forecast& forecast = stats.forecast;
        context.out.print(
            "{{\n  \"rows\":[{}],\n  \"rows_left\":{},\n  \"events\":{},\n  \"log_bytes\":{},\n"
            "  \"disk\":{{{}}},\n"
            "  \"forecast\":{{\"free_bytes\":{},\"days\":{},\"bytes_per_day\":{},"
            "\"days_left\":{}}}\n}}\n",
            rows, stats.rows_left, stats.events, stats.bytes, disk, forecast.free_bytes,
            forecast.days, json_cell(Cell(forecast.bytes_per_day)),
            json_cell(Cell(forecast.days_left)));
    }

    std::string by_ = "day";
    std::size_t limit_ = 20;
};

}  // namespace

extern constinit const CommandInfo kStatsCommand = {
    .name = "stats",
    .summary = "How much the ledger holds and takes, how it grows, and when the disk is full",
    .details =
        "By day, sealed parts are counted by their seals; by type and by run every line counts,\n"
        "those of archives by their columns.  The forecast goes by the median of the last 30 "
        "whole\n"
        "days: parts or what archiving has left of them, artifacts, and the index's share.\n"
        "--format json gives one object with rows, disk and forecast.",
    .examples =
        "daybook stats\n"
        "daybook stats --by type\n"
        "daybook stats --by run --limit 5 --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<StatsCommand>,
};

}  // namespace daybook::cli
