#include "server/metrics.h"

#include <string_view>

#include <fmt/format.h>

#include "base/version.h"

namespace daybook::server {
namespace {

// The value of a label, in quotes.
std::string label(std::string_view value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + "\"";
}

class Page {
public:
    template <typename Number>
    void counter(std::string_view name, Number value, std::string_view help) {
        head(name, "counter", help);
        text_ += fmt::format("{} {}\n", name, value);
    }
    template <typename Number>
    void gauge(std::string_view name, Number value, std::string_view help) {
        head(name, "gauge", help);
        text_ += fmt::format("{} {}\n", name, value);
    }
    void histogram(std::string_view name, const Histogram& histogram, std::string_view help) {
        head(name, "histogram", help);
        for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
            text_ += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, Histogram::kBounds[i],
                                 histogram.at_most(i));
        }
        text_ += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name,
                             histogram.count(), histogram.sum());
    }
    void head(std::string_view name, std::string_view type, std::string_view help) {
        text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
    }
    void line(const std::string& text) { text_ += text + "\n"; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void add_index(Page& page, const Stats& stats) {
    page.counter("daybook_events_indexed_total", stats.events_indexed, "Events applied.");
    page.counter("daybook_duplicate_events_total", stats.duplicates,
                 "Copies of events that counted already.");
    page.counter("daybook_conflicting_events_total", stats.conflicts,
                 "Events under an id that another content has.");
    page.counter("daybook_foreign_lines_total", stats.foreign_lines,
                 "Lines of other tools, without a checksum.");
    page.counter("daybook_damaged_lines_total", stats.damaged_lines,
                 "Lines left out because they are no event.");
    page.gauge("daybook_open_damage_lines", stats.open_damage,
               "Damaged lines that no repair has dealt with.");
    page.counter("daybook_indexed_bytes_total", stats.bytes_indexed, "Bytes of the log read.");
    page.histogram("daybook_build_duration_seconds", stats.builds,
                   "What bringing the index up to date took, publication included.");
    page.counter("daybook_build_errors_total", stats.build_errors, "Builds that failed.");
    page.counter("daybook_index_rebuilds_total", stats.rebuilds,
                 "Builds that had to read the whole log again.");
    page.counter("daybook_publications_total", stats.publications.count(), "Snapshots published.");
    page.histogram("daybook_publication_duration_seconds", stats.publications,
                   "What publishing a snapshot took.");
    page.counter("daybook_syncs_total", stats.syncs, "POST /api/v1/sync that were answered.");
    page.gauge("daybook_snapshot_generation", stats.generation, "Number of the last snapshot.");
    page.gauge("daybook_snapshot_bytes", stats.snapshot_bytes, "Size of the last snapshot.");
}

void add_ledger(Page& page, const ReadinessFacts& facts) {
    const Stats& stats = facts.stats;
    page.gauge("daybook_index_lag_seconds", facts.lag_seconds,
               "How long the oldest event that is not in the snapshot has waited.");
    page.gauge("daybook_log_bytes", stats.log_bytes, "Size of all parts of the log.");
    page.gauge("daybook_log_parts", stats.log_parts, "Parts of the log.");
    if (facts.disk_free_bytes) {
        page.gauge("daybook_disk_free_bytes", *facts.disk_free_bytes,
                   "Room that is left where the ledger lies.");
    }
    page.gauge("daybook_running_runs", stats.running_runs,
               "Runs that have started and not ended, as of the last snapshot.");
    page.counter("daybook_runs_interrupted_total", stats.runs_interrupted,
                 "Runs whose owner was proved dead.");
    page.counter("daybook_parts_sealed_total", stats.parts_sealed, "Parts sealed.");
    page.counter("daybook_seal_errors_total", stats.seal_errors, "Attempts to seal that failed.");
    page.counter("daybook_lock_waits_total", stats.lock_waits,
                 "Times that a lock was held by another process, and waited for.");
    page.counter("daybook_lock_errors_total", stats.lock_errors,
                 "Times that a lock could not be had in time. Anything but 0 is a defect.");
}

// A metric that each task of maintenance has.
template <typename Value>
void add_by_task(Page& page, const MaintenanceStats& stats, std::string_view name,
                 std::string_view type, Value TaskStats::* value, std::string_view help) {
    page.head(name, type, help);
    for (const lifecycle::Task task : lifecycle::kTasks) {
        page.line(fmt::format("{}{{task=\"{}\"}} {}", name, to_string(task),
                              stats.tasks[static_cast<std::size_t>(task)].*value));
    }
}

void add_maintenance(Page& page, const MaintenanceStats& stats) {
    page.head("daybook_maintain_runs_total", "counter", "How often a task of maintenance ended.");
    for (const lifecycle::Task task : lifecycle::kTasks) {
        for (const lifecycle::Outcome outcome : lifecycle::kOutcomes) {
            const TaskStats& task_stats = stats.tasks[static_cast<std::size_t>(task)];
            page.line(fmt::format("daybook_maintain_runs_total{{task=\"{}\",outcome=\"{}\"}} {}",
                                  to_string(task), to_string(outcome),
                                  task_stats.outcomes[static_cast<std::size_t>(outcome)]));
        }
    }
    add_by_task(page, stats, "daybook_maintain_bytes_total", "counter", &TaskStats::bytes,
                "Bytes that were archived, deleted or moved away.");
    add_by_task(page, stats, "daybook_maintain_seconds_total", "counter", &TaskStats::seconds,
                "What the tasks took, rests included.");
    add_by_task(page, stats, "daybook_maintain_last_success_timestamp_seconds", "gauge",
                &TaskStats::last_success_at,
                "When a task last ended well, since the Unix epoch; 0: not yet.");
    page.counter("daybook_maintain_paused_seconds_total", stats.paused_seconds,
                 "How long maintenance was held up because the log grew fast.");
    page.gauge("daybook_maintain_working", stats.working ? 1 : 0, "1: a task is under way.");
}

}  // namespace

std::string encode_metrics(const MetricsFacts& facts) {
    const Stats& stats = facts.readiness.stats;
    Page page;
    page.head("daybook_build_info", "gauge", "Always 1; the labels say which program this is.");
    page.line(fmt::format("daybook_build_info{{version={},compiler={}}} 1", label(version()),
                          label(compiler())));
    page.gauge("daybook_start_time_seconds", facts.started_at_seconds,
               "When the daemon started, since the Unix epoch.");
    page.gauge("daybook_active", stats.role == Role::kActive ? 1 : 0,
               "1: this daemon serves the ledger; 0: it is a standby, starts or stops.");
    page.gauge("daybook_ready", facts.ready ? 1 : 0, "1: /readyz answers 200.");
    page.gauge("daybook_watched_directories", stats.watched_directories,
               "Directories that the kernel tells of; 0: the log is polled.");
    add_index(page, stats);
    add_ledger(page, facts.readiness);
    if (stats.maintenance) add_maintenance(page, *stats.maintenance);
    page.counter("daybook_notify_errors_total", stats.notify_errors,
                 "Messages to the service manager that could not be sent.");
    if (!stats.http_requests.empty()) {
        page.head("daybook_http_requests_total", "counter", "HTTP requests answered.");
        for (const auto& [key, count] : stats.http_requests) {
            page.line(fmt::format("daybook_http_requests_total{{path={},code=\"{}\"}} {}",
                                  label(key.first), key.second, count));
        }
    }
    return page.take();
}

}  // namespace daybook::server
