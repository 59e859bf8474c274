#include "index/run_state.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace daybook::index {
namespace {

// The columns of runs_status, in the order of tables.cc.
enum StatusColumn : std::size_t {
    kRunId,
    kStartedAt,
    kCompletedAt,
    kSummary,
    kStatus,
    kEndedAt,
    kAttempt,
    kError,
    kArtifactPaths,
    kOwner,
    kLastEvent,
    kDeleted,
    kTrialCount,
    kArtifactCount,
    kExtra,
    kActive,
    kStartedId,
    kAttemptStartedAt,
    kAttemptStartedId,
    kEndType,
    kEndId,
    kFailedPhase,
    kEnvironment,
    kEnvironmentAt,
    kEnvironmentId,
    kDeletedAt,
    kDeletedId,
    kStatusColumns
};

constexpr int kNoEnd = 0;
constexpr int kInterruptedEnd = 1;
constexpr int kRealEnd = 2;

std::string_view end_type(LifeKind kind) {
    switch (kind) {
        case LifeKind::kCompleted: return "completed";
        case LifeKind::kFailed: return "failed";
        case LifeKind::kCancelled: return "cancelled";
        case LifeKind::kInterrupted: return "interrupted";
        default: return {};
    }
}

Cell text_at(const duck::Rows& rows, std::size_t column, Arena& arena) {
    return rows.is_null(column) ? Cell() : Cell::text(arena.keep(rows.get_string(column)));
}

std::optional<Stamp> stamp_at(const duck::Rows& rows, std::size_t time, std::size_t id,
                              Arena& arena) {
    if (rows.is_null(id)) return std::nullopt;
    return Stamp{rows.get_int64(time), arena.keep(rows.get_string(id))};
}

void put_stamp(const std::optional<Stamp>& stamp, Cell* time, Cell* id) {
    if (!stamp) return;
    *time = Cell::integer(stamp->timestamp_ms);
    *id = Cell::text(stamp->event_id);
}

}  // namespace

RunState RunState::from_row(const duck::Rows& rows, Arena& arena) {
    RunState state(arena.keep(rows.get_string(kRunId)));
    state.started_ = stamp_at(rows, kStartedAt, kStartedId, arena);
    state.attempt_ = rows.get_int64(kAttempt);
    state.attempt_started_ = stamp_at(rows, kAttemptStartedAt, kAttemptStartedId, arena);
    state.owner_ = text_at(rows, kOwner, arena);
    if (const Cell type = text_at(rows, kEndType, arena); !type.is_null()) {
        state.end_type_ = type.as_text();
        state.end_class_ = state.end_type_ == "interrupted" ? kInterruptedEnd : kRealEnd;
        state.end_ = *stamp_at(rows, kEndedAt, kEndId, arena);
    }
    state.summary_ = text_at(rows, kSummary, arena);
    state.error_ = text_at(rows, kError, arena);
    state.artifact_paths_ = text_at(rows, kArtifactPaths, arena);
    state.failed_phase_ = text_at(rows, kFailedPhase, arena);
    state.extra_ = text_at(rows, kExtra, arena);
    state.environment_ = text_at(rows, kEnvironment, arena);
    state.environment_stamp_ = stamp_at(rows, kEnvironmentAt, kEnvironmentId, arena);
    state.deleted_ = rows.get_bool(kDeleted);
    state.deleted_stamp_ = stamp_at(rows, kDeletedAt, kDeletedId, arena);
    state.last_event_ms_ = rows.get_int64(kLastEvent);
    state.active_ = rows.get_bool(kActive);
    state.trials_ = rows.get_int64(kTrialCount);
    state.artifacts_ = rows.get_int64(kArtifactCount);
    return state;
}

void RunState::touch(std::int64_t timestamp_ms, bool is_active) {
    last_event_ms_ = std::max(last_event_ms_, timestamp_ms);
    active_ = active_ || is_active;
}

void RunState::enter_attempt(std::int64_t attempt) {
    if (attempt <= attempt_) return;
    attempt_ = attempt;
    attempt_started_.reset();
    owner_ = {};
    end_class_ = kNoEnd;
    end_type_ = {};
    end_ = {};
    summary_ = error_ = artifact_paths_ = failed_phase_ = extra_ = Cell();
}

void RunState::merge(const LifeEvent& event, const Stamp& stamp) {
    switch (event.kind) {
        case LifeKind::kEnvironment:
            if (!environment_stamp_ || stamp >= *environment_stamp_) {
                environment_stamp_ = stamp;
                environment_ = event.extra;
            }
            return;
        case LifeKind::kDeleted:
        case LifeKind::kRestored:
            if (!deleted_stamp_ || stamp >= *deleted_stamp_) {
                deleted_stamp_ = stamp;
                deleted_ = event.kind == LifeKind::kDeleted;
            }
            return;
        case LifeKind::kStarted:
            if (!started_ || stamp <= *started_) started_ = stamp;
            enter_attempt(event.attempt);
            if (event.attempt == attempt_ && (!attempt_started_ || stamp <= *attempt_started_)) {
                attempt_started_ = stamp;
                owner_ = event.owner;
            }
            return;
        default: break;
    }
    enter_attempt(event.attempt);
    const int end_class = event.kind == LifeKind::kInterrupted ? kInterruptedEnd : kRealEnd;
    if (event.attempt < attempt_ || std::tie(end_class, stamp) < std::tie(end_class_, end_)) return;
    end_class_ = end_class;
    end_type_ = end_type(event.kind);
    end_ = stamp;
    summary_ = event.summary;
    error_ = event.error;
    artifact_paths_ = event.artifact_paths;
    failed_phase_ = event.failed_phase;
    extra_ = event.extra;
}

std::string_view RunState::status() const {
    if (has_ended()) return end_type_;
    return active_ ? "running" : "pending";
}

void RunState::to_row(std::span<Cell> cells) const {
    DAYBOOK_CHECK(cells.size() == kStatusColumns);
    cells[kRunId] = Cell::text(run_id_);
    put_stamp(started_, &cells[kStartedAt], &cells[kStartedId]);
    put_stamp(attempt_started_, &cells[kAttemptStartedAt], &cells[kAttemptStartedId]);
    if (has_ended()) {
        put_stamp(end_, &cells[kEndedAt], &cells[kEndId]);
        cells[kEndType] = Cell::text(end_type_);
        if (end_type_ == "completed") cells[kCompletedAt] = cells[kEndedAt];
    }
    cells[kSummary] = summary_;
    cells[kStatus] = Cell::text(status());
    cells[kAttempt] = Cell::integer(attempt_);
    cells[kError] = error_;
    cells[kArtifactPaths] = artifact_paths_;
    cells[kOwner] = owner_;
    cells[kLastEvent] = Cell::integer(last_event_ms_);
    cells[kDeleted] = Cell::boolean(deleted_);
    cells[kTrialCount] = Cell::integer(trials_);
    cells[kArtifactCount] = Cell::integer(artifacts_);
    cells[kExtra] = extra_;
    cells[kActive] = Cell::boolean(active_);
    cells[kFailedPhase] = failed_phase_;
    cells[kEnvironment] = environment_;
    put_stamp(environment_stamp_, &cells[kEnvironmentAt], &cells[kEnvironmentId]);
    put_stamp(deleted_stamp_, &cells[kDeletedAt], &cells[kDeletedId]);
}

}  // namespace daybook::index
