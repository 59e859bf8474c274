#include "cli/report_worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

// How often the file of metrics is looked at.
constexpr std::int64_t kLookMs = 250;
constexpr std::size_t kQueuedBytesMax = std::size_t{16} << 20;

std::int64_t now_ms() { return system_clock().monotonic_ns() / 1'000'000; }

}  // namespace

ReportWorker::ReportWorker(ProgramReports& reports, RunNotes& notes)
    : reports_(reports), notes_(notes), thread_([this] { run(); }) {}

void ReportWorker::add_output(os::OutputStream stream, std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queued_bytes_ < kQueuedBytesMax; });
    queue_.push_back({stream, std::string(bytes)});
    queued_bytes_ += bytes.size();
    changed_.notify_all();
}

void ReportWorker::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_finishing_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void ReportWorker::run() {
    std::int64_t look_at_ms = now_ms();
    std::unique_lock lock(mutex_);
    while (!is_finishing_ || !queue_.empty()) {
        const std::chrono::milliseconds pause(std::max<std::int64_t>(look_at_ms - now_ms(), 0));
        changed_.wait_for(lock, pause, [this] { return is_finishing_ || !queue_.empty(); });
        std::deque<Block> blocks = std::exchange(queue_, {});
        lock.unlock();
        std::size_t bytes = 0;
        for (const Block& block : blocks) {
            read(block);
            bytes += block.bytes.size();
        }
        if (now_ms() >= look_at_ms) {
            reports_.look_at_file();
            look_at_ms = now_ms() + kLookMs;
        }
        lock.lock();
        queued_bytes_ -= bytes;
        changed_.notify_all();
    }
    lock.unlock();
    reports_.finish();
    if (unread_bytes_ > 0) {
        notes_.warn(
            fmt::format("interrupted: reports in the last {} bytes of its output are not recorded",
                        unread_bytes_));
    }
}

void ReportWorker::read(const Block& block) {
    if (os::interrupted()) {
        unread_bytes_ += block.bytes.size();
    } else {
        reports_.add_output(block.stream, block.bytes);
    }
}

}  // namespace daybook::cli
