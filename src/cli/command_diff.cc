// daybook diff: what differs between two runs.

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/json_fields.h"
#include "cli/run_diff.h"
#include "cli/run_documents.h"
#include "cli/run_question.h"

namespace daybook::cli {
namespace {

// What a person reads of a part; a program gets all.
constexpr std::size_t kRowsMax = 50;
constexpr std::size_t kValueBytesMax = 72;

std::string title_of(const std::string& part) {
    std::string title = part;
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
    return title;
}

std::string signed_number(double value) { return (value > 0 ? "+" : "") + human_number(value); }

std::string shown_change(const FieldDifference& difference) {
    if (!difference.change) return "";
    const std::string name = difference.field.substr(difference.field.rfind('/') + 1);
    const double size = std::abs(*difference.change);
    const char* const sign = *difference.change > 0 ? "+" : "-";
    if (is_duration_ms(name)) return sign + human_milliseconds(size);
    constexpr double kExactMax = 9e15;  // a double has every whole number up to there
    if (is_size_bytes(name) && size == std::floor(size) && size < kExactMax) {
        return sign + human_bytes(static_cast<std::uint64_t>(size));
    }
    return signed_number(*difference.change);
}

std::string shown_percent(const FieldDifference& difference) {
    if (!difference.percent) return "";
    return fmt::format("{:+.1f} %", *difference.percent);
}

// What is not there is told from what is null or empty.
std::string shown_value(const std::string& json, const std::string& field) {
    if (json.empty()) return "(none)";
    if (json == "null" || json == "\"\"") return json;
    return printable(leaf_text(json, field.substr(field.rfind('/') + 1)), kValueBytesMax);
}

nlohmann::ordered_json json_of(const FieldDifference& difference) {
    nlohmann::ordered_json object = {{"field", difference.field}};
    if (!difference.a.empty()) object["a"] = nlohmann::ordered_json::parse(difference.a);
    if (!difference.b.empty()) object["b"] = nlohmann::ordered_json::parse(difference.b);
    if (difference.change) object["change"] = *difference.change;
    if (difference.percent) object["percent"] = *difference.percent;
    return object;
}

class DiffCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", runs_[0])->required();
        add_run(app, "OTHER", runs_[1])->required();
        add_choice(app, "--format", format_, "table|json|markdown", "How to print it (table)");
        app.add_flag("--exit-code", exit_code_, "Exit code 1 if anything differs");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        return ask_about_runs(context, runs_, fresh_, [&](const RunQuestion& question) {
            return compare(question, context);
        });
    }

private:
    Result<ExitCode> compare(const RunQuestion& question, Context& context) const {
        std::vector<RunDocuments> runs;
        for (const std::string& run_id : question.run_ids) {
            ASSIGN_OR_RETURN(RunDocuments documents,
                             read_run_documents(question.session, question.directory, run_id));
            runs.push_back(std::move(documents));
        }
        std::vector<PartDifference> parts;
        for (std::size_t i = 0; i < runs[0].parts.size(); ++i) {
            parts.push_back(compare_documents(runs[0].parts[i].name, runs[0].parts[i].json,
                                              runs[1].parts[i].json));
        }
        const bool same = std::all_of(parts.begin(), parts.end(), [](const PartDifference& part) {
            return part.differences.empty();
        });
        if (format_ == "json") {
            print_json(runs, parts, same, context);
        } else {
            context.format = format_ == "markdown" ? Format::kMarkdown : Format::kTable;
            print_tables(runs, parts, context);
        }
        return exit_code_ && !same ? ExitCode::kFailed : ExitCode::kOk;
    }

    static void print_json(const std::vector<RunDocuments>& runs,
                           const std::vector<PartDifference>& parts, bool same, Context& context) {
        using Json = nlohmann::ordered_json;
        Json list = Json::array();
        for (const PartDifference& part : parts) {
            Json differences = Json::array();
            for (const FieldDifference& found : part.differences) {
                differences.push_back(json_of(found));
            }
            list.push_back({{"part", part.part},
                            {"same", part.differences.empty()},
                            {"fields", part.fields},
                            {"differences", std::move(differences)}});
        }
        const Json document = {{"a", runs[0].run_id},
                               {"b", runs[1].run_id},
                               {"same", same},
                               {"parts", std::move(list)}};
        context.out.print("{}\n", document.dump(-1, ' ', false, Json::error_handler_t::replace));
    }

    static void print_tables(const std::vector<RunDocuments>& runs,
                             const std::vector<PartDifference>& parts, Context& context) {
        const auto heads = context.rows({{.name = "", .whole = true},
                                         {.name = "run_id", .whole = true},
                                         {.name = "name", .drop_rank = 2},
                                         {.name = "status", .whole = true},
                                         {"created_at_ms", Unit::kTimeMs, "created_at", false, 1}});
        for (std::size_t i = 0; i < runs.size(); ++i) {
            heads->row({i == 0 ? "a" : "b", runs[i].run_id, runs[i].name, runs[i].status,
                        runs[i].created_at_ms});
        }
        heads->finish();
        context.out.write("\n");
        for (const PartDifference& part : parts) {
            if (part.differences.empty()) {
                context.out.print("{}: {}\n", title_of(part.part),
                                  part.fields == 0
                                      ? "nothing is recorded of either"
                                      : fmt::format("the same ({} field{})", part.fields,
                                                    part.fields == 1 ? "" : "s"));
            }
        }
        for (const PartDifference& part : parts) {
            if (!part.differences.empty()) print_part(part, context);
        }
    }

    static void print_part(const PartDifference& part, Context& context) {
        const bool markdown = context.format == Format::kMarkdown;
        context.out.print("\n{}{}: {} of {} differ\n{}", markdown ? "## " : "", title_of(part.part),
                          part.differences.size(), part.fields, markdown ? "\n" : "");
        const bool has_change =
            std::any_of(part.differences.begin(), part.differences.end(),
                        [](const FieldDifference& found) { return found.change.has_value(); });
        std::vector<Column> columns = {{"field"}, {"a"}, {"b"}};
        if (has_change) {
            columns.push_back({.name = "change", .drop_rank = 1});
            columns.push_back({.name = "percent", .drop_rank = 2});
        }
        const auto rows = context.rows(std::move(columns));
        for (std::size_t i = 0; i < std::min(part.differences.size(), kRowsMax); ++i) {
            const FieldDifference& found = part.differences[i];
            std::vector<Cell> cells = {found.field, shown_value(found.a, found.field),
                                       shown_value(found.b, found.field)};
            if (has_change) {
                cells.emplace_back(shown_change(found));
                cells.emplace_back(shown_percent(found));
            }
            rows->row(std::move(cells));
        }
        rows->finish();
        if (part.differences.size() > kRowsMax) {
            context.out.print("{} more: --format json has all\n",
                              part.differences.size() - kRowsMax);
        }
    }

    std::array<std::string, 2> runs_;
    std::string format_ = "table";
    bool exit_code_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kDiffCommand = {
    .name = "diff",
    .summary = "Shows what differs between two runs: code, configuration, data, results",
    .details =
        "Fields are named by JSON pointers.  Numbers have their change, b - a, and that in "
        "percent\n"
        "of a.  Of trials the greatest and the least value of each metric are compared, of curves\n"
        "the last one.  Exit code 0 whether or not they differ, unless --exit-code.",
    .examples =
        "daybook diff @-2 @latest\n"
        "daybook diff baseline candidate --format markdown\n"
        "daybook diff r1 r2 --exit-code > /dev/null && echo 'the same'",
    .common_flags = kLedgerFlag,
    .make = make_command<DiffCommand>,
};

}  // namespace daybook::cli
