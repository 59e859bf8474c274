#include "support/event_generator.h"

#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "base/random.h"
#include "event/event_id.h"
#include "log/layout.h"
#include "log/line.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kPhases = 6;
constexpr std::int64_t kFirstMs = 1'767'225'600'000;  // 2026-01-01
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kFlushBytes = std::size_t{4} << 20;

// One part after the other, each filled up to its limit.
class Parts {
public:
    explicit Parts(std::string directory) : layout_(std::move(directory)) {}

    std::string& buffer() { return buffer_; }

    // The line that begins at `begin` in the buffer is complete but for its trailer.
    Status finish_line(std::size_t begin, Day day) {
        log::append_trailer(buffer_, begin, log::Seq(++seq_), log::Seq(0));
        if (buffer_.size() < kFlushBytes) return {};
        return flush(day);
    }

    // The parts of the day before are complete.
    void begin_day() {
        fd_ = os::UniqueFd();
        number_ = 0;
        seq_ = 0;
    }

    Status flush(Day day) {
        if (buffer_.empty()) return {};
        if (!fd_.valid() || written_ >= kPartBytesMax) RETURN_IF_ERROR(begin_part(day));
        const os::WriteOutcome outcome = os::write_all(fd_.get(), buffer_, "part");
        if (outcome.error) return fail(*outcome.error);
        written_ += buffer_.size();
        buffer_.clear();
        // The lines after the limit belong to the next part, whose sequence begins at 1.
        if (written_ >= kPartBytesMax) seq_ = 0;
        return {};
    }

private:
    Status begin_part(Day day) {
        const log::PartId part{day, log::PartNumber(++number_)};
        RETURN_IF_ERROR(os::make_dirs(layout_.day_dir(day)));
        ASSIGN_OR_RETURN(fd_, os::open_fd(layout_.part_path(part), O_WRONLY | O_CREAT | O_TRUNC));
        written_ = 0;
        return {};
    }

    log::Layout layout_;
    os::UniqueFd fd_;
    std::string buffer_;
    std::uint64_t written_ = 0;
    std::uint64_t seq_ = 0;
    std::uint32_t number_ = 0;
};

}  // namespace

class EventGenerator::Writer {
public:
    Writer(std::string directory, const EventPlan& plan)
        : parts_(std::move(directory)), ids_(plan.seed), random_(plan.seed), plan_(plan) {}

    Status write(std::int64_t count) {
        for (const std::int64_t end = index_ + count; index_ < end; ++index_) {
            const TimestampMs time = time_of(index_);
            if (day_of(time) != day_) {
                RETURN_IF_ERROR(parts_.flush(day_));
                parts_.begin_day();
                day_ = day_of(time);
            }
            RETURN_IF_ERROR(emit(index_, time));
        }
        return parts_.flush(day_);
    }

private:
    TimestampMs time_of(std::int64_t index) const {
        if (plan_.events_per_day == 0) return TimestampMs(kFirstMs + index / 20);
        const std::int64_t day = index / plan_.events_per_day;
        const std::int64_t place = index % plan_.events_per_day;
        return TimestampMs(kFirstMs + day * kDayMs + place * kDayMs / plan_.events_per_day);
    }

    Status emit(std::int64_t index, TimestampMs time) {
        const std::int64_t place = index % plan_.events_per_run;
        std::string& out = parts_.buffer();
        const std::size_t begin = out.size();
        fmt::format_to(std::back_inserter(out),
                       R"({{"event_type":"{}","event_id":"{}","timestamp_ms":{},)"
                       R"("run_id":"run-{:07}")",
                       type_of(place), ids_.next(time).to_string(), time.value(),
                       index / plan_.events_per_run);
        append_payload(place, out);
        return parts_.finish_line(begin, day_);
    }

    // Of the places that are trials.
    bool is_heartbeat(std::int64_t place) const { return plan_.light && place % 4 != 0; }

    std::string_view type_of(std::int64_t place) const {
        if (place == 0) return "run.created";
        if (place == 1) return "run.started";
        if (place < 2 + 2 * kPhases) return place % 2 == 0 ? "phase.started" : "phase.completed";
        if (place == plan_.events_per_run - 2) return "artifact.created";
        if (place == plan_.events_per_run - 1) return "run.completed";
        return is_heartbeat(place) ? "run.heartbeat" : "trial.recorded";
    }

    // A number with four decimals below `limit`.
    double decimal(std::uint64_t limit) {
        return static_cast<double>(random_.next() % (limit * 10'000)) / 10'000.0;
    }

    void append_payload(std::int64_t place, std::string& out) {
        auto at = std::back_inserter(out);
        if (place == 0) {
            fmt::format_to(at,
                           R"(,"run_type":"grid_search","config":{{"interval":"1m","fee_bps":30,)"
                           R"("slippage_bps":10,"seed":{}}},"data_fingerprint":"{:016x}",)"
                           R"("tags":{{"desk":"alpha"}})",
                           random_.next() % 1000, random_.next());
        } else if (place == 1) {
            fmt::format_to(at, R"(,"attempt":1)");
        } else if (place < 2 + 2 * kPhases) {
            const std::int64_t order = (place - 2) / 2;
            fmt::format_to(at, R"(,"phase_name":"phase_{}")", order);
            if (place % 2 != 0) {
                fmt::format_to(at, R"(,"duration_ms":{},"output_summary":{{"rows":{}}})",
                               random_.next() % 1000, random_.next() % 100'000);
            }
            fmt::format_to(at, R"(,"phase_order":{})", order);
        } else if (place == plan_.events_per_run - 2) {
            fmt::format_to(at,
                           R"(,"artifact_type":"trades","artifact_path":"trades.parquet",)"
                           R"("size_bytes":{},"rows":{})",
                           random_.next() % 1'000'000, random_.next() % 10'000);
        } else if (place == plan_.events_per_run - 1) {
            fmt::format_to(at,
                           R"(,"summary":{{"best":{}}},"artifact_paths":{{"trades":)"
                           R"("trades.parquet"}})",
                           decimal(10));
        } else if (is_heartbeat(place)) {
            fmt::format_to(at, R"(,"step":{},"equity":{})", place, decimal(2));
        } else if (plan_.light) {
            fmt::format_to(at,
                           R"(,"trial_id":"{}","params":{{"stop_pct":{}}},)"
                           R"("metrics":{{"sharpe":{}}})",
                           place, decimal(1), decimal(5));
        } else {
            fmt::format_to(at,
                           R"(,"trial_id":"fixed_stop_{}","params":{{"kind":"fixed_stop",)"
                           R"("stop_pct":{},"take_profit_pct":{},"max_hold_ms":{}}},"metrics":{{)"
                           R"("sharpe":{},"mean_return_bps":{},"stop_out_rate":{},)"
                           R"("max_adverse_bps":{},"tail_capture":{}}})",
                           place, decimal(1), decimal(3), random_.next() % 86'400'000, decimal(5),
                           decimal(900), decimal(1), -decimal(3000), decimal(1));
        }
    }

    Parts parts_;
    event::EventIdGenerator ids_;
    SeededRandom random_;
    EventPlan plan_;
    std::int64_t index_ = 0;  // of the next event
    Day day_ = day_of(TimestampMs(kFirstMs));
};

EventGenerator::EventGenerator(std::string directory, const EventPlan& plan)
    : writer_(std::make_unique<Writer>(std::move(directory), plan)) {}
EventGenerator::~EventGenerator() = default;
Status EventGenerator::write(std::int64_t count) { return writer_->write(count); }

}  // namespace daybook::testing
