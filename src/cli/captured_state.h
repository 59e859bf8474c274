// What the index knows of the state that a run started from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/session.h"

namespace daybook::cli {

// The `environment` of latest_runs; what it does not say is empty.
struct CapturedState {
    std::string host{};
    std::string user{};
    std::string cwd{};
    std::vector<std::string> argv{};
    std::string version_control{};
    std::string commit{};
    std::string branch{};
    std::optional<bool> dirty{};
    std::string diff_sha256{};
    std::string diff_path{};
    std::string root{};
    std::string remote{};
    std::vector<std::string> untracked{};
    std::int64_t untracked_count = 0;  // at least the size of `untracked`
    std::vector<std::string> submodules{};
    std::map<std::string, std::string> versions{};
    std::map<std::string, std::string> packages{};
    std::map<std::string, std::string> variables{};
    std::vector<std::string> incomplete{};
    std::string incomplete_reason{};
};
CapturedState parse_captured_state(std::string_view environment_json);

// What a run was asked to do, and where it started.
struct RunOrigin {
    std::string run_id{};
    std::string run_type{};
    std::string name{};
    std::optional<std::int64_t> created_at_ms{};
    std::string config_json{};  // an object
    std::string data_fingerprint{};
    std::optional<std::int64_t> seed{};
    CapturedState state{};
};
// kNotFound: the index does not have it.
Result<RunOrigin> read_run_origin(query::Session& session, const std::string& run_id);

}  // namespace daybook::cli
