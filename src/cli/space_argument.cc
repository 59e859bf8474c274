#include "cli/space_argument.h"

#include <algorithm>

#include "base/text.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kEnding = ".json";
constexpr std::size_t kBytesMax = std::size_t{16} << 20;

std::string without_ending(const std::string& path) {
    const std::string name = path.substr(path.find_last_of('/') + 1);
    return name.ends_with(kEnding) ? name.substr(0, name.size() - kEnding.size()) : name;
}

// The names of the shipped spaces, sorted.
Result<std::vector<std::string>> names_in(const std::string& directory) {
    std::vector<std::string> names;
    ASSIGN_OR_RETURN(const bool is_there, os::exists(directory));
    if (!is_there) return names;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    for (const os::DirEntry& entry : entries) {
        if (entry.name.ends_with(kEnding)) names.push_back(without_ending(entry.name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::string shipped_spaces(const std::string& program_directory) {
    std::string installed;
    for (const char* up : {"/..", "/../.."}) {
        std::string path = program_directory + up + "/share/daybook/spaces";
        if (os::exists(path).value_or(false)) return os::canonical_path(path);
        if (installed.empty()) installed = std::move(path);
    }
    return installed;
}

Result<backtest::Space> read_space(const std::string& value, const std::string& directory) {
    std::string path = value;
    if (value.find('/') == std::string::npos && !value.ends_with(kEnding)) {
        ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in(directory));
        if (std::find(names.begin(), names.end(), value) == names.end()) {
            const std::string_view near =
                nearest_name(value, std::vector<std::string_view>(names.begin(), names.end()));
            return fail(ErrorCode::kInvalidArgument,
                        "--space: found '{}', expected a file (with a slash or ending in .json), "
                        "or one of {} in {}{}",
                        printable(value), fmt::join(names, ", "), directory,
                        near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
        }
        path = os::join_path(directory, value + std::string(kEnding));
    }
    const auto text = os::read_file(path, kBytesMax);
    if (!text) return fail(text.error().with_context("--space"));
    auto policies = backtest::parse_space(*text);
    if (!policies) return fail(policies.error().with_context("--space " + path));
    return backtest::Space{.name = without_ending(path), .policies = std::move(*policies)};
}

}  // namespace daybook::cli
