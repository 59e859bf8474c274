#include "index/batch_reader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "json/document.h"
#include "os/file.h"

namespace daybook::index {
namespace {

// What one thread reads and decodes at a time.
constexpr std::size_t kSliceBytes = std::size_t{2} << 20;

// What a byte of the log may become before its batch ends early.  Trials take 1.6 bytes; an event
// with a hundred metrics becomes a hundred rows, and ten times its size.
constexpr std::uint64_t kStagedPerByte = 3;

// A stretch of whole lines.
struct Slice {
    std::string_view bytes;
    ByteOffset offset{};  // in the part
    std::uint32_t part = 0;
};

// What a slice adds to its part's state.
struct SliceCount {
    std::uint64_t lines = 0;
    std::uint64_t damaged = 0;
    log::Line first;
    log::Line last;
};

SliceCount decode_slice(const Slice& slice, Decoder& decoder, Staging& staging) {
    SliceCount count;
    log::Scanner scanner(slice.bytes, slice.offset);
    while (const auto line = scanner.next()) {
        if (count.lines == 0) count.first = *line;
        count.last = *line;
        ++count.lines;
        decoder.decode(*line, slice.part, staging);
    }
    count.damaged = staging.damage.size();
    return count;
}

void add_count(const SliceCount& count, const Staging& staging, PartState& part) {
    if (count.lines == 0) return;
    if (part.lines == 0) {
        part.first_offset = count.first.offset.value();
        part.first_checksum = count.first.checksum;
    }
    part.lines += count.lines;
    part.damaged += count.damaged;
    part.foreign += staging.foreign;
    part.last_offset = count.last.offset.value();
    part.last_checksum = count.last.checksum;
    part.bytes = count.last.end().value();
}

// Memory for `bytes` and what a parser may read behind them.
os::Pages pages_for(std::size_t bytes) {
    constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;
    const std::size_t size = bytes + json::kPadding;
    const std::size_t unit = size >= kLargePageBytes ? kLargePageBytes : std::size_t{4096};
    return os::Pages((size + unit - 1) / unit * unit);
}

// Reads the parts of one batch, a slice at a time.
class SliceReader {
public:
    SliceReader(const log::LogSource& source, std::vector<PartWork>& work, std::size_t* at,
                std::uint64_t room, Batch& batch)
        : source_(source), work_(work), at_(*at), room_(room), batch_(batch) {}

    // The next whole lines; nullopt at the end of the batch.
    Result<std::optional<Slice>> next();

    // The part of the work that each part of the batch is.
    const std::vector<std::size_t>& positions() const { return positions_; }

private:
    Status open_part();
    void close_part();
    // Reads more of the part; whether there was more.
    Result<bool> read_more();
    Slice cut(std::size_t end);

    const log::LogSource& source_;
    std::vector<PartWork>& work_;
    std::size_t& at_;
    std::uint64_t room_;
    Batch& batch_;
    std::vector<std::size_t> positions_;

    // Of the part that is being read: batch_.bytes.back()[0, filled_) is it from base_ on, up to
    // limit_ bytes; what is before begin_ has been given out.
    log::OpenPart file_;
    ByteOffset base_{};
    std::size_t limit_ = 0;
    std::size_t begin_ = 0;
    std::size_t filled_ = 0;
};

Status SliceReader::open_part() {
    const PartWork& part = work_[at_];
    ASSIGN_OR_RETURN(file_, log::open_part(source_, part.id));
    base_ = ByteOffset(part.state.bytes);
    const std::uint64_t left = base_ < part.size ? part.size - base_ : 0;
    limit_ = static_cast<std::size_t>(std::min(left, room_));
    begin_ = filled_ = 0;
    batch_.bytes.push_back(pages_for(limit_));
    return {};
}

void SliceReader::close_part() {
    file_ = log::OpenPart();
    room_ -= std::min<std::uint64_t>(room_, begin_);
    const PartWork& part = work_[at_];
    // What is left of the room would make a small chunk of a large part: the next batch reads it.
    if (begin_ > 0 && ByteOffset(part.state.bytes) < part.size && limit_ < part.size - base_) {
        room_ = 0;
    } else {
        ++at_;
    }
}

Result<bool> SliceReader::read_more() {
    const PartWork& part = work_[at_];
    if (filled_ == limit_) {
        // A line that is longer than the room: it is read all the same.
        if (begin_ > 0 || limit_ >= part.size - base_) return false;
        limit_ = static_cast<std::size_t>(
            std::min<std::uint64_t>(std::uint64_t{limit_} * 2, part.size - base_));
        os::Pages larger = pages_for(limit_);
        std::memcpy(larger.data(), batch_.bytes.back().data(), filled_);
        batch_.bytes.back() = std::move(larger);
    }
    char* place = batch_.bytes.back().data() + filled_;
    const std::size_t size = std::min(kSliceBytes, limit_ - filled_);
    ASSIGN_OR_RETURN(const std::size_t got,
                     os::read_at(file_.fd.get(), base_ + filled_, {place, size}, file_.path));
    filled_ += got;
    if (got < size) limit_ = filled_;  // It is shorter than it was.
    if (filled_ == limit_) {
        std::memset(batch_.bytes.back().data() + filled_, 0, json::kPadding);
    }
    return got > 0;
}

Slice SliceReader::cut(std::size_t end) {
    PartWork& part = work_[at_];
    if (positions_.empty() || positions_.back() != at_) {
        positions_.push_back(at_);
        batch_.again = part.again;
        batch_.parts.push_back(part.state);
    }
    const std::string_view bytes(batch_.bytes.back().data() + begin_, end - begin_);
    const Slice slice{bytes, base_ + begin_, static_cast<std::uint32_t>(positions_.size() - 1)};
    begin_ = end;
    part.state.bytes += bytes.size();
    batch_.lines_bytes += bytes.size();
    return slice;
}

Result<std::optional<Slice>> SliceReader::next() {
    while (file_.fd.valid() || (at_ < work_.size() && room_ > 0)) {
        if (!file_.fd.valid()) {
            if (!positions_.empty() && batch_.again != work_[at_].again) break;
            RETURN_IF_ERROR(open_part());
        }
        ASSIGN_OR_RETURN(const bool has_more, read_more());
        // Another thread reads on while a slice is parsed, and a parser looks behind its end: there
        // must be bytes that stay as they are.
        const std::size_t settled =
            filled_ == limit_ ? filled_ : filled_ - std::min(filled_, json::kPadding);
        const std::string_view unread(batch_.bytes.back().data() + begin_,
                                      std::max(settled, begin_) - begin_);
        const std::size_t newline = unread.rfind('\n');
        if (newline != std::string_view::npos) return cut(begin_ + newline + 1);
        if (!has_more) close_part();
    }
    return std::nullopt;
}

// What the threads that decode a batch share.
class SliceCrew {
public:
    SliceCrew(SliceReader& reader, Batch& batch, const ReaderOptions& options)
        : reader_(reader),
          batch_(batch),
          upcaster_(options.upcaster),
          staged_bytes_max_(std::max<std::uint64_t>(options.batch_bytes, kSliceBytes) *
                            kStagedPerByte) {
        for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
            batch.arenas.push_back(std::make_unique<PageArena>(&staged_bytes_));
        }
    }

    // One thread's work: until there are no more slices.
    void work(PageArena* arena) {
        Decoder decoder(upcaster_);
        const Staging* last = nullptr;
        while (Job* job = claim(arena)) {
            if (last != nullptr) job->staging->reserve_like(*last);
            job->count = decode_slice(job->slice, decoder, *job->staging);
            last = job->staging;
        }
    }

    // After all threads are done: adds up what they have counted.
    Status finish() {
        RETURN_IF_ERROR(status_);
        for (const Job& job : jobs_) {
            add_count(job.count, *job.staging, batch_.parts[job.slice.part]);
        }
        return {};
    }

private:
    struct Job {
        Slice slice;
        Staging* staging;
        SliceCount count;
    };

    Job* claim(PageArena* arena) {
        const std::lock_guard lock(mutex_);
        if (has_failed_ || staged_bytes_.load(std::memory_order_relaxed) > staged_bytes_max_) {
            return nullptr;
        }
        Result<std::optional<Slice>> slice = reader_.next();
        has_failed_ = !slice;
        // What was read before is a batch all the same, and the next one meets the error at once:
        // behind days of archives, a damaged one does not have them inflated in vain.
        if (!slice && jobs_.empty()) status_ = fail(slice.error());
        if (!slice || !*slice) return nullptr;
        jobs_.push_back({**slice, &batch_.pieces.emplace_back(arena), {}});
        return &jobs_.back();
    }

    std::mutex mutex_;
    SliceReader& reader_;
    Batch& batch_;
    const Upcaster* upcaster_;
    std::uint64_t staged_bytes_max_;
    std::atomic<std::uint64_t> staged_bytes_{0};
    std::deque<Job> jobs_;
    bool has_failed_ = false;
    Status status_;
};

}  // namespace

Result<std::optional<Batch>> BatchReader::next() {
    Batch batch;
    SliceReader slices(source_, work_, &at_, options_.batch_bytes, batch);
    SliceCrew crew(slices, batch, options_);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < batch.arenas.size(); ++i) {
        threads.emplace_back([&, i] { crew.work(batch.arenas[i].get()); });
    }
    crew.work(batch.arenas[0].get());
    for (std::thread& thread : threads) thread.join();
    RETURN_IF_ERROR(crew.finish());
    if (batch.parts.empty()) return std::nullopt;
    for (std::size_t i = 0; i < batch.parts.size(); ++i) {
        work_[slices.positions()[i]].state = batch.parts[i];
    }
    return batch;
}

}  // namespace daybook::index
