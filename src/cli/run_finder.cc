#include "cli/run_finder.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <vector>

#include "archive/run_lines.h"
#include "cli/event_text.h"
#include "json/envelope.h"
#include "json/reader.h"
#include "ledger/event_line.h"
#include "ledger/owner.h"
#include "log/scan.h"
#include "os/process.h"
#include "os/process_look.h"

namespace daybook::cli {
namespace {

// The attempt that a start or an end is about: 1 where it does not say.
std::int64_t attempt_of(const std::vector<EventField>& fields) {
    std::int64_t attempt = 1;
    for (const EventField& field : fields) {
        if (field.name != "attempt") continue;
        std::from_chars(field.json.data(), field.json.data() + field.json.size(), attempt);
    }
    return attempt;
}

std::string string_of(const std::string& json) {
    json::Reader reader(json);
    std::string_view text;
    return reader.string(&text) ? std::string(text) : "";
}

// A run as its events tell it.
struct History {
    History() { run.attempt = 0; }

    backtest::ExistingRun run;
    std::map<std::int64_t, ledger::RunOwner> owners;  // by attempt
    std::set<std::int64_t> ended;                     // attempts

    void apply(std::string_view event_type, std::string_view line);
    void judge();
};

void History::apply(std::string_view event_type, std::string_view line) {
    const std::vector<EventField> fields = event_fields(line);
    if (event_type == "run.created") {
        for (const EventField& field : fields) {
            if (field.name == "run_type") run.run_type = string_of(field.json);
            if (field.name == "config") run.config_json = field.json;
            if (field.name == "data_fingerprint") run.data_fingerprint = string_of(field.json);
        }
    } else if (event_type == "run.started") {
        const std::int64_t attempt = attempt_of(fields);
        run.attempt = std::max(run.attempt, attempt);
        for (const EventField& field : fields) {
            if (field.name == "owner") owners[attempt] = ledger::parse_owner(field.json);
        }
    } else if (event_type == "trial.recorded") {
        for (const EventField& field : fields) {
            if (field.name == "trial_id") run.trials.insert(string_of(field.json));
        }
    } else if (event_type == "run.completed" || event_type == "run.failed" ||
               event_type == "run.cancelled" || event_type == "run.interrupted") {
        ended.insert(attempt_of(fields));
        run.completed = run.completed || event_type == "run.completed";
    }
}

// Whether somebody is still at work on it, as far as that can be seen from here.
void History::judge() {
    const auto owner = owners.find(run.attempt);
    if (owner == owners.end() || ended.contains(run.attempt)) return;
    const ledger::OwnerJudge judge{.self = os::this_process()};
    ledger::OwnerFacts facts{.owner = owner->second};
    ledger::look_at_owner(facts, judge.self);
    if (ledger::judge_owner(facts, judge).state == ledger::OwnerState::kAlive) {
        run.carried_on_by = fmt::format("process {}", facts.owner.process.pid);
    }
}

bool belongs_to(std::string_view family, std::string_view run_id) {
    return run_id.starts_with(family) &&
           (run_id.size() == family.size() || run_id[family.size()] == '.');
}

}  // namespace

Result<std::optional<backtest::ExistingRun>> RunFinder::find(const std::string& run_id) {
    if (!family_ || !belongs_to(*family_, run_id)) RETURN_IF_ERROR(read_family(run_id));
    const auto run = runs_.find(run_id);
    return run == runs_.end() ? std::nullopt : std::optional(run->second);
}

Status RunFinder::read_family(const std::string& run_id) {
    family_.reset();
    runs_.clear();
    std::map<std::string, History> histories;
    json::EnvelopeReader envelopes;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir_.layout()));
    for (const log::PartInfo& part : parts) {
        Result<log::PartReader> reader = log::PartReader::open(dir_.layout(), part.id);
        // Archived since it was listed: it is read below.
        if (!reader && reader.error().code() == ErrorCode::kNotFound) continue;
        if (!reader) return fail(reader.error());
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader->next());
            if (!line) break;
            const auto envelope = ledger::event_of(*line, envelopes);
            if (!envelope || !belongs_to(run_id, envelope->run_id)) continue;
            histories[std::string(envelope->run_id)].apply(envelope->event_type, line->text);
        }
    }
    // Last, so that what is archived meanwhile is not missed.  What is seen twice counts once.
    RETURN_IF_ERROR(archive::for_each_line_of_run(dir_, run_id, [&](std::string_view line) {
        const auto envelope = envelopes.read(line);
        if (!envelope || !belongs_to(run_id, envelope->run_id)) return;
        histories[std::string(envelope->run_id)].apply(envelope->event_type, line);
    }));
    for (auto& [id, history] : histories) {
        history.judge();
        runs_.emplace(id, std::move(history.run));
    }
    family_ = run_id;
    return {};
}

}  // namespace daybook::cli
