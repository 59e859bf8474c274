#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capi/boundary.h"
#include "capi/values.h"
#include "daybook/daybook.h"

namespace daybook::capi {
namespace {

constexpr std::size_t kEventIdBytes = 36;

Result<FailurePolicy> policy_of(daybook_failure_policy policy) {
    switch (policy) {
        case DAYBOOK_FAILURE_RETURN: return FailurePolicy::kReturn;
        case DAYBOOK_FAILURE_KEEP: return FailurePolicy::kKeep;
        default: break;
    }
    return fail(ErrorCode::kInvalidArgument,
                "failure_policy: found {}, expected a daybook_failure_policy", policy);
}

Result<Ledger> open(const char* directory, const daybook_ledger_options* given) {
    daybook_ledger_options wanted = daybook_ledger_options_init();
    RETURN_IF_ERROR(read_known(given, "daybook_ledger_options", wanted));
    LedgerOptions options{.create = wanted.create != 0,
                          .background = wanted.background != 0,
                          .kept_events_max = wanted.kept_events_max,
                          .kept_bytes_max = wanted.kept_bytes_max};
    ASSIGN_OR_RETURN(options.failure_policy, policy_of(wanted.failure_policy));
    if (wanted.on_warning != nullptr) {
        options.on_warning = [wanted](std::string_view message) {
            wanted.on_warning({message.data(), message.size()}, wanted.context);
        };
    }
    return Ledger::open(directory == nullptr ? "" : directory, options);
}

Status emit_json(Ledger& ledger, daybook_str event, daybook_durability durability,
                 char event_id[37]) {
    const Result<std::optional<Durability>> wanted = durability_of(durability);
    if (!wanted) {
        if (ledger.failure_policy() == FailurePolicy::kReturn) return fail(wanted.error());
        ledger.count_failure(wanted.error());
        if (event_id != nullptr) *event_id = '\0';
        return {};
    }
    ASSIGN_OR_RETURN(const Ack ack, ledger.emit_json(view_of(event), *wanted));
    if (event_id == nullptr) return {};
    // An import may bring ids of its own, of other lengths.
    const std::size_t size = std::min(ack.event_id.size(), kEventIdBytes);
    std::memcpy(event_id, ack.event_id.data(), size);
    event_id[size] = '\0';
    return {};
}

Result<Capture> capture_of(daybook_capture capture) {
    switch (capture) {
        case DAYBOOK_CAPTURE_ALL: return Capture::kAll;
        case DAYBOOK_CAPTURE_AT_HAND: return Capture::kAtHand;
        case DAYBOOK_CAPTURE_NONE: return Capture::kNone;
        default: break;
    }
    return fail(ErrorCode::kInvalidArgument, "capture: found {}, expected a daybook_capture",
                capture);
}

// Reads parts of a structure, and goes on without those that cannot be read.
class Parts {
public:
    void read(Object& object, const daybook_object& given, std::string_view what) {
        if (const Status status = object.read(given, what); !status) note(status.error());
    }
    // The user may have wanted off what cannot be told.
    Capture capture(daybook_capture given) {
        const Result<Capture> capture = capture_of(given);
        if (!capture) note(capture.error());
        return capture.value_or(Capture::kNone);
    }

    const std::vector<Error>& problems() const { return problems_; }

private:
    void note(const Error& problem) { problems_.push_back(problem.with_context("start run")); }
    std::vector<Error> problems_;
};

Result<Run> start_run(Ledger& ledger, const daybook_run_spec* given) {
    RETURN_IF_ERROR(require(given, "daybook_run_spec"));
    daybook_run_spec spec = daybook_run_spec_init();
    RETURN_IF_ERROR(read_known(given, "daybook_run_spec", spec));
    Parts parts;
    Object config;
    Object tags;
    Object versions;
    parts.read(config, spec.config, "config");
    parts.read(tags, spec.tags, "tags");
    parts.read(versions, spec.versions, "versions");
    const Capture capture = parts.capture(spec.capture);
    if (!parts.problems().empty() && ledger.failure_policy() == FailurePolicy::kReturn) {
        return fail(parts.problems().front());
    }
    const std::vector<std::string_view> argv = views_of(spec.argv, spec.argc);
    ASSIGN_OR_RETURN(
        Run run,
        ledger.start_run({.type = view_of(spec.type),
                          .config = config.fields(),
                          .data_fingerprint = view_of(spec.data_fingerprint),
                          .run_id = optional_view_of(spec.run_id),
                          .name = optional_view_of(spec.name),
                          .experiment = optional_view_of(spec.experiment),
                          .parent_run_id = optional_view_of(spec.parent_run_id),
                          .tags = tags.fields(),
                          .seed = spec.has_seed != 0 ? std::optional(spec.seed) : std::nullopt,
                          .capture = capture,
                          .argv = argv,
                          .versions = versions.fields(),
                          .heartbeat_ms = spec.heartbeat_ms}));
    for (const Error& problem : parts.problems()) run.count_failure(problem);
    return run;
}

Status get_stats(const Ledger& ledger, daybook_ledger_stats* out, daybook_error** last_failure) {
    RETURN_IF_ERROR(require(out, "daybook_ledger_stats"));
    RETURN_IF_ERROR(check_size(out->size, kSizeMin<daybook_ledger_stats>, "daybook_ledger_stats"));
    const LedgerStats stats = ledger.stats();
    daybook_ledger_stats filled = daybook_ledger_stats_init();
    filled.size = out->size;
    filled.recorded = stats.recorded;
    filled.failures = stats.failures;
    filled.kept = stats.kept;
    filled.retried = stats.retried;
    filled.dropped = stats.dropped;
    std::memcpy(out, &filled, std::min(out->size, sizeof filled));
    if (last_failure == nullptr) return {};
    const std::optional<Error> last = ledger.last_failure();
    *last_failure = last ? new daybook_error{*last} : nullptr;
    return {};
}

}  // namespace
}  // namespace daybook::capi

// The functions themselves stand outside of the namespace: only there they have been declared as
// visible.
using daybook::Result;
using daybook::Run;
using daybook::Status;
using daybook::capi::emit_json;
using daybook::capi::get_stats;
using daybook::capi::guarded;
using daybook::capi::guarded_new;
using daybook::capi::open;
using daybook::capi::require;
using daybook::capi::start_run;
using daybook::capi::view_of;

extern "C" {

daybook_code daybook_ledger_open(const char* directory, const daybook_ledger_options* options,
                                 daybook_ledger** ledger, daybook_error** error) {
    return guarded_new(ledger, error, [&] { return open(directory, options); });
}

void daybook_ledger_close(daybook_ledger* ledger) { delete ledger; }

const char* daybook_ledger_directory(const daybook_ledger* ledger) {
    return ledger == nullptr ? "" : ledger->ledger.directory().c_str();
}

daybook_code daybook_ledger_emit_json(daybook_ledger* ledger, daybook_str event,
                                      daybook_durability durability, char event_id[37],
                                      daybook_error** error) {
    return guarded(error, [&]() -> Status {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return emit_json(ledger->ledger, event, durability, event_id);
    });
}

daybook_code daybook_ledger_flush(daybook_ledger* ledger, daybook_error** error) {
    return guarded(error, [&]() -> Status {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return ledger->ledger.flush();
    });
}

daybook_code daybook_ledger_sync(daybook_ledger* ledger, daybook_error** error) {
    return guarded(error, [&]() -> Status {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return ledger->ledger.sync();
    });
}

daybook_code daybook_ledger_get_stats(const daybook_ledger* ledger, daybook_ledger_stats* stats,
                                      daybook_error** last_failure, daybook_error** error) {
    return guarded(error, [&]() -> Status {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return get_stats(ledger->ledger, stats, last_failure);
    });
}

daybook_code daybook_ledger_start_run(daybook_ledger* ledger, const daybook_run_spec* spec,
                                      daybook_run** run, daybook_error** error) {
    return guarded_new(run, error, [&]() -> Result<Run> {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return start_run(ledger->ledger, spec);
    });
}

daybook_code daybook_ledger_attach(daybook_ledger* ledger, daybook_str run_id, daybook_run** run,
                                   daybook_error** error) {
    return guarded_new(run, error, [&]() -> Result<Run> {
        RETURN_IF_ERROR(require(ledger, "daybook_ledger"));
        return ledger->ledger.attach(view_of(run_id));
    });
}

}  // extern "C"
