#include "lifecycle/incoming_events.h"

#include <algorithm>
#include <span>

#include "base/hash.h"
#include "base/limits.h"
#include "index/event_key.h"
#include "log/line.h"
#include "os/kill_point.h"

namespace daybook::lifecycle {
namespace {

// As much as the writer writes at once.
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;

}  // namespace

bool fits_line(std::string_view body) {
    return body.size() + log::kTrailerBytesMax <= kLineBytesMax;
}

Status IncomingEvents::know_day(Day day) {
    if (known_.has_day(day)) return {};
    // A day that has to go for it may have events that only wait.
    if (known_.is_full()) RETURN_IF_ERROR(flush());
    return known_.read_day(day);
}

Result<bool> IncomingEvents::has(std::string_view event_id, TimestampMs timestamp) {
    if (!has_day(timestamp)) return false;
    const Day day = day_of(timestamp);
    RETURN_IF_ERROR(know_day(day));
    return known_.has(day, index::event_key(event_id));
}

Result<std::optional<std::uint64_t>> IncomingEvents::insert(Day day, std::string_view event_id,
                                                            std::uint64_t content) {
    const Hash128 id = index::event_key(event_id);
    if (wanted_ != nullptr) return wanted_->insert(id, content);
    // Under the id of an event of its own day another one may come, with a time of another day.
    const std::optional<Day> id_day = day_of_id(event_id);
    if (id_day && *id_day != day) {
        RETURN_IF_ERROR(know_day(*id_day));
        if (const auto there = known_.find(*id_day, id)) return there;
    }
    RETURN_IF_ERROR(know_day(day));
    return known_.insert(day, id, content);
}

Status IncomingEvents::take(std::string_view body, const json::Envelope& event) {
    if (!has_day(event.timestamp)) {
        return fail(ErrorCode::kInvalidArgument,
                    "event {}: its timestamp_ms {} lies outside the years 0 to 9999",
                    event.event_id, event.timestamp.value());
    }
    if (!fits_line(body)) {
        return fail(ErrorCode::kLimit, "event {}: with {} bytes it fits into no line",
                    event.event_id, body.size());
    }
    const Day day = day_of(event.timestamp);
    ++report_.events;
    report_.first_day = std::min(report_.first_day.value_or(day), day);
    report_.last_day = std::max(report_.last_day.value_or(day), day);
    const std::uint64_t content = xxh3_64(body);
    ASSIGN_OR_RETURN(const std::optional<std::uint64_t> there,
                     insert(day, event.event_id, content));
    if (there) {
        if (*there == content) {
            ++report_.known;
            return {};
        }
        ++report_.changed;
        if (report_.changed_ids.size() < kListedMax) {
            report_.changed_ids.emplace_back(event.event_id);
        }
        return {};
    }
    if (log_ == nullptr) {
        ++report_.written;
        report_.bytes += body.size();
        return {};
    }
    text_ += body;
    waiting_.push_back({.end = text_.size(), .timestamp = event.timestamp});
    return text_.size() < kBatchBytes ? Status() : flush();
}

Status IncomingEvents::flush() {
    if (waiting_.empty()) return {};
    if (before_append_) RETURN_IF_ERROR(before_append_());
    drafts_.clear();
    std::size_t begin = 0;
    for (const Waiting& event : waiting_) {
        drafts_.push_back({.text = std::span(text_).subspan(begin, event.end - begin),
                           .timestamp = event.timestamp});
        begin = event.end;
    }
    log::AppendOutcome outcome = log_->append_kept(drafts_, Durability::kProcess);
    report_.written += outcome.accepted;
    if (outcome.accepted > 0) report_.bytes += waiting_[outcome.accepted - 1].end;
    os::kill_point(os::KillPoint::kImportAppended);
    if (outcome.error) return fail(std::move(*outcome.error));
    text_.clear();
    waiting_.clear();
    return {};
}

}  // namespace daybook::lifecycle
