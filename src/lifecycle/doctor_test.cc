#include "lifecycle/doctor.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"

namespace daybook::lifecycle {
namespace {

constexpr TimestampMs kNow(1'769'169'600'000);

std::string plain(std::uint64_t bytes) { return std::to_string(bytes) + " B"; }

DoctorFacts healthy() {
    DoctorFacts facts{.now = kNow};
    facts.filesystem = os::FilesystemTraits{.type = "ext4"};
    facts.disk = DiskFacts{.forecast = {.free_bytes = std::uint64_t{100} << 30,
                                        .days = 30,
                                        .bytes_per_day = 1,
                                        .days_left = 1000},
                           .has_reserve = true};
    facts.log = LogFacts{.parts = 3, .bytes = 300, .newest = kNow};
    facts.archives = std::vector<archive::ArchiveTrouble>();
    facts.index = IndexFacts{.there = true};
    facts.trash = TrashFacts{};
    facts.legacy = LegacyFacts{};
    facts.backup = std::optional<BackupFacts>();
    facts.half_retained = false;
    return facts;
}

// What is not well.
std::vector<Check> sick(const DoctorFacts& facts) {
    std::vector<Check> found;
    for (Check& check : judge(facts, {}, plain)) {
        if (check.health != Health::kOk) found.push_back(std::move(check));
    }
    return found;
}

TEST(Doctor, AHealthyLedgerIsWellInEveryRespect) {
    EXPECT_EQ(sick(healthy()), std::vector<Check>());
    std::vector<std::string> names;
    for (const Check& check : judge(healthy(), {}, plain)) names.push_back(check.name);
    EXPECT_EQ(names, (std::vector<std::string>{"file_system", "disk", "reserve", "policy",
                                               "evidence", "log", "clock", "seals", "archive",
                                               "daemon", "index", "damage", "runs", "trash",
                                               "retention", "backup", "legacy", "locks"}));
}

struct Case {
    std::string name;
    Health health;
    std::string mend;
    std::function<void(DoctorFacts&)> spoil;
};

BackupFacts backup_of(std::int64_t days_ago, std::uint64_t losses) {
    return {.destination = "/b", .at = kNow + -days_ago * kDayMs, .losses = losses};
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases = {
        {"file_system", Health::kBad,
         "move the ledger to a local disk; merge ledgers of several machines",
         [](DoctorFacts& facts) { facts.filesystem->network = true; }},
        {"file_system", Health::kWarn, "move the ledger to a durable disk",
         [](DoctorFacts& facts) { facts.filesystem->not_durable = "tmpfs"; }},
        {"disk", Health::kBad,
         "make room: 'daybook archive', 'daybook gc artifacts', 'daybook retain'",
         [](DoctorFacts& facts) { facts.disk->forecast.free_bytes = 1; }},
        {"disk", Health::kWarn,
         "make room: 'daybook archive', 'daybook gc artifacts', 'daybook retain'",
         [](DoctorFacts& facts) {
             facts.disk->forecast.days_left = 29;
             facts.disk->has_policy = true;
         }},
        {"reserve", Health::kWarn, "make room; the next event makes the reserve again",
         [](DoctorFacts& facts) { facts.disk->has_reserve = false; }},
        {"policy", Health::kWarn, "daybook retain --help",
         [](DoctorFacts& facts) { facts.disk->forecast.days_left = 89; }},
        {"policy", Health::kBad, "mend `retention` in ledger.json; until then nothing is removed",
         [](DoctorFacts& facts) {
             facts.disk->has_policy = true;
             facts.disk->policy_problem = "`keep_day` is no key";
         }},
        {"evidence", Health::kWarn, "look at torn/ and quarantine/, and remove what nobody needs",
         [](DoctorFacts& facts) { facts.disk->usage.evidence = std::uint64_t{101} << 20; }},
        {"log", Health::kWarn, "daybook repair",
         [](DoctorFacts& facts) { facts.log->strays = {"ledger.json.tmp-7"}; }},
        {"log", Health::kBad, "daybook verify",
         [](DoctorFacts& facts) { facts.log->missing = "a part is not there"; }},
        {"clock", Health::kBad, "set the clock, of this machine or of the one that wrote it",
         [](DoctorFacts& facts) { facts.log->newest = kNow + 301'000; }},
        {"seals", Health::kWarn, "daybook seal",
         [](DoctorFacts& facts) { facts.log->late_seals = 1; }},
        {"seals", Health::kBad, "daybook verify",
         [](DoctorFacts& facts) { facts.log->chain = {"a seal is missing"}; }},
        {"archive", Health::kWarn, "daybook archive",
         [](DoctorFacts& facts) { facts.log->archive_bytes = (std::uint64_t{1} << 30) + 1; }},
        {"archive", Health::kBad, "put it back from a backup: daybook restore BACKUP DIR",
         [](DoctorFacts& facts) { facts.archives->push_back({"a file", "is not there"}); }},
        {"archive", Health::kBad, "move it away: then the archive's is read",
         [](DoctorFacts& facts) { facts.archives->push_back({"a part", "hides one", true}); }},
        {"index", Health::kWarn, "daybook index",
         [](DoctorFacts& facts) { facts.index->tail_bytes = std::uint64_t{65} << 20; }},
        {"index", Health::kBad, "daybook index",
         [](DoctorFacts& facts) { facts.index->mismatch = "a part has gone"; }},
        {"damage", Health::kBad, "daybook repair",
         [](DoctorFacts& facts) { facts.index->damaged = 1; }},
        {"runs", Health::kWarn, "daybook serve",
         [](DoctorFacts& facts) { facts.index->dead = {"r1"}; }},
        {"runs", Health::kWarn, "daybook emit --event-type run.cancelled --run-id old",
         [](DoctorFacts& facts) {
             facts.index->uncertain = {{"old", kNow + -300 * kDayMs, kNow + -8 * kDayMs},
                                       {"new", kNow + -kDayMs, kNow + -kDayMs}};
         }},
        {"trash", Health::kWarn, "daybook gc artifacts --apply",
         [](DoctorFacts& facts) { facts.trash->overdue = 1; }},
        {"retention", Health::kBad, "daybook retain --apply",
         [](DoctorFacts& facts) { facts.half_retained = true; }},
        {"backup", Health::kWarn, "daybook backup /b",
         [](DoctorFacts& facts) { facts.backup = backup_of(8, 0); }},
        {"backup", Health::kWarn, "daybook backup /b",
         [](DoctorFacts& facts) { facts.backup = backup_of(0, 1); }},
        {"legacy", Health::kWarn, "daybook legacy status",
         [](DoctorFacts& facts) { facts.legacy->missing = {"/old.duckdb"}; }},
    };
    return kCases;
}

TEST(Doctor, EachThingThatIsWrongIsSaidAloneWithWhatMendsIt) {
    for (const Case& one : cases()) {
        DoctorFacts facts = healthy();
        one.spoil(facts);
        const std::vector<Check> found = sick(facts);
        ASSERT_EQ(found.size(), 1U) << one.name;
        EXPECT_EQ(found[0].name, one.name);
        EXPECT_EQ(found[0].health, one.health) << one.name;
        EXPECT_EQ(found[0].mend, one.mend) << one.name;
    }
}

TEST(Doctor, WithoutAnIndexAllRowsAreThereAndWell) {
    DoctorFacts facts = healthy();
    facts.index->there = false;
    EXPECT_EQ(sick(facts), std::vector<Check>());
    EXPECT_EQ(judge(facts, {}, plain).size(), judge(healthy(), {}, plain).size());
}

TEST(Doctor, WhatCannotBeLookedAtIsNotWell) {
    DoctorFacts facts = healthy();
    facts.index = fail(ErrorCode::kUnsupported, "no libduckdb.so");
    EXPECT_EQ(sick(facts),
              (std::vector<Check>{{"index", Health::kUnknown, "no libduckdb.so", ""}}));
}

TEST(Doctor, RunsThatHaveBeenSilentForAWeekAreSaid) {
    DoctorFacts facts = healthy();
    facts.index->uncertain = {{"b", kNow + -6 * kDayMs, kNow + -6 * kDayMs}};
    EXPECT_EQ(sick(facts), std::vector<Check>());
    facts.index->uncertain.insert(facts.index->uncertain.begin(),
                                  {"a", kNow + -300 * kDayMs, kNow + -8 * kDayMs});
    EXPECT_EQ(sick(facts)[0].found,
              "a claims to run since 2025-03-29T12:00:00.000Z; no sign of life since "
              "2026-01-15T12:00:00.000Z");
    facts.index->dead = {"c"};
    EXPECT_EQ(sick(facts)[0].mend,
              "daybook serve; daybook emit --event-type run.cancelled --run-id a");
}

TEST(Doctor, ARetentionThatNobodyCanFinishIsNotToBeTriedAgain) {
    DoctorFacts facts = healthy();
    facts.half_retained = true;
    facts.retention_problem = "it is no JSON";
    EXPECT_EQ(sick(facts), (std::vector<Check>{{"retention", Health::kBad, "it is no JSON",
                                                "move archive/_retention.json elsewhere"}}));
}

TEST(Doctor, TrashOfAClockThatWasAheadIsSaid) {
    DoctorFacts facts = healthy();
    facts.trash->ahead = 2;
    const std::vector<Check> found = sick(facts);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].health, Health::kWarn);
    EXPECT_TRUE(found[0].found.starts_with("2 entries came there at a time that lies ahead"))
        << found[0].found;
    EXPECT_EQ(found[0].mend, "daybook gc artifacts --apply");
}

TEST(Doctor, ManyNamesAreCutShort) {
    DoctorFacts facts = healthy();
    facts.index->dead = {"a", "b", "c", "d", "e"};
    EXPECT_EQ(sick(facts)[0].found, "running, and their owners are dead: a, b, c and 2 more");
}

}  // namespace
}  // namespace daybook::lifecycle
