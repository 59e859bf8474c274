#include "cli/legacy_comparison.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/text.h"
#include "cli/human.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kValueBytesShown = 60;
constexpr std::size_t kLineBytesShown = 400;

using Json = nlohmann::ordered_json;

Json json_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }
Json json_or_null(const std::optional<Day>& day) { return day ? Json(to_string(*day)) : Json(); }

Json json_of(const legacy::Difference& found) {
    return {{"table", found.table},
            {"run_id", found.run_id},
            {"key", found.key},
            {"kind", to_string(found.kind)},
            {"column", found.column},
            {"pointer", found.pointer},
            {"in_log", json_or_null(found.in_log)},
            {"in_file", json_or_null(found.in_file)}};
}

void print_json(const ComparedFile& file, const legacy::CompareReport& report,
                const legacy::CompareOptions& options, Context& context) {
    Json tables = Json::array();
    for (const legacy::TableComparison& table : report.tables) {
        tables.push_back({{"table", table.table},
                          {"equal", table.equal},
                          {"explained", table.explained},
                          {"different", table.different},
                          {"only_in_log", table.only_in_log},
                          {"only_in_file", table.only_in_file}});
    }
    Json explained = Json::array();
    for (const legacy::Explained& found : report.explained) {
        explained.push_back({{"table", found.table},
                             {"column", found.column},
                             {"why", to_string(found.why)},
                             {"rows", found.rows}});
    }
    Json differences = Json::array();
    for (const legacy::Difference& found : report.differences) {
        differences.push_back(json_of(found));
    }
    Json left_out = Json::array();
    for (const legacy::LeftOut& left : file.left_out) {
        left_out.push_back({{"table", left.table}, {"what", left.what}});
    }
    const Json document = {
        {"source", file.name},
        {"older_copy_ms", file.older_copy ? Json(file.older_copy->value()) : Json()},
        {"since", json_or_null(options.since)},
        {"until", json_or_null(options.until)},
        {"tolerance", options.tolerance},
        {"time_tolerance_ms", options.time_tolerance_ms},
        {"equal", report.is_equal()},
        {"left_out", std::move(left_out)},
        {"runs_in_both", report.runs_in_both},
        {"runs_in_log_alone", report.runs_in_log_alone},
        {"runs_in_file_alone", report.runs_in_file_alone},
        {"runs_different", report.runs_different},
        {"tables", std::move(tables)},
        {"explained", std::move(explained)},
        {"differences_total", report.differences_total},
        {"differences_of_times", report.differences_of_times},
        {"greatest_of_times_ms", report.greatest_of_times_ms},
        {"differences", std::move(differences)}};
    context.out.print("{}\n", document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_csv(const legacy::CompareReport& report, Context& context) {
    const auto rows = context.rows({{"table"},
                                    {"run_id"},
                                    {"key"},
                                    {"kind"},
                                    {"column"},
                                    {"pointer"},
                                    {"in_log"},
                                    {"in_file"}});
    for (const legacy::Difference& found : report.differences) {
        rows->row({found.table, found.run_id, found.key, to_string(found.kind), found.column,
                   found.pointer, found.in_log, found.in_file});
    }
    rows->finish();
}

void print_tables(const legacy::CompareReport& report, Context& context) {
    const auto rows = context.rows(
        {{"table"}, {"equal"}, {"explained"}, {"different"}, {"only in log"}, {"only in file"}});
    for (const legacy::TableComparison& table : report.tables) {
        rows->row({table.table, table.equal, table.explained, table.different, table.only_in_log,
                   table.only_in_file});
    }
    rows->finish();
}

// A difference of one side alone has no value, and that side's whole row is meant.
std::string shown(const std::optional<std::string>& value, legacy::DifferenceKind kind,
                  legacy::DifferenceKind elsewhere) {
    if (kind == legacy::DifferenceKind::kValue) {
        return value ? printable(*value, kValueBytesShown) : "(none)";
    }
    return kind == elsewhere ? "no such row" : "a row";
}

void print_differences(const legacy::CompareReport& report, Context& context) {
    using enum legacy::DifferenceKind;
    context.out.write("\n");
    const auto rows = context.rows({{.name = "run_id", .whole = true},
                                    {"table"},
                                    {"key"},
                                    {"column"},
                                    {"in log"},
                                    {"in file"}});
    for (const legacy::Difference& found : report.differences) {
        // What an old file holds is not fit for a terminal as it is.
        rows->row({printable(found.run_id, kValueBytesShown), found.table,
                   printable(found.key, kValueBytesShown),
                   printable(found.column + found.pointer, kValueBytesShown),
                   shown(found.in_log, found.kind, kOnlyInFile),
                   shown(found.in_file, found.kind, kOnlyInLog)});
    }
    rows->finish();
    if (report.differences_total > report.differences.size()) {
        context.out.print("(the first {} of {}; --limit 0 lists all)\n", report.differences.size(),
                          human_count(report.differences_total));
    }
}

std::string sentence(legacy::Explanation why) {
    switch (why) {
        case legacy::Explanation::kEndAssumed:
            return "the file does not say how the run ended, so its end is assumed";
        case legacy::Explanation::kNotInFile: return "the file does not keep this";
        case legacy::Explanation::kSaidInLog: return "said of the run in the log";
    }
    return "";
}

void print_explained(const legacy::CompareReport& report, Context& context) {
    if (report.explained.empty()) return;
    context.out.print("\nnot the same, and no difference:\n");
    for (const legacy::Explained& found : report.explained) {
        const std::string what =
            found.column.empty() ? found.table : fmt::format("{}.{}", found.table, found.column);
        context.out.print("  {}, {}: {}\n", what, human_counted(found.rows, "row"),
                          sentence(found.why));
    }
}

void print_equal(const ComparedFile& file, Context& context) {
    const std::string name = file.older_copy ? fmt::format("the copy of {} of '{}'",
                                                           to_iso8601(*file.older_copy), file.name)
                                             : fmt::format("'{}'", file.name);
    if (file.left_out.empty()) {
        context.out.print("equal: the log has all that {} says\n", name);
    } else {
        context.out.print("equal in what is read of {}, which is not all of it\n", name);
    }
}

void print_outcome(const ComparedFile& file, const legacy::CompareReport& report,
                   Context& context) {
    if (!file.left_out.empty()) {
        context.out.write("\nin no event, and not compared:\n");
        for (const legacy::LeftOut& left : file.left_out) {
            context.out.print("  {}: {}\n", printable(left.table),
                              printable(left.what, kLineBytesShown));
        }
    }
    context.out.print("\nruns: {} in both, {} in the file alone, {} in the log alone\n",
                      human_count(report.runs_in_both), human_count(report.runs_in_file_alone),
                      human_count(report.runs_in_log_alone));
    if (report.is_equal()) return print_equal(file, context);
    context.out.print("{} in {}\n", human_counted(report.differences_total, "difference"),
                      human_counted(report.runs_different, "run"));
    if (report.differences_of_times == report.differences_total) {
        context.out.print(
            "all are of times, by {} ms at most: --time-tolerance {} takes them as "
            "equal\n",
            report.greatest_of_times_ms, report.greatest_of_times_ms);
    }
}

}  // namespace

void print_comparison(const ComparedFile& file, const legacy::CompareReport& report,
                      const legacy::CompareOptions& options, Context& context) {
    if (context.format == Format::kJson) return print_json(file, report, options, context);
    if (context.format == Format::kCsv) return print_csv(report, context);
    print_tables(report, context);
    if (!report.differences.empty()) print_differences(report, context);
    print_explained(report, context);
    print_outcome(file, report, context);
}

}  // namespace daybook::cli
