#include "lifecycle/artifact_names.h"

namespace daybook::lifecycle {
namespace {

using Found = std::function<void(std::string_view)>;

void look(std::string_view key, json::Node& value, const Found& found) {
    if (key == "artifact_path" || key == "git_diff_path") {
        if (const auto path = value.as_string()) found(*path);
    } else if (key == "environment") {
        value.for_each_field([&](std::string_view inner, json::Node field) {
            if (inner != "git_diff_path") return;
            if (const auto path = field.as_string()) found(*path);
        });
    } else if (key == "artifact_paths") {
        value.for_each_field([&](std::string_view, json::Node field) {
            if (const auto path = field.as_string()) found(*path);
        });
    }
}

}  // namespace

void ArtifactNames::each(std::string_view type, const log::Line& line, const Found& found) {
    const bool may_name = type == "artifact.created" || type == "run.created" ||
                          type == "run.environment" || type == "run.completed" ||
                          type == "run.failed" || type == "baseline.completed";
    if (!may_name) return;
    parser_.for_each_field(
        line.text, 0, [&](std::string_view key, json::Node value) { look(key, value, found); });
}

}  // namespace daybook::lifecycle
