#include "index/index_layout.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "os/file.h"

namespace daybook::index {

std::string IndexLayout::generation_path(Generation generation) const {
    return fmt::format("{}/gen-{:06}.duckdb", index_dir(), generation.value());
}

std::optional<Generation> parse_generation(std::string_view file_name) {
    constexpr std::string_view kPrefix = "gen-";
    constexpr std::string_view kSuffix = ".duckdb";
    if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix)) return std::nullopt;
    file_name.remove_prefix(kPrefix.size());
    file_name.remove_suffix(kSuffix.size());
    std::uint64_t number = 0;
    const char* end = file_name.data() + file_name.size();
    const auto parsed = std::from_chars(file_name.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || file_name.size() < 6) return std::nullopt;
    return Generation(number);
}

Result<std::vector<Generation>> list_generations(const IndexLayout& layout) {
    std::vector<Generation> generations;
    ASSIGN_OR_RETURN(const bool there, os::exists(layout.index_dir()));
    if (!there) return generations;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(layout.index_dir()));
    for (const os::DirEntry& entry : entries) {
        const auto generation = parse_generation(entry.name);
        if (generation && !entry.is_directory) generations.push_back(*generation);
    }
    std::sort(generations.begin(), generations.end());
    return generations;
}

}  // namespace daybook::index
