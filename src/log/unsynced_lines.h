// Lines that are in a part and that no sync has covered, kept in memory.
//
// After a failed fdatasync the kernel may have dropped their bytes and called them clean; they are
// written again from here.  What is kept is bounded (kUnsyncedBytesMax for a writer): the oldest
// lines that nobody waits for go first, those that somebody waits for never.
//
// Not thread-safe; the writer's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "log/line.h"
#include "os/pages.h"

namespace daybook::log {

// What the lanes of one writer keep together, and the memory they share.
class UnsyncedBudget {
public:
    explicit UnsyncedBudget(std::size_t bytes_max = kUnsyncedBytesMax) : bytes_max_(bytes_max) {}

    bool has_room(std::size_t bytes) const { return bytes_ + bytes <= bytes_max_; }
    // Whether lines that somebody waits for can be kept, were all others dropped.
    bool has_room_for_promised(std::size_t bytes) const {
        return promised_bytes_ + bytes <= bytes_max_;
    }
    std::size_t bytes() const { return bytes_; }
    // Gives memory back if none of it is in use.
    void trim();

private:
    friend class UnsyncedLines;

    // A piece of memory for one chunk.
    char* take_slab();
    void give_back(char* slab) { free_slabs_.push_back(slab); }

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t promised_bytes_ = 0;
    // Kept for reuse: memory that has been touched is dear to come by.
    std::vector<os::Pages> blocks_;
    std::vector<char*> free_slabs_;
    std::size_t slabs_ = 0;  // in all blocks
};

class UnsyncedLines {
public:
    // `budget` must outlive this.
    explicit UnsyncedLines(UnsyncedBudget& budget) : budget_(budget) {}
    ~UnsyncedLines() { clear(); }
    UnsyncedLines(const UnsyncedLines&) = delete;
    UnsyncedLines& operator=(const UnsyncedLines&) = delete;

    // A stretch of lines, in the order of their numbers.
    struct Chunk {
        // Whole ones, as they are in the part.
        std::string_view lines() const { return slab ? std::string_view(slab, size) : large; }

        char* slab = nullptr;  // the budget's, or null where the lines are larger
        std::size_t size = 0;
        std::string large{};
        std::uint64_t count = 0;
        Seq last{};
        bool promised = false;  // somebody waits for the sync of one of them
    };

    // Keeps `count` whole lines, the last of which has the number `last`.  Returns how many lines
    // are kept no longer: older ones, or these, if nobody waits for them and there is no room.
    std::uint64_t keep(std::string_view lines, std::uint64_t count, Seq last, bool promised);
    // A sync has covered everything up to `synced`.
    void forget_through(Seq synced);
    void clear();

    const std::deque<Chunk>& chunks() const { return chunks_; }
    bool has_promised() const { return promised_chunks_ > 0; }
    // How many lines are in the part, not synced, and not kept.
    std::uint64_t dropped() const { return dropped_; }

private:
    Chunk& chunk_for(std::size_t bytes);
    // Drops the oldest chunk that nobody waits for; how many lines that were, 0 if there is none.
    std::uint64_t drop_oldest();
    void release(Chunk& chunk);

    UnsyncedBudget& budget_;
    std::deque<Chunk> chunks_;
    std::size_t promised_chunks_ = 0;
    std::uint64_t dropped_ = 0;
    Seq dropped_last_;
};

}  // namespace daybook::log
