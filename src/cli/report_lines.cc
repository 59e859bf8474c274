#include "cli/report_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kPrefix = "daybook: {";
constexpr std::string_view kExpected =
    "expected an object with metric, trial, tag, note or artifact";

// What a report is known by, the event that it becomes, and the field that this key becomes there.
struct Kind {
    std::string_view key;
    std::string_view event_type;
    std::string_view field;
};
constexpr std::array kKinds =
    std::to_array<Kind>({{"metric", "metric.recorded", "metrics"},
                         {"trial", "trial.recorded", "trial_id"},
                         {"artifact", "artifact.created", "artifact_path"},
                         {"tag", "run.tagged", "tags"},
                         {"note", "run.tagged", "note"}});

std::string quoted(std::string_view text) {
    std::string out;
    json::Writer(out).string(text);
    return out;
}

bool has(const std::vector<EventField>& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [name](const EventField& field) { return field.name == name; });
}

// The JSON of the field; empty if there is none.
std::string_view field_of(const std::vector<EventField>& fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const EventField& field) { return field.name == name; });
    return found == fields.end() ? std::string_view() : std::string_view(found->json);
}

const Kind* kind_of(const std::vector<EventField>& fields) {
    for (const Kind& kind : kKinds) {
        if (has(fields, kind.key)) return &kind;
    }
    return nullptr;
}

// What a field of the report is called in its event.
std::string_view name_in_event(const Kind& kind, std::string_view name) {
    if (name == kind.key) return kind.field;
    if (kind.key == "artifact" && name == "type") return "artifact_type";
    if (kind.key == "metric" && name == "trial") return "trial_id";
    return name;
}

}  // namespace

void ReportLines::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (end != std::string_view::npos && line_.empty() && !skips_) {
            // The usual case: a whole line, which need not be copied.
            end_line(piece);
        } else {
            if (!skips_) {
                // Most lines are none of ours; the first bytes tell.
                line_ += piece.substr(0, kLineBytesMax + 1);
                const std::size_t known = std::min(line_.size(), kPrefix.size());
                skips_ = !std::string_view(line_).starts_with(kPrefix.substr(0, known)) ||
                         line_.size() > kLineBytesMax;
                is_too_long_ = line_.size() > kLineBytesMax && line_.starts_with(kPrefix);
                if (skips_) line_.clear();
            }
            if (end == std::string_view::npos) return;
            end_line(line_);
        }
        bytes.remove_prefix(end + 1);
    }
}

void ReportLines::end_line(std::string_view line) {
    ++lines_;
    if (!skips_ && line.starts_with(kPrefix)) found_(line.substr(kPrefix.size() - 1), lines_);
    if (is_too_long_) too_long_(lines_);
    line_.clear();
    skips_ = false;
    is_too_long_ = false;
}

void ReportLines::finish() {
    if (!line_.empty() || skips_) end_line(line_);
}

Result<std::string> ReportEvents::event_of(std::string_view json) {
    pending_.clear();
    // All of it is looked at: of a line that was cut half-way nothing is recorded.
    std::string checked;
    if (const Status whole = json::minify(json, checked, printable(json, 60)); !whole) {
        return fail(ErrorCode::kInvalidArgument, "{}; {}", whole.error().message(), kExpected);
    }
    const std::vector<EventField> fields = event_fields(checked);
    const Kind* const kind = kind_of(fields);
    if (kind == nullptr) {
        return fail(ErrorCode::kInvalidArgument, "found {}, {}", printable(json, 60), kExpected);
    }
    if (kind->key == "metric") RETURN_IF_ERROR(take_points(fields));
    std::string event =
        fmt::format(R"({{"event_type":"{}","run_id":{})", kind->event_type, quoted(run_id_));
    for (const EventField& field : fields) {
        const std::string_view name = name_in_event(*kind, field.name);
        if (name == "artifact_path") {
            RETURN_IF_ERROR(append_artifact(field.json, !has(fields, "format"), event));
        } else {
            event += fmt::format(",{}:{}", quoted(name), field.json);
        }
    }
    if (kind->key == "metric" && !has(fields, "step")) {
        event += fmt::format(R"(,"step":{})", pending_.empty() ? 0 : pending_.front().step);
    }
    if (kind->key == "note") event += R"(,"tags":{})";
    if (kind->key == "artifact" && !has(fields, "type")) event += R"(,"artifact_type":"file")";
    return event + "}";
}

Status ReportEvents::append_artifact(std::string_view path_json, bool with_format,
                                     std::string& event) const {
    json::Reader reader(path_json, "artifact");
    std::string_view path;
    if (!reader.string(&path)) return fail(reader.error());
    ASSIGN_OR_RETURN(const ledger::ArtifactFacts facts, look_(std::string(path)));
    event += fmt::format(R"(,"artifact_path":{},"size_bytes":{},"sha256":"{}")", quoted(facts.path),
                         facts.size_bytes, facts.sha256);
    if (with_format && facts.format) event += fmt::format(R"(,"format":{})", quoted(*facts.format));
    return {};
}

// What the event's points will be called, if it is recorded.
Status ReportEvents::take_points(const std::vector<EventField>& fields) {
    const std::string_view metrics = field_of(fields, "metric");
    std::vector<EventField> points = event_fields(metrics);
    if (metrics.starts_with('{') && points.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "found {{}} as metric, expected at least one name with its value");
    }
    // A trial's curves are its own.
    const std::string_view trial = field_of(fields, "trial");
    for (EventField& point : points) point.name.insert(0, fmt::format("{}/", trial));
    const std::string_view given = field_of(fields, "step");
    std::int64_t step = 0;
    if (given.empty()) {
        for (const EventField& point : points) {
            const auto next = next_steps_.find(point.name);
            if (next != next_steps_.end()) step = std::max(step, next->second);
        }
    } else {
        // What is no number of this kind the event's schema refuses.
        std::from_chars(given.data(), given.data() + given.size(), step);
    }
    for (const EventField& point : points) pending_.push_back({point.name, step});
    return {};
}

void ReportEvents::note_recorded() {
    for (const Point& point : std::exchange(pending_, {})) {
        std::int64_t& next = next_steps_[point.curve];
        if (point.step < std::numeric_limits<std::int64_t>::max()) {
            next = std::max(next, point.step + 1);
        }
    }
}

}  // namespace daybook::cli
