#include "legacy/event_stream.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/calendar.h"
#include "base/stop_relay.h"
#include "base/text.h"
#include "duck/database.h"
#include "legacy/catalog.h"
#include "legacy/event_writer.h"
#include "legacy/plan.h"
#include "legacy/source_name.h"

namespace daybook::legacy {
namespace {

// What a batch of events holds, give or take one event.
constexpr std::size_t kBatchBytesMax = std::size_t{32} << 20;
// 1990-01-01: no run is older, unless its table's times are in two units.
constexpr std::int64_t kLikelyMsMin = 631'152'000'000;

// What DuckDB cannot read of a file, with the file and what can be done; all else as it is.
Error explain_unreadable(const Error& error, const std::string& file) {
    if (error.code() == ErrorCode::kCorrupt) {
        const std::string first_line = error.message().substr(0, error.message().find('\n'));
        return Error(ErrorCode::kCorrupt,
                     fmt::format("{}: it is damaged ({}); put a good copy of it there, or make a "
                                 "new file of the tables that DuckDB can still read: ATTACH "
                                 "'new.duckdb' AS n; CREATE TABLE n.… AS FROM …",
                                 file, first_line));
    }
    return error;
}

// Whoever stops a query knows of no interrupt.
Error read_failed(const Error& why, const std::string& file, const std::string& table,
                  std::size_t line = 0) {
    if (why.code() == ErrorCode::kCancelled) {
        return Error(ErrorCode::kCancelled, fmt::format("read {}: stopped", printable(table)));
    }
    const std::string rule = line > 0 ? fmt::format(" (line {} of the mapping)", line) : "";
    return explain_unreadable(why, file).with_context(fmt::format("read {}{}", table, rule));
}

// The tables of which rows may be lost by being alike, and how SQL names them.  A view shows what
// tables have, and a list's items are a table of ours.
std::map<std::string, std::string> counted_tables(const Catalog& catalog, const Mapping& mapping) {
    std::set<std::string> ignored;
    for (const std::string& name : mapping.ignore) ignored.insert(lower_case(name));
    std::map<std::string, std::string> tables;
    for (const CatalogTable& table : catalog.tables) {
        const bool is_counted = !table.is_view && table.spread_of == nullptr &&
                                !ignored.contains(lower_case(table.full_name()));
        if (is_counted) tables.emplace(table.full_name(), table.quoted_name());
    }
    return tables;
}

}  // namespace

struct EventStream::State {
    State(EventStreamOptions stream_options, duck::Database opened, duck::Connection connected,
          Plan planned, std::map<std::string, std::string> tables)
        : options(std::move(stream_options)),
          database(std::move(opened)),
          connection(std::move(connected)),
          stop(options.keep_on, [this] { connection.interrupt(); }),
          plan(std::move(planned)),
          counted(std::move(tables)) {}

    // Goes to the next rule's rows; false: there is none.
    Result<bool> open_rule();
    void close_rule();
    // Takes rows of the open chunk until it ends or the batch is full.
    void take_rows(std::size_t events_max);
    void note_time(std::int64_t time_ms);
    void tell_early_rows(const PlannedRule& rule);
    Status tell_rows_alike();
    void add_invalid(std::size_t row, std::string reason);

    EventStreamOptions options;
    // In this order: rows end before the connection, and that before the database.
    duck::Database database;
    duck::Connection connection;
    StopRelay stop;
    Plan plan;
    std::map<std::string, std::string> counted;
    std::optional<duck::Rows> rows{};
    std::optional<EventWriter> writer{};
    std::size_t next_rule = 0;
    std::size_t next_row = 0;  // of the chunk
    std::int64_t last_time = 0;
    // Rows before kLikelyMsMin, and the first of them.
    std::uint64_t early_rows = 0;
    std::string early_row{};
    std::set<std::string> told_early{};  // tables
    std::uint64_t copies = 0;            // rows whose key another row has

    // The batch: events' texts, one after the other, and their keys.
    std::string text{};
    std::vector<std::size_t> ends{};
    std::string keys{};
    std::vector<std::size_t> key_ends{};
    std::vector<std::size_t> rule_of{};
    std::vector<bool> at_last{};
    std::vector<std::string_view> events{};
    std::string key{};

    StreamReport report{};
};

Result<bool> EventStream::State::open_rule() {
    if (next_rule == plan.rules.size()) {
        // Behind what is missing of the rows, for nothing of the file is missing by it.
        for (std::string& note : plan.absent) report.notes.push_back(std::move(note));
        plan.absent.clear();
        RETURN_IF_ERROR(tell_rows_alike());
        counted.clear();
        return false;
    }
    const PlannedRule& rule = plan.rules[next_rule++];
    auto opened = connection.stream(rule.sql);
    if (!opened) {
        return fail(read_failed(opened.error(), options.file, rule.table, rule.line));
    }
    rows.emplace(std::move(*opened));
    writer.emplace(rule, options.source);
    next_row = 0;
    last_time = INT64_MIN;
    early_rows = 0;
    copies = 0;
    report.rules.push_back({.table = rule.table, .event = rule.event});
    return true;
}

void EventStream::State::close_rule() {
    const PlannedRule& rule = plan.rules[next_rule - 1];
    for (const auto& [what, oddity] : writer->oddities()) {
        report.notes.push_back(fmt::format(
            "{}, {}: {} in {} {}{}", printable(rule.table), rule.event, what, oddity.count,
            oddity.count == 1 ? "row" : "rows",
            oddity.example.empty() ? "" : fmt::format(", such as '{}'", oddity.example)));
    }
    const RuleReport& done = report.rules.back();
    if (done.alike > 0) {
        report.notes.push_back(fmt::format(
            "{}, {}: {} {} alike others in all that the rule reads: each is one event with them",
            printable(rule.table), rule.event, done.alike,
            done.alike == 1 ? "row is" : "rows are"));
    }
    if (copies > 0) {
        report.notes.push_back(fmt::format(
            "{}, {}: {} {} a key that an earlier row has: told apart by all that the rule reads",
            printable(rule.table), rule.event, copies, copies == 1 ? "row has" : "rows have"));
    }
    if (done.events > 0 && last_time < kPlausibleTimeMin.value()) {
        report.notes.push_back(fmt::format(
            "{}, {}: all times lie before March 1973: are they seconds?  Then say so in a mapping: "
            "time = {{ sql = \"… * 1000\" }}",
            printable(rule.table), rule.event));
    }
    tell_early_rows(rule);
    writer.reset();
    rows.reset();
}

void EventStream::State::note_time(std::int64_t time_ms) {
    last_time = std::max(last_time, time_ms);
    if (time_ms >= kLikelyMsMin) return;
    if (++early_rows == 1) {
        early_row = fmt::format("{} at {}", printable(key, 100), to_iso8601(TimestampMs(time_ms)));
    }
}

// Once of a table, whatever rules read it.
void EventStream::State::tell_early_rows(const PlannedRule& rule) {
    const bool is_mixed = early_rows > 0 && last_time >= kLikelyMsMin;
    if (!is_mixed || !told_early.insert(rule.table).second) return;
    report.notes.push_back(fmt::format(
        "{}: {} before 1990, and others later, such as {}: are some times seconds?  Then say so in "
        "a mapping: time = {{ sql = \"…\" }}",
        printable(rule.table),
        early_rows == 1 ? "1 row is" : fmt::format("{} rows are", early_rows), early_row));
}

// Rows that are alike in all that one rule reads may be told apart by another; those that are alike
// in all columns are one event of each rule, and how many there were is in none of them.  They are
// only counted where a rule has met some, and none has found all rows of the table different.
Status EventStream::State::tell_rows_alike() {
    std::map<std::string, std::uint64_t> met;
    std::set<std::string> all_differ;
    for (std::size_t i = 0; i < report.rules.size(); ++i) {
        const RuleReport& rule = report.rules[i];
        if (!counted.contains(rule.table)) continue;
        met[rule.table] = std::max(met[rule.table], rule.alike);
        const bool is_all = rule.events + rule.invalid >= plan.rules[i].rows;
        if (rule.alike == 0 && is_all) all_differ.insert(rule.table);
    }
    for (const auto& [table, most] : met) {
        if (most == 0 || all_differ.contains(table)) continue;
        Result<duck::Rows> counts = connection.query(fmt::format(
            "SELECT coalesce(sum(daybook_rows - 1), 0)::BIGINT FROM (SELECT t.*, count(*) AS "
            "daybook_rows FROM {} AS t GROUP BY ALL)",
            counted.at(table)));
        if (!counts) return fail(read_failed(counts.error(), options.file, table));
        ASSIGN_OR_RETURN(const bool has_row, counts->next());
        const auto alike = has_row ? static_cast<std::uint64_t>(counts->get_int64(0)) : 0;
        // Those that are no events are told as such.
        const std::uint64_t lost = std::min(alike, most);
        if (lost == 0) continue;
        report.left_out.push_back(
            {.table = table,
             .what = fmt::format("{} alike others in all columns: each is one event with them",
                                 lost == 1 ? "1 row is" : fmt::format("{} rows are", lost))});
    }
    return {};
}

void EventStream::State::add_invalid(std::size_t row, std::string reason) {
    const PlannedRule& rule = plan.rules[next_rule - 1];
    const auto count = static_cast<std::uint64_t>(rows->column(kRowsColumn).get_int64(row));
    report.rules.back().invalid += count;
    std::string run;
    const duck::Column& run_id = rows->column(kRunColumn);
    if (!rule.has_key && !run_id.is_null(row)) json::append_string(run_id.get_string(row), run);
    report.refused.add(
        {.origin = {.table = rule.table, .key = rule.has_key ? key : "[" + run + "]"},
         .event = rule.event,
         .reason = std::move(reason)},
        rule.line, count);
}

void EventStream::State::take_rows(std::size_t events_max) {
    while (next_row < rows->chunk_size() && ends.size() < events_max &&
           text.size() < kBatchBytesMax) {
        const std::size_t row = next_row++;
        std::string reason = writer->append(*rows, row, text, key);
        if (!reason.empty()) {
            add_invalid(row, std::move(reason));
            continue;
        }
        note_time(rows->column(kTimeColumn).get_int64(row));
        ends.push_back(text.size());
        keys += key;
        key_ends.push_back(keys.size());
        rule_of.push_back(next_rule - 1);
        at_last.push_back(writer->ends_at_last_row(*rows, row));
        RuleReport& counts = report.rules.back();
        ++counts.events;
        counts.alike += static_cast<std::uint64_t>(rows->column(kRowsColumn).get_int64(row) - 1);
        const bool has_key = plan.rules[next_rule - 1].has_key;
        if (has_key && rows->column(kCopyColumn).get_bool(row)) ++copies;
    }
}

EventStream::EventStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventStream::EventStream(EventStream&&) noexcept = default;
EventStream& EventStream::operator=(EventStream&&) noexcept = default;
EventStream::~EventStream() = default;

Result<EventStream> EventStream::open(const std::string& path, const Mapping& mapping,
                                      const EventStreamOptions& options) {
    RETURN_IF_ERROR(check_source_name(options.source));
    const std::string& file = options.file.empty() ? path : options.file;
    Result<duck::Database> opened =
        duck::Database::open(path, {.read_only = true,
                                    .threads = options.threads,
                                    .memory_bytes_max = options.memory_bytes_max,
                                    .temp_directory = options.temp_directory});
    if (!opened) return fail(explain_unreadable(opened.error(), file));
    duck::Database database = std::move(*opened);
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    // Times without a zone are UTC, wherever this runs.
    RETURN_IF_ERROR(connection.execute("SET TimeZone = 'UTC'"));
    // The SQL of a mapping, and that of views in the file, reads the file and nothing else.
    RETURN_IF_ERROR(connection.harden());
    const Result<Catalog> catalog = read_catalog(connection);
    if (!catalog) return fail(explain_unreadable(catalog.error(), file));
    Result<Plan> plan = [&] {
        const StopRelay stop(options.keep_on, [&connection] { connection.interrupt(); });
        return make_plan(mapping, *catalog, connection, options.types);
    }();
    // Whatever the planner has made of a query that was stopped: a view that cannot be read, say.
    if (options.keep_on && !options.keep_on()) {
        return fail(ErrorCode::kCancelled, "read {}: stopped", path);
    }
    if (!plan) return fail(explain_unreadable(plan.error(), file));
    EventStreamOptions named = options;
    named.file = file;
    auto state =
        std::make_unique<State>(std::move(named), std::move(database), std::move(connection),
                                std::move(*plan), counted_tables(*catalog, mapping));
    state->report.notes = state->plan.notes;
    state->report.unmapped = state->plan.unmapped;
    state->report.left_out = state->plan.left_out;
    return EventStream(std::move(state));
}

Result<std::span<const std::string_view>> EventStream::next(std::size_t events_max) {
    State& state = *state_;
    state.text.clear();
    state.ends.clear();
    state.keys.clear();
    state.key_ends.clear();
    state.rule_of.clear();
    state.at_last.clear();
    state.events.clear();
    while (state.ends.size() < events_max && state.text.size() < kBatchBytesMax) {
        if (!state.rows) {
            ASSIGN_OR_RETURN(const bool opened, state.open_rule());
            if (!opened) break;
        } else if (state.next_row < state.rows->chunk_size()) {
            state.take_rows(events_max);
            continue;
        }
        const Result<bool> more = state.rows->next_chunk();
        if (!more) {
            const PlannedRule& rule = state.plan.rules[state.next_rule - 1];
            return fail(read_failed(more.error(), state.options.file, rule.table));
        }
        state.next_row = 0;
        if (!*more) state.close_rule();
    }
    std::size_t begin = 0;
    for (const std::size_t end : state.ends) {
        state.events.push_back(std::string_view(state.text).substr(begin, end - begin));
        begin = end;
    }
    return std::span<const std::string_view>(state.events);
}

RowOrigin EventStream::origin(std::size_t index) const {
    const State& state = *state_;
    const std::size_t begin = index == 0 ? 0 : state.key_ends[index - 1];
    return {.table = state.plan.rules[state.rule_of[index]].table,
            .key = state.keys.substr(begin, state.key_ends[index] - begin)};
}

const std::string& EventStream::event_type(std::size_t index) const {
    return state_->plan.rules[state_->rule_of[index]].event;
}

void EventStream::refuse(std::size_t index, std::string reason) {
    State& state = *state_;
    // Rules are opened in their order, and each has its place in the report from then on.
    const std::size_t rule = state.rule_of[index];
    --state.report.rules[rule].events;
    ++state.report.rules[rule].invalid;
    state.report.refused.add(
        {.origin = origin(index), .event = event_type(index), .reason = std::move(reason)},
        state.plan.rules[rule].line, 1);
}

bool EventStream::ends_at_last_row(std::size_t index) const { return state_->at_last[index]; }

std::uint64_t EventStream::rows_estimate() const {
    std::uint64_t rows = 0;
    for (const PlannedRule& rule : state_->plan.rules) rows += rule.rows;
    return rows;
}

// `where` passes rows by that nobody counts: a rule that has ended has read them all.
std::uint64_t EventStream::rows_done() const {
    const State& state = *state_;
    std::uint64_t rows = 0;
    for (std::size_t i = 0; i < state.next_rule; ++i) {
        const std::uint64_t all = state.plan.rules[i].rows;
        const bool is_open = i + 1 == state.next_rule && state.rows.has_value();
        const RuleReport& rule = state.report.rules[i];
        rows += is_open ? std::min(all, rule.events + rule.invalid + rule.alike) : all;
    }
    return rows;
}

const StreamReport& EventStream::report() const { return state_->report; }
const std::string& EventStream::source() const { return state_->options.source; }

}  // namespace daybook::legacy
