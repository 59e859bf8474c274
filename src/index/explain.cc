#include "index/explain.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "index/explain_merged.h"
#include "index/registry_upcaster.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "log/scan.h"

namespace daybook::index {
namespace {

constexpr std::uint64_t kBytesBetweenCalls = std::uint64_t{1} << 20;

// Reads all parts, one line after the other.
class LogPass {
public:
    LogPass(const log::LogSource& source, const std::vector<log::PartInfo>& parts,
            const BytesProgress& progress, std::uint64_t done, std::uint64_t total)
        : source_(source), parts_(parts), progress_(progress), done_(done), total_(total) {}

    template <typename Function>
    Status for_each_line(Function&& function) {
        for (const log::PartInfo& part : parts_) {
            auto reader = log::PartReader::open(source_, part.id);
            // It has gone since it was listed.
            if (!reader && reader.error().code() == ErrorCode::kNotFound) continue;
            if (!reader) return fail(reader.error());
            const std::string name = to_string(part.id);
            while (true) {
                ASSIGN_OR_RETURN(const log::Line* line, reader->next_line());
                // Both passes are to read the same.
                if (line == nullptr || line->end() > part.size) break;
                function(*line, name);
                RETURN_IF_ERROR(count(line->length + 1));
            }
        }
        return {};
    }

private:
    Status count(std::uint64_t bytes) {
        done_ += bytes;
        if (!progress_ || done_ < next_call_) return {};
        next_call_ = done_ + kBytesBetweenCalls;
        if (progress_(done_, total_)) return {};
        return fail(ErrorCode::kCancelled, "explain row: stopped after {} bytes of log", done_);
    }

    const log::LogSource& source_;
    const std::vector<log::PartInfo>& parts_;
    const BytesProgress& progress_;
    std::uint64_t done_;
    std::uint64_t total_;
    std::uint64_t next_call_ = 0;
};

// Why `event` lost to `winner`, where the least or the greatest stamp wins.
std::string reason_of(const RowEvent& event, const RowEvent& winner, bool least_wins) {
    if (event.timestamp_ms == winner.timestamp_ms) {
        return fmt::format("of the same time, and its id is {}", least_wins ? "greater" : "less");
    }
    return least_wins ? "later" : "older";
}

void explain_whole(const TableSpec& table, const std::vector<RowEvent>& events,
                   std::vector<Verdict>& verdicts) {
    const bool least_wins = table.winner == Winner::kLeast;
    const RowEvent* winner = nullptr;
    for (const RowEvent& event : events) {
        if (!event.out.empty()) continue;
        const bool wins = winner == nullptr || (least_wins ? event.stamp() < winner->stamp()
                                                           : event.stamp() > winner->stamp());
        if (wins) winner = &event;
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!events[i].out.empty()) continue;
        if (&events[i] == winner) {
            verdicts[i].won = "the whole row";
        } else {
            verdicts[i].lost = reason_of(events[i], *winner, least_wins);
        }
    }
}

std::string no_such_row(const RowKey& key, const std::vector<RowEvent>& events,
                        const std::vector<RowDamage>& damage) {
    std::string text = fmt::format("explain row: no event of the log makes a row {} of {}",
                                   key.to_text(), spec(key.table).name);
    if (!events.empty()) {
        const RowEvent& event = events.front();
        text += fmt::format("; the {} at {}:{} does not: {}", event.event_type, event.part,
                            event.offset.value(),
                            event.out.empty() ? "its row is another one" : event.out);
    }
    if (!damage.empty()) {
        text += fmt::format("; the line at {}:{} may have been meant to: {}", damage.front().part,
                            damage.front().offset.value(), damage.front().reason);
    }
    return text;
}

}  // namespace

Result<Explanation> explain_events(const RowKey& key, std::vector<RowEvent> events,
                                   const std::vector<RowDamage>& damage) {
    Explanation explanation;
    std::vector<Verdict> verdicts(events.size());
    if (key.table == Table::kStatus) {
        explain_status(events, verdicts, explanation.notes);
    } else if (key.table == Table::kPhases) {
        explain_phase(key, events, verdicts, explanation.notes);
    } else {
        explain_whole(spec(key.table), events, verdicts);
    }
    const bool any = std::any_of(verdicts.begin(), verdicts.end(),
                                 [](const Verdict& verdict) { return !verdict.won.empty(); });
    if (!any) return fail(ErrorCode::kNotFound, "{}", no_such_row(key, events, damage));
    for (std::size_t i = 0; i < events.size(); ++i) {
        RowEvent& event = events[i];
        if (verdicts[i].is_left_out) continue;
        explanation.events.push_back(
            {.part = std::move(event.part),
             .offset = event.offset,
             .event_type = std::move(event.event_type),
             .event_id = std::move(event.event_id),
             .timestamp_ms = event.timestamp_ms,
             .won = std::move(verdicts[i].won),
             .lost = event.out.empty() ? std::move(verdicts[i].lost) : std::move(event.out)});
    }
    for (const RowDamage& line : damage) {
        explanation.notes.push_back(fmt::format("{}:{} holds the key and is no event: {}",
                                                line.part, line.offset.value(), line.reason));
    }
    return explanation;
}

Result<Explanation> explain(const std::string& root, const RowKey& key,
                            const BytesProgress& progress) {
    RETURN_IF_ERROR(ledger::check_format(ledger::LedgerDir(root)));
    ASSIGN_OR_RETURN(const LedgerUpcaster upcaster, registry_upcaster(root));
    const log::LogSource source = archive::log_source(ledger::LedgerDir(root));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    std::uint64_t bytes = 0;
    for (const log::PartInfo& part : parts) bytes += part.size.value();
    RowHistory history(key, upcaster.upcaster.get());
    RETURN_IF_ERROR(LogPass(source, parts, progress, 0, 2 * bytes)
                        .for_each_line([&](const log::Line& line, const std::string& part) {
                            history.add(line, part);
                        }));
    RETURN_IF_ERROR(LogPass(source, parts, progress, bytes, 2 * bytes)
                        .for_each_line([&](const log::Line& line, const std::string& part) {
                            history.add_rival(line, part);
                        }));
    return explain_events(key, history.take_events(), history.damage());
}

}  // namespace daybook::index
