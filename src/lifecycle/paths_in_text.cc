#include "lifecycle/paths_in_text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "json/reader.h"

namespace daybook::lifecycle {
namespace {

constexpr std::string_view kRoot = "artifacts";

// Directories whose files have names of one length, so that what follows them in a text does not
// matter: "see artifacts/code/….diff, please".
struct FixedName {
    std::string_view directory;
    std::size_t chars;  // of the whole path
};
constexpr FixedName kFixedNames[] = {
    {"artifacts/objects/", sizeof("artifacts/objects/") - 1 + 65},
    {"artifacts/code/", sizeof("artifacts/code/") - 1 + 64 + sizeof(".diff") - 1},
    {"artifacts/inputs/", sizeof("artifacts/inputs/") - 1 + 64 + sizeof(".parquet") - 1},
};

}  // namespace

std::string rest_of_string(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2U : 1U;
    const std::string_view raw = text.substr(0, end);
    if (raw.find('\\') == std::string_view::npos) return std::string(raw);
    const std::string quoted = fmt::format("\"{}\"", raw);
    json::Reader reader(quoted, "path");
    std::string_view read;
    return std::string(reader.string(&read) ? read : raw);
}

void each_path_in_text(std::string_view text, const std::function<void(std::string path)>& found) {
    for (std::size_t at = text.find(kRoot); at != std::string_view::npos;
         at = text.find(kRoot, at + kRoot.size())) {
        const std::string_view after = text.substr(at + kRoot.size());
        if (!after.starts_with('/') && !after.starts_with("\\/")) continue;
        std::string path = rest_of_string(text.substr(at));
        for (const FixedName& fixed : kFixedNames) {
            if (path.starts_with(fixed.directory)) path.resize(std::min(path.size(), fixed.chars));
        }
        found(std::move(path));
    }
}

}  // namespace daybook::lifecycle
