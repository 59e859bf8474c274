// daybook emit: appends events.
//
// A process that lives for one event: nothing here may load DuckDB or start a thread before it is
// known that there is more to come.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/context.h"
#include "cli/emit_document.h"
#include "cli/flags.h"
#include "cli/input_lines.h"
#include "cli/progress.h"
#include "ledger/artifact_facts.h"
#include "ledger/event_log.h"
#include "ledger/object_store.h"
#include "ledger/type_registry.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "schema/registry.h"

namespace daybook::cli {
namespace {

using Kind = EmitField::Kind;

struct FieldFlag {
    const char* flag;
    const char* field;
    Kind kind;
    const char* type_name;
    const char* help;
};

constexpr std::array kFieldFlags = std::to_array<FieldFlag>({
    {"--event-type", "event_type", Kind::kText, "TYPE", "Event type, such as run.created"},
    {"--run-id", "run_id", Kind::kText, "ID", "The run it belongs to"},
    {"--run-type", "run_type", Kind::kText, "NAME", "run.created: what kind of run"},
    {"--config", "config", Kind::kJson, "JSON", "run.created: configuration, an object"},
    {"--data-fingerprint", "data_fingerprint", Kind::kText, "TEXT", "run.created: of the input"},
    {"--summary", "summary", Kind::kJson, "JSON", "run.completed: result, an object"},
    {"--artifact-paths", "artifact_paths", Kind::kJson, "JSON", "run.completed: name to path"},
    {"--phase-name", "phase_name", Kind::kText, "NAME", "phase.*: the phase"},
    {"--phase-order", "phase_order", Kind::kNumber, "N", "phase.started: its place, from 0"},
    {"--duration-ms", "duration_ms", Kind::kNumber, "MS", "phase.completed: how long it took"},
    {"--output-summary", "output_summary", Kind::kJson, "JSON", "phase.completed: an object"},
    {"--trial-id", "trial_id", Kind::kText, "ID", "trial.recorded: the trial"},
    {"--params", "params", Kind::kJson, "JSON", "trial.recorded: parameters, an object"},
    {"--metrics", "metrics", Kind::kJson, "JSON", "trial.recorded: measurements, an object"},
    {"--alerts-total", "alerts_total", Kind::kNumber, "N", "baseline.completed: all alerts"},
    {"--alerts-ok", "alerts_ok", Kind::kNumber, "N", "baseline.completed: the good ones"},
    {"--artifact-path", "artifact_path", Kind::kText, "PATH", "artifact.created: the file"},
    {"--artifact-type", "artifact_type", Kind::kText, "NAME", "artifact.created: what it is"},
    {"--size-bytes", "size_bytes", Kind::kNumber, "N", "artifact.created: its size"},
});

class EmitCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        for (std::size_t i = 0; i < kFieldFlags.size(); ++i) {
            const FieldFlag& flag = kFieldFlags[i];
            app.add_option(flag.flag, values_[i], flag.help)->type_name(flag.type_name);
        }
        app.add_option("--event-data", event_data_, "Further fields, an object")->type_name("JSON");
        app.add_option("--json", json_, "The whole event, an object")->type_name("JSON");
        app.add_flag("--copy", copy_,
                     "artifact.created: keep a copy of --artifact-path in the ledger, the same "
                     "content once");
        app.add_flag("--stdin", stdin_, "Events from standard input, one JSON object a line");
        app.add_flag("--keep-going", keep_going_, "With --stdin: go on after a bad line");
        add_choice(app, "--durability", durability_, "process|power|buffered",
                   "What success promises (default: that of the event's type)");
    }

    Result<ExitCode> run(Context& context) override {
        const std::string mistake = contradiction();
        if (!mistake.empty()) return refuse(mistake, context);
        return stdin_ ? emit_lines(context) : emit_one(context);
    }

    std::optional<ExitCode> answer_mistake(std::string_view mistake, Context& context) override {
        return refuse(mistake, context);
    }

private:
    static ExitCode refuse(std::string_view error, Context& context);
    std::vector<EmitField> given() const;
    Result<std::string> event_of(const ledger::ArtifactFacts* facts,
                                 const std::string& original_path) const;
    std::string contradiction() const;
    Result<std::unique_ptr<ledger::EventLog>> open(const Context& context, bool background) const;
    std::optional<Durability> durability() const;
    static Status check_before_making(const Context& context, std::string_view event);
    static Status check_event(const ledger::LedgerDir& dir, std::string_view event);
    Result<std::string> append_one(const Context& context) const;
    Result<std::string> append_copy(const Context& context) const;
    const std::string& artifact_path() const;
    ExitCode emit_one(Context& context) const;
    Result<ExitCode> emit_lines(Context& context) const;

    std::array<std::optional<std::string>, kFieldFlags.size()> values_;
    std::string event_data_;
    std::optional<std::string> json_;
    std::string durability_;
    bool copy_ = false;
    bool stdin_ = false;
    bool keep_going_ = false;
};

std::vector<EmitField> EmitCommand::given() const {
    std::vector<EmitField> fields;
    for (std::size_t i = 0; i < kFieldFlags.size(); ++i) {
        if (!values_[i]) continue;
        const FieldFlag& flag = kFieldFlags[i];
        fields.push_back(
            {.flag = flag.flag, .field = flag.field, .kind = flag.kind, .value = *values_[i]});
    }
    return fields;
}

std::string EmitCommand::contradiction() const {
    const bool fields = !given().empty() || !event_data_.empty();
    if (stdin_ && (fields || json_ || copy_)) {
        return "emit: --stdin brings whole events: it cannot be combined with flags for one event";
    }
    if (json_ && (fields || copy_)) {
        return "emit: --json is a whole event: it cannot be combined with flags for its fields";
    }
    if (copy_ && artifact_path().empty()) {
        return "emit: --copy keeps the file that --artifact-path names: it is missing";
    }
    if (keep_going_ && !stdin_) return "emit: --keep-going needs --stdin";
    if (!stdin_ && !fields && !json_) {
        return "emit: there is no event: give --event-type and what it needs, --json, or --stdin "
               "(see 'daybook emit --help')";
    }
    return "";
}

Result<std::unique_ptr<ledger::EventLog>> EmitCommand::open(const Context& context,
                                                            bool background) const {
    return ledger::EventLog::open(
        ledger::LedgerDir(context.ledger_location().path),
        {.background = background,
         .on_warning = [](std::string_view warning) { report_note(warning); }});
}

std::optional<Durability> EmitCommand::durability() const {
    for (const Durability each :
         {Durability::kBuffered, Durability::kProcess, Durability::kPower}) {
        if (durability_ == to_string(each)) return each;
    }
    return std::nullopt;
}

// A ledger is made for an event that can be in it: a mistake leaves nothing behind.
Status EmitCommand::check_before_making(const Context& context, std::string_view event) {
    const ledger::LedgerDir dir(context.ledger_location().path);
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.manifest_path()));
    if (there) return {};
    return check_event(dir, event);
}

Status EmitCommand::check_event(const ledger::LedgerDir& dir, std::string_view event) {
    ASSIGN_OR_RETURN(const schema::Registry registry, ledger::read_registry(dir));
    schema::Scratch scratch;
    RETURN_IF_ERROR(registry.check(event, system_clock().now(), scratch));
    return {};
}

const std::string& EmitCommand::artifact_path() const {
    static const std::string kNone;
    for (std::size_t i = 0; i < kFieldFlags.size(); ++i) {
        const bool is_path = std::string_view(kFieldFlags[i].field) == "artifact_path";
        if (is_path && values_[i]) return *values_[i];
    }
    return kNone;
}

// The event that the flags describe; with `facts`, what is known of the copy in the place of what
// was given of the file.
Result<std::string> EmitCommand::event_of(const ledger::ArtifactFacts* facts,
                                          const std::string& original_path) const {
    std::vector<EmitField> fields = given();
    if (facts == nullptr) return emit_document(fields, event_data_);
    const auto set = [&](std::string_view field, Kind kind, std::string value) {
        const auto there = std::find_if(fields.begin(), fields.end(),
                                        [&](const EmitField& each) { return each.field == field; });
        EmitField made{.flag = "--copy", .field = field, .kind = kind, .value = std::move(value)};
        if (there == fields.end()) {
            fields.push_back(std::move(made));
        } else {
            *there = std::move(made);
        }
    };
    set("artifact_path", Kind::kText, facts->path);
    set("size_bytes", Kind::kNumber, fmt::to_string(facts->size_bytes));
    set("sha256", Kind::kText, facts->sha256);
    if (facts->format) set("format", Kind::kText, *facts->format);
    set("original_path", Kind::kText, original_path);
    return emit_document(fields, event_data_);
}

// As append_one(), of a file of which a copy is kept.  The event is judged before the copy is made:
// a mistake leaves nothing behind.
Result<std::string> EmitCommand::append_copy(const Context& context) const {
    const ledger::LedgerDir dir(context.ledger_location().path);
    ASSIGN_OR_RETURN(const ledger::ArtifactFacts facts,
                     ledger::artifact_facts(dir, artifact_path()));
    ASSIGN_OR_RETURN(const std::string expected, event_of(&facts, facts.path));
    RETURN_IF_ERROR(check_event(dir, expected));
    ASSIGN_OR_RETURN(const auto log, open(context, false));
    // Its hold is kept until the event is in the log.
    ASSIGN_OR_RETURN(const ledger::CopiedArtifact copied,
                     ledger::copy_artifact(dir, artifact_path()));
    ASSIGN_OR_RETURN(const std::string event, event_of(&copied.facts, copied.original_path));
    ASSIGN_OR_RETURN(ledger::JsonReceipt receipt, log->emit_json(event, durability()));
    RETURN_IF_ERROR(log->flush());
    return std::move(receipt.event_id);
}

// The id of the event that was appended.
Result<std::string> EmitCommand::append_one(const Context& context) const {
    if (copy_) return append_copy(context);
    std::string event = json_.value_or("");
    if (!json_) {
        ASSIGN_OR_RETURN(event, event_of(nullptr, ""));
    }
    RETURN_IF_ERROR(check_before_making(context, event));
    ASSIGN_OR_RETURN(const auto log, open(context, false));
    ASSIGN_OR_RETURN(ledger::JsonReceipt receipt, log->emit_json(event, durability()));
    RETURN_IF_ERROR(log->flush());
    return std::move(receipt.event_id);
}

// Programs read the answer, so errors are part of it, those of the command line too.
ExitCode EmitCommand::refuse(std::string_view error, Context& context) {
    context.out.print("{{\"success\":false,\"error\":{}}}\n", json_cell(Cell(error)));
    return ExitCode::kFailed;
}

ExitCode EmitCommand::emit_one(Context& context) const {
    const Result<std::string> event_id = append_one(context);
    if (event_id) {
        context.done = fmt::format("the event {} was recorded", *event_id);
        context.out.print("{{\"success\":true,\"event_id\":{}}}\n", json_cell(Cell(*event_id)));
        return ExitCode::kOk;
    }
    return refuse(event_id.error().message(), context);
}

// "line 4: …"; a place in the event, which is line 1 to its parser, becomes one in the input.
std::string at_line(std::uint64_t number, std::string_view why) {
    constexpr std::string_view kPlace = "line 1, column ";
    const std::size_t place = why.find(kPlace);
    const std::size_t end = place == why.npos ? why.npos : why.find(": ", place);
    if (end == why.npos) return fmt::format("line {}: {}", number, why);
    const std::size_t column = place + kPlace.size();
    return fmt::format("line {}, column {}: {}{}", number, why.substr(column, end - column),
                       why.substr(0, place), why.substr(end + 2));
}

// What has become of the lines so far.
class Tally {
public:
    explicit Tally(Progress& progress) : progress_(progress) {}

    void reject(const InputLine& line, std::string_view why) {
        ++rejected;
        progress_.clear();
        report_note(at_line(line.number, why));
    }
    void stop(std::uint64_t line_number, const Error& error) {
        stopped = true;
        progress_.clear();
        report_note(fmt::format("stopped at line {}: {}", line_number, error.message()));
    }

    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    bool stopped = false;  // for a reason other than a bad line

private:
    Progress& progress_;
};

// Appends `lines`; false if that is the end of it.
bool append_lines(ledger::EventLog& log, std::span<const InputLine> lines,
                  std::optional<Durability> durability, bool keep_going, Tally& tally) {
    // A line that is too long divides the batch: those before it come first.
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].too_long) continue;
        if (!append_lines(log, lines.first(i), durability, keep_going, tally)) return false;
        tally.reject(lines[i], fmt::format("longer than {} bytes", kLineBytesMax));
        return keep_going && append_lines(log, lines.subspan(i + 1), durability, keep_going, tally);
    }
    std::vector<std::string_view> events;
    events.reserve(lines.size());
    for (const InputLine& line : lines) events.push_back(line.text);
    const ledger::BatchOutcome outcome = log.emit_json_batch(events, durability, !keep_going);
    tally.accepted += outcome.accepted;
    for (const auto& [index, error] : outcome.rejections)
        tally.reject(lines[index], error.message());
    if (outcome.log_error) {
        // The first good line that was not taken.
        std::size_t at = 0;
        auto rejection = outcome.rejections.begin();
        for (std::size_t good = 0; at + 1 < lines.size(); ++at) {
            if (rejection != outcome.rejections.end() && rejection->index == at) {
                ++rejection;
            } else if (good++ == outcome.accepted) {
                break;
            }
        }
        tally.stop(lines[at].number, *outcome.log_error);
        return false;
    }
    return keep_going || outcome.rejections.empty();
}

Result<ExitCode> EmitCommand::emit_lines(Context& context) const {
    Progress progress(context.error_style, system_clock(), "emit");
    Tally tally(progress);
    InputLines input(0, "standard input", kLineBytesMax);
    std::vector<InputLine> lines;
    // Opened when there is something to append: no input, no ledger.
    std::unique_ptr<ledger::EventLog> log;
    std::uint64_t line_number = 1;
    while (!os::interrupted()) {
        const Result<bool> more = input.next(lines);
        if (!more) tally.stop(line_number, more.error());
        if (!more || !*more) break;
        if (lines.empty()) continue;
        if (log == nullptr) {
            auto opened = open(context, true);
            if (!opened) {
                tally.stop(line_number, opened.error());
                break;
            }
            log = std::move(*opened);
        }
        line_number = lines.back().number + 1;
        if (!append_lines(*log, lines, durability(), keep_going_, tally)) break;
        progress.update(tally.accepted);
    }
    const Status flushed = log == nullptr ? Status() : log->flush();
    if (!flushed) tally.stop(line_number, flushed.error());
    progress.clear();
    if (tally.accepted > 0) {
        context.done = fmt::format("{} events were recorded", tally.accepted);
    }
    const bool success = !tally.stopped && tally.rejected == 0;
    context.out.print("{{\"success\":{},\"accepted\":{},\"rejected\":{}}}\n", success,
                      tally.accepted, tally.rejected);
    if (os::interrupted()) return ExitCode::kInterrupted;
    return success ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

extern constinit const CommandInfo kEmitCommand = {
    .name = "emit",
    .summary = "Appends events to the ledger, which is made if it is not there",
    .details =
        "Prints {\"success\":true,\"event_id\":…} or {\"success\":false,\"error\":…}, with "
        "--stdin\n"
        "{\"success\":…,\"accepted\":N,\"rejected\":N}, and exits with 0 or 1, after a mistake in "
        "the\n"
        "flags too.  An event that was accepted is never lost to the death of a process; with\n"
        "--durability power, nor to a power cut.",
    .examples =
        "daybook emit --event-type run.created --run-id r1 --run-type policy \\\n"
        "    --config '{\"stop\":0.05}' --data-fingerprint none\n"
        "daybook emit --event-type run.started --run-id r1\n"
        "daybook emit --json \\\n"
        "    "
        "'{\"event_type\":\"run.completed\",\"run_id\":\"r1\",\"summary\":{},\"artifact_paths\":{}}"
        "'\n"
        "# many at once\n"
        "daybook emit --stdin --keep-going < events.ndjson",
    .common_flags = kLedgerFlag,
    .make = make_command<EmitCommand>,
};

}  // namespace daybook::cli
