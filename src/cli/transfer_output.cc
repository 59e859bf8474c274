#include "cli/transfer_output.h"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/text.h"
#include "cli/human.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

Json day_json(const std::optional<Day>& day) { return day ? Json(to_string(*day)) : Json(); }

std::string counts(std::string_view what, std::uint64_t all, std::uint64_t written,
                   std::uint64_t there, std::uint64_t otherwise, bool dry_run) {
    std::string text = fmt::format("{}: {} {}, {} {} there", human_counted(all, what),
                                   human_count(written), dry_run ? "would be written" : "written",
                                   human_count(there), there == 1 ? "was" : "were");
    if (otherwise > 0) text += fmt::format(", {} there otherwise", human_count(otherwise));
    return text;
}

}  // namespace

void add_transfer(const lifecycle::IncomingReport& events, const lifecycle::PlacedReport& files,
                  Json& document) {
    document["events"] = events.events;
    document["written"] = events.written;
    document["known"] = events.known;
    document["changed"] = events.changed;
    document["changed_ids"] = events.changed_ids;
    document["first_day"] = day_json(events.first_day);
    document["last_day"] = day_json(events.last_day);
    document["artifacts_written"] = files.placed;
    document["artifacts_known"] = files.there;
    document["artifact_conflicts"] = files.conflict_paths;
}

std::string transfer_text(const lifecycle::IncomingReport& events,
                          const lifecycle::PlacedReport& files, bool dry_run) {
    std::string text =
        counts("event", events.events, events.written, events.known, events.changed, dry_run);
    const std::uint64_t all = files.placed + files.there + files.conflicts;
    if (all == 0) return text;
    return text + "; " + counts("file", all, files.placed, files.there, files.conflicts, dry_run);
}

bool has_log(const ledger::LedgerDir& dir) {
    return os::exists(dir.layout().events_dir()).value_or(false);
}

void print_types(const std::vector<std::string>& types, bool dry_run, Context& context) {
    for (const std::string& type : types) {
        context.out.print("{} {}\n", type, dry_run ? "would be registered" : "registered");
    }
}

void note_conflicts(const lifecycle::IncomingReport& events, const lifecycle::PlacedReport& files) {
    for (const std::string& id : events.changed_ids) {
        report_note(fmt::format("event {}: the ledger has another event of this id, and keeps it",
                                printable(id)));
    }
    for (const std::string& path : files.conflict_paths) {
        report_note(fmt::format("{}: the ledger has another file there, and keeps it",
                                printable(path, 200)));
    }
    const std::uint64_t listed = events.changed_ids.size() + files.conflict_paths.size();
    const std::uint64_t all = events.changed + files.conflicts;
    if (all > listed) report_note(fmt::format("and {} more", human_count(all - listed)));
}

}  // namespace daybook::cli
