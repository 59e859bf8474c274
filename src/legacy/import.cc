#include "legacy/import.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/text.h"
#include "index/event_key.h"
#include "json/chars.h"
#include "json/encode_event.h"
#include "json/escape.h"
#include "legacy/event_writer.h"
#include "json/nonfinite.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kImportedEvent = "ledger.imported";

class Importer {
public:
    Importer(EventStream& stream, ledger::EventLog& log, const KnownEvents& known,
             const ImportOptions& options)
        : stream_(stream),
          log_(log),
          known_(known),
          options_(options),
          last_ends_(known.ends_at_last_row()) {}

    Result<ImportReport> run();

private:
    Status take(std::span<const std::string_view> events);
    Result<std::vector<bool>> choose(std::span<const std::string_view> events,
                                     std::span<const ledger::EventLog::CheckedLine> lines);
    bool leaves_to_log(std::string_view event);
    bool leaves_removed(std::string_view event);
    void tell_runs();
    void look_at_time(const ledger::EventLog::CheckedLine& line);
    Error stopped() const;
    void note_other_import(std::string_view event);
    void count(std::string_view event, const ledger::EventLog::CheckedLine& line);
    void follow_end(std::string_view event, const ledger::EventLog::CheckedLine& line);
    Status record();
    std::string imported_id(std::string_view key) const;
    std::string imported_event(const std::string& event_id) const;

    EventStream& stream_;
    ledger::EventLog& log_;
    const KnownEvents& known_;
    const ImportOptions& options_;
    ImportReport report_{};
    struct OfOther {
        std::uint64_t runs = 0;
        std::string first{};
    };
    std::map<std::string, OfOther> of_others_{};  // runs of this source, by another that has them
    std::string early_{};                         // the first of report_.early, and what to do
    std::unordered_set<std::uint64_t> runs_{};    // XXH3-64 of their ids
    Hash128 digest_{};                            // of all ids and contents, in any order
    std::unordered_map<std::string, TimestampMs> last_ends_{};  // of runs whose end is not met yet
};

// The run of an event of the stream, as it is written.
std::string_view run_of(std::string_view event) {
    constexpr std::string_view kName = "\"run_id\":\"";
    const std::size_t begin = event.find(kName) + kName.size();
    std::size_t end = begin;
    while (event[end] != '"') end += event[end] == '\\' ? 2U : 1U;
    return event.substr(begin, end - begin);
}

std::string rows_are_no_events(const RefusedRows::OfTable& refused) {
    return fmt::format("{} no {}, such as {}: {}",
                       refused.rows == 1 ? "1 row is" : fmt::format("{} rows are", refused.rows),
                       refused.rows == 1 ? "event" : "events",
                       printable(refused.first.origin.key, 100), refused.first.reason);
}

// The first event of a run: what two files say of one id becomes one run, whatever they mean by it.
void Importer::note_other_import(std::string_view event) {
    std::string run;
    json::unescape(run_of(event), run);
    const auto other = known_.imported_runs().find(run);
    if (other == known_.imported_runs().end() || other->second == stream_.source()) return;
    OfOther& met = of_others_[other->second];
    if (++met.runs == 1) met.first = run;
}

void Importer::count(std::string_view event, const ledger::EventLog::CheckedLine& line) {
    ++report_.events;
    report_.bytes += line.text.size();
    if (runs_.insert(xxh3_64(run_of(event))).second && !known_.imported_runs().empty()) {
        note_other_import(event);
    }
    const Day day = day_of(line.timestamp);
    report_.first_day = std::min(report_.first_day.value_or(day), day);
    report_.last_day = std::max(report_.last_day.value_or(day), day);
}

// An end that has another time than the one that the ledger has last is another event, and no
// change of that one.
void Importer::follow_end(std::string_view event, const ledger::EventLog::CheckedLine& line) {
    if (!stream_.ends_at_last_row(line.index) || last_ends_.empty()) return;
    std::string run;
    json::unescape(run_of(event), run);
    const auto known = last_ends_.find(run);
    if (known == last_ends_.end()) return;
    if (line.timestamp > known->second) ++report_.later_ends;
    if (line.timestamp < known->second) ++report_.earlier_ends;
    last_ends_.erase(known);
}

// Whether the event is of a run that the ledger has recorded itself; it is counted then.
bool Importer::leaves_to_log(std::string_view event) {
    if (options_.also_own_runs || known_.own_runs().empty()) return false;
    std::string run;
    json::unescape(run_of(event), run);
    if (!known_.own_runs().contains(run)) return false;
    ++report_.left_to_log;
    ++report_.left_by_run[run];
    if (report_.runs_of_log.size() < kListedRowsMax) report_.runs_of_log.insert(std::move(run));
    return true;
}

// Whether the event is of a run that retention has removed: what somebody has had deleted is not
// brought back without a word.  It is counted then.
bool Importer::leaves_removed(std::string_view event) {
    if (options_.also_removed_runs || known_.removed_runs().empty()) return false;
    std::string run;
    json::unescape(run_of(event), run);
    if (!known_.removed_runs().contains(run)) return false;
    ++report_.of_removed_runs;
    if (report_.removed_runs.size() < kListedRowsMax) report_.removed_runs.insert(std::move(run));
    return true;
}

// Epoch seconds are a day of January 1970 in milliseconds, and the log would keep that for good.
void Importer::look_at_time(const ledger::EventLog::CheckedLine& line) {
    if (options_.also_early_times || line.timestamp >= kPlausibleTimeMin) return;
    if (++report_.early > 1) return;
    const RowOrigin row = stream_.origin(line.index);
    early_ = fmt::format(
        "{} {} has the time {}: are its times seconds?  Then say so in a mapping: time = {{ sql = "
        "\"… * 1000\" }}; --early-times takes them as they are",
        row.table, printable(row.key, 100), to_iso8601(line.timestamp));
}

Error Importer::stopped() const {
    if (!options_.record) {
        return Error(ErrorCode::kCancelled, fmt::format("read {}: stopped", stream_.source()));
    }
    return Error(ErrorCode::kCancelled,
                 fmt::format("import {}: stopped after {} events; what is written stays, and the "
                             "next import goes on from there",
                             stream_.source(), report_.written));
}

Result<std::vector<bool>> Importer::choose(std::span<const std::string_view> events,
                                           std::span<const ledger::EventLog::CheckedLine> lines) {
    std::vector<bool> chosen(lines.size(), true);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view event = events[lines[i].index];
        const std::optional<std::uint64_t> known =
            known_.content(index::event_key(lines[i].event_id));
        digest_ += xxh3_128(lines[i].text);
        if (!known && (leaves_removed(event) || leaves_to_log(event))) {
            chosen[i] = false;
            continue;
        }
        follow_end(event, lines[i]);
        if (!known) {
            look_at_time(lines[i]);
            count(event, lines[i]);
            continue;
        }
        chosen[i] = false;
        if (*known == xxh3_64(lines[i].text)) {
            ++report_.known;
            count(event, lines[i]);
            continue;
        }
        ++report_.changed;
        if (report_.changed_rows.size() < kListedRowsMax) {
            report_.changed_rows.push_back(
                {.origin = stream_.origin(lines[i].index), .event_id = lines[i].event_id});
        }
    }
    if (report_.early > 0 && !options_.dry_run) {
        return fail(ErrorCode::kInvalidArgument, "{}{}", early_,
                    report_.written == 0
                        ? "; nothing is written"
                        : fmt::format("; {} events before it are written", report_.written));
    }
    return chosen;
}

Status Importer::take(std::span<const std::string_view> events) {
    const ledger::EventLog::Choose choose_lines =
        [&](std::span<const ledger::EventLog::CheckedLine> lines) { return choose(events, lines); };
    const ledger::BatchOutcome outcome =
        options_.dry_run ? log_.check_chosen(events, choose_lines)
                         : log_.emit_chosen(events, Durability::kProcess, choose_lines);
    report_.written += outcome.accepted;
    for (const auto& rejection : outcome.rejections) {
        stream_.refuse(rejection.index, rejection.error.message());
    }
    if (outcome.log_error) return fail(*outcome.log_error);
    return {};
}

std::string Importer::imported_event(const std::string& event_id) const {
    const TimestampMs now = options_.clock->now();
    std::string event = fmt::format(
        "{{\"event_type\":\"{}\",\"event_id\":\"{}\",\"timestamp_ms\":{},\"run_id\":\"{}\","
        "\"source\":",
        kImportedEvent, event_id, now.value(), json::kLedgerRunId);
    const std::string& path = options_.path.empty() ? stream_.source() : options_.path;
    const bool is_text = json::utf8_prefix(path) == path.size();
    json::append_string(is_text ? path : printable(path, 4 * path.size()), event);
    event += ",\"source_name\":";
    json::append_string(stream_.source(), event);
    event += fmt::format(",\"events\":{},\"runs\":{},\"skipped\":{}", report_.events, report_.runs,
                         report_.invalid);
    event += fmt::format(",\"first_day\":\"{}\",\"last_day\":\"{}\"", to_string(*report_.first_day),
                         to_string(*report_.last_day));
    if (!options_.sha256.empty()) event += fmt::format(",\"sha256\":\"{}\"", options_.sha256);
    if (!options_.reading.empty()) event += fmt::format(",\"reading\":\"{}\"", options_.reading);
    if (options_.copied_at) {
        event += fmt::format(",\"copied_at_ms\":{}", options_.copied_at->value());
    }
    event += ",\"tables\":{";
    for (const auto& [table, events] : report_.tables) {
        if (event.back() != '{') event += ',';
        json::append_string(table, event);
        event += fmt::format(":{}", events);
    }
    return event + "}}";
}

std::string Importer::imported_id(std::string_view key) const {
    return legacy_event_id(stream_.source(), "", kImportedEvent, key,
                           fmt::format("\"{}\"", digest_.to_hex()));
}

// The same source as it is makes the same id, so that only one of several imports says so.  Nobody
// says so of a source with rows that the ledger has otherwise: it would end the file's answers, and
// the ledger's are of what the rows were.
Status Importer::record() {
    std::string id = report_.import_id;
    const auto is_said = [&] { return known_.content(index::event_key(id)).has_value(); };
    // It had left runs out that this one has written.
    if (is_said() && report_.written > 0) id = imported_id("[\"also_recorded\"]");
    if (is_said()) return {};
    return log_.emit_json(imported_event(id), Durability::kProcess).map([](const auto&) {});
}

std::string listed(const std::set<std::string>& runs) {
    return printable(fmt::to_string(fmt::join(runs, ", ")), 400) +
           (runs.size() == kListedRowsMax ? ", …" : "");
}

void Importer::tell_runs() {
    std::vector<std::string>& notes = report_.stream.notes;
    for (const auto& [other, met] : of_others_) {
        notes.push_back(fmt::format(
            "{}, such as {}, {} in the log by an import of '{}', too: what both files say under "
            "one id is one run there",
            met.runs == 1 ? "1 run" : fmt::format("{} runs", met.runs), printable(met.first, 60),
            met.runs == 1 ? "is" : "are", printable(other)));
    }
    if (report_.of_removed_runs > 0) {
        notes.push_back(fmt::format(
            "{} rows are of runs that retention has removed from the log, and are left out: {}; "
            "--again brings them back",
            report_.of_removed_runs, listed(report_.removed_runs)));
    }
    if (report_.left_to_log > 0) {
        notes.push_back(fmt::format(
            "{} rows are of runs that the log has recorded itself, and are left out: {}; "
            "--also-recorded writes them too",
            report_.left_to_log, listed(report_.runs_of_log)));
    }
}

Result<ImportReport> Importer::run() {
    while (true) {
        const auto events = stream_.next(options_.batch_events);
        if (!events && events.error().code() == ErrorCode::kCancelled) return fail(stopped());
        if (!events) return fail(events.error());
        if (events->empty()) break;
        RETURN_IF_ERROR(take(*events));
        if (options_.progress && !options_.progress({.rows = stream_.rows_done(),
                                                     .rows_total = stream_.rows_estimate(),
                                                     .written = report_.written})) {
            return fail(stopped());
        }
    }
    report_.stream = stream_.report();
    tell_runs();
    if (report_.early > 0) {
        report_.stream.notes.push_back(
            fmt::format("an import would be refused, and write nothing of it: {}", early_));
    }
    report_.invalid = report_.stream.refused.count();
    report_.invalid_rows = report_.stream.refused.listed();
    report_.left_out = report_.stream.left_out;
    for (const auto& [table, refused] : report_.stream.refused.tables()) {
        report_.left_out.push_back({.table = table, .what = rows_are_no_events(refused)});
    }
    report_.runs = runs_.size();
    for (const RuleReport& rule : report_.stream.rules) report_.tables[rule.table] += rule.events;
    if (report_.events + report_.changed + report_.left_to_log + report_.of_removed_runs > 0) {
        report_.import_id = imported_id("[]");
    }
    if (options_.dry_run) return std::move(report_);
    const bool has_all = report_.events > 0 && report_.changed == 0;
    if (options_.record && has_all) RETURN_IF_ERROR(record());
    RETURN_IF_ERROR(log_.sync());
    return std::move(report_);
}

}  // namespace

Result<ImportReport> import_events(EventStream& stream, ledger::EventLog& log,
                                   const KnownEvents& known, const ImportOptions& options) {
    return Importer(stream, log, known, options).run();
}

}  // namespace daybook::legacy
