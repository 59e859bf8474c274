#include "rigs/blockdev_writers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/random.h"
#include "daybook/durability.h"
#include "log/scan.h"
#include "log/writer.h"
#include "os/error.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/log_events.h"

namespace daybook::testing {
namespace {

constexpr Day kFirstDay(20476);  // 2026-01-23
constexpr std::size_t kPartBytesReadMax = std::size_t{256} << 20;
constexpr std::uint32_t kBatchMax = 4;

// What is known of one event, in memory that the writers share with the rig.
struct Note {
    std::atomic<std::uint32_t> attempted;
    std::atomic<std::uint32_t> promised_at;  // the tape's size; 0: no promise
};

// The notes of all events: those of one thread lie together.
class Notes {
public:
    static Result<Notes> make(std::size_t count) {
        void* const memory = ::mmap(nullptr, count * sizeof(Note), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return fail(os::errno_error(errno, "map", "the writers' notes"));
        return Notes(std::span(static_cast<Note*>(memory), count));
    }
    Notes(Notes&& other) noexcept : notes_(std::exchange(other.notes_, {})) {}
    Notes& operator=(Notes&&) = delete;
    ~Notes() {
        if (!notes_.empty()) ::munmap(notes_.data(), notes_.size_bytes());
    }
    Note& operator[](std::size_t index) const { return notes_[index]; }

private:
    explicit Notes(std::span<Note> notes) : notes_(notes) {}
    std::span<Note> notes_;
};

// Everything about an event follows from the plan and its two numbers.
struct Event {
    std::string id;
    std::string text;
    TimestampMs time;
};

std::size_t padding_of(RandomSource& random) {
    const std::uint64_t kind = random.next() % 60;
    if (kind == 0) return 40'000 + random.next() % 80'000;
    if (kind < 5) return 2'000 + random.next() % 12'000;
    return 20 + random.next() % 400;
}

std::string event_id(std::size_t thread, std::uint32_t number) {
    return fmt::format("w{}-{}", thread, number);
}

Event event_of(const WriterPlan& plan, std::size_t thread, std::uint32_t number) {
    SeededRandom random(plan.seed ^ (thread << 32 | number));
    // The days come one after the other, with some events for the day before.
    int day = static_cast<int>(number * kWriterDays / plan.events_each);
    if (day > 0 && random.next() % 5 == 0) --day;
    const TimestampMs time = start_of(writer_day(day)) + std::int64_t{number} * 1000;
    std::string id = event_id(thread, number);
    std::string text = draft_text(id, time, padding_of(random));
    return {.id = std::move(id), .text = std::move(text), .time = time};
}

Status append_events(log::Writer& writer, std::vector<Event>& events, Durability durability) {
    std::vector<log::Draft> drafts;
    for (Event& event : events) {
        drafts.push_back({.text = std::span(event.text), .timestamp = event.time});
    }
    NoStamp stamper;
    log::AppendOutcome outcome = writer.append(drafts, durability, stamper);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

// What one thread of a writer does: its events from `number` on.
class WritingThread {
public:
    WritingThread(const WriterPlan& plan, const Tape& tape, const Notes& notes, std::size_t thread)
        : plan_(plan), tape_(tape), notes_(notes), thread_(thread) {}

    // The first event that was not tried yet.
    std::uint32_t next() const {
        std::uint32_t number = 0;
        while (number < plan_.events_each && note(number).attempted != 0) ++number;
        return number;
    }

    Status run(log::Writer& writer) const {
        for (std::uint32_t number = next(); number < plan_.events_each;) {
            SeededRandom random(plan_.seed ^ ~(thread_ << 32 | number));
            const std::uint32_t count =
                std::min<std::uint32_t>(plan_.events_each - number,
                                        1 + static_cast<std::uint32_t>(random.next() % kBatchMax));
            std::vector<Event> events;
            for (std::uint32_t i = 0; i < count; ++i) {
                events.push_back(event_of(plan_, thread_, number + i));
                note(number + i).attempted = 1;
            }
            const bool power = random.next() % 3 == 0;
            RETURN_IF_ERROR(
                append_events(writer, events, power ? Durability::kPower : Durability::kProcess));
            const std::uint32_t tape_size = tape_.size();
            for (std::uint32_t i = 0; power && i < count; ++i) {
                note(number + i).promised_at = tape_size;
            }
            number += count;
            std::this_thread::sleep_for(std::chrono::microseconds(random.next() % 4'000));
        }
        return {};
    }

private:
    Note& note(std::uint32_t number) const { return notes_[thread_ * plan_.events_each + number]; }

    const WriterPlan& plan_;
    const Tape& tape_;
    const Notes& notes_;
    std::size_t thread_;
};

// In the forked process: all its threads share one writer.
int write_all_events(const log::Layout& layout, const std::vector<WritingThread>& threads) {
    auto writer = log::Writer::open(layout);
    if (!writer) {
        fmt::print(stderr, "writer: {}\n", writer.error().message());
        return 1;
    }
    std::atomic<int> failures{0};
    std::vector<std::thread> running;
    for (const WritingThread& thread : threads) {
        running.emplace_back([&] {
            if (const Status status = thread.run(**writer); !status) {
                fmt::print(stderr, "writer: {}\n", status.error().message());
                ++failures;
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    return failures == 0 ? 0 : 1;
}

// The rig's side: starts the writers, kills some, and sees to the disorder between them.
class WriterRun {
public:
    WriterRun(const log::Layout& layout, const WriterPlan& plan, const Tape& tape, Notes notes)
        : layout_(layout), plan_(plan), tape_(tape), notes_(std::move(notes)), random_(plan.seed) {}
    ~WriterRun() {
        for (const auto& [pid, process] : running_) {
            ::kill(pid, SIGKILL);
            (void)::waitpid(pid, nullptr, 0);
        }
    }
    WriterRun(const WriterRun&) = delete;
    WriterRun& operator=(const WriterRun&) = delete;

    Result<WrittenLog> run() {
        RETURN_IF_ERROR(os::make_dirs(layout_.root()));
        for (int process = 0; process < plan_.processes; ++process) RETURN_IF_ERROR(start(process));
        while (!running_.empty()) {
            ::usleep(static_cast<useconds_t>(500 + random_.next() % 4'000));
            RETURN_IF_ERROR(write_back_some());
            if (random_.next() % 4 == 0) RETURN_IF_ERROR(replace_document());
            if (log_.kills < plan_.kills_max && random_.next() % 8 == 0) {
                ::kill(pick(running_).first, SIGKILL);
            }
            RETURN_IF_ERROR(bury_dead());
        }
        ASSIGN_OR_RETURN(log_.parts, read_parts(layout_));
        RETURN_IF_ERROR(expect_sound());
        collect_promises();
        return std::move(log_);
    }

private:
    template <typename Container>
    const typename Container::value_type& pick(const Container& container) {
        auto at = container.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.next() % container.size()));
        return *at;
    }

    Status start(int process) {
        std::vector<WritingThread> threads;
        for (int i = 0; i < plan_.threads_each; ++i) {
            const auto thread = static_cast<std::size_t>(process * plan_.threads_each + i);
            threads.emplace_back(plan_, tape_, notes_, thread);
        }
        const bool done = std::ranges::all_of(threads, [&](const WritingThread& thread) {
            return thread.next() == plan_.events_each;
        });
        if (done) return {};
        const pid_t rig = ::getpid();
        const pid_t pid = ::fork();
        if (pid < 0) return fail(os::errno_error(errno, "start a writer for", layout_.root()));
        if (pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::_exit(::getppid() == rig ? write_all_events(layout_, threads) : 0);
        }
        running_.emplace(pid, process);
        return {};
    }

    Status bury_dead() {
        int status = 0;
        for (pid_t pid = 0; !running_.empty() && (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            const auto found = running_.find(pid);
            if (found == running_.end()) {
                return fail(ErrorCode::kIo, "the recording device's process ended with {}", status);
            }
            const int process = found->second;
            running_.erase(found);
            if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
            if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
                return fail(ErrorCode::kIo, "a writer ended with status {}", status);
            }
            ++log_.kills;
            if (random_.next() % 2 == 0) RETURN_IF_ERROR(leave_fragment());
            RETURN_IF_ERROR(start(process));
        }
        return {};
    }

    Result<std::optional<log::PartInfo>> pick_part() {
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout_));
        if (parts.empty()) return std::nullopt;
        return pick(parts);
    }

    // A kill leaves half a line only if it comes in the middle of a long `write`; so the rig does
    // it, on a part that nobody holds.
    Status leave_fragment() {
        ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(layout_));
        // The one that was written last is what the next writer takes.
        std::ranges::sort(parts, std::greater<>(), &log::PartInfo::modified_ns);
        for (const log::PartInfo& part : parts) {
            const std::string path = layout_.part_path(part.id);
            ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDWR | O_APPEND));
            ASSIGN_OR_RETURN(const bool locked, os::try_lock(fd.get(), path));
            if (locked) return append_fragment(part.id, fd.get(), path);
        }
        return {};
    }

    Status append_fragment(const log::PartId& part, int fd, const std::string& path) {
        ASSIGN_OR_RETURN(const std::string bytes, os::read_file(path, kPartBytesReadMax));
        if (!bytes.ends_with('\n')) return {};
        std::string text = draft_text(fmt::format("torn-{}", log_.fragments.size()),
                                      start_of(part.day), 1 + random_.next() % 3'000);
        text.resize(1 + random_.next() % (text.size() - 1));
        const os::WriteOutcome outcome = os::write_all(fd, text, path);
        if (outcome.error) return fail(*outcome.error);
        log_.fragments.push_back(
            {.part = part, .offset = ByteOffset(bytes.size()), .bytes = std::move(text)});
        return {};
    }

    // The kernel may write any page back at any time.  Left alone it waits for seconds, so the rig
    // asks for some pages, not in their order.
    Status write_back_some() {
        ASSIGN_OR_RETURN(const std::optional<log::PartInfo> part, pick_part());
        if (!part || part->size == ByteOffset(0)) return {};
        const std::string path = layout_.part_path(part->id);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        const auto size = static_cast<std::int64_t>(part->size.value());
        const auto from = static_cast<std::int64_t>(random_.next()) & 0x7fff'ffff'ffff;
        const std::int64_t begin = from % size / 4096 * 4096;
        const std::int64_t length = 4096 * (1 + from % 3);
        if (::sync_file_range(fd.get(), begin, length, SYNC_FILE_RANGE_WRITE) != 0) {
            return fail(os::errno_error(errno, "write back pages of", path));
        }
        return {};
    }

    // No power has failed here: every whole line must be one of ours.
    Status expect_sound() const {
        for (const auto& [part, bytes] : log_.parts) {
            log::Scanner scanner(bytes, ByteOffset(0));
            while (const std::optional<log::Line> line = scanner.next()) {
                if (line->kind == log::LineKind::kOurs) continue;
                return fail(ErrorCode::kCorrupt, "{} at {}: {}, and no power has failed",
                            log::to_string(part), line->offset.value(),
                            log::to_string(line->damage));
            }
        }
        return {};
    }

    Status replace_document() {
        const std::string text = document_text(log_.document_versions.size() + 1);
        RETURN_IF_ERROR(os::write_file_atomic(document_path(layout_), text));
        log_.document_versions.push_back(tape_.size());
        return {};
    }

    void collect_promises() {
        const auto threads = static_cast<std::size_t>(plan_.processes * plan_.threads_each);
        for (std::size_t thread = 0; thread < threads; ++thread) {
            for (std::uint32_t number = 0; number < plan_.events_each; ++number) {
                const std::uint32_t at = notes_[thread * plan_.events_each + number].promised_at;
                if (at == 0) continue;
                log_.promises.push_back({.event_id = event_id(thread, number), .tape_size = at});
            }
        }
    }

    const log::Layout& layout_;
    const WriterPlan& plan_;
    const Tape& tape_;
    Notes notes_;
    SeededRandom random_;
    std::map<pid_t, int> running_;  // which of the plan's processes it is
    WrittenLog log_;
};

}  // namespace

Day writer_day(int index) { return kFirstDay + index; }

Result<WrittenLog> run_writers(const log::Layout& layout, const WriterPlan& plan,
                               const Tape& tape) {
    const auto threads = static_cast<std::size_t>(plan.processes * plan.threads_each);
    ASSIGN_OR_RETURN(Notes notes, Notes::make(threads * plan.events_each));
    return WriterRun(layout, plan, tape, std::move(notes)).run();
}

Result<std::map<log::PartId, std::string>> read_parts(const log::Layout& layout) {
    std::map<log::PartId, std::string> parts;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> listed, log::list_parts(layout));
    for (const log::PartInfo& part : listed) {
        ASSIGN_OR_RETURN(parts[part.id],
                         os::read_file(layout.part_path(part.id), kPartBytesReadMax));
    }
    return parts;
}

std::string document_path(const log::Layout& layout) { return layout.root() + "/ledger.json"; }

std::string document_text(std::size_t version) {
    return fmt::format("{} {}\n", version, std::string(100 + version * 733 % 9'000, 'd'));
}

Status append_together(const log::Layout& layout, const std::vector<std::string>& event_ids,
                       Day day) {
    std::vector<std::unique_ptr<log::Writer>> writers;
    const TimestampMs time = start_of(day);
    for (const std::string& id : event_ids) {
        ASSIGN_OR_RETURN(auto writer, log::Writer::open(layout, {.background = false}));
        std::vector<Event> events = {{.id = id, .text = draft_text(id, time, 100), .time = time}};
        RETURN_IF_ERROR(append_events(*writer, events, Durability::kPower));
        writers.push_back(std::move(writer));
    }
    return {};
}

}  // namespace daybook::testing
