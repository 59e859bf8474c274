#include "server/loop.h"

#include <algorithm>
#include <utility>

#include "index/index_layout.h"
#include "lifecycle/policy.h"
#include "os/file.h"

namespace daybook::server {
namespace {

// A run's end waits no longer than this for being seen.
constexpr Nanoseconds kRest = 20 * kMillisecond;
constexpr Nanoseconds kOwnersPeriodMax = 5 * kSecond;
// Parts become due for a seal once a day, or when they are full.
constexpr std::int64_t kSealIntervals = 20;
constexpr Nanoseconds kSealPeriodMax = 3600 * kSecond;

Maintainer::Surroundings maintainer_surroundings(const Loop::Surroundings& around, bool polls) {
    MaintenanceOptions options = *around.options.maintenance;
    const auto interval = static_cast<Nanoseconds>(around.options.interval_seconds * 1e9);
    // What has come since the last look comes all at once.
    if (polls) options.pace.window_ns = std::max(options.pace.window_ns, interval);
    const auto perform = [root = around.options.root, tasks = options.tasks,
                          clock = around.options.clock](lifecycle::Task task,
                                                        lifecycle::Pace& pace) {
        return lifecycle::maintain(ledger::LedgerDir(root), task, tasks, pace, *clock);
    };
    return {.options = options,
            .board = around.board,
            .log = around.log,
            .clock = *around.options.clock,
            .wake = around.wake,
            .perform = perform};
}

// A policy that cannot be read is told at the start, and not when it is due for the first time.
void tell_policy(const Loop::Surroundings& around) {
    const auto policy = lifecycle::read_retention(ledger::LedgerDir(around.options.root));
    if (!policy) {
        around.log.warn("maintenance: nothing is deleted: {}", policy.error().message());
    } else if (!policy->has_limit()) {
        around.log.info("maintenance: nothing is deleted: ledger.json has no limits in \"{}\"",
                        lifecycle::kRetentionKey);
    } else if (!policy->automatic) {
        around.log.info(
            "maintenance: nothing is deleted: the policy in ledger.json is not "
            "\"automatic\": daybook retain carries it out");
    } else {
        around.log.info("maintenance: the policy in ledger.json is carried out");
    }
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::open(const Surroundings& around) {
    ASSIGN_OR_RETURN(LogWatch watch, LogWatch::open(around.options.root, around.options.poll));
    if (!watch.problem().empty()) {
        around.log.info("the log is looked at every {} s: {}", around.options.interval_seconds,
                        watch.problem());
    }
    return std::unique_ptr<Loop>(new Loop(around, std::move(watch)));
}

Loop::Loop(const Surroundings& around, LogWatch watch)
    : around_(around),
      watch_(std::move(watch)),
      context_{.root = around_.options.root,
               .board = around_.board,
               .pulse = around_.pulse,
               .log = around_.log,
               .clock = *around_.options.clock,
               .extra = around_.options.extra,
               .cancelled = cancelled_},
      interval_(static_cast<Nanoseconds>(around_.options.interval_seconds * 1e9)),
      worker_(around_.wake) {
    // The index may be behind, or not be there at all: only a build can tell.
    news_since_ = now();
    look_at_ = now() + interval_;
    sources_due_ = around_.options.extra != nullptr;
    told_problem_ = watch_.problem();
    if (around_.options.maintenance) {
        maintainer_ =
            std::make_unique<Maintainer>(maintainer_surroundings(around_, watch_.fd() < 0));
        tell_policy(around_);
    }
    note_lag();
}

Loop::~Loop() { cancel(); }

void Loop::cancel() {
    cancelled_.store(true);
    if (maintainer_ != nullptr) maintainer_->cancel();
}

void Loop::take_news(const LogNews& news, Nanoseconds now) {
    for (const std::string& run : news.tail.heartbeats) heartbeats_.insert(run);
    if (!news.any) return;
    if (!news_since_) news_since_ = now;
    run_ended_ = run_ended_ || news.tail.run_ended;
    note_lag();
}

void Loop::note_lag() {
    const std::optional<Nanoseconds> oldest = building_since_ ? building_since_ : news_since_;
    around_.board.oldest_news.store(oldest.value_or(0));
}

void Loop::look(Nanoseconds now, bool told) {
    told_ = told_ || told;
    const bool everything = now >= look_at_;
    if (!everything && (!told_ || now < rest_until_)) return;
    told_ = false;
    const Result<LogNews> news = everything ? watch_.look() : watch_.take();
    if (everything) {
        look_at_ = now + interval_;
        sources_due_ = around_.options.extra != nullptr;
    }
    if (!news) {
        // What could not be looked at may be anything.
        around_.log.error("look at the log: {}", news.error().message());
        if (!news_since_) news_since_ = now;
        rest_until_ = now + kSecond;
        return;
    }
    if (watch_.problem() != told_problem_) {
        told_problem_ = watch_.problem();
        around_.log.warn("some of the log is looked at every {} s only: {}",
                         around_.options.interval_seconds, told_problem_);
    }
    around_.board.appended_bytes.store(watch_.appended_bytes());
    take_news(*news, now);
    if (news->any) rest_until_ = now + kRest;
    if (everything) {
        const std::string snapshot = index::IndexLayout(around_.options.root).snapshot_path();
        // `rm -rf index/` is always safe.
        if (!os::exists(snapshot).value_or(true) && !news_since_) news_since_ = now;
    }
    around_.board.update([&](Stats& stats) {
        stats.log_bytes = watch_.bytes();
        stats.log_parts = watch_.parts();
        stats.watched_directories = watch_.watched_directories();
    });
}

Status Loop::collect_build() {
    const Result<index::BuildReport> report = *std::exchange(built_, std::nullopt);
    if (report) {
        building_since_.reset();
        failures_ = 0;
        if (report->published) {
            published_at_ = now();
            publication_ = static_cast<Nanoseconds>(report->publish_seconds * 1e9);
        }
        // Whoever has made a generation, what it knows of runs is news here.
        const std::uint64_t generation = report->generation.value();
        if (std::exchange(listed_generation_, generation) != generation) owners_unknown_ = true;
        around_.syncs.finish(SyncAnswer{.generation = report->generation.value(),
                                        .events = report->events,
                                        .digest = report->digest,
                                        .seconds = report->seconds,
                                        .published = report->published});
    } else {
        if (building_since_) news_since_ = building_since_;
        building_since_.reset();
        ++failures_;
        failed_at_ = now();
        around_.syncs.finish(fail(report.error()));
    }
    note_lag();
    // Neither a missing library nor a ledger of another format goes away by waiting.
    const bool is_hopeless = !report && report.error().code() == ErrorCode::kUnsupported;
    if (is_hopeless) return fail(report.error());
    return {};
}

Status Loop::collect() {
    if (job_ == Job::kNone || worker_.busy()) return {};
    around_.pulse.rests();
    const Job done = std::exchange(job_, Job::kNone);
    if (done == Job::kBuild) return collect_build();
    if (done == Job::kSources) {
        // A file that changes all the time is not read all the time.
        sources_rest_until_ = now() + kPublicationSpacing * (now() - sources_began_at_);
        // What has come of old files is published as what has come of the log.  That there are
        // none is news to a daemon that has just begun: a snapshot from before may show some.
        const bool is_news = found_sources_ && found_sources_ != sources_;
        if (is_news && !news_since_) news_since_ = now();
        if (found_sources_) sources_ = std::exchange(found_sources_, std::nullopt);
        note_lag();
        return {};
    }
    if (looked_at_) {
        running_ = *std::exchange(looked_at_, std::nullopt);
        heartbeats_.merge(found_heartbeats_);
        found_heartbeats_.clear();
        around_.board.update([&](Stats& stats) { stats.running_runs = running_.size(); });
        // Those that are listed now are judged now: a build that came between would have them
        // listed again, and again.
        judge_now_ = done == Job::kOwners;
    } else if (done == Job::kOwners || done == Job::kInterruptions) {
        owners_unknown_ = true;
    }
    return {};
}

SpacingFacts Loop::spacing_facts() const {
    return {.news_since = news_since_,
            .run_ended = run_ended_,
            .sync_requested = around_.syncs.waiting(),
            .published_at = published_at_,
            .publication = publication_,
            .failures = failures_,
            .failed_at = failed_at_};
}

void Loop::start(Job job, std::function<void()> work) {
    job_ = job;
    around_.pulse.worked(now());
    worker_.start(std::move(work));
}

void Loop::start_build() {
    building_since_ = std::exchange(news_since_, std::nullopt);
    run_ended_ = false;
    const bool is_sync = around_.syncs.waiting();
    around_.syncs.begin();
    note_lag();
    start(Job::kBuild, [this, is_sync] {
        // Whoever asks for a sync wants to see what old files have now, and waits no longer for
        // large ones than a question does.
        if (is_sync) {
            Sources found = find_sources(context_, query::Effort::kQuestion, told_of_sources_);
            if (found) sources_ = std::move(found);
        }
        built_ = run_build(context_, sources_);
        if (!*built_) return;
        // A repair makes events; where nothing is open and nothing new, nothing has to be asked.
        // Other builders may have met damage.
        const index::BuildReport& report = **built_;
        const std::uint64_t generation = report.generation.value();
        const bool is_next = generation == damage_generation_ + (report.published ? 1 : 0);
        damage_generation_ = generation;
        if (is_next && !had_damage_ && report.damaged == 0) return;
        const Status looked = look_at_damage(context_);
        if (!looked) context_.log.error("look at the damage: {}", looked.error().message());
        had_damage_ = context_.board.stats().open_damage > 0;
    });
}

void Loop::look_for_sources() {
    sources_due_ = false;
    sources_began_at_ = now();
    start(Job::kSources, [this] {
        found_sources_ = find_sources(context_, query::Effort::kUpkeep, told_of_sources_);
    });
}

void Loop::look_after_owners(Nanoseconds now) {
    owners_at_ = now + std::min(interval_, kOwnersPeriodMax);
    if (owners_unknown_) {
        owners_unknown_ = false;
        start(Job::kOwners, [this] {
            Result<std::vector<RunningRun>> runs = running_runs(context_.root);
            // Once: whoever sends one from now on is heard.
            if (runs && !heartbeats_searched_) {
                const Status found = find_heartbeats(context_.root, *runs, found_heartbeats_);
                if (!found) context_.log.error("{}", found.error().message());
                heartbeats_searched_ = found.has_value();
            }
            if (runs) looked_at_ = std::move(*runs);
            if (!runs) context_.log.error("list the running runs: {}", runs.error().message());
        });
        return;
    }
    judge_owners();
}

void Loop::judge_owners() {
    const auto heartbeat_ms_max =
        static_cast<std::int64_t>(around_.options.heartbeat_seconds_max * 1000);
    const ledger::OwnerJudge judge{.self = os::this_process(),
                                   .now = around_.options.clock->now(),
                                   .heartbeat_ms_max = heartbeat_ms_max};
    Attempts suspects;
    for (const DeadRun& dead : find_dead(running_, heartbeats_, judge)) {
        suspects.emplace(dead.run.run_id, dead.run.attempt);
    }
    if (suspects.empty()) return;
    // A copy: the loop hears of heartbeats meanwhile.
    start(Job::kInterruptions, [this, heartbeat_ms_max, suspects, heartbeats = heartbeats_] {
        Result<std::vector<RunningRun>> runs =
            run_interruptions(context_, suspects, heartbeats, heartbeat_ms_max, interrupted_);
        if (runs) looked_at_ = std::move(*runs);
        const bool tell = !runs && runs.error().code() != ErrorCode::kCancelled;
        if (tell) context_.log.error("record an interruption: {}", runs.error().message());
    });
}

void Loop::start_what_is_due(Nanoseconds now) {
    if (worker_.busy() || job_ != Job::kNone) return;
    if (std::exchange(judge_now_, false)) judge_owners();
    if (job_ != Job::kNone) return;
    const std::optional<Nanoseconds> build_at = next_build_at(spacing_facts(), now);
    if (build_at && *build_at <= now) return start_build();
    if (has_owners_to_look_after() && now >= owners_at_) look_after_owners(now);
    if (job_ != Job::kNone) return;
    if (now >= seal_at_) return start_seal(now);
    // Last: it may take long, and be due again when it ends.
    if (sources_due_ && now >= sources_rest_until_) look_for_sources();
}

void Loop::start_seal(Nanoseconds now) {
    seal_at_ = now + std::min(kSealIntervals * interval_, kSealPeriodMax);
    start(Job::kSeal, [this] {
        const Status done = run_sealer(context_);
        if (!done) context_.log.error("seal: {}", done.error().message());
    });
}

Nanoseconds Loop::next_turn(Nanoseconds now) const {
    Nanoseconds next = look_at_;
    if (told_) next = std::min(next, rest_until_);
    if (now < rest_until_) next = std::min(next, rest_until_);
    // The worker says when it is done.
    if (job_ != Job::kNone) return next;
    next = std::min(next, seal_at_);
    if (const auto build_at = next_build_at(spacing_facts(), now)) next = std::min(next, *build_at);
    if (has_owners_to_look_after()) next = std::min(next, owners_at_);
    if (sources_due_) next = std::min(next, sources_rest_until_);
    return next;
}

Result<Nanoseconds> Loop::turn(bool told) {
    RETURN_IF_ERROR(collect());
    const Nanoseconds current = now();
    look(current, told);
    start_what_is_due(current);
    const Nanoseconds next = next_turn(current);
    return maintainer_ == nullptr ? next : std::min(next, maintainer_->turn(current));
}

}  // namespace daybook::server
