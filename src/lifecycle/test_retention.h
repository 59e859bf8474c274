// A ledger with runs of long ago, recorded, sealed and archived as a user would.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/archive_reader.h"
#include "archive/check_archives.h"
#include "archive/log_source.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "index/builder.h"
#include "json/envelope.h"
#include "ledger/event_log.h"
#include "ledger/sealer.h"
#include "ledger/verify.h"
#include "lifecycle/archiver.h"
#include "lifecycle/retention.h"
#include "log/scan.h"
#include "query/fresh.h"
#include "support/outcome.h"
#include "os/test_support.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kRetainDayMs = 86'400'000;
// 2026-03-01: the day of the tests.
inline constexpr Day kToday(20513);

class RetentionTest : public ::testing::Test {
protected:
    RetentionTest() { clock_.step_to(at(0)); }

    // Noon, so many days before today.
    static TimestampMs at(std::int64_t days_ago) {
        return start_of(kToday) + (kRetainDayMs / 2 - days_ago * kRetainDayMs);
    }

    // What append() then appends.
    void event(std::string_view type, std::string_view run_id, TimestampMs time,
               std::string_view fields = "") {
        events_.push_back(fmt::format(
            R"({{"event_type":"{}","event_id":"019bea3c-7d1e-7c40-9d0e-{:012}","timestamp_ms":{},)"
            R"("run_id":"{}"{}}})",
            type, ++ids_, time.value(), run_id, fields));
    }
    // A run that began so many days ago and recorded a trial on each of `days` days.
    void run(std::string_view run_id, std::int64_t days_ago, int days = 1, bool ends = true) {
        TimestampMs time = at(days_ago);
        event("run.created", run_id, time,
              R"(,"run_type":"policy","config":{},"data_fingerprint":"d")");
        event("run.started", run_id, time);
        for (int day = 0; day < days; ++day) {
            if (day > 0) time = time + kRetainDayMs;
            event("trial.recorded", run_id, time + 1,
                  fmt::format(R"(,"trial_id":"t{}","params":{{"p":{}}},"metrics":{{"m":1.5}})", day,
                              day));
            event("metric.recorded", run_id, time + 2, R"(,"metrics":{"loss":0.5},"step":1)");
        }
        if (ends) {
            event("run.completed", run_id, time + 3, R"(,"summary":{"m":2},"artifact_paths":{})");
        }
    }
    void append() {
        const auto log = testing::value_of(
            ledger::EventLog::open(dir_, {.clock = &clock_, .background = false}));
        const std::vector<std::string_view> events(events_.begin(), events_.end());
        const ledger::BatchOutcome outcome = log->emit_json_batch(events, std::nullopt, true);
        ASSERT_EQ(outcome.accepted, events.size())
            << (outcome.rejections.empty() ? "" : outcome.rejections[0].error.message());
        events_.clear();
    }
    // Days that are over by a week.  Something is recorded today, as in a ledger that is in use.
    void archive() {
        event("view.saved", "_ledger", at(0), R"(,"name":"v","view":{})");
        event("run.created", "today", at(0),
              R"(,"run_type":"policy","config":{},"data_fingerprint":"d")");
        append();
        testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
        const ArchiveReport report = testing::value_of(archive_days(dir_, {.clock = &clock_}));
        for (const ArchiveOutcome& day : report.days) {
            ASSERT_NE(day.state, ArchiveState::kFailed) << day.detail;
        }
    }

    RetainReport retain(const RetentionPolicy& policy) {
        return testing::value_of(lifecycle::retain(dir_, options(policy)));
    }
    RetainOptions options(const RetentionPolicy& policy) const {
        return {.policy = policy, .reason = "test", .author = "ada", .clock = &clock_};
    }

    // Every line that the log has now, in order.
    std::vector<std::string> log_lines() {
        std::vector<std::string> lines;
        const log::LogSource source = archive::log_source(dir_);
        for (const log::PartInfo& part : testing::value_of(log::list_parts(source))) {
            log::PartReader reader = testing::value_of(log::PartReader::open(source, part.id));
            while (const auto line = testing::value_of(reader.next())) {
                lines.emplace_back(line->text);
            }
        }
        return lines;
    }
    // "run-1 trial.recorded": how often, in the log.
    std::map<std::string, int> log_counts() {
        std::map<std::string, int> counts;
        json::EnvelopeReader envelopes;
        for (const std::string& line : log_lines()) {
            const auto envelope = envelopes.read(line);
            if (envelope) ++counts[fmt::format("{} {}", envelope->run_id, envelope->event_type)];
        }
        return counts;
    }

    std::vector<std::string> rows(const std::string& sql) {
        query::FreshSession fresh = testing::value_of(query::open_fresh(dir_.root()));
        EXPECT_EQ(fresh.rebuilt, "");
        duck::Rows found = testing::value_of(fresh.session.query(sql));
        std::vector<std::string> lines;
        while (testing::value_of(found.next())) {
            std::string line;
            for (std::size_t i = 0; i < found.column_count(); ++i) {
                line += (i == 0 ? "" : " | ") + found.text(i);
            }
            lines.push_back(line);
        }
        return lines;
    }

    // The index is the one that a rebuild makes, and verify finds nothing.
    void expect_sound() {
        const index::BuildReport built = testing::value_of(index::build(dir_.root()));
        EXPECT_EQ(built.rebuilt, "");
        const std::string directory = temp_ / fmt::format("anew-{}", ++rebuilds_);
        testing::expect_ok(os::make_dirs(directory));
        const index::BuildReport anew =
            testing::value_of(index::build(dir_.root(), {.index_dir = directory}));
        EXPECT_EQ(built.digest, anew.digest);
        const ledger::VerifyReport verified = testing::value_of(ledger::verify(
            dir_, {.deep = true,
                   .archives = std::make_shared<archive::ArchiveReader>(dir_),
                   .check_archives = [&](const ledger::RetainedEvents& retained) {
                       return archive::check_archives(dir_, {.deep = true}, retained);
                   }}));
        for (const ledger::VerifyFinding& finding : verified.findings) {
            if (finding.problem) ADD_FAILURE() << finding.file << ": " << finding.detail;
        }
        EXPECT_FALSE(testing::value_of(has_unfinished_retention(dir_)));
    }

    os::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{TimestampMs(0)};
    std::vector<std::string> events_;
    int ids_ = 0;
    int rebuilds_ = 0;
};

}  // namespace daybook::lifecycle
