#include "query/query_library.h"

#include <map>

#include "base/text.h"
#include "os/file.h"

namespace daybook::query {
namespace {

constexpr std::string_view kEnding = ".sql";
constexpr std::size_t kBytesMax = std::size_t{1} << 20;

// Which file has which name, by name.
Result<std::map<std::string, std::string>> files(const std::vector<std::string>& directories) {
    std::map<std::string, std::string> paths;
    for (const std::string& directory : directories) {
        ASSIGN_OR_RETURN(const bool is_there, os::exists(directory));
        if (!is_there) continue;
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
        for (const os::DirEntry& entry : entries) {
            if (entry.is_directory || !entry.name.ends_with(kEnding)) continue;
            const std::string name = entry.name.substr(0, entry.name.size() - kEnding.size());
            if (is_query_name(name)) paths.emplace(name, os::join_path(directory, entry.name));
        }
    }
    return paths;
}

Result<NamedQuery> read(const std::string& name, const std::string& path) {
    ASSIGN_OR_RETURN(std::string source, os::read_file(path, kBytesMax));
    return parse_named_query(name, path, std::move(source));
}

}  // namespace

std::string shipped_queries(const std::string& program_directory) {
    std::string installed;
    for (const char* up : {"/..", "/../.."}) {
        std::string path = program_directory + up + "/share/daybook/queries";
        if (os::exists(path).value_or(false)) return os::canonical_path(path);
        if (installed.empty()) installed = std::move(path);
    }
    return installed;
}

Result<std::vector<NamedQuery>> list_queries(const std::vector<std::string>& directories) {
    ASSIGN_OR_RETURN(const auto paths, files(directories));
    std::vector<NamedQuery> queries;
    for (const auto& [name, path] : paths) {
        ASSIGN_OR_RETURN(NamedQuery query, read(name, path));
        queries.push_back(std::move(query));
    }
    return queries;
}

Result<NamedQuery> find_query(const std::vector<std::string>& directories, std::string_view name) {
    ASSIGN_OR_RETURN(const auto paths, files(directories));
    const auto found = paths.find(std::string(name));
    if (found != paths.end()) return read(found->first, found->second);
    std::vector<std::string_view> names;
    for (const auto& [known, path] : paths) names.push_back(known);
    const std::string_view nearest = nearest_name(name, names);
    return fail(ErrorCode::kNotFound,
                "there is no query named {}{} (`daybook query --list` has all)", printable(name),
                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

}  // namespace daybook::query
