// The loop of an active daemon: what it has seen, what is due, and when to look again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/board.h"
#include "server/daemon_log.h"
#include "server/interruptions.h"
#include "server/jobs.h"
#include "server/log_watch.h"
#include "server/maintainer.h"
#include "server/options.h"
#include "server/spacing.h"
#include "server/worker.h"

namespace daybook::server {

// For one thread, and its worker's.
class Loop {
public:
    struct Surroundings {
        const ServeOptions& options;
        Board& board;
        Pulse& pulse;
        SyncDesk& syncs;
        const DaemonLog& log;
        // Called from the worker's thread when a piece of work is done: turn() is due.
        std::function<void()> wake;
    };
    static Result<std::unique_ptr<Loop>> open(const Surroundings& around);
    // Cancels the work under way and waits for it.
    ~Loop();

    // Does what is due, and returns when to be called again if nothing happens.  An error: the
    // daemon cannot do its work at all.
    Result<Nanoseconds> turn(bool told);

    // Readable when the log has changed; -1: not to be waited for, now.
    int fd(Nanoseconds now) const { return now < rest_until_ ? -1 : watch_.fd(); }
    void cancel();

private:
    enum class Job { kNone, kBuild, kSources, kOwners, kInterruptions, kSeal };

    Loop(const Surroundings& around, LogWatch watch);
    Nanoseconds now() const { return around_.options.clock->monotonic_ns(); }
    void look(Nanoseconds now, bool told);
    void take_news(const LogNews& news, Nanoseconds now);
    Status collect();
    Status collect_build();
    SpacingFacts spacing_facts() const;
    void start_what_is_due(Nanoseconds now);
    void start(Job job, std::function<void()> work);
    void start_build();
    void look_for_sources();
    void start_seal(Nanoseconds now);
    void look_after_owners(Nanoseconds now);
    void judge_owners();
    bool has_owners_to_look_after() const { return owners_unknown_ || !running_.empty(); }
    void note_lag();
    Nanoseconds next_turn(Nanoseconds now) const;

    Surroundings around_;
    LogWatch watch_;
    std::atomic<bool> cancelled_{false};
    JobContext context_;

    // The log.
    Nanoseconds interval_ = 0;
    Nanoseconds look_at_ = 0;     // everything is looked at
    Nanoseconds rest_until_ = 0;  // a log that changes all the time is not looked at all the time
    bool told_ = false;           // something happened meanwhile
    std::string told_problem_;    // of the watch
    std::optional<Nanoseconds> news_since_;
    std::optional<Nanoseconds> building_since_;
    bool run_ended_ = true;

    // Builds.
    std::optional<Result<index::BuildReport>> built_;
    std::optional<Nanoseconds> published_at_;
    Nanoseconds publication_ = 0;
    int failures_ = 0;
    Nanoseconds failed_at_ = 0;
    bool had_damage_ = true;  // there may be some
    std::uint64_t damage_generation_ = 0;

    // Old files.
    bool sources_due_ = false;
    Nanoseconds sources_began_at_ = 0;
    Nanoseconds sources_rest_until_ = 0;
    Sources sources_;  // as the last build was given them
    Sources found_sources_;
    std::string told_of_sources_;

    // Owners.
    Nanoseconds owners_at_ = 0;
    bool owners_unknown_ = false;  // events came since the list was made
    std::uint64_t listed_generation_ = 0;
    bool judge_now_ = false;
    bool heartbeats_searched_ = false;
    std::vector<RunningRun> running_;
    std::optional<std::vector<RunningRun>> looked_at_;
    HeartbeatRuns heartbeats_;
    HeartbeatRuns found_heartbeats_;
    Attempts interrupted_;

    Nanoseconds seal_at_ = 0;
    Job job_ = Job::kNone;
    std::unique_ptr<Maintainer> maintainer_;  // null: others maintain the ledger
    Worker worker_;                           // the last member: its work uses the others
};

}  // namespace daybook::server
