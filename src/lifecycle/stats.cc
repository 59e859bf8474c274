#include "lifecycle/stats.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

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
        : dir_(dir), options_(options), source_(archive::log_source(dir)) {}

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
    // The seal says how many events its part was sealed with; where retention has been, nobody
    // does.
    Status count_days() {
        ASSIGN_OR_RETURN(const ledger::SealFiles seals, ledger::read_seals(dir_.layout()));
        std::map<log::PartId, ledger::PartFacts> sealed;
        for (const ledger::StoredSeal& seal : seals.seals) sealed[seal.part] = seal.seal.facts;
        std::vector<log::PartInfo> to_read;
        for (const log::PartInfo& part : parts_) {
            const auto facts = sealed.find(part.id);
            if (facts != sealed.end() && part.rewrites == 0) {
                add(day_row(part.id.day), facts->second.events, facts->second.bytes);
            } else {
                to_read.push_back(part);
            }
        }
        return read(to_read, [this](const log::PartInfo& part, const log::Line& line) {
            add(day_row(part.id.day), 1, line.length + 1);
        });
    }

    StatsRow& day_row(Day day) { return days_[day]; }

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

    Status count_lines() {
        json::EnvelopeReader envelopes;
        return read(parts_, [&](const log::PartInfo&, const log::Line& line) {
            const std::optional<json::Envelope> event = envelopes.read(line.text);
            const std::string_view name = !event                          ? kNoEvent
                                          : options_.by == StatsBy::kType ? event->event_type
                                                                          : event->run_id;
            auto row = named_.find(name);
            if (row == named_.end()) {
                row = named_.emplace(std::string(name), StatsRow{}).first;
            }
            add(row->second, 1, line.length + 1);
            if (!event || options_.by != StatsBy::kRun) return;
            StatsRow& run = row->second;
            run.first = std::min(run.first.value_or(event->timestamp), event->timestamp);
            run.last = std::max(run.last.value_or(event->timestamp), event->timestamp);
        });
    }

    template <typename OnLine>
    Status read(const std::vector<log::PartInfo>& parts, const OnLine& on_line) {
        std::uint64_t total = 0;
        for (const log::PartInfo& part : parts) total += part.size.value();
        std::uint64_t done = 0;
        for (const log::PartInfo& part : parts) {
            if (options_.progress && !options_.progress(done, total)) {
                return fail(ErrorCode::kCancelled, "read the log: interrupted");
            }
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
