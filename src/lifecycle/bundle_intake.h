// What an import makes of a bundle while it is read: checks, and in the second pass deeds.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/envelope.h"
#include "lifecycle/artifact_names.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/bundle_reader.h"
#include "lifecycle/incoming_events.h"
#include "lifecycle/retention.h"
#include "lifecycle/wanted_ids.h"
#include "schema/registry.h"

namespace daybook::lifecycle {

enum class IntakeMode {
    kCheck,  // nothing but the bundle is looked at
    kAsk,    // and what the ledger has of it
    kWrite,  // and what it has not is written
};

struct IntakeRules {
    TimestampMs now{};
};

// kAlreadyExists: one of the runs is among those that were removed, and some of its events would
// come again.  `wanted` has looked.
Status check_not_removed(const std::vector<std::string>& runs, const RemovedRuns& removed,
                         const WantedIds& wanted);

// For one reading of one bundle.
class BundleIntake final : public BundleHandler {
public:
    // `types` are those of the ledger.  `events` and `placer` outlive this; not used by kCheck.
    // `wanted` learns by kCheck which events and runs there are, and is asked by the others.
    BundleIntake(IntakeMode mode, schema::Registry types, IntakeRules rules, IncomingEvents* events,
                 ArtifactPlacer* placer, WantedIds* wanted)
        : mode_(mode),
          types_(std::move(types)),
          rules_(rules),
          events_(events),
          placer_(placer),
          wanted_(wanted) {}

    Status manifest(const BundleManifest& manifest) override;
    Status begin_file(const BundleFile& file) override;
    Status file_bytes(std::string_view bytes) override;
    Status end_file(const BundleFile& file) override;
    Status event(const log::Line& line, std::uint64_t number) override;
    // When all of it has been read: what only the whole tells.
    Status end();

    const BundleManifest& read_manifest() const { return manifest_; }
    const PlacedReport& placed() const { return placed_; }
    // What is said of single files: those of the ledger that were damaged, and are replaced.
    const std::vector<std::string>& notes() const { return notes_; }
    // Runs that the ledger had events of, and that got new ones.
    const std::set<std::string>& extended_runs() const { return extended_; }
    // Schemas of the bundle that its events use and that the ledger does not have, in the order to
    // register them, and what they are called.  After end().
    const std::vector<std::string>& new_schemas() const { return new_schemas_; }
    const std::vector<std::string>& new_types() const { return new_types_; }

private:
    Status check_places();
    void note_replaced(const BundleFile& file, const std::string& moved);
    Status take_types();
    Status check_event(const log::Line& line, json::Envelope& envelope);
    Status check_names(std::string_view type, const log::Line& line);

    IntakeMode mode_;
    schema::Registry types_;
    IntakeRules rules_;
    IncomingEvents* events_;
    ArtifactPlacer* placer_;
    WantedIds* wanted_;

    BundleManifest manifest_{};
    std::set<std::string_view> runs_{};                 // of manifest_
    std::set<std::string, std::less<>> directories_{};  // of the runs
    // Files that no event has named yet.
    std::set<std::string, std::less<>> unnamed_{};
    std::set<std::string, std::less<>> runs_with_events_{};
    std::set<std::string> extended_{};
    std::vector<std::string> new_schemas_{};
    std::vector<std::string> new_types_{};
    std::vector<std::string> type_names_{};  // of new_types_, without the version
    std::set<std::string, std::less<>> used_types_{};
    PlacedReport placed_{};
    std::vector<std::string> notes_{};
    bool is_coming_ = false;     // the file that is read is written
    bool is_replacing_ = false;  // and takes the place of one that is not what its name says
    schema::Scratch scratch_{};
    json::EnvelopeReader envelopes_{};
    ArtifactNames names_{};
    std::string text_{};  // of the event, whole
};

}  // namespace daybook::lifecycle
