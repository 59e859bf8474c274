#include "index/decode.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "index/event_key.h"
#include "json/document.h"
#include "json/encode_event.h"
#include "json/nonfinite.h"
#include "ledger/event_line.h"

namespace daybook::index {
namespace {

constexpr std::size_t kColumnsMax = 16;

// Positions of the columns of tables.cc.
constexpr FieldRule kRunRules[] = {
    {"run_type", 1},
    {"config", 3, Read::kJson},
    {"data_fingerprint", 4},
    {"name", 5},
    {"experiment", 6},
    {"parent_run_id", 7},
    {"environment", 8, Read::kJson},
    {"seed", 9, Read::kInt},
    {"tags", 10, Read::kTags},
};
constexpr FieldRule kTrialRules[] = {
    {"trial_id", 1},
    {"params", 3, Read::kParams},
    {"metrics", 4, Read::kMetrics},
    {"state", 5},
    {"feasible", 6, Read::kBool},
    {"violations", 7, Read::kTexts},
    {"duration_ms", 8, Read::kInt},
    {"error", 9, Read::kJson},
    {"nonfinite", 12, Read::kNonfinite},
};
constexpr FieldRule kArtifactRules[] = {
    {"artifact_type", 1}, {"artifact_path", 2},    {"size_bytes", 3, Read::kInt},
    {"sha256", 5},        {"rows", 6, Read::kInt}, {"format", 7},
    {"trial_id", 8},
};
constexpr FieldRule kBaselineRules[] = {
    {"alerts_total", 1, Read::kInt},
    {"alerts_ok", 2, Read::kInt},
    {"artifact_path", 3},
};

constexpr FieldRule kLifeRules[] = {
    {"summary", 0, Read::kJson}, {"error", 1, Read::kFailure}, {"artifact_paths", 2, Read::kJson},
    {"owner", 3, Read::kJson},   {"attempt", 4, Read::kInt},
};
constexpr FieldRule kPhaseRules[] = {
    {"phase_name", 0},
    {"phase_order", 1, Read::kInt},
    {"iteration", 2, Read::kInt},
    {"duration_ms", 3, Read::kInt},
    {"output_summary", 4, Read::kJson},
};
constexpr FieldRule kPointRules[] = {
    {"metrics", 0, Read::kMetrics},
    {"step", 1, Read::kInt},
    {"trial_id", 2},
    {"nonfinite", 3, Read::kNonfinite},
};
constexpr FieldRule kTaggedRules[] = {
    {"tags", 0, Read::kTags},
    {"note", 1},
    {"author", 2},
};

constexpr std::size_t kNone[] = {0};  // run_id, which every event has
constexpr std::size_t kTrialKey[] = {1};
constexpr std::size_t kArtifactKey[] = {2};

struct LifeType {
    std::string_view type;
    LifeKind kind;
};
constexpr LifeType kLifeTypes[] = {
    {"run.started", LifeKind::kStarted},         {"run.completed", LifeKind::kCompleted},
    {"run.failed", LifeKind::kFailed},           {"run.cancelled", LifeKind::kCancelled},
    {"run.interrupted", LifeKind::kInterrupted}, {"run.environment", LifeKind::kEnvironment},
    {"run.deleted", LifeKind::kDeleted},         {"run.restored", LifeKind::kRestored},
};

// Events that describe a run without its doing anything.
bool is_description(std::string_view type) {
    return type == "run.created" || type == "run.environment" || type == "run.tagged" ||
           type == "run.deleted" || type == "run.restored";
}

// `text` as it lies within the line, or a copy: what a parser unescaped lives only until its next
// text.
std::string_view stable(std::string_view text, std::string_view line, Arena& arena) {
    const bool within =
        text.data() >= line.data() && text.data() + text.size() <= line.data() + line.size();
    return within ? text : arena.keep(text);
}

}  // namespace

void Decoder::add_row(Table table, std::span<Cell> cells, Staging& staging) {
    const TableSpec& table_spec = spec(table);
    StagedRows& rows = staging.rows(table);
    const auto event = static_cast<std::uint32_t>(staging.events.size() - 1);
    const StagedEvent& owner = staging.events.back();
    if (table_spec.columns[0].name == "run_id") cells[0] = Cell::text(owner.run_id);
    cells[table_spec.position_of(Role::kTime)] = Cell::integer(owner.stamp.timestamp_ms);
    cells[table_spec.position_of(Role::kEventId)] = Cell::text(owner.stamp.event_id);

    key_.clear();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (table_spec.columns[i].role != Role::kKey) continue;
        // A point without a step is a point of its own: its event's id stands for the step.
        const std::string_view text = cells[i].kind() == Cell::Kind::kText ? cells[i].as_text()
                                      : cells[i].is_null()                 ? owner.stamp.event_id
                                                                           : std::string_view();
        const std::uint64_t number = cells[i].kind() == Cell::Kind::kInt
                                         ? static_cast<std::uint64_t>(cells[i].as_int())
                                         : text.size();
        char head[sizeof(number) + 1];
        std::memcpy(head, &number, sizeof(number));
        head[sizeof(number)] = static_cast<char>(cells[i].kind());
        key_.append(head, sizeof(head));
        key_.append(text);
    }
    rows.cells.insert(rows.cells.end(), cells.begin(), cells.end());
    rows.events.push_back(event);
    rows.keys.push_back(xxh3_128(key_));
    rows.hashes.push_back(hasher_.hash(table_spec, cells, staging.texts));
    rows.counts.push_back(1);
}

bool Decoder::stage_row(Table table, std::string_view text, std::span<const FieldRule> rules,
                        std::span<const std::size_t> required, Staging& staging) {
    const TableSpec& table_spec = spec(table);
    std::array<Cell, kColumnsMax> all{};
    const std::span<Cell> cells = std::span(all).first(table_spec.columns.size());
    if (!walk_.read(text, rules, cells, staging)) return false;
    for (const std::size_t position : required) {
        if (position != 0 && cells[position].is_null()) return false;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (table_spec.columns[i].name == "extra") cells[i] = walk_.extra();
        if (table_spec.columns[i].type != Type::kNumbers) continue;
        const FieldWalk::Numbers& numbers =
            table_spec.columns[i].name == "param_values" ? walk_.params() : walk_.metrics();
        cells[i] = Cell::numbers(staging.numbers.size(), numbers.size());
        staging.numbers.insert(staging.numbers.end(), numbers.begin(), numbers.end());
    }
    if (table == Table::kTrials && cells[5].is_null()) cells[5] = Cell::text("complete");
    add_row(table, cells, staging);
    return true;
}

bool Decoder::stage_life(LifeKind kind, std::string_view text, Staging& staging) {
    std::array<Cell, 5> cells{};
    const bool is_life =
        kind != LifeKind::kEnvironment && kind != LifeKind::kDeleted && kind != LifeKind::kRestored;
    const std::span<const FieldRule> rules =
        is_life ? std::span<const FieldRule>(kLifeRules) : std::span<const FieldRule>();
    if (!walk_.read(text, rules, cells, staging)) return false;
    LifeEvent life{.event = static_cast<std::uint32_t>(staging.events.size() - 1), .kind = kind};
    if (!cells[4].is_null()) life.attempt = std::max<std::int64_t>(1, cells[4].as_int());
    life.summary = cells[0];
    life.error = cells[1];
    life.artifact_paths = cells[2];
    life.owner = cells[3];
    life.failed_phase = walk_.failed_phase();
    life.extra = walk_.extra();
    staging.life.push_back(life);
    return true;
}

bool Decoder::stage_phase(PhaseKind kind, std::string_view text, Staging& staging) {
    std::array<Cell, 5> cells{};
    // What a phase failed of has no column of its own: it stays in extra.
    if (!walk_.read(text, kPhaseRules, cells, staging) || cells[0].is_null()) return false;
    // An order below 0 is none: −1 stands for that in the tables.
    const bool has_order = !cells[1].is_null() && cells[1].as_int() >= 0;
    if (kind == PhaseKind::kStarted && !has_order) return false;
    PhaseEvent phase{.event = static_cast<std::uint32_t>(staging.events.size() - 1), .kind = kind};
    phase.phase_name = cells[0].as_text();
    phase.phase_order = has_order ? cells[1].as_int() : -1;
    phase.iteration = cells[2].is_null() ? 0 : cells[2].as_int();
    phase.duration_ms = cells[3];
    phase.output_summary = cells[4];
    phase.extra = walk_.extra();
    staging.phases.push_back(phase);
    return true;
}

bool Decoder::stage_points(std::string_view text, Staging& staging) {
    std::array<Cell, 4> fields{};
    if (!walk_.read(text, kPointRules, fields, staging)) return false;
    for (const auto& [name, value] : walk_.metrics()) {
        std::array<Cell, 8> cells{};
        cells[1] = fields[2].is_null() ? Cell::text("") : fields[2];
        cells[2] = Cell::text(name);
        cells[3] = fields[1];
        cells[4] = Cell::number(value);
        cells[6] = walk_.extra();
        add_row(Table::kPoints, cells, staging);
    }
    return true;
}

void Decoder::add_tags(Cell author, Cell extra, Staging& staging) {
    for (const Tag& tag : walk_.tags()) {
        std::array<Cell, 7> cells{};
        cells[1] = Cell::text(tag.key);
        cells[2] = tag.value;
        cells[4] = author;
        cells[5] = extra;
        add_row(Table::kTags, cells, staging);
    }
}

bool Decoder::stage_tagged(std::string_view text, Staging& staging) {
    std::array<Cell, 3> fields{};
    if (!walk_.read(text, kTaggedRules, fields, staging)) return false;
    add_tags(fields[2], walk_.extra(), staging);
    if (fields[1].is_null()) return true;
    const StagedEvent& event = staging.events.back();
    std::array<Cell, 7> cells{};
    cells[0] = Cell::text(event.stamp.event_id);
    cells[1] = Cell::text(event.run_id);
    cells[2] = fields[1];
    cells[3] = fields[2];
    cells[5] = walk_.extra();
    add_row(Table::kNotes, cells, staging);
    return true;
}

bool Decoder::stage_custom(std::string_view type, std::string_view text, Staging& staging) {
    if (!walk_.read(text, {}, {}, staging)) return false;
    const StagedEvent& event = staging.events.back();
    std::array<Cell, 6> cells{};
    cells[0] = Cell::text(event.stamp.event_id);
    cells[1] = Cell::text(event.run_id);
    cells[2] = Cell::text(stable(type, text, staging.arena));
    cells[4] = walk_.extra().is_null() ? Cell::text("{}") : walk_.extra();
    add_row(Table::kCustom, cells, staging);
    return true;
}

// Adds the rows of the event that has just been added.
bool Decoder::stage(const json::Envelope& envelope, std::string_view text, Staging& staging) {
    const std::string_view type = envelope.event_type;
    // The ledger is no run: whatever calls itself so makes no row that belongs to one.
    if (!staging.events.back().makes_run) return stage_custom(type, text, staging);
    if (type == "trial.recorded") {
        return stage_row(Table::kTrials, text, kTrialRules, kTrialKey, staging);
    }
    if (type == "metric.recorded") return stage_points(text, staging);
    if (type == "phase.started") return stage_phase(PhaseKind::kStarted, text, staging);
    if (type == "phase.completed") return stage_phase(PhaseKind::kCompleted, text, staging);
    if (type == "phase.failed") return stage_phase(PhaseKind::kFailed, text, staging);
    if (type == "artifact.created") {
        return stage_row(Table::kArtifacts, text, kArtifactRules, kArtifactKey, staging);
    }
    if (type == "baseline.completed") {
        return stage_row(Table::kBaselines, text, kBaselineRules, kNone, staging);
    }
    if (type == "run.created") {
        if (!stage_row(Table::kRuns, text, kRunRules, kNone, staging)) return false;
        add_tags({}, {}, staging);
        return true;
    }
    if (type == "run.tagged") return stage_tagged(text, staging);
    if (type == "run.heartbeat") return true;
    for (const LifeType& life : kLifeTypes) {
        if (life.type == type) return stage_life(life.kind, text, staging);
    }
    return stage_custom(type, text, staging);
}

void Decoder::decode(const log::Line& line, std::uint32_t part, Staging& staging) {
    const auto damaged = [&](std::string_view reason) {
        staging.damage.push_back({part, line.offset, line.text.size(), reason});
    };
    if (line.kind == log::LineKind::kDamaged) return damaged(log::to_string(line.damage));
    std::string_view text = line.text;
    auto envelope = ledger::event_of(line, envelopes_);
    if (!envelope) return damaged("no_event");

    Arena& arena = staging.arena;
    StagedEvent event;
    event.run_id = stable(envelope->run_id, text, arena);
    event.stamp = {envelope->timestamp.value(), stable(envelope->event_id, text, arena)};
    event.id = event_key(event.stamp.event_id);
    event.content = xxh3_64(line.body);
    event.part = part;
    event.offset = line.offset;
    event.length = static_cast<std::uint32_t>(text.size());
    event.makes_run = event.run_id != json::kLedgerRunId;
    event.is_active = !is_description(envelope->event_type);
    envelope->event_type = stable(envelope->event_type, text, arena);

    // Python's json writes NaN and infinities, which no column of JSON may hold.
    if (line.kind == log::LineKind::kForeign) {
        const auto whole = json::event_without_nonfinite(text, envelope->event_type);
        if (whole)
            text = arena.keep(*whole + std::string(json::kPadding, ' ')).substr(0, whole->size());
    }
    if (upcaster_ && upcaster_->applies(envelope->event_type, envelope->schema_version)) {
        const auto newest = upcaster_->upcast(envelope->event_type, envelope->schema_version, text);
        if (!newest) return damaged("not_upcast");
        text = arena.keep(*newest + std::string(json::kPadding, ' ')).substr(0, newest->size());
    }
    staging.events.push_back(event);
    if (!stage(*envelope, text, staging)) {
        staging.events.pop_back();
        return damaged("invalid_event");
    }
    if (line.kind == log::LineKind::kForeign) ++staging.foreign;
}

}  // namespace daybook::index
