#include "support/sim_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "ledger/sealer.h"
#include "os/file.h"
#include "support/sim_reading.h"

namespace daybook::testing {
namespace {

// After the boot of any machine that this runs on: what is written now is of this boot.
constexpr std::int64_t kThisBootNs = std::int64_t{4'000'000'000} * 1'000'000'000;
constexpr std::string_view kTimeKey = R"("timestamp_ms":)";

std::string draft_text(std::size_t index, std::size_t bytes) {
    std::string text = fmt::format(
        R"({{"event_type":"t","event_id":"e{}",{}0000000000000,"run_id":"r")", index, kTimeKey);
    if (text.size() < bytes) text += ",\"x\":\"" + std::string(bytes - text.size(), 'x') + '"';
    return text;
}

class TimeStamper final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char> text, TimestampMs time) override {
        const std::size_t at = std::string_view(text.data(), text.size()).find(kTimeKey);
        fmt::format_to(text.begin() + static_cast<std::ptrdiff_t>(at + kTimeKey.size()), "{:013}",
                       time.value());
    }
};

}  // namespace

SimLog::SimLog(SimTree tree, std::vector<Promise> promises, Publication published, TimestampMs now)
    : fs_(std::move(tree)), clock_(now), promises_(std::move(promises)), published_(published) {
    fs_.tree().set_time_ns(kThisBootNs);
    fs_.on_change([this](const SimChange& change) { note_change(change); });
}

void SimLog::note_change(const SimChange& change) {
    const std::uint32_t number = moment_++;
    if (!keeps_moments_) return;
    moments_.push_back({.number = number,
                        .tree = fs_.tree(),
                        .call = change.call,
                        .inode = change.inode,
                        .offset = change.offset,
                        .bytes = std::string(change.bytes),
                        .published = published_});
}

Moment SimLog::this_moment() const {
    return {.number = moment_,
            .tree = fs_.tree(),
            .call = os::Call::kClose,
            .inode = kRootInode,
            .published = published_};
}

void SimLog::take_note(const std::vector<bool>& found) {
    std::vector<bool> in_memory(promises_.size(), false);
    for (const std::size_t index : lost_) in_memory[index] = true;
    for (const OpenWriter& open : writers_) {
        for (const std::size_t index : open.buffered) in_memory[index] = true;
    }
    for (std::size_t index = 0; index < promises_.size(); ++index) {
        Promise& promise = promises_[index];
        if (index < found.size() && found[index]) {
            promise.process = std::min(promise.process, moment_);
        } else if (!in_memory[index]) {
            promise.attempted = kNever;
        }
    }
}

void SimLog::lose_copy(std::size_t index, bool another_can_be_read) {
    promises_[index].power = kNever;
    if (!another_can_be_read) {
        promises_[index].process = kNever;
        lost_.push_back(index);
    }
    for (OpenWriter& open : writers_) {
        const auto buffered = std::find(open.buffered.begin(), open.buffered.end(), index);
        if (buffered != open.buffered.end()) {
            const auto at = static_cast<std::size_t>(buffered - open.buffered.begin());
            if (at < open.doubtful) --open.doubtful;
            open.buffered.erase(buffered);
        }
        std::erase(open.unsynced, index);
    }
}

SimLog::OpenWriter* SimLog::writer(std::size_t index) {
    if (index >= writers_.size()) writers_.resize(index + 1);
    OpenWriter& open = writers_[index];
    if (open.writer == nullptr) {
        const bool may_fail = fs_.may_fail();
        auto opened = log::Writer::open(layout(), {.clock = &clock_, .background = false});
        if (!opened) {
            if (may_fail) return nullptr;
            problem_ = fmt::format("a writer could not be opened: {}", opened.error().message());
            return nullptr;
        }
        open = OpenWriter{.writer = std::move(*opened)};
    }
    return &open;
}

bool SimLog::append(std::size_t index, const std::vector<EventSpec>& events,
                    Durability durability) {
    OpenWriter* const open = writer(index);
    if (open == nullptr) return false;
    const std::size_t first = promises_.size();
    std::vector<std::string> texts;
    std::vector<log::Draft> drafts;
    for (const EventSpec& event : events) {
        texts.push_back(draft_text(promises_.size(), event.bytes));
        promises_.push_back({.attempted = moment_});
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        drafts.push_back({.text = std::span(texts[i]),
                          .timestamp = events[i].time,
                          .may_use_reserve = events[i].may_use_reserve});
    }
    TimeStamper stamper;
    const log::AppendOutcome outcome = open->writer->append(drafts, durability, stamper);
    for (std::size_t i = 0; i < events.size(); ++i) promises_[first + i].body = texts[i];

    // What was buffered earlier has been written first, but for last words, which need not wait.
    const bool last_words = !events.empty() && events.front().may_use_reserve;
    const bool flushed = durability != Durability::kBuffered && !last_words;
    if (flushed && outcome.accepted > 0) note_flushed(*open);
    for (std::size_t i = first; i < first + outcome.accepted; ++i) {
        Promise& promise = promises_[i];
        switch (durability) {
            case Durability::kBuffered: open->buffered.push_back(i); break;
            case Durability::kProcess: open->unsynced.push_back(i); break;
            case Durability::kPower: promise.power = moment_; break;
        }
        if (durability != Durability::kBuffered) promise.process = moment_;
    }
    return !outcome.error;
}

void SimLog::note_flushed(OpenWriter& open) {
    for (std::size_t i = 0; i < open.buffered.size(); ++i) {
        promises_[open.buffered[i]].process = moment_;
        if (i >= open.doubtful) open.unsynced.push_back(open.buffered[i]);
    }
    open.buffered.clear();
    open.doubtful = 0;
}

bool SimLog::flush(std::size_t index) {
    OpenWriter* const open = writer(index);
    if (open == nullptr || !open->writer->flush()) return false;
    note_flushed(*open);
    return true;
}

bool SimLog::sync(std::size_t index) {
    OpenWriter* const open = writer(index);
    if (open == nullptr) return false;
    const bool synced = open->writer->sync().has_value();
    if (!synced) {
        // Told once; the next one that succeeds says nothing about what this one was for.
        open->unsynced.clear();
        open->doubtful = open->buffered.size();
        return false;
    }
    note_flushed(*open);
    for (const std::size_t event : open->unsynced) promises_[event].power = moment_;
    open->unsynced.clear();
    return true;
}

void SimLog::close(std::size_t index) {
    if (index < writers_.size()) writers_[index] = OpenWriter{};
}

void SimLog::maintain() {
    for (OpenWriter& open : writers_) {
        if (open.writer != nullptr) open.writer->maintain();
    }
}

bool SimLog::seal() {
    const auto parts = log::list_parts(layout());
    const auto is_large = [](const log::PartInfo& part) {
        return part.size.value() >= kPartBytesMax / 2;
    };
    if (!parts || std::any_of(parts->begin(), parts->end(), is_large)) return false;
    const Result<ledger::SealReport> report =
        ledger::seal_parts(ledger::LedgerDir(layout().root()), {.wait_ms = 0, .clock = &clock_});
    if (!report) return false;
    for (const ledger::SealOutcome& outcome : report->parts) {
        if (outcome.state == ledger::SealState::kSealed) note_sealed(outcome.part);
    }
    return true;
}

// What is in a sealed part was synced before, unless a sync of it had failed.
void SimLog::note_sealed(const log::PartId& part) {
    sealed_.push_back({.part = part, .since = moment_});
    if (os::exists(layout().bad_path(part)).value_or(true)) return;
    const Reading reading = read_log(fs_);
    const ReadPart* const sealed = reading.find(part);
    if (sealed == nullptr) return;
    const std::vector<bool> found = events_found({.parts = {*sealed}}, promises_.size());
    for (std::size_t index = 0; index < found.size(); ++index) {
        if (found[index]) promises_[index].power = std::min(promises_[index].power, moment_);
    }
}

bool SimLog::publish() {
    ++published_.attempted;
    const std::string content = fmt::format("version {}\n", published_.attempted);
    // write_file_atomic() takes its directory for durable.
    if (!os::make_dirs(layout().root()) || !os::sync_dir(std::string(kSimRoot))) return false;
    if (!os::write_file_atomic(published_path(), content)) return false;
    published_.acknowledged = published_.attempted;
    return true;
}

}  // namespace daybook::testing
