#include "cli/run_documents.h"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "capture/code_state.h"
#include "cli/captured_state.h"
#include "cli/rows_output.h"
#include "cli/run_diff.h"
#include "os/file.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

// The row of run_summary(), by column.
using Columns = std::map<std::string, Json>;

Json object_or_empty(const Json& value) { return value.is_object() ? value : Json::object(); }

Json code_of(const CapturedState& state, const std::string& ledger_dir) {
    Json code = Json::object();
    if (!state.commit.empty()) code["git_commit"] = state.commit;
    if (!state.branch.empty()) code["git_branch"] = state.branch;
    if (!state.remote.empty()) code["git_remote"] = state.remote;
    if (state.dirty) code["git_dirty"] = *state.dirty;
    if (!state.diff_sha256.empty()) {
        const auto diff =
            os::read_file(os::join_path(ledger_dir, state.diff_path), capture::kDiffBytesMax);
        code["git_diff"] = fmt::format("{} ({})", diff ? summarise_diff(*diff) : "not there",
                                       state.diff_sha256.substr(0, 12));
    }
    // By name: as a list, one file more would make every later one another.
    for (const std::string& path : state.untracked) code["git_untracked"][path] = true;
    if (state.untracked_count > std::ssize(state.untracked)) {
        code["git_untracked_count"] = state.untracked_count;
    }
    if (!state.submodules.empty()) code["git_submodules"] = state.submodules;
    if (!state.incomplete.empty()) code["incomplete"] = state.incomplete;
    return code;
}

// What is not of the code; the command line as one.
Json environment_of(const Json& recorded) {
    Json environment = Json::object();
    const Json fields = object_or_empty(recorded);
    for (const auto& [key, value] : fields.items()) {
        const bool is_code =
            key.starts_with("git_") || key.starts_with("incomplete") || key == "version_control";
        if (is_code) continue;
        if (key != "argv" || !value.is_array()) {
            environment[key] = value;
            continue;
        }
        std::string line;
        for (const Json& word : value) {
            line += (line.empty() ? "" : " ") + (word.is_string() ? word.get<std::string>() : "");
        }
        environment[key] = line;
    }
    return environment;
}

// The columns of the first row of `rows`; none if there is none.
Result<Columns> first_row(duck::Rows rows) {
    Columns columns;
    ASSIGN_OR_RETURN(const bool there, rows.next());
    if (!there) return columns;
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        if (rows.is_null(i)) continue;
        Json value = Json::parse(json_cell(cell_of(rows, i)), nullptr, false);
        columns[rows.column_name(i)] = value.is_discarded() ? Json() : std::move(value);
    }
    return columns;
}

Result<Json> trial_metrics(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT v.name, max(v.value), min(v.value) FROM trial_values v "
                      "JOIN trial_results t ON t.run_id = v.run_id AND t.trial_id = v.trial_id "
                      "WHERE v.run_id = $1 AND v.kind = 'metric' AND isfinite(v.value) "
                      "AND coalesce(t.state, 'complete') = 'complete' "
                      "AND coalesce(t.feasible, true) GROUP BY v.name ORDER BY v.name",
                      {run_id}));
    Json metrics = Json::object();
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return metrics;
        const std::string name = rows.text(0);
        metrics[name] = {{"max", rows.get_double(1)}, {"min", rows.get_double(2)}};
    }
}

Result<Json> last_points(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query("SELECT name, last(value ORDER BY timestamp_ms, step) FROM metric_points "
                      "WHERE run_id = $1 AND isfinite(value) GROUP BY name ORDER BY name",
                      {run_id}));
    Json points = Json::object();
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return points;
        const std::string name = rows.text(0);
        points[name] = rows.get_double(1);
    }
}

Result<Json> results_of(query::Session& session, const std::string& run_id,
                        const Columns& columns) {
    Json results = Json::object();
    for (const char* name : {"status", "duration_ms", "trials", "artifacts"}) {
        const auto found = columns.find(name);
        if (found != columns.end()) results[name] = found->second;
    }
    for (const auto& [column, name] :
         {std::pair("summary_json", "summary"), {"error_json", "error"}}) {
        const auto found = columns.find(column);
        if (found != columns.end()) results[name] = found->second;
    }
    ASSIGN_OR_RETURN(Json metrics, trial_metrics(session, run_id));
    if (!metrics.empty()) results["trial_metrics"] = std::move(metrics);
    ASSIGN_OR_RETURN(Json points, last_points(session, run_id));
    if (!points.empty()) results["last_points"] = std::move(points);
    return results;
}

}  // namespace

Result<RunDocuments> read_run_documents(query::Session& session, const std::string& ledger_dir,
                                        const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows, query::run_summary(session, run_id));
    ASSIGN_OR_RETURN(Columns columns, first_row(std::move(rows)));
    if (columns.empty()) {
        return fail(ErrorCode::kNotFound, "run {}: the index does not have it", run_id);
    }
    const auto text = [&](const char* name) {
        const auto found = columns.find(name);
        return found != columns.end() && found->second.is_string()
                   ? found->second.get<std::string>()
                   : std::string();
    };
    RunDocuments documents{.run_id = run_id, .name = text("name"), .status = text("status")};
    if (columns["created_at_ms"].is_number()) {
        documents.created_at_ms = columns["created_at_ms"].get<std::int64_t>();
    }
    Json run = Json::object();
    for (const char* name : {"run_type", "experiment", "seed", "tags"}) {
        if (!columns[name].is_null()) run[name] = columns[name];
    }
    Json data = Json::object();
    if (!text("data_fingerprint").empty()) data["data_fingerprint"] = text("data_fingerprint");
    ASSIGN_OR_RETURN(const Json results, results_of(session, run_id, columns));
    const CapturedState state = parse_captured_state(columns["environment"].dump());
    const auto add = [&](const char* name, const Json& document) {
        documents.parts.push_back(
            {name, document.dump(-1, ' ', false, Json::error_handler_t::replace)});
    };
    add("run", run);
    add("code", code_of(state, ledger_dir));
    add("configuration", object_or_empty(columns["config"]));
    add("data", data);
    add("environment", environment_of(columns["environment"]));
    add("results", results);
    return documents;
}

}  // namespace daybook::cli
