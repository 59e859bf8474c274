#include "lifecycle/doctor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kNamedMax = 3;

// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kNamedMax; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > kNamedMax) text += fmt::format(" and {} more", names.size() - kNamedMax);
    return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

class Judge {
public:
    Judge(const DoctorFacts& facts, const DoctorLimits& limits,
          std::string (*human_bytes)(std::uint64_t))
        : facts_(facts), limits_(limits), bytes_(human_bytes) {}

    std::vector<Check> run() {
        with("file_system", facts_.filesystem, [&](const auto& found) { file_system(found); });
        with("disk", facts_.disk, [&](const auto& found) { disk(found); });
        with("log", facts_.log, [&](const auto& found) { log(found); });
        with("archive", facts_.archives, [&](const auto& found) { archives(found); });
        with("index", facts_.index, [&](const auto& found) { index(found); });
        with("trash", facts_.trash, [&](const auto& found) { trash(found); });
        with("retention", facts_.half_retained, [&](bool half) { retention(half); });
        with("backup", facts_.backup, [&](const auto& found) { backup(found); });
        with("legacy", facts_.legacy, [&](const auto& found) { legacy(found); });
        ok("locks", facts_.locks.empty() ? "nobody holds one" : listed(facts_.locks));
        return std::move(checks_);
    }

private:
    template <typename T, typename Do>
    void with(const char* name, const Result<T>& found, const Do& act) {
        if (found) {
            act(*found);
        } else {
            // What stops at a damaged archive goes on when that is put right.
            const bool waits = facts_.archives && !facts_.archives->empty();
            checks_.push_back({name, Health::kUnknown, found.error().message(),
                               waits ? "see archive, and look again" : ""});
        }
    }
    void ok(const char* name, std::string found) {
        checks_.push_back({name, Health::kOk, std::move(found)});
    }
    void warn(const char* name, std::string found, std::string mend) {
        checks_.push_back({name, Health::kWarn, std::move(found), std::move(mend)});
    }
    void bad(const char* name, std::string found, std::string mend) {
        checks_.push_back({name, Health::kBad, std::move(found), std::move(mend)});
    }

    void file_system(const os::FilesystemTraits& traits) {
        if (traits.network) {
            return bad(
                "file_system",
                fmt::format("{} is a network file system: locks do not hold there", traits.type),
                "move the ledger to a local disk; merge ledgers of several machines");
        }
        if (!traits.not_durable.empty()) {
            return warn("file_system", traits.not_durable, "move the ledger to a durable disk");
        }
        ok("file_system", traits.type);
    }

    void disk(const DiskFacts& found) {
        const Forecast& next = found.forecast;
        const std::string text = to_text(next, bytes_);
        const std::string room =
            "make room: 'daybook archive', 'daybook gc artifacts', "
            "'daybook retain'";
        const double days = next.days_left.value_or(limits_.days_left_policy);
        if (next.free_bytes < limits_.free_bytes_bad || days < limits_.days_left_bad) {
            bad("disk", text, room);
        } else if (next.free_bytes < limits_.free_bytes_warn || days < limits_.days_left_warn) {
            warn("disk", text, room);
        } else {
            ok("disk", text);
        }
        if (found.has_reserve) {
            ok("reserve", "room is kept back for the last words of runs");
        } else {
            warn("reserve", "no room is kept back for the last words of runs",
                 "make room; the next event makes the reserve again");
        }
        if (!found.policy_problem.empty()) {
            bad("policy", found.policy_problem,
                "mend `retention` in ledger.json; until then nothing is removed");
        } else if (!found.has_policy && days < limits_.days_left_policy) {
            warn("policy", "no retention policy, and the disk is full soon",
                 "daybook retain --help");
        } else {
            ok("policy",
               found.has_policy ? "ledger.json says what is kept" : "none: everything is kept");
        }
        if (found.usage.evidence > limits_.evidence_bytes) {
            warn("evidence",
                 fmt::format("{} of torn and damaged bytes are kept", bytes_(found.usage.evidence)),
                 "look at torn/ and quarantine/, and remove what nobody needs");
        } else {
            ok("evidence",
               fmt::format("{} in torn/ and quarantine/", bytes_(found.usage.evidence)));
        }
    }

    void log(const LogFacts& found) {
        if (!found.missing.empty()) {
            bad("log", found.missing, "daybook verify");
        } else if (found.strays.empty()) {
            ok("log", fmt::format("{}, {}", counted(found.parts, "part"), bytes_(found.bytes)));
        } else {
            warn("log", "left behind: " + listed(found.strays), "daybook repair");
        }
        clock(found);
        seals(found);
    }

    void archives(const std::vector<archive::ArchiveTrouble>& troubles) {
        if (!troubles.empty()) {
            std::vector<std::string> texts;
            for (const archive::ArchiveTrouble& trouble : troubles) {
                texts.push_back(trouble.path + " " + trouble.detail);
            }
            const bool knows_backup = facts_.backup && facts_.backup->has_value();
            const std::string mend =
                troubles.front().is_in_the_way
                    ? std::string("move it away: then the archive's is read")
                    : fmt::format("put it back from a backup: daybook restore {} DIR",
                                  knows_backup ? (*facts_.backup)->destination : "BACKUP");
            return bad("archive", listed(texts), mend);
        }
        if (!facts_.log) return;  // It has its row.
        const LogFacts& found = *facts_.log;
        const std::string waiting =
            fmt::format("{} of over a week ago in {} of parts",
                        counted(found.archive_days, "sealed day"), bytes_(found.archive_bytes));
        if (found.archive_bytes > limits_.archive_bytes) {
            warn("archive", waiting, "daybook archive");
        } else {
            ok("archive", found.archive_days == 0 ? "nothing waits" : waiting);
        }
    }

    void clock(const LogFacts& found) {
        const std::int64_t ahead =
            found.newest ? found.newest->value() - facts_.now.value() : std::int64_t{0};
        if (ahead <= limits_.clock_ms) return ok("clock", "no event lies in the future");
        bad("clock",
            fmt::format("the newest event is of {}, {} minutes ahead of the clock",
                        to_iso8601(*found.newest), ahead / 60'000),
            "set the clock, of this machine or of the one that wrote it");
    }

    void seals(const LogFacts& found) {
        if (!found.chain.empty()) {
            bad("seals", listed(found.chain), "daybook verify");
        } else if (found.late_seals > 0) {
            warn("seals",
                 fmt::format("{} since {} not sealed", counted(found.late_seals, "part"),
                             found.late_day),
                 "daybook seal");
        } else {
            ok("seals", "the chain holds, and nothing is late");
        }
    }

    void index(const IndexFacts& found) {
        ok("daemon", found.has_daemon ? "at work" : "none: questions bring the index up to date");
        // Nothing needs one: a question makes it.
        if (!found.there) {
            ok("index", "none yet: the first question makes it");
            ok("damage", "not looked at: there is no index");
            return ok("runs", "not looked at: there is no index");
        }
        if (!found.mismatch.empty()) {
            bad("index", found.mismatch, "daybook index");
        } else if (found.tail_bytes > limits_.tail_bytes) {
            warn("index", fmt::format("{} of the log are not in it", bytes_(found.tail_bytes)),
                 found.has_daemon ? "look at the daemon's log" : "daybook index");
        } else {
            ok("index", found.tail_bytes == 0
                            ? "up to date"
                            : bytes_(found.tail_bytes) + " behind the log, read by each question");
        }
        if (found.damaged > 0) {
            bad("damage",
                fmt::format("{} that no repair has dealt with; the first: {}",
                            counted(found.damaged, "damaged range"), found.first_damage),
                "daybook repair");
        } else {
            ok("damage", "none that a repair has not dealt with, as far as the index goes");
        }
        runs(found);
    }

    // Who is provably dead is recorded so by a daemon; of others somebody must say that they are.
    void runs(const IndexFacts& found) {
        const auto silent = std::count_if(
            found.uncertain.begin(), found.uncertain.end(), [&](const UncertainRun& run) {
                return facts_.now.value() - run.last_event.value() > limits_.silence_ms;
            });
        const std::string dead = "running, and their owners are dead: " + listed(found.dead);
        if (silent == 0) {
            if (!found.dead.empty()) return warn("runs", dead, "daybook serve");
            return ok("runs", counted(found.running, "run") + " running");
        }
        const UncertainRun& first = found.uncertain.front();
        std::string text =
            fmt::format("{} claims to run since {}; no sign of life since {}", first.run_id,
                        to_iso8601(first.since), to_iso8601(first.last_event));
        if (silent > 1) text += fmt::format("; and {} more like it", silent - 1);
        std::string mend = "daybook emit --event-type run.cancelled --run-id " + first.run_id;
        if (!found.dead.empty()) {
            text = dead + "; " + text;
            mend = "daybook serve; " + mend;
        }
        warn("runs", std::move(text), std::move(mend));
    }

    void trash(const TrashFacts& found) {
        if (found.overdue > 0) {
            warn("trash",
                 found.overdue == 1
                     ? std::string("an entry of over three days ago")
                     : fmt::format("{} entries of over three days ago", found.overdue),
                 "daybook gc artifacts --apply");
        } else if (found.ahead > 0) {
            warn("trash",
                 fmt::format("{} came there at a time that lies ahead of the clock, and will go a "
                             "day after it is next emptied: look whether the clock is right",
                             found.ahead == 1 ? std::string("an entry")
                                              : fmt::format("{} entries", found.ahead)),
                 "daybook gc artifacts --apply");
        } else {
            ok("trash",
               found.entries == 0 ? "empty" : fmt::format("{} to go within a day", found.entries));
        }
    }

    void retention(bool half) {
        if (half && !facts_.retention_problem.empty()) {
            bad("retention", facts_.retention_problem, "move archive/_retention.json elsewhere");
        } else if (half) {
            bad("retention", "one was interrupted half-way", "daybook retain --apply");
        } else {
            ok("retention", "none was interrupted");
        }
    }

    void backup(const std::optional<BackupFacts>& found) {
        if (!found) return ok("backup", "none is known: 'daybook backup DEST' makes one");
        const std::int64_t age = facts_.now.value() - found->at.value();
        const std::string text = fmt::format("{} of {}", found->destination, to_iso8601(found->at));
        const std::string mend = "daybook backup " + found->destination;
        if (found->losses > 0) {
            return warn("backup",
                        fmt::format("{}: the ledger lacked {} then, and an older copy was kept",
                                    text, counted(found->losses, "thing")),
                        mend);
        }
        if (age > limits_.backup_ms) {
            return warn("backup",
                        fmt::format("{}: {} ago", text,
                                    counted(static_cast<std::uint64_t>(age / kDayMs), "day")),
                        mend);
        }
        ok("backup", found->unread == 0
                         ? text
                         : fmt::format("{}; {} taken for unchanged, without being read", text,
                                       counted(found->unread, "file")));
    }

    void legacy(const LegacyFacts& found) {
        if (!found.missing.empty()) {
            warn("legacy", "attached files that are not there: " + listed(found.missing),
                 "daybook legacy status");
        } else {
            ok("legacy", found.sources == 0 ? "no file is attached"
                                            : counted(found.sources, "file") + " attached");
        }
    }

    const DoctorFacts& facts_;
    const DoctorLimits& limits_;
    std::string (*bytes_)(std::uint64_t);
    std::vector<Check> checks_;
};

}  // namespace

const char* to_string(Health health) {
    switch (health) {
        case Health::kOk: return "ok";
        case Health::kWarn: return "warn";
        case Health::kBad: return "bad";
        case Health::kUnknown: return "unknown";
    }
    return "";
}

std::vector<Check> judge(const DoctorFacts& facts, const DoctorLimits& limits,
                         std::string (*human_bytes)(std::uint64_t)) {
    return Judge(facts, limits, human_bytes).run();
}

}  // namespace daybook::lifecycle
