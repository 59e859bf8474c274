#include "archive/check_archives.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/archive_reader.h"
#include "archive/inflate.h"
#include "archive/manifest_file.h"
#include "archive/removed_ranges.h"
#include "base/hash.h"
#include "ledger/file_hash.h"
#include "ledger/seal.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

using ledger::VerifyFinding;

constexpr std::string_view kParquetSuffix = ".parquet";
// At a day that changes while it is looked at.
constexpr int kLooksMax = 5;

VerifyFinding finding(std::string kind, std::string part, std::string file, std::string detail) {
    return {.kind = std::move(kind),
            .part = std::move(part),
            .file = std::move(file),
            .detail = std::move(detail)};
}

class Checker {
public:
    Checker(const ledger::LedgerDir& dir, const ArchiveCheckOptions& options,
            const ledger::RetainedEvents& retained)
        : log_(dir.layout()), layout_(dir), options_(options), retained_(retained) {}

    Result<std::vector<VerifyFinding>> run() {
        ASSIGN_OR_RETURN(const std::vector<Day> days, list_days(layout_));
        for (const Day day : days) RETURN_IF_ERROR(check_day(day));
        return std::move(findings_);
    }

private:
    Status check_day(Day day) {
        const std::size_t before = findings_.size();
        for (int looks = 1;; ++looks) {
            const Result<std::optional<Manifest>> manifest = read_manifest(layout_, day);
            // Whatever the reason: it is the reason of this day alone.
            if (!manifest) {
                add(finding("archive_unreadable", "", layout_.manifest_path(day),
                            manifest.error().message()));
                return {};
            }
            RETURN_IF_ERROR(check_manifest(manifest->value_or(Manifest{.day = day})));
            if (findings_.size() == before || looks == kLooksMax) return {};
            // An archiving or a retention may have been here between two looks.
            const Result<std::optional<Manifest>> after = read_manifest(layout_, day);
            if (after && *after == *manifest) return {};
            findings_.resize(before);
        }
    }

    Status check_manifest(const Manifest& manifest) {
        RETURN_IF_ERROR(look_for_others(manifest));
        RETURN_IF_ERROR(learn_new_events(manifest));
        check_retentions(manifest);
        check_last_retention(manifest);
        for (const ArchiveFile& file : manifest.files) {
            ASSIGN_OR_RETURN(std::vector<VerifyFinding> found,
                             check_file(layout_.day_dir(manifest.day), file));
            for (VerifyFinding& one : found) add(std::move(one));
        }
        for (const ArchivedPart& part : manifest.parts) {
            RETURN_IF_ERROR(check_seal(manifest, part));
            check_removed(manifest, part);
            RETURN_IF_ERROR(check_file_below_events(manifest, part));
            if (options_.deep && part.rewrites > 0) RETURN_IF_ERROR(check_left(manifest, part));
        }
        return {};
    }

    // What a run that was cut short has left, or a manifest that is not the newest; and what
    // somebody else has put there.
    Status look_for_others(const Manifest& manifest) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries,
                         os::list_dir(layout_.day_dir(manifest.day)));
        for (const os::DirEntry& entry : entries) {
            if (!entry.name.ends_with(kParquetSuffix)) continue;
            if (manifest.find_file(entry.name) != nullptr) continue;
            const bool is_ours = parse_file_name(entry.name).has_value();
            VerifyFinding one = finding(
                is_ours ? "archive_unnamed" : "archive_foreign", "",
                layout_.file_path(manifest.day, entry.name),
                is_ours ? "no manifest names it: 'daybook archive' moves it to trash/, if the "
                          "manifest is the newest one"
                        : "it is not Daybook's, and whoever reads 'archive/*/*.parquet' takes its "
                          "rows for events: move it away");
            one.problem = !is_ours;
            add(std::move(one));
        }
        return {};
    }

    // What a part was before any retention its seal alone knows, which the chain of seals keeps.
    Status check_seal(const Manifest& manifest, const ArchivedPart& part) {
        const std::string path = log_.seal_path(part.part);
        const Result<std::string> text = os::read_file(path, ledger::kSealBytesMax);
        // That it is missing the chain of seals tells.
        if (!text && text.error().code() == ErrorCode::kNotFound) return {};
        if (!text) return fail(text.error());
        const std::string found = sha256_hex(*text);
        if (found != part.seal_sha256) {
            add_seal_differs(manifest, part,
                             fmt::format("the seal's SHA-256 is {}, the manifest says {}", found,
                                         part.seal_sha256));
            return {};
        }
        // That it is no seal the chain tells, too.
        const Result<ledger::Seal> seal = ledger::decode_seal(*text, path);
        if (!seal || (seal->facts.bytes == part.bytes && seal->sha256 == part.sha256)) return {};
        add_seal_differs(manifest, part,
                         fmt::format("the seal says {} bytes with SHA-256 {}, the manifest {} "
                                     "with {}",
                                     seal->facts.bytes, seal->sha256, part.bytes, part.sha256));
        return {};
    }

    void add_seal_differs(const Manifest& manifest, const ArchivedPart& part, std::string detail) {
        add(finding("archive_seal_differs", to_string(part.part),
                    layout_.manifest_path(manifest.day), std::move(detail)));
    }

    // The events are appended before the manifest is replaced: whoever looks for them after it was
    // read finds them.
    Status learn_new_events(const Manifest& manifest) {
        const bool knows_all = std::all_of(
            manifest.retained.begin(), manifest.retained.end(), [&](const Retained& entry) {
                return retained_.contains(entry.event_id) || lost_.contains(entry.event_id);
            });
        if (knows_all) return {};
        ASSIGN_OR_RETURN(ledger::RetainedEvents events, ledger::read_retained_events(log_));
        retained_.merge(events);
        for (const Retained& entry : manifest.retained) {
            if (!retained_.contains(entry.event_id)) lost_.insert(entry.event_id);
        }
        return {};
    }

    // Lines that are gone are named by events, or somebody has taken them.
    void check_removed(const Manifest& manifest, const ArchivedPart& part) {
        if (part.rewrites > 0 && part.removed.empty()) {
            add(finding("removed_unexplained", to_string(part.part),
                        layout_.manifest_path(manifest.day),
                        "a retention has written it again, and the manifest names nothing that it "
                        "has removed"));
            return;
        }
        std::uint64_t bytes = 0;
        const RemovedRange* first = nullptr;
        for (const RemovedRange& range : part.removed) {
            if (why_unexplained(manifest, range.event_id).empty()) continue;
            bytes += range.length;
            if (first == nullptr) first = &range;
        }
        if (first == nullptr) return;
        VerifyFinding one = finding("removed_unexplained", to_string(part.part),
                                    layout_.manifest_path(manifest.day),
                                    fmt::format("{} bytes were removed, and {}", bytes,
                                                why_unexplained(manifest, first->event_id)));
        one.offset = first->offset.value();
        one.length = bytes;
        add(std::move(one));
    }

    // Empty: the event is the first of a retention of this day, with which check_retentions() has
    // compared all ranges that name it.
    std::string why_unexplained(const Manifest& manifest, const std::string& event_id) const {
        if (event_id.empty()) return "the manifest names no event that says so";
        const auto event = retained_.find(event_id);
        if (event == retained_.end()) {
            return fmt::format("the log has no event {}, which they name", event_id);
        }
        const bool is_listed =
            std::any_of(manifest.retained.begin(), manifest.retained.end(),
                        [&](const Retained& entry) { return entry.event_id == event_id; });
        if (!is_listed) return fmt::format("`retained` has no event {}, which they name", event_id);
        if (!is_first_of_day(event->second, manifest.day)) {
            return fmt::format("event {}, which they name, is number {} of a retention of {}",
                               event_id, event->second.batch, event->second.first_day);
        }
        return {};
    }

    static bool is_first_of_day(const ledger::RetainedEvent& event, Day day) {
        return event.batch == 1 && event.first_day == to_string(day);
    }

    // What a retention's events say together is what the ranges that name the first of them come
    // to.
    void check_retentions(const Manifest& manifest) {
        const std::vector<Retained>& entries = manifest.retained;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto first = retained_.find(entries[i].event_id);
            if (first == retained_.end() || first->second.batch != 1) continue;
            const std::size_t batches = std::max<std::uint64_t>(first->second.batches, 1);
            const RemovedSum removed = removed_by(manifest, entries[i].event_id);
            RemovedSum said{.ranges_sha256 = removed.ranges_sha256};
            for (std::size_t batch = 0; batch < batches; ++batch) {
                const auto event = i + batch < entries.size()
                                       ? retained_.find(entries[i + batch].event_id)
                                       : retained_.end();
                if (event == retained_.end()) {
                    add_unexplained(manifest, batch, batches, entries[i].event_id);
                    said = removed;
                    break;
                }
                said.events += event->second.events;
                said.bytes += event->second.bytes;
                if (event->second.ranges_sha256 != removed.ranges_sha256) {
                    said.ranges_sha256 = event->second.ranges_sha256;
                }
            }
            if (said != removed) add_otherwise(manifest, entries[i].event_id, removed, said);
        }
    }

    // Each retention has said what it left of all parts that it or an earlier one has touched, so
    // the last one's word is about what there is now.
    void check_last_retention(const Manifest& manifest) {
        const ledger::RetainedEvent* last = nullptr;
        for (const Retained& entry : manifest.retained) {
            const auto event = retained_.find(entry.event_id);
            if (event == retained_.end() || !is_first_of_day(event->second, manifest.day)) continue;
            last = &event->second;
        }
        // Where there is none, what was removed is unexplained.
        if (last == nullptr || last->left_sha256.empty()) return;
        const std::string left = left_sha256(manifest);
        if (left == last->left_sha256) return;
        add(finding("removed_otherwise", "", layout_.manifest_path(manifest.day),
                    fmt::format("what is left of its parts has the hash {}, the day's last "
                                "ledger.retained says {}",
                                left, last->left_sha256)));
    }

    void add_unexplained(const Manifest& manifest, std::size_t batch, std::size_t batches,
                         const std::string& event_id) {
        add(finding("removed_unexplained", "", layout_.manifest_path(manifest.day),
                    fmt::format("event {} is the first of {} that say what was removed; the log "
                                "has no number {}",
                                event_id, batches, batch + 1)));
    }

    void add_otherwise(const Manifest& manifest, const std::string& event_id,
                       const RemovedSum& removed, const RemovedSum& said) {
        add(finding("removed_otherwise", "", layout_.manifest_path(manifest.day),
                    fmt::format("{} events of {} bytes were removed, of ranges with the hash {}; "
                                "event {} says {} of {} bytes, {}",
                                removed.events, removed.bytes, removed.ranges_sha256, event_id,
                                said.events, said.bytes,
                                said.ranges_sha256.empty() ? "and no hash" : said.ranges_sha256)));
    }

    Status check_file_below_events(const Manifest& manifest, const ArchivedPart& part) {
        const std::string path = log_.part_path(part.part);
        const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
        if (!fd && fd.error().code() == ErrorCode::kNotFound) return {};
        if (!fd) return fail(fd.error());
        ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd->get(), path));
        const bool same = hash.sha256 == part.sha256 && hash.bytes == part.bytes;
        VerifyFinding one = finding(
            "archived_twice", to_string(part.part), path,
            same ? "it is archived as well: 'daybook archive' moves it to trash/"
                 : fmt::format("it is archived as well, with other bytes: {} says {} bytes with "
                               "SHA-256 {}; move it away, and the archive's is read",
                               layout_.manifest_path(manifest.day), part.bytes, part.sha256));
        one.problem = !same;
        add(std::move(one));
        return {};
    }

    Status check_left(const Manifest& manifest, const ArchivedPart& part) {
        if (!inflater_) {
            ASSIGN_OR_RETURN(inflater_, Inflater::open());
        }
        const std::string path = layout_.file_path(manifest.day, part.file);
        Sha256 hash;
        const Status inflated = inflater_->inflate(path, part, [&](std::string_view bytes) {
            hash.update(bytes);
            return Status();
        });
        // That it is missing, or unreadable, has its finding.
        if (!inflated && (inflated.error().code() == ErrorCode::kCorrupt ||
                          inflated.error().code() == ErrorCode::kNotFound)) {
            return {};
        }
        if (!inflated) return fail(inflated.error());
        const std::string found = to_hex(hash.finish());
        if (found == part.left_sha256) return {};
        add(finding("archive_changed", to_string(part.part), path,
                    fmt::format("what is left of the part has SHA-256 {}, the manifest says {}",
                                found, part.left_sha256)));
        return {};
    }

    void add(VerifyFinding one) { findings_.push_back(std::move(one)); }

    log::Layout log_;
    ArchiveLayout layout_;
    const ArchiveCheckOptions& options_;
    ledger::RetainedEvents retained_;
    // Looked for, and not there: once is enough, since each look reads all of events/.
    std::set<std::string> lost_;
    std::optional<Inflater> inflater_;
    std::vector<VerifyFinding> findings_;
};

}  // namespace

Result<std::vector<VerifyFinding>> check_archives(const ledger::LedgerDir& dir,
                                                  const ArchiveCheckOptions& options,
                                                  const ledger::RetainedEvents& retained) {
    return Checker(dir, options, retained).run();
}

Result<std::vector<VerifyFinding>> check_file(const std::string& directory,
                                              const ArchiveFile& file) {
    const std::string path = os::join_path(directory, file.name);
    const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
    if (!fd && fd.error().code() == ErrorCode::kNotFound) {
        return std::vector{finding("archive_missing", "", path,
                                   fmt::format("its manifest names it, with {} bytes: put it back "
                                               "from a backup",
                                               file.bytes))};
    }
    if (!fd) return fail(fd.error());
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd->get(), path));
    if (hash.bytes == file.bytes && hash.sha256 == file.sha256) return std::vector<VerifyFinding>{};
    return std::vector{
        finding("archive_changed", "", path,
                fmt::format("it has {} bytes with SHA-256 {}, its manifest says {} with {}",
                            hash.bytes, hash.sha256, file.bytes, file.sha256))};
}

std::shared_ptr<const log::ArchivedParts> readable_parts(const ledger::LedgerDir& dir) {
    return std::make_shared<const ArchiveReader>(dir, ArchiveReader::Damaged::kSkip);
}

}  // namespace daybook::archive
