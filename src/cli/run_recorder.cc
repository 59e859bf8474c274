#include "cli/run_recorder.h"

#include <array>
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

bool RunRecorder::emit(const event::Payload& payload) {
    if (log_ == nullptr) {
        const std::lock_guard lock(mutex_);
        ++lost_;
        return false;
    }
    const auto receipt = log_->emit(run_id_, payload);
    if (!receipt) lose(receipt.error());
    const std::lock_guard lock(mutex_);
    has_unsynced_ = true;
    return receipt.has_value();
}

Status RunRecorder::emit_json(std::string_view event) {
    if (log_ == nullptr) {
        const std::lock_guard lock(mutex_);
        ++lost_;
        return {};
    }
    const std::array<std::string_view, 1> one = {event};
    const ledger::BatchOutcome outcome = log_->emit_json_batch(one, std::nullopt, true);
    if (!outcome.rejections.empty()) return fail(outcome.rejections.front().error);
    if (outcome.log_error) lose(*outcome.log_error);
    const std::lock_guard lock(mutex_);
    has_unsynced_ = true;
    return {};
}

void RunRecorder::sync() {
    {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(has_unsynced_, false)) return;
    }
    if (const Status synced = log_->sync(); !synced) notes_.warn(synced.error().message());
}

void RunRecorder::lose(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (++lost_ > 1) return;
    notes_.warn(fmt::format("not recorded: {}; the program goes on", error.message()));
}

std::uint64_t RunRecorder::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

}  // namespace daybook::cli
