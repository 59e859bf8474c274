#include "log/unsynced_lines.h"

#include <algorithm>
#include <cstring>

namespace daybook::log {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
// One large page: it is touched once, where 512 small ones cost each line a tenth of its write.
constexpr std::size_t kBlockBytes = std::size_t{2} << 20;

}  // namespace

char* UnsyncedBudget::take_slab() {
    if (free_slabs_.empty()) {
        // The first one is small: most writers write little.
        const std::size_t bytes = blocks_.empty() ? kChunkBytes : kBlockBytes;
        char* const memory = blocks_.emplace_back(bytes).data();
        for (std::size_t at = bytes; at > 0; at -= kChunkBytes) {
            free_slabs_.push_back(memory + at - kChunkBytes);
        }
        slabs_ += bytes / kChunkBytes;
    }
    char* const slab = free_slabs_.back();
    free_slabs_.pop_back();
    return slab;
}

void UnsyncedBudget::trim() {
    if (free_slabs_.size() != slabs_) return;
    free_slabs_.clear();
    blocks_.clear();
    slabs_ = 0;
}

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
    if (chunk.slab == nullptr) {
        chunk.large = lines;
    } else {
        std::memcpy(chunk.slab + chunk.size, lines.data(), lines.size());
    }
    chunk.size += lines.size();
    chunk.count += count;
    chunk.last = last;
    budget_.bytes_ += lines.size();
    if (chunk.promised) {
        budget_.promised_bytes_ += lines.size();
    } else if (promised) {
        chunk.promised = true;
        ++promised_chunks_;
        budget_.promised_bytes_ += chunk.size;
    }
    return lost;
}

UnsyncedLines::Chunk& UnsyncedLines::chunk_for(std::size_t bytes) {
    if (!chunks_.empty() && chunks_.back().slab != nullptr &&
        chunks_.back().size + bytes <= kChunkBytes) {
        return chunks_.back();
    }
    Chunk& chunk = chunks_.emplace_back();
    if (bytes <= kChunkBytes) chunk.slab = budget_.take_slab();
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
    budget_.bytes_ -= chunk.size;
    if (chunk.promised) {
        budget_.promised_bytes_ -= chunk.size;
        --promised_chunks_;
    }
    if (chunk.slab != nullptr) budget_.give_back(chunk.slab);
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
