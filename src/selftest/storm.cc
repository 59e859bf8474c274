#include "selftest/storm.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/random.h"
#include "ledger/event_log.h"
#include "log/scan.h"
#include "os/child.h"
#include "os/file.h"
#include "selftest/worker.h"

namespace daybook::selftest {
namespace {

constexpr int kWriters = 4;
// From one kill to the next.  With four writers each lives four times as long: some die before they
// have begun, some after their last event, many in between.
constexpr std::uint64_t kPauseMaxUs = 3'000;
constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20;

class Storm {
public:
    Storm(const StageContext& context, const ledger::LedgerDir& dir)
        : context_(context), dir_(dir), random_(context.seed), deadline_(context) {}

    Result<Checks> run() {
        // Made here, so that a ledger that cannot be made is an error with a reason.
        RETURN_IF_ERROR(ledger::EventLog::open(dir_, {.background = false}));
        for (int i = 0; i < kWriters; ++i) RETURN_IF_ERROR(start(i));
        for (std::uint64_t round = 0; !deadline_.passed(); ++round) {
            std::this_thread::sleep_for(std::chrono::microseconds(random_.next() % kPauseMaxUs));
            RETURN_IF_ERROR(end(static_cast<int>(random_.next() % kWriters)));
            deadline_.show();
            if (!trouble_.empty()) break;
            if (round % 64 == 63) {
                ASSIGN_OR_RETURN(const bool full, has_written_enough());
                if (full) break;
            }
        }
        for (int i = 0; i < kWriters; ++i) RETURN_IF_ERROR(bury(i));
        ASSIGN_OR_RETURN(const StormResult result, take_stock(dir_, acknowledged_));
        return judge(result);
    }

private:
    struct Writer {
        std::optional<os::Child> child{};
        std::string name{};
        int attempt = 0;
    };

    std::string output_path(int index) const {
        return os::join_path(context_.dir, fmt::format("writer-{}", index));
    }

    Status start(int index) {
        Writer& writer = writers_[static_cast<std::size_t>(index)];
        writer.name = fmt::format("{}.{}", index, writer.attempt++);
        ASSIGN_OR_RETURN(writer.child,
                         os::Child::start(worker_command(context_.program, {.mode = "storm",
                                                                            .dir = dir_.root(),
                                                                            .name = writer.name}),
                                          output_path(index)));
        return {};
    }

    // Kills a writer, or finds that it has ended by itself, and takes in what it reported.
    Status bury(int index) {
        Writer& writer = writers_[static_cast<std::size_t>(index)];
        if (!writer.child) return {};
        ASSIGN_OR_RETURN(const std::optional<int> ended, writer.child->poll());
        writer.child.reset();  // Killed with SIGKILL if it still runs, and waited for.
        if (!ended) ++kills_;
        ASSIGN_OR_RETURN(const std::string output,
                         os::read_file(output_path(index), kOutputBytesMax));
        std::string trouble;
        acknowledged_[writer.name] = last_acknowledged(output, &trouble);
        if (ended && *ended != 0) {
            trouble_ = fmt::format("a writer ended with {}: {}", *ended,
                                   trouble.empty() ? "it said nothing" : trouble);
        }
        return {};
    }

    Status end(int index) {
        RETURN_IF_ERROR(bury(index));
        return start(index);
    }

    Result<bool> has_written_enough() const {
        ASSIGN_OR_RETURN(const auto parts, log::list_parts(dir_.layout()));
        std::uint64_t bytes = 0;
        for (const log::PartInfo& part : parts) bytes += part.size.value();
        return bytes >= context_.bytes_max;
    }

    Checks judge(const StormResult& result) const {
        Checks checks;
        const auto add = [&](std::string name, std::string text, bool good, std::uint64_t value) {
            checks.push_back({.stage = "kills",
                              .name = std::move(name),
                              .result = std::move(text),
                              .verdict = good ? Verdict::kGood : Verdict::kBad,
                              .value = static_cast<double>(value)});
        };
        if (!trouble_.empty()) add("writers", trouble_, false, 0);
        add("processes killed", fmt::format("{} of {} started", kills_, acknowledged_.size()),
            kills_ > 0, kills_);
        add("acknowledged events",
            result.lost == 0
                ? fmt::format("all {} are there, among {}", result.acknowledged, result.events)
                : fmt::format("{} of {} are lost", result.lost, result.acknowledged),
            result.lost == 0 && result.acknowledged > 0, result.acknowledged);
        add("repeated events", fmt::format("{}", result.repeated), result.repeated == 0,
            result.repeated);
        add("damaged lines", fmt::format("{}", result.damaged), result.damaged == 0,
            result.damaged);
        add("torn tails",
            fmt::format("{}, {} than kills", result.torn,
                        result.torn > kills_ ? "more" : "no more"),
            result.torn <= kills_, result.torn);
        return checks;
    }

    const StageContext& context_;
    const ledger::LedgerDir& dir_;
    SeededRandom random_;
    Deadline deadline_;
    Writer writers_[kWriters];
    Acknowledged acknowledged_;
    std::uint64_t kills_ = 0;
    std::string trouble_;
};

// "3.7-12": the process's name, and the event's number.
struct EventName {
    std::string process;
    std::uint32_t number = 0;
};
std::optional<EventName> event_name(std::string_view line) {
    constexpr std::string_view kKey = R"("trial_id":")";
    const std::size_t key = line.find(kKey);
    if (key == std::string_view::npos) return std::nullopt;
    const std::string_view rest = line.substr(key + kKey.size());
    const std::string_view name = rest.substr(0, rest.find('"'));
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    EventName event{.process = std::string(name.substr(0, dash))};
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + dash + 1, end, event.number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return event;
}

Result<std::uint64_t> count_torn_files(const log::Layout& layout) {
    ASSIGN_OR_RETURN(const bool there, os::exists(layout.torn_dir()));
    if (!there) return std::uint64_t{0};
    ASSIGN_OR_RETURN(const auto entries, os::list_dir(layout.torn_dir()));
    std::uint64_t count = 0;
    for (const os::DirEntry& entry : entries) {
        count += log::parse_torn_file(entry.name) ? 1U : 0U;
    }
    return count;
}

}  // namespace

std::uint32_t last_acknowledged(std::string_view output, std::string* trouble) {
    std::uint32_t last = 0;
    while (true) {
        const std::size_t end = output.find('\n');
        if (end == std::string_view::npos) return last;
        const std::string_view line = output.substr(0, end);
        output.remove_prefix(end + 1);
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
        if (parsed.ec == std::errc() && parsed.ptr == line.data() + line.size()) {
            last = number;
        } else if (trouble->empty()) {
            *trouble = std::string(line);
        }
    }
}

Result<StormResult> take_stock(const ledger::LedgerDir& dir, const Acknowledged& acknowledged) {
    StormResult result;
    std::map<std::string, std::vector<std::uint8_t>> seen;  // how often, by process and number
    ASSIGN_OR_RETURN(const auto parts, log::list_parts(dir.layout()));
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(dir.layout(), part.id));
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            const auto name =
                line->kind == log::LineKind::kOurs ? event_name(line->text) : std::nullopt;
            if (!name) {
                ++result.damaged;
                continue;
            }
            ++result.events;
            std::vector<std::uint8_t>& numbers = seen[name->process];
            if (numbers.size() <= name->number) numbers.resize(name->number + std::size_t{1});
            if (++numbers[name->number] == 2) ++result.repeated;
        }
        if (reader.offset() != reader.size()) ++result.torn;
    }
    for (const auto& [process, last] : acknowledged) {
        result.acknowledged += last;
        const std::vector<std::uint8_t>& numbers = seen[process];
        for (std::uint32_t number = 1; number <= last; ++number) {
            if (number >= numbers.size() || numbers[number] == 0) ++result.lost;
        }
    }
    ASSIGN_OR_RETURN(const std::uint64_t torn_files, count_torn_files(dir.layout()));
    result.torn += torn_files;
    return result;
}

Result<Checks> run_storm(const StageContext& context, const ledger::LedgerDir& dir) {
    return Storm(context, dir).run();
}

}  // namespace daybook::selftest
