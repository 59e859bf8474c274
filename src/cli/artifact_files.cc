#include "cli/artifact_files.h"

#include <vector>

#include "cli/context.h"

namespace daybook::cli {

using query::CatalogFile;
using query::FileLook;
using query::FileState;

std::string listed(std::span<const std::string> names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none" : text;
}

std::string types_of(std::span<const CatalogFile> files) {
    std::vector<std::string> types;
    for (const CatalogFile& file : files) types.push_back(file.type);
    return listed(types);
}

Result<CatalogFile> find_artifact(std::span<const CatalogFile> files, std::string_view wanted,
                                  std::string_view attempt, std::string_view by) {
    std::vector<CatalogFile> meant;
    for (const CatalogFile& file : files) {
        if (file.path == wanted) return file;
        if (file.type == wanted) meant.push_back(file);
    }
    if (meant.empty()) {
        return fail(ErrorCode::kNotFound, "{}: the run has no such artifact; it has: {}", attempt,
                    types_of(files));
    }
    if (meant.size() == 1) return meant.front();
    std::string paths;
    for (const CatalogFile& file : meant) paths += "\n  " + file.path;
    return fail(ErrorCode::kInvalidArgument, "{}: there are {} of this type; name one {}:{}",
                attempt, meant.size(), by, paths);
}

Status check_artifact(const CatalogFile& file, std::string_view attempt) {
    const FileLook look = query::look_at(file);
    switch (look.state) {
        case FileState::kPresent: return {};
        case FileState::kOtherSize:
            report_note(fmt::format("{} has changed: {}; 'daybook verify --deep' says more",
                                    file.file, look.why));
            return {};
        case FileState::kMissing:
            return fail(ErrorCode::kNotFound,
                        "{}: its file {} is missing; 'daybook verify --deep' finds all that are",
                        attempt, file.file);
        case FileState::kNoFile:
            return fail(ErrorCode::kNotFound, "{}: its file {} cannot be read: {}", attempt,
                        file.file, look.why);
        case FileState::kUnreadable: return fail(ErrorCode::kIo, "{}: {}", attempt, look.why);
    }
    return {};
}

}  // namespace daybook::cli
