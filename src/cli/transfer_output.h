// What came into a ledger from elsewhere, for people and for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "cli/context.h"
#include "cli/output.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/incoming_events.h"

namespace daybook::cli {

// {"events":…,"written":…,"known":…,"changed":…,"changed_ids":[…],"first_day":…,"last_day":…,
// "artifacts":…,"artifacts_known":…,"artifact_conflicts":[…]} into `document`.
void add_transfer(const lifecycle::IncomingReport& events, const lifecycle::PlacedReport& files,
                  nlohmann::ordered_json& document);

// "1,200 events: 1,000 written, 200 were there; 3 files: 2 written, 1 was there"; `dry_run`: would
// be written.
std::string transfer_text(const lifecycle::IncomingReport& events,
                          const lifecycle::PlacedReport& files, bool dry_run);

// Whether there is a log at all; false, too, if nobody can look.
bool has_log(const ledger::LedgerDir& dir);

// A line for each event type that came along.
void print_types(const std::vector<std::string>& types, bool dry_run, Context& context);

// On standard error, what the ledger has otherwise, and keeps.
void note_conflicts(const lifecycle::IncomingReport& events, const lifecycle::PlacedReport& files);

}  // namespace daybook::cli
