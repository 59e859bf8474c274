#include "cli/legacy_import_report.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/text.h"
#include "cli/human.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kShownKeyBytesMax = 200;
constexpr std::size_t kLineBytesShown = 400;

using Json = nlohmann::ordered_json;

Json json_or_null(const std::optional<Day>& day) { return day ? Json(to_string(*day)) : Json(); }

Json json_or_null(const std::optional<TimestampMs>& time) {
    return time ? Json(time->value()) : Json();
}

// The key of a row is JSON already.
Json json_of(const legacy::RowOrigin& origin) {
    return {{"table", origin.table}, {"key", Json::parse(origin.key, nullptr, false)}};
}

void print_json(const legacy::ImportReport& report, const ImportPrint& what, Context& context) {
    Json rules = Json::array();
    for (const legacy::RuleReport& rule : report.stream.rules) {
        rules.push_back({{"table", rule.table},
                         {"event", rule.event},
                         {"events", rule.events},
                         {"invalid", rule.invalid}});
    }
    Json changed = Json::array();
    for (const legacy::ChangedRow& row : report.changed_rows) {
        Json entry = json_of(row.origin);
        entry["event_id"] = row.event_id;
        changed.push_back(std::move(entry));
    }
    Json invalid = Json::array();
    for (const legacy::InvalidRow& row : report.invalid_rows) {
        Json entry = json_of(row.origin);
        entry["event"] = row.event;
        entry["reason"] = row.reason;
        invalid.push_back(std::move(entry));
    }
    Json left_out = Json::array();
    for (const legacy::LeftOut& left : report.left_out) {
        left_out.push_back({{"table", left.table}, {"what", left.what}});
    }
    const Json document = {{"source", what.source},
                           {"path", what.path},
                           {"dry_run", what.dry_run},
                           {"older_copy_ms", json_or_null(report.older_copy)},
                           {"events", report.events},
                           {"written", report.written},
                           {"known", report.known},
                           {"changed", report.changed},
                           {"invalid", report.invalid},
                           {"left_to_log", report.left_to_log},
                           {"of_removed_runs", report.of_removed_runs},
                           {"runs", report.runs},
                           {"first_day", json_or_null(report.first_day)},
                           {"last_day", json_or_null(report.last_day)},
                           {"bytes", report.bytes},
                           {"tables", std::move(rules)},
                           {"notes", report.stream.notes},
                           {"unmapped", report.stream.unmapped},
                           {"left_out", std::move(left_out)},
                           {"changed_rows", std::move(changed)},
                           {"invalid_rows", std::move(invalid)},
                           {"runs_of_log", report.runs_of_log},
                           {"removed_runs", report.removed_runs}};
    context.out.print("{}\n", document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// The rows of which something is to be said, on standard error.
void print_rows(const legacy::ImportReport& report) {
    for (const std::string& note : report.stream.notes) report_note(note);
    for (const std::string& table : report.stream.unmapped) {
        report_note(fmt::format("{}: no rule of the mapping reads it", table));
    }
    for (const legacy::InvalidRow& row : report.invalid_rows) {
        report_note(fmt::format("{} {}: {}", row.origin.table,
                                printable(row.origin.key, kShownKeyBytesMax), row.reason));
    }
    for (const legacy::ChangedRow& row : report.changed_rows) {
        report_note(fmt::format(
            "{} {}: it has changed since it was imported as {}; the log keeps what it has",
            row.origin.table, printable(row.origin.key, kShownKeyBytesMax), row.event_id));
    }
    if (report.changed > 0) {
        report_note(
            "what has changed is not in the log, and no import brings it in: while the file is "
            "attached, it answers for its runs; a later event says it in the log, such as a "
            "'trial.recorded' of the same trial ('daybook emit')");
    }
    const std::uint64_t listed = report.invalid_rows.size() + report.changed_rows.size();
    if (report.invalid + report.changed > listed) {
        report_note(fmt::format("and {} more such rows",
                                human_count(report.invalid + report.changed - listed)));
    }
}

void print_totals(const legacy::ImportReport& report, bool dry_run, Context& context) {
    context.out.print("{} events of {} runs{}: {} {}, {} were there", human_count(report.events),
                      human_count(report.runs),
                      report.first_day ? fmt::format(", {} to {}", to_string(*report.first_day),
                                                     to_string(*report.last_day))
                                       : std::string(),
                      human_count(report.written), dry_run ? "would be written" : "written",
                      human_count(report.known));
    if (report.changed > 0) {
        context.out.print(", {} others have changed since and stay as they were",
                          human_count(report.changed));
    }
    if (report.left_to_log > 0) {
        context.out.print(", {} are left to the log", human_count(report.left_to_log));
    }
    if (report.of_removed_runs > 0) {
        context.out.print(", {} are of removed runs", human_count(report.of_removed_runs));
    }
    if (report.invalid > 0) {
        context.out.print(", {} rows are no events", human_count(report.invalid));
    }
    context.out.print("\n");
    for (const legacy::LeftOut& left : report.left_out) {
        context.out.print("in no event: {}: {}\n", printable(left.table),
                          printable(left.what, kLineBytesShown));
    }
}

}  // namespace

void print_import(const legacy::ImportReport& report, const ImportPrint& what, Context& context) {
    print_rows(report);
    if (context.format == Format::kJson || context.format == Format::kNdjson) {
        return print_json(report, what, context);
    }
    if (context.format != Format::kTable) {
        const auto rows = context.rows({{"table"}, {"event"}, {"events"}, {"invalid"}});
        for (const legacy::RuleReport& rule : report.stream.rules) {
            rows->row({rule.table, rule.event, rule.events, rule.invalid});
        }
        rows->finish();
        return;
    }
    const auto rows = context.rows({{"table"}, {"event"}, {"events"}});
    for (const legacy::RuleReport& rule : report.stream.rules) {
        if (rule.events > 0) rows->row({rule.table, rule.event, rule.events});
    }
    rows->finish();
    print_totals(report, what.dry_run, context);
}

}  // namespace daybook::cli
