// daybook inspect: every structure on disk, printed with its offsets and a verdict.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "cli/context.h"
#include "cli/event_text.h"
#include "cli/flags.h"
#include "cli/inspect_damage.h"
#include "cli/inspect_part_summary.h"
#include "cli/inspect_place.h"
#include "cli/inspect_seal.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/line.h"
#include "log/scan.h"

namespace daybook::cli {
namespace {

std::string verdict_of(const log::Line& line) {
    switch (line.kind) {
        case log::LineKind::kOurs: return "good";
        case log::LineKind::kForeign: return "foreign";
        case log::LineKind::kDamaged: break;
    }
    return fmt::format("damaged: {}", to_string(line.damage));
}

std::optional<std::uint64_t> number_or_null(log::Seq seq) {
    return seq == log::Seq(0) ? std::nullopt : std::optional(seq.value());
}

// The line that `place` means.  Tells where it begins, if that is elsewhere.
Result<FoundLine> line_of(std::string_view bytes, const Place& place) {
    ASSIGN_OR_RETURN(FoundLine found, find_line(bytes, place));
    if (place.offset && found.line.offset != *place.offset) {
        report_note(fmt::format("offset {} is within the line that begins at offset {}",
                                place.offset->value(), found.line.offset.value()));
    }
    return found;
}

class InspectCommand : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("FILE", places_, place_help())->type_name("FILE")->required();
    }

    Result<ExitCode> run(Context& context) override {
        ExitCode code = ExitCode::kOk;
        for (const std::string& text : places_) {
            if (places_.size() > 1 && context.format == Format::kTable) {
                context.out.print("{}:\n", text);
            }
            const auto found = inspect(text, context);
            if (!found) return context.report(found.error(), ExitCode::kUsage);
            if (!*found) code = ExitCode::kFailed;
            if (context.out.failed()) break;
        }
        return code;
    }

protected:
    virtual std::string place_help() const = 0;
    // Whether all is well with what the place holds.
    virtual Result<bool> inspect(const std::string& place, Context& context) = 0;

private:
    std::vector<std::string> places_;
};

// Name and value, one a row: a structure's fields.
class FieldRows {
public:
    explicit FieldRows(Context& context) : rows_(context.rows({{"field"}, {"value"}})) {}
    void add(std::string_view name, Cell value) { rows_->row({name, std::move(value)}); }
    void finish() { rows_->finish(); }

private:
    std::unique_ptr<RowWriter> rows_;
};

class InspectLine final : public InspectCommand {
protected:
    std::string place_help() const override {
        return "A part, and the offset of any byte of the line, FILE:OFFSET, or its number, FILE#3";
    }

    Result<bool> inspect(const std::string& text, Context& context) override {
        ASSIGN_OR_RETURN(const Place place, parse_place(text));
        ASSIGN_OR_RETURN(const MappedBytes bytes, MappedBytes::map(place.file));
        ASSIGN_OR_RETURN(const FoundLine found, line_of(bytes.view(), place));
        const log::Line& line = found.line;
        FieldRows rows(context);
        rows.add("offset", line.offset.value());
        rows.add("bytes", line.text.size() + (found.finished ? 1 : 0));
        rows.add("verdict", found.finished ? verdict_of(line) : "torn: no newline at the end");
        rows.add("seq", number_or_null(line.seq));
        rows.add("synced", number_or_null(line.synced));
        // What the checksum is and ought to be can be told for a line that has a trailer.
        constexpr std::string_view kMark = ",\"checksum\":\"";
        const std::size_t mark = line.text.rfind(kMark);
        if (mark != std::string_view::npos) {
            std::string computed(16, ' ');
            write_hex64(xxh3_64(line.text.substr(0, mark)), computed.data());
            rows.add("checksum", line.text.substr(mark + kMark.size(), 16));
            rows.add("checksum computed", computed);
        }
        if (!found.finished || line.kind == log::LineKind::kDamaged) add_damage(line, rows);
        rows.add("text", line.text);
        rows.finish();
        return found.finished && line.kind != log::LineKind::kDamaged;
    }

private:
    static void add_damage(const log::Line& line, FieldRows& rows) {
        const DamageReport report = examine_damage(line);
        if (report.control_byte) rows.add("first control byte", report.control_byte->value());
        json::EnvelopeReader envelopes;
        for (const log::Line& record : report.records) {
            const auto envelope = envelopes.read(record.text);
            rows.add("whole record in it",
                     fmt::format(
                         "offset {}, {} bytes, seq {}{}", record.offset.value(), record.text.size(),
                         record.seq.value(),
                         envelope ? fmt::format(": {} {}", envelope->event_type, envelope->event_id)
                                  : ""));
        }
        if (report.problem) {
            rows.add("bytes there", hex_around(line.text, line.offset, *report.problem));
        }
    }
};

class InspectEvent final : public InspectCommand {
protected:
    std::string place_help() const override {
        return "A part, and the offset of any byte of the event's line, FILE:OFFSET, or its "
               "number, FILE#3";
    }

    Result<bool> inspect(const std::string& text, Context& context) override {
        ASSIGN_OR_RETURN(const Place place, parse_place(text));
        ASSIGN_OR_RETURN(const MappedBytes bytes, MappedBytes::map(place.file));
        ASSIGN_OR_RETURN(const FoundLine found, line_of(bytes.view(), place));
        if (!found.finished || found.line.kind == log::LineKind::kDamaged) {
            return fail(ErrorCode::kCorrupt,
                        "inspect {} at offset {}: no event there ({}); see 'daybook inspect line'",
                        place.file, found.line.offset.value(),
                        found.finished ? verdict_of(found.line) : "an unfinished line");
        }
        FieldRows rows(context);
        for (EventField& field : event_fields(found.line.text)) {
            rows.add(field.name, JsonText{std::move(field.json)});
        }
        rows.finish();
        return true;
    }
};

class InspectPart final : public InspectCommand {
public:
    void declare(CLI::App& app) override {
        InspectCommand::declare(app);
        app.add_flag("--summary", summary_only_, "Print what all lines come to, and no lines");
    }

protected:
    std::string place_help() const override {
        return "A part; from the line at an offset on: FILE:OFFSET";
    }

    Result<bool> inspect(const std::string& text, Context& context) override {
        ASSIGN_OR_RETURN(const Place place, parse_place(text));
        ASSIGN_OR_RETURN(const MappedBytes bytes, MappedBytes::map(place.file));
        const bool from_the_middle = place.offset || place.line;
        bool good = true;
        if (!summary_only_) {
            ByteOffset base(0);
            if (from_the_middle) {
                ASSIGN_OR_RETURN(const FoundLine first, line_of(bytes.view(), place));
                base = first.line.offset;
            }
            good = list_lines(bytes.view().substr(base.value()), base, context);
        }
        // One table a command is what programs expect; people get both.
        const bool for_people = context.format == Format::kTable;
        if (summary_only_ || (for_people && !from_the_middle)) {
            if (!summary_only_) context.out.print("\n");
            ASSIGN_OR_RETURN(const bool all_good, sum_up(place.file, bytes.view(), context));
            good = good && all_good;
        }
        return good;
    }

private:
    bool list_lines(std::string_view bytes, ByteOffset base, Context& context) {
        const auto rows = context.rows({{"offset"},
                                        {"bytes"},
                                        {"verdict"},
                                        {"seq"},
                                        {"synced"},
                                        {"event_type"},
                                        {"event_id"},
                                        {"timestamp_ms", Unit::kTimeMs, "time"},
                                        {"run_id"}});
        bool good = true;
        log::Scanner scanner(bytes, base);
        while (const auto line = scanner.next()) {
            good = good && line->kind != log::LineKind::kDamaged;
            row(*rows, *line);
            if (context.out.failed()) break;
        }
        if (!scanner.rest().empty()) {
            rows->row({scanner.offset().value(), scanner.rest().size(),
                       "torn: no newline at the end", nullptr, nullptr, nullptr, nullptr, nullptr,
                       nullptr});
            good = false;
        }
        rows->finish();
        return good;
    }

    void row(RowWriter& rows, const log::Line& line) {
        const auto envelope = ledger::event_of(line, envelopes_);
        std::vector<Cell> cells = {line.offset.value(), line.text.size() + 1, verdict_of(line),
                                   number_or_null(line.seq), number_or_null(line.synced)};
        if (envelope) {
            cells.insert(cells.end(), {envelope->event_type, envelope->event_id,
                                       envelope->timestamp.value(), envelope->run_id});
        }
        cells.resize(9);
        rows.row(std::move(cells));
    }

    // Whether no line is damaged and none is unfinished.
    static Result<bool> sum_up(const std::string& file, std::string_view bytes, Context& context) {
        PartSummary summary;
        log::Scanner scanner(bytes, ByteOffset(0));
        bool good = true;
        while (const auto line = scanner.next()) {
            summary.see(*line);
            good = good && line->kind != log::LineKind::kDamaged;
        }
        ASSIGN_OR_RETURN(const auto fields, summary.fields(file, bytes));
        FieldRows rows(context);
        for (const auto& [name, value] : fields) rows.add(name, value);
        rows.finish();
        return good && scanner.rest().empty();
    }

    bool summary_only_ = false;
    json::EnvelopeReader envelopes_;
};

class InspectSeal final : public InspectCommand {
protected:
    std::string place_help() const override { return "A seal, part-NNNNNN.seal.json"; }

    Result<bool> inspect(const std::string& place, Context& context) override {
        ASSIGN_OR_RETURN(const SealReport report, examine_seal(place));
        FieldRows rows(context);
        for (const EventField& field : report.fields) rows.add(field.name, JsonText{field.json});
        rows.add("sha256 of the seal", report.seal_sha256);
        if (report.place) add_place(*report.place, rows);
        rows.add("verdict", report.problem.empty() ? "good" : report.problem);
        rows.finish();
        return report.problem.empty();
    }

private:
    static void add_place(const SealPlace& place, FieldRows& rows) {
        rows.add("place in the chain", place.position == 0
                                           ? std::string("none: the chain does not reach it")
                                           : fmt::format("{} of {}", place.position, place.seals));
        rows.add("head", place.head ? Cell(to_string(place.head->part)) : Cell());
    }
};

}  // namespace

extern constinit const CommandInfo kInspectCommand = {
    .name = "inspect",
    .summary = "Prints a structure on disk, with offsets and verdicts",
    .details =
        "Exit code 0: all of it is good; 1: damaged, torn or other than its seal says; 2: it "
        "could\n"
        "not be read.  The formats are told in docs/formats/.",
    .examples =
        "daybook inspect part data/ledger/events/day=2026-01-23/part-000001.jsonl\n"
        "daybook inspect line data/ledger/events/day=2026-01-23/part-000001.jsonl:471",
};

extern constinit const CommandInfo kInspectPartCommand = {
    .name = "inspect part",
    .summary = "Lists the lines of a part, and sums up",
    .details = "",
    .examples =
        "daybook inspect part data/ledger/events/day=2026-01-23/part-000001.jsonl\n"
        "daybook inspect part --summary part-000001.jsonl\n"
        "daybook inspect part --format ndjson part-000001.jsonl:471",
    .common_flags = kFormatFlag,
    .make = make_command<InspectPart>,
};

extern constinit const CommandInfo kInspectLineCommand = {
    .name = "inspect line",
    .summary = "Shows a line's trailer, its checksum as it is and as it should be",
    .details = "Of a damaged line also what is whole inside it: 'daybook repair' recovers that.",
    .examples = "daybook inspect line data/ledger/events/day=2026-01-23/part-000001.jsonl:471",
    .common_flags = kFormatFlag,
    .make = make_command<InspectLine>,
};

extern constinit const CommandInfo kInspectEventCommand = {
    .name = "inspect event",
    .summary = "Shows the fields of an event",
    .details = "",
    .examples = "daybook inspect event data/ledger/events/day=2026-01-23/part-000001.jsonl:471",
    .common_flags = kFormatFlag,
    .make = make_command<InspectEvent>,
};

extern constinit const CommandInfo kInspectSealCommand = {
    .name = "inspect seal",
    .summary = "Shows a seal, its place in the chain, and whether the part is what was sealed",
    .details = "",
    .examples = "daybook inspect seal data/ledger/events/day=2026-01-23/part-000001.seal.json",
    .common_flags = kFormatFlag,
    .make = make_command<InspectSeal>,
};

}  // namespace daybook::cli
