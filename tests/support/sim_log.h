// A log on a simulated file system: its writers, what each event was promised, and the state of the
// disk at every moment.
//
// A moment is a change or a sync that is about to happen; they are counted from 0.  An event's
// promise holds in a moment if it was made before.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "daybook/durability.h"
#include "log/layout.h"
#include "log/writer.h"
#include "support/sim_fs.h"

namespace daybook::testing {

inline constexpr Day kSimDay(20476);  // 2026-01-23
inline constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

// The event whose id is "e<its index>".
struct Promise {
    std::string body{};              // as it must be read
    std::uint32_t attempted = 0;     // from this moment on it may be there,
    std::uint32_t process = kNever;  // it survives the death of processes,
    std::uint32_t power = kNever;    // and a power cut
};

// A file that is replaced as a whole: "version <number>\n".
struct Publication {
    std::uint32_t attempted = 0;     // the greatest number that may be there
    std::uint32_t acknowledged = 0;  // the smallest; 0: it may be missing
};

// A part whose sealing was reported.
struct SealedPart {
    log::PartId part{};
    std::uint32_t since = 0;  // this moment
};

struct Moment {
    std::uint32_t number = 0;
    SimTree tree;
    os::Call call;
    InodeNumber inode;
    std::uint64_t offset = 0;
    std::string bytes{};  // of a write
    Publication published{};
};

class SimLog {
public:
    struct EventSpec {
        std::optional<TimestampMs> time{};
        std::size_t bytes = 240;  // two lines to a sector
        bool may_use_reserve = false;
    };

    explicit SimLog(SimTree tree, std::vector<Promise> promises = {}, Publication published = {},
                    TimestampMs now = start_of(kSimDay) + kDayMs / 2);
    // The writers' last acts belong to the moments, too.
    ~SimLog() { writers_.clear(); }
    SimLog(const SimLog&) = delete;
    SimLog& operator=(const SimLog&) = delete;

    static log::Layout layout() { return log::Layout(std::string(kSimRoot) + "/ledger"); }
    static std::string published_path() { return layout().root() + "/published"; }

    // `index` is that of a writer, which is opened if need be.  False: not all were accepted.
    bool append(std::size_t index, const std::vector<EventSpec>& events, Durability durability);
    bool flush(std::size_t index);
    bool sync(std::size_t index);
    void close(std::size_t index);
    void maintain();
    void advance_ms(std::int64_t ms) { clock_.advance_ms(ms); }
    TimestampMs now() const { return clock_.now(); }
    bool publish();
    // Seals what can no longer grow and nobody holds.  Not where a part is nearly full: a hundred
    // megabytes are too much to hash for every state.
    bool seal();

    SimFs& fs() { return fs_; }
    const std::vector<Promise>& promises() const { return promises_; }
    const Publication& published() const { return published_; }
    const std::vector<SealedPart>& sealed() const { return sealed_; }
    // What a reader has found, by index, is there for good; the rest will never come, but for what
    // a writer has still in memory.
    void take_note(const std::vector<bool>& found);
    // The disk has lost a copy of it: the durable one, for all we know.
    void lose_copy(std::size_t index, bool another_can_be_read);
    // The states before each change and sync, if they are kept.
    void keep_moments() { keeps_moments_ = true; }
    const std::vector<Moment>& moments() const { return moments_; }
    void forget_moments() { moments_.clear(); }
    // The state between two changes, as a moment.
    Moment this_moment() const;
    std::uint32_t moment() const { return moment_; }
    // Why a writer could not be opened, or what else should not have happened; empty: nothing.
    const std::string& problem() const { return problem_; }

private:
    struct OpenWriter {
        std::unique_ptr<log::Writer> writer{};
        std::vector<std::size_t> buffered{};  // accepted, not written for all we know
        std::vector<std::size_t> unsynced{};  // written, and the next sync() vouches for them
        std::size_t doubtful = 0;  // so many of `buffered` may have been in a sync() that failed
    };

    OpenWriter* writer(std::size_t index);
    void note_change(const SimChange& change);
    void note_sealed(const log::PartId& part);
    void note_flushed(OpenWriter& open);

    SimFs fs_;
    ScopedSimFs in_force_{fs_};
    ManualClock clock_;
    std::vector<Promise> promises_;
    Publication published_;
    std::vector<SealedPart> sealed_;
    bool keeps_moments_ = false;
    std::vector<Moment> moments_;
    std::uint32_t moment_ = 0;
    std::vector<std::size_t> lost_;  // by the disk; a writer may still have them in memory
    std::string problem_;
    std::vector<OpenWriter> writers_;
};

}  // namespace daybook::testing
