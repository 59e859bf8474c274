// Writes a log of many events, the same for the same seed, as fast as a disk takes them:
//
//     generate_events DIR [EVENTS=1000000] [SEED=1] [EVENTS_PER_RUN=1000]
//
// Runs of 1,000 events: created, started, six phases started and completed, 984 trials with four
// parameters and five metrics, an artifact, completed.  About 390 bytes a line.  Shorter or longer
// runs differ in the number of trials.  Events go to DIR/events/day=…/part-….jsonl in parts of
// 100 MiB, with seq and checksum as a writer makes them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "base/random.h"
#include "event/event_id.h"
#include "log/layout.h"
#include "log/line.h"
#include "os/file.h"

namespace daybook {
namespace {

constexpr std::int64_t kEventsPerRunDefault = 1000;
constexpr std::int64_t kPhases = 6;
// All but the trials.
constexpr std::int64_t kEventsPerRunMin = 4 + 2 * kPhases;
constexpr std::int64_t kFirstMs = 1'767'225'600'000;  // 2026-01-01
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

    Status flush(Day day) {
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

class Generator {
public:
    Generator(std::string directory, std::uint64_t seed, std::int64_t events_per_run)
        : parts_(std::move(directory)), ids_(seed), random_(seed), per_run_(events_per_run) {}

    Status run(std::int64_t events) {
        for (std::int64_t i = 0; i < events; ++i) RETURN_IF_ERROR(emit(i));
        return parts_.flush(day_of(TimestampMs(kFirstMs)));
    }

private:
    Status emit(std::int64_t index) {
        const std::int64_t place = index % per_run_;
        const TimestampMs time(kFirstMs + index / 20);
        std::string& out = parts_.buffer();
        const std::size_t begin = out.size();
        fmt::format_to(std::back_inserter(out),
                       R"({{"event_type":"{}","event_id":"{}","timestamp_ms":{},)"
                       R"("run_id":"run-{:07}")",
                       type_of(place), ids_.next(time).to_string(), time.value(), index / per_run_);
        append_payload(place, out);
        return parts_.finish_line(begin, day_of(TimestampMs(kFirstMs)));
    }

    std::string_view type_of(std::int64_t place) const {
        if (place == 0) return "run.created";
        if (place == 1) return "run.started";
        if (place < 2 + 2 * kPhases) return place % 2 == 0 ? "phase.started" : "phase.completed";
        if (place == per_run_ - 2) return "artifact.created";
        if (place == per_run_ - 1) return "run.completed";
        return "trial.recorded";
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
        } else if (place == per_run_ - 2) {
            fmt::format_to(at,
                           R"(,"artifact_type":"trades","artifact_path":"trades.parquet",)"
                           R"("size_bytes":{},"rows":{})",
                           random_.next() % 1'000'000, random_.next() % 10'000);
        } else if (place == per_run_ - 1) {
            fmt::format_to(at,
                           R"(,"summary":{{"best":{}}},"artifact_paths":{{"trades":)"
                           R"("trades.parquet"}})",
                           decimal(10));
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
    std::int64_t per_run_;
};

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    const auto number = [&](int position, std::int64_t otherwise) {
        return argc > position ? std::strtoll(argv[position], nullptr, 10) : otherwise;
    };
    const std::int64_t per_run = number(4, daybook::kEventsPerRunDefault);
    if (argc < 2 || per_run < daybook::kEventsPerRunMin) {
        std::fprintf(stderr,
                     "usage: generate_events DIR [EVENTS=1000000] [SEED=1] [EVENTS_PER_RUN=1000]\n"
                     "a run has at least %lld events\n",
                     static_cast<long long>(daybook::kEventsPerRunMin));
        return 2;
    }
    const auto seed = static_cast<std::uint64_t>(number(3, 1));
    const daybook::Status status =
        daybook::Generator(argv[1], seed, per_run).run(number(2, 1'000'000));
    if (!status) {
        std::fprintf(stderr, "generate_events: %s\n", status.error().message().c_str());
        return 1;
    }
    return 0;
}
