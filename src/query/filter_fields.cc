#include "query/filter_fields.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/ranges.h>

#include "base/text.h"
#include "duck/sql.h"
#include "query/filter_error.h"

namespace daybook::query {
namespace {

// The parts as a JSON pointer, in which any name can be written.
std::string pointer(std::span<const std::string> parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += '/';
        for (const char c : part) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return text;
}

}  // namespace

// The tables write nested names with dots.  Another tool's text may be no JSON for DuckDB, which
// may not cost the other rows their answer.
std::string json_text(std::string_view column, std::span<const std::string> parts) {
    const auto at = [column](const std::string& path) {
        return fmt::format("json_extract_string({}, {})", column, duck::quote_literal(path));
    };
    std::string text = at(pointer(parts));
    if (parts.size() > 1) {
        const std::string joined = fmt::format("{}", fmt::join(parts, "."));
        text = fmt::format("coalesce({}, {})", text, at(pointer(std::span(&joined, 1))));
    }
    return fmt::format("CASE WHEN json_valid({}) THEN {} END", column, text);
}

namespace {

struct FixedField {
    std::string_view name;
    FieldType type;
    std::string_view sql;
};

constexpr std::string_view kCreated = "coalesce(created_at_ms, started_at_ms, last_event_ms)";

constexpr FixedField kRunFields[] = {
    {"run_id", FieldType::kText, "run_id"},
    {"run_type", FieldType::kText, "run_type"},
    {"type", FieldType::kText, "run_type"},
    {"name", FieldType::kText, "name"},
    {"experiment", FieldType::kText, "experiment"},
    {"parent_run_id", FieldType::kText, "parent_run_id"},
    {"status", FieldType::kText, "status"},
    {"created", FieldType::kTime, kCreated},
    {"created_at_ms", FieldType::kTime, kCreated},
    {"started", FieldType::kTime, "started_at_ms"},
    {"started_at_ms", FieldType::kTime, "started_at_ms"},
    {"completed", FieldType::kTime, "completed_at_ms"},
    {"completed_at_ms", FieldType::kTime, "completed_at_ms"},
    {"ended", FieldType::kTime, "ended_at_ms"},
    {"ended_at_ms", FieldType::kTime, "ended_at_ms"},
    {"last_event", FieldType::kTime, "last_event_ms"},
    {"last_event_ms", FieldType::kTime, "last_event_ms"},
    {"duration", FieldType::kDuration, "duration_ms"},
    {"duration_ms", FieldType::kDuration, "duration_ms"},
    {"attempt", FieldType::kNumber, "attempt"},
    {"trials", FieldType::kNumber, "trials"},
    {"artifacts", FieldType::kNumber, "artifacts"},
    {"seed", FieldType::kNumber, "seed"},
    {"data_fingerprint", FieldType::kText, "data_fingerprint"},
    {"source", FieldType::kText, "source"},
};

constexpr FixedField kTrialFields[] = {
    {"trial_id", FieldType::kText, "trial_id"},
    {"state", FieldType::kText, "state"},
    {"feasible", FieldType::kBoolean, "feasible"},
    {"violations", FieldType::kText, "array_to_string(violations, ', ')"},
    {"recorded", FieldType::kTime, "recorded_at_ms"},
    {"recorded_at_ms", FieldType::kTime, "recorded_at_ms"},
    {"duration", FieldType::kDuration, "duration_ms"},
    {"duration_ms", FieldType::kDuration, "duration_ms"},
};

// Where the names behind a prefix are looked up.
enum class Place { kTags, kJson, kRunMetrics, kTrialParams, kTrialMetrics };

struct Group {
    std::string_view prefix;
    Place place;
    std::string_view column;
};

constexpr Group kRunGroups[] = {
    {"tags", Place::kTags, "tags"},
    {"config", Place::kJson, "config"},
    {"params", Place::kJson, "config"},
    {"summary", Place::kJson, "summary_json"},
    {"metrics", Place::kRunMetrics, "summary_json"},
    {"error", Place::kJson, "error_json"},
    {"environment", Place::kJson, "environment"},
    {"owner", Place::kJson, "owner"},
};

constexpr Group kTrialGroups[] = {
    {"params", Place::kTrialParams, "params"},
    {"metrics", Place::kTrialMetrics, "metrics"},
    {"error", Place::kJson, "error_json"},
};

std::span<const FixedField> fixed_fields(FilterScope scope) {
    return scope == FilterScope::kRuns ? std::span<const FixedField>(kRunFields)
                                       : std::span<const FixedField>(kTrialFields);
}
std::span<const Group> groups(FilterScope scope) {
    return scope == FilterScope::kRuns ? std::span<const Group>(kRunGroups)
                                       : std::span<const Group>(kTrialGroups);
}

// DuckDB orders NaN above all numbers: metrics.sharpe > 1.5 would be true of it.
std::string without_nan(const std::string& number) {
    return "nullif(" + number + ", 'NaN'::DOUBLE)";
}

std::string as_number(const std::string& text) {
    return without_nan(fmt::format("TRY_CAST({} AS DOUBLE)", text));
}

std::string map_number(std::string_view map, const std::string& name) {
    return without_nan(fmt::format("{}[{}]", map, duck::quote_literal(name)));
}

Field group_field(const Group& group, std::span<const std::string> parts) {
    const std::string name = fmt::format("{}", fmt::join(parts, "."));
    Field field{.type = FieldType::kAny, .shown = fmt::format("{}.{}", group.prefix, name)};
    switch (group.place) {
        case Place::kTags:
            field.sql = fmt::format("{}[{}]", group.column, duck::quote_literal(name));
            field.number = as_number(field.sql);
            break;
        case Place::kJson:
            field.sql = json_text(group.column, parts);
            field.number = as_number(field.sql);
            break;
        case Place::kRunMetrics:
            // The summary says it, or else the last point that was recorded.
            field.type = FieldType::kNumber;
            field.number = fmt::format(
                "coalesce({}, {})", as_number(json_text(group.column, parts)),
                without_nan(fmt::format(
                    "(SELECT arg_max(p.value, (p.timestamp_ms, coalesce(p.step, -1), p._event_id)) "
                    "FROM metric_points p WHERE p.run_id = latest_runs.run_id AND p.trial_id = '' "
                    "AND p.name = {})",
                    duck::quote_literal(name))));
            field.sql = field.number;
            break;
        case Place::kTrialParams:
            field.sql = json_text(group.column, parts);
            field.number = map_number("param_values", name);
            break;
        case Place::kTrialMetrics:
            field.type = FieldType::kNumber;
            field.number = map_number("metric_values", name);
            field.sql = field.number;
            break;
    }
    return field;
}

const std::vector<std::string>* known_of(Place place, const KnownNames& known) {
    if (place == Place::kTrialParams) return &known.params;
    if (place == Place::kTrialMetrics) return &known.metrics;
    return nullptr;
}

// Where a name of the data could be written.
std::string qualified(std::string_view prefix, std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    });
    return fmt::format("{}.{}", prefix,
                       plain && !name.empty() ? std::string(name) : duck::quote_identifier(name));
}

// "; did you mean metrics.sharpe?"
std::string suggestion(std::string_view wanted, FilterScope scope, const KnownNames& known) {
    // A name of the data without its prefix is the likeliest slip.
    for (const auto& [prefix, names] :
         {std::pair("metrics", &known.metrics), {"params", &known.params}}) {
        if (std::find(names->begin(), names->end(), wanted) != names->end()) {
            return fmt::format("; did you mean {}?", qualified(prefix, wanted));
        }
    }
    std::vector<std::string> candidates;
    for (const FixedField& field : fixed_fields(scope)) candidates.emplace_back(field.name);
    for (const Group& group : groups(scope)) {
        candidates.emplace_back(group.prefix);
        if (const auto* names = known_of(group.place, known)) {
            for (const auto& name : *names) candidates.push_back(qualified(group.prefix, name));
        }
    }
    const std::vector<std::string_view> views(candidates.begin(), candidates.end());
    const std::string_view nearest = nearest_name(wanted, views);
    if (!nearest.empty()) return fmt::format("; did you mean {}?", nearest);
    return fmt::format("; there are {}", fmt::join(field_names(scope), ", "));
}

}  // namespace

std::vector<std::string> field_names(FilterScope scope) {
    std::vector<std::string> names;
    for (const FixedField& field : fixed_fields(scope)) names.emplace_back(field.name);
    for (const Group& group : groups(scope)) names.push_back(fmt::format("{}.NAME", group.prefix));
    return names;
}

Result<Field> find_field(const FieldName& name, FilterScope scope, const KnownNames& known,
                         std::string_view filter) {
    const std::string& first = name.parts.front();
    const std::string whole = fmt::format("{}", fmt::join(name.parts, "."));
    if (name.parts.size() == 1) {
        for (const FixedField& field : fixed_fields(scope)) {
            if (field.name != first) continue;
            return Field{.type = field.type,
                         .shown = first,
                         .sql = std::string(field.sql),
                         .number = std::string(field.sql)};
        }
        // The message is what is meant by a run's error.
        if (first == "error") {
            return group_field({"error", Place::kJson, "error_json"},
                               std::array<std::string, 1>{"message"});
        }
    }
    for (const Group& group : groups(scope)) {
        if (group.prefix != first) continue;
        if (name.parts.size() == 1) {
            return fail(filter_error(
                filter, name.offset,
                fmt::format("found {0}, expected {0}.NAME: one of its fields", first)));
        }
        const auto parts = std::span(name.parts).subspan(1);
        const std::string rest = fmt::format("{}", fmt::join(parts, "."));
        const auto* names = known_of(group.place, known);
        if (known.complete && names != nullptr &&
            std::none_of(names->begin(), names->end(), [&](const std::string& known_name) {
                return known_name == rest || known_name == parts.front();
            })) {
            return fail(filter_error(filter, name.offset,
                                     fmt::format("found {}, which no trial has{}", printable(whole),
                                                 suggestion(whole, scope, known))));
        }
        return group_field(group, parts);
    }
    return fail(filter_error(filter, name.offset,
                             fmt::format("found {}, expected a field{}", printable(whole),
                                         suggestion(whole, scope, known))));
}

}  // namespace daybook::query
