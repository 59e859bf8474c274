// daybook tail: the newest events, and with --follow those that come.

#include <chrono>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "archive/log_source.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/event_text.h"
#include "cli/flags.h"
#include "cli/ledger_location.h"
#include "cli/time_argument.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "log/follow.h"
#include "log/scan.h"
#include "os/interrupt.h"
#include "schema/registry.h"

namespace daybook::cli {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(100);
constexpr std::uint64_t kShownByDefault = 10;

// An event that will be shown, in the order in which events are.
struct Shown {
    TimestampMs timestamp;
    std::string event_id;
    log::PartId part;
    ByteOffset offset;
    std::string text;

    auto key() const { return std::tie(timestamp, event_id, part, offset); }
    bool operator<(const Shown& other) const { return key() < other.key(); }
    bool operator>(const Shown& other) const { return other.key() < key(); }
};

class TailCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_flag("-f,--follow", follow_, "Go on with new events as they come, until Ctrl-C");
        add_count(app, "-n,--lines", lines_, "How many events that are there already (10)");
        app.add_option("--since", since_, "All events since then: 2026-01-23, 90m, 24h, 7d")
            ->type_name("TIME");
        app.add_option("--run", run_, "Only this run: its id, or how it begins")->type_name("RUN");
        app.add_option("--type", type_, "Only this event type; 'run.' means all that begin so")
            ->type_name("TYPE");
        app.add_flag("--json", json_, "The lines as they are in the log");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (!since_.empty()) {
            const auto since = parse_time_argument(since_, system_clock().now());
            if (!since) {
                return context.report(since.error().with_context("--since"), ExitCode::kUsage);
            }
            since_time_ = *since;
        }
        const ledger::LedgerDir dir(*directory);
        if (const Status readable = refuse_other_format(dir); !readable) {
            return context.report(readable.error(), ExitCode::kUsage);
        }
        if (const Status known = refuse_unknown_type(dir); !known) {
            return context.report(known.error(), ExitCode::kUsage);
        }
        const log::LogSource source = archive::log_source(ledger::LedgerDir(*directory));

        // Opened before the look back: an event that comes in between is seen twice, not never.
        std::optional<log::Follower> follower;
        if (follow_) {
            ASSIGN_OR_RETURN(follower, log::Follower::open(source, log::Follower::Start::kEnd));
        }
        RETURN_IF_ERROR(show_past(source, context));
        if (!follower) return answer_about_run();
        return show_future(*follower, context);
    }

private:
    Status refuse_unknown_type(const ledger::LedgerDir& dir) const;
    ExitCode answer_about_run() const;
    Status show_past(const log::LogSource& source, Context& context);
    Result<ExitCode> show_future(log::Follower& follower, Context& context);
    bool wanted(const json::Envelope& envelope);
    void show(const json::Envelope& envelope, std::string_view line, Context& context) const;
    std::uint64_t lines_max() const {
        return lines_.value_or(since_time_ ? UINT64_MAX : kShownByDefault);
    }

    bool follow_ = false;
    bool json_ = false;
    std::optional<std::uint64_t> lines_;
    std::string since_;
    std::string run_;
    std::string type_;
    std::optional<TimestampMs> since_time_;
    bool run_seen_ = false;  // an event of run_, of whatever type
    json::EnvelopeReader envelopes_;
    // Where the events begin that show_past() has shown.
    std::set<std::pair<log::PartId, ByteOffset>> shown_;
};

// A mistyped type would be waited for in vain.
Status TailCommand::refuse_unknown_type(const ledger::LedgerDir& dir) const {
    if (type_.empty()) return {};
    ASSIGN_OR_RETURN(const schema::Registry registry, ledger::read_registry(dir));
    const std::vector<schema::TypeInfo> types = registry.list();
    std::vector<std::string_view> names;
    for (const schema::TypeInfo& type : types) {
        if (type.name == type_) return {};
        if (type_.ends_with('.') && type.name.starts_with(type_)) return {};
        names.push_back(type.name);
    }
    const std::string_view nearest = nearest_name(type_, names);
    return fail(ErrorCode::kInvalidArgument, "--type: found '{}', expected a known event type{}",
                printable(type_),
                nearest.empty() ? std::string("; see 'daybook schema list'")
                                : fmt::format("; did you mean '{}'?", nearest));
}

// Of a run that the log knows, nothing may have been asked for; one that it does not is a mistake.
ExitCode TailCommand::answer_about_run() const {
    if (run_.empty() || run_seen_ || lines_max() == 0 || os::interrupted()) return ExitCode::kOk;
    report_note(fmt::format("no event of run {}{}", printable(run_),
                            since_.empty() ? "" : " since " + since_));
    return ExitCode::kFailed;
}

bool TailCommand::wanted(const json::Envelope& envelope) {
    if (!run_.empty() && !envelope.run_id.starts_with(run_)) return false;
    if (since_time_ && envelope.timestamp < *since_time_) return false;
    run_seen_ = true;
    if (type_.empty() || envelope.event_type == type_) return true;
    return type_.ends_with('.') && envelope.event_type.starts_with(type_);
}

void TailCommand::show(const json::Envelope& envelope, std::string_view line,
                       Context& context) const {
    context.out.write(json_ ? std::string(line) : event_text(envelope, line, context.style));
    context.out.write("\n");
}

// Reads the days from the newest on, until there is enough: a day's events are all older than those
// of the day after it.
Status TailCommand::show_past(const log::LogSource& source, Context& context) {
    ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(source));
    std::priority_queue<Shown, std::vector<Shown>, std::greater<>> newest;
    while (!parts.empty() && !os::interrupted()) {
        const Day day = parts.back().id.day;
        if (newest.size() >= lines_max()) break;
        if (since_time_ && day < day_of(*since_time_)) break;
        while (!parts.empty() && parts.back().id.day == day) {
            const log::PartId part = parts.back().id;
            parts.pop_back();
            ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source, part));
            while (true) {
                ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
                if (!line) break;
                const auto envelope = ledger::event_of(*line, envelopes_);
                if (!envelope || !wanted(*envelope)) {
                    continue;
                }
                // Most lines of a long log are older than all that will be shown.
                if (newest.size() >= lines_max() && !newest.empty() &&
                    envelope->timestamp < newest.top().timestamp) {
                    continue;
                }
                newest.push({.timestamp = envelope->timestamp,
                             .event_id = std::string(envelope->event_id),
                             .part = part,
                             .offset = line->offset,
                             .text = std::string(line->text)});
                if (newest.size() > lines_max()) newest.pop();
            }
        }
    }
    for (; !newest.empty(); newest.pop()) {
        const Shown& event = newest.top();
        if (const auto envelope = envelopes_.read(event.text)) show(*envelope, event.text, context);
        if (follow_) shown_.insert({event.part, event.offset});
    }
    context.out.flush();
    return {};
}

Result<ExitCode> TailCommand::show_future(log::Follower& follower, Context& context) {
    while (!os::interrupted() && !context.out.failed()) {
        RETURN_IF_ERROR(follower.poll([&](const log::PartId& part, const log::Line& line) {
            if (line.kind == log::LineKind::kDamaged) {
                report_note(
                    fmt::format("{} at offset {}: a damaged line ({}), see 'daybook verify'",
                                to_string(part), line.offset.value(), to_string(line.damage)));
                return true;
            }
            const auto envelope = ledger::event_of(line, envelopes_);
            if (envelope && wanted(*envelope) && shown_.erase({part, line.offset}) == 0) {
                show(*envelope, line.text, context);
            }
            return !os::interrupted();
        }));
        context.out.flush();
        std::this_thread::sleep_for(kPollInterval);
    }
    return os::interrupted() ? ExitCode::kInterrupted : ExitCode::kOk;
}

}  // namespace

extern constinit const CommandInfo kTailCommand = {
    .name = "tail",
    .summary = "Shows the newest events of the log, and follows it as it grows",
    .details =
        "Reads the log itself, so it needs no index and shows an event at once.  Events are in "
        "the\n"
        "order of their time; new ones appear as they arrive.",
    .examples =
        "daybook tail\n"
        "# what all runs are doing, as it happens\n"
        "daybook tail -f\n"
        "daybook tail -f --type run. --since 1h\n"
        "# for another program\n"
        "daybook tail -n 1000 --run r1 --json",
    .common_flags = kLedgerFlag,
    .make = make_command<TailCommand>,
};

}  // namespace daybook::cli
