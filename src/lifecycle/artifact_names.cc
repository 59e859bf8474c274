#include "lifecycle/artifact_names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lifecycle/artifact_places.h"
#include "lifecycle/paths_in_text.h"

namespace daybook::lifecycle {
namespace {

bool names_in_fields(std::string_view type) {
    return type == "artifact.created" || type == "run.created" || type == "run.environment" ||
           type == "run.completed" || type == "run.failed" || type == "baseline.completed";
}

// What an event has said so far: its fields come in any order.
struct Named {
    NamedFile artifact{};
    NamedFile diff{};
    std::vector<std::string> listed{};

    void read_diff(std::string_view key, json::Node& value) {
        if (key == "git_diff_path") diff.path = value.as_string().value_or("");
        if (key == "git_diff_sha256") diff.sha256 = value.as_string().value_or("");
    }

    bool has(std::string_view path) const {
        return path == artifact.path || path == diff.path ||
               std::find(listed.begin(), listed.end(), path) != listed.end();
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
    Named named;
    if (names_in_fields(type)) {
        parser_.for_each_field(
            line.text, 0, [&](std::string_view key, json::Node value) { named.read(key, value); });
    }
    each_path_in_text(line.text, [&](std::string path) {
        if (!content_of_place(path).empty() && !named.has(path)) {
            named.listed.push_back(std::move(path));
        }
    });
    if (!named.artifact.path.empty()) found(named.artifact);
    if (!named.diff.path.empty()) found(named.diff);
    for (std::string& path : named.listed) found({.path = std::move(path)});
}

}  // namespace daybook::lifecycle
