#include "server/readiness.h"

#include <fmt/format.h>

#include "ledger/document_json.h"

namespace daybook::server {

using ledger::json_string;

const char* to_string(Role role) {
    switch (role) {
        case Role::kStarting: return "starting";
        case Role::kActive: return "active";
        case Role::kStandby: return "standby";
        case Role::kStopping: return "stopping";
    }
    return "";
}

std::vector<Reason> reasons_not_ready(const ReadinessFacts& facts, const ReadinessLimits& limits) {
    const Stats& stats = facts.stats;
    std::vector<Reason> reasons;
    const auto add = [&](const char* name, std::string detail) {
        reasons.push_back({name, std::move(detail)});
    };
    if (stats.role == Role::kStopping) add("stopping", "the daemon was asked to stop");
    // A standby indexes nothing: what it would have to say of the index, its holder says.
    if (stats.role == Role::kStandby) {
        add("standby", fmt::format("another daemon serves this ledger: {}", stats.holder));
        return reasons;
    }
    if (!stats.indexed_once) {
        add("starting", "the log has not been indexed since the daemon started");
    }
    if (facts.lag_seconds > limits.lag_seconds_max) {
        add("index_lag", fmt::format("the oldest event that is not in the snapshot has waited for "
                                     "{:.1f} s, and {:.1f} s are allowed",
                                     facts.lag_seconds, limits.lag_seconds_max));
    }
    if (!stats.build_error.empty()) add("index_error", stats.build_error);
    if (!stats.lock_error.empty()) add("lock_error", stats.lock_error);
    if (facts.disk_free_bytes && *facts.disk_free_bytes < limits.disk_free_bytes_min) {
        add("disk_nearly_full",
            fmt::format("{} bytes are free below the ledger, expected at least {}",
                        *facts.disk_free_bytes, limits.disk_free_bytes_min));
    }
    if (stats.open_damage > 0) {
        add("log_damaged",
            fmt::format("{} damaged line{} that no repair has dealt with, the first at {}",
                        stats.open_damage, stats.open_damage == 1 ? "" : "s", stats.first_damage));
    }
    return reasons;
}

std::string encode_readiness(const ReadinessFacts& facts, const std::vector<Reason>& reasons) {
    std::string list;
    for (const Reason& reason : reasons) {
        if (!list.empty()) list += ',';
        list += fmt::format(R"({{"name":{},"detail":{}}})", json_string(reason.name),
                            json_string(reason.detail));
    }
    return fmt::format(
        R"({{"status":"{}","role":"{}","reasons":[{}],"generation":{},"lag_seconds":{:.3f}}})",
        reasons.empty() ? "ready" : "not_ready", to_string(facts.stats.role), list,
        facts.stats.generation, facts.lag_seconds);
}

}  // namespace daybook::server
