#include "lifecycle/import_journal.h"

#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "event/event_id.h"
#include "ledger/document_json.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kBytesMax = 4096;
constexpr std::int64_t kFormat = 1;

}  // namespace

Result<ImportJournal> ImportJournal::open(const ledger::LedgerDir& dir, const std::string& name,
                                          const Clock& clock) {
    ImportJournal journal(dir, fmt::format("{}/under-way-{}.json", dir.imports_dir(), name));
    const Result<std::string> text = os::read_file(journal.path_, kBytesMax);
    if (!text && text.error().code() != ErrorCode::kNotFound) return fail(text.error());
    if (text) {
        ASSIGN_OR_RETURN(const ledger::Document document,
                         ledger::Document::parse(
                             *text, {.path = journal.path_,
                                     .name = "journal of an import",
                                     .cure = "remove it: the next import then begins anew"}));
        RETURN_IF_ERROR(document.check_format(kFormat));
        ASSIGN_OR_RETURN(journal.event_id_, document.text("event_id"));
        ASSIGN_OR_RETURN(journal.at_, document.time("timestamp_ms"));
        journal.is_resumed_ = true;
        return journal;
    }
    journal.at_ = clock.now();
    journal.event_id_ = event::EventIdGenerator(random_seed()).next(journal.at_).to_string();
    return journal;
}

Status ImportJournal::begin() {
    if (is_resumed_) return {};
    RETURN_IF_ERROR(os::make_dirs(dir_.imports_dir()));
    return os::write_file_atomic(
        path_, fmt::format("{{\"format\":{},\"event_id\":\"{}\",\"timestamp_ms\":{}}}\n", kFormat,
                           event_id_, at_.value()));
}

Status ImportJournal::end() const { return os::remove_file(path_); }

}  // namespace daybook::lifecycle
