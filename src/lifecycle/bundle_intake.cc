#include "lifecycle/bundle_intake.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "json/encode_event.h"
#include "ledger/artifact_layout.h"
#include "lifecycle/artifact_places.h"

namespace daybook::lifecycle {
namespace {

// What speaks of a ledger itself, and of no run.
bool is_of_ledger(std::string_view type) {
    return type.starts_with("ledger.") || type.starts_with("view.");
}

// Whether a relative path leads out of the directory that it is relative to.
bool leaves_directory(std::string_view path) {
    if (path.starts_with('/')) return false;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (path.substr(0, slash) == "..") return true;
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return false;
}

}  // namespace

Status check_not_removed(const std::vector<std::string>& runs, const RemovedRuns& removed,
                         const WantedIds& wanted) {
    for (const std::string& run : runs) {
        const auto found = removed.find(run);
        // One that was taken back is here, and to import it twice changes nothing.
        if (found == removed.end() || wanted.has_all_of(run)) continue;
        return fail(ErrorCode::kAlreadyExists,
                    "run {} was here and retention has removed it: event {} says so; --again takes "
                    "it back",
                    printable(run), found->second.event_id);
    }
    return {};
}

Status BundleIntake::manifest(const BundleManifest& manifest) {
    manifest_ = manifest;
    for (const std::string& run : manifest_.runs) {
        if (run == json::kLedgerRunId) {
            return fail(ErrorCode::kCorrupt, "manifest.json: /runs: `{}` is no run",
                        json::kLedgerRunId);
        }
        runs_.insert(run);
        const Result<std::string> directory = ledger::run_directory_name(run);
        if (!directory) {
            return fail(ErrorCode::kCorrupt, "manifest.json: /runs: {}",
                        directory.error().message());
        }
        directories_.insert(*directory);
    }
    RETURN_IF_ERROR(check_places());
    return take_types();
}

// A bundle brings files of its runs, and none to the places of others.
Status BundleIntake::check_places() {
    for (const BundleFile& file : manifest_.files) {
        if (file.path == kBundleEventsName) continue;
        RETURN_IF_ERROR(check_place_of_runs(file.path, directories_));
        const std::string content = content_of_place(file.path);
        if (!content.empty() && content != file.sha256) {
            return fail(ErrorCode::kCorrupt,
                        "{}: its SHA-256 is {} by the manifest, which its name does not say",
                        printable(file.path, 200), file.sha256);
        }
        unnamed_.insert(file.path);
    }
    return {};
}

Status BundleIntake::take_types() {
    for (const std::string& text : manifest_.types) {
        const Result<schema::RegisterReport> report = types_.register_type(text);
        if (!report) {
            return fail(ErrorCode::kCorrupt, "manifest.json: /types: {}", report.error().message());
        }
        if (!report->breaks.empty()) {
            return fail(ErrorCode::kInvalidArgument,
                        "manifest.json: /types: {} version {} does not go with what this ledger "
                        "knows of it: {}",
                        report->type, report->version, fmt::join(report->breaks, "; "));
        }
        if (report->unchanged) continue;
        new_schemas_.push_back(text);
        type_names_.push_back(report->type);
        new_types_.push_back(fmt::format("{} version {}", report->type, report->version));
    }
    return {};
}

Status BundleIntake::begin_file(const BundleFile& file) {
    is_coming_ = false;
    if (mode_ == IntakeMode::kCheck) return {};
    ASSIGN_OR_RETURN(Placed there, placer_->look(file.path, file.bytes, file.sha256));
    // Whose name says its content is wrong if it has another; the bundle has the right one.
    is_replacing_ = there == Placed::kConflict && !content_of_place(file.path).empty();
    if (is_replacing_) there = Placed::kNew;
    if (is_replacing_ && mode_ == IntakeMode::kAsk) note_replaced(file, "");
    if (mode_ == IntakeMode::kAsk || there != Placed::kNew) {
        placed_.count(there, file.path, file.bytes);
        return {};
    }
    is_coming_ = true;
    return placer_->begin(file.path);
}

Status BundleIntake::file_bytes(std::string_view bytes) {
    return is_coming_ ? placer_->write(bytes) : Status();
}

Status BundleIntake::end_file(const BundleFile& file) {
    if (!is_coming_) return {};
    if (is_replacing_) {
        // Not before all of it has come: until then a damaged file is better than none.
        ASSIGN_OR_RETURN(const std::string moved,
                         placer_->make_room(file.path, file.bytes, file.sha256,
                                            "an import brought that content", rules_.now));
        if (!moved.empty()) note_replaced(file, moved);
    }
    ASSIGN_OR_RETURN(Placed placed, placer_->end());
    // Somebody else has put it there meanwhile.
    if (is_replacing_ && placed == Placed::kConflict) {
        ASSIGN_OR_RETURN(placed, placer_->look(file.path, file.bytes, file.sha256));
    }
    placed_.count(placed, file.path, file.bytes);
    return {};
}

void BundleIntake::note_replaced(const BundleFile& file, const std::string& moved) {
    if (notes_.size() >= kListedMax) return;
    const std::string path = printable(file.path, 200);
    notes_.push_back(
        moved.empty() ? fmt::format("{}: it is not what its name says, and would be replaced", path)
                      : fmt::format("{}: it was not what its name says, and is replaced; it lies "
                                    "in {}",
                                    path, moved));
}

Status BundleIntake::check_names(std::string_view type, const log::Line& line) {
    std::string leaving;
    names_.each(type, line, [&](const NamedFile& file) {
        if (leaving.empty() && leaves_directory(file.path)) leaving = file.path;
        if (const auto named = unnamed_.find(file.path); named != unnamed_.end()) {
            unnamed_.erase(named);
        }
    });
    if (leaving.empty()) return {};
    return fail(ErrorCode::kCorrupt, "it names {}, which leads out of the ledger",
                printable(leaving, 200));
}

Status BundleIntake::check_event(const log::Line& line, json::Envelope& envelope) {
    if (!fits_line(line.body)) {
        return fail(ErrorCode::kLimit, "with {} bytes it fits into no line", line.body.size());
    }
    // The trailer is of the log that it was in.
    text_.assign(line.body);
    text_ += '}';
    ASSIGN_OR_RETURN(const schema::CheckedEvent checked, types_.check(text_, rules_.now, scratch_));
    if (!checked.event_id || !checked.timestamp) {
        return fail(ErrorCode::kCorrupt, "it has no event_id or no timestamp_ms");
    }
    // Readers of the log take the envelope from the line itself.
    const std::optional<json::Envelope> read = envelopes_.read(line.text);
    if (!read || read->event_id != *checked.event_id || read->run_id != checked.run_id ||
        read->event_type != checked.type || read->timestamp != *checked.timestamp) {
        return fail(ErrorCode::kCorrupt, "its envelope can be read in two ways");
    }
    if (is_of_ledger(checked.type) || checked.run_id == json::kLedgerRunId) {
        return fail(ErrorCode::kCorrupt, "it is a {} of {}: expected events of runs alone",
                    printable(checked.type), printable(checked.run_id));
    }
    if (!runs_.contains(checked.run_id)) {
        return fail(ErrorCode::kCorrupt, "it is of run {}, which manifest.json does not list",
                    printable(checked.run_id));
    }
    envelope = *read;
    if (!runs_with_events_.contains(checked.run_id)) runs_with_events_.emplace(checked.run_id);
    if (!used_types_.contains(checked.type)) used_types_.emplace(checked.type);
    return check_names(envelope.event_type, line);
}

Status BundleIntake::event(const log::Line& line, std::uint64_t number) {
    json::Envelope envelope;
    const Status checked = check_event(line, envelope);
    if (!checked) {
        return fail(ErrorCode::kCorrupt, "{}, line {}: {}", kBundleEventsName, number,
                    checked.error().message());
    }
    if (mode_ == IntakeMode::kCheck) {
        if (wanted_ != nullptr) wanted_->want(envelope.event_id, envelope.run_id);
        return {};
    }
    const std::uint64_t passed_over = events_->report().known + events_->report().changed;
    RETURN_IF_ERROR(events_->take(line.body, envelope));
    const bool is_new = passed_over == events_->report().known + events_->report().changed;
    if (is_new) wanted_->deleted_runs().see(envelope);
    if (is_new && wanted_->has_run(envelope.run_id)) extended_.emplace(envelope.run_id);
    return {};
}

Status BundleIntake::end() {
    for (const std::string_view run : runs_) {
        if (runs_with_events_.contains(run)) continue;
        return fail(ErrorCode::kCorrupt, "manifest.json: /runs: run {} has no event in the bundle",
                    printable(run));
    }
    if (!unnamed_.empty()) {
        return fail(ErrorCode::kCorrupt, "{}: no event of the bundle names it",
                    printable(*unnamed_.begin(), 200));
    }
    // Types may be registered for good: those of the events that came, and no others.
    std::vector<std::string> schemas;
    std::vector<std::string> types;
    for (std::size_t i = 0; i < new_schemas_.size(); ++i) {
        if (!used_types_.contains(type_names_[i])) continue;
        schemas.push_back(std::move(new_schemas_[i]));
        types.push_back(std::move(new_types_[i]));
    }
    new_schemas_ = std::move(schemas);
    new_types_ = std::move(types);
    type_names_.clear();
    return {};
}

}  // namespace daybook::lifecycle
