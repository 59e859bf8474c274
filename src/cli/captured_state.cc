#include "cli/captured_state.h"

#include <algorithm>

#include "json/document.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

std::string text_of(json::Node& value) { return std::string(value.as_string().value_or("")); }

std::vector<std::string> texts_of(json::Node& value) {
    std::vector<std::string> texts;
    value.for_each_item([&](json::Node item) { texts.push_back(text_of(item)); });
    return texts;
}

std::map<std::string, std::string> map_of(json::Node& value) {
    std::map<std::string, std::string> map;
    value.for_each_field([&](std::string_view key, json::Node item) {
        std::string name(key);
        map[std::move(name)] = text_of(item);
    });
    return map;
}

void read_text(std::string_view key, json::Node& value, CapturedState& state) {
    const std::pair<std::string_view, std::string*> kTexts[] = {
        {"host", &state.host},
        {"user", &state.user},
        {"cwd", &state.cwd},
        {"version_control", &state.version_control},
        {"git_commit", &state.commit},
        {"git_branch", &state.branch},
        {"git_diff_sha256", &state.diff_sha256},
        {"git_diff_path", &state.diff_path},
        {"git_root", &state.root},
        {"git_remote", &state.remote},
        {"incomplete_reason", &state.incomplete_reason},
    };
    for (const auto& [name, text] : kTexts) {
        if (key == name) *text = text_of(value);
    }
}

}  // namespace

CapturedState parse_captured_state(std::string_view environment_json) {
    CapturedState state;
    json::Parser parser;
    parser.for_each_field(environment_json, 0, [&](std::string_view key, json::Node value) {
        if (key == "argv") {
            state.argv = texts_of(value);
        } else if (key == "git_dirty") {
            state.dirty = value.as_bool();
        } else if (key == "git_untracked") {
            state.untracked = texts_of(value);
        } else if (key == "git_untracked_count") {
            state.untracked_count = value.as_int().value_or(0);
        } else if (key == "git_submodules") {
            state.submodules = texts_of(value);
        } else if (key == "versions") {
            state.versions = map_of(value);
        } else if (key == "packages") {
            state.packages = map_of(value);
        } else if (key == "variables") {
            state.variables = map_of(value);
        } else if (key == "incomplete") {
            state.incomplete = texts_of(value);
        } else {
            read_text(key, value, state);
        }
    });
    state.untracked_count = std::max(state.untracked_count, std::ssize(state.untracked));
    return state;
}

Result<RunOrigin> read_run_origin(query::Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows, query::run_summary(session, run_id));
    ASSIGN_OR_RETURN(const bool there, rows.next());
    if (!there) return fail(ErrorCode::kNotFound, "run {}: the index does not have it", run_id);
    RunOrigin origin;
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        const std::string& name = rows.column_name(i);
        if (rows.is_null(i)) continue;
        if (name == "run_id") origin.run_id = rows.text(i);
        if (name == "run_type") origin.run_type = rows.text(i);
        if (name == "name") origin.name = rows.text(i);
        if (name == "created_at_ms") origin.created_at_ms = rows.get_int64(i);
        if (name == "config") origin.config_json = rows.text(i);
        if (name == "data_fingerprint") origin.data_fingerprint = rows.text(i);
        if (name == "seed") origin.seed = rows.get_int64(i);
        if (name == "environment") origin.state = parse_captured_state(rows.text(i));
    }
    return origin;
}

}  // namespace daybook::cli
