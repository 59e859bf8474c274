#include "duck/api.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "base/check.h"
#include "duck/library.h"

namespace daybook::duck {
namespace {

std::atomic<const Api*> g_loaded{nullptr};

Result<Api> look_up_all(void* library, const std::string& path) {
    Api api;
#define X(name)                                                                                 \
    api.name = reinterpret_cast<decltype(api.name)>(::dlsym(library, "duckdb_" #name));         \
    if (!api.name) {                                                                            \
        return fail(ErrorCode::kUnsupported,                                                    \
                    "load {}: it lacks duckdb_" #name ": DuckDB 1.4 or newer is needed", path); \
    }
#include "duck/functions.inc"
#undef X
    return api;
}

Result<Api> load_first(const std::vector<std::string>& candidates) {
    std::string tried;
    for (const std::string& path : candidates) {
        void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library) return look_up_all(library, path);  // Never unloaded: it owns threads.
        const char* reason = ::dlerror();
        tried += fmt::format("\n  {}", reason ? reason : path);
    }
    return fail(ErrorCode::kUnsupported,
                "load DuckDB: libduckdb.so was not found; set DAYBOOK_DUCKDB_LIBRARY to its path. "
                "Tried:{}",
                tried);
}

}  // namespace

std::vector<std::string> library_candidates() {
    // What the user names is meant: falling back to another version would hide a wrong path.
    if (const char* named = std::getenv("DAYBOOK_DUCKDB_LIBRARY"); named && *named) return {named};
    // The loader replaces $ORIGIN by the directory of the program.
    return {"$ORIGIN/libduckdb.so", "$ORIGIN/../lib/daybook/libduckdb.so", DAYBOOK_DUCKDB_LIBRARY};
}

Result<const Api*> load_api() {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (const Api* loaded = g_loaded.load()) return loaded;
    static Api table;  // Failing is not remembered: a caller may mend the path and try again.
    ASSIGN_OR_RETURN(table, load_first(library_candidates()));
    g_loaded.store(&table);
    return &table;
}

const Api& api() {
    const Api* loaded = g_loaded.load(std::memory_order_acquire);
    DAYBOOK_CHECK(loaded != nullptr);
    return *loaded;
}

Result<std::string> library_version() {
    ASSIGN_OR_RETURN(const Api* loaded, load_api());
    return std::string(loaded->library_version());
}

}  // namespace daybook::duck
