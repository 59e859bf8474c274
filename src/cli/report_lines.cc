#include "cli/report_lines.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "cli/event_text.h"
#include "json/writer.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kPrefix = "daybook: {";

// What a report is known by, the event that it becomes, and the field that this key becomes there.
struct Kind {
    std::string_view key;
    std::string_view event_type;
    std::string_view field;
};
constexpr std::array kKinds = std::to_array<Kind>({{"metric", "metric.recorded", "metrics"},
                                                   {"trial", "trial.recorded", "trial_id"},
                                                   {"tag", "run.tagged", "tags"}});

std::string quoted(std::string_view text) {
    std::string out;
    json::Writer(out).string(text);
    return out;
}

const Kind* kind_of(const std::vector<EventField>& fields) {
    for (const Kind& kind : kKinds) {
        const auto has_key = [&](const EventField& field) { return field.name == kind.key; };
        if (std::any_of(fields.begin(), fields.end(), has_key)) return &kind;
    }
    return nullptr;
}

}  // namespace

void ReportLines::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (!skips_) {
            // Most lines are none of ours; the first bytes tell.
            const std::size_t known = std::min(line_.size() + piece.size(), kPrefix.size());
            line_ += piece;
            skips_ = !std::string_view(line_).starts_with(kPrefix.substr(0, known)) ||
                     line_.size() > kLineBytesMax;
            if (skips_) line_.clear();
        }
        if (end == std::string_view::npos) return;
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void ReportLines::end_line() {
    if (!skips_ && line_.starts_with(kPrefix)) {
        found_(std::string_view(line_).substr(kPrefix.size() - 1));
    }
    line_.clear();
    skips_ = false;
}

void ReportLines::finish() { end_line(); }

Result<std::string> ReportEvents::event_of(std::string_view json) {
    const std::vector<EventField> fields = event_fields(json);
    const Kind* const kind = kind_of(fields);
    if (kind == nullptr) {
        return fail(ErrorCode::kInvalidArgument,
                    "found {}, expected an object with metric, trial or tag", printable(json, 60));
    }
    std::string event =
        fmt::format(R"({{"event_type":"{}","run_id":{})", kind->event_type, quoted(run_id_));
    std::string_view metrics;
    bool has_step = kind->key != "metric";
    for (const EventField& field : fields) {
        const bool is_key = field.name == kind->key;
        has_step = has_step || field.name == "step";
        event += fmt::format(",{}:{}", quoted(is_key ? kind->field : field.name), field.json);
        if (is_key && kind->key == "metric") metrics = field.json;
    }
    if (!has_step) event += fmt::format(R"(,"step":{})", take_step(metrics));
    return event + "}";
}

std::int64_t ReportEvents::take_step(std::string_view metrics) {
    const std::vector<EventField> points = event_fields(metrics);
    std::int64_t step = 0;
    for (const EventField& point : points) {
        const auto next = next_steps_.find(point.name);
        if (next != next_steps_.end()) step = std::max(step, next->second);
    }
    for (const EventField& point : points) next_steps_[point.name] = step + 1;
    return step;
}

}  // namespace daybook::cli
