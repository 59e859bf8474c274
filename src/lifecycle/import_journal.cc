#include "lifecycle/import_journal.h"

#include <utility>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "base/calendar.h"
#include "base/limits.h"
#include "base/random.h"
#include "event/event_id.h"
#include "json/encode_event.h"
#include "ledger/document_json.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kBytesMax = 4096;
constexpr std::int64_t kFormat = 1;

Result<bool> is_in_log(const ledger::LedgerDir& dir, const ImportJournal::Event& event) {
    IncomingEvents own(archive::log_source(dir), nullptr);
    return own.has(event.id, event.at);
}

}  // namespace

Result<ImportJournal> ImportJournal::open(const ledger::LedgerDir& dir, const std::string& name,
                                          const Clock& clock) {
    ImportJournal journal(dir, fmt::format("{}/under-way-{}.json", dir.imports_dir(), name));
    const TimestampMs now = clock.now();
    ASSIGN_OR_RETURN(std::optional<Event> earlier, journal.read());
    journal.is_there_ = earlier.has_value();
    if (earlier) {
        ASSIGN_OR_RETURN(const bool is_said, is_in_log(dir, *earlier));
        if (is_said) journal.said_ = std::exchange(earlier, std::nullopt);
    }
    journal.is_resumed_ = earlier.has_value();
    // One that began when the clock was far ahead of where it is now has a time that no log takes.
    const bool can_be_said = earlier && earlier->at.value() <= now.value() + kTimestampAheadMsMax;
    if (can_be_said) {
        journal.event_ = *std::move(earlier);
        journal.is_written_ = true;
        return journal;
    }
    journal.event_ = {.id = event::EventIdGenerator(random_seed()).next(now).to_string(),
                      .at = now};
    return journal;
}

Result<std::optional<ImportJournal::Event>> ImportJournal::read() const {
    const Result<std::string> text = os::read_file(path_, kBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return std::nullopt;
    if (!text) return fail(text.error());
    ASSIGN_OR_RETURN(
        const ledger::Document document,
        ledger::Document::parse(*text, {.path = path_,
                                        .name = "journal of an import",
                                        .cure = "remove it: the next import then begins anew"}));
    RETURN_IF_ERROR(document.check_format(kFormat));
    Event event;
    ASSIGN_OR_RETURN(event.id, document.text("event_id"));
    ASSIGN_OR_RETURN(event.at, document.time("timestamp_ms"));
    return event;
}

Status ImportJournal::begin() {
    if (is_written_) return {};
    RETURN_IF_ERROR(os::make_dirs(dir_.imports_dir()));
    RETURN_IF_ERROR(os::write_file_atomic(
        path_, fmt::format("{{\"format\":{},\"event_id\":\"{}\",\"timestamp_ms\":{}}}\n", kFormat,
                           event_.id, event_.at.value())));
    is_there_ = true;
    is_written_ = true;
    return {};
}

Result<std::optional<ImportJournal::Event>> ImportJournal::record(ledger::EventLog& log,
                                                                  const Imported& imported) const {
    const bool is_new = imported.events.written > 0 || imported.artifacts.placed > 0;
    if (!is_new && !is_resumed_) return said_;
    RETURN_IF_ERROR(log.emit_json(encode(imported), Durability::kProcess).map([](const auto&) {}));
    RETURN_IF_ERROR(log.sync());
    os::kill_point(os::KillPoint::kImportRecorded);
    return event_;
}

std::string ImportJournal::encode(const Imported& imported) const {
    const IncomingReport& events = imported.events;
    // Of an import that was resumed, what its first attempt wrote was there already.
    std::string text = fmt::format(
        R"({{"event_type":"ledger.imported","event_id":"{}","timestamp_ms":{},"run_id":"{}",)"
        R"("source":{},"events":{},"runs":{},"skipped":{},"artifacts":{},"source_ledger_id":{})",
        event_.id, event_.at.value(), json::kLedgerRunId, ledger::json_string(imported.source),
        events.written, imported.runs, events.known + events.changed, imported.artifacts.placed,
        ledger::json_string(imported.source_ledger_id));
    if (!imported.sha256.empty()) text += fmt::format(R"(,"sha256":"{}")", imported.sha256);
    if (events.first_day) {
        text += fmt::format(R"(,"first_day":"{}","last_day":"{}")", to_string(*events.first_day),
                            to_string(*events.last_day));
    }
    if (is_resumed_) text += ",\"resumed\":true";
    return text + "}";
}

// Without the sync a power loss could bring the file back, and the next import would ask the log
// what it had said.
Status ImportJournal::end() {
    if (!is_there_) return {};
    RETURN_IF_ERROR(os::remove_file(path_));
    is_there_ = false;
    is_written_ = false;
    return os::sync_dir(dir_.imports_dir());
}

}  // namespace daybook::lifecycle
