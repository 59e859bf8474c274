#include "mixed_actors.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "daybook/ledger.h"
#include "index/builder.h"
#include "log/follow.h"
#include "log/layout.h"
#include "log/scan.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kMsNs = 1'000'000;

void pause_ms(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// In small steps: who waits is to see that the end has come.
void pause_until(std::int64_t monotonic_ns, const std::atomic<bool>& stop) {
    while (!stop) {
        const std::int64_t left_ms = (monotonic_ns - system_clock().monotonic_ns()) / kMsNs;
        if (left_ms <= 0) return;
        pause_ms(std::min<std::int64_t>(left_ms, 50));
    }
}

// What is wrong with a line that follows the one numbered `last` in its part.
Status check_line(const log::PartId& part, const log::Line& line, log::Seq& last) {
    if (line.kind != log::LineKind::kOurs) {
        return daybook::fail(ErrorCode::kCorrupt, "{} at {}: {}", log::to_string(part),
                             line.offset.value(), log::to_string(line.damage));
    }
    if (line.seq != last + 1) {
        return daybook::fail(ErrorCode::kCorrupt, "{} at {}: seq {} after {}", log::to_string(part),
                             line.offset.value(), line.seq.value(), last.value());
    }
    last = line.seq;
    return {};
}

// Looks for whole lines that were not read yet.
class Reading {
public:
    virtual ~Reading() = default;
    virtual Status read_on(std::atomic<std::uint64_t>& lines) = 0;
};

class Following final : public Reading {
public:
    explicit Following(log::Follower follower) : follower_(std::move(follower)) {}

    Status read_on(std::atomic<std::uint64_t>& lines) override {
        Status status;
        RETURN_IF_ERROR(follower_.poll([&](const log::PartId& part, const log::Line& line) {
            status = check_line(part, line, last_[part]);
            ++lines;
            return status.has_value();
        }));
        return status;
    }

private:
    log::Follower follower_;
    std::map<log::PartId, log::Seq> last_;
};

class ReadingParts final : public Reading {
public:
    explicit ReadingParts(log::Layout layout) : layout_(std::move(layout)) {}

    Status read_on(std::atomic<std::uint64_t>& lines) override {
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout_));
        for (const log::PartInfo& part : parts) {
            auto found = readers_.find(part.id);
            if (found == readers_.end()) {
                ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout_, part.id));
                found = readers_.emplace(part.id, std::move(reader)).first;
            } else {
                RETURN_IF_ERROR(found->second.refresh());
            }
            while (true) {
                ASSIGN_OR_RETURN(const std::optional<log::Line> line, found->second.next());
                if (!line) break;
                RETURN_IF_ERROR(check_line(part.id, *line, last_[part.id]));
                ++lines;
            }
        }
        return {};
    }

private:
    log::Layout layout_;
    std::map<log::PartId, log::PartReader> readers_;
    std::map<log::PartId, log::Seq> last_;
};

}  // namespace

Status write_events(const std::string& directory, Board& board, std::size_t number,
                    double events_per_second) {
    std::atomic<std::uint64_t>& written = board.written[number];
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(directory));
    ASSIGN_OR_RETURN(Run run, ledger.start_run({.type = "mixed", .capture = Capture::kNone}));
    written += 2;  // It was created, and it started.
    const std::int64_t began_ns = system_clock().monotonic_ns();
    for (std::uint64_t i = 0; !board.writers_stop; ++i) {
        const auto due_ns =
            began_ns + static_cast<std::int64_t>(1e9 * static_cast<double>(i) / events_per_second);
        pause_until(due_ns, board.writers_stop);
        if (i % 3 == 0) {
            RETURN_IF_ERROR(run.record_metrics({{"loss", 1.0 / static_cast<double>(i + 1)}},
                                               {.durability = Durability::kBuffered}));
        } else {
            RETURN_IF_ERROR(run.record_trial(fmt::format("{}-{}", number, i), {{"stop", 0.05}},
                                             {{"sharpe", static_cast<double>(i)}}));
        }
        ++written;
    }
    RETURN_IF_ERROR(run.complete());
    ++written;
    return ledger.sync();
}

Status read_events(const std::string& directory, Board& board, std::size_t number) {
    const log::Layout layout(directory);
    std::unique_ptr<Reading> reading;
    if (number % 2 == 0) {
        ASSIGN_OR_RETURN(log::Follower follower,
                         log::Follower::open(layout, log::Follower::Start::kBeginning));
        reading = std::make_unique<Following>(std::move(follower));
    } else {
        reading = std::make_unique<ReadingParts>(layout);
    }
    for (bool last_round = false; !last_round;) {
        last_round = board.readers_stop;
        RETURN_IF_ERROR(reading->read_on(board.read[number]));
        if (!last_round) pause_ms(20);
    }
    return {};
}

Status index_events(const std::string& directory, Board& board) {
    for (bool last_round = false; !last_round;) {
        last_round = board.readers_stop;
        const std::int64_t began_ns = system_clock().monotonic_ns();
        constexpr std::uint64_t kMemoryBytes = std::uint64_t{256} << 20;
        ASSIGN_OR_RETURN(const index::BuildReport report,
                         index::build(directory, {.threads = 1, .memory_bytes_max = kMemoryBytes}));
        if (report.duplicates + report.conflicts + report.damaged + report.foreign > 0 ||
            !report.rebuilt.empty()) {
            return daybook::fail(ErrorCode::kCorrupt,
                                 "index: {} copies, {} conflicts, {} damaged, {} foreign lines; "
                                 "built again because: {}",
                                 report.duplicates, report.conflicts, report.damaged,
                                 report.foreign, report.rebuilt);
        }
        board.indexed += report.events;
        board.snapshots += report.published ? std::uint64_t{1} : 0;
        // A fifth of the time, however large the index has become.
        const std::int64_t now_ns = system_clock().monotonic_ns();
        pause_until(now_ns + 4 * (now_ns - began_ns), board.readers_stop);
    }
    return {};
}

}  // namespace daybook::testing
