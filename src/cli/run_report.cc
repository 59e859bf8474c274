#include "cli/run_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text_width.h"
#include "cli/bar.h"
#include "cli/captured_state.h"
#include "cli/human.h"
#include "cli/json_fields.h"
#include "cli/liveness.h"
#include "cli/retention_lines.h"
#include "cli/rows_output.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

constexpr int kBarColumns = 40;
constexpr int kBarColumnsMin = 10;
// What a phase's result is worth, where room is scarce.
constexpr int kResultColumns = 16;
// The first fields of a phase's summary say what came of it; the rest is in the JSON form.
constexpr int kPhaseFieldsMax = 4;

Unit unit_of(const std::string& column) {
    if (column == "size_bytes") return Unit::kBytes;
    if (column.ends_with("_at_ms") || column == "last_event_ms") return Unit::kTimeMs;
    if (column == "duration_ms") return Unit::kDurationMs;
    return Unit::kNone;
}

// What a narrow terminal does without, the last first.
int drop_rank(std::string_view column) {
    constexpr std::array<std::string_view, 5> kDispensable = {"size_bytes", "created_at_ms", "rows",
                                                              "format", "sha256"};
    const auto at = std::find(kDispensable.begin(), kDispensable.end(), column);
    return at == kDispensable.end() ? 0 : static_cast<int>(at - kDispensable.begin()) + 1;
}

void heading(Context& context, std::string_view text) {
    const bool markdown = context.format == Format::kMarkdown;
    context.out.print("{}{}{}{}\n{}", markdown ? "## " : "", context.style.colour ? "\x1b[1m" : "",
                      text, context.style.colour ? "\x1b[0m" : "", markdown ? "\n" : "");
}

// Trials in the order that was asked for, or in the one that suggests itself.
Result<duck::Rows> trials_of(query::Session& session, const std::string& run_id,
                             const RunReportOptions& options) {
    query::TrialOrder order{.metric = options.metric, .ascending = options.ascending};
    if (options.trials_max > 0) order.limit = options.trials_max;
    if (!options.metric.empty()) return query::run_trials(session, run_id, order);
    order.metric = "score";
    Result<duck::Rows> by_score = query::run_trials(session, run_id, order);
    if (by_score || by_score.error().code() != ErrorCode::kInvalidArgument) return by_score;
    order.metric.clear();
    return query::run_trials(session, run_id, order);
}

// Every row under a heading; nothing at all where there are none.  Columns without a value are left
// out.
Status print_section(std::string_view title, Result<duck::Rows> rows, Context& context,
                     Unit unit_of_reals = Unit::kNone) {
    if (!rows) return fail(rows.error());
    const std::vector<Column> all_columns = columns_of(*rows, unit_of);
    std::vector<std::vector<Cell>> cells;
    std::vector<bool> used(all_columns.size(), false);
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) break;
        std::vector<Cell>& row = cells.emplace_back();
        for (std::size_t i = 0; i < all_columns.size(); ++i) {
            row.push_back(cell_of(*rows, i));
            if (!row.back().is_null()) used[i] = true;
        }
    }
    if (cells.empty()) return {};
    std::vector<Column> columns;
    for (std::size_t i = 0; i < all_columns.size(); ++i) {
        if (!used[i]) continue;
        Column& column = columns.emplace_back(all_columns[i]);
        column.drop_rank = drop_rank(column.name);
        if (rows->column_type(i).kind == duck::TypeKind::kDouble) {
            // A metric keeps its name, by which it is asked for.
            column.unit = is_duration_ms(column.name) ? Unit::kDurationMs : unit_of_reals;
            continue;
        }
        if (column.unit == Unit::kTimeMs || column.unit == Unit::kDurationMs) {
            column.title = column.name.substr(0, column.name.size() - 3);
        }
    }
    context.out.write("\n");
    heading(context, title);
    const auto writer = context.rows(columns);
    for (std::vector<Cell>& row : cells) {
        std::vector<Cell> shown;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (used[i]) shown.push_back(std::move(row[i]));
        }
        writer->row(std::move(shown));
    }
    writer->finish();
    return {};
}

void print_fields(std::string_view title, const Cell& document, Context& context) {
    const auto* json = std::get_if<JsonText>(&document.get());
    const std::vector<EventField> fields =
        json == nullptr ? std::vector<EventField>() : flattened_fields(json->text);
    if (fields.empty()) return;
    context.out.write("\n");
    heading(context, title);
    const auto writer = context.rows({{"field"}, {"value"}});
    for (const EventField& field : fields) {
        if (is_formula(field.name)) continue;
        writer->row({field.name, leaf_text(field.json, field.name)});
    }
    writer->finish();
}

// The code that it ran, in short: all of it is in the JSON form, and what `daybook reproduce` uses.
void print_code(const Cell& environment, Context& context) {
    const auto* json = std::get_if<JsonText>(&environment.get());
    if (json == nullptr) return;
    const CapturedState state = parse_captured_state(json->text);
    std::vector<std::pair<std::string, std::string>> facts;
    const auto add = [&facts](std::string_view name, const std::string& text) {
        if (!text.empty()) facts.emplace_back(name, text);
    };
    add("commit", state.commit);
    add("branch", state.branch);
    if (state.dirty) add("dirty", *state.dirty ? "true" : "false");
    add("diff", state.diff_path.empty() ? state.diff_sha256 : state.diff_path);
    if (state.untracked_count > 0) add("untracked", fmt::format("{}", state.untracked_count));
    add("incomplete", state.incomplete_reason);
    if (facts.empty()) return;
    context.out.write("\n");
    heading(context, "Code");
    const auto writer = context.rows({{"field"}, {"value"}});
    for (const auto& [name, text] : facts) writer->row({name, text});
    writer->finish();
}

// The run's own facts; its documents are returned, by column.
// Where all runs come from the log, nobody needs to be told.
Result<std::map<std::string, Cell>> print_facts(duck::Rows& rows,
                                                const std::optional<Liveness>& liveness,
                                                bool has_sources,
                                                const std::vector<std::string>& retained,
                                                Context& context) {
    std::map<std::string, Cell> documents;
    const auto writer = context.rows({{"field"}, {"value"}});
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        const std::string& name = rows.column_name(i);
        Cell cell = cell_of(rows, i);
        if (cell.is_null()) continue;
        if (rows.column_type(i).name == "JSON") {
            documents.emplace(name, std::move(cell));
            continue;
        }
        const Unit unit = unit_of(name);
        const bool timed = unit == Unit::kTimeMs || unit == Unit::kDurationMs;
        if (name == "source" && !has_sources) continue;
        if (name == "deleted" && human_cell(cell, unit) == "false") continue;
        if (name == "status" && liveness) {
            const bool is_dead = liveness->state == ledger::OwnerState::kDead;
            writer->row({"status", is_dead ? "interrupted" : "running"});
            writer->row(
                {is_dead ? "evidence" : "liveness",
                 is_dead ? liveness->found
                         : fmt::format("{}: {}", liveness_word(liveness->state), liveness->found)});
            continue;
        }
        writer->row({timed ? name.substr(0, name.size() - 3) : name, human_cell(cell, unit)});
    }
    for (const std::string& line : retained) writer->row({"retained", line});
    writer->finish();
    return documents;
}

struct PhaseRow {
    std::string name;
    std::string status;
    std::int64_t iteration = 0;
    std::optional<std::int64_t> started_ms;
    std::optional<std::int64_t> duration_ms;
    std::string summary;
};

std::string shown_name(const PhaseRow& phase) {
    return phase.iteration > 0 ? fmt::format("{} ({})", phase.name, phase.iteration) : phase.name;
}

// A phase that did not end lasted until its run did, if that was the same attempt.
Status end_with_run(query::Session& session, const std::string& run_id,
                    std::vector<PhaseRow>& phases) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT ended_at_ms, _attempt_started_ms FROM runs_status "
                                   "WHERE run_id = $1 AND ended_at_ms >= _attempt_started_ms",
                                   {run_id}));
    ASSIGN_OR_RETURN(const bool has_ended, rows.next());
    if (!has_ended) return {};
    for (PhaseRow& phase : phases) {
        if (phase.duration_ms || phase.started_ms.value_or(INT64_MIN) < rows.get_int64(1)) continue;
        phase.duration_ms = std::max<std::int64_t>(rows.get_int64(0) - *phase.started_ms, 0);
    }
    return {};
}

Result<std::vector<PhaseRow>> phases_of(query::Session& session, const std::string& run_id) {
    std::vector<PhaseRow> phases;
    ASSIGN_OR_RETURN(duck::Rows rows, query::run_phases(session, run_id));
    std::map<std::string, std::size_t> at;
    for (std::size_t i = 0; i < rows.column_count(); ++i) at[rows.column_name(i)] = i;
    const auto number = [&](const char* name) -> std::optional<std::int64_t> {
        if (rows.is_null(at[name])) return std::nullopt;
        return rows.get_int64(at[name]);
    };
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        PhaseRow phase{.name = rows.text(at["phase_name"]),
                       .status = rows.text(at["status"]),
                       .iteration = number("iteration").value_or(0),
                       .started_ms = number("started_at_ms"),
                       .duration_ms = number("duration_ms"),
                       .summary = ""};
        if (!rows.is_null(at["output_summary_json"])) {
            int shown = 0;
            for (const EventField& field : event_fields(rows.text(at["output_summary_json"]))) {
                if (field.json.starts_with('{') || field.json.starts_with('[')) continue;
                if (++shown > kPhaseFieldsMax) break;
                phase.summary += fmt::format("{}{}={}", phase.summary.empty() ? "" : " ",
                                             field.name, leaf_text(field.json, field.name));
            }
        }
        phases.push_back(std::move(phase));
    }
    RETURN_IF_ERROR(end_with_run(session, run_id, phases));
    return phases;
}

// The columns that a terminal has for the bars beside all else.
int bar_columns(const std::vector<PhaseRow>& phases, const Style& style) {
    if (!style.terminal || style.columns <= 0) return kBarColumns;
    constexpr std::string_view kStatus = "completed";
    constexpr std::string_view kDuration = "duration";
    constexpr std::size_t kGaps = 4 * 2;
    std::size_t name = 0;
    std::size_t status = kStatus.size();
    for (const PhaseRow& phase : phases) {
        name = std::max(name, text_width(shown_name(phase)));
        status = std::max(status, text_width(phase.status));
    }
    const std::size_t others = name + status + kDuration.size() + kGaps;
    const int room = style.columns - static_cast<int>(others) - kResultColumns;
    return std::clamp(room, kBarColumnsMin, kBarColumns);
}

Status append_array(Result<duck::Rows> rows, std::string& out) {
    if (!rows) return fail(rows.error());
    out += '[';
    for (bool first = true;; first = false) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) break;
        out += first ? "{" : ",{";
        for (std::size_t i = 0; i < rows->column_count(); ++i) {
            out += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_cell(rows->column_name(i)),
                               json_cell(cell_of(*rows, i)));
        }
        out += '}';
    }
    out += ']';
    return {};
}

}  // namespace

Status print_phases(query::Session& session, const std::string& run_id, Context& context) {
    ASSIGN_OR_RETURN(const std::vector<PhaseRow> phases, phases_of(session, run_id));
    if (phases.empty()) return {};
    std::int64_t begin = INT64_MAX;
    std::int64_t end = INT64_MIN;
    for (const PhaseRow& phase : phases) {
        if (!phase.started_ms) continue;
        begin = std::min(begin, *phase.started_ms);
        end = std::max(end, *phase.started_ms + phase.duration_ms.value_or(0));
    }
    context.out.write("\n");
    heading(context, "Phases");
    const int columns = bar_columns(phases, context.style);
    const auto writer = context.rows({{.name = "phase", .whole = true},
                                      {.name = "status", .whole = true},
                                      {"duration_ms", Unit::kDurationMs, "duration"},
                                      {.name = "when", .whole = true},
                                      {.name = "result", .drop_rank = 1}});
    for (const PhaseRow& phase : phases) {
        std::string bar;
        if (phase.started_ms) {
            bar = scale_bar({.start = *phase.started_ms - begin,
                             .length = phase.duration_ms.value_or(0),
                             .total = end - begin},
                            columns, context.style.terminal);
        }
        writer->row({shown_name(phase), phase.status, phase.duration_ms, bar, phase.summary});
    }
    writer->finish();
    return {};
}

Status print_run(query::Session& session, const std::string& run_id,
                 const RunReportOptions& options, Context& context) {
    ASSIGN_OR_RETURN(duck::Rows summary, query::run_summary(session, run_id));
    ASSIGN_OR_RETURN(const bool there, summary.next());
    if (!there) return fail(ErrorCode::kNotFound, "show {}: the index does not have it", run_id);
    // A metric that there is not is told before anything is printed.
    ASSIGN_OR_RETURN(duck::Rows trials, trials_of(session, run_id, options));
    heading(context, "Run");
    ASSIGN_OR_RETURN(const std::optional<Liveness> liveness,
                     judge_run(session, run_id, system_clock().now()));
    ASSIGN_OR_RETURN(const std::vector<std::string> retained, retention_lines(session, run_id));
    ASSIGN_OR_RETURN(auto documents,
                     print_facts(summary, liveness, session.has_sources(), retained, context));
    print_fields("Error", documents["error_json"], context);
    print_fields("Configuration", documents["config"], context);
    print_code(documents["environment"], context);
    RETURN_IF_ERROR(print_phases(session, run_id, context));
    print_fields("Summary", documents["summary_json"], context);
    RETURN_IF_ERROR(print_section("Trials", std::move(trials), context, Unit::kMeasured));
    RETURN_IF_ERROR(print_section("Artifacts", query::run_artifacts(session, run_id), context));
    RETURN_IF_ERROR(print_section("Notes", query::run_notes(session, run_id), context));
    return print_section("Runs below it", query::run_children(session, run_id), context);
}

Result<std::string> run_document(query::Session& session, const std::string& run_id,
                                 const RunReportOptions& options) {
    std::string run;
    RETURN_IF_ERROR(append_array(query::run_summary(session, run_id), run));
    // It has one row.
    std::string document = "{\"run\":" + run.substr(1, run.size() - 2);
    const auto add = [&](std::string_view name, Result<duck::Rows> rows) {
        document += fmt::format(",\"{}\":", name);
        return append_array(std::move(rows), document);
    };
    RETURN_IF_ERROR(add("phases", query::run_phases(session, run_id)));
    RETURN_IF_ERROR(add("trials", trials_of(session, run_id, options)));
    RETURN_IF_ERROR(add("artifacts", query::run_artifacts(session, run_id)));
    RETURN_IF_ERROR(add("notes", query::run_notes(session, run_id)));
    RETURN_IF_ERROR(add("children", query::run_children(session, run_id)));
    RETURN_IF_ERROR(add("retained", query::run_retentions(session, run_id)));
    ASSIGN_OR_RETURN(const std::optional<Liveness> liveness,
                     judge_run(session, run_id, system_clock().now()));
    document += ",\"liveness\":";
    if (!liveness) return document + "null}";
    return document + fmt::format(R"({{"state":"{}","found":{}}}}})",
                                  liveness_word(liveness->state), json_cell(Cell(liveness->found)));
}

}  // namespace daybook::cli
