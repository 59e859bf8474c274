#include "cli/run_recorder.h"

#include <utility>

#include <fmt/format.h>

namespace daybook::cli {
namespace {

constexpr std::uint64_t kRemarksMax = 20;

}  // namespace

void RunNotes::remark(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (++remarks_ <= kRemarksMax && !quiet_) tell_(text);
}

void RunNotes::tell(std::string_view text) {
    const std::lock_guard lock(mutex_);
    tell_(text);
}

void RunNotes::warn(std::string_view text) {
    const std::lock_guard lock(mutex_);
    has_warned_ = true;
    tell_(text);
}

bool RunNotes::has_warned() const {
    const std::lock_guard lock(mutex_);
    return has_warned_;
}

void RunNotes::finish() {
    const std::lock_guard lock(mutex_);
    if (remarks_ > kRemarksMax && !quiet_) {
        tell_(fmt::format("{} more of such remarks", remarks_ - kRemarksMax));
    }
}

void RunRecorder::emit(const event::Payload& payload) {
    const auto receipt = emitter_.emit(run_id_, payload);
    if (!receipt) {
        ++refused_;
        notes_.warn("not recorded: " + receipt.error().message());
    }
    has_unsynced_ = true;
}

Status RunRecorder::emit_json(std::string_view event) {
    const auto receipt = emitter_.emit_json(event, std::nullopt);
    if (!receipt) return fail(receipt.error());
    has_unsynced_ = true;
    return {};
}

void RunRecorder::sync() {
    if (!has_unsynced_.exchange(false)) return;
    const Status synced = emitter_.sync();
    if (synced) return;
    // What is kept has been told of, and is tried again with the next call.
    if (emitter_.stats().kept > 0) {
        has_unsynced_ = true;
    } else {
        has_lost_ = true;
        notes_.warn(synced.error().message());
    }
}

bool RunRecorder::has_all() const { return lost() == 0 && !has_lost_; }

Status RunRecorder::check_all() const {
    if (has_all()) return {};
    if (const std::optional<Error> refusal = emitter_.last_failure()) return fail(*refusal);
    return fail(ErrorCode::kIo, "the ledger does not have what was recorded");
}

std::uint64_t RunRecorder::lost() const {
    emitter_.retry();
    const LedgerStats stats = emitter_.stats();
    return stats.kept + stats.dropped + refused_;
}

}  // namespace daybook::cli
