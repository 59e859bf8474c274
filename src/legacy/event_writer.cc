#include "legacy/event_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/calendar.h"
#include "base/hash.h"
#include "base/text.h"
#include "event/event_id.h"
#include "json/reader.h"
#include "json/rules.h"
#include "legacy/json_compare.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kRejected = "left out";
// Of a SHA-256 in hex: as many bits as a UUID has.
constexpr std::size_t kCopyDigits = 32;
// Of these, as many as tell the rows of one key apart: 48 bits.
constexpr std::size_t kApartDigits = 12;
constexpr std::string_view kReplaced =
    "kept in imported_from alone, for a column of the name counts,";
constexpr std::string_view kWrapped = "kept as {\"value\": …}";

// What a time beyond all days is likely to be, and the cure; empty: nobody knows.
std::string finer_unit(TimestampMs at) {
    constexpr std::int64_t kYear1990Ms = 631'152'000'000;
    constexpr std::int64_t kYear2100Ms = 4'102'444'800'000;
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 2> kUnits = {
        {{"microseconds", 1'000}, {"nanoseconds", 1'000'000}}};
    for (const auto& [unit, in_ms] : kUnits) {
        const std::int64_t ms = at.value() / in_ms;
        if (ms < kYear1990Ms || ms >= kYear2100Ms) continue;
        return fmt::format(
            ": are they {}?  Then say so in a mapping: time = {{ sql = \"… // {}\" }}", unit,
            in_ms);
    }
    return "";
}

void append_key(const duck::Rows& rows, std::size_t row, std::size_t parts, std::string& key) {
    key = "[";
    for (std::size_t i = 0; i < parts; ++i) {
        if (i > 0) key += ',';
        const duck::Column& part = rows.column(kKeyColumns + i);
        if (part.is_null(row)) {
            key += "null";
        } else {
            json::append_string(part.get_string(row), key);
        }
    }
    key += ']';
}

// A member with an object of texts; nothing where there are none.
void append_texts(std::string_view name,
                  const std::vector<std::pair<std::string, std::string>>& texts, std::string& out) {
    if (texts.empty()) return;
    out.append(",\"").append(name).append("\":{");
    for (const auto& [field, text] : texts) {
        if (out.back() != '{') out += ',';
        json::append_string(field, out);
        out += ':';
        json::append_string(text, out);
    }
    out += '}';
}

const schema::FieldSpec* member_spec(const schema::FieldSpec* spec, std::string_view name) {
    if (spec == nullptr || spec->object == nullptr) return nullptr;
    for (const schema::FieldSpec& member : spec->object->fields) {
        if (member.name == name) return &member;
    }
    return nullptr;
}

// Null, or the text that JSON has for it where JSON is meant.
bool is_nothing(const duck::Column& column, std::size_t row, bool is_meant_as_json) {
    if (column.is_null(row)) return true;
    if (column.type().kind != duck::TypeKind::kVarchar) return false;
    return (is_meant_as_json || is_json(column.type())) && column.get_string(row) == "null";
}

bool is_object(const schema::FieldSpec* spec) {
    return spec != nullptr &&
           (spec->kind == schema::FieldKind::kMap || spec->kind == schema::FieldKind::kObject);
}

bool wants_numbers(const schema::FieldSpec& spec) {
    return spec.rule.values == json::Values::kNumber;
}

// Of an object that append_object() has made of what is none.
bool is_wrapped_number(std::string_view object) {
    json::Reader reader(object);
    std::string_view name;
    return reader.enter_object() && reader.next_field(&name) &&
           (reader.peek() == json::Kind::kNumber || reader.peek() == json::Kind::kNull);
}

// Whether a value of the right kind may still be none for the field.
bool may_be_unfit(const schema::FieldSpec& spec) {
    switch (spec.kind) {
        case schema::FieldKind::kString: return spec.format != json::Format::kAny;
        case schema::FieldKind::kChoice:
        case schema::FieldKind::kStrings:
        case schema::FieldKind::kObject: return true;
        case schema::FieldKind::kMap:
            return spec.rule.values != json::Values::kAny || spec.rule.names_checked;
        default: return false;
    }
}

}  // namespace

std::string legacy_event_id(std::string_view source, std::string_view table, std::string_view event,
                            std::string_view key, std::string_view copy,
                            std::optional<TimestampMs> at_last) {
    std::string text = "[";
    json::append_string(source, text);
    text += ',';
    json::append_string(table, text);
    text += ',';
    json::append_string(event, text);
    text.append(",").append(key).append(",").append(copy);
    if (at_last) fmt::format_to(std::back_inserter(text), ",{}", at_last->value());
    text += ']';
    Sha256 hash;
    hash.update(text);
    const Sha256Digest digest = hash.finish();
    event::EventId id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id.to_string();
}

EventWriter::EventWriter(const PlannedRule& rule, std::string_view source)
    : rule_(rule), source_(source), nonfinite_(json::NonFinite::form_of(rule.event)) {
    head_ = "{\"event_type\":";
    json::append_string(rule.event, head_);
    head_ += ",\"event_id\":\"";
    path_.enter();
}

std::string EventWriter::check(const duck::Rows& rows, std::size_t row) const {
    const duck::Column& run = rows.column(kRunColumn);
    if (run.is_null(row)) return "run_id: it is null";
    const std::string_view run_id = run.get_string(row);
    const std::string_view expected = json::expected_format(json::Format::kName, run_id);
    if (!expected.empty()) {
        return fmt::format("run_id: found '{}' ({} bytes), expected {}", printable(run_id, 40),
                           run_id.size(), expected);
    }
    const duck::Column& time = rows.column(kTimeColumn);
    if (time.is_null(row)) {
        const bool is_said = rule_.time_text && !rows.column(*rule_.time_text).is_null(row);
        if (!is_said) return "it has no time";
        return fmt::format(
            "time: found '{}', expected ISO 8601, such as 2026-01-23 10:00:00, or "
            "milliseconds since 1970",
            printable(rows.column(*rule_.time_text).get_string(row), 40));
    }
    const TimestampMs at(time.get_int64(row));
    if (!has_day(at)) {
        return fmt::format("time: found {} ms, which has no day{}", at.value(), finer_unit(at));
    }
    return "";
}

std::string EventWriter::copy_of(const duck::Rows& rows, std::size_t row) {
    if (!rows.column(kCopyColumn).get_bool(row)) return "null";
    std::string content = "[";
    const duck::Column& time = rows.column(rule_.own_time);
    content += time.is_null(row) ? "null" : fmt::format("{}", time.get_int64(row));
    content += ',';
    json::append_string(rows.column(rule_.run_in_ids).get_string(row), content);
    content += ",{";
    json::Path path;
    path.enter();
    for (const auto& [name, column] : rule_.content) {
        if (rows.column(column).is_null(row)) continue;
        if (content.back() != '{') content += ',';
        json::append_string(name, content);
        content += ':';
        append_value(rows.column(column), row, path, content_nonfinite_, content);
    }
    content += "}]";
    return fmt::format("\"{}\"", sha256_hex(content).substr(0, kCopyDigits));
}

bool EventWriter::ends_at_last_row(const duck::Rows& rows, std::size_t row) const {
    return rule_.ends_at_last_row && rows.column(rule_.own_time).is_null(row);
}

std::string EventWriter::append(const duck::Rows& rows, std::size_t row, std::string& out,
                                std::string& key) {
    append_key(rows, row, rule_.key_parts, key);
    std::string problem = check(rows, row);
    if (!problem.empty()) return problem;
    nonfinite_.clear();
    unfit_.clear();
    exact_.clear();
    if (rule_.exact_time && !rows.column(*rule_.exact_time).is_null(row)) {
        exact_.emplace_back("timestamp_ms", rows.column(*rule_.exact_time).get_string(row));
    }
    const std::string copy = copy_of(rows, row);
    apart_ = rule_.has_key && copy != "null" ? copy.substr(1, kApartDigits) : std::string();
    out += head_;
    const TimestampMs time(rows.column(kTimeColumn).get_int64(row));
    const bool at_last = ends_at_last_row(rows, row);
    out += legacy_event_id(source_, rule_.table, rule_.event, key, copy,
                           at_last ? std::optional(time) : std::nullopt);
    fmt::format_to(std::back_inserter(out), "\",\"timestamp_ms\":{},\"run_id\":", time.value());
    json::append_string(rows.column(kRunColumn).get_string(row), out);
    for (const PlannedField& field : rule_.fields) {
        const std::size_t before = out.size();
        out += ',';
        json::append_string(field.name, out);
        out += ':';
        path_.set(field.name);
        if (!append_planned(field.value, field.spec, field.name, rows, row, out)) {
            out.resize(before);
        }
    }
    nonfinite_.append_member(out);
    append_origin(key, copy, at_last, out);
    out += '}';
    return "";
}

void EventWriter::append_origin(std::string_view key, std::string_view copy, bool at_last,
                                std::string& out) {
    out += ",\"imported_from\":{\"source\":";
    json::append_string(source_, out);
    out += ",\"table\":";
    json::append_string(rule_.table, out);
    out.append(",\"key\":").append(key);
    if (copy != "null") out.append(",\"copy\":").append(copy);
    if (at_last) out += ",\"of_run\":\"last\"";
    append_texts("exact", exact_, out);
    append_texts("unfit", unfit_, out);
    out += '}';
}

void EventWriter::note(const std::string& name, std::string_view done, std::string_view text) {
    Oddity& oddity = oddities_[fmt::format("{}: {}", name, done)];
    if (++oddity.count == 1) oddity.example = printable(text, 40);
}

void EventWriter::leave_out(const std::string& name, std::string_view text) {
    note(name, kRejected, text);
    keep_unfit(name, text);
}

// A column may be what a member was rounded to, or something else: both are kept, and that is told.
void EventWriter::keep_replaced(const std::string& name, const Replaced& member) {
    if (member.value == "null" || member.value == member.standing ||
        json_differences(member.value, member.standing, 0).empty()) {
        return;
    }
    note(name, kReplaced, member.value);
    keep_unfit(name, member.value);
}

void EventWriter::keep_unfit(const std::string& name, std::string_view text) {
    const auto same = std::find_if(unfit_.begin(), unfit_.end(),
                                   [&](const auto& value) { return value.first == name; });
    if (same == unfit_.end()) unfit_.emplace_back(name, text);
}

bool EventWriter::append_column(const duck::Column& column, std::size_t row,
                                const schema::FieldSpec* spec, const std::string& name,
                                std::string& out) {
    if (is_nothing(column, row, is_object(spec))) return false;
    if (is_object(spec)) {
        const std::size_t begin = out.size();
        if (append_object(column, row, path_, nonfinite_, out)) return true;
        if (wants_numbers(*spec) && !is_wrapped_number(std::string_view(out).substr(begin))) {
            out.resize(begin);
            leave_out(name, column.text(row));
            return false;
        }
        note(name, kWrapped, column.text(row));
        return true;
    }
    if (spec == nullptr) {
        append_value(column, row, path_, nonfinite_, out);
        return true;
    }
    if (append_scalar(column, row, *spec, path_, nonfinite_, out)) {
        if (spec->kind == schema::FieldKind::kInteger && is_cut(column, row)) {
            exact_.emplace_back(name, column.text(row));
        }
        return true;
    }
    leave_out(name, column.text(row));
    return false;
}

// A curve has numbers alone; what is none of them is told, and kept beside the row's origin.
void EventWriter::keep_only_numbers(const std::string& name, std::string& out, std::size_t begin) {
    keep_numbers(out, begin, [&](std::string_view member, std::string_view value) {
        leave_out(fmt::format("{}.{}", name, member), value);
    });
}

bool EventWriter::append_planned_object(const PlannedObject& object, const schema::FieldSpec* spec,
                                        const std::string& name, const duck::Rows& rows,
                                        std::size_t row, std::string& out) {
    const std::size_t begin = out.size();
    out += '{';
    bool found = false;
    for (const std::size_t column : object.json) {
        if (is_nothing(rows.column(column), row, true)) continue;
        out.resize(begin);
        if (!append_object(rows.column(column), row, path_, nonfinite_, out)) {
            note(name, kWrapped, rows.column(column).text(row));
        }
        out.pop_back();  // The brace: members may follow.
        found = true;
        break;
    }
    path_.enter();
    for (const auto& [member, value] : object.members) {
        const std::size_t before = out.size();
        if (out.size() > begin + 1) out += ',';
        json::append_string(member, out);
        out += ':';
        path_.set(member);
        if (append_planned(value, member_spec(spec, member), member, rows, row, out)) {
            found = true;
        } else {
            out.resize(before);
        }
    }
    path_.leave();
    out += '}';
    if (!found) {
        out.resize(begin);
    } else if (object.may_repeat) {
        for (const Replaced& member : keep_last_of_a_name(out, begin, path_, nonfinite_)) {
            keep_replaced(fmt::format("{}.{}", name, member.name), member);
        }
    }
    return found;
}

bool EventWriter::append_term(const PlannedTerm& term, const schema::FieldSpec* spec,
                              const std::string& name, const duck::Rows& rows, std::size_t row,
                              std::string& out) {
    if (term.kind == ValueTerm::Kind::kObject) {
        return append_planned_object(term.object, spec, name, rows, row, out);
    }
    if (term.kind == ValueTerm::Kind::kColumn) {
        if (!append_column(rows.column(term.column), row, spec, name, out)) return false;
        const bool is_one_of_several = term.is_unique && !apart_.empty() && out.back() == '"';
        if (is_one_of_several) out.insert(out.size() - 1, "/" + apart_);
        return true;
    }
    if (term.is_assumed) note(name, fmt::format("assumed to be {}", term.json), "");
    out += term.json;
    return true;
}

bool EventWriter::append_planned(const PlannedValue& value, const schema::FieldSpec* spec,
                                 const std::string& name, const duck::Rows& rows, std::size_t row,
                                 std::string& out) {
    const std::size_t begin = out.size();
    const std::size_t numbers = nonfinite_.entries().size();
    for (const PlannedTerm& term : value.terms) {
        if (!append_term(term, spec, name, rows, row, out)) continue;
        if (is_object(spec) && wants_numbers(*spec)) keep_only_numbers(name, out, begin);
        if (spec == nullptr || !may_be_unfit(*spec)) return true;
        const std::string_view json = std::string_view(out).substr(begin);
        // What an event must have is kept as it is, where nothing else is there for it: the ledger
        // then says what it found.
        const bool is_last_hope = spec->required && &term == &value.terms.back();
        if (is_last_hope || fits(json, *spec)) return true;
        // An empty name is none.
        if (json != "\"\"") {
            const bool is_column = term.kind == ValueTerm::Kind::kColumn;
            leave_out(name, is_column ? rows.column(term.column).text(row) : std::string(json));
        }
        out.resize(begin);
        nonfinite_.keep(numbers);
    }
    return false;
}

}  // namespace daybook::legacy
