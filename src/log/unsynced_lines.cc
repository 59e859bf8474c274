#include "log/unsynced_lines.h"

#include <algorithm>
#include <utility>

namespace daybook::log {
namespace {

// Below malloc's threshold for mappings of their own, whose pages would be touched anew each time.
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

}  // namespace

std::uint64_t UnsyncedLines::keep(std::string_view lines, std::uint64_t count, Seq last,
                                  bool promised) {
    std::uint64_t lost = 0;
    while (!budget_.has_room(lines.size())) {
        const std::uint64_t dropped = drop_oldest();
        if (dropped == 0) break;
        lost += dropped;
    }
    if (!promised && !budget_.has_room(lines.size())) {
        dropped_ += count;
        dropped_last_ = last;
        return lost + count;
    }
    Chunk& chunk = chunk_for(lines.size());
    chunk.lines.append(lines);
    chunk.count += count;
    chunk.last = last;
    budget_.bytes_ += lines.size();
    if (chunk.promised) {
        budget_.promised_bytes_ += lines.size();
    } else if (promised) {
        chunk.promised = true;
        ++promised_chunks_;
        budget_.promised_bytes_ += chunk.lines.size();
    }
    return lost;
}

UnsyncedLines::Chunk& UnsyncedLines::chunk_for(std::size_t bytes) {
    if (!chunks_.empty() && chunks_.back().lines.size() + bytes <= kChunkBytes) {
        return chunks_.back();
    }
    Chunk& chunk = chunks_.emplace_back();
    if (!budget_.spare_.empty() && bytes <= kChunkBytes) {
        chunk.lines = std::move(budget_.spare_.back());
        budget_.spare_.pop_back();
    }
    return chunk;
}

std::uint64_t UnsyncedLines::drop_oldest() {
    const auto oldest = std::find_if(chunks_.begin(), chunks_.end(),
                                     [](const Chunk& chunk) { return !chunk.promised; });
    if (oldest == chunks_.end()) return 0;
    const std::uint64_t count = oldest->count;
    dropped_ += count;
    dropped_last_ = std::max(dropped_last_, oldest->last);
    release(*oldest);
    chunks_.erase(oldest);
    return count;
}

void UnsyncedLines::release(Chunk& chunk) {
    budget_.bytes_ -= chunk.lines.size();
    if (chunk.promised) {
        budget_.promised_bytes_ -= chunk.lines.size();
        --promised_chunks_;
    }
    if (chunk.lines.capacity() < kChunkBytes / 2 || chunk.lines.capacity() > 2 * kChunkBytes) {
        return;
    }
    chunk.lines.clear();
    budget_.spare_.push_back(std::move(chunk.lines));
}

void UnsyncedLines::forget_through(Seq synced) {
    while (!chunks_.empty() && chunks_.front().last <= synced) {
        release(chunks_.front());
        chunks_.pop_front();
    }
    if (dropped_last_ <= synced) dropped_ = 0;
}

void UnsyncedLines::clear() {
    for (Chunk& chunk : chunks_) release(chunk);
    chunks_.clear();
    dropped_ = 0;
}

}  // namespace daybook::log
