#include "backtest/child_run.h"

#include "backtest/documents.h"
#include "base/hash.h"
#include "base/limits.h"

namespace daybook::backtest {

Result<std::unique_ptr<ChildRun>> ChildRun::begin(Session& parent, const ChildSpec& spec) {
    const RunContext& context = parent.context();
    RunDefinition definition{.run_id = part_run_id(parent.run_id(), spec.suffix),
                             .run_type = spec.run_type,
                             .config_json = parent.inputs().synthetic
                                                ? mark_synthetic(spec.config_json)
                                                : spec.config_json,
                             .data_fingerprint = parent.inputs().fingerprint,
                             .parent_run_id = parent.run_id(),
                             .first_phase = spec.first_phase};
    const std::string& run_id = definition.run_id;
    if (run_id.size() > kNameBytesMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "run-id: the part {} would have {} bytes, expected at most {}", run_id,
                    run_id.size(), kNameBytesMax);
    }
    bool done = false;
    if (parent.run_options().resume && context.find_run) {
        ASSIGN_OR_RETURN(const std::optional<ExistingRun> existing, context.find_run(run_id));
        if (existing) {
            RETURN_IF_ERROR(check_same_type(run_id, existing->run_type, spec.run_type));
            if (const Status same =
                    check_same_config(existing->config_json, definition.config_json);
                !same) {
                return fail(same.error().with_context(fmt::format("resume run {}", run_id)));
            }
            definition.attempt = existing->attempt + 1;
            definition.resumed = true;
            definition.recorded_trials = existing->trials;
            done = existing->completed;
        }
    }
    std::unique_ptr<ChildRun> child(new ChildRun(parent, std::move(definition), done));
    if (!done) RETURN_IF_ERROR(child->start(spec));
    return child;
}

Status ChildRun::start(const ChildSpec& spec) {
    const RunOptions& of_parent = parent_.run_options();
    ASSIGN_OR_RETURN(
        artifact::RunStore store,
        artifact::RunStore::create(parent_.context().ledger_dir, run_id(), of_parent.resume));
    store_ = std::make_unique<artifact::RunStore>(std::move(store));
    RunOptions options = of_parent;
    options.name = spec.name;
    options.tags.insert(options.tags.end(), spec.tags.begin(), spec.tags.end());
    if (Status created = events_.create(options); !created) {
        (void)store_->discard();
        return created;
    }
    return events_.start();
}

TableContext ChildRun::table_context() const {
    TableContext context = parent_.table_context();
    context.run_id = run_id();
    return context;
}

Status ChildRun::keep(artifact::Stored stored) {
    stored_.push_back(std::move(stored));
    return events_.artifact(stored_.back());
}

Status ChildRun::store_table(std::string_view type, artifact::Table table) {
    // A name is the database's for good, and the parent and its other parts have such tables too.
    const std::string rows = fmt::format("{}_{}", type, xxh3_128(run_id()).to_hex());
    duck::Connection& connection = parent_.connection();
    RETURN_IF_ERROR(connection.register_source(rows, std::move(table).source()));
    ASSIGN_OR_RETURN(
        artifact::Stored stored,
        store_->write_parquet(connection, type, fmt::format("SELECT * FROM {}()", rows)));
    return keep(std::move(stored));
}

Status ChildRun::store_json(std::string_view type, std::string_view file, const std::string& json) {
    ASSIGN_OR_RETURN(artifact::Stored stored, store_->write_json(file, json));
    stored.type = type;
    return keep(std::move(stored));
}

Status ChildRun::store_config() {
    return store_json("config_json", "config", events_.definition().config_json);
}

Status ChildRun::complete(const std::string& summary_json) {
    return events_.complete(summary_json, artifact_paths_json(stored_));
}

}  // namespace daybook::backtest
