#include "legacy/cache_recipe.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/version.h"
#include "index/index_state.h"
#include "index/tables.h"
#include "legacy/seed_toml.h"
#include "os/file.h"
#include "schema/registry.h"

namespace daybook::legacy {
namespace {

// Raised whenever the same rows may come to other events.
constexpr int kEventsVersion = 5;
constexpr std::size_t kMappingBytesMax = std::size_t{1} << 20;
constexpr std::size_t kTypesBytesMax = std::size_t{64} << 20;

}  // namespace

std::string CacheRecipe::reader() const {
    return fmt::format("daybook {}, {}", daybook::version(), text);
}

bool CacheRecipe::is_what(const CacheState& state) const {
    return file && file->version == state.version && text == state.recipe;
}

Result<CacheRecipe> read_recipe(const ledger::LedgerDir& dir, const Source& source) {
    const bool is_built_in = source.mapping.empty() || source.mapping == "seed";
    std::string text(kSeedToml);
    if (!is_built_in) {
        Result<std::string> read = os::read_file(source.mapping, kMappingBytesMax);
        if (!read) {
            return fail(read.error().code(),
                        "{}; it is the mapping of '{}': put it back, or name another one with "
                        "'daybook legacy attach {} --name {} --mapping FILE'",
                        read.error().message(), source.name, source.path, source.name);
        }
        text = std::move(*read);
    }
    const std::string types_path = dir.schema_registry_path();
    ASSIGN_OR_RETURN(const bool has_types, os::exists(types_path));
    std::string types;
    if (has_types) {
        ASSIGN_OR_RETURN(types, os::read_file(types_path, kTypesBytesMax));
        if (types == schema::Registry::builtin().serialize()) types.clear();
    }
    CacheRecipe recipe{.mapping = std::move(text),
                       .mapping_name = is_built_in ? "seed" : source.mapping,
                       .types = std::move(types),
                       .file = source_state(source.path)};
    recipe.text =
        fmt::format("events {}, {}, index {}, mapping {}", kEventsVersion, index::builder_version(),
                    index::kIndexFormat, sha256_hex(recipe.mapping));
    if (!recipe.types.empty()) recipe.text += fmt::format(", types {}", sha256_hex(recipe.types));
    return recipe;
}

}  // namespace daybook::legacy
