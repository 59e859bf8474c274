#include "duck/database.h"

#include <utility>
#include <vector>

#include "duck/connection_handle.h"
#include "duck/sql.h"

namespace daybook::duck {

struct Database::Handle {
    duckdb_database database = nullptr;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (database) api().close(&database);
    }
};

namespace {

struct Setting {
    const char* name;
    std::string value;
};

std::vector<Setting> settings_of(const DatabaseOptions& options) {
    std::vector<Setting> settings{{"autoinstall_known_extensions", "false"}};
    if (options.read_only) {
        settings.push_back({"access_mode", "READ_ONLY"});
    } else {
        settings.push_back({"storage_compatibility_version", options.storage_version});
    }
    if (options.threads > 0) settings.push_back({"threads", std::to_string(options.threads)});
    if (options.memory_bytes_max > 0) {
        settings.push_back({"memory_limit", fmt::format("{}B", options.memory_bytes_max)});
    }
    if (!options.temp_directory.empty()) {
        settings.push_back({"temp_directory", options.temp_directory});
    }
    if (options.any_order) settings.push_back({"preserve_insertion_order", "false"});
    return settings;
}

// A duckdb_config with `settings`; the caller destroys it.
Status make_config(const Api& duckdb, const std::vector<Setting>& settings, duckdb_config* config) {
    if (duckdb.create_config(config) != DuckDBSuccess) {
        return fail(ErrorCode::kInternal, "open database: DuckDB makes no configuration");
    }
    for (const Setting& setting : settings) {
        if (duckdb.set_config(*config, setting.name, setting.value.c_str()) != DuckDBSuccess) {
            return fail(ErrorCode::kInvalidArgument, "open database: DuckDB refuses {} = '{}'",
                        setting.name, setting.value);
        }
    }
    return {};
}

}  // namespace

Database::Database(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, const DatabaseOptions& options) {
    ASSIGN_OR_RETURN(const Api* duckdb, load_api());
    duckdb_config config = nullptr;
    Status status = make_config(*duckdb, settings_of(options), &config);
    auto handle = std::make_unique<Handle>();
    char* message = nullptr;
    if (status &&
        duckdb->open_ext(path.c_str(), &handle->database, config, &message) != DuckDBSuccess) {
        status = fail(
            sql_error(message ? message : "DuckDB gives no reason").with_context("open " + path));
        duckdb->free(message);
    }
    duckdb->destroy_config(&config);
    RETURN_IF_ERROR(status);

    Database database(std::move(handle));
    ASSIGN_OR_RETURN(Connection connection, database.connect());
    if (options.progress) {
        RETURN_IF_ERROR(connection.execute(
            "SET enable_progress_bar = true; SET enable_progress_bar_print = false"));
    }
    return database;
}

Result<Database> Database::open_in_memory(const DatabaseOptions& options) {
    return open(":memory:", options);
}

Result<Connection> Database::connect() const {
    auto handle = std::make_unique<Connection::Handle>();
    if (api().connect(handle_->database, &handle->connection) != DuckDBSuccess) {
        return fail(ErrorCode::kInternal, "connect: DuckDB refuses");
    }
    return Connection(std::move(handle));
}

}  // namespace daybook::duck
