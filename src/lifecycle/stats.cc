#include "lifecycle/stats.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "archive/archive_reader.h"
#include "archive/line_heads.h"
#include "archive/log_source.h"
#include "json/envelope.h"
#include "ledger/artifact_layout.h"
#include "ledger/seal_chain.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/free_space.h"

namespace daybook::lifecycle {
namespace {

// What has no envelope to say it.
constexpr std::string_view kNoEvent = "(no event)";

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

class Gatherer {
public:
    Gatherer(const ledger::LedgerDir& dir, const StatsOptions& options)
        : dir_(dir), options_(options), source_(archive::log_source(dir)), archives_(dir) {}

    Result<Stats> run(const Clock& clock) {
        ASSIGN_OR_RETURN(parts_, log::list_parts(source_));
        ASSIGN_OR_RETURN(const DiskLook look, look_at_disk(dir_));
        stats_.usage = look.usage;
        if (options_.by == StatsBy::kDay) {
            RETURN_IF_ERROR(count_days());
            add_disk(look);
        } else {
            RETURN_IF_ERROR(count_lines());
            RETURN_IF_ERROR(take_largest());
        }
        ASSIGN_OR_RETURN(const std::uint64_t free, os::free_bytes(dir_.root()));
        stats_.forecast = forecast({.days = look.days,
                                    .log_bytes = look.usage.parts + look.usage.archives,
                                    .index_bytes = look.usage.index,
                                    .free_bytes = free,
                                    .today = day_of(clock.now())});
        return std::move(stats_);
    }

private:
    // The seal says how many events its part was sealed with, the manifest of an archive how many
    // lines retention has left.
    Status count_days() {
        ASSIGN_OR_RETURN(const ledger::SealFiles seals, ledger::read_seals(dir_.layout()));
        std::map<log::PartId, ledger::PartFacts> sealed;
        for (const ledger::StoredSeal& seal : seals.seals) sealed[seal.part] = seal.seal.facts;
        std::vector<log::PartInfo> to_read;
        for (const log::PartInfo& part : parts_) {
            StatsRow& row = days_[part.id.day];
            const auto facts = sealed.find(part.id);
            if (part.archived) {
                ASSIGN_OR_RETURN(const auto manifest, archives_.manifest(part.id.day));
                const archive::ArchivedPart* const known =
                    manifest ? manifest->find_part(part.id) : nullptr;
                if (known != nullptr) add(row, lines_left(*known), known->readable_bytes());
            } else if (facts != sealed.end()) {
                add(row, facts->second.events, facts->second.bytes);
            } else {
                to_read.push_back(part);
            }
        }
        return read(to_read, [this](const log::PartInfo& part, const log::Line& line) {
            add(days_[part.id.day], 1, line.length + 1);
        });
    }

    static std::uint64_t lines_left(const archive::ArchivedPart& part) {
        std::uint64_t lines = part.lines;
        for (const archive::RemovedRange& range : part.removed) lines -= range.lines;
        return lines;
    }

    void add(StatsRow& row, std::uint64_t events, std::uint64_t bytes) {
        row.events += events;
        row.bytes += bytes;
        stats_.events += events;
        stats_.bytes += bytes;
    }

    void add_disk(const DiskLook& look) {
        for (const auto& [day, usage] : look.days) {
            StatsRow& row = days_[day];
            row.disk = usage.log;
            row.artifacts = usage.artifacts;
        }
        for (auto& [day, row] : days_) {
            row.name = to_string(day);
            stats_.rows.push_back(std::move(row));
        }
    }

    // What archives have columns for is read from those.
    Status count_lines() {
        std::vector<log::PartInfo> to_read;
        std::optional<archive::Inflater> inflater;
        for (const log::PartInfo& part : parts_) {
            if (!part.archived || part.rewrites > 0) {
                to_read.push_back(part);
                continue;
            }
            if (!inflater) {
                ASSIGN_OR_RETURN(archive::Inflater opened, archive::Inflater::open());
                inflater.emplace(std::move(opened));
            }
            RETURN_IF_ERROR(count_archived(*inflater, part.id));
        }
        json::EnvelopeReader envelopes;
        return read(to_read, [&](const log::PartInfo&, const log::Line& line) {
            // As an archive has it: of damaged bytes it does not say what they were.
            const bool is_damaged = line.kind == log::LineKind::kDamaged;
            const std::optional<json::Envelope> event =
                is_damaged ? std::nullopt : envelopes.read(line.text);
            archive::LineHead head{.bytes = line.length + 1};
            if (event) {
                head = {.is_event = true,
                        .event_type = event->event_type,
                        .run_id = event->run_id,
                        .timestamp = event->timestamp,
                        .bytes = head.bytes};
            }
            count(head);
        });
    }

    Status count_archived(const archive::Inflater& inflater, const log::PartId& part) {
        ASSIGN_OR_RETURN(const auto manifest, archives_.manifest(part.day));
        const archive::ArchivedPart* const known = manifest ? manifest->find_part(part) : nullptr;
        if (known == nullptr || known->bytes == 0) return {};
        if (options_.progress && !options_.progress(0, 0)) return interrupted();
        const archive::ArchiveLayout layout(dir_);
        return archive::for_each_head(inflater, layout.file_path(part.day, known->file), *known,
                                      [this](const archive::LineHead& head) { count(head); });
    }

    void count(const archive::LineHead& head) {
        const std::string_view name = !head.is_event                  ? kNoEvent
                                      : options_.by == StatsBy::kType ? head.event_type
                                                                      : head.run_id;
        auto found = named_.find(name);
        if (found == named_.end()) found = named_.emplace(std::string(name), StatsRow{}).first;
        StatsRow& row = found->second;
        add(row, 1, head.bytes);
        if (!head.is_event || options_.by != StatsBy::kRun) return;
        row.first = std::min(row.first.value_or(head.timestamp), head.timestamp);
        row.last = std::max(row.last.value_or(head.timestamp), head.timestamp);
    }

    static Status interrupted() { return fail(ErrorCode::kCancelled, "read the log: interrupted"); }

    template <typename OnLine>
    Status read(const std::vector<log::PartInfo>& parts, const OnLine& on_line) {
        std::uint64_t total = 0;
        for (const log::PartInfo& part : parts) total += part.size.value();
        std::uint64_t done = 0;
        for (const log::PartInfo& part : parts) {
            if (options_.progress && !options_.progress(done, total)) return interrupted();
            ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part.id));
            while (true) {
                ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
                if (line == nullptr) break;
                on_line(part, *line);
            }
            done += part.size.value();
        }
        return {};
    }

    Status take_largest() {
        std::vector<std::pair<std::string_view, const StatsRow*>> order;
        for (const auto& [name, row] : named_) order.emplace_back(name, &row);
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
            if (a.second->bytes != b.second->bytes) return a.second->bytes > b.second->bytes;
            return a.first < b.first;
        });
        if (options_.rows_max > 0 && order.size() > options_.rows_max) {
            stats_.rows_left = order.size() - options_.rows_max;
            order.resize(options_.rows_max);
        }
        for (const auto& [name, row] : order) {
            StatsRow& taken = stats_.rows.emplace_back(*row);
            taken.name = name;
            const auto directory = ledger::run_directory(name);
            if (options_.by != StatsBy::kRun || !directory) continue;
            ASSIGN_OR_RETURN(taken.artifacts, tree_bytes(os::join_path(dir_.root(), *directory)));
        }
        return {};
    }

    const ledger::LedgerDir& dir_;
    const StatsOptions& options_;
    log::LogSource source_;
    archive::ArchiveReader archives_;
    std::vector<log::PartInfo> parts_;
    std::map<Day, StatsRow> days_;
    std::unordered_map<std::string, StatsRow, TextHash, std::equal_to<>> named_;
    Stats stats_;
};

}  // namespace

Result<Stats> gather_stats(const ledger::LedgerDir& dir, const Clock& clock,
                           const StatsOptions& options) {
    return Gatherer(dir, options).run(clock);
}

}  // namespace daybook::lifecycle
