#include "cli/run_finder.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "cli/event_text.h"
#include "json/envelope.h"
#include "json/reader.h"
#include "log/scan.h"

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

void apply(std::string_view event_type, std::string_view line, backtest::ExistingRun& run) {
    const std::vector<EventField> fields = event_fields(line);
    if (event_type == "run.created") {
        for (const EventField& field : fields) {
            if (field.name == "run_type") run.run_type = string_of(field.json);
            if (field.name == "config") run.config_json = field.json;
            if (field.name == "data_fingerprint") run.data_fingerprint = string_of(field.json);
        }
    } else if (event_type == "run.started") {
        run.attempt = std::max(run.attempt, attempt_of(fields));
    } else if (event_type == "trial.recorded") {
        for (const EventField& field : fields) {
            if (field.name == "trial_id") run.trials.insert(string_of(field.json));
        }
    } else if (event_type == "run.completed") {
        run.completed = true;
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
    json::EnvelopeReader envelopes;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout_));
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout_, part.id));
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            if (line->kind == log::LineKind::kDamaged) continue;
            const auto envelope = envelopes.read(line->text);
            if (!envelope || !belongs_to(run_id, envelope->run_id)) continue;
            const auto [run, is_new] = runs_.try_emplace(std::string(envelope->run_id));
            if (is_new) run->second.attempt = 0;
            apply(envelope->event_type, line->text, run->second);
        }
    }
    family_ = run_id;
    return {};
}

}  // namespace daybook::cli
