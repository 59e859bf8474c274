#include "formats/golden_record.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "duck/connection.h"
#include "duck/database.h"
#include "index/builder.h"
#include "index/index_layout.h"
#include "index/row_hash.h"
#include "index/tables.h"
#include "json/envelope.h"
#include "ledger/verify.h"
#include "log/scan.h"
#include "support/temp_dir.h"

namespace daybook::formats {
namespace {

std::string verdict_of(const log::Line& line) {
    switch (line.kind) {
        case log::LineKind::kOurs:
            return fmt::format("ours seq={} synced={} checksum={:016x}", line.seq.value(),
                               line.synced.value(), line.checksum);
        case log::LineKind::kForeign: return fmt::format("foreign checksum={:016x}", line.checksum);
        case log::LineKind::kDamaged: break;
    }
    return fmt::format("damaged {}", log::to_string(line.damage));
}

std::string event_of(const log::Line& line, json::EnvelopeReader& reader) {
    if (line.kind == log::LineKind::kDamaged) return "";
    const std::optional<json::Envelope> envelope = reader.read(line.text);
    if (!envelope) return " (not an event)";
    return fmt::format(" {} {} {} {}", envelope->event_id, envelope->event_type,
                       envelope->timestamp.value(), envelope->run_id);
}

// The rows of all tables, as their digest sees them.
Result<std::string> rows_of(duck::Connection& connection) {
    std::string text;
    for (const index::Table table : index::kTables) {
        const index::TableSpec& spec = index::spec(table);
        const std::string columns = index::digest_columns(spec);
        text += fmt::format("\n{}: {}\n", spec.name, columns);
        ASSIGN_OR_RETURN(
            duck::Rows rows,
            connection.query(fmt::format("SELECT {} FROM {} ORDER BY ALL", columns, spec.name)));
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) break;
            for (std::size_t i = 0; i < rows.column_count(); ++i) {
                text += (i == 0 ? "    " : " | ") + rows.text(i);
            }
            text += "\n";
        }
    }
    return text;
}

}  // namespace

std::string golden_root() { return DAYBOOK_SOURCE_DIR "/tests/formats/golden"; }

std::vector<Golden> list_goldens() {
    std::vector<Golden> goldens;
    for (const auto& entry : std::filesystem::directory_iterator(golden_root())) {
        if (entry.is_directory()) {
            goldens.push_back({.name = entry.path().filename(), .dir = entry.path()});
        }
    }
    return goldens;
}

Result<std::string> record_events(const std::string& root) {
    const log::Layout layout(root);
    json::EnvelopeReader envelopes;
    std::string text;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) {
        text += fmt::format("{} {} bytes{}{}\n", log::to_string(part.id), part.size.value(),
                            part.sealed ? " sealed" : "", part.bad ? " bad" : "");
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout, part.id));
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            text += fmt::format("{} {} {} {}{}\n", log::to_string(part.id), line->offset.value(),
                                line->length, verdict_of(*line), event_of(*line, envelopes));
        }
    }
    return text;
}

Result<std::string> record_findings(const std::string& root) {
    ASSIGN_OR_RETURN(const ledger::VerifyReport report, ledger::verify(ledger::LedgerDir(root)));
    std::string text = fmt::format(
        "{} parts, {} bytes, {} events, {} foreign, {} copies, {} problems\n", report.parts,
        report.bytes, report.events, report.foreign, report.copies, report.problems);
    for (const ledger::VerifyFinding& finding : report.findings) {
        text += fmt::format("{} {} {} {} {}\n", finding.kind, finding.part, finding.offset,
                            finding.length, finding.problem ? "problem" : "no problem");
    }
    return text;
}

Result<std::string> record_index(const std::string& root) {
    const testing::TempDir temp;
    const std::string copy = temp / "ledger";
    std::filesystem::copy(root, copy, std::filesystem::copy_options::recursive);
    ASSIGN_OR_RETURN(const index::BuildReport report, index::build(copy));
    ASSIGN_OR_RETURN(
        duck::Database database,
        duck::Database::open(index::IndexLayout(copy).snapshot_path(), {.read_only = true}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(const std::string rows, rows_of(connection));
    return fmt::format(
               "{} events, {} duplicates, {} conflicts, {} damaged, {} foreign\ndigest {}\n",
               report.events, report.duplicates, report.conflicts, report.damaged, report.foreign,
               report.digest) +
           rows;
}

}  // namespace daybook::formats
