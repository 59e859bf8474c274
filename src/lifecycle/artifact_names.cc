#include "lifecycle/artifact_names.h"

#include <vector>

namespace daybook::lifecycle {
namespace {

// What an event has said so far: its fields come in any order.
struct Named {
    NamedFile artifact{};
    NamedFile diff{};
    std::vector<std::string> listed{};

    void read_diff(std::string_view key, json::Node& value) {
        if (key == "git_diff_path") diff.path = value.as_string().value_or("");
        if (key == "git_diff_sha256") diff.sha256 = value.as_string().value_or("");
    }

    void read(std::string_view key, json::Node& value) {
        if (key == "artifact_path") {
            artifact.path = value.as_string().value_or("");
        } else if (key == "sha256") {
            artifact.sha256 = value.as_string().value_or("");
        } else if (key == "environment") {
            value.for_each_field(
                [&](std::string_view inner, json::Node field) { read_diff(inner, field); });
        } else if (key == "artifact_paths") {
            value.for_each_field([&](std::string_view, json::Node field) {
                if (const auto path = field.as_string()) listed.emplace_back(*path);
            });
        } else {
            read_diff(key, value);
        }
    }
};

}  // namespace

void ArtifactNames::each(std::string_view type, const log::Line& line,
                         const std::function<void(const NamedFile&)>& found) {
    const bool may_name = type == "artifact.created" || type == "run.created" ||
                          type == "run.environment" || type == "run.completed" ||
                          type == "run.failed" || type == "baseline.completed";
    if (!may_name) return;
    Named named;
    parser_.for_each_field(line.text, 0,
                           [&](std::string_view key, json::Node value) { named.read(key, value); });
    if (!named.artifact.path.empty()) found(named.artifact);
    if (!named.diff.path.empty()) found(named.diff);
    for (std::string& path : named.listed) found({.path = std::move(path)});
}

}  // namespace daybook::lifecycle
