// daybook inspect: every structure on disk, printed with its offsets and a verdict.

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "cli/context.h"
#include "cli/event_text.h"
#include "cli/flags.h"
#include "cli/inspect_seal.h"
#include "json/envelope.h"
#include "log/line.h"
#include "log/scan.h"
#include "os/file.h"

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

// FILE, FILE:OFFSET or FILE#LINE.
struct Place {
    std::string file;
    std::optional<ByteOffset> offset{};
    std::optional<std::uint64_t> line{};  // from 1
};

Result<Place> parse_place(const std::string& text) {
    // A file may have a colon in its name.
    ASSIGN_OR_RETURN(const bool is_file, os::exists(text));
    const std::size_t sign = text.find_last_of(":#");
    if (is_file || sign == std::string::npos) return Place{.file = text};
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + sign + 1, end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return Place{.file = text};
    if (text[sign] == '#') return Place{.file = text.substr(0, sign), .line = number};
    return Place{.file = text.substr(0, sign), .offset = ByteOffset(number)};
}

// A file's bytes, mapped: parts are large, and a look at one line reads one page.
class Bytes {
public:
    static Result<Bytes> map(const std::string& path) {
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), path));
        if (info.is_directory) {
            return fail(ErrorCode::kInvalidArgument, "inspect {}: it is a directory", path);
        }
        ASSIGN_OR_RETURN(os::MappedFile file,
                         os::MappedFile::map(fd.get(), info.size.value(), path));
        return Bytes(std::move(file));
    }
    std::string_view view() const { return file_.bytes(); }

private:
    explicit Bytes(os::MappedFile file) : file_(std::move(file)) {}
    os::MappedFile file_;
};

// The line that holds the byte at `offset`; it may be the unfinished one at the end.
struct FoundLine {
    log::Line line;
    bool finished = true;
};

Result<FoundLine> line_at(std::string_view bytes, ByteOffset offset, const std::string& file) {
    if (offset.value() >= bytes.size()) {
        return fail(ErrorCode::kInvalidArgument, "inspect {}: offset {} is not below its size, {}",
                    file, offset.value(), bytes.size());
    }
    const std::size_t before =
        offset.value() == 0 ? std::string_view::npos : bytes.rfind('\n', offset.value() - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::size_t end = bytes.find('\n', offset.value());
    const std::string_view text =
        bytes.substr(begin, end == std::string_view::npos ? std::string_view::npos : end - begin);
    return FoundLine{.line = log::judge_line(text, ByteOffset(begin)),
                     .finished = end != std::string_view::npos};
}

// The offset at which line `number` begins.
Result<ByteOffset> begin_of_line(std::string_view bytes, std::uint64_t number,
                                 const std::string& file) {
    std::size_t begin = 0;
    std::uint64_t at = 1;
    for (; at < number && begin < bytes.size(); ++at) {
        const std::size_t end = bytes.find('\n', begin);
        begin = end == std::string_view::npos ? bytes.size() : end + 1;
    }
    if (number > 0 && begin < bytes.size()) return ByteOffset(begin);
    return fail(ErrorCode::kInvalidArgument,
                "inspect {}: there is no line {}: it has {}, counted from 1", file, number,
                number == 0
                    ? static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'))
                    : at - 1);
}

// The line that `place` means; its first one if it says nothing.  Tells where it begins, if that is
// elsewhere.
Result<FoundLine> line_of(std::string_view bytes, const Place& place) {
    ByteOffset offset = place.offset.value_or(ByteOffset(0));
    if (place.line) {
        ASSIGN_OR_RETURN(offset, begin_of_line(bytes, *place.line, place.file));
    }
    ASSIGN_OR_RETURN(FoundLine found, line_at(bytes, offset, place.file));
    if (found.line.offset != offset) {
        report_note(fmt::format("offset {} is within the line that begins at offset {}",
                                offset.value(), found.line.offset.value()));
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
        ASSIGN_OR_RETURN(const Bytes bytes, Bytes::map(place.file));
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
        rows.add("text", line.text);
        rows.finish();
        return found.finished && line.kind != log::LineKind::kDamaged;
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
        ASSIGN_OR_RETURN(const Bytes bytes, Bytes::map(place.file));
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
protected:
    std::string place_help() const override {
        return "A part; from the line at an offset on: FILE:OFFSET";
    }

    Result<bool> inspect(const std::string& text, Context& context) override {
        ASSIGN_OR_RETURN(const Place place, parse_place(text));
        ASSIGN_OR_RETURN(const Bytes bytes, Bytes::map(place.file));
        std::string_view rest = bytes.view();
        ByteOffset base(0);
        if (place.offset || place.line) {
            ASSIGN_OR_RETURN(const FoundLine first, line_of(rest, place));
            base = first.line.offset;
            rest.remove_prefix(base.value());
        }
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
        log::Scanner scanner(rest, base);
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

private:
    void row(RowWriter& rows, const log::Line& line) {
        const auto envelope = envelopes_.read(line.text);
        std::vector<Cell> cells = {line.offset.value(), line.text.size() + 1, verdict_of(line),
                                   number_or_null(line.seq), number_or_null(line.synced)};
        if (envelope && line.kind != log::LineKind::kDamaged) {
            cells.insert(cells.end(), {envelope->event_type, envelope->event_id,
                                       envelope->timestamp.value(), envelope->run_id});
        }
        cells.resize(9);
        rows.row(std::move(cells));
    }

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
    .summary = "Lists the lines of a part",
    .details = "",
    .examples =
        "daybook inspect part data/ledger/events/day=2026-01-23/part-000001.jsonl\n"
        "daybook inspect part --format ndjson part-000001.jsonl:471",
    .common_flags = kFormatFlag,
    .make = make_command<InspectPart>,
};

extern constinit const CommandInfo kInspectLineCommand = {
    .name = "inspect line",
    .summary = "Shows a line's trailer, its checksum as it is and as it should be",
    .details = "",
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
